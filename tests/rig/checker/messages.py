"""Messages: stored once, in order, numbered without gaps, and shown to everyone alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.rig.history import Acked, Evidence, Finding

SPOKEN = ("message_received", "message_posted")


def stored_once(evidence: Evidence) -> Iterator[Finding]:
    """1 and 3: what was acknowledged is there, once, as it was said."""
    history, stored = evidence.history, evidence.stored
    by_id = {message.id: message for message in stored}
    texts = {(one.client, one.client_id): one.text for one in history.sent}
    if len(by_id) != len(stored):
        yield Finding(1, "two rows have one message id")
    named = Counter((m.inbox_id, m.sender, m.client_id) for m in stored if m.client_id is not None)
    for (_, sender, client_id), count in named.items():
        if count > 1:
            yield Finding(3, f"{sender} has {count} messages under client_id {client_id}")
    first: dict[tuple[str, str], Acked] = {}
    for ack in history.acked:
        key = (ack.client, ack.client_id)
        message = by_id.get(ack.message_id)
        if message is None:
            yield Finding(1, f"lost: {key} was acknowledged as {ack.message_id}, which is not stored")
            continue
        if message.text != texts.get(key, message.text) or message.client_id != ack.client_id:
            yield Finding(1, f"changed: {key} is stored as {message.text!r} under {message.client_id}")
        if (message.conversation_id, message.seq) != (ack.conversation_id, ack.seq):
            yield Finding(1, f"moved: {key} was acknowledged at seq {ack.seq}, is at {message.seq}")
        before = first.setdefault(key, ack)
        if before.message_id != ack.message_id:
            yield Finding(3, f"doubled: {key} was acknowledged as {before.message_id} and {ack.message_id}")


def order(evidence: Evidence) -> Iterator[Finding]:
    """1: what a client sent after an acknowledgement stands after it."""
    history = evidence.history
    seqs = {m.id: m.seq for m in evidence.stored}
    acked: dict[tuple[str, str], Acked] = {}
    for ack in history.acked:
        acked.setdefault((ack.client, ack.client_id), ack)
    last: dict[tuple[str, str], tuple[int, int, str]] = {}
    for sent in sorted(history.sent, key=lambda one: one.at):
        ack_of = acked.get((sent.client, sent.client_id))
        seq = seqs.get(ack_of.message_id) if ack_of is not None else None
        if ack_of is None or seq is None:
            continue
        where = (sent.client, ack_of.conversation_id)
        before = last.get(where)
        if before is not None and before[0] <= sent.at and seq <= before[1]:
            yield Finding(1, f"reordered: {sent.client_id} of {sent.client} stands before {before[2]}")
        last[where] = (ack_of.at, seq, sent.client_id)


def ends(evidence: Evidence) -> Iterator[Finding]:
    """2: every send ended, one way or the other."""
    history = evidence.history
    ended = {(one.client, one.client_id) for one in history.acked}
    ended |= {(one.client, one.client_id) for one in history.failed}
    for sent in history.sent:
        if (sent.client, sent.client_id) not in ended:
            yield Finding(2, f"{sent.client_id} of {sent.client} was neither acknowledged nor refused")


def numbers(evidence: Evidence) -> Iterator[Finding]:
    """4 and 17: seq and rev have no gaps, no rev and no message is without its fact, and rows agree with both."""
    seqs: dict[str, list[int]] = defaultdict(list)
    for message in evidence.stored:
        if message.seq is not None:
            seqs[message.conversation_id].append(message.seq)
    revs: dict[str, set[int]] = defaultdict(set)
    told: Counter[str] = Counter()
    for fact in evidence.facts:
        if fact.conversation_id is not None and fact.rev:
            revs[fact.conversation_id].add(fact.rev)
        if fact.kind in SPOKEN:
            told[fact.data["message_id"]] += 1
    for row in evidence.standing:
        numbers = sorted(seqs.pop(row.id, []))
        if numbers != list(range(1, row.last_seq + 1)):
            yield Finding(4, f"{row.id}: last seq is {row.last_seq}, stored are {numbers[:20]}")
        known = revs.pop(row.id, set())
        missing = set(range(1, row.agent_rev + 1)) - known
        if missing:
            yield Finding(17, f"{row.id}: revs without a fact: {sorted(missing)[:20]}")
        if known and max(known) > row.agent_rev:
            yield Finding(17, f"{row.id}: facts go to rev {max(known)}, the row to {row.agent_rev}")
    for conversation_id in seqs.keys() | revs.keys():
        yield Finding(17, f"{conversation_id} has messages or facts, and no row")
    for message in evidence.stored:
        if told[message.id] != 1:
            yield Finding(17, f"message {message.id} has {told[message.id]} facts")
    for message_id in told.keys() - {message.id for message in evidence.stored}:
        yield Finding(17, f"a fact tells of message {message_id}, which is not stored")


def readers(evidence: Evidence) -> Iterator[Finding]:
    """1, 4 and 12: whoever was connected, with whatever breaks, ends with what a fresh reader sees."""
    for shown in evidence.history.shown:
        ids = Counter(message_id for _, message_id, _ in shown.messages)
        twice = [message_id for message_id, count in ids.items() if count > 1]
        if twice:
            yield Finding(1, f"{shown.client} was shown twice: {twice[:5]}")
        own, other = (shown.messages, shown.rev, shown.status), (shown.fresh, shown.fresh_rev, shown.fresh_status)
        if own != other:
            differ = [*set(shown.fresh) ^ set(shown.messages)][:4]
            yield Finding(
                4,
                f"{shown.client} at rev {shown.rev} ({shown.status}) is not equal to a fresh reader of "
                f"{shown.conversation_id} at rev {shown.fresh_rev} ({shown.fresh_status}): {differ}",
            )
        if shown.audience == "visitor" and any(seq is None for seq, _, _ in [*shown.messages, *shown.fresh]):
            yield Finding(12, f"{shown.client} was shown what visitors never see in {shown.conversation_id}")
