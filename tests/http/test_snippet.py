"""The check that finds the snippet: by reading the page as a browser does, and never into our own network."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from channels.outbound import NotAllowed, Unreachable
from server.settings import Settings
from server.snippet import judge, tags
from server.snippet_page import SIZE_LIMIT_BYTES, fetch, target_of
from tests.http.desk import Desk, Json, opened_desk
from tests.peers.site import LOOPBACK, a_site

DESK = "https://desk.example"
KEY = "pk_ours"
SNIPPET = f'<script async src="{DESK}/widget.js" data-inbox="{KEY}"></script>'


def reason(html: str, url: str = "https://shop.example/", sites: tuple[str, ...] = ()) -> str:
    return judge(html, url, KEY, (DESK,), sites).reason


@pytest.mark.parametrize(
    "html",
    [
        SNIPPET,
        f"<!doctype html><title>Shop</title><body><p>Hello</p>{SNIPPET}</body>",
        f"<SCRIPT SRC='{DESK}/widget.js' DATA-INBOX='{KEY}' ASYNC></SCRIPT>",
        f"<script src={DESK}/widget.js data-inbox={KEY}></script>",
        f"<script\n\tsrc = '{DESK}/widget.js'\n\tdata-inbox = {KEY}\n></script>",
        f"<script src='//desk.example/widget.js' data-inbox='{KEY}'></script>",
        f"<script type=module src='{DESK}/widget.js?v=2' data-inbox='{KEY}'></script>",
        f"<script src='https&#58;//desk.example/widget.js' data-inbox='{KEY}'></script>",
        f"<base href='{DESK}/'><script src='widget.js' data-inbox='{KEY}'></script>",
        f"<!-->{SNIPPET}-->",
        f"<script>if (a < b) document.title = '</b>'</script>{SNIPPET}",
        f"<template><p></template>{SNIPPET}",
        f"<a title='>'>{SNIPPET}",
        f"<p><<b>{SNIPPET}",
        f"<script src='{DESK}/widget.js' data-inbox='pk_old'></script>{SNIPPET}",
    ],
)
def test_a_snippet_that_browsers_run_is_found(html: str) -> None:
    """However it is written."""
    assert reason(html) == "found"


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>Hello</p>",
        f"<!-- {SNIPPET} -->",
        f"<!-- {SNIPPET}",
        f"<? {SNIPPET.replace('>', ' ')} ?>",
        f"<textarea>{SNIPPET}</textarea>",
        f"<title>{SNIPPET}</title>",
        f"<noscript>{SNIPPET}</noscript>",
        f"<style>{SNIPPET.replace('</script>', '')}</style>",
        f"<script>document.write('{SNIPPET.replace('</script>', '')}')</script>",
        f"<template>{SNIPPET}</template>",
        f"<xmp>{SNIPPET}</xmp>",
        f"<plaintext>{SNIPPET}",
        f"<pre>{SNIPPET.replace('<', '&lt;')}</pre>",
        f"<div title='{SNIPPET}'></div>",
        f"<script src='{DESK}/widget.js' data-inbox='{KEY}'",
        f"<script type='text/plain' src='{DESK}/widget.js' data-inbox='{KEY}'></script>",
        f"<script data-src='{DESK}/widget.js' data-inbox='{KEY}'></script>",
        f"<script src='{DESK}/other.js' data-inbox='{KEY}'></script>",
        f"<script src='https://other.example/widget.js' data-inbox='{KEY}'></script>",
        f"<script src='https://desk.example.evil.example/widget.js' data-inbox='{KEY}'></script>",
        f"<script src='{DESK}:8443/widget.js' data-inbox='{KEY}'></script>",
        f"<link href='{DESK}/widget.js' data-inbox='{KEY}'>",
        f"<script src='https://[/widget.js' data-inbox='{KEY}'></script>",
    ],
)
def test_what_no_browser_runs_is_no_snippet(html: str) -> None:
    """In comments, texts, templates, attributes; of another desk; asleep; cut off."""
    assert reason(html) == "no_snippet"


def test_the_sentence_says_what_to_do() -> None:
    """Another inbox's, another desk's, one that a consent tool holds back, and a site that is not listed."""
    assert reason(SNIPPET.replace(KEY, "pk_theirs")) == "other_inbox"
    assert reason(f"<script src='{DESK}/widget.js'></script>") == "other_inbox"
    other = judge(SNIPPET.replace("desk.example", "old.example"), "https://shop.example/", KEY, (DESK,), ())
    assert "old.example" in other.message
    asleep = judge(SNIPPET.replace("async", "type=text/plain"), "https://shop.example/", KEY, (DESK,), ())
    assert "text/plain" in asleep.message
    assert reason(SNIPPET, sites=("https://other.example",)) == "site_not_listed"
    assert reason(SNIPPET, "https://Shop.example/deep/page", sites=("https://shop.example",)) == "found"
    assert reason(SNIPPET, "http://shop.example/", sites=("https://shop.example",)) == "site_not_listed"


@given(st.text(alphabet="<>!-/=\"' abscriptnotemplate\n&;", max_size=300))
def test_any_text_is_read_as_a_page(html: str) -> None:
    """Whatever a site sends, reading it ends and fails at nothing."""
    assert judge(html, "https://shop.example/", KEY, (DESK,), ()).reason in ("no_snippet", "other_inbox")


@pytest.mark.parametrize(
    "part",
    [
        "<",
        "<a ",
        "<a b",
        "<!--",
        "<!-",
        "<script>",
        "<script ",
        "<a b='",
        '<a b="',
        "</",
        "<a =",
        "<template>",
        "<a/",
        "=",
    ],
)
def test_no_page_takes_long_to_read(part: str) -> None:
    """Two megabytes of what begins and never ends are read in seconds, not hours."""
    html = (part * (SIZE_LIMIT_BYTES // len(part) + 1))[:SIZE_LIMIT_BYTES]
    for page in (html, f"<a {html}", f"<script>{html}"):
        began = time.process_time()
        for _ in tags(page):
            pass
        assert time.process_time() - began < 10


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Desk]:
    """A house whose operator lets it read pages on this machine."""
    settings = Settings(data_dir=tmp_path, port=0, webhook_networks=(LOOPBACK,))
    async with opened_desk(tmp_path, settings=settings) as desk:
        yield desk


async def check(desk: Desk, url: str) -> Json:
    answer = await desk.call("POST", f"inboxes/{desk.founded.inbox_id}/check", desk.admin, json={"url": url})
    assert answer.status == 200, answer
    assert answer.body["found"] == (answer.body["reason"] == "found")
    return answer.body


async def test_a_site_with_its_snippet_is_found(local: Desk) -> None:
    """As the admin copied it; and each thing that may be wrong has its own reason."""
    snippet = f'<script async src="{local.url}/widget.js" data-inbox="{local.founded.public_key}"></script>'
    async with a_site() as site:
        site.page("/", f"<html><body>Shop {snippet}</body></html>")
        site.page("/bare", "<html></html>")
        site.page("/old", snippet.replace(local.founded.public_key, "pk_old"))
        site.page("/data", "{}", kind="application/json")
        site.page("/zipped", gzip.compress(snippet.encode()), encoding="gzip")
        site.page("/utf16", snippet.encode("utf-16"), kind="text/html; charset=utf-16")
        assert (await check(local, f"{site.url}/#top"))["reason"] == "found"
        assert (await check(local, f"{site.url}/zipped"))["reason"] == "found"
        assert (await check(local, f"{site.url}/utf16"))["reason"] == "found"
        assert (await check(local, f"{site.url}/bare"))["reason"] == "no_snippet"
        assert (await check(local, f"{site.url}/old"))["reason"] == "other_inbox"
        assert (await check(local, f"{site.url}/data"))["reason"] == "not_html"
        gone = await check(local, f"{site.url}/gone")
        assert (gone["reason"], "404" in gone["message"]) == ("unreachable", True)
        path = f"inboxes/{local.founded.inbox_id}"
        await local.call("PATCH", path, local.admin, json={"settings": {"sites": ["https://shop.example"]}})
        assert (await check(local, site.url))["reason"] == "site_not_listed"
        await local.call("PATCH", path, local.admin, json={"settings": {"sites": [site.url]}})
        assert (await check(local, site.url))["reason"] == "found"
    assert (await check(local, site.url))["reason"] == "unreachable"


async def test_redirects_are_followed_and_not_for_ever(local: Desk) -> None:
    """The page that is shown in the end is read; a circle is given up."""
    async with a_site() as site:

        async def to(request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": {"/a": "b", "/b": "/shop"}.get(request.path, "/c")})

        site.answers |= {"/a": to, "/b": to, "/c": to}
        site.page("/shop", "<html></html>")
        found = await check(local, f"{site.url}/a")
        assert (found["reason"], found["url"]) == ("no_snippet", f"{site.url}/shop")
        assert (await check(local, f"{site.url}/c"))["reason"] == "unreachable"
        assert len(site.asked) == 3 + 6


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "https://[::1]/", "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://0x7f000001/", "http://2130706433/", "http://0/",
        "http://[64:ff9b::7f00:1]/", "ftp://shop.example/", "file:///etc/passwd", "javascript:alert(1)",
        "http://user:pass@shop.example/", "http://", "https://a..b/", "http://[", "\u0000", "http://x:99999/",
    ],
)  # fmt: skip
async def test_no_address_leads_into_our_own_network(desk: Desk, url: str) -> None:
    """Private, local, and odd ones: not called, and told about."""
    assert (await check(desk, url))["reason"] == "unreachable"


async def test_a_redirect_leads_into_no_other_network(local: Desk) -> None:
    """An address that is allowed cannot hand on to one that is not."""
    async with a_site() as site:
        for number, place in enumerate(("http://127.0.0.2:1/", "http://169.254.169.254/", "file:///etc/passwd", "//[")):

            async def away(_: web.BaseRequest, place: str = place) -> web.StreamResponse:
                return web.Response(status=302, headers={"Location": place})

            site.answers[f"/{number}"] = away
            with pytest.raises((NotAllowed, Unreachable)):
                await fetch(f"{site.url}/{number}", (ip_network("127.0.0.1/32"),))


async def test_a_site_that_never_ends_holds_nobody_up(local: Desk) -> None:
    """An endless page is read up to two megabytes, a bomb is undone no further, a silent one is given up."""
    async with a_site() as site:

        async def endless(request: web.BaseRequest) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/html"})
            await response.prepare(request)
            with_ = b"<p>" * 20_000
            for _ in range(10_000):
                await response.write(with_)
            return response

        waiting = asyncio.Event()

        async def silent(request: web.BaseRequest) -> web.StreamResponse:
            await waiting.wait()
            return web.Response()

        site.answers |= {"/endless": endless, "/silent": silent}
        bomb = gzip.compress(b"\0" * 50_000_000)
        site.page("/bomb", bomb, encoding="gzip")
        inside = (LOOPBACK,)
        assert len((await fetch(f"{site.url}/endless", inside)).text) == SIZE_LIMIT_BYTES
        assert len((await fetch(f"{site.url}/bomb", inside)).text) == SIZE_LIMIT_BYTES
        with pytest.raises(Unreachable):
            await fetch(f"{site.url}/silent", inside, timeout_s=0.3)
        waiting.set()


def test_an_address_without_a_scheme_is_https() -> None:
    """As people type it."""
    assert str(target_of("shop.example/a?b#c")) == "https://shop.example/a?b"


async def test_only_an_inbox_of_the_web_has_a_snippet(desk: Desk) -> None:
    """Another channel's, and another workspace's inbox, are refused."""
    api = await desk.post("inboxes", desk.admin, {"name": "By HTTP", "channel": "api"})
    body = {"url": "https://shop.example"}
    assert (await desk.call("POST", f"inboxes/{api['id']}/check", desk.admin, json=body)).status == 400
    other = await desk.other_workspace()
    assert (await desk.call("POST", f"inboxes/{desk.founded.inbox_id}/check", other, json=body)).status == 404
