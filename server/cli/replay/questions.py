"""A file of questions, as conversations: one text a line, or a CSV with a column `text` (or `question`)."""

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from conversations.model import TEXT_LIMIT
from conversations.words import storable
from server.cli.terminal import Failed

_TEXT_COLUMNS = ("text", "question", "message", "utterance")


@dataclass(frozen=True, slots=True)
class Scripted:
    """What one visitor will say, in order."""

    name: str
    texts: tuple[str, ...]


def scripts(path: Path) -> list[Scripted]:
    """Who says what. Each line is a visitor of its own, or rows that share `conversation` are one's. Raises Failed."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Failed(f"{path} is not text in UTF-8.", field="file") from None
    rows = _rows(text) if path.suffix.lower() == ".csv" else [("", line) for line in text.splitlines()]
    grouped: dict[str, list[str]] = {}
    for number, (name, said) in enumerate(rows, 1):
        if said.strip():
            grouped.setdefault(name or f"line {number}", []).append(storable(said)[:TEXT_LIMIT])
    if not grouped:
        raise Failed(f"{path} holds no questions.", field="file")
    return [Scripted(name, tuple(texts)) for name, texts in grouped.items()]


def _rows(text: str) -> list[tuple[str, str]]:
    try:
        reader = csv.DictReader(StringIO(text, newline=""), strict=True)
        named = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
        column = next((named[name] for name in _TEXT_COLUMNS if name in named), None)
        if column is None:
            raise Failed(f"The file has no column {' or '.join(_TEXT_COLUMNS)}.", field="file")
        conversation = named.get("conversation")
        return [(row.get(conversation) or "" if conversation else "", row.get(column) or "") for row in reader]
    except csv.Error as error:
        raise Failed(f"The file is not CSV: {error}.", field="file") from None
