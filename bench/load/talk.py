"""Visitors who talk with the bot: a message is done when its answer has come, not when it was stored.

Each has one message under way at a time, for two of one conversation may have one answer together. What comes due while
all are waiting waits here, and its time counts from when it was meant to be sent.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from bench.load.drive import Crowd, Target
from bench.load.line import connect

FROM_BOT = b'"author":{"kind":"bot"'
REFUSED = b'[{"ok":false'


@dataclass(frozen=True, slots=True)
class Talk:
    """What is said, and how. texts: in turn. each: messages in a conversation, then a new one is begun.

    answered: whether the bot answers; else a message is done with its acknowledgement.
    """

    texts: Sequence[str]
    each: int = 5
    answered: bool = True


@dataclass(slots=True)
class _Waiting:
    intended_at: float
    ack_id: bytes
    acknowledged: bool = False


@dataclass(slots=True)
class _Person:
    number: int
    said: int = 0
    waiting: _Waiting | None = None


@dataclass(slots=True)
class Counts:
    """What else happened in the measured stretch."""

    acknowledgements: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    waited_here: int = 0


class Talkers(Crowd):
    """A crowd of visitors for `closed_loop` and `open_loop`."""

    def __init__(self, target: Target, talk: Talk) -> None:
        super().__init__(target)
        self.counts = Counts()
        self._talk = talk
        self._people: list[_Person] = []
        self._idle: deque[int] = deque()
        self._due: deque[float] = deque()
        self._bodies = [orjson.dumps(text) for text in talk.texts]
        self._next = 0

    async def _join(self) -> None:
        person = _Person(-1)
        line = await connect(
            self.target.url,
            self.target.namespace,
            self.target.auth,
            offer_deflate=self.target.offer_deflate,
            on_event=lambda body: self._heard(person, body),
            on_ack=lambda packet: self._told(person, packet),
        )
        person.number = len(self.lines)
        self.lines.append(line)
        self._people.append(person)
        self._idle.append(person.number)

    def send(self, line: int, intended_at: float) -> None:
        """A message of whoever is free; of nobody in particular."""
        if not self._idle:
            self._due.append(intended_at)
            self.counts.waited_here += 1
            return
        self._say(self._people[self._idle.popleft()], intended_at)

    def _say(self, person: _Person, intended_at: float) -> None:
        message = next(self._ids)
        self.pending[person.number] = (person.number, intended_at)
        ack_id = b"%d" % message
        person.waiting = _Waiting(intended_at, ack_id)
        fresh = b',"start_new":true' if person.said % self._talk.each == 0 else b""
        person.said += 1
        text = self._bodies[self._next % len(self._bodies)]
        self._next += 1
        body = b'["message.send",{"client_id":"%d","text":%b%b}]' % (message, text, fresh)
        self.lines[person.number].send(body, ack_id)

    def _told(self, person: _Person, packet: bytes) -> None:
        at = packet.index(b"[")
        waiting = person.waiting
        if waiting is None or packet[:at] != waiting.ack_id:
            return
        if packet.startswith(REFUSED, at):
            self.counts.refused.append(packet[at:].decode())
            self._done(person)
            return
        waiting.acknowledged = True
        if self.measuring:
            self.counts.acknowledgements.append(time.perf_counter() - waiting.intended_at)
        if not self._talk.answered:
            self._done(person)

    def _heard(self, person: _Person, body: bytes) -> None:
        if FROM_BOT in body and body.startswith(b'["message.created"') and person.waiting is not None:
            self._done(person)

    def _done(self, person: _Person) -> None:
        waiting, person.waiting = person.waiting, None
        assert waiting is not None
        if self.measuring:
            self.latencies.append(time.perf_counter() - waiting.intended_at)
        del self.pending[person.number]
        if self._due:
            self._say(person, self._due.popleft())
            return
        self._idle.append(person.number)
        self.answered(person.number)

    def check(self) -> None:
        super().check()
        if self.counts.refused:
            raise RuntimeError(f"{len(self.counts.refused)} messages were refused: {self.counts.refused[0]}")
