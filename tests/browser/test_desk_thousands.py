"""The console where there is much of everything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests.browser import frames
from tests.browser.at_desk import AtDesk, at_desk
from tests.browser.conftest import OpenWindow
from tests.browser.crowded import CHUNK, copy_messages, copy_resolved
from tests.browser.desks import BrowserDesk, log_in

ROWS = 5_000
MESSAGES = 2_000
ROUNDS = 3


async def measured(agent: AtDesk, what: str, does: Callable[[], Awaitable[None]]) -> None:
    """Do this a few times, and note the longest frame of each."""
    await frames.watch(agent.page)
    found_ms = []
    for _ in range(ROUNDS):
        await frames.begin(agent.page)
        await does()
        found_ms.append(await frames.longest_ms(agent.page))
    frames.note(what, found_ms)


async def test_of_thousands_of_conversations_those_in_sight_are_drawn(
    desk: BrowserDesk, open_window: OpenWindow
) -> None:
    """Of 5,000 rows only those in sight are drawn; all of them can be scrolled through."""
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    for first in range(0, ROWS, CHUNK):
        await desk.house.store.write(copy_resolved, ana.conversation_id, first, CHUNK)
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam", role="supervisor"))
    await sam.page.goto(f"{desk.url}/console/desk?list=all")
    scroller = sam.lists.locator(".virtual")
    last = sam.row(f"{ana.conversation_id}-{ROWS - 1}")
    for _ in range(200):
        await scroller.evaluate("place => { place.scrollTop = place.scrollHeight }")
        await sam.page.evaluate("() => new Promise(requestAnimationFrame)")
        if await last.count():
            break
    await expect(last).to_be_visible()
    assert await sam.lists.get_by_role("listitem").count() < 60

    async def scrolls() -> None:
        for place in range(60):
            await scroller.evaluate("(box, share) => { box.scrollTop = box.scrollHeight * share }", place / 60)
            await sam.page.evaluate("() => new Promise(requestAnimationFrame)")

    await measured(sam, "5,000 conversations scrolled through", scrolls)


async def test_a_long_chat_takes_what_is_typed_while_much_is_said(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """With 2,000 messages and 20 new ones a second, typing loses no letter."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.says("where is my parcel?")
    await ana.hears("bot")
    for first in range(0, MESSAGES, CHUNK):
        await desk.house.store.write(copy_messages, ana.conversation_id, first, CHUNK)
    await ana.asks_for_a_person()
    await sam.accepts()
    first_said = sam.log.get_by_text("where is my parcel?", exact=True)
    for _ in range(200):
        await sam.log.evaluate("log => { log.scrollTop = 0 }")
        await sam.page.evaluate("() => new Promise(requestAnimationFrame)")
        if await first_said.count():
            break
    await expect(sam.log.get_by_role("article")).to_have_count(MESSAGES + 2)
    await sam.log.evaluate("log => { log.scrollTop = log.scrollHeight }")
    await sam.composer.focus()
    rounds = 0

    async def talks() -> None:
        nonlocal rounds
        rounds += 1

        async def says() -> None:
            for count in range(40):
                await asyncio.gather(ana.says(f"{rounds}.{count}"), asyncio.sleep(0.05))

        speaking = asyncio.create_task(says())
        while not speaking.done():
            await sam.types("word ")
        await speaking
        await expect(sam.log.get_by_text(f"{rounds}.39", exact=True)).to_be_visible()

    await measured(sam, "desk: 2,000 messages, 20 a second, typing", talks)
    assert (await sam.composer.input_value()).replace("word ", "") == ""
