"""The packet of an offer: what its agent needs to answer without asking again, from the messages as they stand.

Made when it is shown, never stored: what was erased since is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select

from conversations import reading
from conversations.model import Conversation
from conversations.store.port import Tx
from conversations.store.statement import Row, Statement
from conversations.store.tables import conversations, messages, queue_items
from handoff.summary import besides_the_wish, clip, summarise

MESSAGES_MOST = 200
TEXT_MOST = 1_000
ASKED_LIMIT = 500
SHOWN_MOST = 20
EARLIER_MOST = 5

_ENDINGS = ("conversation.resolved", "conversation.ended_by_visitor")
_NOT_A_QUESTION = ("greeting", "thanks", "goodbye", "solved")

SPOKEN = Statement(
    select(
        messages.c.author_kind,
        func.substr(messages.c.text, 1, TEXT_MOST),
        messages.c.content,
        messages.c.understanding,
    )
    .where(
        messages.c.conversation_id == bindparam("conversation_id"),
        messages.c.seq.is_not(None),
        messages.c.erased_at.is_(None),
    )
    .order_by(messages.c.made_rev.desc())
    .limit(MESSAGES_MOST)
)
REASON = Statement(
    select(queue_items.c.reason)
    .where(queue_items.c.conversation_id == bindparam("conversation_id"))
    .order_by(queue_items.c.created_at.desc(), queue_items.c.id.desc())
    .limit(1)
)
EARLIER = Statement(
    select(
        conversations.c.id,
        conversations.c.status,
        conversations.c.resolution,
        conversations.c.category,
        conversations.c.created_at,
        func.substr(messages.c.text, 1, 200),
    )
    .select_from(
        conversations.outerjoin(
            messages,
            (messages.c.conversation_id == conversations.c.id)
            & (messages.c.seq == 1)
            & (messages.c.author_kind == "visitor"),
        )
    )
    .where(
        conversations.c.contact_id == bindparam("contact_id"),
        conversations.c.number < bindparam("number"),
        # who may see this conversation may see those: of no team, or of the same
        (conversations.c.team_id.is_(None)) | (conversations.c.team_id.is_not_distinct_from(bindparam("team_id"))),
    )
    .order_by(conversations.c.number.desc())
    .limit(EARLIER_MOST)
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message as the packet reads it."""

    author_kind: str
    text: str
    content: dict[str, Any]
    understanding: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the messages tell. confidence: in [0, 1], of the intent."""

    asked: str = ""
    summary: str = ""
    intent: str | None = None
    confidence: float | None = None
    alternatives: list[dict[str, Any]] = field(default_factory=list)
    articles_shown: list[dict[str, Any]] = field(default_factory=list)
    choices_made: list[dict[str, Any]] = field(default_factory=list)


def packet_of(tx: Tx, conversation_id: str) -> dict[str, Any]:
    """The packet in its shape on the wire (see docs/protocol.md). Raises NotFound."""
    conversation = reading.get(tx, conversation_id)
    spoken = [_spoken(row) for row in reversed(tx.all(SPOKEN, {"conversation_id": conversation_id}))]
    found = heard(spoken)
    memory = _object(conversation.memory)
    steps, slots = memory.get("steps"), memory.get("slots")
    return {
        "asked": found.asked,
        "summary": found.summary,
        "intent": found.intent,
        "confidence": found.confidence,
        "alternatives": found.alternatives,
        "articles_shown": found.articles_shown,
        "choices_made": found.choices_made,
        "steps": steps if isinstance(steps, list) else [],
        "slots": slots if isinstance(slots, dict) else {},
        "reason": _reason(tx, conversation_id),
        "page": orjson.loads(conversation.page) if conversation.page else None,
        "contact": _contact(tx, conversation),
        "earlier": _earlier(tx, conversation),
    }


def heard(spoken: Sequence[Spoken]) -> Heard:
    """What a conversation's messages tell of what is wanted; pure. spoken: oldest first.

    Only what was said since it was last closed counts.
    """
    now = _since_reopened(spoken)
    questions = [
        question
        for place, one in enumerate(now)
        if one.author_kind == "visitor" and "choice" not in one.content and (question := _question(now, place))
    ]
    words = [one.text for one in now if one.author_kind == "visitor" and one.text.strip()]
    asked = questions[0] if questions else max(words, key=len, default="")
    understood = next(
        (one.understanding for one in reversed(now) if one.author_kind == "bot" and one.understanding.get("intent")), {}
    )
    return Heard(
        asked=clip(asked.strip(), ASKED_LIMIT),
        summary=summarise(questions or words),
        intent=understood.get("intent"),
        confidence=understood.get("confidence"),
        alternatives=list(understood.get("alternatives", ()))[:SHOWN_MOST],
        articles_shown=_articles(now),
        choices_made=[
            {"title": one.text, "value": one.content["choice"].get("value")}
            for one in now
            if one.author_kind == "visitor" and isinstance(one.content.get("choice"), dict)
        ][-SHOWN_MOST:],
    )


def _since_reopened(spoken: Sequence[Spoken]) -> Sequence[Spoken]:
    """What was said since the last closing after which a visitor spoke."""
    heard_one = False
    for place in range(len(spoken) - 1, -1, -1):
        one = spoken[place]
        said = one.content.get("said")
        if heard_one and one.author_kind == "system" and isinstance(said, dict) and said.get("key") in _ENDINGS:
            return spoken[place + 1 :]
        heard_one = heard_one or one.author_kind == "visitor"
    return spoken


def _question(spoken: Sequence[Spoken], place: int) -> str:
    """What a message asks; nothing where the bot took it for a greeting or thanks, or it wishes for a person alone."""
    text = spoken[place].text.strip()
    for after in spoken[place + 1 :]:
        if after.author_kind == "bot":
            reason = after.understanding.get("reason")
            return besides_the_wish(text) if reason == "asked" else "" if reason in _NOT_A_QUESTION else text
        if after.author_kind == "visitor":
            break
    return text


def _articles(spoken: Sequence[Spoken]) -> list[dict[str, Any]]:
    shown: dict[str, dict[str, Any]] = {}
    for one in spoken:
        if one.author_kind == "bot":
            several = one.content.get("articles")
            for article in several if isinstance(several, list) else [one.content.get("article")]:
                if isinstance(article, dict) and isinstance(article.get("id"), str):
                    shown[article["id"]] = {"id": article["id"], "question": article.get("question")}
    return list(shown.values())[-SHOWN_MOST:]


def _reason(tx: Tx, conversation_id: str) -> str | None:
    row = tx.one(REASON, {"conversation_id": conversation_id})
    return row[0] if row is not None else None


def _contact(tx: Tx, conversation: Conversation) -> dict[str, Any] | None:
    row = tx.one(reading.CONTACT, {"id": conversation.contact_id})
    if row is None:
        return None
    id_, name, email, phone, attributes, verified = row
    return {
        "id": id_,
        "name": name,
        "email": email,
        "phone": phone,
        "attributes": orjson.loads(attributes),
        "verified": orjson.loads(verified),
    }


def _earlier(tx: Tx, conversation: Conversation) -> list[dict[str, Any]]:
    where = {"contact_id": conversation.contact_id, "number": conversation.number, "team_id": conversation.team_id}
    return [
        {
            "id": id_,
            "status": status,
            "resolution": resolution,
            "category": category,
            "asked": asked or "",
            "created_at": datetime.fromtimestamp(created_at / 1000, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
        }
        for id_, status, resolution, category, created_at, asked in tx.all(EARLIER, where)
    ]


def _spoken(row: Row) -> Spoken:
    author_kind, text, content, understanding = row
    return Spoken(author_kind, text, _object(content), _object(understanding))


def _object(text: str | None) -> dict[str, Any]:
    """What a JSON column holds, where it is an object; else an empty one."""
    found = orjson.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
