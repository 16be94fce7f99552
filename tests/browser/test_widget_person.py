"""A visitor and a person: in line, together, and at the end, in the widget."""

from __future__ import annotations

from playwright.async_api import expect
from sqlalchemy import bindparam, select

from conversations.store import Statement
from conversations.store.tables import conversations
from tests.browser.at_widget import ANSWER, QUESTION, at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site

_SCORE = Statement(select(conversations.c.survey_score).where(conversations.c.id == bindparam("id")))


async def test_a_person_from_the_line_to_the_survey(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """In line with a place, back to the bot and in line again; Sam joins, types, reads, closes; the visitor rates."""
    ana = await at_widget(desk, site, open_window)
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await ana.button("Talk to a person").click()
    place = ana.frame.get_by_role("region", name="You are in line for a person")
    await expect(place.get_by_role("definition").first).to_have_text("1")
    await ana.window.look("widget_waiting")
    await ana.window.is_accessible()
    await ana.button("Go on with the bot instead").click()
    await expect(place).to_have_count(0)
    await ana.button("Talk to a person").click()
    await expect(place).to_be_visible()

    sam = await desk.agent("Sam")
    conversation_id = await ana.conversation_id
    await sam.accepts(conversation_id)
    await expect(ana.frame.get_by_role("heading", level=1)).to_have_text("Sam")
    await ana.hears("Sam has joined")
    await sam.do("typing", conversation_id=conversation_id, on=True)
    await expect(ana.log.get_by_text("Sam is typing")).to_be_attached()
    await sam.says(conversation_id, "Hello Ana, which order is it?")
    await expect(ana.log.get_by_text("Sam is typing")).to_have_count(0)
    await ana.hears("which order is it?")
    await ana.field.press_sequentially("It is 4711")
    await sam.sees("typing", lambda one: one["on"])
    await ana.field.press("Enter")
    said = await sam.sees("message.created", lambda one: one["text"] == "It is 4711")
    await sam.do("read", conversation_id=conversation_id, seq=said["seq"])
    await expect(ana.log.get_by_text("Read", exact=True)).to_have_count(1)
    await ana.window.look("widget_person")
    await ana.window.is_accessible()

    await sam.decides("resolve", conversation_id)
    await expect(ana.button("Not yet")).to_be_visible()
    await ana.window.look("widget_solved")
    await ana.button("Yes").click()
    await ana.frame.get_by_role("radio", name="Good", exact=True).check(force=True)
    await ana.window.look("widget_survey")
    await ana.window.is_accessible()
    await ana.frame.get_by_role("textbox", name="Anything to add? Optional.").fill("Quick.")
    await ana.button("Send rating").click()
    await expect(ana.frame.get_by_text("Your rating is noted.")).to_be_visible()
    rated = await desk.house.store.read(lambda tx: tx.all(_SCORE, {"id": conversation_id}))
    assert rated[0][0] == 4


async def test_writing_reopens_and_an_earlier_conversation_is_found(
    desk: BrowserDesk, site: Site, open_window: OpenWindow
) -> None:
    """Not solved yet: another word reopens the conversation. A new one begins, and the first is in the list."""
    ana = await at_widget(desk, site, open_window)
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    first = await ana.conversation_id
    await ana.chooses("End this conversation")
    await ana.button("Not yet").click()
    await expect(ana.field).to_be_focused()
    await ana.says("How can I pay?")
    await ana.hears("We take cards")
    assert await ana.conversation_id == first

    await ana.chooses("Start a new conversation")
    await expect(ana.log.get_by_text(ANSWER)).to_have_count(0)
    await ana.says("How do I return my lamp?")
    await ana.hears("thirty days")
    assert await ana.conversation_id != first
    await ana.chooses("Earlier conversations")
    entries = ana.frame.get_by_role("listitem")
    await expect(entries).to_have_count(2)
    await ana.window.look("widget_earlier")
    await ana.window.is_accessible()
    await entries.last.get_by_role("button").click()
    await ana.hears(ANSWER)
    await ana.hears("We take cards")
    assert await ana.conversation_id == first


async def test_ways_to_get_help(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """The ways to get help lead to the bot and to a person; Escape goes back before it closes."""
    ana = await at_widget(desk, site, open_window)
    await ana.button("Ways to get help").click()
    await expect(ana.frame.get_by_role("heading", name="Ways to get help")).to_be_visible()
    await expect(ana.frame.get_by_role("button", name="Ask the bot")).to_be_visible()
    await ana.window.look("widget_help")
    await ana.window.is_accessible()
    await ana.button("Back to the conversation").press("Escape")
    await expect(ana.field).to_be_focused()
    await ana.button("Ways to get help").click()
    await ana.frame.get_by_role("button", name="Chat with").first.click()
    await expect(ana.frame.get_by_role("region", name="You are in line for a person")).to_be_visible()


async def test_a_conversation_is_taken_along(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """The conversation is saved as text and as a page; that mail is not set up is told."""
    ana = await at_widget(desk, site, open_window)
    ana.window.forgive("Failed to load resource")
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await ana.chooses("Save this conversation")
    for button, ending in (("Download as text", ".txt"), ("Download as a web page", ".html")):
        async with ana.window.page.expect_download() as downloading:
            await ana.button(button).click()
        download = await downloading.value
        assert download.suggested_filename.startswith("conversation-F-")
        assert download.suggested_filename.endswith(ending)
        text = (await download.path()).read_text()
        assert QUESTION in text
        assert ANSWER in text
    await ana.window.look("widget_transcript")
    await ana.frame.get_by_role("textbox", name="Email address").fill("ana@example.com")
    await ana.button("Send by email").click()
    await expect(ana.frame.get_by_role("alert")).to_have_text("This is not possible here.")
    await ana.window.is_accessible()


async def test_the_whole_way_by_keyboard(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Asking, rating, a person and back, the menu, the end and the survey: without a mouse, the focus never lost."""
    ana = await at_widget(desk, site, open_window)
    keys = ana.window.page.keyboard
    await expect(ana.field).to_be_focused()
    await keys.type(QUESTION)
    await keys.press("Enter")
    await ana.hears(ANSWER)
    await expect(ana.field).to_be_focused()
    await keys.press("Shift+Tab")
    await keys.press("Shift+Tab")
    await expect(ana.button("Yes, it was helpful")).to_be_focused()
    await keys.press("Space")
    await expect(ana.button("Yes, it was helpful")).to_have_attribute("aria-pressed", "true")
    await ana.field.focus()
    for _ in range(3):
        await keys.press("Tab")
    await expect(ana.button("Talk to a person")).to_be_focused()
    await keys.press("Enter")
    back = ana.button("Go on with the bot instead")
    await expect(back).to_be_focused()
    await keys.press("Enter")
    await expect(ana.button("Talk to a person")).to_be_focused()
    await ana.button("More").focus()
    await keys.press("Enter")
    await expect(ana.button("Start a new conversation")).to_be_focused()
    await keys.press("Escape")
    await expect(ana.button("More")).to_be_focused()
    await keys.press("Enter")
    await expect(ana.button("Start a new conversation")).to_be_focused()
    for _ in range(4):
        await keys.press("Tab")
    await expect(ana.button("End this conversation")).to_be_focused()
    await keys.press("Enter")
    await expect(ana.button("Not yet")).to_be_visible()
    await expect(ana.field).to_be_focused()
    await keys.press("Shift+Tab")
    await keys.press("Shift+Tab")
    await expect(ana.button("Yes")).to_be_focused()
    await keys.press("Enter")
    await expect(ana.frame.get_by_role("radio").first).to_be_focused()
    await keys.press("ArrowRight")
    await expect(ana.frame.get_by_role("radio", name="Bad", exact=True)).to_be_checked()
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(ana.frame.get_by_text("Your rating is noted.")).to_be_visible()
    await expect(ana.field).to_be_focused()
