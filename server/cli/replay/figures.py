"""What came of a replay, counted."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Any

from server.cli.replay.visitor import ReplayedVisitor, Sent

FAILURES_SHOWN = 20


@dataclass(slots=True)
class Figures:
    """Counts are of messages sent by visitors. lost, doubled, reordered: what must never be."""

    sent: int = 0
    acked: int = 0
    answered: int = 0
    asked_back: int = 0
    escalated: int = 0
    unanswered: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    reconnects: int = 0
    acknowledged_s: list[float] = field(default_factory=list)
    reacted_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every message was acknowledged, kept once and in order, and met with something in time."""
        return self.acked == self.sent and not (self.unanswered or self.lost or self.doubled or self.reordered)

    def fail(self, who: str, what: str) -> None:
        if len(self.failures) < FAILURES_SHOWN:
            self.failures.append(f"{who}: {what}")

    def document(self, took_s: float) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "acked": self.acked,
            "answered": self.answered,
            "asked_back": self.asked_back,
            "escalated": self.escalated,
            "unanswered": self.unanswered,
            "lost": self.lost,
            "doubled": self.doubled,
            "reordered": self.reordered,
            "reconnects": self.reconnects,
            "ack_ms": _spread(self.acknowledged_s),
            "answer_ms": _spread(self.reacted_s),
            "seconds": round(took_s, 3),
            "messages_per_s": round(self.sent / took_s, 1) if took_s else None,
            "failures": self.failures,
        }


def compare(figures: Figures, name: str, visitor: ReplayedVisitor, sent: list[Sent], stored: list[Any]) -> None:
    """Count what the desk keeps of a conversation against what it acknowledged.

    stored: every message, as a fresh reader gets them.
    """
    places: dict[str, list[int]] = {}
    once = {message["id"]: message for message in stored}.values()
    for message in once:
        if message["author"]["kind"] == "visitor":
            places.setdefault(message["client_id"], []).append(message["seq"])
    for one in sent:
        found = places.get(one.client_id, [])
        if not found:
            figures.lost += 1
            figures.fail(name, f"acknowledged as seq {one.seq}, but not kept: {one.text[:60]!r}")
        elif len(found) > 1:
            figures.doubled += 1
            figures.fail(name, f"kept {len(found)} times: {one.text[:60]!r}")
        elif found[0] != one.seq:
            figures.reordered += 1
            figures.fail(name, f"acknowledged as seq {one.seq}, kept as {found[0]}")
    kept_order = [seq for one in sent for seq in places.get(one.client_id, [])[:1]]
    figures.reordered += sum(later <= earlier for earlier, later in pairwise(kept_order))
    seqs = sorted(message["seq"] for message in once)
    if seqs != list(range(1, len(seqs) + 1)):
        figures.lost += 1
        figures.fail(name, f"the conversation's seqs have a gap: {seqs[:50]}")
    figures.doubled += visitor.seen.doubled
    figures.reordered += visitor.seen.reordered
    figures.reconnects += visitor.reconnects


def _spread(seconds: list[float]) -> dict[str, float | None]:
    ordered = sorted(seconds)

    def at(share: float) -> float | None:
        return round(ordered[ceil(share * len(ordered)) - 1] * 1000, 1) if ordered else None

    return {"p50": at(0.5), "p99": at(0.99), "max": at(1.0)}
