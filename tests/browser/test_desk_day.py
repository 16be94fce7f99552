"""An agent's day at the console."""

from __future__ import annotations

from playwright.async_api import expect

from conversations import reading
from tests.browser.at_desk import AtDesk, at_desk
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, log_in


async def test_a_chat_from_its_offer_to_its_end_by_keys_alone(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """An offer is taken by a key; packet, reply, note and end need no mouse; a note stays among colleagues."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.is_online()
    ana = await desk.whole.visitor(page={"url": "https://shop.example/lamps", "title": "All lamps"})
    await ana.says("my lamp does not connect to the hub")
    await ana.hears("bot")
    await ana.asks_for_a_person()
    await expect(sam.offers).to_contain_text("my lamp does not connect to the hub")
    await expect(sam.page).to_have_title("(1) Frontdesk")
    await sam.window.is_accessible()
    await sam.window.look("desk_offer")
    await sam.accepts()
    packet = sam.page.get_by_role("region", name="What it is about")
    await expect(packet).to_contain_text("my lamp does not connect to the hub")
    await expect(packet).to_contain_text("asked for a person")
    await expect(sam.page.get_by_role("complementary", name="Person")).to_contain_text("All lamps")
    await sam.press("r")
    await sam.types("Hello, which lamp is it?")
    await sam.press("Control+Enter")
    await ana.hears("agent", "Hello, which lamp is it?")
    await sam.press("Escape", "n")
    await sam.types("third time this week")
    await sam.press("Control+Enter")
    await expect(sam.log.get_by_text("third time this week")).to_be_visible()
    await ana.says("the big one")
    await expect(sam.log.get_by_text("the big one")).to_be_visible()
    await sam.window.is_accessible()
    await sam.window.look("desk_conversation")
    await sam.press("Escape", "e")
    await expect(sam.page.get_by_label("Category")).to_be_focused()
    await sam.types("pairing")
    await sam.press("Control+Enter")
    await ana.sees("conversation.updated", lambda one: one["status"] == "resolved")
    await expect(sam.page.get_by_text("The conversation with Visitor is closed.", exact=True)).to_be_visible()
    said = [one["text"] for one in (await ana.fresh(ana.conversation_id))["messages"]]
    assert "third time this week" not in said
    closed = await desk.house.store.read(reading.get, ana.conversation_id)
    assert closed.category == "pairing"


async def test_what_was_begun_survives_a_reload(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """A draft is there again after a reload; what is written offline goes out once, when the network is back."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await sam.accepts()
    await sam.composer.focus()
    await sam.types("I am looking into")
    await sam.page.reload()
    await expect(sam.composer).to_have_value("I am looking into")
    await sam.window.offline()
    await expect(sam.page.get_by_text("This device is offline.")).to_be_visible()
    await sam.replies(" it")
    await expect(sam.log.get_by_text("Will be sent when the connection is back")).to_be_visible()
    await sam.window.look("desk_offline")
    await sam.window.online()
    await ana.hears("agent", "I am looking into it")
    await expect(sam.log.get_by_text("Will be sent when the connection is back")).to_have_count(0)
    await expect(sam.log.get_by_text("I am looking into it")).to_have_count(1)
    said = [one["text"] for one in (await ana.fresh(ana.conversation_id))["messages"]]
    assert said.count("I am looking into it") == 1


async def test_own_words_are_corrected_and_withdrawn(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """An own message can be corrected in the composer, and withdrawn after a question; the visitor sees both."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await sam.accepts()
    await sam.replies("It ships on Tuesday")
    await ana.hears("agent", "Tuesday")
    await sam.page.get_by_role("button", name="Correct or withdraw").click()
    await sam.page.get_by_role("menuitem", name="Correct this message").click()
    await expect(sam.composer).to_have_value("It ships on Tuesday")
    await sam.composer.fill("It ships on Thursday")
    await sam.press("Control+Enter")
    await ana.sees("message.updated", lambda one: one["text"] == "It ships on Thursday")
    await expect(sam.log.get_by_text("It ships on Thursday")).to_be_visible()
    await sam.page.get_by_role("button", name="Correct or withdraw").click()
    await sam.page.get_by_role("menuitem", name="Withdraw this message").click()
    await sam.page.get_by_role("dialog").get_by_role("button", name="Withdraw", exact=True).click()
    await ana.sees("message.updated", lambda one: one.get("erased_at") is not None)
    await expect(sam.log.get_by_text("Message withdrawn")).to_be_visible()


async def test_a_picture_is_pasted_and_sent(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """An image in the clipboard is uploaded beside the draft and goes to the visitor with the reply."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await sam.accepts()
    await sam.composer.focus()
    await sam.page.evaluate(PASTE_A_PICTURE)
    await expect(sam.page.get_by_role("list", name="Files to send").get_by_role("listitem")).to_have_count(1)
    await expect(sam.page.get_by_role("progressbar")).to_have_count(0)
    await sam.replies("See here")
    told = await ana.hears("agent", "See here")
    assert [one["type"] for one in told["attachments"]] == ["image/png"]
    await expect(sam.log.get_by_role("img", name="lamp.png")).to_be_visible()


async def test_a_shift_ends_and_everybody_is_handed_over(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """At the end of a shift all own chats go back in line at their places, and the agent is offline."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.is_online()
    people = [await desk.whole.visitor() for _ in range(2)]
    for one in people:
        await one.asks_for_a_person()
        await sam.accepts()
    await sam.page.get_by_role("button", name="Your status").click()
    await sam.page.get_by_role("menuitemradio", name="End the shift").click()
    await sam.page.get_by_role("button", name="Hand over 2 chats and go offline").click()
    await expect(sam.page.get_by_role("button", name="Your status: Offline")).to_be_visible()
    for one in people:
        await one.sees("conversation.updated", lambda told: told["status"] == "waiting" and told["agent"] is None)


PASTE_A_PICTURE = """async () => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 40, height: 30});
  canvas.getContext('2d').fillRect(0, 0, 20, 30);
  const blob = await new Promise((give) => canvas.toBlob(give, 'image/png'));
  const data = new DataTransfer();
  data.items.add(new File([blob], 'lamp.png', {type: 'image/png'}));
  const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
  document.activeElement.dispatchEvent(event);
}"""


async def test_two_windows_of_one_agent_agree(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """What is said in one window stands once in the other; an offer that is taken in one is gone in both."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    await sam.is_online()
    ana = await desk.whole.visitor()
    await ana.asks_for_a_person()
    await expect(sam.offers).to_have_count(1)
    other = AtDesk(sam.window, await sam.window.another_tab(f"{desk.url}/console/desk/{ana.conversation_id}"))
    await expect(other.offers).to_have_count(1)
    await sam.accepts()
    await expect(other.offers).to_have_count(0)
    await expect(other.page.get_by_text("With you")).to_be_visible()
    await sam.replies("said in the first")
    await expect(other.log.get_by_text("said in the first")).to_have_count(1)
    await other.replies("said in the second")
    await expect(sam.log.get_by_text("said in the second")).to_have_count(1)
    await expect(sam.log.get_by_role("article")).to_have_count(2)
    await expect(other.log.get_by_role("article")).to_have_count(2)
