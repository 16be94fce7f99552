"""What a conversation is about, how urgent it is, and its labels."""

from typing import Any

import orjson
from sqlalchemy import bindparam
from sqlalchemy import update as change

from conversations.errors import Invalid
from conversations.hints import RoutingDue
from conversations.model import Conversation
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import queue_items
from conversations.words import storable
from handoff.desk.grasp import grasp

PRIORITY_LEAST, PRIORITY_MOST = -2, 3
CATEGORY_LIMIT = 200
LABELS_LIMIT = 30
LABEL_LIMIT = 50

RANK_ITEM = Statement(
    change(queue_items)
    .where(queue_items.c.conversation_id == bindparam("conversation"), queue_items.c.state == "live")
    .values(priority=bindparam("new_priority"), category=bindparam("new_category"))
)


def update(
    tx: Tx,
    agent_id: str,
    conversation_id: str,
    *,
    category: str | None = None,
    priority: int | None = None,
    labels: tuple[str, ...] | None = None,
) -> Conversation:
    """Say what a conversation is about; None leaves a thing as it is, an empty category takes it away.

    priority: -2 to 3, higher first in line. By whoever may see it, at any epoch. Raises Invalid, NotFound.
    """
    mine = grasp(tx, agent_id, conversation_id)
    held = mine.held
    wanted = _checked(category, priority, labels)
    columns = {name: value for name, value in wanted.items() if getattr(held.conversation, name) != value}
    if not columns:
        return held.conversation
    held.update(
        mine.agent.author,
        "conversation_updated",
        visible=False,
        columns=columns,
        **{name: orjson.loads(value) if name == "labels" else value for name, value in columns.items()},
    )
    now = held.conversation
    if now.status == "queued" and not columns.keys() <= {"labels"}:
        params = {"conversation": now.id, "new_priority": now.priority, "new_category": now.category}
        tx.run(RANK_ITEM, params)
        held.hint(RoutingDue(now.workspace_id))
    return held.save()


def _checked(category: str | None, priority: int | None, labels: tuple[str, ...] | None) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if category is not None:
        columns["category"] = storable(category).strip() or None
        if len(category) > CATEGORY_LIMIT:
            raise Invalid(f"category has at most {CATEGORY_LIMIT} characters.", field="category")
    if priority is not None:
        if not PRIORITY_LEAST <= priority <= PRIORITY_MOST:
            raise Invalid(f"priority is a whole number from {PRIORITY_LEAST} to {PRIORITY_MOST}.", field="priority")
        columns["priority"] = priority
    if labels is not None:
        cleaned = [storable(label).strip() for label in labels]
        if any(not 1 <= len(label) <= LABEL_LIMIT for label in cleaned):
            raise Invalid(f"A label has 1 to {LABEL_LIMIT} characters.", field="labels")
        if len(cleaned) > LABELS_LIMIT:
            raise Invalid(f"A conversation has at most {LABELS_LIMIT} labels.", field="labels")
        columns["labels"] = orjson.dumps(list(dict.fromkeys(cleaned))).decode()
    return columns
