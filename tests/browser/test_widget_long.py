"""A very long conversation in the widget: nothing that is done in it stops the page."""

from __future__ import annotations

import asyncio
import secrets

from playwright.async_api import expect

from conversations.held import hold
from conversations.model import Author
from conversations.outbox import post
from conversations.store import Tx
from tests.browser import frames
from tests.browser.at_widget import ANSWER, QUESTION, at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site

MESSAGES = 2_000
AT_ONCE = 100
A_SECOND = 20
SECONDS = 3


async def test_two_thousand_messages(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """2,000 messages can be read back to the first; then, while 20 new ones a second come, a visitor types, and nothing
    of either is lost."""
    ana = await at_widget(desk, site, open_window)
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await ana.button("Talk to a person").click()
    sam = await desk.agent("Sam")
    conversation_id = await ana.conversation_id
    await sam.accepts(conversation_id)

    def talk(tx: Tx) -> None:
        held = hold(tx, conversation_id)
        for number in range(AT_ONCE):
            kind = "agent" if number % 3 else "visitor"
            post(held, Author("agent", sam.id, "Sam"), f"{kind} {secrets.token_hex(20)}")
        held.save()

    for _ in range(MESSAGES // AT_ONCE):
        await desk.house.store.write(talk)
    await ana.window.page.reload()
    await ana.window.opens_widget()
    rows = ana.log.locator(".row")
    older = ana.button("Show earlier messages")
    while await older.count():
        before = await rows.count()
        await older.click()
        await expect(rows).not_to_have_count(before)
        await expect(older.or_(ana.log.locator(".greeting"))).to_be_attached()
    assert await rows.count() >= MESSAGES
    # who writes is back at the end
    await ana.says("That was all of it")

    frame = ana.window.page.frames[-1]
    await ana.field.fill("")
    await frames.watch(frame)
    epoch = await sam.epoch_of(conversation_id)
    clock = asyncio.get_running_loop()
    longest = []
    for second in range(SECONDS):
        await frames.begin(frame)
        typing = asyncio.create_task(ana.field.press_sequentially("not held up ", delay=50))
        began = clock.time()
        for number in range(A_SECOND):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - clock.time()))
            text = f"no. {second * A_SECOND + number}"
            await sam.do(
                "message.send", conversation_id=conversation_id, client_id=secrets.token_hex(8), text=text, epoch=epoch
            )
        await typing
        await ana.hears(f"no. {second * A_SECOND + A_SECOND - 1}")
        longest.append(await frames.longest_ms(frame))
    assert await ana.field.input_value() == "not held up " * SECONDS
    frames.note("widget: 2,000 messages, 20 a second, typing", longest)
