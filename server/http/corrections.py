"""Corrections: "should have answered", said by a person of any turn of the bot's."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from conversations.errors import Invalid
from conversations.store import Tx
from conversations.words import storable
from handoff.agents import Agent
from intents import correction_rows
from intents.correction_rows import NOTE_LIMIT, Correction, Filing, file_correction, intent_of
from intents.knowledge_rows import get_article
from intents.sources import MAX_TEXT_CHARS
from server.http.answers import Reply
from server.http.articles import ArticleShape, article_shape
from server.http.call import Acting, Call
from server.http.conversations import seen
from server.http.fields import Body, Id, Shape
from server.http.overlaps import OverlapShape, warned
from server.http.owned import own_article, own_bot, own_intent
from server.http.pages import Paging, after_of, next_after
from server.http.routes import API, Routes
from server.shapes import Json, iso
from server.turns import turn_of

routes = Routes("corrections")

TEXTS_LIMIT = 20

Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS), AfterValidator(storable)]


class CorrectionBody(Body):
    """message_id: what the bot said, or the visitor before it. texts: in place of what the visitor wrote there."""

    message_id: Id
    intent_id: Id | None = None
    article_id: Id | None = None
    texts: Annotated[tuple[Text, ...], Field(min_length=1, max_length=TEXTS_LIMIT)] | None = None
    note: Annotated[str, StringConstraints(max_length=NOTE_LIMIT), AfterValidator(storable)] | None = None


class CorrectionShape(Shape):
    """texts: what was filed. example_ids, phrasings: what is new by it; none where it was known already."""

    id: str
    bot_id: str
    conversation_id: str
    message_id: str
    intent_id: str | None
    article_id: str | None
    texts: list[str]
    example_ids: list[str]
    phrasings: list[str]
    note: str | None
    made_by: str
    created_at: str


class FiledShape(CorrectionShape):
    """example_id, phrasing: the first new one. article: as it is now. overlaps: what it comes near to."""

    example_id: str | None
    phrasing: str | None
    article: ArticleShape | None
    overlaps: list[OverlapShape]


class CorrectionsPage(Shape):
    corrections: list[CorrectionShape]
    cursor: str | None


class CorrectionsQuery(Paging):
    """conversation_id: only those of this conversation."""

    conversation_id: Id | None = None


@routes.post("/corrections", access="knowledge.manage", answer=FiledShape, status=201)
async def add_correction(call: Call, body: CorrectionBody) -> Reply:
    """Say what the bot should have answered: the visitor's texts of that turn become examples or phrasings.

    An article's phrasings answer at once, examples after the next training. With a note alone it is filed for later.
    """
    reply = await call.write(_file, body)
    made = reply.body or {}
    owner = made.get("intent_id") or made.get("article_id")
    near = await warned(call, made["bot_id"], owner, made["texts"]) if owner is not None else []
    return Reply(made | {"overlaps": near}, reply.status, reply.headers)


def _file(tx: Tx, by: Acting, body: CorrectionBody) -> Reply:
    if body.intent_id is None and body.article_id is None and not (body.note or "").strip():
        raise Invalid("Name an intent or an article that should have answered, or leave a note.", field="intent_id")
    workspace_id = by.workspace_id
    conversation, texts = turn_of(tx, by.agent, body.message_id)
    bot_id, _ = own_bot(tx, workspace_id, None)
    if body.intent_id is not None:
        bot_id, _ = intent_of(tx, own_intent(tx, workspace_id, body.intent_id))
    if body.article_id is not None:
        own_article(tx, workspace_id, body.article_id)
    filing = Filing(
        workspace_id,
        bot_id,
        conversation.id,
        body.message_id,
        body.texts or texts,
        body.intent_id,
        body.article_id,
        body.note,
    )
    made = file_correction(tx, filing, by=by.agent.author.actor)
    article = article_shape(get_article(tx, made.article_id)) if made.article_id is not None else None
    shape = correction_shape(made) | {
        "example_id": next(iter(made.example_ids), None),
        "phrasing": next(iter(made.phrasings), None),
        "article": article,
        "overlaps": [],
    }
    return Reply(shape, 201, {"Location": f"{API}/corrections/{made.id}"})


@routes.get("/corrections", access="agent", answer=CorrectionsPage)
async def list_corrections(call: Call, query: CorrectionsQuery) -> Reply:
    """The corrections that stand, newest first; without a conversation it takes the right to manage knowledge."""
    if query.conversation_id is None:
        call.agent.require("knowledge.manage")
    return Reply(await call.read(_list, call.agent, query))


def _list(tx: Tx, agent: Agent, query: CorrectionsQuery) -> Json:
    if query.conversation_id is not None:
        seen(tx, agent, query.conversation_id)
    found = correction_rows.list_corrections(
        tx,
        agent.workspace_id,
        conversation_id=query.conversation_id,
        before=after_of(query) or None,
        limit=query.limit,
    )
    cursor = next_after(found[-1].id if len(found) == query.limit else None)
    return {"corrections": [correction_shape(one) for one in found], "cursor": cursor}


@routes.delete("/corrections/{correction_id}", access="knowledge.manage", status=204)
async def undo_correction(call: Call) -> Reply:
    """Take a correction back, with the examples and phrasings that it added."""
    return await call.write(_undo, call.path("correction_id"))


def _undo(tx: Tx, by: Acting, correction_id: str) -> None:
    made = correction_rows.get_correction(tx, by.workspace_id, correction_id)
    seen(tx, by.agent, made.conversation_id)
    correction_rows.undo_correction(tx, by.workspace_id, correction_id, by=by.agent.author.actor)


def correction_shape(made: Correction) -> dict[str, Any]:
    return {
        "id": made.id,
        "bot_id": made.bot_id,
        "conversation_id": made.conversation_id,
        "message_id": made.message_id,
        "intent_id": made.intent_id,
        "article_id": made.article_id,
        "texts": list(made.texts),
        "example_ids": list(made.example_ids),
        "phrasings": list(made.phrasings),
        "note": made.note,
        "made_by": made.made_by,
        "created_at": iso(made.created_at),
    }
