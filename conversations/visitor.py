"""What a visitor may do besides writing: ask for a person, take it back, read, end, rate the help."""

from typing import Any

from sqlalchemy import bindparam, select

from conversations.errors import IllegalTransition, Invalid, NotFound
from conversations.held import Held, hold
from conversations.hints import RoutingDue, TurnDue
from conversations.identities import lock_sender
from conversations.inbox import start
from conversations.items import enter_queue, leave_queue
from conversations.model import SYSTEM, Author, Conversation, InboundMessage, Inbox
from conversations.outbox import post
from conversations.statements import LOCK_NEWEST_OPEN, UNREAD_BY_VISITOR, conversation_from
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import messages
from conversations.texts import said, say

COMMENT_LIMIT = 2_000

_SEQ_KNOWN = Statement(
    select(messages.c.id).where(
        messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq == bindparam("seq")
    )
)


def hold_own(tx: Tx, identity_id: str, conversation_id: str, *, origin: str | None = None) -> Held:
    """Lock a visitor's own conversation. Raises NotFound, also for somebody else's."""
    held = hold(tx, conversation_id, origin=origin)
    if held.conversation.identity_id != identity_id:
        raise NotFound("There is no such conversation of yours.", field="conversation_id")
    return held


def request_person(
    tx: Tx, inbox: Inbox, identity_id: str, conversation_id: str | None = None, reason: str | None = None
) -> Conversation:
    """Bring the visitor to a person: into the queue, unless they wait or talk to one already.

    Without a conversation_id it is the newest open one, or a new one. Raises NotFound.
    """
    held = _own_or_newest(tx, inbox, identity_id, conversation_id)
    by = Author("visitor", identity_id)
    if held.conversation.status in ("queued", "assigned", "snoozed"):
        return held.conversation
    if held.conversation.status == "resolved":
        held.move("reopen", by)
    held.fact("person_requested", by, reason=reason)
    enter_queue(held, "escalate", by, reason="asked", team_id=inbox.default_team_id)
    tell(held, "queue.entered")
    return held.save()


def cancel_person(tx: Tx, identity_id: str, conversation_id: str) -> Conversation:
    """Take the request back: from the queue to the bot, which answers what nobody has answered.

    Raises NotFound, IllegalTransition where a person has the chat already.
    """
    held = hold_own(tx, identity_id, conversation_id)
    if held.conversation.status == "bot":
        return held.conversation
    if held.conversation.status != "queued":
        raise IllegalTransition("You are not waiting for a person in this conversation.", field="conversation_id")
    by = Author("visitor", identity_id)
    leave_queue(held, by, taken=False, reason="cancelled")
    return_to_bot(held, by, "hand_back")
    tell(held, "queue.cancelled")
    return held.save()


def return_to_bot(held: Held, by: Author, move: Any, **data: Any) -> None:
    """Give a conversation to the bot; what the visitor said last and nobody answered is due at once."""
    was = held.conversation
    columns: dict[str, Any] = {"preferred_agent_id": None}
    if was.waiting_on == "us" and was.visitor_seq > was.answered_seq:
        columns["turn_due_at"] = held.tx.now
        held.hint(TurnDue(was.id))
    else:
        columns |= {"waiting_on": "visitor", "waiting_since": None}
    held.move(move, by, columns=columns, **data)


def end(tx: Tx, identity_id: str, conversation_id: str) -> Conversation:
    """The visitor closes the conversation. A repeat is well; raises NotFound."""
    held = hold_own(tx, identity_id, conversation_id)
    if held.conversation.status == "resolved":
        return held.conversation
    by = Author("visitor", identity_id)
    if held.conversation.status == "queued":
        leave_queue(held, by, taken=False, reason="visitor_ended")
    preferred = held.conversation.assignee_id
    held.hint(RoutingDue(held.conversation.workspace_id))  # a seat may have come free
    tell(held, "conversation.ended_by_visitor")
    held.move(
        "resolve",
        by,
        resolution="visitor_ended",
        columns={"preferred_agent_id": preferred, "waiting_on": "visitor", "waiting_since": None},
    )
    return held.save()


def submit_survey(
    tx: Tx, identity_id: str, conversation_id: str, score: int, comment: str | None = None
) -> Conversation:
    """Note how the visitor rates the help. score: 1 to 5. The last one counts. Raises Invalid, NotFound."""
    if not 1 <= score <= 5:
        raise Invalid("The score is a whole number from 1 to 5.", field="score")
    if comment is not None and len(comment) > COMMENT_LIMIT:
        raise Invalid(f"The comment is longer than {COMMENT_LIMIT:,} characters. Shorten it.", field="comment")
    held = hold_own(tx, identity_id, conversation_id)
    by = Author("visitor", identity_id)
    before = held.conversation.survey_score
    held.update(
        by,
        "survey_submitted",
        visible=False,
        columns={"survey_score": score},
        score=score,
        comment=comment,
        before=before,
        assignee=held.conversation.assignee_id or held.conversation.preferred_agent_id,
    )
    return held.save()


def read(
    tx: Tx,
    identity_id: str,
    conversation_id: str,
    seq: int,
    delivered_seq: int | None = None,
    origin: str | None = None,
) -> Conversation:
    """Move the visitor's pointers of what was read and delivered; only forward. Raises NotFound, Invalid."""
    held = hold_own(tx, identity_id, conversation_id, origin=origin)
    conversation = held.conversation
    if seq < 0 or seq > conversation.last_seq or (delivered_seq or 0) > conversation.last_seq:
        raise Invalid(f"The conversation's last seq is {conversation.last_seq}.", field="seq")
    delivered = max(conversation.delivered_visitor, delivered_seq or 0, seq)
    if seq <= conversation.read_visitor and delivered <= conversation.delivered_visitor:
        return conversation
    columns: dict[str, Any] = {"delivered_visitor": delivered}
    if seq > conversation.read_visitor:
        columns["read_visitor"] = seq
        columns["unread_visitor"] = (
            0
            if seq == conversation.last_seq
            else len(tx.all(UNREAD_BY_VISITOR, {"conversation_id": conversation.id, "seq": seq}))
        )
    held.mark_read(Author("visitor", identity_id), max(seq, conversation.read_visitor), columns)
    return held.save()


def tell(held: Held, key: str, **params: str) -> None:
    """A line of the house's own to the visitor, in their language."""
    post(held, SYSTEM, say(key, held.conversation.locale, params), kind="event", content=said(key, params))


def _own_or_newest(tx: Tx, inbox: Inbox, identity_id: str, conversation_id: str | None) -> Held:
    if conversation_id is not None:
        return hold_own(tx, identity_id, conversation_id)
    asked = InboundMessage("", identity_id=identity_id)
    sender = lock_sender(tx, inbox, asked)
    row = tx.one(LOCK_NEWEST_OPEN, {"identity_id": identity_id})
    if row is not None:
        return Held(tx, conversation_from(row))
    held = start(tx, inbox, sender, asked, previous=None)
    held.save()
    return held
