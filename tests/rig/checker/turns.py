"""The bot's turns: never late, never twice, never silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.rig.history import Evidence, Finding

ANSWER_WITHIN_MS = 10_000
ANSWER_AT_LAST_MS = 60_000
LATE_SHARE = 0.01


def bot(evidence: Evidence) -> Iterator[Finding]:
    """7: no bot message while a person holds the chat; nothing that was said is answered twice.

    A bot's message says what it answers: `answers` = [after, upto], the visitor's messages with a seq above the
    first, up to the second. What an agent says answers all that the visitor has said.
    """
    status: dict[str, str] = defaultdict(lambda: "bot")
    heard: dict[str, int] = defaultdict(int)
    answered: dict[str, int] = defaultdict(int)
    for fact in evidence.facts:
        key = fact.conversation_id
        if key is None:
            continue
        if fact.kind == "status_changed":
            status[key] = fact.data["to_status"]
        elif fact.kind == "message_received":
            heard[key] = fact.data["seq"]
        elif fact.kind == "message_posted" and fact.data["author"] == "agent" and not fact.data["private"]:
            answered[key] = heard[key]
        elif fact.kind == "message_posted" and fact.data["author"] == "bot":
            if status[key] not in ("bot", "queued"):
                yield Finding(7, f"{key}: a bot message (fact {fact.id}) while {status[key]}")
            if fact.data.get("answers") is None:
                yield Finding(7, f"{key}: a bot message (fact {fact.id}) that does not say what it answers")
                continue
            after, upto = fact.data["answers"]
            if after < answered[key] or upto <= after or upto > heard[key]:
                yield Finding(
                    7,
                    f"{key}: fact {fact.id} answers what came after seq {after}, up to {upto}; "
                    f"up to {answered[key]} was answered, up to {heard[key]} was said",
                )
            answered[key] = max(answered[key], upto)


def silence(evidence: Evidence) -> Iterator[Finding]:
    """11: what the bot may answer is answered, escalated or told about within 10 s of a server being up.

    Within means 99 of 100; the last one comes within a minute, and none is left.
    """
    ended, left = waits(evidence)
    late = [wait for wait in ended if wait.ms > ANSWER_WITHIN_MS]
    for wait in late:
        if len(late) > LATE_SHARE * len(ended) or wait.ms > ANSWER_AT_LAST_MS:
            yield Finding(11, f"{wait.conversation_id}: seq {wait.seq} was answered after {wait.ms / 1000:.1f} s")
    for wait in left:
        if wait.ms > ANSWER_WITHIN_MS:
            yield Finding(11, f"{wait.conversation_id}: seq {wait.seq} was never answered")


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a visitor's message waited, time without a server not counted."""

    conversation_id: str
    seq: int
    ms: int


def waits(evidence: Evidence) -> tuple[list[Wait], list[Wait]]:
    """Of each message that was the bot's to answer: those that were, and those that still wait at the end."""
    waiting: dict[str, dict[int, int]] = defaultdict(dict)
    status: dict[str, str] = defaultdict(lambda: "bot")
    over: list[Wait] = []

    def end(key: str, upto: int | None, at: int) -> None:
        here = waiting[key]
        reached = [seq for seq in here if upto is None or seq <= upto]
        over.extend(Wait(key, seq, evidence.up_ms(here.pop(seq), at)) for seq in reached)

    for fact in evidence.facts:
        key = fact.conversation_id
        if key is None:
            continue
        if fact.kind == "message_received" and status[key] == "bot":
            waiting[key][fact.data["seq"]] = fact.at
        elif fact.kind == "status_changed":
            status[key] = fact.data["to_status"]
            end(key, None, fact.at)
        elif fact.kind == "turn_stayed":
            end(key, fact.data["upto"], fact.at)
        elif fact.kind == "message_posted" and not fact.data["private"]:
            answers = fact.data.get("answers")
            end(key, answers[1] if answers else fact.data["seq"], fact.at)
    last_at = max((fact.at for fact in evidence.facts), default=0)
    left = [
        Wait(key, seq, evidence.up_ms(since, last_at)) for key, here in waiting.items() for seq, since in here.items()
    ]
    return over, left
