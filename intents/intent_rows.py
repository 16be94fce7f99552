"""Intents and their examples, as rows: what a bot's admin edits and what training reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy import delete as sql_delete

from conversations.store import Tx
from conversations.store.tables import bots, examples, intents
from intents.changes import bot_changed, kept, kept_if_any, text_hash
from intents.errors import AlreadyThere, ChangedMeanwhile, NotThere, NotUsable
from intents.sources import MAX_ANSWER_CHARS, MAX_NAME_CHARS, MAX_TEXT_CHARS, IntentRow
from intents.understanding import Example

MAX_PAGE = 200
MAX_EXAMPLES_PER_REQUEST = 1_000
IMPORT_BATCH = 200


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent as it is kept. title: what visitors read in a choice. rev: raised by each edit."""

    id: str
    bot_id: str
    name: str
    title: str
    answer: str | None
    category: str | None
    rev: int
    created_at: int
    updated_at: int
    n_examples: int = 0


@dataclass(frozen=True, slots=True)
class StoredExample:
    """source: where it came from, such as `import` or the id of who wrote it."""

    id: str
    intent_id: str
    text: str
    source: str
    created_at: int


@dataclass(frozen=True, slots=True)
class IntentBatch:
    """Some examples of one intent on their way in; at most IMPORT_BATCH."""

    bot_id: str
    name: str
    texts: tuple[str, ...]
    answer: str | None = None
    category: str | None = None
    title: str | None = None
    source: str = "import"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: examples added, and those that were there already. changed: what the intent says."""

    intent_id: str
    new_intent: bool
    added: int
    repeated: int
    changed: bool = False


_COLUMNS = (
    intents.c.id,
    intents.c.bot_id,
    intents.c.name,
    intents.c.title,
    intents.c.answer,
    intents.c.category,
    intents.c.rev,
    intents.c.created_at,
    intents.c.updated_at,
)
_N_EXAMPLES = select(func.count()).where(examples.c.intent_id == intents.c.id).scalar_subquery()
_EXAMPLE_COLUMNS = (
    examples.c.id,
    examples.c.intent_id,
    examples.c.text,
    examples.c.source,
    examples.c.created_at,
)


def readable(name: str) -> str:
    """A title for an intent that has none: `card_arrival` reads "Card arrival"."""
    words = name.replace("_", " ").replace("-", " ").split()
    title = " ".join(words) or name
    return title[:1].upper() + title[1:]


def batches(bot_id: str, rows: Sequence[IntentRow], *, source: str = "import") -> list[IntentBatch]:
    """The rows of a file by intent, in batches; an intent's answer, category and title are the last that a row
    gives."""
    by_intent: dict[str, list[IntentRow]] = {}
    for row in rows:
        by_intent.setdefault(row.intent, []).append(row)
    found: list[IntentBatch] = []
    for name, mine in by_intent.items():
        answer = next((row.answer for row in reversed(mine) if row.answer), None)
        category = next((row.category for row in reversed(mine) if row.category), None)
        title = next((row.title for row in reversed(mine) if row.title), None)
        for start in range(0, len(mine), IMPORT_BATCH):
            texts = tuple(row.text for row in mine[start : start + IMPORT_BATCH])
            found.append(IntentBatch(bot_id, name, texts, answer, category, title, source))
    return found


def take_batch(tx: Tx, batch: IntentBatch) -> Taken:
    """Add examples to an intent, which is made or brought back where needed. Says nothing to anyone: see
    `bot_changed`."""
    name = kept(batch.name, "intent", MAX_NAME_CHARS)
    found = tx.one(
        select(intents.c.id, intents.c.title, intents.c.answer, intents.c.category, intents.c.archived_at).where(
            intents.c.bot_id == batch.bot_id, intents.c.name == name
        )
    )
    given = _given(batch.title, batch.answer, batch.category)
    changed = False
    if found is None:
        intent_id = _insert(tx, batch.bot_id, name, given)
    else:
        intent_id, *said, archived_at = found
        before = dict(zip(("title", "answer", "category"), said, strict=True))
        changed = archived_at is not None or before | given != before
    if changed:
        tx.run(
            update(intents)
            .where(intents.c.id == intent_id)
            .values(**given, archived_at=None, updated_at=tx.now, rev=intents.c.rev + 1)
        )
    added = _add_texts(tx, intent_id, batch.texts, batch.source)
    return Taken(intent_id, found is None, len(added), len(batch.texts) - len(added), changed)


def create_intent(
    tx: Tx,
    bot_id: str,
    name: str,
    *,
    by: str,
    title: str | None = None,
    answer: str | None = None,
    category: str | None = None,
) -> Intent:
    """A new intent without examples. Raises NotThere for the bot, AlreadyThere for the name, NotUsable."""
    name = kept(name, "name", MAX_NAME_CHARS)
    if tx.one(select(bots.c.id).where(bots.c.id == bot_id, bots.c.archived_at.is_(None))) is None:
        raise NotThere("There is no such bot.", field="bot_id")
    taken = tx.one(
        select(intents.c.id, intents.c.archived_at).where(intents.c.bot_id == bot_id, intents.c.name == name)
    )
    given = _given(title, answer, category)
    if taken is not None and taken[1] is None:
        raise AlreadyThere(f"The bot has an intent named {name!r} already.", field="name")
    if taken is not None:
        # an archived one comes back under its name, with its examples
        intent_id = taken[0]
        tx.run(
            update(intents)
            .where(intents.c.id == intent_id)
            .values(**given, archived_at=None, updated_at=tx.now, rev=intents.c.rev + 1)
        )
    else:
        intent_id = _insert(tx, bot_id, name, given)
    bot_changed(tx, bot_id, by, {"intent_id": intent_id, "change": "created"})
    return get_intent(tx, intent_id)


def get_intent(tx: Tx, intent_id: str) -> Intent:
    """Raises NotThere."""
    row = tx.one(select(*_COLUMNS, _N_EXAMPLES).where(intents.c.id == intent_id, intents.c.archived_at.is_(None)))
    if row is None:
        raise NotThere("There is no such intent.", field="intent_id")
    return Intent(*row)


def list_intents(tx: Tx, bot_id: str, *, after: str = "", limit: int = MAX_PAGE) -> list[Intent]:
    """A bot's intents by name, those after the name `after`."""
    rows = tx.all(
        select(*_COLUMNS, _N_EXAMPLES)
        .where(intents.c.bot_id == bot_id, intents.c.archived_at.is_(None), intents.c.name > after)
        .order_by(intents.c.name)
        .limit(min(limit, MAX_PAGE))
    )
    return [Intent(*row) for row in rows]


def intent_ids(tx: Tx, bot_id: str, names: Sequence[str]) -> dict[str, str]:
    """The ids of a bot's intents in use, by these names."""
    rows = tx.all(select(intents.c.name, intents.c.id).where(_in_use(bot_id), intents.c.name.in_(list(names))))
    return {row[0]: row[1] for row in rows}


def edit_intent(
    tx: Tx, intent_id: str, changes: Mapping[str, str | None], *, by: str, rev: int | None = None
) -> Intent:
    """Set `title`, `answer` or `category`; None or an empty text takes answer and category away.

    rev: what the editor saw. Raises NotThere, ChangedMeanwhile, NotUsable.
    """
    intent = get_intent(tx, intent_id)
    if rev is not None and rev != intent.rev:
        raise ChangedMeanwhile("The intent was edited meanwhile. Read it again.", rev=intent.rev)
    values: dict[str, str | None] = {}
    for field, value in changes.items():
        match field:
            case "title":
                values[field] = kept(value or "", field, MAX_NAME_CHARS)
            case "answer":
                values[field] = kept_if_any(value, field, MAX_ANSWER_CHARS)
            case "category":
                values[field] = kept_if_any(value, field, MAX_NAME_CHARS)
            case _:
                raise NotUsable(f"{field} cannot be edited.", field=field)
    tx.run(update(intents).where(intents.c.id == intent_id).values(**values, rev=intent.rev + 1, updated_at=tx.now))
    bot_changed(tx, intent.bot_id, by, {"intent_id": intent_id, "change": "edited"})
    return get_intent(tx, intent_id)


def archive_intent(tx: Tx, intent_id: str, *, by: str) -> None:
    """Take an intent out of use; its examples stay with it. Raises NotThere."""
    intent = get_intent(tx, intent_id)
    tx.run(update(intents).where(intents.c.id == intent_id).values(archived_at=tx.now, rev=intent.rev + 1))
    bot_changed(tx, intent.bot_id, by, {"intent_id": intent_id, "change": "archived"})


def add_examples(
    tx: Tx, intent_id: str, texts: Sequence[str], *, by: str, source: str | None = None
) -> list[StoredExample]:
    """Add examples to an intent; those it has already are passed over. source: where from, if not just from `by`.

    Raises NotThere, NotUsable.
    """
    if len(texts) > MAX_EXAMPLES_PER_REQUEST:
        raise NotUsable(f"Send at most {MAX_EXAMPLES_PER_REQUEST:,} examples at once.", field="texts")
    intent = get_intent(tx, intent_id)
    added = _add_texts(tx, intent_id, texts, source or by)
    if added:
        bot_changed(tx, intent.bot_id, by, {"intent_id": intent_id, "examples_added": len(added)})
    return added


def delete_example(tx: Tx, example_id: str, *, by: str) -> None:
    """Raises NotThere."""
    found = tx.one(
        select(intents.c.bot_id, intents.c.id)
        .join(examples, examples.c.intent_id == intents.c.id)
        .where(examples.c.id == example_id)
    )
    if found is None:
        raise NotThere("There is no such example.", field="example_id")
    tx.run(sql_delete(examples).where(examples.c.id == example_id))
    bot_changed(tx, found[0], by, {"intent_id": found[1], "examples_deleted": 1})


def list_examples(tx: Tx, intent_id: str, *, after: str = "", limit: int = MAX_PAGE) -> list[StoredExample]:
    """An intent's examples by id, those after the id `after`."""
    rows = tx.all(
        select(*_EXAMPLE_COLUMNS)
        .where(examples.c.intent_id == intent_id, examples.c.id > after)
        .order_by(examples.c.id)
        .limit(min(limit, MAX_PAGE))
    )
    return [StoredExample(*row) for row in rows]


def training_examples(tx: Tx, bot_id: str) -> list[Example]:
    """Every example of a bot's intents in use, in a settled order."""
    rows = tx.all(
        select(intents.c.name, examples.c.text)
        .join(examples, examples.c.intent_id == intents.c.id)
        .where(_in_use(bot_id))
        .order_by(intents.c.name, examples.c.text_hash)
    )
    return [Example(text, name) for name, text in rows]


def _in_use(bot_id: str) -> ColumnElement[bool]:
    return and_(intents.c.bot_id == bot_id, intents.c.archived_at.is_(None))


def _given(title: str | None, answer: str | None, category: str | None) -> dict[str, str]:
    """The values that say something, ready to be kept."""
    values = {
        "title": kept_if_any(title, "title", MAX_NAME_CHARS),
        "answer": kept_if_any(answer, "answer", MAX_ANSWER_CHARS),
        "category": kept_if_any(category, "category", MAX_NAME_CHARS),
    }
    return {name: value for name, value in values.items() if value is not None}


def _insert(tx: Tx, bot_id: str, name: str, given: Mapping[str, str]) -> str:
    intent_id = tx.new_id("int")
    row = {"id": intent_id, "bot_id": bot_id, "name": name, "title": readable(name), **given}
    tx.run(insert(intents).values(**row, rev=1, created_at=tx.now, updated_at=tx.now))
    return intent_id


def _add_texts(tx: Tx, intent_id: str, texts: Sequence[str], source: str) -> list[StoredExample]:
    by_hash: dict[str, str] = {}
    for text in texts:
        clean = kept(text, "text", MAX_TEXT_CHARS)
        by_hash.setdefault(text_hash(clean), clean)
    if not by_hash:
        return []
    there = tx.all(
        select(examples.c.text_hash).where(examples.c.intent_id == intent_id, examples.c.text_hash.in_(list(by_hash)))
    )
    for (known,) in there:
        by_hash.pop(known, None)
    added = [StoredExample(tx.new_id("exa"), intent_id, text, source, tx.now) for text in by_hash.values()]
    if added:
        rows = [
            {
                "id": one.id,
                "intent_id": intent_id,
                "text": one.text,
                "text_hash": digest,
                "source": source,
                "created_at": tx.now,
            }
            for digest, one in zip(by_hash, added, strict=True)
        ]
        tx.many(insert(examples), rows)
    return added
