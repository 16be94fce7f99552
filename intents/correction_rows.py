"""Corrections: what a bot should have answered, filed by a person, and how to take that back."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import orjson
from sqlalchemy import bindparam, delete, insert, select, update

from conversations.store import Statement, Tx
from conversations.store.tables import corrections, examples, intents
from intents.changes import bot_changed, kept, kept_if_any
from intents.errors import NotThere
from intents.intent_rows import add_examples
from intents.knowledge_rows import edit_article, get_article
from intents.sources import MAX_PHRASINGS, MAX_TEXT_CHARS, ArticleRow
from intents.text import normalise

NOTE_LIMIT = 2_000
MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Filing:
    """What a person says of a turn. texts: the visitor's. intent_id, article_id: what should have answered."""

    workspace_id: str
    bot_id: str
    conversation_id: str
    message_id: str
    texts: tuple[str, ...]
    intent_id: str | None = None
    article_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as it is kept. example_ids, phrasings: what it added, and what taking it back removes."""

    id: str
    workspace_id: str
    bot_id: str
    conversation_id: str
    message_id: str
    intent_id: str | None
    article_id: str | None
    texts: tuple[str, ...]
    example_ids: tuple[str, ...]
    phrasings: tuple[str, ...]
    note: str | None
    made_by: str
    created_at: int
    undone_at: int | None


_NAMES = tuple(field.name for field in fields(Correction))
_LISTS = ("texts", "example_ids", "phrasings")
_COLUMNS = tuple(corrections.c[name] for name in _NAMES)
GET = Statement(
    select(*_COLUMNS).where(
        corrections.c.id == bindparam("id"),
        corrections.c.workspace_id == bindparam("workspace_id"),
        corrections.c.undone_at.is_(None),
    )
)
UNDO = Statement(update(corrections).where(corrections.c.id == bindparam("id_")).values(undone_at=bindparam("now")))
INTENT_NAME = Statement(select(intents.c.bot_id, intents.c.name).where(intents.c.id == bindparam("id")))


def file_correction(tx: Tx, filing: Filing, *, by: str) -> Correction:
    """File a turn: its texts become examples of the intent and phrasings of the article, where they are new.

    An article's phrasings answer at once, examples after the next training. Raises NotThere, NotUsable.
    """
    correction_id = tx.new_id("cor")
    texts = tuple(kept(text, "texts", MAX_TEXT_CHARS) for text in filing.texts)
    added: tuple[str, ...] = ()
    if filing.intent_id is not None and texts:
        source = f"correction:{correction_id}"
        added = tuple(one.id for one in add_examples(tx, filing.intent_id, texts, by=by, source=source))
    phrasings = _add_phrasings(tx, filing.article_id, texts, by) if filing.article_id is not None and texts else ()
    made = Correction(
        correction_id,
        filing.workspace_id,
        filing.bot_id,
        filing.conversation_id,
        filing.message_id,
        filing.intent_id,
        filing.article_id,
        texts,
        added,
        phrasings,
        kept_if_any(filing.note, "note", NOTE_LIMIT),
        by,
        tx.now,
        None,
    )
    row = {name: getattr(made, name) for name in _NAMES}
    tx.run(insert(corrections).values(**row | {name: orjson.dumps(row[name]).decode() for name in _LISTS}))
    return made


def get_correction(tx: Tx, workspace_id: str, correction_id: str) -> Correction:
    """Raises NotThere, also for one that was taken back."""
    row = tx.one(GET, {"id": correction_id, "workspace_id": workspace_id})
    if row is None:
        raise NotThere("There is no such correction.", field="correction_id")
    return _correction(row)


def list_corrections(
    tx: Tx, workspace_id: str, *, conversation_id: str | None = None, before: str | None = None, limit: int = MAX_PAGE
) -> list[Correction]:
    """Those that stand, newest first; with `before`, those made before that one."""
    chosen = select(*_COLUMNS).where(corrections.c.workspace_id == workspace_id, corrections.c.undone_at.is_(None))
    if conversation_id is not None:
        chosen = chosen.where(corrections.c.conversation_id == conversation_id)
    if before is not None:
        chosen = chosen.where(corrections.c.id < before)
    return [_correction(row) for row in tx.all(chosen.order_by(corrections.c.id.desc()).limit(min(limit, MAX_PAGE)))]


def undo_correction(tx: Tx, workspace_id: str, correction_id: str, *, by: str) -> None:
    """Take back what a correction added, as far as it is still there. Raises NotThere."""
    made = get_correction(tx, workspace_id, correction_id)
    if made.example_ids:
        gone = tx.run(delete(examples).where(examples.c.id.in_(made.example_ids)))
        if gone:
            bot_changed(tx, made.bot_id, by, {"intent_id": made.intent_id, "examples_deleted": gone})
    if made.phrasings and made.article_id is not None:
        _remove_phrasings(tx, made.article_id, made.phrasings, by)
    tx.run(UNDO, {"id_": correction_id, "now": tx.now})


def intent_of(tx: Tx, intent_id: str) -> tuple[str, str]:
    """(its bot's id, its name). Raises NotThere."""
    row = tx.one(INTENT_NAME, {"id": intent_id})
    if row is None:
        raise NotThere("There is no such intent.", field="intent_id")
    return row[0], row[1]


def _add_phrasings(tx: Tx, article_id: str, texts: Sequence[str], by: str) -> tuple[str, ...]:
    article = get_article(tx, article_id)
    known = {normalise(text) for text in (article.question, *article.phrasings)}
    new: dict[str, str] = {}
    for text in texts:
        if normalise(text) not in known:
            new.setdefault(normalise(text), text)
    added = tuple(new.values())[: max(MAX_PHRASINGS - len(article.phrasings), 0)]
    if added:
        _edit(tx, article_id, (*article.phrasings, *added), by)
    return added


def _remove_phrasings(tx: Tx, article_id: str, phrasings: Sequence[str], by: str) -> None:
    try:
        article = get_article(tx, article_id)
    except NotThere:
        return
    left = tuple(text for text in article.phrasings if text not in phrasings)
    if left != article.phrasings:
        _edit(tx, article_id, left, by)


def _edit(tx: Tx, article_id: str, phrasings: tuple[str, ...], by: str) -> None:
    article = get_article(tx, article_id)
    row = ArticleRow(article.question, article.answer, article.category, article.locale, phrasings)
    edit_article(tx, article_id, row, by=by)


def _correction(row: Sequence[object]) -> Correction:
    values = dict(zip(_NAMES, row, strict=True))
    for name in _LISTS:
        values[name] = tuple(orjson.loads(str(values[name])))
    return Correction(**values)  # type: ignore[arg-type]
