"""What stories in browsers may ask for; how to use it is told in tests/browser/__init__.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.desks import BrowserDesk, Mortal, opened_desk, opened_mortal
from tests.browser.sites import Site, opened_site
from tests.browser.windows import Window, chromium, opened_window

OpenWindow = Callable[..., Awaitable[Window]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for the run; without any the test fails with the reason."""
    async with chromium() as found:
        yield found


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[BrowserDesk]:
    async with opened_desk(tmp_path / "desk") as found:
        yield found


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[Mortal]:
    folder = tmp_path / "mortal"
    folder.mkdir()
    async with opened_mortal(folder) as found:
        yield found


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with opened_site() as found:
        yield found


@pytest.fixture
async def open_window(browser: Browser) -> AsyncIterator[OpenWindow]:
    """Opens windows as `opened_window` does; closed in the end, when whatever went wrong in one fails the test."""
    windows: list[Window] = []
    async with AsyncExitStack() as opened:

        async def open_one(url: str | None = None, **how: Any) -> Window:
            window = await opened.enter_async_context(opened_window(browser, url, **how))
            windows.append(window)
            return window

        yield open_one
    problems = [problem for window in windows for problem in window.unforgiven()]
    assert not problems, "\n".join(problems)
