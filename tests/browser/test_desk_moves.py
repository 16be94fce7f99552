"""Who has a chat, moved at the console; and what rings."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect

from handoff import sessions
from tests.browser.at_desk import AtDesk, at_desk
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, log_in

RING_MS = 4_000
"""Longer than from one ring to the next."""

COUNT_TONES = """
window.tones = 0;
const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };
"""


async def does(agent: AtDesk, name: str) -> None:
    """Choose an action from the conversation's menu."""
    await agent.page.get_by_role("button", name="More actions").click()
    await agent.page.get_by_role("menuitem", name=name).click()


async def status_of(desk: BrowserDesk, visitor: Any, wanted: str) -> None:
    await visitor.sees("conversation.updated", lambda one: one["status"] == wanted)


async def test_a_chat_goes_from_the_bot_to_a_person_and_back(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """An agent takes a chat from the bot, gives it back, and takes that back by Undo."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    ana = await desk.whole.visitor()
    await ana.says("where is my parcel?")
    await ana.hears("bot")
    await sam.page.goto(f"{desk.url}/console/desk/{ana.conversation_id}?list=all")
    await expect(sam.page.get_by_text("The bot answers here.")).to_be_visible()
    await sam.page.get_by_role("button", name="Take over from the bot").click()
    await status_of(desk, ana, "person")
    await sam.replies("Sam here")
    await ana.hears("agent", "Sam here")
    await does(sam, "Give back to the bot")
    await expect(sam.page.get_by_text("Visitor talks to the bot again.")).to_be_visible()
    await status_of(desk, ana, "bot")
    mark = ana.mark
    await sam.page.get_by_role("button", name="Undo").click()
    await ana.sees("conversation.updated", lambda one: one["status"] == "person", after=mark)
    await expect(sam.page.get_by_text("With you")).to_be_visible()


async def test_a_chat_is_passed_to_a_team_with_a_note(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """A transfer names its target and leaves a note that colleagues see and the visitor does not."""
    await desk.whole.team("Billing")
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam", role="supervisor"))
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await sam.accepts()
    await sam.page.get_by_role("button", name="Transfer", exact=True).click()
    dialog = sam.page.get_by_role("dialog", name="Transfer Visitor")
    await dialog.get_by_role("button", name="Billing").click()
    await dialog.get_by_label("Note for whoever takes it").fill("wants her money back")
    await sam.window.is_accessible()
    await dialog.get_by_role("button", name="Transfer to Billing").click()
    await status_of(desk, ana, "waiting")
    await expect(sam.page.get_by_text("Visitor goes to Billing.")).to_be_visible()
    await expect(sam.log.get_by_text("wants her money back")).to_be_visible()
    said = [one["text"] for one in (await ana.fresh(ana.conversation_id))["messages"]]
    assert "wants her money back" not in said


async def test_a_snoozed_chat_is_taken_up_again(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """A chat that is put aside says so, and its holder takes it up again."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await sam.accepts()
    await does(sam, "Snooze")
    await sam.page.get_by_role("dialog").get_by_role("button", name="For an hour").click()
    await expect(sam.page.get_by_text("Snoozed by Sam.")).to_be_visible()
    await sam.page.get_by_role("button", name="Take up again").click()
    await expect(sam.page.get_by_text("With you")).to_be_visible()


async def test_an_offer_rings_until_it_is_declined(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """The sound comes again and again while an offer waits, and ends with it; a chat in hand stays."""
    window = await open_window()
    await window.page.clock.install()
    await window.page.add_init_script(COUNT_TONES)
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"), into=window)
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await expect(sam.offers).to_have_count(1)
    await sam.page.clock.run_for(RING_MS)
    heard = await sam.page.evaluate("window.tones")
    assert heard >= 4, "two tones, and again"
    await sam.press("Alt+x")
    await expect(sam.offers).to_have_count(0)
    await expect(sam.page).to_have_title("Frontdesk")
    heard = await sam.page.evaluate("window.tones")
    await sam.page.clock.run_for(RING_MS)
    assert await sam.page.evaluate("window.tones") == heard


async def test_a_session_that_ended_elsewhere_asks_to_log_in(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """When an admin ends an agent's sessions the console says so and shows the log-in; the draft waits."""
    who = await log_in(desk, "Sam")
    sam = await at_desk(desk, open_window, who)
    sam.window.forgive("401")
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await sam.accepts()
    await sam.composer.fill("half a sentence")
    await desk.house.store.write(sessions.revoke_all, desk.whole.founded.workspace_id, who.id)
    await expect(sam.page.get_by_text("Your session has ended. Log in again to go on.")).to_be_visible()
    await sam.window.is_accessible()
    await sam.page.get_by_label("E-mail").fill(who.email)
    await sam.page.get_by_label("Password", exact=True).fill(who.password)
    await sam.press("Enter")
    await expect(sam.composer).to_have_value("half a sentence")
