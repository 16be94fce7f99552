"""A conversation locked in a transaction: every change of one goes through here, and is written once."""

from typing import Any

from conversations.errors import Conflict, NotFound
from conversations.facts import INSERT as INSERT_FACT
from conversations.facts import FactKind, fact_row
from conversations.hints import (
    Change,
    ConversationChanged,
    ConversationUpdated,
    MessageCreated,
    MessageUpdated,
    ReadUpdated,
)
from conversations.lifecycle import Move, after, held_by_agent
from conversations.model import Author, Conversation, Message, Resolution, visible_status
from conversations.statements import (
    CONVERSATIONS,
    INSERT_CONVERSATION,
    INSERT_MESSAGE,
    LOCK_CONVERSATION,
    MESSAGES,
    UPDATE_CONVERSATION,
    UPDATE_MESSAGE,
    conversation_from,
    conversation_row,
    message_row,
)
from conversations.store.port import Tx

# what a reader of a message's fact could not know otherwise: how far it answers, and that it implies having read
_POINTERS = ("answered_seq", "read_us")


class Held:
    """One locked conversation and what this transaction does to it.

    Changes gather here; `save` writes the conversation's row, its messages and its facts, each in one
    statement, and hints what changed. Nothing reaches the database without `save`.
    """

    __slots__ = ("_changed", "_changes", "_facts", "_is_new", "_messages", "before", "conversation", "origin", "tx")

    def __init__(self, tx: Tx, conversation: Conversation, *, is_new: bool = False, origin: str | None = None) -> None:
        self.tx = tx
        self.before = conversation
        self.conversation = conversation
        self.origin = origin
        self._is_new = is_new
        self._changed: dict[str, Any] = {}
        self._messages: list[Message] = []
        self._facts: list[dict[str, Any]] = []
        self._changes: list[Change] = []

    def change(self, **columns: Any) -> None:
        """Set columns that no audience's rev speaks for, or whose rev is raised by the caller."""
        self._change(columns)

    def _change(self, columns: dict[str, Any]) -> None:
        self._changed.update(columns)
        self.conversation = CONVERSATIONS.changed(self.conversation, columns)

    def fact(self, name: FactKind, by: Author, /, **data: Any) -> None:
        self._record(name, by, data)

    def say(self, message: Message, fact: FactKind, by: Author, columns: dict[str, Any], **data: Any) -> Message:
        """Add a message: the next seq (unless private), the next rev of each audience that sees it.

        message: with its own fields; seq and revs are set here. columns: what else changes on the row.
        """
        changed = self._next_revs(visitor=not message.private)
        agent_rev = changed["agent_rev"]
        changed["updated_at"] = self.tx.now
        numbers: dict[str, Any] = {"agent_rev": agent_rev, "made_rev": agent_rev}
        if not message.private:
            changed["last_seq"] = numbers["seq"] = self.conversation.last_seq + 1
            numbers["visitor_rev"] = changed["visitor_rev"]
        message = MESSAGES.changed(message, numbers)
        changed.update(columns)
        self._change(changed)
        self._messages.append(message)
        self._changes.append(MessageCreated(message))
        told = {
            "message_id": message.id,
            "seq": message.seq,
            "author": message.author_kind,
            "kind": message.kind,
            "private": message.private,
            **data,
        }
        for name in _POINTERS:
            if name in columns:
                told[name] = columns[name]
        self._record(fact, by, told)
        return message

    def amend(self, message: Message, fact: FactKind, by: Author, columns: dict[str, Any], **data: Any) -> Message:
        """Change a stored message: each audience that sees it gets its next rev."""
        revs = self._next_revs(visitor=message.seq is not None)
        self._change(revs)
        columns = columns | revs
        message = MESSAGES.changed(message, columns)
        self.tx.run(UPDATE_MESSAGE.of(columns), columns | {"key_": message.id})
        self._changes.append(MessageUpdated(message))
        self.fact(fact, by, message_id=message.id, seq=message.seq, **data)
        return message

    def move(
        self,
        move: Move,
        by: Author,
        *,
        assignee_id: str | None = None,
        resolution: Resolution | None = None,
        columns: dict[str, Any] | None = None,
        **data: Any,
    ) -> None:
        """Change the status or the assignee: the epoch rises, and whoever can see it learns of it.

        Raises IllegalTransition.
        """
        was = self.conversation
        status = after(was.status, move)
        holder = assignee_id if held_by_agent(status) else None
        if held_by_agent(status) and holder is None:
            raise ValueError(f"{move} leads to {status}, which needs an assignee")
        visible = visible_status(was.status) != visible_status(status) or was.assignee_id != holder
        changed: dict[str, Any] = {
            "status": status,
            "assignee_id": holder,
            "epoch": was.epoch + 1,
            "resolution": resolution,
            "resolved_at": self.tx.now if status == "resolved" else None,
        }
        if status != "snoozed":
            changed["snoozed_until"] = None
        if status not in ("bot", "queued"):
            changed |= {"turn_due_at": None, "turn_leased_until": None}
        self._updated(changed | (columns or {}), visible=visible)
        self._record("status_changed", by, moved(move, was, self.conversation) | data)

    def update(self, by: Author, fact: FactKind, *, visible: bool, columns: dict[str, Any], **data: Any) -> None:
        """Change columns that readers may see, short of status and assignee. visible: to the visitor too."""
        self._updated(columns, visible=visible)
        self._record(fact, by, data)

    def mark_read(self, by: Author, seq: int, columns: dict[str, Any]) -> None:
        """Move one side's read pointer; both sides see it."""
        revs = self._next_revs(visitor=True)
        self._change(revs | columns)
        side = "visitor" if by.kind == "visitor" else "us"
        self._changes.append(ReadUpdated(side, seq, revs["visitor_rev"], revs["agent_rev"]))
        told = {"side": side, "seq": seq}
        if "delivered_visitor" in columns:
            told["delivered"] = columns["delivered_visitor"]
        self._record("read", by, told)

    def hint(self, hint: object) -> None:
        self.tx.hint(hint)

    def save(self) -> Conversation:
        """Write what has gathered. The conversation as it now stands."""
        tx = self.tx
        if self._is_new:
            number = tx.one(INSERT_CONVERSATION, conversation_row(self.conversation))
            assert number is not None
            self.conversation = CONVERSATIONS.changed(self.conversation, {"number": number[0]})
        elif self._changed:
            statement = UPDATE_CONVERSATION.of(self._changed)
            tx.run(statement, self._changed | {"key_": self.conversation.number})
        if self._messages:
            tx.many(INSERT_MESSAGE, [message_row(message) for message in self._messages])
        tx.many(INSERT_FACT, self._facts)
        if self._changes:
            tx.hint(ConversationChanged(self.conversation, tuple(self._changes), self.origin, self.before.assignee_id))
        self._is_new = False
        self._changed.clear()
        self._messages, self._facts, self._changes = [], [], []
        return self.conversation

    def _updated(self, columns: dict[str, Any], *, visible: bool) -> None:
        revs = self._next_revs(visitor=visible)
        self._change({**revs, "updated_at": self.tx.now, **columns})
        self._changes.append(ConversationUpdated(revs.get("visitor_rev"), revs["agent_rev"]))

    def _record(self, name: FactKind, by: Author, data: dict[str, Any]) -> None:
        now, conversation = self.tx.now, self.conversation
        self._facts.append(
            fact_row(conversation.id, conversation.agent_rev, name, now, by.actor, conversation.epoch, data)
        )

    def _next_revs(self, *, visitor: bool) -> dict[str, Any]:
        """The columns that rise with each change that can be seen, by agents or by both."""
        conversation = self.conversation
        revs: dict[str, Any] = {"agent_rev": conversation.agent_rev + 1}
        if visitor:
            revs["visitor_rev"] = conversation.visitor_rev + 1
        return revs


def moved(move: Move, was: Conversation, now: Conversation) -> dict[str, Any]:
    """What the fact of a move tells, with what reports will need."""
    told: dict[str, Any] = {
        "move": move,
        "from_status": was.status,
        "to_status": now.status,
        "from_assignee": was.assignee_id,
        "to_assignee": now.assignee_id,
        "team": now.team_id,
        "tier": now.tier,
        "category": now.category,
        "channel": now.channel,
        "waiting_since": was.waiting_since,
    }
    if now.resolution is not None:
        told["resolution"] = now.resolution
    return told


def hold(tx: Tx, conversation_id: str, *, epoch: int | None = None, origin: str | None = None) -> Held:
    """Lock a conversation. Raises NotFound, and Conflict (`field` epoch) under an old epoch."""
    row = tx.one(LOCK_CONVERSATION, {"id": conversation_id})
    if row is None:
        raise NotFound("There is no such conversation.", field="conversation_id")
    conversation = conversation_from(row)
    if epoch is not None and epoch != conversation.epoch:
        raise Conflict(
            "Somebody else changed this conversation first. Look at it again.",
            field="epoch",
            conversation_id=conversation_id,
        )
    return Held(tx, conversation, origin=origin)
