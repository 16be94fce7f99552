"""What a run leaves behind for judgement: what clients recorded, the rows, the facts, and when servers were up.

Clients record as they go, by the machine's clock (milliseconds since 1970 UTC); rows and facts are read at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conversations.facts import Fact

Line = tuple[int | None, str, str]
"""A message as a person sees it: its seq, id and text."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A client's send. Repeats of it carry the same client_id and are not recorded again."""

    client: str
    client_id: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Acked:
    """The server said that a send is stored. A repeat's acknowledgement is recorded, too."""

    client: str
    client_id: str
    conversation_id: str
    message_id: str
    seq: int | None
    at: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The client was told that its send is refused, and why. It is not tried again."""

    client: str
    client_id: str
    code: str
    at: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client showed its person at the end, in its order, and what a fresh reader is shown."""

    client: str
    audience: str
    conversation_id: str
    rev: int
    messages: tuple[Line, ...]
    status: str
    fresh_rev: int
    fresh: tuple[Line, ...]
    fresh_status: str


@dataclass(frozen=True, slots=True)
class There:
    """A span in which an agent was connected and online, as their client knows."""

    agent_id: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A message's row."""

    id: str
    conversation_id: str
    inbox_id: str
    seq: int | None
    made_rev: int
    author_kind: str
    sender: str | None
    client_id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A conversation's row, as far as facts tell it."""

    id: str
    status: str
    assignee_id: str | None
    epoch: int
    last_seq: int
    agent_rev: int
    visitor_rev: int


@dataclass(slots=True)
class History:
    """What clients recorded."""

    sent: list[Sent] = field(default_factory=list)
    acked: list[Acked] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    there: list[There] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is judged.

    facts: in the order of their ids. seats: each agent's. down: spans in which no server answered.
    """

    history: History
    stored: Sequence[Stored]
    standing: Sequence[Standing]
    facts: Sequence[Fact]
    seats: Mapping[str, int]
    down: Sequence[tuple[int, int]] = ()

    def up_ms(self, start: int, end: int) -> int:
        """Milliseconds between two moments in which a server was up."""
        return end - start - sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in self.down)


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise. invariant: its number in docs/reliability.md."""

    invariant: int
    what: str
