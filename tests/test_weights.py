"""What browsers load stays light. kB are 1,024 bytes, as sent: compressed by the server's own hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.pages.assets import asset
from tests.browser.desks import ROOT, built

LOADER_KB = 3
FRAME_KB = 35
CONSOLE_KB = 180

LINKED = re.compile(r"""(?:src|href)="(?P<path>[^"]+)\"""")
# `import("...")` is loaded later, by need, and `import x from "..."` at once
IMPORTED = re.compile(r"""(?:\bimport|\bfrom)\s*["'](?P<path>\./[^"']+)["']""")


@pytest.fixture(scope="module", autouse=True)
def _built() -> Iterator[None]:
    with built():
        yield


def sent_bytes(path: Path) -> int:
    """What goes over the wire for this file."""
    found = asset(path.read_bytes(), path.name)
    return len(found.compressed if found.compressed is not None else found.body)


def first_load(folder: Path, base: str) -> dict[str, int]:
    """Bytes by file: the page of a folder, what it links, and what that imports before it can run."""
    page = folder / "index.html"
    sizes = {page.name: sent_bytes(page)}
    waiting = [folder / path.removeprefix(base) for path in LINKED.findall(page.read_text())]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(folder).as_posix()
        if name in sizes:
            continue
        sizes[name] = sent_bytes(path)
        if path.suffix == ".js":
            waiting += [path.parent / found for found in IMPORTED.findall(path.read_text())]
    return sizes


def sentences_bytes(language: str) -> int:
    """What the chunk of a language's sentences weighs; it comes with the first load, by what the browser prefers."""
    [chunk] = (ROOT / "web_widget/built/frame/assets").glob(f"{language}-*.js")
    return sent_bytes(chunk)


def told(sizes: dict[str, int]) -> str:
    return ", ".join(f"{name} {size}" for name, size in sorted(sizes.items(), key=lambda one: -one[1]))


def test_a_site_loads_at_most_3_kb_for_the_loader() -> None:
    """Before anybody opens the chat, a customer's site has loaded no more than this."""
    size = sent_bytes(ROOT / "web_widget/built/loader/widget.js")
    assert 1_000 < size <= LOADER_KB * 1024, size


def test_the_frame_opens_with_at_most_35_kb() -> None:
    """A visitor who opens the chat loads page, styles, program and the longest language's sentences in this."""
    sizes = first_load(ROOT / "web_widget/built/frame", "/widget/")
    assert len(sizes) >= 3, sizes
    sizes["sentences"] = max(sentences_bytes(path.stem) for path in (ROOT / "web_widget/texts").glob("*.json"))
    assert sum(sizes.values()) <= FRAME_KB * 1024, f"{sum(sizes.values())}: {told(sizes)}"


def test_the_console_opens_with_at_most_180_kb() -> None:
    """An agent who comes in the morning loads this much before the log-in or the desk is there."""
    sizes = first_load(ROOT / "console/built", "/console/")
    assert len(sizes) >= 3, sizes
    assert sum(sizes.values()) <= CONSOLE_KB * 1024, f"{sum(sizes.values())}: {told(sizes)}"
