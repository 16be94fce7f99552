"""What a visitor may do besides writing: ask for a person, take it back, read, end, rate the help."""

from typing import Any

from sqlalchemy import bindparam, select

from conversations import own_words
from conversations.errors import IllegalTransition, Invalid, NotFound
from conversations.held import Held, hold
from conversations.hints import RoutingDue, TurnDue
from conversations.identities import lock_sender
from conversations.inbox import line_of, reopens, start, team_lives
from conversations.items import enter_queue, leave_queue
from conversations.model import SYSTEM, Author, Conversation, InboundMessage, Inbox
from conversations.outbox import post
from conversations.statements import LOCK_NEWEST, UNREAD_BY_VISITOR, conversation_from
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import messages
from conversations.texts import said, say
from conversations.words import storable

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
    tx: Tx,
    inbox: Inbox,
    identity_id: str,
    conversation_id: str | None = None,
    reason: str | None = None,
    *,
    team_id: str | None = None,
    locale: str | None = None,
    page: str | None = None,
) -> Conversation:
    """Bring the visitor to a person: into the queue, unless they wait or talk to one already.

    Without a conversation_id it is their newest one; where that is closed for too long to reopen, or there is none, a
    new one. team_id: of the department that they ask for. locale, page: of the visitor, as a message would tell them.
    Raises NotFound.
    """
    if team_id is not None and not team_lives(tx, team_id):
        raise NotFound("This department is not there any more. Choose another.", field="department")
    asked = InboundMessage("", identity_id=identity_id, locale=locale, page=page)
    held = _own_or_newest(tx, inbox, asked, conversation_id)
    now = held.conversation
    by = Author("visitor", now.identity_id)
    if now.status in ("queued", "assigned", "snoozed"):
        return now
    if locale and locale != now.locale:
        held.change(locale=locale)
    if now.status == "resolved":
        held.move("reopen", by)
    held.fact("person_requested", by, reason=reason)
    line = team_id or line_of(held.conversation, inbox)
    # whoever had it knows of it
    enter_queue(held, "escalate", by, reason="asked", team_id=line, preferred_agent_id=now.preferred_agent_id)
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


def end(tx: Tx, identity_id: str, conversation_id: str, *, solved: bool = False) -> Conversation:
    """The visitor closes the conversation; solved: and says that it is, also of one that is closed already.

    A repeat is well; raises NotFound.
    """
    held = hold_own(tx, identity_id, conversation_id)
    by = Author("visitor", identity_id)
    if held.conversation.status == "resolved":
        return _confirm(held, by) if solved else held.conversation
    if held.conversation.status == "queued":
        leave_queue(held, by, taken=False, reason="visitor_ended")
    preferred = held.conversation.assignee_id
    held.hint(RoutingDue(held.conversation.workspace_id))  # a seat may have come free
    tell(held, "conversation.ended_by_visitor")
    held.move(
        "resolve",
        by,
        resolution="confirmed" if solved else "visitor_ended",
        columns={"preferred_agent_id": preferred, "waiting_on": "visitor", "waiting_since": None},
    )
    return held.save()


def _confirm(held: Held, by: Author) -> Conversation:
    before = held.conversation.resolution
    if before in ("confirmed", "spam"):
        return held.conversation
    columns = {"resolution": "confirmed"}
    held.update(by, "conversation_updated", visible=False, columns=columns, resolution="confirmed", before=before)
    return held.save()


def submit_survey(
    tx: Tx, identity_id: str, conversation_id: str, score: int, comment: str | None = None
) -> Conversation:
    """Note how the visitor rates the help, and tell the agents of it. score: 1 to 5. The last one counts.

    The same score again, without a comment, changes nothing. Raises Invalid, NotFound.
    """
    if not 1 <= score <= 5:
        raise Invalid("The score is a whole number from 1 to 5.", field="score")
    if comment is not None and len(comment) > COMMENT_LIMIT:
        raise Invalid(f"The comment is longer than {COMMENT_LIMIT:,} characters. Shorten it.", field="comment")
    held = hold_own(tx, identity_id, conversation_id)
    by = Author("visitor", identity_id)
    before = held.conversation.survey_score
    comment = storable(comment).strip() if comment else None
    if score == before and not comment:
        return held.conversation
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
    told = {"score": str(score), **({"comment": comment} if comment else {})}
    key = "desk.rated_saying" if comment else "desk.rated"
    post(held, SYSTEM, say(key, None, told), kind="survey", private=True, content={"score": score, **said(key, told)})
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
    """A line of the house's own to the visitor, in their language and the inbox's own words."""
    now = held.conversation
    text = say(key, now.locale, params, own_words.overrides(held.tx, now.inbox_id, key, now.locale))
    post(held, SYSTEM, text, kind="event", content=said(key, params))


def _own_or_newest(tx: Tx, inbox: Inbox, asked: InboundMessage, conversation_id: str | None) -> Held:
    sender = lock_sender(tx, inbox, asked)
    previous: Conversation | None = None
    found: Conversation | None
    if conversation_id is not None:
        found = hold_own(tx, sender.id, conversation_id).conversation
    else:
        row = tx.one(LOCK_NEWEST, {"identity_id": sender.id})
        found = conversation_from(row) if row is not None else None
    if found is not None:
        if found.status != "resolved" or reopens(tx, inbox, found):
            return Held(tx, found)
        previous = found
    held = start(tx, inbox, sender, asked, previous)
    held.save()
    return held
