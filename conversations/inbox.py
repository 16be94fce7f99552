"""The one door in: whatever channel it came by, a message is stored here, once."""

from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from conversations.attachments import bind
from conversations.errors import Conflict, Invalid, NotFound, TooLarge
from conversations.held import Held
from conversations.hints import TurnDue
from conversations.identities import Identity, lock_sender
from conversations.items import enter_queue
from conversations.model import ATTACHMENT_LIMIT, SYSTEM, Author, Conversation, InboundMessage, Inbox, Message, Receipt
from conversations.statements import (
    BY_CLIENT_ID,
    BY_EXTERNAL_ID,
    CONVERSATIONS,
    GET_CONVERSATION,
    GET_MESSAGE,
    LOCK_CONVERSATION,
    LOCK_NEWEST,
    LOCK_THREAD,
    conversation_from,
    message_from,
)
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import teams
from conversations.words import body_hash, message_text, plain, storable

# Short, so that what a killed worker leaves behind is answered within the ten seconds that a visitor is promised.
TURN_LEASE_MS = 5_000


_NAMES = ("identity_id", "address", "client_id", "external_id", "thread_key", "conversation_id", "locale")
_names = attrgetter(*_NAMES)
LIVE_TEAM = Statement(select(teams.c.id).where(teams.c.id == bindparam("id"), teams.c.archived_at.is_(None)))
_IDENTITY = CONVERSATIONS.names.index("identity_id")


def receive(tx: Tx, inbox: Inbox, inbound: InboundMessage, *, claim: bool = False) -> Receipt:
    """Store what a visitor said: in their open conversation, a reopened one or a new one.

    A repeat, by client_id or external_id, is answered with the message that is already there. claim: this process
    takes the bot's turns, so one that is due by this message alone is claimed at once, which spares a transaction.
    Raises Invalid, TooLarge, NotFound (a conversation that is not theirs), Conflict (`field` client_id: the same
    id with another body).
    """
    if len(inbound.attachment_ids) > ATTACHMENT_LIMIT:
        raise TooLarge(f"A message takes at most {ATTACHMENT_LIMIT} attachments.", field="attachment_ids")
    _check_names(inbound)
    needed = not inbound.attachment_ids and inbound.choice is None
    text = message_text(inbound.text, required=needed)
    sender = lock_sender(tx, inbox, inbound)
    body = _body(inbound)
    before = _already(tx, inbox, sender, inbound, body)
    if before is not None:
        return before
    tx.reach("receive.locked")
    held = _conversation(tx, inbox, sender, inbound)
    text, content = _chosen(tx, held.conversation, inbound, text)
    message = _message(tx, held.conversation, sender, inbound, text, content, body)
    if inbound.attachment_ids:
        message = bind(tx, held.conversation, message, inbound.attachment_ids, uploader=sender.id)
    message = _store(held, inbox, inbound, message, Author("visitor", sender.id, inbound.name), claim=claim)
    tx.reach("receive.stored")
    return Receipt(held.conversation, message, duplicate=False)


def bot_may_answer(inbox: Inbox, conversation: Conversation) -> bool:
    """Whether the bot is to read what the visitor says: it owns the chat, or is a guest while it waits."""
    if inbox.bot_id is None:
        return False
    return conversation.status == "bot" or (conversation.status == "queued" and inbox.rules.bot_as_guest)


def _check_names(inbound: InboundMessage) -> None:
    """Whatever will be looked up by its name is one. Raises Invalid."""
    for place, name in enumerate(_names(inbound)):
        if name is not None:
            plain(name, field=_NAMES[place])
    if inbound.choice is not None:
        plain(inbound.choice.message_id, field="choice.message_id")
        plain(inbound.choice.value, field="choice.value")
    for attachment_id in inbound.attachment_ids:
        plain(attachment_id, field="attachment_ids")


def _body(inbound: InboundMessage) -> str:
    choice = f"{inbound.choice.message_id} {inbound.choice.value}" if inbound.choice else ""
    return body_hash(inbound.text, choice, *inbound.attachment_ids)


def _already(tx: Tx, inbox: Inbox, sender: Identity, inbound: InboundMessage, body: str) -> Receipt | None:
    row = None
    if inbound.client_id is not None:
        row = tx.one(BY_CLIENT_ID, {"inbox_id": inbox.id, "sender": sender.id, "client_id": inbound.client_id})
    if row is None and inbound.external_id is not None:
        row = tx.one(BY_EXTERNAL_ID, {"inbox_id": inbox.id, "external_id": inbound.external_id})
    if row is None:
        return None
    message = message_from(row)
    if inbound.client_id is not None and message.body_hash != body:
        raise Conflict(
            "This client_id already names another message. Send this one under a new client_id.",
            field="client_id",
            conversation_id=message.conversation_id,
        )
    where = tx.one(GET_CONVERSATION, {"id": message.conversation_id})
    assert where is not None
    return Receipt(conversation_from(where), message, duplicate=True)


def _conversation(tx: Tx, inbox: Inbox, sender: Identity, inbound: InboundMessage) -> Held:
    """The conversation that the message belongs to, locked; a new one where none is open or reopens."""
    row = None
    if inbound.conversation_id is not None:
        row = tx.one(LOCK_CONVERSATION, {"id": inbound.conversation_id})
        if row is None or row[_IDENTITY] != sender.id:
            raise NotFound("There is no such conversation of yours.", field="conversation_id")
    elif inbound.thread_key is not None:
        row = tx.one(LOCK_THREAD, {"inbox_id": inbox.id, "thread_key": inbound.thread_key})
    elif not inbound.start_new:
        row = tx.one(LOCK_NEWEST, {"identity_id": sender.id})
    if row is None:
        return start(tx, inbox, sender, inbound, previous=None)
    found = conversation_from(row)
    if found.status == "resolved" and not reopens(tx, inbox, found):
        return start(tx, inbox, sender, inbound, previous=found)
    return Held(tx, found, origin=inbound.origin)


def reopens(tx: Tx, inbox: Inbox, conversation: Conversation) -> bool:
    """Whether a closed conversation opens again when its visitor comes back now."""
    closed = conversation.resolved_at or 0
    return tx.now - closed <= inbox.rules.reopen_within and conversation.resolution != "spam"


def start(tx: Tx, inbox: Inbox, sender: Identity, inbound: InboundMessage, previous: Conversation | None) -> Held:
    """A new conversation, held and not yet saved. previous: the one it follows."""
    conversation = Conversation(
        number=0,
        id=tx.new_id("cnv"),
        workspace_id=inbox.workspace_id,
        inbox_id=inbox.id,
        identity_id=sender.id,
        contact_id=sender.contact_id,
        channel=inbox.channel,
        status="bot",
        assignee_id=None,
        preferred_agent_id=previous.preferred_agent_id if previous else None,
        team_id=_department(tx, sender),
        tier=1,
        category=None,
        priority=0,
        labels="[]",
        epoch=1,
        visitor_rev=0,
        agent_rev=0,
        last_seq=0,
        visitor_seq=0,
        answered_seq=0,
        read_visitor=0,
        read_us=0,
        delivered_visitor=0,
        unread_visitor=0,
        waiting_on="us",
        waiting_since=None,
        resolution=None,
        previous_id=previous.id if previous else None,
        thread_key=inbound.thread_key,
        locale=inbound.locale,
        page=storable(inbound.page) if inbound.page else None,
        memory="{}",
        turn_due_at=None,
        turn_token=0,
        turn_leased_until=None,
        turn_failures=0,
        snoozed_until=None,
        survey_score=None,
        created_at=tx.now,
        updated_at=tx.now,
        resolved_at=None,
    )
    held = Held(tx, conversation, is_new=True, origin=inbound.origin)
    held.fact(
        "conversation_started",
        Author("visitor", sender.id),
        inbox=inbox.id,
        channel=inbox.channel,
        previous=conversation.previous_id,
    )
    return held


def line_of(conversation: Conversation, inbox: Inbox) -> str | None:
    """The team that a conversation waits for when it needs a person: its own, or else the inbox's."""
    return conversation.team_id or inbox.default_team_id


def team_lives(tx: Tx, team_id: str) -> bool:
    return tx.one(LIVE_TEAM, {"id": team_id}) is not None


def _department(tx: Tx, sender: Identity) -> str | None:
    """The team of the department that the visitor chose, while there is one."""
    return sender.team_id if sender.team_id is not None and team_lives(tx, sender.team_id) else None


def _chosen(
    tx: Tx, conversation: Conversation, inbound: InboundMessage, text: str
) -> tuple[str, dict[str, Any] | None]:
    """The text and content of a picked choice: its title, and what it was picked from."""
    choice = inbound.choice
    if choice is None:
        return text, None
    row = tx.one(GET_MESSAGE, {"id": choice.message_id})
    asked = message_from(row) if row is not None else None
    if asked is None or asked.conversation_id != conversation.id or asked.content is None:
        raise NotFound("There is no such question in this conversation.", field="choice.message_id")
    offered = orjson.loads(asked.content)
    titles = {one["value"]: one["title"] for one in offered.get("choices", ())}
    if offered.get("none_of_these"):
        titles.setdefault("none_of_these", offered.get("none_title", "None of these"))
    if choice.value not in titles:
        raise Invalid("That is not one of the choices. Pick one of them, or write.", field="choice.value")
    return text or titles[choice.value], {"choice": {"message_id": asked.id, "value": choice.value}}


def _message(
    tx: Tx,
    conversation: Conversation,
    sender: Identity,
    inbound: InboundMessage,
    text: str,
    content: dict[str, Any] | None,
    body: str,
) -> Message:
    return Message(
        id=tx.new_id("msg"),
        conversation_id=conversation.id,
        inbox_id=conversation.inbox_id,
        seq=None,
        visitor_rev=None,
        agent_rev=0,
        made_rev=0,
        author_kind="visitor",
        author_id=sender.id,
        author_name=storable(inbound.name)[:200] if inbound.name else None,
        kind="text",
        text=text,
        content=orjson.dumps(content).decode() if content is not None else None,
        private=False,
        sender=sender.id,
        client_id=inbound.client_id,
        external_id=inbound.external_id,
        body_hash=body,
        understanding=None,
        rating=None,
        created_at=tx.now,
        edited_at=None,
        erased_at=None,
    )


def _store(held: Held, inbox: Inbox, inbound: InboundMessage, message: Message, by: Author, *, claim: bool) -> Message:
    """Say it, and make due what follows: the bot's turn, or a person's attention."""
    tx, was = held.tx, held.conversation
    reopens = was.status == "resolved"
    now = CONVERSATIONS.changed(was, {"status": "bot", "waiting_since": None}) if reopens else was
    columns: dict[str, Any] = {"visitor_seq": now.last_seq + 1, "waiting_on": "us"}
    if now.waiting_since is None:
        columns["waiting_since"] = tx.now
    if inbound.locale and inbound.locale != now.locale:
        columns["locale"] = inbound.locale
    if inbound.page and inbound.page != now.page:
        columns["page"] = storable(inbound.page)
    answering = bot_may_answer(inbox, now) and not inbound.automatic
    if answering and now.turn_due_at is None:
        columns["turn_due_at"] = tx.now
        claim = claim and now.visitor_seq <= now.answered_seq
        if claim:
            columns |= {"turn_token": now.turn_token + 1, "turn_leased_until": tx.now + TURN_LEASE_MS}
    else:
        claim = False
    # the message first: its sender has its rev by the acknowledgement, and everything after it by events
    message = held.say(message, "message_received", by, columns, channel=now.channel)
    if reopens:
        held.move("reopen", by)
    held.save()
    if now.status == "snoozed":
        enter_queue(held, "wake_to_queue", by, reason="visitor_wrote", preferred_agent_id=now.assignee_id)
        held.save()
    elif now.status == "bot" and inbox.bot_id is None:
        enter_queue(held, "escalate", SYSTEM, reason="no_bot", team_id=line_of(held.conversation, inbox))
        held.save()
    elif answering:
        tx.hint(TurnDue(now.id, (held.conversation, message) if claim else None))
    return message
