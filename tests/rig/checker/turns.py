"""The bot's turns: never late, never twice, never silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.rig.history import Evidence, Finding

ANSWER_WITHIN_MS = 10_000


def bot(evidence: Evidence) -> Iterator[Finding]:
    """7: no bot message while a person holds the chat; no question answered by two turns.

    A bot's message says what it answers: `answers` = [first seq, last seq] and its `turn`'s token. Several
    messages of one turn answer the same.
    """
    status: dict[str, str] = defaultdict(lambda: "bot")
    answered: dict[str, tuple[int, int | None]] = defaultdict(lambda: (0, None))
    for fact in evidence.facts:
        key = fact.conversation_id
        if key is None:
            continue
        if fact.kind == "status_changed":
            status[key] = fact.data["to_status"]
        elif fact.kind == "message_posted" and fact.data["author"] == "bot":
            if status[key] not in ("bot", "queued"):
                yield Finding(7, f"{key}: a bot message (fact {fact.id}) while {status[key]}")
            answers, turn = fact.data.get("answers"), fact.data.get("turn")
            if answers is None or turn is None:
                yield Finding(7, f"{key}: a bot message (fact {fact.id}) that does not say what it answers")
                continue
            up_to, by = answered[key]
            if answers[0] <= up_to and by != turn:
                yield Finding(7, f"{key}: seq {answers} answered by turn {turn}, up to {up_to} were by turn {by}")
            answered[key] = (max(up_to, answers[1]), turn)


def silence(evidence: Evidence) -> Iterator[Finding]:
    """11: what the bot may answer is answered, escalated or told about within 10 s of a server being up."""
    waiting: dict[str, dict[int, int]] = defaultdict(dict)
    status: dict[str, str] = defaultdict(lambda: "bot")
    last_at = max((fact.at for fact in evidence.facts), default=0)
    for fact in evidence.facts:
        key = fact.conversation_id
        if key is None:
            continue
        if fact.kind == "message_received" and status[key] == "bot":
            waiting[key][fact.data["seq"]] = fact.at
        elif fact.kind == "status_changed":
            status[key] = fact.data["to_status"]
            yield from _ended(evidence, key, waiting.pop(key, {}), fact.at)
        elif fact.kind in ("message_posted", "turn_stayed") and not fact.data.get("private"):
            reached = fact.data["answers"][1] if fact.data.get("answers") else fact.data["seq"]
            here = waiting[key]
            ended = {seq: here.pop(seq) for seq in list(here) if seq <= reached}
            yield from _ended(evidence, key, ended, fact.at)
    for key, here in waiting.items():
        for seq, since in here.items():
            if evidence.up_ms(since, last_at) > ANSWER_WITHIN_MS:
                yield Finding(11, f"{key}: seq {seq} was never answered")


def _ended(evidence: Evidence, key: str, ended: dict[int, int], at: int) -> Iterator[Finding]:
    for seq, since in ended.items():
        waited_ms = evidence.up_ms(since, at)
        if waited_ms > ANSWER_WITHIN_MS:
            yield Finding(11, f"{key}: seq {seq} was answered after {waited_ms / 1000:.1f} s")
