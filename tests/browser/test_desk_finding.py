"""Finding and teaching at the console: search, own views, ready replies, what the bot should have answered."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.at_desk import at_desk
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, log_in


async def test_what_was_said_is_found(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """A word of a message leads to its conversation, marked where it stands; nothing found says what to try."""
    ana = await desk.whole.visitor()
    await ana.says("the chandelier flickers at night")
    await ana.hears("bot")
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.page.get_by_role("link", name="Search").click()
    box = sam.page.get_by_role("searchbox", name="Words, a name, an address or a reference")
    await expect(box).to_be_focused()
    await sam.types("chandelier")
    found = sam.page.get_by_role("link", name="the chandelier flickers at night")
    await expect(found.locator("mark")).to_have_text("chandelier")
    await sam.window.is_accessible()
    await sam.window.look("desk_search")
    await found.click()
    await expect(sam.log.get_by_text("the chandelier flickers at night")).to_be_visible()
    await sam.page.go_back()
    await box.fill("xylophone")
    await expect(sam.page.get_by_text('Nothing found for "xylophone"')).to_be_visible()


async def test_an_own_view_keeps_what_has_to_be_so(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """A view of one's own shows what fits it, takes in what begins to fit, and is there after a reload."""
    ana, bo = [await desk.whole.visitor() for _ in range(2)]
    for one in (ana, bo):
        await one.asks_for_a_person()
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    rosa = await desk.agent("Rosa", status="away")
    await rosa.do("conversation.update", conversation_id=ana.conversation_id, labels=["refund"])
    await sam.page.get_by_role("button", name="Choose a list").click()
    await sam.page.get_by_role("menuitem", name="New view").click()
    await expect(sam.page.get_by_label("Name", exact=True)).to_be_focused()
    await sam.types("Refunds")
    await sam.page.get_by_label("Label", exact=True).fill("refund")
    await sam.window.is_accessible()
    await sam.page.get_by_role("button", name="Save view").click()
    await expect(sam.lists.get_by_role("heading", name="Refunds")).to_be_visible()
    await expect(sam.row(ana.conversation_id)).to_be_visible()
    await expect(sam.row(bo.conversation_id)).to_have_count(0)
    await sam.composer.or_(sam.page.get_by_text("Choose a conversation")).first.hover()
    await rosa.do("conversation.update", conversation_id=bo.conversation_id, labels=["refund"])
    await expect(sam.row(bo.conversation_id)).to_be_visible()
    await sam.page.reload()
    await expect(sam.lists.get_by_role("heading", name="Refunds")).to_be_visible()
    await expect(sam.row(bo.conversation_id)).to_be_visible()


async def test_a_ready_reply_is_written_once_and_used(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """A slash finds ready replies by words; one is made on the spot, and goes into the reply by Enter."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam", role="supervisor"))
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await sam.accepts()
    await sam.press("/")
    await expect(sam.composer).to_be_focused()
    await sam.types("/")
    await sam.page.get_by_role("button", name="Edit ready replies").click()
    await sam.page.get_by_role("button", name="Add a ready reply").click()
    await sam.page.get_by_label("Title").fill("Opening hours")
    await sam.page.get_by_label("Text", exact=True).fill("We are here from 9 to 17 on weekdays.")
    await sam.page.get_by_role("button", name="Save").click()
    await expect(sam.page.get_by_role("dialog").get_by_text("We are here from 9 to 17")).to_be_visible()
    await sam.press("Escape")
    await sam.composer.fill("")
    await sam.composer.focus()
    await sam.types("/hours")
    await expect(sam.page.get_by_role("option", name="Opening hours")).to_be_visible()
    await sam.window.look("desk_canned")
    await sam.press("Enter")
    await expect(sam.composer).to_have_value("We are here from 9 to 17 on weekdays.")
    await sam.press("Control+Enter")
    await ana.hears("agent", "We are here from 9 to 17 on weekdays.")


async def test_what_the_bot_should_have_answered_is_taught(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """From a bot's turn the visitor's words are filed under the right article, which answers them from then on."""
    ana = await desk.whole.visitor()
    await ana.says("the thingamajig went dark on me")
    await ana.hears("bot")
    await ana.asks_for_a_person()
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam", role="supervisor"))
    await sam.opens(ana.conversation_id)
    await sam.page.get_by_role("button", name="What the bot understood").first.click()
    await sam.page.get_by_role("button", name="Should have answered...").click()
    dialog = sam.page.get_by_role("dialog", name="Should have answered...")
    await expect(dialog).to_contain_text("the thingamajig went dark on me")
    await dialog.get_by_label("Find by words").fill("parcel")
    await dialog.get_by_role("button", name="Where is my parcel?").click()
    await sam.window.is_accessible()
    await sam.window.look("desk_should_have")
    await dialog.get_by_role("button", name="File for training").click()
    await expect(sam.page.get_by_text('"Where is my parcel?" answers this from now on.')).to_be_visible()
    bo = await desk.whole.visitor()
    await bo.says("the thingamajig went dark on me")
    await bo.hears("bot", "Parcels take two to four working days.")
