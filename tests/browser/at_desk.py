"""An agent before the console, in a browser: what they press and what they look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, LogIn
from tests.browser.windows import Window


@dataclass(slots=True)
class AtDesk:
    """A window with the console, logged in. tab: another page of it than its first."""

    window: Window
    tab: Page | None = None

    @property
    def page(self) -> Page:
        return self.tab or self.window.page

    @property
    def log(self) -> Locator:
        """What was said in the conversation that is open."""
        return self.page.get_by_role("log", name="Messages")

    @property
    def lists(self) -> Locator:
        return self.page.get_by_role("region", name="Lists")

    @property
    def offers(self) -> Locator:
        return self.page.get_by_role("region", name="Offers").get_by_role("article")

    @property
    def composer(self) -> Locator:
        return self.page.locator("[data-composer]")

    def row(self, conversation_id: str) -> Locator:
        return self.lists.locator(f'[data-conversation="{conversation_id}"]')

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def types(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def is_online(self) -> None:
        """Go online by the menu of the status."""
        await self.page.get_by_role("button", name="Your status").click()
        await self.page.get_by_role("menuitemradio", name="Online").click()
        await expect(self.page.get_by_role("button", name="Your status: Online")).to_be_visible()

    async def accepts(self) -> None:
        """Take the first offer by its key, and see the conversation."""
        await expect(self.offers.first).to_be_visible()
        await self.press("Alt+a")
        await expect(self.log).to_be_visible()
        await expect(self.composer).to_have_attribute("placeholder", "Write to Visitor, / for ready replies")

    async def replies(self, text: str) -> None:
        await self.composer.focus()
        await self.types(text)
        await self.press("Control+Enter")

    async def opens(self, conversation_id: str) -> None:
        await self.row(conversation_id).click()
        await expect(self.log).to_be_visible()


async def at_desk(
    desk: BrowserDesk, open_window: OpenWindow, who: LogIn, *, into: Window | None = None, **how: Any
) -> AtDesk:
    """Log in by the form, with nothing but the keyboard, and see the lists. into: a window that is open already."""
    window = into or await open_window(**how)
    page = window.page
    await page.goto(f"{desk.url}/console/")
    await page.get_by_label("E-mail").focus()
    await page.keyboard.type(who.email)
    await page.keyboard.press("Tab")
    await page.keyboard.type(who.password)
    await page.keyboard.press("Enter")
    agent = AtDesk(window)
    await expect(agent.lists.get_by_text("Waiting")).to_be_visible()
    return agent
