"""`window.Frontdesk`: what a site can ask of the widget and hear from it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from conversations.model import SYSTEM
from server import inboxes
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site, shop, snippet
from tests.browser.test_loader import asks, is_answered
from tests.browser.windows import WIDGET, Window
from tests.whole.test_identity import KID, SECRET, signed

HEARD = "window.heard = []; for (const name of ['ready', 'open', 'close', 'unread', 'message', 'destroy'])"
HEAR = f"{HEARD} Frontdesk.push(['on', name, (data) => heard.push([name, data])]);"


async def call(page: Page, *calls: str) -> None:
    """Calls of the SDK, one after the other."""
    for one in calls:
        await page.evaluate(f"void Frontdesk.{one}")


async def heard(page: Page, name: str) -> list[Any]:
    told = await page.evaluate("window.heard")
    return [data for said, data in told if said == name]


async def test_calls_before_the_loader_wait_for_it(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """What a site asks for in the first line of its page is done in that order once the loader is there."""
    script = site.script("/early.js", f"window.Frontdesk = [['hide'], ['newMessage', 'Hello there']]; {HEAR}")
    site.show("/", shop(desk), head=f'<script src="{script}"></script>')
    window = await open_window(site.url)
    await expect(window.widget.get_by_role("textbox", name="Write a message")).to_have_value("Hello there")
    assert await window.page.evaluate("typeof Frontdesk.open") == "function"
    assert await heard(window.page, "ready") == [{}]


async def test_open_close_hide_and_show(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """The site moves the widget as the visitor does, hears of both, and stops hearing when it likes."""
    site.show("/", shop(desk, hidden="true"))
    window = await open_window(site.url)
    page, frame = window.page, window.page.locator(WIDGET)
    await expect(page.locator("frontdesk-widget")).to_be_attached()
    await expect(window.launcher).to_be_hidden()
    await call(page, "show()")
    await expect(window.launcher).to_be_visible()
    await page.evaluate(
        """window.opens = 0; window.off = Frontdesk.on('open', () => { opens += 1; throw new Error('of the site') });
        void 0"""
    )
    window.forgive("of the site")
    await call(page, "toggle()")
    await expect(frame).to_be_visible()
    await call(page, "toggle()")
    await expect(frame).to_be_hidden()
    await page.evaluate("off()")
    await window.launcher.click()
    await expect(frame).to_be_visible()
    assert await page.evaluate("opens") == 1
    await call(page, "hide()")
    await expect(frame).to_be_hidden()
    await call(page, "open()")
    await expect(frame).to_be_visible()


async def test_language_and_theme(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """The site chooses language and theme, at the beginning by attributes and later by calls."""
    site.show("/", shop(desk, locale="de", theme="dark"))
    window = await open_window(site.url)
    await window.opens_widget()
    page = window.widget.locator("html")
    await expect(page).to_have_attribute("lang", "de")
    await expect(page).to_have_attribute("data-theme", "dark")
    await call(window.page, "setLocale('ar')", "setTheme('light')")
    await expect(page).to_have_attribute("dir", "rtl")
    await expect(page).to_have_attribute("data-theme", "light")
    await expect(window.launcher).to_have_accessible_name("محادثة")


async def test_the_end_and_a_new_beginning(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """`destroy` leaves a page as it was; `boot` begins again, once, with the visitor's conversation."""
    site.show("/", shop(desk))
    window = await open_window(site.url, phone=True)
    page = window.page
    await page.evaluate(HEAR)
    await window.opens_widget()
    await asks(window)
    await is_answered(window)
    assert await listeners(window) > 0
    await call(page, "destroy()")
    await expect(page.locator("frontdesk-widget")).to_have_count(0)
    assert await listeners(window) == 0
    left = "[document.documentElement.style.overflow, document.body.inert, document.title]"
    assert await page.evaluate(left) == ["", False, "Lamps"]
    assert len(await heard(page, "destroy")) == 1
    again = f"boot({{ inbox: '{desk.inbox}' }})"
    await call(page, again, again)
    await window.opens_widget()
    await is_answered(window)
    await expect(page.locator("frontdesk-widget")).to_have_count(1)
    with pytest.raises(Exception, match=r"Frontdesk\.boot: inbox is missing"):
        await call(page, "boot({})")


async def listeners(window: Window) -> int:
    """How many listeners of the loader hang on the page's window, navigation and document."""
    tools = await window.context.new_cdp_session(window.page)
    found = 0
    for target in ("window", "navigation", "document"):
        held = await tools.send("Runtime.evaluate", {"expression": target})
        told = await tools.send("DOMDebugger.getEventListeners", {"objectId": held["result"]["objectId"]})
        found += len(told["listeners"])
    await tools.detach()
    return found


async def test_a_site_without_an_inbox_in_its_tag(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """A tag without an inbox waits for `boot`."""
    tag = snippet(desk).replace(f' data-inbox="{desk.inbox}"', "")
    site.show("/", f"<main><h1>Lamps</h1></main>{tag}")
    window = await open_window(site.url)
    await window.page.wait_for_function("window.Frontdesk")
    await call(window.page, f"boot({{ inbox: '{desk.inbox}', theme: 'dark' }})")
    await window.opens_widget()
    await expect(window.widget.locator("html")).to_have_attribute("data-theme", "dark")


async def test_logging_out_forgets_the_visitor(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """After `logout` the next person on this device sees nothing of the last, also after a reload."""
    site.show("/", shop(desk))
    window = await open_window(site.url)
    await window.opens_widget()
    await asks(window)
    await is_answered(window)
    before = await token(window)
    await call(window.page, "logout()")
    await is_answered(window, times=0)
    await window.page.reload()
    await window.opens_widget()
    await expect(window.widget.get_by_role("textbox", name="Write a message")).to_be_visible()
    await is_answered(window, times=0)
    assert before is not None
    await window.page.wait_for_function(f"JSON.parse(localStorage['frontdesk:{desk.inbox}'] ?? '{{}}').token")
    assert await token(window) != before


async def token(window: Window) -> str | None:
    found: str | None = await window.page.evaluate(
        "JSON.parse(Object.entries(localStorage).find(([name]) => name.startsWith('frontdesk:'))?.[1] ?? '{}').token"
    )
    return found


async def test_a_visitor_proved_by_the_site(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """With a JWT of the site's own server the visitor is who it says; it is asked for afresh at each connecting."""
    founded = desk.whole.founded
    await desk.house.store.write(inboxes.add_key, founded.workspace_id, founded.inbox_id, KID, "HS256", SECRET, SYSTEM)
    await desk.house.places.load()
    told = {"sub": "u-1", "aud": desk.inbox, "exp": int(time.time()) + 600, "name": "Ana Lee"}
    script = site.script(
        "/identify.js",
        "window.asked = 0; window.Frontdesk = [['identify', { getToken: async () => { asked += 1;"
        f" return '{signed(told)}' }} }}]]",
    )
    site.show("/", shop(desk), head=f'<script src="{script}"></script>')
    sam = await desk.agent("Sam")
    window = await open_window(site.url)
    await window.opens_widget()
    await asks(window, "let me talk to a person")
    offer = await sam.sees("offer.created")
    assert offer["conversation"]["contact"]["name"] == "Ana Lee"
    assert await window.page.evaluate("asked") == 1
    await call(window.page, "identify(null)")
    await expect(window.widget.get_by_role("textbox", name="Write a message")).to_be_visible()
