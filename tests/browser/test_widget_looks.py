"""The widget for whom it is: languages, reading directions, dark rooms, small screens, forced colours, large text."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.at_widget import ANSWER, QUESTION, AtWidget, at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

# what is pressed, by language: the ways of the stories, not every sentence
ASK = {
    "en-GB": "Talk to a person",
    "de": "Mit einem Menschen sprechen",
    "es": "Hablar con una persona",
    "fr": "Parler à une personne",
    "ar": "التحدث إلى شخص",
}


async def fits(ana: AtWidget) -> None:
    """Nothing is cut off at the sides, and nothing scrolls sideways."""
    wide = await ana.window.page.frames[-1].evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(".thread, .panel, .dock, .head")]
          .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className || "page")"""
    )
    assert wide == []


@pytest.mark.parametrize("locale", ASK)
async def test_each_language(desk: BrowserDesk, site: Site, open_window: OpenWindow, locale: str) -> None:
    """The widget speaks the visitor's language, in its direction, with room for its longest words."""
    ana = await at_widget(desk, site, open_window, locale=locale, width=320)
    page = ana.frame.locator("html")
    await expect(page).to_have_attribute("lang", locale.partition("-")[0])
    await expect(page).to_have_attribute("dir", "rtl" if locale == "ar" else "ltr")
    await ana.says(LONG_WORD)
    await ana.button(ASK[locale]).click()
    await expect(ana.frame.locator(".waiting")).to_be_visible()
    await fits(ana)
    await ana.window.look(f"widget_{locale[:2]}")
    await ana.window.is_accessible(only_widget=True)


@pytest.mark.parametrize(
    "how",
    [{"dark": True}, {"forced_colors": True}, {"phone": True}, {"reduced_motion": True, "dark": True, "phone": True}],
    ids=["dark", "forced", "phone", "phone_dark"],
)
async def test_each_light(
    desk: BrowserDesk, site: Site, open_window: OpenWindow, how: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """In the dark, with forced colours and on a phone an answer reads as well, and axe finds nothing."""
    ana = await at_widget(desk, site, open_window, **how)
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await fits(ana)
    await ana.window.look(f"widget_{request.node.callspec.id}")
    await ana.window.is_accessible(only_widget=True)
    await ana.button("More").click()
    await ana.window.look(f"widget_{request.node.callspec.id}_menu")
    await ana.window.is_accessible(only_widget=True)
    await ana.window.page.keyboard.press("Escape")
    await expect(ana.button("More")).to_be_focused()


async def test_text_of_twice_the_size(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """With text of 200 % everything can be reached and nothing is cut off."""
    ana = await at_widget(desk, site, open_window)
    await ana.window.page.frames[-1].evaluate("document.documentElement.style.fontSize = '200%'")
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await fits(ana)
    await ana.window.look("widget_large_text")
    await ana.button("Talk to a person").click()
    await expect(ana.frame.locator(".waiting")).to_be_visible()
    await fits(ana)
    await ana.window.is_accessible(only_widget=True)


async def test_the_inboxes_own_look(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """An accent that is hard to read on stays readable, and the greeting is the admin's, as text."""
    await desk.settle(look={"accent": "#ffd23f", "greeting": "<b>Moin</b>, what is it?"})
    ana = await at_widget(desk, site, open_window)
    await expect(ana.log.get_by_text("<b>Moin</b>, what is it?")).to_be_visible()
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await expect(ana.log.locator(".row-me .bubble")).to_have_css("color", "rgb(0, 0, 0)")
    await ana.window.look("widget_accent")
    await ana.window.is_accessible(only_widget=True)
