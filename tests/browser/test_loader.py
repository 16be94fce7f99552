"""The loader on a site of another origin: launcher, lazy frame, keyboard, strict policies, pages that come and go."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, Mortal
from tests.browser.sites import STRICT, Site, shop, snippet
from tests.browser.windows import WIDGET, Window

QUESTION = "Where is my parcel?"
ANSWER = "Parcels take two to four working days."

FOCUSED = "document.activeElement.shadowRoot?.activeElement?.localName ?? document.activeElement.localName"


async def asks(window: Window, text: str = QUESTION) -> None:
    """Write in the open widget, by the keyboard."""
    field = window.widget.get_by_role("textbox", name="Write a message")
    await expect(field).to_be_focused()
    await window.page.keyboard.type(text)
    await window.page.keyboard.press("Enter")


async def is_answered(window: Window, text: str = ANSWER, *, times: int = 1) -> None:
    await expect(window.widget.get_by_role("log").get_by_text(text)).to_have_count(times)


async def lies_at(window: Window, side: str) -> None:
    box: Any = await window.launcher.bounding_box()
    width = await window.page.evaluate("innerWidth")
    gap = box["x"] if side == "left" else width - box["x"] - box["width"]
    assert (box["width"], box["height"], gap) == (56, 56, 20), box


async def test_a_site_loads_the_launcher_and_nothing_else(
    desk: BrowserDesk, site: Site, open_window: OpenWindow
) -> None:
    """Who does not open the chat loads a script and the inbox's look; the launcher has a name and takes its place."""
    await desk.settle(look={"accent": "#ffd23f"})
    site.show("/", shop(desk))
    window = await open_window()
    asked: list[str] = []
    window.context.on("request", lambda request: asked.append(request.url))
    await window.page.goto(site.url)
    await expect(window.launcher).to_have_accessible_name("Chat")
    await expect(window.launcher).to_have_attribute("aria-expanded", "false")
    await expect(window.launcher).to_have_css("background-color", "rgb(255, 210, 63)")
    # below zero in each part: black, the better of the two on such a light accent
    await expect(window.launcher).to_have_css("color", re.compile(r"^color\(xyz-d65( -[\d.]+){3}\)$"))
    await lies_at(window, "right")
    await expect(window.page.locator(WIDGET)).to_have_count(0)
    of_the_desk = [url.removeprefix(desk.url).partition("?")[0] for url in asked if url.startswith(desk.url)]
    assert of_the_desk == ["/widget.js", f"/api/v1/widget/{desk.inbox}"]
    await window.is_accessible()


async def test_the_launcher_follows_the_reading_direction(
    desk: BrowserDesk, site: Site, open_window: OpenWindow
) -> None:
    """On a page that reads from the right the launcher is on the left, and says its name in the visitor's language."""
    script = site.script("/rtl.js", "document.documentElement.dir = 'rtl'")
    site.show("/", shop(desk), head=f'<script src="{script}"></script>')
    window = await open_window(site.url, locale="ar")
    await expect(window.launcher).to_have_accessible_name("محادثة")
    await lies_at(window, "left")
    await window.look("launcher_rtl")


async def test_the_launcher_on_the_other_side(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """An admin can have the launcher, and the panel with it, where lines begin."""
    await desk.settle(look={"side": "start"})
    site.show("/", shop(desk))
    window = await open_window(site.url)
    await lies_at(window, "left")
    await window.opens_widget()
    box: Any = await window.page.locator(WIDGET).bounding_box()
    assert box["x"] < 30, box


async def test_the_way_by_keyboard(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Tab reaches the launcher after the page; Enter opens and puts the cursor in the field; Escape gives it back."""
    site.show("/", f'<main><h1>Lamps</h1><a href="/next">More</a></main>{snippet(desk)}')
    window = await open_window(site.url)
    await expect(window.launcher).to_be_visible()
    keys = window.page.keyboard
    await keys.press("Tab")
    await keys.press("Tab")
    await expect(window.launcher).to_be_focused()
    await keys.press("Enter")
    await expect(window.launcher).to_have_attribute("aria-expanded", "true")
    await expect(window.page.locator(WIDGET)).to_have_attribute("title", "Chat")
    await asks(window)
    await is_answered(window)
    await keys.press("Escape")
    await expect(window.page.locator(WIDGET)).to_be_hidden()
    await expect(window.launcher).to_be_focused()
    await expect(window.launcher).to_have_attribute("aria-expanded", "false")


async def test_a_strict_site(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Under the policy that docs/widget.md tells, with Trusted Types and nothing inline, everything works."""
    queued = site.script(
        "/early.js", "window.Frontdesk = [['setTheme', 'dark'], ['newMessage', 'Where is my parcel?']]"
    )
    head = f'<script src="{queued}"></script>'
    site.show("/", shop(desk), csp=STRICT.format(desk=desk.url), head=head)
    window = await open_window(site.url)
    field = window.widget.get_by_role("textbox", name="Write a message")
    await expect(field).to_have_value(QUESTION)
    await field.press("Enter")
    await is_answered(window)
    await window.page.evaluate("Frontdesk.destroy()")
    await expect(window.page.locator("frontdesk-widget")).to_have_count(0)


async def test_a_reload_and_a_second_tab(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """A conversation is there again after a reload, and in a second tab; what is said in one is seen in the other."""
    site.show("/", shop(desk))
    window = await open_window(site.url)
    await window.opens_widget()
    await asks(window)
    await is_answered(window)
    await window.page.reload()
    await expect(window.page.locator(WIDGET)).to_be_attached()
    await window.opens_widget()
    await is_answered(window)

    other = await window.another_tab(site.url)
    await other.locator("frontdesk-widget button").click()
    there = other.frame_locator(WIDGET)
    await expect(there.get_by_role("log").get_by_text(ANSWER)).to_be_visible()
    await there.get_by_role("textbox", name="Write a message").fill("How can I pay?")
    await other.keyboard.press("Enter")
    for log in (there.get_by_role("log"), window.widget.get_by_role("log")):
        await expect(log.get_by_text("We take cards, PayPal and bank transfer.")).to_have_count(1)


async def test_what_is_unread_is_counted(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Closed, the launcher's name and the page's title say how much is unread, and keep to it when the page changes its
    title; opening reads it."""
    sam = await desk.agent("Sam")
    site.show("/", shop(desk))
    window = await open_window(site.url)
    await window.opens_widget()
    await asks(window, "let me talk to a person")
    offer = await sam.sees("offer.created")
    taken = await sam.do(
        "conversation.accept",
        conversation_id=offer["conversation"]["id"],
        epoch=offer["conversation"]["epoch"],
        offer_id=offer["id"],
    )
    await window.page.keyboard.press("Escape")
    await expect(window.page.locator(WIDGET)).to_be_hidden()
    conversation = taken["conversation"]
    for number, text in enumerate(("Hi, Sam here.", "How can I help?"), start=1):
        await sam.do(
            "message.send",
            conversation_id=conversation["id"],
            epoch=conversation["epoch"],
            client_id=f"unread-{number}",
            text=text,
        )
    # that Sam has come is something to read, too
    unread = await unread_of(window)
    assert unread >= 2
    await expect(window.launcher).to_have_accessible_name(f"Chat, {unread} unread")
    await expect(window.page).to_have_title(f"({unread}) Lamps")
    await window.page.evaluate("document.title = 'Bulbs'")
    await expect(window.page).to_have_title(f"({unread}) Bulbs")
    await window.look("launcher_unread")
    await window.opens_widget()
    await expect(window.widget.get_by_role("log").get_by_text("How can I help?")).to_be_visible()
    await expect(window.launcher).to_have_accessible_name("Chat")
    await expect(window.page).to_have_title("Bulbs")


async def unread_of(window: Window) -> int:
    badge = window.page.locator("frontdesk-widget button i")
    await expect(badge).to_be_visible()
    return int(await badge.inner_text())


TURBO = """async (path) => {
  // what Turbo does: fetch, keep the window and <html>, take the other page's title and body, run its scripts again
  const html = await (await fetch(path)).text();
  const next = Document.parseHTMLUnsafe(html);
  history.pushState({}, "", path);
  document.title = next.title;
  const body = document.adoptNode(next.body);
  document.documentElement.replaceChild(body, document.body);
  for (const inert of body.querySelectorAll("script")) {
    const script = document.createElement("script");
    for (const { name, value } of inert.attributes) script.setAttribute(name, value);
    const ran = new Promise((done) => (script.onload = done));
    inert.replaceWith(script);
    await ran;
  }
}"""


async def test_pages_that_come_and_go(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """A page change that keeps the window (Turbo, single-page apps) keeps the one widget, open, with its frame."""
    site.show("/", shop(desk))
    site.show("/next", f"<main><h1>More lamps</h1></main>{snippet(desk)}", title="More lamps")
    window = await open_window(site.url)
    await expect(window.launcher).to_be_visible()
    await window.page.evaluate("window.told = []; void Frontdesk.on('close', () => window.told.push('close'))")
    await window.opens_widget()
    await asks(window)
    await is_answered(window)
    await mark(window.page)
    await window.page.frames[1].evaluate(
        "addEventListener('message', ({ data }) => { if (data.page) window.address = data.page.url })"
    )

    for path in ("/next", "/", "/next"):
        await window.page.evaluate(TURBO, path)
    await expect(window.page.get_by_role("heading", name="More lamps")).to_be_visible()
    await expect(window.page.locator("frontdesk-widget")).to_have_count(1)
    assert await is_marked(window.page), "the frame was loaded again"
    await window.page.frames[1].wait_for_function(f"window.address === '{site.origin}/next'")
    await is_answered(window)
    await window.page.evaluate("Frontdesk.close()")
    assert await window.page.evaluate("window.told") == ["close"]


async def test_a_page_that_replaces_everything(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Where a framework throws the widget out with the rest of the page, it comes back with the conversation."""
    site.show("/", shop(desk))
    window = await open_window(site.url)
    await window.opens_widget()
    await asks(window)
    await is_answered(window)
    await window.page.evaluate(
        "document.documentElement.replaceChildren(document.head, document.createElement('body'))"
    )
    await expect(window.page.locator("frontdesk-widget")).to_have_count(1)
    await is_answered(window)


async def mark(page: Page) -> None:
    """Put something into the frame's window that is gone when the frame is loaded again."""
    await page.frames[1].evaluate("window.marked = true")


async def is_marked(page: Page) -> bool:
    return bool(await page.frames[1].evaluate("window.marked === true"))


async def test_a_phone_is_filled_and_its_page_kept(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """On a phone the chat fills the screen, the page behind keeps still and keeps its place."""
    site.show("/", shop(desk))
    window = await open_window(site.url, phone=True)
    await expect(window.launcher).to_be_visible()
    await window.page.evaluate("scrollTo(0, 600)")
    await window.launcher.tap()
    frame = window.page.locator(WIDGET)
    await expect(window.widget.get_by_role("textbox", name="Write a message")).to_be_visible()
    assert await frame.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    await expect(window.launcher).to_be_hidden()
    behind = "[scrollY, document.body.inert, getComputedStyle(document.documentElement).overflowY]"
    assert await window.page.evaluate(behind) == [600, True, "hidden"]
    await window.look("widget_phone")
    await window.widget.get_by_role("button", name="Close chat").tap()
    await expect(window.launcher).to_be_visible()
    assert await window.page.evaluate(behind) == [600, False, "visible"]


async def test_storage_that_is_refused_to_third_parties(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """A browser that refuses storage to frames of other sites keeps the conversation by the site's own."""
    site.show("/", shop(desk))
    window = await open_window()
    refuse = """if (location.origin === ORIGIN) for (const name of ["localStorage", "sessionStorage", "indexedDB"])
      Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError") } })"""
    await window.context.add_init_script(refuse.replace("ORIGIN", f'"{desk.url}"'))
    await window.page.goto(site.url)
    await window.opens_widget()
    await asks(window)
    await is_answered(window)
    await window.page.reload()
    await window.opens_widget()
    await is_answered(window)


async def test_others_are_not_heard(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Messages of any other window or origin than the frame's move nothing, in the site and in the frame."""
    site.show("/evil", "<p>Hello</p>")
    site.show("/", f'<iframe src="/evil" title="other"></iframe>{shop(desk)}')
    window = await open_window(site.url)
    await window.opens_widget()
    await asks(window)
    await is_answered(window)
    attack = """() => {
      const frame = document.querySelector("frontdesk-widget").shadowRoot.querySelector("iframe");
      // as the page itself, which is not the frame
      for (const origin of [location.origin, "*"]) {
        postMessage({ type: "close" }, origin);
        postMessage({ type: "state", unread: 7, resume: false, name: "Hacked", title: "Hacked" }, origin);
      }
      // from another window of the same site to the frame, whose loader it is not
      const code = `parent.document.querySelector("frontdesk-widget").shadowRoot.querySelector("iframe")
        .contentWindow.postMessage({ type: "logout" }, "*")`;
      document.querySelector("iframe").contentWindow.eval(code);
      return new Promise((done) => setTimeout(done, 300));
    }"""
    await window.page.evaluate(attack)
    await expect(window.page.locator(WIDGET)).to_be_visible()
    await expect(window.launcher).to_have_accessible_name("Chat")
    await expect(window.page).to_have_title("Lamps")
    await is_answered(window)


async def test_a_chat_that_does_not_come(mortal: Mortal, site: Site, open_window: OpenWindow) -> None:
    """Where the desk is gone a phone's visitor can still close the empty panel, and a later opening brings the chat."""
    site.show("/", shop(mortal))
    window = await open_window(site.url, phone=True)
    window.forgive("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "WebSocket connection to")
    await expect(window.launcher).to_be_visible()
    mortal.house.kill()
    await window.launcher.tap()
    await expect(window.launcher).to_have_attribute("aria-expanded", "true")
    await window.launcher.tap()
    await expect(window.page.locator(WIDGET)).to_have_count(0)
    await mortal.house.start()
    await window.launcher.tap()
    await expect(window.widget.get_by_role("textbox", name="Write a message")).to_be_visible()
    await expect(window.launcher).to_be_hidden()
