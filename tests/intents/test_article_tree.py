"""An answer's Markdown as a tree: what authors mean is drawn, what could run is not there."""

from __future__ import annotations

import time
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.article_tree import EXCERPT_CHARS, IMAGES_PATH, NODES_LIMIT, Node, excerpt_of, plain_of, tree_of
from server.http.routes import API

BLOCKS = {"paragraph", "heading", "list", "item", "code_block", "image", "video"}
INLINES = {"text", "strong", "em", "code", "link", "image", "break"}
IMAGE = f"{IMAGES_PATH}{'0' * 32}-640x480.png"


def every(nodes: tuple[Node, ...] | list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from every(node.get("children", []))


def types(markdown: str) -> list[str]:
    return [node["type"] for node in every(tree_of(markdown))]


def hrefs(markdown: str) -> list[str]:
    return [node["href"] for node in every(tree_of(markdown)) if "href" in node]


def test_an_answer_keeps_its_form() -> None:
    """Headings, lists, emphasis, code, breaks and links stand where the author put them."""
    tree = tree_of("## Pair it\n\nHold **the _button_** for\n`6 s`.\n\n3. one\n4. [two](https://a.example 'T')")
    assert orjson.loads(orjson.dumps(tree)) == [
        {"type": "heading", "level": 2, "children": [{"type": "text", "text": "Pair it"}]},
        {
            "type": "paragraph",
            "children": [
                {"type": "text", "text": "Hold "},
                {
                    "type": "strong",
                    "children": [
                        {"type": "text", "text": "the "},
                        {"type": "em", "children": [{"type": "text", "text": "button"}]},
                    ],
                },
                {"type": "text", "text": " for"},
                {"type": "break"},
                {"type": "code", "text": "6 s"},
                {"type": "text", "text": "."},
            ],
        },
        {
            "type": "list",
            "ordered": True,
            "start": 3,
            "children": [
                {
                    "type": "item",
                    "children": [{"type": "paragraph", "children": [{"type": "text", "text": "one"}]}],
                },
                {
                    "type": "item",
                    "children": [
                        {
                            "type": "paragraph",
                            "children": [
                                {
                                    "type": "link",
                                    "href": "https://a.example",
                                    "title": "T",
                                    "children": [{"type": "text", "text": "two"}],
                                }
                            ],
                        }
                    ],
                },
            ],
        },
    ]


def test_html_is_text() -> None:
    """What looks like HTML is shown as it was written."""
    assert types("<b>x</b>\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>").count("text") == 3
    assert "<script>alert(1)</script>" in [plain_of(node) for node in tree_of("<script>alert(1)</script>")]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/x",
        "/relative",
        "http:",
        "https://",
        "mailto:",
        "ftp://a.example",
        f"https://a.example/{'x' * 2_001}",
    ],
)
def test_only_websites_and_mailboxes_are_linked(url: str) -> None:
    """A link to anything else is its words alone."""
    assert hrefs(f"[words](<{url}>)") == []
    assert plain_of(tree_of("[words](javascript:x)")[0]) in ("words", "[words](javascript:x)")


def test_addresses_are_linked_as_they_stand() -> None:
    """A web address needs no marks; the full stop after it is not part of it."""
    assert hrefs("See https://a.example/b?c=1. Or <mailto:help@a.example>!") == [
        "https://a.example/b?c=1",
        "mailto:help@a.example",
    ]


def test_images_are_our_own() -> None:
    """An own image is drawn in its size; a stranger's, which would tell them who reads, is a link."""
    (own,) = tree_of(f"![A lamp]({IMAGE})")
    assert own == {"type": "image", "src": IMAGE, "alt": "A lamp", "width": 640, "height": 480}
    assert hrefs("![Theirs](https://evil.example/pixel.png)") == ["https://evil.example/pixel.png"]
    for other in (f"{IMAGES_PATH}../x.png", f"{IMAGE}?x", f"https://evil.example{IMAGE}", f"{IMAGES_PATH}x.svg"):
        assert "image" not in types(f"![x]({other})")
    assert f"{API}/article-images/" == IMAGES_PATH


@pytest.mark.parametrize(
    ("link", "href", "provider"),
    [
        ("https://youtu.be/abcdef12345", "https://www.youtube.com/watch?v=abcdef12345", "youtube"),
        ("https://www.youtube.com/watch?v=abcdef12345&t=1", "https://www.youtube.com/watch?v=abcdef12345", "youtube"),
        ("https://vimeo.com/12345678", "https://vimeo.com/12345678", "vimeo"),
    ],
)
def test_a_link_to_a_video_that_stands_alone_is_a_card(link: str, href: str, provider: str) -> None:
    """Within a sentence it stays a link."""
    assert tree_of(link) == ({"type": "video", "href": href, "title": "", "provider": provider},)
    assert tree_of(f"[How to pair]({link})")[0].get("title") == "How to pair"
    assert types(f"See {link}") == ["paragraph", "text", "link", "text"]
    assert "video" not in types("https://youtu.be/<script>")


def test_an_excerpt_is_short_and_plain() -> None:
    """The beginning without marks, cut between words."""
    assert excerpt_of("# Hello\n\n- **one**\n- two") == "Hello one two"
    long = excerpt_of("word " * 200)
    assert len(long) <= EXCERPT_CHARS
    assert long.endswith("word…")


@given(st.text(alphabet="ab *_`[]()<>!#-1.\n\\&:/h\"'>~|\u202e\u0000", max_size=400))
def test_any_text_makes_a_tree_of_what_is_known(markdown: str) -> None:
    """Whatever is written, the tree is JSON of known nodes, with safe links and own images alone."""
    tree = tree_of(markdown)
    orjson.dumps(tree)
    for node in every(tree):
        assert node["type"] in BLOCKS | INLINES
        assert node.get("href", "https://").startswith(("http://", "https://", "mailto:"))
        assert node.get("src", IMAGES_PATH).startswith(IMAGES_PATH)


@pytest.mark.parametrize("part", ["[", "*a* ", "![", "<", "[a](<", "_a", "> ", "- ", "`", "\\", "&amp;", "https://a "])
def test_a_hostile_text_takes_no_long_time(part: str) -> None:
    """Marks that lead to nothing, by the thousand, are done with before anyone waits."""
    began = time.perf_counter()
    tree = tree_of((part * 20_000)[:20_000])
    assert time.perf_counter() - began < 1
    assert sum(1 for _ in every(tree)) <= 2 * NODES_LIMIT
