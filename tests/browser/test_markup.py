"""Whatever a visitor writes stays what they wrote: no page of the house takes it for markup."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import orjson
from playwright.async_api import Page, expect

from conversations import reading
from conversations.inbox import receive
from conversations.model import InboundMessage, Inbox
from conversations.store import Tx
from tests.browser.at_desk import at_desk
from tests.browser.at_widget import ANSWER, QUESTION, at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, log_in
from tests.browser.markup import PAYLOADS
from tests.browser.sites import Site

OPENED = 10
HEAR = "window.hits = 0; window.hit = () => { window.hits += 1 }"


def from_strangers(tx: Tx, inbox: Inbox, texts: Sequence[str]) -> list[str]:
    """A conversation for each text, which is in every field that its visitor fills: their ids."""
    made = []
    for text in texts:
        inbound = InboundMessage(
            text,
            address=secrets.token_hex(8),
            name=text,
            email=text,
            phone=text,
            page=orjson.dumps({"url": text, "title": text, "referrer": text}).decode(),
        )
        made.append(receive(tx, inbox, inbound).conversation.id)
    return made


def said_more(tx: Tx, inbox: Inbox, conversation_id: str, texts: Sequence[str]) -> None:
    """The visitor of a conversation says each text."""
    identity_id = reading.get(tx, conversation_id).identity_id
    for text in texts:
        inbound = InboundMessage(text, identity_id=identity_id, client_id=secrets.token_hex(8))
        receive(tx, inbox, inbound)


async def nothing_ran(page: Page) -> None:
    """No text of a stranger has run, in any frame."""
    for frame in page.frames:
        assert await frame.evaluate("window.hits ?? 0") == 0, frame.url


def test_there_are_five_hundred() -> None:
    """Each is another."""
    assert len(set(PAYLOADS)) == 500


async def test_no_markup_of_a_visitors_runs_in_the_console(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """500 texts as message, name, mail address, phone and page: the lists, the thread, the person, the search."""
    inbox = desk.house.places.by_key(desk.inbox)
    made: list[str] = []
    for first in range(0, len(PAYLOADS), 100):
        made += await desk.house.store.write(from_strangers, inbox, PAYLOADS[first : first + 100])
    for first in range(0, len(PAYLOADS), 100):
        await desk.house.store.write(said_more, inbox, made[0], PAYLOADS[first : first + 100])
    window = await open_window()
    await window.context.add_init_script(HEAR)
    maud = await at_desk(desk, open_window, await log_in(desk, "Maud", role="admin"), into=window)
    await maud.page.goto(f"{desk.url}/console/desk?list=all")
    scroller = maud.lists.locator(".virtual")
    for _ in range(60):
        await scroller.evaluate("place => { place.scrollTop += place.clientHeight }")
        await maud.page.evaluate("() => new Promise(requestAnimationFrame)")
    await nothing_ran(maud.page)
    for conversation_id in [made[0], *made[:: len(made) // OPENED]]:
        await maud.page.goto(f"{desk.url}/console/desk/{conversation_id}")
        text = PAYLOADS[made.index(conversation_id)]
        await expect(maud.log).to_contain_text(" ".join(text.split())[-20:].strip())
        await nothing_ran(maud.page)
    await maud.page.goto(f"{desk.url}/console/search?q=onerror")
    await expect(maud.page.get_by_role("main")).to_contain_text("onerror")
    await nothing_ran(maud.page)


async def test_no_markup_runs_in_the_widget(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """The same 500 texts, shown to the visitor who wrote them."""
    window = await open_window()
    await window.context.add_init_script(HEAR)
    ana = await at_widget(desk, site, open_window, into=window)
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    inbox = desk.house.places.by_key(desk.inbox)
    conversation_id = await ana.conversation_id
    for first in range(0, len(PAYLOADS), 100):
        await desk.house.store.write(said_more, inbox, conversation_id, PAYLOADS[first : first + 100])
    await window.page.reload()
    await window.opens_widget()
    older = ana.button("Show earlier messages")
    rows = ana.log.locator(".row")
    while await older.count():
        before = await rows.count()
        await older.click()
        await expect(rows).not_to_have_count(before)
        await expect(older.or_(ana.log.locator(".greeting"))).to_be_attached()
    assert await rows.count() >= len(PAYLOADS)
    await nothing_ran(window.page)
