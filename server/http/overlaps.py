"""Near-duplicates and conflicts among what a bot is taught by."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from intents.overlap_rows import taught_texts
from intents.overlaps import Entry, Overlap, Overlaps, find_overlaps
from server.http.answers import Reply
from server.http.call import Call
from server.http.fields import Shape
from server.http.owned import own_bot
from server.http.routes import Routes

routes = Routes("bots")

ITEMS_LIMIT = 200
WARNED_LIMIT = 20
LIST_WITHIN_S = 20.0
WARN_WITHIN_S = 1.0


class OverlapTextShape(Shape):
    """An example, with its intent's id and name, or a question or phrasing, with its article's id and question."""

    text: str
    example_id: str | None = None
    intent_id: str | None = None
    intent: str | None = None
    article_id: str | None = None
    article: str | None = None


class OverlapShape(Shape):
    """kind: `duplicate` under one head, `conflict` under two. similarity: in [0, 1]."""

    kind: Literal["duplicate", "conflict"]
    similarity: float
    a: OverlapTextShape
    b: OverlapTextShape


class OverlapsShape(Shape):
    """whole: false where there is more, or not all could be compared in time."""

    items: list[OverlapShape] = Field(default_factory=list)
    whole: bool


@routes.get("/bots/{bot_id}/overlaps", access="agent", answer=OverlapsShape, timeout_s=60)
async def list_overlaps(call: Call) -> Reply:
    """Texts that the bot cannot tell apart: conflicts first, at most 200."""
    bot_id, _ = await call.read(own_bot, call.agent.workspace_id, call.path("bot_id"))
    entries = await call.read(taught_texts, bot_id)
    async with call.desk.comparing:
        found = await asyncio.to_thread(find_overlaps, entries, limit=ITEMS_LIMIT, within_s=LIST_WITHIN_S)
    return Reply(overlaps_shape(found))


async def warned(call: Call, bot_id: str | None, owner: str, texts: Sequence[str]) -> list[dict[str, Any]]:
    """The overlaps of texts that were just taught with all others, as far as there is time.

    owner: the intent or article that they are of; bot_id None: nobody is taught by them.
    """
    if not texts or bot_id is None:
        return []
    entries = await call.read(taught_texts, bot_id)
    wanted = set(texts)
    new = frozenset(place for place, one in enumerate(entries) if one.owner == owner and one.text in wanted)
    async with call.desk.comparing:
        found = await asyncio.to_thread(find_overlaps, entries, new=new, limit=WARNED_LIMIT, within_s=WARN_WITHIN_S)
    return [overlap_shape(one) for one in found.items]


def overlaps_shape(found: Overlaps) -> dict[str, Any]:
    return {"items": [overlap_shape(one) for one in found.items], "whole": found.whole}


def overlap_shape(overlap: Overlap) -> dict[str, Any]:
    return {
        "kind": overlap.kind,
        "similarity": overlap.similarity,
        "a": _text_shape(overlap.a),
        "b": _text_shape(overlap.b),
    }


def _text_shape(entry: Entry) -> dict[str, Any]:
    if entry.of == "article":
        return {"text": entry.text, "article_id": entry.owner, "article": entry.owner_name}
    return {"text": entry.text, "example_id": entry.id, "intent_id": entry.owner, "intent": entry.owner_name}
