"""An answer's Markdown as a small tree that a page draws with elements, and that holds nothing to run.

No HTML passes: what looks like it is text. Links lead to http, https and mailto alone, images are the house's own.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NotRequired, TypedDict
from urllib.parse import parse_qs, urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

NODES_LIMIT = 3_000
MARKS_LIMIT = 3_000
"""What opens or closes something; 20,000 brackets take a fifth of a second to find that none does."""

EXCERPT_CHARS = 280
URL_CHARS = 2_000
IMAGES_PATH = "/api/v1/article-images/"

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_IMAGE = re.compile(re.escape(IMAGES_PATH) + r"[0-9a-f]{32}-([1-9]\d{0,4})x([1-9]\d{0,4})\.(?:png|jpg|gif|webp)")
_BARE_URL = re.compile(r"https?://[^\s<>\"']+")
_MARKS = re.compile(r"[\[\]*_`<&!\\]")
_SPACES = re.compile(r"\s+")
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{6,20}")


class Node(TypedDict):
    """type: `paragraph`, `heading` (level 1-6), `list` (ordered, start; children are `item`), `code_block` (text),
    `image` (src, alt, width, height in pixels), `video` (href, title, provider) among blocks; `text`, `strong`, `em`,
    `code` (text), `link` (href, title), `image`, `break` within a line.
    """

    type: str
    children: NotRequired[list["Node"]]
    text: NotRequired[str]
    href: NotRequired[str]
    src: NotRequired[str]
    alt: NotRequired[str]
    title: NotRequired[str]
    provider: NotRequired[str]
    language: NotRequired[str]
    level: NotRequired[int]
    ordered: NotRequired[bool]
    start: NotRequired[int]
    width: NotRequired[int]
    height: NotRequired[int]


@lru_cache(maxsize=1_024)
def tree_of(markdown: str) -> tuple[Node, ...]:
    """The blocks of a text, to be read only: answers are the same again and again, so what was made is kept.

    A text of more than NODES_LIMIT nodes or MARKS_LIMIT marks is one paragraph, as it was written.
    """
    if sum(1 for _ in _MARKS.finditer(markdown)) <= MARKS_LIMIT:
        with contextlib.suppress(_TooMany):
            return tuple(_blocks(SyntaxTreeNode(_MARKDOWN.parse(markdown)).children, _Budget(NODES_LIMIT)))
    return ({"type": "paragraph", "children": [{"type": "text", "text": markdown}]},)


@lru_cache(maxsize=1_024)
def excerpt_of(markdown: str) -> str:
    """The beginning of a text without its marks, at most EXCERPT_CHARS characters, cut between words."""
    text = _SPACES.sub(" ", " ".join(plain_of(node) for node in tree_of(markdown))).strip()
    if len(text) <= EXCERPT_CHARS:
        return text
    return f"{text[: EXCERPT_CHARS - 1].rsplit(' ', 1)[0].rstrip(' ,;:')}…"


def is_plain(tree: Sequence[Node]) -> bool:
    """Whether a text is paragraphs of words alone, which lose nothing where they are shown as they were written."""
    return all(
        block["type"] == "paragraph" and all(part["type"] == "text" for part in block["children"]) for block in tree
    )


def plain_of(node: Node) -> str:
    """What a node says, without how."""
    if node["type"] == "break":
        return " "
    own = node.get("text") or node.get("alt") or (node.get("title", "") if node["type"] == "video" else "")
    between = " " if node["type"] in ("list", "item") else ""
    return own + between.join(plain_of(child) for child in node.get("children", ()))


class _TooMany(Exception):
    pass


class _Budget:
    """How many nodes may still be made."""

    __slots__ = ("_left",)

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooMany


def _blocks(nodes: Sequence[SyntaxTreeNode], budget: _Budget) -> Iterator[Node]:
    for node in nodes:
        make = _BLOCKS.get(node.type)
        if make is not None:
            budget.take()
            made = make(node, budget)
            if made is not None:
                yield made
        elif node.children:
            # a quotation says what is in it; whatever else wraps blocks, too
            yield from _blocks(node.children, budget)


def _paragraph(node: SyntaxTreeNode, budget: _Budget) -> Node | None:
    children = _within(node, budget)
    if not children:
        return None
    if len(children) == 1:
        (only,) = children
        if only["type"] == "image":
            return only
        video = _video(only)
        if video is not None:
            return video
    return {"type": "paragraph", "children": children}


def _heading(node: SyntaxTreeNode, budget: _Budget) -> Node:
    return {"type": "heading", "level": int(node.tag[1:]), "children": _within(node, budget)}


def _list(node: SyntaxTreeNode, budget: _Budget) -> Node:
    items: list[Node] = []
    for item in node.children:
        budget.take()
        items.append({"type": "item", "children": list(_blocks(item.children, budget))})
    made: Node = {"type": "list", "ordered": node.type == "ordered_list", "children": items}
    start = node.attrs.get("start")
    if isinstance(start, int):
        made["start"] = start
    return made


def _code_block(node: SyntaxTreeNode, budget: _Budget) -> Node:
    made: Node = {"type": "code_block", "text": node.content.removesuffix("\n")}
    if node.type == "fence" and (language := node.info.strip().partition(" ")[0]):
        made["language"] = language[:40]
    return made


_Make = Callable[[SyntaxTreeNode, _Budget], Node | None]
_BLOCKS: Mapping[str, _Make] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "bullet_list": _list,
    "ordered_list": _list,
    "code_block": _code_block,
    "fence": _code_block,
}


def _within(node: SyntaxTreeNode, budget: _Budget) -> list[Node]:
    """What stands in a block's lines."""
    return _joined(found for inline in node.children for found in _inline(inline.children, budget, linked=False))


def _inline(nodes: Sequence[SyntaxTreeNode], budget: _Budget, *, linked: bool) -> Iterator[Node]:
    for node in nodes:
        budget.take()
        match node.type:
            case "text":
                if linked:
                    yield {"type": "text", "text": node.content}
                else:
                    yield from _with_urls(node.content, budget)
            case "strong" | "em":
                yield {"type": node.type, "children": _joined(_inline(node.children, budget, linked=linked))}
            case "code_inline":
                yield {"type": "code", "text": node.content}
            case "softbreak" | "hardbreak":
                yield {"type": "break"}
            case "link":
                yield from _link(node, budget)
            case "image":
                yield _image(node)
            case _:
                yield {"type": "text", "text": node.content}


def _link(node: SyntaxTreeNode, budget: _Budget) -> Iterator[Node]:
    children = _joined(_inline(node.children, budget, linked=True))
    href = _safe(str(node.attrs.get("href", "")))
    if href is None:
        yield from children
        return
    made: Node = {"type": "link", "href": href, "children": children}
    if title := node.attrs.get("title"):
        made["title"] = str(title)
    yield made


def _image(node: SyntaxTreeNode) -> Node:
    """An own image; of a stranger's, which would tell them who reads, only a link."""
    src, alt = str(node.attrs.get("src", "")), node.content
    own = _IMAGE.fullmatch(src)
    if own is not None:
        return {"type": "image", "src": src, "alt": alt, "width": int(own[1]), "height": int(own[2])}
    href = _safe(src)
    said: Node = {"type": "text", "text": alt or src}
    return said if href is None else {"type": "link", "href": href, "children": [said]}


def _with_urls(text: str, budget: _Budget) -> Iterator[Node]:
    """The text, its bare web addresses as links."""
    at = 0
    for found in _BARE_URL.finditer(text):
        url = found[0].rstrip(".,;:!?)]}")
        href = _safe(url)
        if href is None:
            continue
        budget.take()
        if text[at : found.start()]:
            yield {"type": "text", "text": text[at : found.start()]}
        yield {"type": "link", "href": href, "children": [{"type": "text", "text": url}]}
        at = found.start() + len(url)
    if text[at:]:
        yield {"type": "text", "text": text[at:]}


def _joined(nodes: Iterator[Node]) -> list[Node]:
    """The nodes, texts beside each other as one."""
    found: list[Node] = []
    for node in nodes:
        if node["type"] == "text" and found and found[-1]["type"] == "text":
            found[-1]["text"] += node["text"]
        elif node["type"] != "text" or node["text"]:
            found.append(node)
    return found


def _safe(url: str) -> str | None:
    """The address, where it leads to a website or a mailbox."""
    if len(url) > URL_CHARS or any(ord(one) <= 32 for one in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme in ("http", "https"):
        return url if host else None
    return url if parts.scheme == "mailto" and "@" in parts.path else None


def _video(node: Node) -> Node | None:
    """A link that stands alone and leads to a video, as a card of it."""
    if node["type"] != "link":
        return None
    parts = urlsplit(node["href"])
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host == "youtube.com" and parts.path == "/watch":
        video, provider = parse_qs(parts.query).get("v", [""])[0], "youtube"
        href = f"https://www.youtube.com/watch?v={video}"
    elif host == "youtu.be":
        video, provider = parts.path.strip("/"), "youtube"
        href = f"https://www.youtube.com/watch?v={video}"
    elif host == "vimeo.com" and parts.path.strip("/").isdecimal():
        video, provider = parts.path.strip("/"), "vimeo"
        href = f"https://vimeo.com/{video}"
    else:
        return None
    if _VIDEO_ID.fullmatch(video) is None:
        return None
    title = plain_of(node)
    return {"type": "video", "href": href, "title": "" if title == node["href"] else title, "provider": provider}
