"""Understandings and topics, made by hand for tables: what the gate could hand to the policy."""

from __future__ import annotations

from bot.hearing import Topic, Topics
from intents.understanding import (
    Candidate,
    CandidateKind,
    Decision,
    Reason,
    Scored,
    Signals,
    Understanding,
)

INTENT, ARTICLE = CandidateKind.INTENT, CandidateKind.ARTICLE


def topic(key: str, *, text: str | None = "", kind: CandidateKind = INTENT, title: str = "") -> Topic:
    """A topic whose reply is `answer to <key>`, unless it is said to be for people."""
    reply = f"answer to {key}" if text == "" else text
    return Topic(kind, key, title or key.replace("_", " ").capitalize(), reply, category="billing")


CARD = topic("late_card")
REFUND = topic("refund")
FEES = topic("fees")
PIN = topic("art_pin", kind=ARTICLE, title="How do I change my PIN?")
FRAUD = topic("fraud", text=None)
HELLO = topic("hello", text=None)

TOPICS: Topics = {one.ref: one for one in (CARD, REFUND, FEES, PIN, FRAUD, HELLO)}


def candidates(*topics: Topic) -> tuple[Candidate, ...]:
    return tuple(Candidate(one.kind, one.key, 0.9 - 0.1 * place) for place, one in enumerate(topics))


def understood(
    decision: Decision,
    reason: Reason,
    *topics: Topic,
    signals: Signals | None = None,
    parts: tuple[Understanding, ...] = (),
    others: tuple[str, ...] = (),
) -> Understanding:
    return Understanding(
        text="what was said",
        decision=decision,
        intent=topics[0].key if topics and topics[0].kind is INTENT else None,
        confidence=0.9 if topics else 0.0,
        alternatives=tuple(Scored(name, 0.1) for name in others),
        article=None,
        signals=signals or Signals(),
        model_version="mdl_1",
        reason=reason,
        took_ms=0.1,
        in_scope=0.9,
        candidates=candidates(*topics),
        parts=parts,
    )


def clear(one: Topic, *, angry: bool = False, asks_person: bool = False) -> Understanding:
    reason = Reason.INTENT if one.kind is INTENT else Reason.ARTICLE
    return understood(Decision.ANSWER, reason, one, signals=Signals(angry=angry, asks_person=asks_person))


def torn(*topics: Topic, angry: bool = False, others: tuple[str, ...] = ()) -> Understanding:
    reason = Reason.AMBIGUOUS if len(topics) > 1 else Reason.UNSURE
    return understood(Decision.CLARIFY, reason, *topics, signals=Signals(angry=angry), others=others)


def unknown(*, angry: bool = False) -> Understanding:
    return understood(Decision.ESCALATE, Reason.NOT_UNDERSTOOD, CARD, signals=Signals(angry=angry))


def asked() -> Understanding:
    return understood(Decision.ESCALATE, Reason.ASKED, signals=Signals(asks_person=True))


def furious() -> Understanding:
    return understood(Decision.ESCALATE, Reason.ANGRY, signals=Signals(angry=True))


def no_knowledge() -> Understanding:
    return understood(Decision.ESCALATE, Reason.NO_KNOWLEDGE)


def polite(reason: Reason) -> Understanding:
    signals = {
        Reason.GREETING: Signals(greeting=True),
        Reason.THANKS: Signals(thanks=True),
        Reason.GOODBYE: Signals(goodbye=True),
        Reason.SOLVED: Signals(solved=True),
        Reason.UNSOLVED: Signals(solved=False),
        Reason.EMPTY: Signals(),
        Reason.OPENING: Signals(opening=True),
        Reason.WHO: Signals(asks_who=True),
    }[reason]
    return understood(Decision.STAY, reason, signals=signals)
