"""A visitor before the widget, in a browser: what they press and what they look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import FrameLocator, Locator, expect

from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, Mortal
from tests.browser.sites import Site, shop
from tests.browser.windows import Window

QUESTION = "Where is my parcel?"
ANSWER = "Parcels take two to four working days."


@dataclass(slots=True)
class AtWidget:
    """A window of a site, the widget open in it."""

    window: Window
    frame: FrameLocator

    @property
    def log(self) -> Locator:
        return self.frame.get_by_role("log")

    @property
    def field(self) -> Locator:
        return self.frame.locator("textarea")

    @property
    def conversation_id(self) -> Any:
        """As the frame remembers it."""
        return self.window.page.frames[-1].evaluate(
            "Object.entries(localStorage).find(([key]) => key.endsWith(':last'))?.[1]"
        )

    def button(self, name: str) -> Locator:
        return self.frame.get_by_role("button", name=name, exact=True)

    async def says(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")
        await expect(self.log.get_by_text(text, exact=True)).to_be_visible()

    async def chooses(self, item: str) -> None:
        """From the menu of what is needed seldom."""
        await self.button("More").click()
        await self.button(item).click()

    async def hears(self, text: str, *, times: int = 1) -> None:
        await expect(self.log.get_by_text(text)).to_have_count(times)

    async def is_well(self) -> None:
        """All that was said has a tick, and nothing says that it is on its way."""
        await expect(self.log.get_by_text("Sending")).to_have_count(0)
        await expect(self.log.get_by_text("Will be sent when you are back")).to_have_count(0)
        await expect(self.log.get_by_text("Not sent.")).to_have_count(0)


async def at_widget(
    desk: BrowserDesk | Mortal,
    site: Site,
    open_window: OpenWindow,
    *,
    into: Window | None = None,
    form: bool = False,
    **how: Any,
) -> AtWidget:
    """A new visitor on the site, who has opened the chat.

    into: a window that was prepared. form: what is there first is a form, no field for a message.
    """
    site.show("/", shop(desk))
    window = into or await open_window(**how)
    await window.page.goto(site.url)
    frame = await window.opens_widget()
    await expect(frame.locator("form" if form else "textarea")).to_be_visible()
    return AtWidget(window, frame)
