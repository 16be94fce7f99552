"""The demo's shop: a page of a fictional company that carries the widget as a customer's would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from handoff.agents import NewAgent
from server.app import serving
from server.demo.seeding import SITE
from server.founding import Founding, found
from server.house import House
from server.pages import Site
from server.settings import Settings
from tests.browser.conftest import OpenWindow
from tests.browser.desks import built


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[str]:
    """The address of the shop's page on a desk of its own."""
    settings = Settings(data_dir=tmp_path, port=0)
    async with House(settings) as house:
        founded = await house.store.write(found, Founding(NewAgent("admin@example.com", "Admin", "", role="admin")))
    site = Site(SITE, {"inbox_key": founded.public_key, "company": "Merrowlight"})
    with built():
        serves = serving(settings, site=site)
        served = await serves.__aenter__()
    try:
        yield f"http://127.0.0.1:{served.port}/"
    finally:
        await serves.__aexit__(None, None, None)


async def test_a_question_of_the_shop_comes_into_the_chat(shop: str, open_window: OpenWindow) -> None:
    """A question that the page offers stands in the chat's field, ready to be sent; the basket counts."""
    window = await open_window(shop)
    page = window.page
    await page.get_by_role("button", name="Add Heron to the basket").click()
    await page.get_by_role("button", name="Add Pip to the basket").click()
    await expect(page.get_by_role("status", name="Things in the basket")).to_have_text("2")
    await page.get_by_role("button", name="What does Plus cost?").click()
    field = window.widget.get_by_role("textbox", name="Write a message")
    await expect(field).to_have_value("What does Plus cost?")
    await expect(field).to_be_focused()
    await window.look("shop_with_chat")


@pytest.mark.parametrize("how", [{}, {"dark": True}, {"phone": True}, {"width": 320}], ids=str)
async def test_the_page_is_for_everybody(shop: str, open_window: OpenWindow, how: dict[str, bool]) -> None:
    """In each light and width axe finds nothing, and nothing has to be scrolled sideways."""
    window = await open_window(shop, **how)
    await expect(window.launcher).to_be_visible()
    await window.is_accessible()
    assert await window.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_day_and_night(shop: str, open_window: OpenWindow) -> None:
    """The page's own switch dresses the chat, too."""
    window = await open_window(shop)
    night = window.page.get_by_role("button", name="Night")
    await expect(night).to_have_attribute("aria-pressed", "false")
    await window.opens_widget()
    await expect(window.widget.locator("html")).to_have_attribute("data-theme", "light")
    # the panel lies over it
    await night.press("Enter")
    await expect(night).to_have_attribute("aria-pressed", "true")
    await expect(window.widget.locator("html")).to_have_attribute("data-theme", "dark")
    await window.look("shop_at_night")
