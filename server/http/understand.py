"""What the bot would do with a text, and why, without doing it."""

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from bot import policy
from bot.memory import Memory
from bot.policy import Answer, Clarify, Decision, Escalate, Rephrase, SmallTalk
from bot.replies import compose
from conversations.errors import NotFound
from conversations.model import TEXT_LIMIT, Inbox
from conversations.words import message_text
from intents.live import NOTHING
from intents.understanding import Understanding
from server.explained import understanding_shape
from server.http.answers import Reply
from server.http.call import Call
from server.http.described import UnderstandingShape
from server.http.fields import Body, Id, Shape
from server.http.routes import Routes
from server.shapes import Json

routes = Routes("understand")


class WouldShape(Shape):
    """What the visitor would meet, were this the first they say. do: `clarify` covers asking for other words too."""

    do: Literal["answer", "clarify", "escalate", "stay"]
    reason: str
    text: str | None
    kind: str | None
    content: dict[str, Any] | None


class ExplainedShape(UnderstandingShape):
    would: WouldShape


class UnderstandBody(Body):
    """inbox: its public key, or its id."""

    inbox: Id
    text: Annotated[str, StringConstraints(max_length=TEXT_LIMIT)]
    locale: Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9_-]*$")] | None = None


@routes.post("/understand", access="agent", answer=ExplainedShape)
async def understand(call: Call, body: UnderstandBody) -> Reply:
    """What the bot of an inbox would do with a text, and why, without doing it.

    `decision` is the gate's verdict on the text alone; `would` is what follows from it: an intent without an answer of
    its own is handed over.
    """
    inbox = _inbox(call, body.inbox)
    text = message_text(body.text)
    locale = body.locale or inbox.rules.locale
    if inbox.bot_id is None:
        found = NOTHING.understand(text, locale)
        return Reply(understanding_shape(found) | {"would": _would(Escalate("no_bot", found, Memory()), found, locale)})
    found = await call.desk.understands.understand(inbox.bot_id, text, locale)
    await call.desk.topics.refresh()
    decision = policy.explained(found, inbox.rules, await call.desk.topics.of(inbox.bot_id))
    return Reply(understanding_shape(found) | {"would": _would(decision, found, locale)})


def _inbox(call: Call, named: str) -> Inbox:
    places = call.desk.places
    inbox = places.by_key(named) or places.inbox(named)
    if inbox.workspace_id != call.agent.workspace_id:
        raise NotFound("There is no such inbox.", field="inbox")
    return inbox


def _would(decision: Decision, found: Understanding, locale: str) -> Json:
    match decision:
        case Answer(reason=reason):
            do, why = "answer", str(reason)
        case Clarify(reason=reason) | Rephrase(reason=reason):
            do, why = "clarify", str(reason)
        case Escalate(reason=reason):
            do, why = "escalate", str(reason)
        case SmallTalk(kind=kind):
            do, why = "answer", kind
        case _:
            do, why = "stay", str(found.reason)
    reply = compose(decision, locale)
    return {
        "do": do,
        "reason": why,
        "text": reply.text if reply is not None else None,
        "kind": reply.kind if reply is not None else None,
        "content": reply.content if reply is not None else None,
    }
