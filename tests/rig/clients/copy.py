"""A client's own copy of a conversation, kept by the rule of revs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.rig.history import Line

Json = dict[str, Any]


@dataclass(slots=True)
class Copy:
    """What one client has of one conversation. audience: `visitor` or `agent`; each has its own revs.

    A change is taken when it is the next; one that is further ahead is only remembered as `seen`, and until the
    changes in between were fetched the copy is `behind`. stale: the connection was lost, so anything may have changed.
    """

    audience: str
    rev: int = 0
    seen: int = 0
    stale: bool = False
    messages: dict[str, Json] = field(default_factory=dict)
    conversation: Json = field(default_factory=dict)

    @property
    def behind(self) -> bool:
        return self.stale or self.seen > self.rev

    def take(self, rev: int, message: Json | None = None, conversation: Json | None = None) -> None:
        """A change that was pushed."""
        self.seen = max(self.seen, rev)
        if rev != self.rev + 1:
            return
        self.rev = rev
        if message is not None:
            self._keep(message)
        if conversation is not None:
            self._stands(conversation)

    def told(self, rev: int) -> None:
        """A digest's word of how far the conversation is."""
        self.seen = max(self.seen, rev)

    def merge(self, page: Json) -> None:
        """A page of changes, or the newest page: all up to its rev is known then."""
        for message in page["messages"]:
            self._keep(message)
        if page.get("conversation"):
            self._stands(page["conversation"])
        self.stale = page["more"]
        self.rev = max(self.rev, page["rev"])
        self.seen = max(self.seen, self.rev)

    def lines(self) -> tuple[Line, ...]:
        """The messages as a person sees them, in order: by seq for visitors, as made for agents."""
        order = "seq" if self.audience == "visitor" else "made_rev"
        shown = sorted(self.messages.values(), key=lambda one: one[order] or 0)
        return tuple((one["seq"], one["id"], one["text"]) for one in shown)

    @property
    def status(self) -> str:
        """As this audience is told it; a new conversation is the bot's."""
        return str(self.conversation.get("status", "bot"))

    def answered(self, seq: int, *, by: str | None = None) -> bool:
        """Whether anybody but the visitor, or a kind of author, has spoken after a seq."""
        return any(
            (one["seq"] or 0) > seq and (one["author"]["kind"] == by if by else one["author"]["kind"] != "visitor")
            for one in self.messages.values()
        )

    def _keep(self, message: Json) -> None:
        known = self.messages.get(message["id"])
        if known is None or known["rev"] <= message["rev"]:
            self.messages[message["id"]] = message

    def _stands(self, conversation: Json) -> None:
        if conversation["rev"] >= self.conversation.get("rev", 0):
            self.conversation = conversation
