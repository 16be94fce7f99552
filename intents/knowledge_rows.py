"""Articles, as rows: what a knowledge base's editor writes and what its index is built from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import orjson
from sqlalchemy import ColumnElement, and_, func, insert, select, update

from conversations.store import Tx
from conversations.store.tables import articles, knowledge_bases
from intents.changes import base_changed, kept, kept_if_any, text_hash
from intents.errors import AlreadyThere, ChangedMeanwhile, NotThere, NotUsable
from intents.sources import (
    MAX_ANSWER_CHARS,
    MAX_LOCALE_CHARS,
    MAX_NAME_CHARS,
    MAX_PHRASINGS,
    MAX_TEXT_CHARS,
    ArticleRow,
)
from intents.text import normalise
from intents.understanding import Article

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class ArticlesState:
    """What tells whether the articles of a knowledge base changed."""

    knowledge_base_id: str
    count: int
    revs: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as it is kept. rev: raised by each edit."""

    id: str
    knowledge_base_id: str
    question: str
    answer: str
    category: str | None
    locale: str | None
    phrasings: tuple[str, ...]
    rev: int
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class ArticleImport:
    """One row of a file on its way into a knowledge base."""

    knowledge_base_id: str
    row: ArticleRow


_COLUMNS = tuple(articles.c[field.name] for field in fields(StoredArticle))


def articles_state(tx: Tx, knowledge_base_id: str) -> ArticlesState:
    row = tx.one(
        select(
            func.count(),
            func.coalesce(func.sum(articles.c.rev), 0),
            func.coalesce(func.max(articles.c.updated_at), 0),
        ).where(_in_use(knowledge_base_id))
    )
    assert row is not None
    return ArticlesState(knowledge_base_id, int(row[0]), int(row[1]), int(row[2]))


def read_articles(tx: Tx, knowledge_base_id: str) -> list[Article]:
    """Every article in use, in a settled order, as an index takes them."""
    rows = tx.all(
        select(
            articles.c.id,
            articles.c.question,
            articles.c.answer,
            articles.c.category,
            articles.c.locale,
            articles.c.phrasings,
        )
        .where(_in_use(knowledge_base_id))
        .order_by(articles.c.id)
    )
    return [
        Article(article_id, question, answer, category, locale, tuple(orjson.loads(phrasings)))
        for article_id, question, answer, category, locale, phrasings in rows
    ]


Imported = Literal["added", "changed", "unchanged"]


def import_article(tx: Tx, one: ArticleImport) -> Imported:
    """Keep a row: as a new article, or in place of the one that asks the same in that locale.

    Says nothing to anyone: see `base_changed`. Raises NotUsable.
    """
    values = _values(one.row)
    compared = ("answer", "category", "locale", "phrasings", "question")
    there = tx.one(
        select(articles.c.id, *(articles.c[name] for name in compared)).where(
            _in_use(one.knowledge_base_id), articles.c.question_hash == values["question_hash"]
        )
    )
    if there is None:
        _insert(tx, one.knowledge_base_id, values)
        return "added"
    if there[1:] == tuple(values[name] for name in compared):
        return "unchanged"
    tx.run(
        update(articles).where(articles.c.id == there[0]).values(**values, rev=articles.c.rev + 1, updated_at=tx.now)
    )
    return "changed"


def create_article(tx: Tx, knowledge_base_id: str, row: ArticleRow, *, by: str) -> StoredArticle:
    """Raises NotThere for the knowledge base, AlreadyThere for the question, NotUsable."""
    if tx.one(select(knowledge_bases.c.id).where(knowledge_bases.c.id == knowledge_base_id)) is None:
        raise NotThere("There is no such knowledge base.", field="knowledge_base_id")
    values = _values(row)
    _refuse_taken(tx, knowledge_base_id, str(values["question_hash"]), but=None)
    article_id = _insert(tx, knowledge_base_id, values)
    base_changed(tx, knowledge_base_id, by, {"article_id": article_id, "change": "created"})
    return get_article(tx, article_id)


def get_article(tx: Tx, article_id: str) -> StoredArticle:
    """Raises NotThere."""
    row = tx.one(select(*_COLUMNS).where(articles.c.id == article_id, articles.c.archived_at.is_(None)))
    if row is None:
        raise NotThere("There is no such article.", field="article_id")
    return _article(row)


def list_articles(tx: Tx, knowledge_base_id: str, *, after: str = "", limit: int = MAX_PAGE) -> list[StoredArticle]:
    """Articles by id, those after the id `after`."""
    rows = tx.all(
        select(*_COLUMNS)
        .where(_in_use(knowledge_base_id), articles.c.id > after)
        .order_by(articles.c.id)
        .limit(min(limit, MAX_PAGE))
    )
    return [_article(row) for row in rows]


def edit_article(tx: Tx, article_id: str, row: ArticleRow, *, by: str, rev: int | None = None) -> StoredArticle:
    """Put this in place of what the article says. rev: what the editor saw.

    Raises NotThere, ChangedMeanwhile, AlreadyThere for the question, NotUsable.
    """
    article = get_article(tx, article_id)
    if rev is not None and rev != article.rev:
        raise ChangedMeanwhile("The article was edited meanwhile. Read it again.", rev=article.rev)
    values = _values(row)
    _refuse_taken(tx, article.knowledge_base_id, str(values["question_hash"]), but=article_id)
    tx.run(update(articles).where(articles.c.id == article_id).values(**values, rev=article.rev + 1, updated_at=tx.now))
    base_changed(tx, article.knowledge_base_id, by, {"article_id": article_id, "change": "edited"})
    return get_article(tx, article_id)


def archive_article(tx: Tx, article_id: str, *, by: str) -> None:
    """Take an article out of use. Raises NotThere."""
    article = get_article(tx, article_id)
    tx.run(update(articles).where(articles.c.id == article_id).values(archived_at=tx.now, rev=article.rev + 1))
    base_changed(tx, article.knowledge_base_id, by, {"article_id": article_id, "change": "archived"})


def _in_use(knowledge_base_id: str) -> ColumnElement[bool]:
    return and_(articles.c.knowledge_base_id == knowledge_base_id, articles.c.archived_at.is_(None))


def _article(row: Sequence[object]) -> StoredArticle:
    values = dict(zip((field.name for field in fields(StoredArticle)), row, strict=True))
    values["phrasings"] = tuple(orjson.loads(str(values["phrasings"])))
    return StoredArticle(**values)  # type: ignore[arg-type]


def _values(row: ArticleRow) -> dict[str, str | None]:
    question = kept(row.question, "question", MAX_TEXT_CHARS)
    locale = kept_if_any(row.locale, "locale", MAX_LOCALE_CHARS)
    if len(row.phrasings) > MAX_PHRASINGS:
        raise NotUsable(f"An article has at most {MAX_PHRASINGS} phrasings.", field="phrasings")
    phrasings = [kept(text, "phrasings", MAX_TEXT_CHARS) for text in row.phrasings]
    return {
        "question": question,
        "question_hash": text_hash((locale or "").casefold(), normalise(question) or question),
        "answer": kept(row.answer, "answer", MAX_ANSWER_CHARS),
        "category": kept_if_any(row.category, "category", MAX_NAME_CHARS),
        "locale": locale,
        "phrasings": orjson.dumps(phrasings).decode(),
    }


def _refuse_taken(tx: Tx, knowledge_base_id: str, question_hash: str, *, but: str | None) -> None:
    there = tx.one(select(articles.c.id).where(_in_use(knowledge_base_id), articles.c.question_hash == question_hash))
    if there is not None and there[0] != but:
        raise AlreadyThere("Another article asks the same. Edit that one.", field="question")


def _insert(tx: Tx, knowledge_base_id: str, values: dict[str, str | None]) -> str:
    article_id = tx.new_id("art")
    tx.run(
        insert(articles).values(
            id=article_id,
            knowledge_base_id=knowledge_base_id,
            **values,
            rev=1,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    return article_id
