"""A house on paper: it keeps every promise, so that the checker can be tried on what is right and what is spoilt."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any, cast

from conversations.facts import Fact, FactKind
from conversations.lifecycle import Move, after, held_by_agent
from conversations.model import Status, visible_status
from tests.rig.history import Acked, Evidence, History, Line, Sent, Shown, Standing, Stored, There

START = 1_700_000_000_000


@dataclass(slots=True)
class Chat:
    """One conversation on paper."""

    row: Standing
    messages: list[Line] = field(default_factory=list)
    visitor_seq: int = 0
    answered_seq: int = 0
    item: str | None = None
    offer: tuple[str, str] | None = None


class Story:
    """Writes the facts, rows and recordings of what it is told happened, one moment after the other."""

    def __init__(self, seats: dict[str, int] | None = None) -> None:
        self.seats = {"sam": 2} if seats is None else seats
        self.history = History()
        self.stored: list[Stored] = []
        self.facts: list[Fact] = []
        self.chats: dict[str, Chat] = {}
        self.now = START
        self._number = itertools.count(1)

    def evidence(self) -> Evidence:
        """All of it, as it stands; to be called once, at the end."""
        for key, chat in self.chats.items():
            seen = tuple(line for line in chat.messages if line[0] is not None)
            rev = chat.row.visitor_rev
            status = visible_status(cast("Status", chat.row.status))
            self.history.shown.append(Shown(f"ana-{key}", "visitor", key, rev, seen, status, rev, seen, status))
        self.history.there += [There(agent_id, START, self.now) for agent_id in self.seats]
        rows = [chat.row for chat in self.chats.values()]
        return Evidence(self.history, list(self.stored), rows, list(self.facts), dict(self.seats))

    def passes(self, ms: int) -> None:
        self.now += ms

    # what happens ----------------------------------------------------------------------------

    def visitor_says(self, key: str, text: str = "my lamp is dark") -> str:
        """A message sent, stored, acknowledged. Returns its id."""
        chat = self._chat(key)
        if chat.row.status == "resolved":
            self._move(key, "reopen", None)
        who = f"ana-{key}"
        client_id = f"c{next(self._number)}"
        self.history.sent.append(Sent(who, client_id, text, self.now))
        message = self._say(key, "visitor", who, client_id, text)
        chat.visitor_seq = chat.row.last_seq
        self.history.acked.append(Acked(who, client_id, key, message, chat.row.last_seq, self.now))
        return message

    def bot_answers(self, key: str) -> None:
        """A turn: all that the visitor has said and nobody has answered."""
        chat = self._chat(key)
        if chat.row.status not in ("bot", "queued") or chat.answered_seq == chat.visitor_seq:
            return
        answers = [chat.answered_seq, chat.visitor_seq]
        self._say(key, "bot", None, None, "Have you charged it?", answers=answers)
        chat.answered_seq = chat.visitor_seq

    def bot_stays_silent(self, key: str) -> None:
        """A turn without a word: what was said needs no answer."""
        chat = self._chat(key)
        if chat.row.status == "bot" and chat.answered_seq < chat.visitor_seq:
            chat.answered_seq = chat.visitor_seq
            self._fact(key, "turn_stayed", upto=chat.visitor_seq)

    def escalates(self, key: str) -> None:
        chat = self._chat(key)
        if chat.row.status == "bot":
            self._enter(key, "escalate")

    def is_offered(self, key: str, agent_id: str) -> None:
        chat = self._chat(key)
        if chat.row.status != "queued" or chat.offer is not None or self.used(agent_id) >= self.seats[agent_id]:
            return
        chat.offer = (f"off{next(self._number)}", agent_id)
        self._fact(key, "offer_made", offer_id=chat.offer[0], agent_id=agent_id)

    def is_accepted(self, key: str) -> None:
        chat = self._chat(key)
        if chat.offer is not None:
            agent_id = chat.offer[1]
            self._leave(key, "accepted")
            self._move(key, "accept", agent_id)

    def is_taken_over(self, key: str, agent_id: str) -> None:
        chat = self._chat(key)
        mine = chat.offer is not None and chat.offer[1] == agent_id
        if chat.row.status == "resolved" or self.used(agent_id) - mine >= self.seats[agent_id]:
            return
        if chat.row.status in ("bot", "queued"):
            self._leave(key, "withdrawn")
            self._move(key, "take_over", agent_id)

    def agent_says(self, key: str, text: str = "Hi Ana", *, private: bool = False) -> None:
        chat = self._chat(key)
        if chat.row.status != "assigned":
            return
        agent_id, client_id = str(chat.row.assignee_id), f"c{next(self._number)}"
        self.history.sent.append(Sent(agent_id, client_id, text, self.now))
        message = self._say(key, "agent", agent_id, client_id, text, private=private)
        if not private:
            chat.answered_seq = chat.visitor_seq
        seq = None if private else chat.row.last_seq
        self.history.acked.append(Acked(agent_id, client_id, key, message, seq, self.now))

    def leaves_agent(self, key: str, move: Move) -> None:
        """move: release, hand_back or resolve."""
        if self._chat(key).row.status != "assigned":
            return
        if move == "release":
            self._enter(key, move)
        else:
            self._move(key, move, None)

    def used(self, agent_id: str) -> int:
        return sum(
            (chat.row.status == "assigned" and chat.row.assignee_id == agent_id)
            or (chat.offer is not None and chat.offer[1] == agent_id)
            for chat in self.chats.values()
        )

    # how it is written -----------------------------------------------------------------------

    def _chat(self, key: str) -> Chat:
        if key not in self.chats:
            self.chats[key] = Chat(Standing(key, "bot", None, 1, 0, 0, 0))
            self._fact(key, "conversation_started")
        self.now += 20
        return self.chats[key]

    def _fact(self, key: str, kind: FactKind, **data: Any) -> None:
        row = self.chats[key].row
        self.facts.append(Fact(len(self.facts) + 1, key, row.agent_rev, kind, self.now, "someone", row.epoch, data))

    def _say(
        self,
        key: str,
        author: str,
        sender: str | None,
        client_id: str | None,
        text: str,
        *,
        private: bool = False,
        **data: Any,
    ) -> str:
        chat = self.chats[key]
        row = chat.row
        seq = None if private else row.last_seq + 1
        chat.row = replace(
            row,
            last_seq=row.last_seq + (not private),
            agent_rev=row.agent_rev + 1,
            visitor_rev=row.visitor_rev + (not private),
        )
        message = f"msg{next(self._number)}"
        chat.messages.append((seq, message, text))
        self.stored.append(Stored(message, key, "inb", seq, chat.row.agent_rev, author, sender, client_id, text))
        kind: FactKind = "message_received" if author == "visitor" else "message_posted"
        self._fact(key, kind, message_id=message, seq=seq, author=author, private=private, **data)
        return message

    def _move(self, key: str, move: Move, assignee: str | None) -> None:
        chat = self.chats[key]
        row = chat.row
        status = after(row.status, move)  # type: ignore[arg-type]
        holder = assignee if held_by_agent(status) else None
        chat.row = replace(
            row,
            status=status,
            assignee_id=holder,
            epoch=row.epoch + 1,
            agent_rev=row.agent_rev + 1,
            visitor_rev=row.visitor_rev + 1,
        )
        self._fact(
            key,
            "status_changed",
            move=move,
            from_status=row.status,
            to_status=status,
            from_assignee=row.assignee_id,
            to_assignee=holder,
        )

    def _enter(self, key: str, move: Move) -> None:
        self._move(key, move, None)
        self.chats[key].item = f"itm{next(self._number)}"
        self._fact(key, "queue_entered", item_id=self.chats[key].item, reason="asked")

    def _leave(self, key: str, offer_state: str) -> None:
        chat = self.chats[key]
        if chat.offer is not None:
            offer_id, agent_id = chat.offer
            chat.offer = None
            self._fact(key, "offer_ended", offer_id=offer_id, agent_id=agent_id, state=offer_state)
        if chat.item is not None:
            self._fact(key, "queue_left", item_id=chat.item, taken=offer_state == "accepted")
            chat.item = None
