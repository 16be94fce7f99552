"""The line between widget and desk: offline, killed, slow, refused; each seen, nothing lost, nothing twice."""

from __future__ import annotations

import re

from playwright.async_api import WebSocketRoute, expect

from tests.browser.at_widget import ANSWER, QUESTION, at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk, Mortal
from tests.browser.sites import Site
from tests.browser.windows import WIDGET

NO_LINE = (r"WebSocket connection to .* failed", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_SOCKET")


async def test_offline_is_seen_and_nothing_is_lost(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Without a network the widget says so and takes messages; with it again they go, in order and once."""
    ana = await at_widget(desk, site, open_window)
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await ana.window.offline()
    offline = ana.frame.get_by_text("Offline. Your message will be sent when you are back.")
    await expect(offline).to_be_visible()
    await ana.says("First, how can I pay?")
    await ana.says("Second, how do I return my lamp?")
    await expect(ana.log.get_by_text("Will be sent when you are back")).to_have_count(2)
    await ana.window.look("widget_offline")
    await ana.window.online()
    await expect(offline).to_have_count(0)
    await ana.hears("thirty days")
    await ana.is_well()
    said = await ana.log.locator(".row-me .bubble").all_inner_texts()
    assert said == [QUESTION, "First, how can I pay?", "Second, how do I return my lamp?"]


async def test_a_desk_that_is_killed_comes_back(mortal: Mortal, site: Site, open_window: OpenWindow) -> None:
    """The desk is killed while the visitor writes: the loss is seen; once it is back the message goes, by a reloaded
    page as well."""
    ana = await at_widget(mortal, site, open_window)
    ana.window.forgive(*NO_LINE)
    await ana.says("Hello")
    await expect(ana.log.get_by_text("Sent", exact=True)).to_have_count(1)
    mortal.house.kill()
    await expect(ana.frame.get_by_text("The connection was lost. Trying again.")).to_be_visible()
    await ana.says("Are you there?")
    await ana.window.look("widget_reconnecting")
    await mortal.house.start()
    await ana.is_well()
    await expect(ana.frame.get_by_text("The connection was lost.")).to_have_count(0, timeout=30_000)
    await ana.is_well()
    await ana.window.page.reload()
    await ana.window.opens_widget()
    await ana.hears("Are you there?")
    assert await ana.log.locator(".row-me .bubble").all_inner_texts() == ["Hello", "Are you there?"]


async def test_unsent_survives_a_reload(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """What could not be sent is there after a reload, and is sent then, once."""
    silent = True

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda text: None if silent and "message.send" in str(text) else server.send(text))

    window = await open_window()
    await window.context.route_web_socket(re.compile("/socket.io/"), relay)
    ana = await at_widget(desk, site, open_window, into=window)
    await ana.says(QUESTION)
    await expect(ana.log.get_by_text("Sending", exact=True)).to_be_visible()
    await window.look("widget_sending")
    silent = False
    for _ in range(2):
        await window.page.reload()
        await window.opens_widget()
        await ana.hears(ANSWER)
        await expect(ana.log.locator(".row-me .bubble")).to_have_text([QUESTION])
    await ana.is_well()


async def test_a_refused_message_says_so(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """A message that the desk will not take is marked, with the reason, and can be tried again or taken back."""
    refusing = True

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def hear(text: str | bytes) -> None:
            sent = re.match(r'42/visitor,(\d+)\["message.send"', str(text))
            if sent and refusing:
                socket.send(f'43/visitor,{sent[1]}[{{"ok":false,"error":{{"code":"too_large","message":"No."}}}}]')
            else:
                server.send(text)

        socket.on_message(hear)

    site_window = await open_window()
    await site_window.context.route_web_socket(re.compile("/socket.io/"), relay)
    ana = await at_widget(desk, site, open_window, into=site_window)
    await ana.says(QUESTION)
    failed = ana.log.get_by_role("alert")
    await expect(failed).to_contain_text("Not sent. It is too large.")
    await ana.window.look("widget_failed")
    await ana.window.is_accessible()
    refusing = False
    await ana.button("Try again").click()
    await ana.hears(ANSWER)
    await ana.is_well()
    refusing = True
    await ana.says("Never mind")
    await ana.button("Discard").click()
    await expect(ana.log.get_by_text("Never mind")).to_have_count(0)
    await expect(ana.field).to_have_value("Never mind")


async def test_two_tabs_say_the_same(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """What is said in one tab is seen in the other, from its first word on, and both end alike."""
    ana = await at_widget(desk, site, open_window)
    other = await ana.window.another_tab(site.url)
    await other.locator("frontdesk-widget button").click()
    there = other.frame_locator(WIDGET).get_by_role("log")
    await expect(there).to_be_visible()
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await expect(there.get_by_text(ANSWER)).to_be_visible()
    field = other.frame_locator(WIDGET).locator("textarea")
    await field.fill("How can I pay?")
    await field.press("Enter")
    await ana.hears("We take cards")
    await expect(there.get_by_text("We take cards")).to_be_visible()
    said = [QUESTION, "How can I pay?"]
    await expect(ana.log.locator(".row-me .bubble")).to_have_text(said)
    await expect(there.locator(".row-me .bubble")).to_have_text(said)
