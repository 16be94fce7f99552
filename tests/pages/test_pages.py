"""What browsers load, and what those pages may do there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from server.pages import Site
from server.pages.policies import content_policy, origin_of
from tests.http.desk import Desk, opened_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A served house."""
    async with opened_desk(tmp_path) as opened:
        yield opened


async def fetch(desk: Desk, path: str, **headers: str) -> tuple[int, CIMultiDict[str], bytes]:
    """What a browser gets at an address of the desk; compressed only where it says that it takes that."""
    address = URL(f"http://127.0.0.1:{desk.served.port}{path}", encoded=True)
    headers = {"Accept-Encoding": "identity", **headers}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.get(address, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, CIMultiDict(answer.headers), await answer.read()


def directives(policy: str) -> dict[str, str]:
    """A policy's directives by name."""
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}


STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


@pytest.mark.parametrize("path", ["/console/", "/console/desk/cnv_1", "/console/setup", "/widget/{key}"])
async def test_every_page_has_a_strict_policy(desk: Desk, path: str) -> None:
    """No page of ours runs anything inline, evaluates text, makes markup of text, or loads from elsewhere."""
    status, headers, body = await fetch(desk, path.format(key=desk.founded.public_key))
    assert status == 200
    policy = directives(headers["Content-Security-Policy"])
    assert policy.items() >= STRICT.items()
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-cache"
    page = body.decode()
    assert "<style" not in page
    assert " style=" not in page
    scripts = re.findall("<script[^>]*>[^<]*", page)
    assert scripts
    assert all(re.fullmatch('<script (async )?type="module" crossorigin src="/[^"]+">', one) for one in scripts)


async def test_the_console_is_in_nobodys_frame(desk: Desk) -> None:
    """No site can lay the console under its own buttons."""
    _, headers, _ = await fetch(desk, "/console/")
    assert directives(headers["Content-Security-Policy"])["frame-ancestors"] == "'none'"


async def test_the_frame_is_for_the_inboxs_sites(desk: Desk) -> None:
    """A widget opens on the sites of its inbox alone; on any, where none is named."""
    path = f"/widget/{desk.founded.public_key}"
    _, headers, _ = await fetch(desk, path)
    assert directives(headers["Content-Security-Policy"])["frame-ancestors"] == "*"
    settings = {"sites": ["https://shop.example", "https://www.shop.example:8443"]}
    changed = await desk.call("PATCH", f"inboxes/{desk.founded.inbox_id}", desk.admin, json={"settings": settings})
    assert changed.status == 200
    _, headers, _ = await fetch(desk, path)
    told = directives(headers["Content-Security-Policy"])["frame-ancestors"]
    assert told == "https://shop.example https://www.shop.example:8443"


async def test_a_logo_kept_elsewhere_is_shown(desk: Desk) -> None:
    """The company's logo may lie on its own site; the frame may load pictures from there, and from nowhere else."""
    look = {"logo_url": "https://cdn.shop.example/logo.png"}
    changed = await desk.call("PATCH", "workspace", desk.admin, json={"look": look})
    assert changed.status == 200
    _, headers, _ = await fetch(desk, f"/widget/{desk.founded.public_key}")
    assert directives(headers["Content-Security-Policy"])["img-src"] == "'self' blob: data: https://cdn.shop.example"


async def test_a_widget_of_no_inbox_is_not_there(desk: Desk) -> None:
    """An unknown key answers 404 with a plain sentence."""
    status, headers, body = await fetch(desk, "/widget/pub_unknown")
    assert status == 404
    assert headers["Content-Type"].startswith("text/plain")
    assert b"no such inbox" in body


async def test_assets_are_kept_for_ever_and_come_compressed(desk: Desk) -> None:
    """What a page names by its hash is loaded once, compressed where the browser takes that."""
    _, _, page = await fetch(desk, "/console/")
    script = page.decode().partition('crossorigin src="')[2].partition('"')[0]
    status, headers, body = await fetch(desk, script)
    assert status == 200
    assert "immutable" in headers["Cache-Control"]
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "Content-Encoding" not in headers
    _, packed, small = await fetch(desk, script, **{"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(small) < len(body)
    status, _, nothing = await fetch(desk, script, **{"If-None-Match": headers["ETag"]})
    assert (status, nothing) == (304, b"")


async def test_the_loader_may_be_loaded_by_any_site(desk: Desk) -> None:
    """widget.js is fetched from other origins, is fresh within five minutes, and is asked for by its tag."""
    status, headers, _ = await fetch(desk, "/widget.js")
    assert status == 200
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    "path",
    [
        "/console/assets/..%2f..%2fpyproject.toml",
        "/console/assets/../index.html",
        "/widget/assets/.sources",
        "/widget/assets/nothing.js",
        "/site/index.html",
        "/console/assets/%00",
    ],
)
async def test_nothing_else_is_to_be_had(desk: Desk, path: str) -> None:
    """Only what was built is served, by its own name."""
    status, headers, body = await fetch(desk, path)
    # a path that climbs out of the folder is, once resolved, one of the console's own screens
    assert status in (400, 404) or (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"build-system" not in body


async def test_the_front_leads_to_the_console(desk: Desk) -> None:
    """Where no demo is shown, `/` leads to the console."""
    status, headers, _ = await fetch(desk, "/")
    assert (status, headers["Location"]) == (302, "/console/")


def test_the_demos_site_names_its_inbox(tmp_path: Path) -> None:
    """The page of the demo's shop carries the snippet with the demo's own key."""
    (tmp_path / "index.html").write_text('<script src="/widget.js" data-inbox="{{inbox_key}}"></script>')
    (tmp_path / "shop.css").write_text("body { margin: 0 }")
    site = Site(tmp_path, {"inbox_key": "pub_1"})
    assert b'data-inbox="pub_1"' in site.page.body
    assert site.find("shop.css") is not None
    assert site.find("../secret") is None


@given(st.text())
def test_no_address_adds_to_a_policy(address: str) -> None:
    """Whatever an admin gives as a picture's address, the policy gains one origin or nothing."""
    policy = content_policy(ancestors=(), images=[address])
    origin = origin_of(address)
    assert policy == content_policy(ancestors=()).replace("data:", f"data: {origin}" if origin else "data:")


def test_a_pictures_origin_is_allowed() -> None:
    """A logo kept elsewhere may be shown; the rest of that place is not trusted with more."""
    policy = directives(content_policy(ancestors=(), images=["https://cdn.example/logo.png?x=; script-src *"]))
    assert policy["img-src"] == "'self' blob: data: https://cdn.example"
    assert policy["script-src"] == "'self'"
