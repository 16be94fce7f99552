"""CSV files of intents, articles and labelled texts, parsed: what can be used is kept, what cannot is named with its
line.

Columns are found by the names in the first row, whatever their order and case; others are passed over.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from intents.errors import SourceInvalid
from intents.evaluation import LabelledText, labelled_text

MAX_TEXT_CHARS = 10_000
MAX_ANSWER_CHARS = 20_000
MAX_NAME_CHARS = 200
MAX_PHRASINGS = 100
MAX_LOCALE_CHARS = 35
MAX_ROWS = 1_000_000

LABEL_COLUMNS = ("intent", "label", "category")
"""In this order: a file with an intent may have a category beside it."""

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out. line: of the file, from 1, where the row ends. field: the column at fault, if one is."""

    line: int
    reason: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Kept]):
    """What a file holds: the rows that can be used, in order, each with its line, and those that cannot.

    passed_over: columns that nothing was made of.
    """

    rows: tuple[Kept, ...]
    refused: tuple[Refusal, ...]
    lines: tuple[int, ...] = ()
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IntentRow:
    """One example of an intent; `answer`, `category` and `title` are the intent's, where the row gives them."""

    text: str
    intent: str
    answer: str | None = None
    category: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleRow:
    question: str
    answer: str
    category: str | None = None
    locale: str | None = None
    phrasings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refused(Exception):
    reason: str
    field: str | None = None


class Reader(Protocol):
    """What csv.reader gives; its own bound on a field is 131,072 characters."""

    @property
    def line_num(self) -> int: ...

    def __next__(self) -> list[str]: ...


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, with or without a BOM, or UTF-16 with one.

    Raises SourceInvalid for anything else, and for a file with NUL characters, which is no text.
    """
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceInvalid(
            f"The file is not {encoding.removesuffix('-sig').upper()} (byte {error.start}). Save it as UTF-8."
        ) from error
    if "\x00" in text:
        raise SourceInvalid("The file holds NUL characters, so it is not a CSV. Export it as CSV, UTF-8.")
    return text


def intents_from_csv(text: str) -> Parsed[IntentRow]:
    """The rows of an intents file: `text`, one of `intent`, `label`, `category`, optionally `answer`, `title`.

    Raises SourceInvalid where a column is missing.
    """
    header, records = _records(text)
    label = _label_column(header)
    _require(header, "text")

    def row(fields: Mapping[str, str]) -> IntentRow:
        return IntentRow(
            text=_needed(fields, "text", MAX_TEXT_CHARS),
            intent=_needed(fields, label, MAX_NAME_CHARS),
            answer=_optional(fields, "answer", MAX_ANSWER_CHARS),
            category=_optional(fields, "category", MAX_NAME_CHARS) if label != "category" else None,
            title=_optional(fields, "title", MAX_NAME_CHARS),
        )

    return _parse(header, ("text", *LABEL_COLUMNS, "answer", "title"), records, row)


def articles_from_csv(text: str) -> Parsed[ArticleRow]:
    """The rows of an articles file: `question,answer[,category,locale,phrasings]`, phrasings split by `|`.

    Raises SourceInvalid where a column is missing.
    """
    header, records = _records(text)
    _require(header, "question", "answer")

    def row(fields: Mapping[str, str]) -> ArticleRow:
        return ArticleRow(
            question=_needed(fields, "question", MAX_TEXT_CHARS),
            answer=_needed(fields, "answer", MAX_ANSWER_CHARS),
            category=_optional(fields, "category", MAX_NAME_CHARS),
            locale=_optional(fields, "locale", MAX_LOCALE_CHARS),
            phrasings=_phrasings(fields),
        )

    return _parse(header, ("question", "answer", "category", "locale", "phrasings"), records, row)


def labelled_from_csv(text: str) -> Parsed[LabelledText]:
    """The rows of a file to evaluate: `text` and one of `intent`, `label`, `category`.

    A label that is empty, `oos` or `out_of_scope` means out of scope. Raises SourceInvalid where a column is missing.
    """
    header, records = _records(text)
    label = _label_column(header)
    _require(header, "text")

    def row(fields: Mapping[str, str]) -> LabelledText:
        name = _optional(fields, label, MAX_NAME_CHARS) or ""
        return labelled_text(_needed(fields, "text", MAX_TEXT_CHARS), name)

    return _parse(header, ("text", *LABEL_COLUMNS), records, row)


Records = Iterator[tuple[int, Mapping[str, str] | _Refused]]


def _records(text: str) -> tuple[Sequence[str], Records]:
    """The column names in lower case, and each row by its columns with the line it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=False)
    try:
        header = [name.strip().casefold() for name in next(reader)]
    except (StopIteration, csv.Error) as error:
        raise SourceInvalid("The file is empty. Its first row must name the columns.") from error
    doubled = {name for name in header if name and header.count(name) > 1}
    if doubled:
        raise SourceInvalid(f"The column {min(doubled)!r} is there twice.", column=min(doubled))
    return header, _rows(reader, header)


def _rows(reader: Reader, header: Sequence[str]) -> Records:
    for _ in range(MAX_ROWS):
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, _Refused(str(error))
            continue
        if not any(value.strip() for value in values):
            continue
        if len(values) > len(header):
            yield reader.line_num, _Refused(f"has {len(values)} fields, the first row names {len(header)}")
            continue
        yield reader.line_num, dict(zip(header, [*values, *[""] * (len(header) - len(values))], strict=True))
    yield reader.line_num, _Refused(f"is past the {MAX_ROWS:,} rows that one file may have; split the file")


def _parse(
    header: Sequence[str], known: Sequence[str], records: Records, row: Callable[[Mapping[str, str]], Kept]
) -> Parsed[Kept]:
    kept: list[Kept] = []
    lines: list[int] = []
    refused: list[Refusal] = []
    for line, fields in records:
        if isinstance(fields, _Refused):
            refused.append(Refusal(line, fields.reason))
            continue
        try:
            kept.append(row(fields))
        except _Refused as refusal:
            refused.append(Refusal(line, refusal.reason, refusal.field))
        else:
            lines.append(line)
    passed_over = tuple(name for name in header if name and name not in known)
    return Parsed(tuple(kept), tuple(refused), tuple(lines), passed_over)


def _label_column(header: Sequence[str]) -> str:
    for name in LABEL_COLUMNS:
        if name in header:
            return name
    raise SourceInvalid("There is no column named intent, label or category.", column="intent")


def _require(header: Sequence[str], *names: str) -> None:
    for name in names:
        if name not in header:
            raise SourceInvalid(f"There is no column named {name}.", column=name)


def _optional(fields: Mapping[str, str], name: str, at_most: int) -> str | None:
    value = fields.get(name, "").strip()
    if len(value) > at_most:
        raise _Refused(f"{name} is longer than {at_most:,} characters", name)
    return value or None


def _needed(fields: Mapping[str, str], name: str, at_most: int) -> str:
    value = _optional(fields, name, at_most)
    if value is None:
        raise _Refused(f"{name} is empty", name)
    return value


def _phrasings(fields: Mapping[str, str]) -> tuple[str, ...]:
    phrasings = tuple(dict.fromkeys(part.strip() for part in fields.get("phrasings", "").split("|") if part.strip()))
    if len(phrasings) > MAX_PHRASINGS:
        raise _Refused(f"phrasings are more than {MAX_PHRASINGS}", "phrasings")
    if any(len(phrasing) > MAX_TEXT_CHARS for phrasing in phrasings):
        raise _Refused(f"a phrasing is longer than {MAX_TEXT_CHARS:,} characters", "phrasings")
    return phrasings
