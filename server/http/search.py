"""Search over what was said, conversations and contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import bindparam, select

from conversations.errors import Invalid
from conversations.model import Conversation, Message
from conversations.search import Hit, search
from conversations.search_index import Kind, contact_words
from conversations.search_text import excerpt, terms_of
from conversations.statements import ALL_CONVERSATION, ALL_MESSAGE, conversation_from, message_from
from conversations.store import Tx
from conversations.store.tables import contacts, conversations, messages
from conversations.words import storable
from handoff.agents import Agent
from server.http.answers import Reply
from server.http.call import Call
from server.http.fields import Query, Shape
from server.http.pages import after_of, next_after
from server.http.routes import Routes
from server.http.sight import seen_by
from server.shapes import Json, iso, reference

routes = Routes("search")

QUERY_LIMIT = 200
PAGE_LIMIT = 50
USUAL_LIMIT = 20
_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "all": (),
    "messages": ("message",),
    "contacts": ("contact",),
    "conversations": ("conversation",),
}
MESSAGES = select(*ALL_MESSAGE).where(messages.c.id.in_(bindparam("ids", expanding=True)))
CONVERSATIONS = select(*ALL_CONVERSATION).where(conversations.c.id.in_(bindparam("ids", expanding=True)))
CONTACTS = select(contacts.c.id, contacts.c.name, contacts.c.email, contacts.c.phone, contacts.c.attributes).where(
    contacts.c.id.in_(bindparam("ids", expanding=True))
)


class SearchQuery(Query):
    """q: words, or beginnings of words, all of which are to be found; a reference such as F-2026-00123, too."""

    q: Annotated[str, StringConstraints(max_length=QUERY_LIMIT), AfterValidator(storable)]
    kind: Literal["all", "messages", "contacts", "conversations"] = "all"
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = USUAL_LIMIT
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = None


class PieceShape(Shape):
    text: str
    hit: bool


class FoundShape(Shape):
    """title: whose it is, or what it is called. excerpt: in pieces, those that were asked for marked as `hit`."""

    kind: Literal["message", "conversation", "contact"]
    conversation_id: str | None
    contact_id: str | None
    message_id: str | None
    reference: str | None
    status: str | None
    author: dict[str, Any] | None
    private: bool
    title: str
    excerpt: list[PieceShape]
    at: str


class FoundPage(Shape):
    items: list[FoundShape]
    cursor: str | None


@routes.get("/search", access="agent", answer=FoundPage)
async def find(call: Call, query: SearchQuery) -> Reply:
    """What was said, conversations and contacts that the agent may see and that have all these words, newest first."""
    return Reply(await call.read(_find, call.agent, query))


@dataclass(frozen=True, slots=True)
class _Things:
    """What a page of hits is of, by id."""

    messages: Mapping[str, Message]
    conversations: Mapping[str, Conversation]
    contacts: Mapping[str, Sequence[Any]]


def _find(tx: Tx, agent: Agent, query: SearchQuery) -> Json:
    terms = terms_of(query.q)
    after = after_of(query)
    if after and not (after.isdecimal() and len(after) <= 18):
        raise Invalid("This cursor is not one of ours. Begin again without it.", field="cursor")
    hits = search(
        tx,
        agent.workspace_id,
        seen_by(agent),
        terms,
        kinds=_KINDS[query.kind],
        before=int(after) if after else None,
        limit=query.limit + 1,
    )
    shown = hits[: query.limit]
    things = _things(tx, shown)
    items = [shape for hit in shown if (shape := _shape(hit, things, terms)) is not None]
    return {"items": items, "cursor": next_after(str(shown[-1].number)) if len(hits) > query.limit else None}


def _things(tx: Tx, hits: Sequence[Hit]) -> _Things:
    talks = {
        row.id: row for row in map(conversation_from, _all(tx, CONVERSATIONS, [hit.conversation_id for hit in hits]))
    }
    people = {hit.contact_id for hit in hits} | {one.contact_id for one in talks.values()}
    said = _all(tx, MESSAGES, [hit.subject for hit in hits if hit.kind == "message"])
    return _Things(
        {row.id: row for row in map(message_from, said)},
        talks,
        {row[0]: row for row in _all(tx, CONTACTS, list(people))},
    )


def _all(tx: Tx, statement: Any, ids: Sequence[str | None]) -> list[tuple[Any, ...]]:
    wanted = sorted({one for one in ids if one is not None})
    return tx.all(statement, {"ids": wanted}) if wanted else []


def _shape(hit: Hit, things: _Things, terms: tuple[str, ...]) -> Json | None:
    """None for what was erased since its words were kept."""
    talk = things.conversations.get(hit.conversation_id or "")
    contact = things.contacts.get((talk.contact_id if talk is not None else hit.contact_id) or "")
    called = reference(talk) if talk is not None else None
    message = things.messages.get(hit.subject) if hit.kind == "message" else None
    match hit.kind:
        case "message" if message is not None and message.text and message.erased_at is None:
            title, text = _name(contact) or called or "", message.text
        case "conversation" if talk is not None:
            labels = orjson.loads(talk.labels)
            title, text = called or "", " · ".join(filter(None, (called, _name(contact), talk.category, *labels)))
        case "contact" if contact is not None:
            name, email, phone, attributes = contact[1:5]
            title, text = _name(contact) or "", contact_words(name, email, phone, orjson.loads(attributes))
        case _:
            return None
    return {
        "kind": hit.kind,
        "conversation_id": hit.conversation_id,
        "contact_id": contact[0] if contact is not None else None,
        "message_id": message.id if message is not None else None,
        "reference": called,
        "status": talk.status if talk is not None else None,
        "author": {"kind": message.author_kind, "name": message.author_name} if message is not None else None,
        "private": message is not None and message.private,
        "title": title,
        "excerpt": [{"text": piece.text, "hit": piece.hit} for piece in excerpt(text, terms)],
        "at": iso(hit.at),
    }


def _name(contact: Sequence[Any] | None) -> str | None:
    return next((value for value in contact[1:4] if value), None) if contact is not None else None
