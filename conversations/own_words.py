"""An inbox's own words for the house's sentences, by locale and key; said from the moment they are written."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import inbox_words
from conversations.texts import nearest

_ONE = Statement(
    select(inbox_words.c.text).where(
        inbox_words.c.inbox_id == bindparam("inbox_id"),
        inbox_words.c.locale == bindparam("locale"),
        inbox_words.c.key == bindparam("key"),
    )
)
_OF_LOCALE = Statement(
    select(inbox_words.c.key, inbox_words.c.text)
    .where(inbox_words.c.inbox_id == bindparam("inbox_id"), inbox_words.c.locale == bindparam("locale"))
    .order_by(inbox_words.c.key)
)
_ALL = Statement(select(inbox_words.c.inbox_id, inbox_words.c.locale, inbox_words.c.key, inbox_words.c.text))
_insert = upsert(inbox_words).values(
    inbox_id=bindparam("inbox_id"),
    locale=bindparam("locale"),
    key=bindparam("key"),
    text=bindparam("text"),
    updated_at=bindparam("now"),
)
_SET = Statement(
    _insert.on_conflict_do_update(
        index_elements=["inbox_id", "locale", "key"],
        set_={"text": _insert.excluded.text, "updated_at": _insert.excluded.updated_at},
    )
)
_DROP = Statement(
    delete(inbox_words).where(
        inbox_words.c.inbox_id == bindparam("inbox_id"),
        inbox_words.c.locale == bindparam("locale"),
        inbox_words.c.key == bindparam("key"),
    )
)


def overrides(tx: Tx, inbox_id: str, key: str, locale: str | None) -> Mapping[str, str] | None:
    """What `texts.say` takes in place of one sentence of the catalogue; None where the inbox has no own words."""
    language = nearest(locale)
    row = tx.one(_ONE, {"inbox_id": inbox_id, "locale": language, "key": key})
    return {f"{language}.{key}": row[0]} if row is not None else None


def of_locale(tx: Tx, inbox_id: str, locale: str) -> dict[str, str]:
    """Every own sentence of an inbox in one locale, by key. locale: one of `texts.LOCALES`."""
    return dict(tx.all(_OF_LOCALE, {"inbox_id": inbox_id, "locale": locale}))


def every(tx: Tx) -> dict[str, dict[str, str]]:
    """By inbox: its own sentences by `locale.key`, as `texts.say` takes them."""
    found: dict[str, dict[str, str]] = {}
    for inbox_id, locale, key, text in tx.all(_ALL):
        found.setdefault(inbox_id, {})[f"{locale}.{key}"] = text
    return found


def put(tx: Tx, inbox_id: str, locale: str, key: str, text: str | None) -> None:
    """Say a sentence in these words from now on; None: in the catalogue's again."""
    where = {"inbox_id": inbox_id, "locale": locale, "key": key}
    if text is None:
        tx.run(_DROP, where)
    else:
        tx.run(_SET, {**where, "text": text, "now": tx.now})
