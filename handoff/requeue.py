"""Going back in line: with the skills that were asked for, and the memory of who had it."""

from typing import Any

import orjson
from sqlalchemy import bindparam, select, update

from conversations.held import Held
from conversations.items import enter_queue
from conversations.lifecycle import Move
from conversations.model import Author
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import queue_items

LAST_SKILLS = Statement(
    select(queue_items.c.required_skills)
    .where(queue_items.c.conversation_id == bindparam("conversation_id"))
    .order_by(queue_items.c.created_at.desc(), queue_items.c.id.desc())
    .limit(1)
)
TRIED = Statement(
    select(queue_items.c.id, queue_items.c.tried).where(
        queue_items.c.conversation_id == bindparam("conversation_id"),
        queue_items.c.kind == "chat",
        queue_items.c.state == "live",
    )
)
SET_TRIED = Statement(
    update(queue_items).where(queue_items.c.id == bindparam("id_")).values(tried=bindparam("new_tried"))
)

TRIED_LIMIT = 200


def return_to_queue(
    held: Held,
    move: Move,
    by: Author,
    *,
    reason: str,
    team_id: str | None = None,
    tier: int | None = None,
    preferred_agent_id: str | None = None,
    not_first: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Put a conversation that an agent had back in line, at its old place. The caller saves.

    not_first: the agent who gave it away, asked again only when nobody else is free. data: more for the
    fact of the move. Raises IllegalTransition.
    """
    tx, conversation_id = held.tx, held.conversation.id
    row = tx.one(LAST_SKILLS, {"conversation_id": conversation_id})
    skills = tuple(orjson.loads(row[0])) if row is not None and team_id is None else ()
    enter_queue(
        held,
        move,
        by,
        reason=reason,
        team_id=team_id,
        preferred_agent_id=preferred_agent_id,
        required_skills=skills,
        columns={} if tier is None else {"tier": tier},
        data=data,
    )
    if not_first is not None:
        add_tried(tx, conversation_id, not_first)


def add_tried(tx: Tx, conversation_id: str, agent_id: str) -> None:
    """Remember in the live item that this agent had it, and when; the newest stands last."""
    row = tx.one(TRIED, {"conversation_id": conversation_id})
    if row is None:
        return
    item_id, before = row
    tried = [one for one in orjson.loads(before) if one[0] != agent_id]
    tried = [*tried, [agent_id, tx.now]][-TRIED_LIMIT:]
    tx.run(SET_TRIED, {"id_": item_id, "new_tried": orjson.dumps(tried).decode()})
