"""What the bot keeps in mind of a conversation between its turns: a typed view of `conversation.memory`."""

import json
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, Literal, get_args

Told = Literal["guest"]
"""What is told a visitor once: that their place in line is kept while the bot goes on."""

COUNT_LIMIT = 99


@dataclass(frozen=True, slots=True)
class Memory:
    """Bounded, whatever is said: a few counts, one message id, a few flags.

    epoch: the ownership that the counts belong to; under another one they begin anew, so that a chat that comes back
    from a person is met with fresh patience. not_understood, unhelpful: how often the bot failed so far. angry: turns
    in which the visitor was. answered: an answer was given. offered_person: the last thing said offers a person.
    clarify: the message whose choices are open. heard_seq: how far a guest in the queue has read without answering.
    """

    epoch: int = 0
    not_understood: int = 0
    unhelpful: int = 0
    angry: int = 0
    answered: bool = False
    offered_person: bool = False
    clarify: str | None = None
    heard_seq: int = 0
    told: tuple[Told, ...] = ()

    def at(self, epoch: int) -> "Memory":
        """The same memory under an epoch: counts of an earlier one are forgotten."""
        if epoch == self.epoch:
            return self
        return Memory(epoch=epoch, clarify=self.clarify, heard_seq=self.heard_seq, told=self.told)

    def tell(self, told: Told) -> "Memory":
        return self if told in self.told else replace(self, told=(*self.told, told))


NOTHING = Memory()
_KINDS: dict[str, type] = {
    "epoch": int,
    "not_understood": int,
    "unhelpful": int,
    "angry": int,
    "answered": bool,
    "offered_person": bool,
    "clarify": str,
    "heard_seq": int,
}


# most conversations remember one of few things, and are asked for it with each message
@lru_cache(maxsize=4_096)
def recall(text: str) -> Memory:
    """The memory in a conversation's row; what is missing, unknown or malformed there counts as nothing."""
    if text == "{}":
        return NOTHING
    try:
        stored: Any = json.loads(text)
    except ValueError:
        return NOTHING
    if not isinstance(stored, dict):
        return NOTHING
    known: dict[str, Any] = {name: stored[name] for name, kind in _KINDS.items() if type(stored.get(name)) is kind}
    told = stored.get("told")
    if isinstance(told, list):
        known["told"] = tuple(one for one in get_args(Told) if one in told)
    return Memory(**known)


@lru_cache(maxsize=4_096)
def keep(memory: Memory) -> str:
    """The memory as its row keeps it: only what differs from nothing."""
    values = {field.name: getattr(memory, field.name) for field in fields(Memory)}
    for name in ("not_understood", "unhelpful", "angry"):
        values[name] = min(values[name], COUNT_LIMIT)
    kept = {name: value for name, value in values.items() if value != getattr(NOTHING, name)}
    return json.dumps(kept, separators=(",", ":"))
