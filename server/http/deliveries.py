"""Dead letters: what a channel could not send, seen and tried again."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from channels import delivery
from channels.delivery import DeadLetter
from conversations.errors import NotFound
from conversations.store import Tx
from conversations.store.tables import conversations, deliveries
from server.http.answers import Reply
from server.http.call import Acting, Call
from server.http.fields import Query, Shape
from server.http.pages import PAGE_LIMIT, USUAL_LIMIT
from server.http.routes import Routes
from server.shapes import Json, iso

routes = Routes("deliveries")


class DeadLetterShape(Shape):
    """A message that was given up: after how many attempts, why, and when."""

    message_id: str
    conversation_id: str
    inbox_id: str
    attempts: int
    error: str | None
    failed_at: str


class DeadLettersPage(Shape):
    deliveries: list[DeadLetterShape]
    cursor: str | None


class DeadLettersQuery(Query):
    """limit: at most 200. cursor: as the page before gave it: a moment, in milliseconds UTC."""

    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = USUAL_LIMIT
    cursor: Annotated[int, Field(ge=0, le=1 << 53)] | None = None


@routes.get("/deliveries/failed", access="inboxes.manage", answer=DeadLettersPage)
async def list_failed_deliveries(call: Call, query: DeadLettersQuery) -> Reply:
    """Messages that their channel did not take, latest first."""
    found = await call.read(delivery.dead_letters, call.agent.workspace_id, before=query.cursor, limit=query.limit)
    cursor = str(found[-1].failed_at) if len(found) == query.limit else None
    return Reply({"deliveries": [_shape(letter) for letter in found], "cursor": cursor})


@routes.post("/deliveries/{message_id}/replay", access="inboxes.manage", status=202)
async def replay_delivery(call: Call) -> Reply:
    """Try a message again that was given up, with all its attempts before it."""
    return await call.write(_replay, call.path("message_id"))


def _replay(tx: Tx, by: Acting, message_id: str) -> Json:
    row = tx.one(
        select(conversations.c.workspace_id)
        .join(deliveries, deliveries.c.conversation_id == conversations.c.id)
        .where(deliveries.c.message_id == message_id)
    )
    if row is None or row[0] != by.workspace_id:
        raise NotFound("There is no such message to send.", field="message_id")
    delivery.replay_dead_letter(tx, message_id, by.agent.author)
    return {"message_id": message_id}


def _shape(letter: DeadLetter) -> Json:
    return {
        "message_id": letter.message_id,
        "conversation_id": letter.conversation_id,
        "inbox_id": letter.inbox_id,
        "attempts": letter.attempts,
        "error": letter.error,
        "failed_at": iso(letter.failed_at),
    }
