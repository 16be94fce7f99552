"""Finding what was said, and by whom, by its words: newest first, within what the asker may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, column, func, or_, select, table, text

from conversations.search_index import Kind
from conversations.search_text import WHOLE_WORD_CHARS
from conversations.store.port import Tx
from conversations.store.statement import Engine
from conversations.store.tables import conversations, search_entries

PART_CHARS = 3
"""From so many characters on a term is also found in the middle of words, where the engine can."""

_SIMPLE = text("'simple'::regconfig")
_fts = table("search_words", column("rowid"), column("search_words"))
HAS_PARTS = text(
    "SELECT 1 FROM pg_indexes WHERE indexname = 'ix_search_entries_parts' AND schemaname = current_schema()"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """number: what the next page begins after."""

    number: int
    kind: Kind
    subject: str
    conversation_id: str | None
    contact_id: str | None
    at: int


def search(
    tx: Tx,
    workspace_id: str,
    seen: ColumnElement[bool],
    terms: Sequence[str],
    *,
    kinds: Sequence[Kind] = (),
    before: int | None = None,
    limit: int = 20,
) -> list[Hit]:
    """What has all the terms (of `search_text.terms_of`), the newest first.

    seen: the condition on `conversations` of those that the asker may see; a contact is found by whoever may see one of
    their conversations. kinds: only these. before: the number of the last hit of the page before.
    """
    if not terms:
        return []
    entry = search_entries.c
    of_one = select(conversations.c.number).where(conversations.c.id == entry.conversation_id, seen).exists()
    of_any = select(conversations.c.number).where(conversations.c.contact_id == entry.contact_id, seen).exists()
    wanted = [
        entry.workspace_id == workspace_id,
        or_(and_(entry.kind != "contact", of_one), and_(entry.kind == "contact", of_any)),
    ]
    if kinds:
        wanted.append(entry.kind.in_(list(kinds)))
    if before is not None:
        wanted.append(entry.id < before)
    chosen = select(entry.id, entry.kind, entry.subject, entry.conversation_id, entry.contact_id, entry.at)
    if tx.engine == "sqlite":
        chosen = chosen.select_from(search_entries.join(_fts, _fts.c.rowid == entry.id))
        wanted.append(_fts.c.search_words.op("MATCH")(bindparam("words")))
    else:
        wanted += _on_postgresql(terms, parts=tx.one(HAS_PARTS) is not None)
    rows = tx.all(chosen.where(*wanted).order_by(entry.id.desc()).limit(limit), {"words": asked(tx.engine, terms)})
    return [Hit(*row) for row in rows]


def asked(engine: Engine, terms: Sequence[str]) -> str:
    """The terms in an engine's own words. They are letters and digits alone, so nothing of them is an operator."""
    if engine == "sqlite":
        return " AND ".join(f'"{term}"*' if _may_go_on(term) else f'"{term}"' for term in terms)
    return " & ".join(f"'{term}':*" if _may_go_on(term) else f"'{term}'" for term in terms)


def _may_go_on(term: str) -> bool:
    return len(term) > WHOLE_WORD_CHARS


def _on_postgresql(terms: Sequence[str], *, parts: bool) -> list[ColumnElement[bool]]:
    words = func.to_tsvector(_SIMPLE, search_entries.c.words)
    begins = words.op("@@")(func.to_tsquery(_SIMPLE, bindparam("words")))
    if not parts or any(len(term) < PART_CHARS for term in terms):
        return [begins]
    within = and_(*(search_entries.c.words.like(f"%{term}%") for term in terms))
    return [or_(begins, within)]
