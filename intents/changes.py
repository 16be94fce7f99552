"""A change of what a bot knows: counted, written down, and told to whoever holds it in memory."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import select, update

from conversations.facts import record
from conversations.store import Tx
from conversations.store.tables import bots
from intents.errors import NotThere, NotUsable
from intents.text import storable


@dataclass(frozen=True, slots=True)
class KnowledgeChanged:
    """A hint: a bot's intents, articles or published model changed; load them again."""

    bot_id: str


def bot_changed(tx: Tx, bot_id: str, by: str, what: dict[str, Any]) -> None:
    """Count and record a change of one bot's intents or model. Raises NotThere."""
    if not tx.run(update(bots).where(bots.c.id == bot_id).values(knowledge_rev=bots.c.knowledge_rev + 1)):
        raise NotThere("There is no such bot.", field="bot_id")
    record(tx, "knowledge_changed", by, {"bot_id": bot_id, **what})
    tx.hint(KnowledgeChanged(bot_id))


def base_changed(tx: Tx, knowledge_base_id: str, by: str, what: dict[str, Any]) -> None:
    """Count and record a change of the articles that one or more bots use."""
    mine = bots.c.knowledge_base_id == knowledge_base_id
    tx.run(update(bots).where(mine).values(knowledge_rev=bots.c.knowledge_rev + 1))
    record(tx, "knowledge_changed", by, {"knowledge_base_id": knowledge_base_id, **what})
    for (bot_id,) in tx.all(select(bots.c.id).where(mine)):
        tx.hint(KnowledgeChanged(bot_id))


def kept(text: str, field: str, at_most: int) -> str:
    """A text as it can be kept: storable, without space around it. Raises NotUsable when empty or too long."""
    text = storable(text).strip()
    if not text:
        raise NotUsable(f"{field} is empty.", field=field)
    if len(text) > at_most:
        raise NotUsable(f"{field} is longer than {at_most:,} characters.", field=field)
    return text


def kept_if_any(text: str | None, field: str, at_most: int) -> str | None:
    """As `kept`; None for nothing."""
    return kept(text, field, at_most) if text is not None and text.strip() else None


def text_hash(*parts: str) -> str:
    """What a text is found again by."""
    return blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()
