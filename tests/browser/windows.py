"""A browser as a test needs it: one that remembers what went wrong in it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped,unused-ignore]
from playwright.async_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Error,
    Frame,
    FrameLocator,
    Page,
    WebError,
    async_playwright,
    expect,
)

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
WAIT_MS = 10_000
WIDGET = "frontdesk-widget iframe"

expect.set_options(timeout=WAIT_MS)


class NoBrowser(Exception):
    """No Chromium could be started; the message says what to install."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Headless Chromium: the machine's chromium-headless-shell, else playwright's own. Raises NoBrowser."""
    async with async_playwright() as playwright:
        own = shutil.which("chromium-headless-shell")
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        try:
            browser = await playwright.chromium.launch(executable_path=own, args=flags, timeout=30_000)
        except Error as error:
            raise NoBrowser(
                "Chromium could not be started. Install Debian's chromium-headless-shell, or run: "
                f"python -m playwright install chromium-headless-shell\n{error.message}"
            ) from None
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Window:
    """One browser context and its first page. problems: what no console should say."""

    context: BrowserContext
    page: Page
    problems: list[str] = field(default_factory=list)
    _forgiven: list[str] = field(default_factory=list)
    _cdp: CDPSession | None = None

    # what went wrong ---------------------------------------------------------------------------

    def forgive(self, *patterns: str) -> None:
        """Errors that a story has to bring about, as regular expressions on their text."""
        self._forgiven += patterns

    def unforgiven(self) -> list[str]:
        return [one for one in self.problems if not any(re.search(known, one) for known in self._forgiven)]

    def _listen(self) -> None:
        self.context.on("console", self._heard)
        self.context.on("weberror", self._threw)

    def _heard(self, message: ConsoleMessage) -> None:
        told = f"{message.text} ({message.location.get('url', '')})"
        # a breach that is only reported comes as a warning
        if message.type == "error" or "Content Security Policy" in message.text or "TrustedHTML" in message.text:
            self.problems.append(told)

    def _threw(self, error: WebError) -> None:
        self.problems.append(f"uncaught: {error.error.message}\n{error.error.stack or ''}")

    # what a person does ------------------------------------------------------------------------

    @property
    def launcher(self) -> Any:
        """The round button in the corner."""
        return self.page.locator("frontdesk-widget button")

    @property
    def widget(self) -> FrameLocator:
        """What is in the widget's frame."""
        return self.page.frame_locator(WIDGET)

    async def opens_widget(self) -> FrameLocator:
        """Press the launcher; the frame, seen."""
        await self.launcher.click()
        await expect(self.page.locator(WIDGET)).to_be_visible()
        return self.widget

    async def another_tab(self, url: str) -> Page:
        """A second page of the same visitor."""
        page = await self.context.new_page()
        page.set_default_timeout(WAIT_MS)
        await page.goto(url)
        return page

    # the world around --------------------------------------------------------------------------

    async def offline(self) -> None:
        """No network at all; the noise that this makes in consoles is forgiven."""
        self.forgive("ERR_INTERNET_DISCONNECTED", "WebSocket connection to .* failed")
        await self.context.set_offline(True)

    async def online(self) -> None:
        await self.context.set_offline(False)

    async def throttle(self, *, cpu: float) -> None:
        """A processor so many times slower, from now on, for this page (not for frames in other processes)."""
        self._cdp = self._cdp or await self.context.new_cdp_session(self.page)
        await self._cdp.send("Emulation.setCPUThrottlingRate", {"rate": cpu})

    # judging -----------------------------------------------------------------------------------

    async def is_accessible(self, *, page: Page | None = None, only_widget: bool = False) -> None:
        """axe finds nothing, in the page and in each of its frames. Raises AssertionError with what it found."""
        page = page or self.page
        frames = page.frames[1:] if only_widget else page.frames
        told = []
        for frame in frames:
            if frame.is_detached() or not await _is_shown(frame):
                continue
            results = await Axe().run(frame)
            told += [f"{frame.url}: {one['id']}: {_nodes(one)}" for one in results.response["violations"]]
        assert not told, "\n".join(told)

    async def look(self, name: str, *, page: Page | None = None) -> None:
        """Write a PNG of what is seen, where the variable SCREENSHOTS named a folder when the run began."""
        if SCREENSHOTS is not None:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            await (page or self.page).screenshot(path=SCREENSHOTS / f"{name}.png")


SCREENSHOTS = Path(os.environ["SCREENSHOTS"]) if "SCREENSHOTS" in os.environ else None


async def _is_shown(frame: Frame) -> bool:
    if frame.parent_frame is None:
        return True
    return await (await frame.frame_element()).is_visible()


def _nodes(violation: Any) -> str:
    return "; ".join(f"{node['target']} {node.get('failureSummary', '')}" for node in violation["nodes"])


@asynccontextmanager
async def opened_window(
    browser: Browser,
    url: str | None = None,
    *,
    phone: bool = False,
    dark: bool = False,
    locale: str = "en-GB",
    reduced_motion: bool = False,
    forced_colors: bool = False,
    width: int | None = None,
    **more: Any,
) -> AsyncIterator[Window]:
    """A new person's browser, at this address if there is one. more: as of playwright's `new_context`."""
    how: dict[str, Any] = {**(PHONE if phone else DESKTOP)}
    if width is not None:
        how["viewport"] = {"width": width, "height": 740}
    context = await browser.new_context(
        **how,
        locale=locale,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce" if reduced_motion else "no-preference",
        forced_colors="active" if forced_colors else "none",
        **more,
    )
    try:
        page = await context.new_page()
        page.set_default_timeout(WAIT_MS)
        window = Window(context, page)
        window._listen()
        if url is not None:
            await page.goto(url)
        yield window
    finally:
        await context.close()
