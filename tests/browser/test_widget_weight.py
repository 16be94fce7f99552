"""What the widget's frame weighs, as a browser loads it."""

from __future__ import annotations

import gzip
import re

from playwright.async_api import Response, expect

from tests.browser.at_widget import ANSWER, QUESTION, at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site

FRAME_BYTES = 35 * 1024
"""Page, script, style and one catalogue, gzipped: all that comes before the visitor may write."""


async def test_the_frame_is_light(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Until a visitor can write the frame loads 35 kB at most, in one language; the first answer needs little more."""
    window = await open_window()
    loaded: list[Response] = []

    def note(response: Response) -> None:
        loaded.append(response)

    window.context.on("response", note)
    ana = await at_widget(desk, site, open_window, into=window)
    await expect(ana.frame.get_by_text("Bot, answers right away")).to_be_visible()
    first = await weights(loaded)
    assert sum(first.values()) <= FRAME_BYTES, first
    assert len([name for name in first if re.match(r"(ar|de|en|es|fr)-", name)]) == 1, first
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    then = await weights(loaded)
    assert sum(then.values()) <= FRAME_BYTES + 4 * 1024, then


async def weights(loaded: list[Response]) -> dict[str, int]:
    """By name, what each part of the frame weighs gzipped, in bytes."""
    parts = [one for one in loaded if "/widget/" in one.url and "/api/" not in one.url]
    return {one.url.rpartition("/")[2]: len(gzip.compress(await one.body(), 9)) for one in parts}
