"""Texts as they are searched: folded to plain words, the same for what is kept and what is asked; pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

WORD_LIMIT = 100
TERMS_LIMIT = 10
WORDS_LIMIT_CHARS = 30_000
EXCERPT_BEFORE = 60
EXCERPT_CHARS = 180
WHOLE_WORD_CHARS = 1
"""A term of so few characters stands for itself alone, a longer one for each word that begins with it."""

# Scripts that put no space between words: each character is found by itself.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an excerpt. hit: it was asked for."""

    text: str
    hit: bool


def folded(text: str) -> str:
    """The words of a text in lower case without accents, each cut to 100 characters, with one space between."""
    return " ".join(word for _, _, word in _words(text))[:WORDS_LIMIT_CHARS]


def terms_of(query: str) -> tuple[str, ...]:
    """What a query asks for: its words, at most 10, each once."""
    return tuple(dict.fromkeys(word for _, _, word in _words(query)))[:TERMS_LIMIT]


def excerpt(text: str, terms: tuple[str, ...], limit: int = EXCERPT_CHARS) -> tuple[Piece, ...]:
    """The part of a text around the first hit, cut into what was asked for and what stands around it."""
    hits = [(start, end) for start, end, word in _words(text) if _is_hit(word, terms)]
    begins = max(0, hits[0][0] - EXCERPT_BEFORE) if hits else 0
    if begins:
        # not in the middle of a word
        begins = text.find(" ", begins, hits[0][0]) + 1 or begins
    ends = min(len(text), begins + limit)
    pieces = [Piece("…", hit=False)] if begins else []
    at = begins
    for start, end in hits:
        if end > ends:
            break
        if start > at:
            pieces.append(Piece(text[at:start], hit=False))
        pieces.append(Piece(text[start:end], hit=True))
        at = end
    if at < ends:
        pieces.append(Piece(text[at:ends], hit=False))
    if ends < len(text):
        pieces.append(Piece("…", hit=False))
    return tuple(pieces)


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """Each word with where it begins and ends in the text as it was written."""
    for found in _WORD.finditer(text):
        word = found[0].lower() if found[0].isascii() else _plain(found[0])
        if word:
            yield found.start(), found.end(), word[:WORD_LIMIT]


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    kept = "".join(one for one in decomposed if not unicodedata.combining(one))
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", kept)))


def _is_hit(word: str, terms: tuple[str, ...]) -> bool:
    return any(word == term or (len(term) > WHOLE_WORD_CHARS and word.startswith(term)) for term in terms)
