"""What a connection carries while it is open."""

import time
from dataclasses import dataclass, field

from conversations.model import Conversation
from handoff.agents import Agent

FOLLOWED_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast one visitor, or one connection of an agent, may go; beyond it commands are answered `rate_limited`.

    new_visitors: how many visitors that nobody knows may come from one address within a minute; those of this machine
    itself are not counted.
    """

    visitor_messages_per_s: float = 20.0
    visitor_messages_burst: int = 100
    commands_per_s: float = 30.0
    commands_burst: int = 150
    tracks_per_s: float = 1.0
    tracks_burst: int = 30
    new_visitors: int = 300


class Bucket:
    """A token bucket: `rate` a second, `burst` at once."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = time.monotonic()

    def take(self) -> float:
        """0 when there is one left, else the seconds until there will be."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


@dataclass(slots=True)
class VisitorSession:
    """A visitor at the door, verified when connecting. followed: their latest conversations, and who has each."""

    inbox_id: str
    identity_id: str
    name: str | None
    locale: str | None
    page: str | None
    messages: Bucket
    commands: Bucket
    tracks: Bucket
    followed: dict[str, str | None] = field(default_factory=dict)

    def follow(self, conversation: Conversation) -> None:
        """Remember a conversation that is shown here; of very many the longest known is forgotten."""
        self.followed[conversation.id] = conversation.assignee_id
        if len(self.followed) > FOLLOWED_LIMIT:
            del self.followed[next(iter(self.followed))]


@dataclass(slots=True)
class AgentSession:
    """An agent's connection.

    watched: conversations that they follow whole, besides their own. offers: those that were shown and not yet taken
    back. ended: the session was revoked, and whatever still waits is not done.
    """

    agent: Agent
    token_hash: str
    commands: Bucket
    watched: set[str] = field(default_factory=set)
    offers: set[str] = field(default_factory=set)
    ended: bool = False

    @property
    def agent_id(self) -> str:
        return self.agent.id
