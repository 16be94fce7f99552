"""The bot's turns: never late, never twice, never silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.rig.history import Evidence, Finding

ANSWER_WITHIN_MS = 10_000


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
        elif fact.kind == "turn_stayed" or (fact.kind == "message_posted" and not fact.data["private"]):
            answers = fact.data.get("answers")
            reached: int = answers[1] if answers else fact.data["upto" if fact.kind == "turn_stayed" else "seq"]
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
