"""A conversation locked in a transaction: every change of one goes through here, and is written once."""

from dataclasses import replace
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
    INSERT_CONVERSATION,
    INSERT_MESSAGE,
    LOCK_CONVERSATION,
    UPDATE_CONVERSATION,
    UPDATE_MESSAGE,
    conversation_from,
    row_of,
)
from conversations.store.port import Tx


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
        self._changed: set[str] = set()
        self._messages: list[Message] = []
        self._facts: list[dict[str, Any]] = []
        self._changes: list[Change] = []

    def change(self, **columns: Any) -> None:
        """Set columns that no audience's rev speaks for, or whose rev is raised by the caller."""
        self._changed.update(columns)
        self.conversation = replace(self.conversation, **columns)

    def fact(self, name: FactKind, by: Author, /, **data: Any) -> None:
        now, conversation = self.tx.now, self.conversation
        self._facts.append(
            fact_row(conversation.id, conversation.agent_rev, name, now, by.actor, conversation.epoch, data)
        )

    def say(self, message: Message, fact: FactKind, by: Author, columns: dict[str, Any], **data: Any) -> Message:
        """Add a message: the next seq (unless private), the next rev of each audience that sees it.

        message: with its own fields; seq and revs are set here. columns: what else changes on the row.
        """
        conversation = self.conversation
        agent_rev = conversation.agent_rev + 1
        if message.private:
            message = replace(message, agent_rev=agent_rev, made_rev=agent_rev)
            self.change(agent_rev=agent_rev, updated_at=self.tx.now, **columns)
        else:
            seq, visitor_rev = conversation.last_seq + 1, conversation.visitor_rev + 1
            message = replace(message, seq=seq, visitor_rev=visitor_rev, agent_rev=agent_rev, made_rev=agent_rev)
            self.change(last_seq=seq, visitor_rev=visitor_rev, agent_rev=agent_rev, updated_at=self.tx.now, **columns)
        self._messages.append(message)
        self._changes.append(MessageCreated(message))
        self.fact(
            fact,
            by,
            message_id=message.id,
            seq=message.seq,
            author=message.author_kind,
            kind=message.kind,
            private=message.private,
            **data,
        )
        return message

    def amend(self, message: Message, fact: FactKind, by: Author, columns: dict[str, Any], **data: Any) -> Message:
        """Change a stored message: each audience that sees it gets its next rev."""
        revs = self._next_revs(visitor=message.seq is not None)
        columns = {**columns, "visitor_rev": revs[0] if message.seq is not None else None, "agent_rev": revs[1]}
        message = replace(message, **columns)
        names = tuple(sorted(columns))
        self.tx.run(UPDATE_MESSAGE.of(names), {**columns, "key_": message.id})
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
        revs = self._next_revs(visitor=visible)
        self.change(
            status=status,
            assignee_id=holder,
            epoch=was.epoch + 1,
            updated_at=self.tx.now,
            resolution=resolution,
            resolved_at=self.tx.now if status == "resolved" else None,
            **({} if status == "snoozed" else {"snoozed_until": None}),
            **({} if status in ("bot", "queued") else {"turn_due_at": None, "turn_leased_until": None}),
            **(columns or {}),
        )
        self._changes.append(ConversationUpdated(revs[0] if visible else None, revs[1]))
        now = self.conversation
        self.fact(
            "status_changed",
            by,
            move=move,
            from_status=was.status,
            to_status=status,
            from_assignee=was.assignee_id,
            to_assignee=holder,
            team=now.team_id,
            tier=now.tier,
            category=now.category,
            channel=now.channel,
            waiting_since=was.waiting_since,
            **({"resolution": resolution} if resolution else {}),
            **data,
        )

    def update(self, by: Author, fact: FactKind, *, visible: bool, columns: dict[str, Any], **data: Any) -> None:
        """Change columns that readers may see, short of status and assignee. visible: to the visitor too."""
        revs = self._next_revs(visitor=visible)
        self.change(updated_at=self.tx.now, **columns)
        self._changes.append(ConversationUpdated(revs[0] if visible else None, revs[1]))
        self.fact(fact, by, **data)

    def mark_read(self, by: Author, seq: int, columns: dict[str, Any]) -> None:
        """Move one side's read pointer; both sides see it."""
        revs = self._next_revs(visitor=True)
        self.change(**columns)
        side = "visitor" if by.kind == "visitor" else "us"
        self._changes.append(ReadUpdated(side, seq, revs[0], revs[1]))
        self.fact("read", by, side=side, seq=seq)

    def hint(self, hint: object) -> None:
        self.tx.hint(hint)

    def save(self) -> Conversation:
        """Write what has gathered. The conversation as it now stands."""
        tx = self.tx
        if self._is_new:
            row = row_of(self.conversation)
            number = tx.one(INSERT_CONVERSATION, row)
            assert number is not None
            self.conversation = replace(self.conversation, number=number[0])
        elif self._changed:
            names = tuple(sorted(self._changed))
            conversation = self.conversation
            params = {name: getattr(conversation, name) for name in names}
            params["key_"] = conversation.id
            tx.run(UPDATE_CONVERSATION.of(names), params)
        if self._messages:
            tx.many(INSERT_MESSAGE, [row_of(message) for message in self._messages])
        tx.many(INSERT_FACT, self._facts)
        if self._changes:
            tx.hint(ConversationChanged(self.conversation, tuple(self._changes), self.origin, self.before.assignee_id))
        self._is_new = False
        self._changed.clear()
        self._messages, self._facts, self._changes = [], [], []
        return self.conversation

    def _next_revs(self, *, visitor: bool) -> tuple[int, int]:
        conversation = self.conversation
        visitor_rev = conversation.visitor_rev + (1 if visitor else 0)
        self.change(visitor_rev=visitor_rev, agent_rev=conversation.agent_rev + 1)
        return visitor_rev, conversation.agent_rev + 1


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
