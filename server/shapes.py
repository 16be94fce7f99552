"""What leaves the house: one function for each thing and audience. Visitors get what is named here and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from channels.delivery import Delivery
from conversations.errors import Refused
from conversations.model import Conversation, Message, Offer, visible_status
from conversations.reading import Page
from handoff.presence import Present

Json = dict[str, Any]

_CONTENT_FOR_VISITORS = (
    "choices",
    "none_of_these",
    "none_title",
    "article",
    "articles",
    "answers",
    "aside",
    "choice",
    "said",
)


@dataclass(frozen=True, slots=True)
class Face:
    """An agent as a visitor sees them."""

    name: str
    avatar_url: str | None


Faces = Callable[[str], Face | None]


def iso(millis: int | None) -> str | None:
    """ISO 8601 UTC with milliseconds."""
    if millis is None:
        return None
    seconds, rest = divmod(millis, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=1_024)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def reference(conversation: Conversation) -> str:
    """What a person may say on the phone: F-2026-00123. From a sequence that may have gaps."""
    year = datetime.fromtimestamp(conversation.created_at / 1000, UTC).year
    return f"F-{year}-{conversation.number:05d}"


def error_shape(error: Refused) -> Json:
    shape: Json = {"code": error.code, "message": error.message}
    if error.field is not None:
        shape["field"] = error.field
    if error.retry_after_s is not None:
        shape["retry_after_s"] = error.retry_after_s
    return shape


# visitors ------------------------------------------------------------------------------------


def visitor_message(message: Message, *, to: str | None = None) -> Json:
    """A message as a visitor sees it. to: the identity that reads; its own messages carry their client_id."""
    shape = _message(message)
    shape["rev"] = message.visitor_rev
    if message.author_kind == "visitor" and to is not None and message.sender == to and message.client_id:
        shape["client_id"] = message.client_id
    if message.content is not None:
        content = orjson.loads(message.content)
        _attach(shape, content)
        seen = {name: content[name] for name in _CONTENT_FOR_VISITORS if name in content}
        if seen:
            shape["content"] = seen
    if message.rating is not None:
        shape["rating"] = {"helpful": orjson.loads(message.rating).get("helpful")}
    return shape


def visitor_conversation(conversation: Conversation, faces: Faces, queue: Json | None) -> Json:
    """A conversation as its visitor sees it. queue: {position, wait_s} while waiting."""
    status = visible_status(conversation.status)
    face = faces(conversation.assignee_id) if conversation.assignee_id else None
    return {
        "id": conversation.id,
        "reference": reference(conversation),
        "status": status,
        "channel": conversation.channel,
        "agent": {"name": face.name, "avatar_url": face.avatar_url} if face else None,
        "queue": queue if status == "waiting" else None,
        "last_seq": conversation.last_seq,
        "rev": conversation.visitor_rev,
        "read": {"visitor": conversation.read_visitor, "us": conversation.read_us},
        "unread": conversation.unread_visitor,
        "created_at": iso(conversation.created_at),
    }


def visitor_page(page: Page, faces: Faces, queue: Json | None, *, to: str) -> Json:
    return {
        "conversation": visitor_conversation(page.conversation, faces, queue),
        "messages": [visitor_message(message, to=to) for message in page.messages],
        "rev": page.rev,
        "more": page.more,
    }


# agents --------------------------------------------------------------------------------------


def agent_message(
    message: Message, conversation: Conversation, *, to: str | None = None, delivery: Delivery | None = None
) -> Json:
    """A message as agents see it. to: the agent that reads; their own messages carry their client_id.

    delivery: how far its channel has brought it; of the web nobody keeps one, it follows from the visitor's pointers.
    """
    shape = _message(message)
    shape |= {"rev": message.agent_rev, "made_rev": message.made_rev, "private": message.private}
    if message.author_id is not None:
        shape["author"]["id"] = message.author_id
    if message.client_id and message.author_kind == "agent" and message.sender == to:
        shape["client_id"] = message.client_id
    if message.content is not None:
        content = orjson.loads(message.content)
        _attach(shape, content)
        if content:
            shape["content"] = content
    if message.rating is not None:
        shape["rating"] = orjson.loads(message.rating)
    if message.understanding is not None:
        shape["understanding"] = orjson.loads(message.understanding)
    if message.author_kind in ("bot", "agent") and message.seq is not None and conversation.channel == "web":
        shape["delivery"] = {"state": _web_delivery(message.seq, conversation)}
    elif delivery is not None:
        shape["delivery"] = {
            "state": delivery.state,
            "attempts": delivery.attempts,
            "error": delivery.error,
            "next_at": iso(delivery.next_at),
        }
    return shape


def contact_shape(contact: Sequence[Any] | None) -> Json | None:
    """contact: a row of `reading.CONTACT`."""
    if contact is None:
        return None
    return {
        "id": contact[0],
        "name": contact[1],
        "email": contact[2],
        "phone": contact[3],
        "attributes": orjson.loads(contact[4]),
        "verified": orjson.loads(contact[5]),
    }


def agent_conversation(
    conversation: Conversation, faces: Faces, contact: Json | None, queue: Json | None = None
) -> Json:
    """A conversation as agents see it."""
    shape = visitor_conversation(conversation, faces, queue)
    return shape | {
        "status": conversation.status,
        "rev": conversation.agent_rev,
        "read": {**shape["read"], "delivered": conversation.delivered_visitor},
        "epoch": conversation.epoch,
        "workspace_id": conversation.workspace_id,
        "inbox_id": conversation.inbox_id,
        "contact": contact or {"id": conversation.contact_id},
        "assignee": _assignee(conversation, faces),
        "preferred_agent_id": conversation.preferred_agent_id,
        "team_id": conversation.team_id,
        "tier": conversation.tier,
        "category": conversation.category,
        "priority": conversation.priority,
        "labels": orjson.loads(conversation.labels),
        "waiting_on": conversation.waiting_on,
        "waiting_since": iso(conversation.waiting_since),
        "resolution": conversation.resolution,
        "previous_id": conversation.previous_id,
        "snoozed_until": iso(conversation.snoozed_until),
        "survey_score": conversation.survey_score,
        "locale": conversation.locale,
        "page": orjson.loads(conversation.page) if conversation.page else None,
        "unread": max(conversation.last_seq - conversation.read_us, 0) if conversation.waiting_on == "us" else 0,
        "updated_at": iso(conversation.updated_at),
    }


def last_message(message: Message) -> Json:
    """The line under a conversation's name in a list."""
    return {
        "excerpt": message.text[:140],
        "author": {"kind": message.author_kind, "name": message.author_name},
        "at": iso(message.created_at),
    }


def presence_shape(present: Present, faces: Faces) -> Json:
    """An agent as colleagues see whether they are there. connected: a socket of theirs lives."""
    face = faces(present.agent_id)
    return {
        "agent_id": present.agent_id,
        "name": face.name if face else None,
        "status": present.status,
        "connected": present.connected,
    }


def offer_shape(offer: Offer, conversation: Json, packet: Mapping[str, Any]) -> Json:
    return {"id": offer.id, "conversation": conversation, "packet": packet, "expires_at": iso(offer.expires_at)}


# both ----------------------------------------------------------------------------------------


def _message(message: Message) -> Json:
    author: Json = {"kind": message.author_kind}
    if message.author_name is not None:
        author["name"] = message.author_name
    shape: Json = {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "author": author,
        "kind": message.kind,
        "text": message.text,
        "created_at": iso(message.created_at),
    }
    if message.edited_at is not None:
        shape["edited_at"] = iso(message.edited_at)
    if message.erased_at is not None:
        shape["erased_at"] = iso(message.erased_at)
    return shape


def _attach(shape: Json, content: Json) -> None:
    attachments = content.pop("attachments", None)
    if attachments:
        shape["attachments"] = attachments


def _assignee(conversation: Conversation, faces: Faces) -> Json | None:
    if conversation.assignee_id is None:
        return None
    face = faces(conversation.assignee_id)
    return {"id": conversation.assignee_id, "name": face.name if face else None}


def _web_delivery(seq: int, conversation: Conversation) -> str:
    if seq <= conversation.read_visitor:
        return "read"
    return "delivered" if seq <= conversation.delivered_visitor else "sent"
