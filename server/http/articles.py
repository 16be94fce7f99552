"""Articles: questions and answers that bots know."""

from dataclasses import asdict, replace
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from conversations.store import Tx
from conversations.words import storable
from handoff.agents import Agent
from intents import knowledge_rows
from intents.knowledge_rows import StoredArticle
from intents.sources import (
    MAX_ANSWER_CHARS,
    MAX_LOCALE_CHARS,
    MAX_NAME_CHARS,
    MAX_PHRASINGS,
    MAX_TEXT_CHARS,
    ArticleRow,
)
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Id, Shape
from server.http.overlaps import OverlapShape, warned
from server.http.owned import a_bot_of_base, own_article, own_bot
from server.http.pages import Paging, after_of, next_after
from server.http.routes import API, Routes
from server.shapes import Json, iso

routes = Routes("articles")

Question = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS), AfterValidator(storable)]
Answer = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ANSWER_CHARS), AfterValidator(storable)]
Category = Annotated[str, StringConstraints(max_length=MAX_NAME_CHARS), AfterValidator(storable)]
Locale = Annotated[str, StringConstraints(max_length=MAX_LOCALE_CHARS, pattern=r"^[A-Za-z0-9_-]*$")]
Phrasings = Annotated[tuple[Question, ...], Field(max_length=MAX_PHRASINGS)]


class ArticleShape(Shape):
    """phrasings: other ways to ask the same. rev rises with each edit."""

    id: str
    knowledge_base_id: str
    question: str
    answer: str
    category: str | None
    locale: str | None
    phrasings: list[str]
    rev: int
    created_at: str
    updated_at: str


class SavedArticle(ArticleShape):
    """overlaps: what its question and phrasings come near to (see `/bots/{id}/overlaps`)."""

    overlaps: list[OverlapShape] = Field(default_factory=list)


class ArticlesPage(Shape):
    articles: list[ArticleShape]
    cursor: str | None


class ArticlesQuery(Paging):
    """bot_id: whose knowledge base; without it that of the workspace's first bot."""

    bot_id: Id | None = None


class NewArticle(Body):
    bot_id: Id | None = None
    question: Question
    answer: Answer
    category: Category | None = None
    locale: Locale | None = None
    phrasings: Phrasings = ()


class ArticleBody(Body):
    question: Question | None = None
    answer: Answer | None = None
    category: Category | None = None
    locale: Locale | None = None
    phrasings: Phrasings | None = None


def article_shape(article: StoredArticle) -> Json:
    return {
        **asdict(article),
        "phrasings": list(article.phrasings),
        "created_at": iso(article.created_at),
        "updated_at": iso(article.updated_at),
    }


@routes.get("/articles", access="agent", answer=ArticlesPage)
async def list_articles(call: Call, query: ArticlesQuery) -> Reply:
    """The articles of a bot's knowledge base."""
    return Reply(await call.read(_list, call.agent, query))


def _list(tx: Tx, agent: Agent, query: ArticlesQuery) -> Json:
    _, base_id = own_bot(tx, agent.workspace_id, query.bot_id)
    found = knowledge_rows.list_articles(tx, base_id, after=after_of(query), limit=query.limit)
    cursor = next_after(found[-1].id if len(found) == query.limit else None)
    return {"articles": [article_shape(article) for article in found], "cursor": cursor}


@routes.post("/articles", access="knowledge.manage", answer=SavedArticle, status=201)
async def add_article(call: Call, body: NewArticle) -> Reply:
    """Add an article; it answers at once."""
    return await _warned(call, await call.write(_add, body))


async def _warned(call: Call, saved: Reply) -> Reply:
    shape = saved.body or {}
    bot_id = await call.read(a_bot_of_base, shape["knowledge_base_id"])
    near = await warned(call, bot_id, shape["id"], [shape["question"], *shape["phrasings"]])
    return replace(saved, body=shape | {"overlaps": near})


def _add(tx: Tx, by: Acting, body: NewArticle) -> Reply:
    _, base_id = own_bot(tx, by.workspace_id, body.bot_id)
    row = ArticleRow(body.question, body.answer, body.category, body.locale or None, body.phrasings)
    article = knowledge_rows.create_article(tx, base_id, row, by=by.agent.author.actor)
    return tagged(article_shape(article), 201, f"{API}/articles/{article.id}")


@routes.get("/articles/{article_id}", access="agent", answer=ArticleShape)
async def show_article(call: Call) -> Reply:
    """One article."""
    return tagged(await call.read(_one, call.agent.workspace_id, call.path("article_id")))


def _one(tx: Tx, workspace_id: str, article_id: str) -> Json:
    return article_shape(knowledge_rows.get_article(tx, own_article(tx, workspace_id, article_id)))


@routes.patch("/articles/{article_id}", access="knowledge.manage", answer=SavedArticle)
async def change_article(call: Call, body: ArticleBody) -> Reply:
    """Change an article; what is left out stays."""
    return await _warned(call, await call.write(_change, call.path("article_id"), body))


def _change(tx: Tx, by: Acting, article_id: str, body: ArticleBody) -> Reply:
    before = knowledge_rows.get_article(tx, own_article(tx, by.workspace_id, article_id))
    by.expects(article_shape(before))
    given = body.model_fields_set
    row = ArticleRow(
        question=before.question if body.question is None else body.question,
        answer=before.answer if body.answer is None else body.answer,
        category=body.category if "category" in given else before.category,
        locale=body.locale if "locale" in given else before.locale,
        phrasings=before.phrasings if body.phrasings is None else body.phrasings,
    )
    return tagged(article_shape(knowledge_rows.edit_article(tx, article_id, row, by=by.agent.author.actor)))


@routes.delete("/articles/{article_id}", access="knowledge.manage", status=204)
async def archive_article(call: Call) -> Reply:
    """Take an article out of use."""
    return await call.write(_archive, call.path("article_id"))


def _archive(tx: Tx, by: Acting, article_id: str) -> None:
    own_article(tx, by.workspace_id, article_id)
    knowledge_rows.archive_article(tx, article_id, by=by.agent.author.actor)
