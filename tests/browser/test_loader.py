"""The loader on a site of another origin."""

from __future__ import annotations

from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site, shop


async def test_rig(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """The page is shown."""
    site.show("/", shop(desk))
    window = await open_window(site.url)
    await window.is_accessible()
