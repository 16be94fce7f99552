"""What a channel can show of a stored message: pure, so that each channel shows the same message alike."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from channels.capabilities import Capabilities
from conversations.model import Message

NONE_OF_THESE = "none_of_these"
SCORES = ("1", "2", "3", "4", "5")

_PARAGRAPH = re.compile(r"\n\s*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"""(?:(?<=[.!?…؟।])["'”’»)\]]*\s+|(?<=[。！？])["'”’»)\]]*\s*)""")
_SPACE = re.compile(r"\s+")
_BOUNDARIES = (_PARAGRAPH, _LINE, _SENTENCE, _SPACE)
_NUMBER = re.compile(r"[#(\[]?\s*(\d{1,2})\s*(?:[.):\]]\s*(.*))?", re.DOTALL)
_ZERO_WIDTH_JOINER = "\u200d"
_MARKDOWN = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Option:
    """A choice that the visitor is given."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file of a message, by its id."""

    id: str
    name: str
    type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to show: a text within the channel's limit, then buttons and files, which only the last part has."""

    text: str
    options: tuple[Option, ...] = ()
    files: tuple[FileShown, ...] = ()


def render(message: Message, capabilities: Capabilities) -> tuple[Part, ...]:
    """The parts that a channel shows of a message, in order; none where nothing can be shown."""
    content = content_of(message)
    options, files = options_of(message), _files(content)
    texts = [message.text if capabilities.markdown else plain(message.text)]
    if (link := _article_link(content, message.text)) is not None:
        texts.append(link)
    if options and capabilities.choices == "numbered":
        texts.append(_numbered(message, options))
        options = ()
    if files and not capabilities.attachments:
        texts.append("\n".join(f"[{file.name}]" for file in files))
        files = ()
    whole = "\n\n".join(text for text in texts if text.strip())
    pieces = split(whole, capabilities.text_limit) or ([""] if options or files else [])
    last = len(pieces) - 1
    return tuple(
        Part(piece, options if number == last else (), files if number == last else ())
        for number, piece in enumerate(pieces)
    )


def options_of(message: Message) -> tuple[Option, ...]:
    """What a message lets the visitor pick from, in the order shown; a survey's scores are picked the same way."""
    if message.kind == "survey":
        return tuple(Option(score, score) for score in SCORES)
    content = content_of(message)
    given = content.get("choices")
    if not isinstance(given, list):
        return ()
    options = [
        Option(str(one["value"]), " ".join(str(one["title"]).split()))
        for one in given
        if isinstance(one, dict) and "value" in one and "title" in one
    ]
    if options and content.get(NONE_OF_THESE):
        options.append(Option(NONE_OF_THESE, str(content.get("none_title", "None of these"))))
    return tuple(options)


def picked(text: str, options: Sequence[Option]) -> Option | None:
    """The option that a written reply means: its number as "2", "2.", "(2)" or "٢", its title, or both; else None."""
    written = _folded(text)
    if not written:
        return None
    for option in options:
        if written == _folded(option.title):
            return option
    found = _NUMBER.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    number, rest = int(found[1]), _folded(found[2] or "")
    if not 1 <= number <= len(options):
        return None
    option = options[number - 1]
    return option if rest in ("", _folded(option.title)) else None


def split(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` characters, each ended as well as it can be.

    Best at the end of a paragraph, then of a line, a sentence, a word; a longer word is cut where no character is
    torn from its accents. limit: at least 1. Only white space between pieces is lost.
    """
    if limit < 1:
        raise ValueError("limit is at least 1")
    pieces: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        pieces.append(rest)
    return [piece for piece in pieces if piece]


def plain(markdown: str) -> str:
    """Markdown as a plain text that reads well: no marks, links with their address, lists as lines.

    Markup is CommonMark's; HTML is text. What would leave nothing is returned as it is.
    """
    return _blocks(_MARKDOWN.parse(markdown)).strip() or markdown.strip()


def content_of(message: Message) -> dict[str, Any]:
    """A message's content; empty where it has none."""
    loaded = json.loads(message.content) if message.content else None
    return loaded if isinstance(loaded, dict) else {}


# splitting -----------------------------------------------------------------------------------


def _cut(text: str, limit: int) -> int:
    """Where the first piece ends. A boundary in the first half is passed over for a lesser one further on."""
    window = text[: limit + 1]
    for boundary in _BOUNDARIES:
        ends = [found.start() for found in boundary.finditer(window) if 0 < found.start() <= limit]
        if boundary is _SENTENCE:
            ends = [end for end in (_closed(window, end) for end in ends) if end <= limit]
        if ends and (ends[-1] * 2 >= limit or boundary is _SPACE):
            return ends[-1]
    cut = limit
    while cut > 1 and _torn(text, cut):
        cut -= 1
    return cut if cut > 1 or not _torn(text, 1) else limit


def _closed(text: str, end: int) -> int:
    """Past the quotes and brackets that close a sentence."""
    while end < len(text) and text[end] in "\"'”’»)]":
        end += 1
    return end


def _torn(text: str, at: int) -> bool:
    """Whether a cut here would part a character from its accents, or an emoji from what it is joined with."""
    after, before = text[at], text[at - 1]
    return bool(unicodedata.combining(after)) or _joins(after) or before == _ZERO_WIDTH_JOINER


def _joins(char: str) -> bool:
    return char == _ZERO_WIDTH_JOINER or "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"


# markdown ------------------------------------------------------------------------------------


def _blocks(tokens: Sequence[Token]) -> str:
    """Block tokens as text: blocks apart by an empty line, items of a tight list by a line's end."""
    lines: list[str] = []
    counters: list[int | None] = []
    marker, apart = "", False
    for token in tokens:
        match token.type:
            case "bullet_list_open":
                counters.append(None)
            case "ordered_list_open":
                counters.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                counters.pop()
                apart = not counters
            case "list_item_open":
                marker = _marker(counters)
            case "list_item_close":
                marker = ""
            case "paragraph_close":
                apart = apart or not token.hidden
            case "heading_close" | "blockquote_close":
                apart = True
            case "inline" | "fence" | "code_block" | "hr":
                if apart and lines:
                    lines.append("")
                lines.append(marker + _leaf(token))
                marker, apart = "", token.type != "inline"
            case _:
                pass
    return "\n".join(lines)


def _marker(counters: list[int | None]) -> str:
    indent = "  " * (len(counters) - 1)
    number = counters[-1]
    if number is None:
        return f"{indent}- "
    counters[-1] = number + 1
    return f"{indent}{number}. "


def _leaf(token: Token) -> str:
    if token.type == "hr":
        return "---"
    if token.type != "inline":
        return token.content.rstrip("\n")
    return "".join(_inline(token.children or []))


def _inline(tokens: Sequence[Token]) -> Iterator[str]:
    links: list[tuple[str, list[str]]] = []
    for token in tokens:
        text = ""
        match token.type:
            case "text" | "code_inline" | "html_inline" | "text_special":
                text = token.content
            case "image":
                text = "".join(_inline(token.children or []))
            case "softbreak" | "hardbreak":
                text = "\n"
            case "link_open":
                links.append((str(token.attrGet("href") or ""), []))
                continue
            case "link_close":
                address, words = links.pop()
                text = _link("".join(words), address)
            case _:
                continue
        if links:
            links[-1][1].append(text)
        else:
            yield text


def _link(words: str, address: str) -> str:
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    return words if not bare or words.strip() in (address, bare) else f"{words} ({bare})"


# content -------------------------------------------------------------------------------------


def _files(content: dict[str, Any]) -> tuple[FileShown, ...]:
    return tuple(
        FileShown(str(one["id"]), str(one["name"]), str(one["type"]), int(one["size_bytes"]))
        for one in content.get("attachments") or ()
    )


def _numbered(message: Message, options: Sequence[Option]) -> str:
    if message.kind == "survey":
        return " · ".join(option.title for option in options)
    return "\n".join(f"{number}. {option.title}" for number, option in enumerate(options, 1))


def _article_link(content: dict[str, Any], text: str) -> str | None:
    """The article's own page, where it has one that the text does not name."""
    article = content.get("article")
    address = article.get("url") if isinstance(article, dict) else None
    return address if isinstance(address, str) and address and address not in text else None


def _folded(text: str) -> str:
    return " ".join(text.split()).rstrip(".!?").casefold()
