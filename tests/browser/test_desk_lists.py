"""The console's lists: who waits, in which order, and that nothing moves under a reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.at_desk import AtDesk, at_desk
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, Mortal, log_in


async def shown(agent: AtDesk) -> list[str | None]:
    """The conversations in the lists, from top to bottom."""
    found: list[str | None] = await agent.lists.locator("li [data-conversation]").evaluate_all(
        """rows => rows
            .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
            .map((row) => row.dataset.conversation)"""
    )
    return found


async def waiting(desk: BrowserDesk) -> Any:
    visitor = await desk.whole.visitor()
    await visitor.asks_for_a_person()
    return visitor


async def test_a_list_that_is_pointed_at_holds_still(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """The longest wait stands first; while the pointer is on the list new ones are counted, and come when asked."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    first, second = [(await waiting(desk)).conversation_id for _ in range(2)]
    await expect(sam.row(second)).to_be_visible()
    assert await shown(sam) == [first, second]
    await sam.row(first).hover()
    third = (await waiting(desk)).conversation_id
    await expect(sam.page.get_by_role("button", name="1 new")).to_be_visible()
    assert await shown(sam) == [first, second]
    await sam.page.get_by_role("button", name="1 new").click()
    await expect(sam.row(third)).to_be_visible()
    assert await shown(sam) == [first, second, third]
    await sam.window.is_accessible()


async def test_keys_walk_the_list(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """Alt+J and Alt+K open the next and the one before; the palette finds a conversation by its reference."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    first, second = [(await waiting(desk)).conversation_id for _ in range(2)]
    await expect(sam.row(second)).to_be_visible()
    await sam.press("Alt+j")
    await expect(sam.row(first)).to_have_attribute("aria-current", "true")
    await sam.press("Alt+j")
    await expect(sam.row(second)).to_have_attribute("aria-current", "true")
    await sam.press("Alt+k")
    await expect(sam.row(first)).to_have_attribute("aria-current", "true")
    await sam.press("Control+k")
    await expect(sam.page.get_by_role("combobox")).to_be_focused()
    await sam.types("00002")
    await expect(sam.page.get_by_role("option")).to_have_count(1)
    await sam.press("Enter")
    await expect(sam.row(second)).to_have_attribute("aria-current", "true")
    await sam.press("?")
    await expect(sam.page.get_by_role("dialog", name="Keys")).to_be_visible()


async def test_a_lost_race_says_who_was_quicker(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """Who takes a chat that a colleague has just taken is told so, and sees it as it is now."""
    window = await open_window()
    async with slow_line(window.page) as flows:
        sam = await at_desk(desk, open_window, await log_in(desk, "Sam"), into=window)
        ana = await waiting(desk)
        await sam.opens(ana.conversation_id)
        rosa = await desk.agent("Rosa", status="away")
        flows.clear()
        await rosa.decides("accept", ana.conversation_id)
        await sam.page.get_by_role("button", name="Accept").first.click()
        flows.set()
        told = "Not done: somebody was quicker. Visitor is with Rosa now."
        await expect(sam.page.get_by_text(told)).to_be_visible()
        await expect(sam.page.get_by_text("Rosa answers here.")).to_be_visible()


@asynccontextmanager
async def slow_line(page: Page) -> AsyncIterator[asyncio.Event]:
    """A line on which what the server says is held up, in its order, while the event is clear."""
    flows = asyncio.Event()
    flows.set()
    said: asyncio.Queue[tuple[WebSocketRoute, str | bytes]] = asyncio.Queue(1_000)

    def joined(route: WebSocketRoute) -> None:
        route.connect_to_server().on_message(lambda message: said.put_nowait((route, message)))

    async def pass_on() -> None:
        while True:
            route, message = await said.get()
            await flows.wait()
            route.send(message)

    await page.route_web_socket("**/socket.io/**", joined)
    passing = asyncio.create_task(pass_on())
    try:
        yield flows
    finally:
        passing.cancel()


async def test_on_a_phone_one_pane_at_a_time(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """On a phone the list gives way to the conversation, and the person lies over it; each way leads back."""
    ana = await waiting(desk)
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"), phone=True)
    await sam.window.is_accessible()
    await sam.opens(ana.conversation_id)
    await expect(sam.lists).to_be_hidden()
    await sam.window.look("desk_phone")
    assert await sam.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    await sam.page.get_by_role("button", name="Person").click()
    await expect(sam.page.get_by_role("complementary", name="Person")).to_be_visible()
    await sam.window.is_accessible()
    await sam.page.get_by_role("button", name="Close").click()
    await sam.page.get_by_role("button", name="Back to the lists").click()
    await expect(sam.lists).to_be_visible()


async def test_a_server_that_was_killed_is_found_again(mortal: Mortal, open_window: OpenWindow) -> None:
    """A killed server is said; when it is back the lists are whole again, without a reload."""
    seat = mortal.agents[0]
    window = await open_window()
    window.forgive("WebSocket connection to .* failed", "ERR_CONNECTION_REFUSED", "Failed to load resource")
    await window.page.add_init_script(f"sessionStorage.setItem('frontdesk.session', {seat.token!r})")
    await window.page.goto(f"{mortal.url}/console/")
    lost = window.page.get_by_text("The connection is lost.")
    await expect(window.page.get_by_text("Nobody waits.")).to_be_visible()
    mortal.house.kill()
    await expect(lost).to_be_visible()
    await mortal.house.start()
    await window.page.get_by_role("button", name="Try now").click()
    await expect(lost).to_be_hidden(timeout=20_000)
    await expect(window.page.get_by_text("Nobody waits.")).to_be_visible()
