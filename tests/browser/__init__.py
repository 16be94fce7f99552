"""Stories in real browsers: headless Chromium, a real desk, and a site of another origin that carries the snippet.

    async def test_a_visitor_is_answered(desk, site, open_window):
        '''What a visitor asks on the site is answered in the widget.'''
        site.show("/", snippet(desk))                    # a page with the widget's snippet; more in sites.py
        window = await open_window(site.url)             # phone=True, dark=True, locale="ar", reduced_motion=True ...
        frame = await window.opens_widget()              # a FrameLocator: frame.get_by_role("textbox") ...
        ...
        await window.is_accessible()                     # axe, on the page and in every frame of it

At the end of a test each window of `open_window` is closed, and any error in a console, any uncaught exception and any
breach of a Content-Security-Policy in any frame fails the test. What has to be (a server that is killed leaves failed
connections behind) is said before: `window.forgive(r"WebSocket connection .* failed")`.

desk          a served house in this very process, on http://127.0.0.1:PORT, with a small shop's articles:
              desk.agent("Sam") is an agent on a socket (tests/whole/people.py), `log_in(desk, "Sam")` one with e-mail
              and password for the console, desk.settle(...) changes the inbox, desk.house is the house itself
site          a web server of its own on http://localhost:PORT: to a browser another site, its storage is partitioned
open_window   a new browser context with one page; `window.page` is playwright's. window.another_tab() shares storage
mortal        a desk as a process of its own, to kill and start again on its port (`tests.rig.house.ServedHouse`):
              mortal.house.kill(), await mortal.house.start(); mortal.url, mortal.inbox, mortal.agents
(a network)   `async with Relay("127.0.0.1", port) as relay:` of tests.rig.relay: a network that is slow, deaf or cut
(offline)     await window.offline() / await window.online(): the whole browser context
(slow)        await window.throttle(cpu=4): a slower processor

The rule for waiting: `expect(locator).to_have_text(...)` of playwright, which looks until its timeout; never a sleep.
Look at what you made: `await window.look("name")` writes a PNG to the folder SCREENSHOTS names, else nowhere.
The web parts are built by hatch_build.py where their sources changed; a build that fails fails the test with its words.
WEB_PARTS="loader frame" builds only these, for when somebody else's part is in pieces.
"""
