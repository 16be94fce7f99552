"""Knowledge from a CSV: what can be used is taken, what cannot is told line by line, and neither stops the other."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, StringConstraints

from conversations.errors import TooLarge
from conversations.store import StoreError, Tx
from conversations.words import storable
from intents.changes import base_changed, bot_changed
from intents.errors import NotUsable
from intents.intent_rows import IntentBatch, Taken, batches, take_batch
from intents.knowledge_rows import ArticleImport, Imported, import_article
from intents.sources import ArticleRow, Parsed, articles_from_csv, intents_from_csv
from intents.text import normalise
from server.http.answers import Reply
from server.http.call import Acting, Call
from server.http.fields import Body, Id, Shape
from server.http.owned import own_bot
from server.http.routes import Routes

article_routes = Routes("articles")
intent_routes = Routes("intents")

CSV_LIMIT_BYTES = 5_000_000
BODY_LIMIT_BYTES = 2 * CSV_LIMIT_BYTES + 10_000
"""In JSON a quotation mark and a line's end take two bytes."""

IMPORT_S = 180.0
PROBLEMS_LIMIT = 500
_STEP = 200

Row = TypeVar("Row")


class ImportBody(Body):
    """csv: the file's text; its first row names the columns. bot_id: whose; without it the workspace's first bot's."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=CSV_LIMIT_BYTES), AfterValidator(storable)]
    bot_id: Id | None = None


class ProblemShape(Shape):
    """line: of the file, from 1, where the row ends. field: the column, where one is at fault."""

    line: int
    field: str | None
    message: str


class ImportShape(Shape):
    """added, changed, unchanged: articles, or examples of intents (changed: intents). skipped: lines left out.

    problems: why, at most 500 of them; problems_left_off: how many more there are.
    """

    added: int
    changed: int
    unchanged: int
    skipped: int
    problems: list[ProblemShape] = Field(default_factory=list)
    problems_left_off: int = 0


class IntentsImportShape(ImportShape):
    new_intents: int


@dataclass(frozen=True, slots=True)
class Problem:
    line: int
    field: str | None
    message: str


@article_routes.post(
    "/articles/import",
    access="knowledge.manage",
    answer=ImportShape,
    body_limit_bytes=BODY_LIMIT_BYTES,
    timeout_s=IMPORT_S,
)
async def import_articles(call: Call, body: ImportBody) -> Reply:
    """Take articles from a CSV of at most 5 MB: `question,answer` and, if there, `category,locale,phrasings`.

    Phrasings are split by `|`. A question that is there already, in that locale, gets the row's answer.
    """
    _, base_id = await call.read(own_bot, call.agent.workspace_id, body.bot_id)
    async with call.desk.importing:
        parsed = await asyncio.to_thread(_read, body.csv, articles_from_csv)
        parsed, problems = await asyncio.to_thread(_first_of_each, parsed, problems_of(parsed))
        done: list[Imported | Problem] = []
        rows = [(line, ArticleImport(base_id, row)) for line, row in zip(parsed.lines, parsed.rows, strict=True)]
        async with _told_when_broken_off(call, base_changed, base_id):
            for began in range(0, len(rows), _STEP):
                done += await call.desk.store.bulk(_take_article, rows[began : began + _STEP])
        problems += [one for one in done if isinstance(one, Problem)]
        counts = {name: done.count(name) for name in ("added", "changed", "unchanged")}
        return await call.write(_note_articles, base_id, counts, problems, _hints(parsed))


@asynccontextmanager
async def _told_when_broken_off(
    call: Call, changed: Callable[[Tx, str, str, dict[str, Any]], None], whose: str
) -> AsyncIterator[None]:
    """What was taken before an import broke off answers, too."""
    try:
        yield
    except BaseException:
        note = call.desk.store.write(changed, whose, call.agent.author.actor, {"change": "imported", "whole": False})
        with contextlib.suppress(StoreError):
            await asyncio.shield(note)
        raise


def _take_article(tx: Tx, item: tuple[int, ArticleImport]) -> Imported | Problem:
    line, one = item
    try:
        return import_article(tx, one)
    except NotUsable as error:
        return Problem(line, error.field, str(error))


def _note_articles(
    tx: Tx, by: Acting, base_id: str, counts: dict[str, int], problems: list[Problem], hints: list[Problem]
) -> dict[str, Any]:
    if counts["added"] or counts["changed"]:
        base_changed(tx, base_id, by.agent.author.actor, {"change": "imported", **counts})
    return {**counts, **_told(problems, hints)}


@intent_routes.post(
    "/intents/import",
    access="knowledge.manage",
    answer=IntentsImportShape,
    body_limit_bytes=BODY_LIMIT_BYTES,
    timeout_s=IMPORT_S,
)
async def import_intents(call: Call, body: ImportBody) -> Reply:
    """Take examples from a CSV of at most 5 MB: `text`, one of `intent,label,category`, and if there `answer,title`.

    Intents are made where they are missing. What was taken is told apart after the next training.
    """
    bot_id, _ = await call.read(own_bot, call.agent.workspace_id, body.bot_id)
    async with call.desk.importing:
        parsed = await asyncio.to_thread(_read, body.csv, intents_from_csv)
        problems = problems_of(parsed)
        found = await asyncio.to_thread(batches, bot_id, parsed.rows)
        done: list[Taken | Problem] = []
        async with _told_when_broken_off(call, bot_changed, bot_id):
            for began in range(0, len(found), _STEP // 10):
                done += await call.desk.store.bulk(_take_batch, found[began : began + _STEP // 10])
        problems += [one for one in done if isinstance(one, Problem)]
        return await call.write(
            _note_intents, bot_id, [one for one in done if isinstance(one, Taken)], problems, _hints(parsed)
        )


def _take_batch(tx: Tx, batch: IntentBatch) -> Taken | Problem:
    try:
        return take_batch(tx, batch)
    except NotUsable as error:
        return Problem(0, error.field, f"{batch.name}: {error}")


def _note_intents(
    tx: Tx, by: Acting, bot_id: str, taken: list[Taken], problems: list[Problem], hints: list[Problem]
) -> dict[str, Any]:
    added = sum(one.added for one in taken)
    new = {one.intent_id for one in taken if one.new_intent}
    changed = {one.intent_id for one in taken if one.changed} - new
    if added or new or changed:
        bot_changed(tx, bot_id, by.agent.author.actor, {"change": "imported", "examples_added": added})
    return {
        "added": added,
        "changed": len(changed),
        "unchanged": sum(one.repeated for one in taken),
        "new_intents": len(new),
        **_told(problems, hints),
    }


def _read(text: str, parse: Callable[[str], Parsed[Row]]) -> Parsed[Row]:
    if len(text.encode()) > CSV_LIMIT_BYTES:
        raise TooLarge(f"The file is larger than {CSV_LIMIT_BYTES // 1_000_000} MB. Send it in parts.", field="csv")
    return parse(text.removeprefix("\ufeff"))


def problems_of(parsed: Parsed[Any]) -> list[Problem]:
    return [Problem(one.line, one.field, f"{one.reason}.") for one in parsed.refused]


def _hints(parsed: Parsed[Any]) -> list[Problem]:
    """What is worth knowing and left nothing out."""
    told = "There is nothing to be made of the column {name!r}; it was passed over."
    return [Problem(1, name[:200], told.format(name=name[:200])) for name in parsed.passed_over[:20]]


def _first_of_each(parsed: Parsed[ArticleRow], problems: list[Problem]) -> tuple[Parsed[ArticleRow], list[Problem]]:
    """The rows without those that ask again what one before them has asked, which is told."""
    seen: dict[tuple[str, str], int] = {}
    rows: list[ArticleRow] = []
    lines: list[int] = []
    for line, row in zip(parsed.lines, parsed.rows, strict=True):
        key = (row.locale or "").casefold(), normalise(row.question) or row.question
        first = seen.setdefault(key, line)
        if first != line:
            problems.append(Problem(line, "question", f"It asks the same as line {first}, which was taken."))
            continue
        rows.append(row)
        lines.append(line)
    return replace(parsed, rows=tuple(rows), lines=tuple(lines)), problems


def _told(problems: list[Problem], hints: list[Problem]) -> dict[str, Any]:
    shown = [*hints, *sorted(problems, key=lambda one: one.line)]
    return {
        "skipped": len(problems),
        "problems": [{"line": one.line, "field": one.field, "message": one.message} for one in shown[:PROBLEMS_LIMIT]],
        "problems_left_off": max(len(shown) - PROBLEMS_LIMIT, 0),
    }
