"""Speaking in a conversation: replies and notes, mending one's own words, reading."""

from sqlalchemy import bindparam, update

from conversations.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, Unsupported, WindowClosed
from conversations.model import ATTACHMENT_LIMIT, Conversation, Message, Receipt
from conversations.outbox import post
from conversations.statements import BY_CLIENT_ID, GET_CONVERSATION, GET_MESSAGE, conversation_from, message_from
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import attachments
from conversations.words import body_hash, message_text
from handoff.desk.grasp import Grasp, grasp, not_holder, reach

MEND_WITHIN_MS = 15 * 60_000
MENDABLE_CHANNELS = ("web",)
"""Where what was sent can still be changed: our own widget shows a message as it is now."""

ERASE_FILES = Statement(
    update(attachments).where(attachments.c.message_id == bindparam("message")).values(erased_at=bindparam("now"))
)


def reply(
    tx: Tx,
    agent_id: str,
    conversation_id: str,
    epoch: int,
    client_id: str,
    text: str = "",
    attachment_ids: tuple[str, ...] = (),
    *,
    origin: str | None = None,
) -> Receipt:
    """Answer the visitor, by whoever has the conversation. A repeat by client_id is answered with the first.

    Raises Invalid, TooLarge, NotFound, Conflict (`field` client_id or epoch), Forbidden.
    """
    text = _words(text, attachment_ids)
    mine = reach(tx, agent_id, conversation_id, origin=origin)
    body = body_hash("reply", text, *attachment_ids)
    before = _already(mine, client_id, body)
    if before is not None:
        return before
    mine.must_see()
    mine.at_epoch(epoch)
    if not mine.is_mine():
        raise not_holder(mine)
    tx.reach("reply.locked")
    was = mine.held.conversation
    message = post(
        mine.held,
        mine.agent.author,
        text,
        sender=agent_id,
        client_id=client_id,
        body=body,
        attachment_ids=attachment_ids,
        columns={
            "answered_seq": was.visitor_seq,
            "waiting_on": "visitor",
            "waiting_since": None,
            "read_us": was.last_seq + 1,
        },
        data={"waited_ms": tx.now - was.waiting_since if was.waiting_since is not None else None},
    )
    return Receipt(mine.held.save(), message, duplicate=False)


def note(
    tx: Tx,
    agent_id: str,
    conversation_id: str,
    client_id: str,
    text: str = "",
    attachment_ids: tuple[str, ...] = (),
    *,
    origin: str | None = None,
) -> Receipt:
    """Leave a note for colleagues, which the visitor never sees; by whoever may see the conversation.

    Raises Invalid, TooLarge, NotFound, Conflict (`field` client_id).
    """
    text = _words(text, attachment_ids)
    mine = reach(tx, agent_id, conversation_id, origin=origin)
    body = body_hash("note", text, *attachment_ids)
    before = _already(mine, client_id, body)
    if before is not None:
        return before
    mine.must_see()
    message = post(
        mine.held,
        mine.agent.author,
        text,
        private=True,
        sender=agent_id,
        client_id=client_id,
        body=body,
        attachment_ids=attachment_ids,
    )
    return Receipt(mine.held.save(), message, duplicate=False)


def edit(tx: Tx, agent_id: str, message_id: str, text: str) -> Message:
    """Change the words of an own message, within 15 minutes, where the channel can.

    Raises Invalid, TooLarge, NotFound, Forbidden, Unsupported, WindowClosed.
    """
    text = message_text(text)
    mine, message = _own(tx, agent_id, message_id)
    if message.erased_at is not None:
        raise Invalid("This message was withdrawn. Write a new one.", field="message_id")
    if message.text == text:
        return message
    _may_mend(mine, message)
    message = mine.held.amend(message, "message_edited", mine.agent.author, {"text": text, "edited_at": tx.now})
    mine.held.save()
    return message


def withdraw(tx: Tx, agent_id: str, message_id: str) -> Message:
    """Take an own message back, within 15 minutes, where the channel can: its words and files are erased.

    Raises NotFound, Forbidden, Unsupported, WindowClosed.
    """
    mine, message = _own(tx, agent_id, message_id)
    if message.erased_at is not None:
        return message
    _may_mend(mine, message)
    columns = {"text": "", "content": None, "erased_at": tx.now}
    message = mine.held.amend(message, "message_withdrawn", mine.agent.author, columns)
    mine.held.save()
    tx.run(ERASE_FILES, {"message": message_id, "now": tx.now})
    return message


def read(tx: Tx, agent_id: str, conversation_id: str, seq: int, *, origin: str | None = None) -> Conversation:
    """Move our side's pointer of what was read, forward only. Only whoever has the conversation moves it:
    a colleague who looks in has not read it for the visitor. Raises Invalid, NotFound.
    """
    mine = grasp(tx, agent_id, conversation_id, origin=origin)
    conversation = mine.held.conversation
    if not 0 <= seq <= conversation.last_seq:
        raise Invalid(f"The conversation's last seq is {conversation.last_seq}.", field="seq")
    if not mine.is_mine() or seq <= conversation.read_us:
        return conversation
    mine.held.mark_read(mine.agent.author, seq, {"read_us": seq})
    return mine.held.save()


def _words(text: str, attachment_ids: tuple[str, ...]) -> str:
    if len(attachment_ids) > ATTACHMENT_LIMIT:
        raise TooLarge(f"A message takes at most {ATTACHMENT_LIMIT} attachments.", field="attachment_ids")
    return message_text(text, required=not attachment_ids)


def _already(mine: Grasp, client_id: str, body: str) -> Receipt | None:
    """The message that this client_id names already, in whatever conversation it went. Raises Conflict."""
    tx, conversation = mine.held.tx, mine.held.conversation
    where = {"inbox_id": conversation.inbox_id, "sender": mine.agent.id, "client_id": client_id}
    row = tx.one(BY_CLIENT_ID, where)
    if row is None:
        return None
    message = message_from(row)
    if message.body_hash != body:
        raise Conflict(
            "This client_id already names another message. Send this one under a new client_id.",
            field="client_id",
            conversation_id=message.conversation_id,
        )
    if message.conversation_id == conversation.id:
        return Receipt(conversation, message, duplicate=True)
    found = tx.one(GET_CONVERSATION, {"id": message.conversation_id})
    assert found is not None
    return Receipt(conversation_from(found), message, duplicate=True)


def _own(tx: Tx, agent_id: str, message_id: str) -> tuple[Grasp, Message]:
    row = tx.one(GET_MESSAGE, {"id": message_id})
    if row is None:
        raise NotFound("There is no such message.", field="message_id")
    mine = grasp(tx, agent_id, row[1])
    row = tx.one(GET_MESSAGE, {"id": message_id})
    assert row is not None
    message = message_from(row)
    if message.author_kind != "agent" or message.author_id != agent_id:
        raise Forbidden("Only your own messages are yours to change.")
    return mine, message


def _may_mend(mine: Grasp, message: Message) -> None:
    conversation = mine.held.conversation
    if not message.private and conversation.channel not in MENDABLE_CHANNELS:
        raise Unsupported(f"What was sent by {conversation.channel} cannot be changed any more.", field="message_id")
    if mine.held.tx.now - message.created_at > MEND_WITHIN_MS:
        raise WindowClosed("A message can be changed for 15 minutes. Write another one.", field="message_id")
