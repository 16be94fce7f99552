"""Snoozed conversations whose time has come: back to their agent if they are there with a seat, else in line."""

from sqlalchemy import bindparam, select

from conversations import work
from conversations.model import SYSTEM, Conversation
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import work as work_rows
from handoff import seats
from handoff.desk.closing import WAKE
from handoff.events import tell_agents
from handoff.locks import lock_agents, lock_conversations
from handoff.requeue import return_to_queue

DUE = Statement(
    select(work_rows.c.subject)
    .where(work_rows.c.kind == WAKE, work_rows.c.due_at.is_not(None), work_rows.c.due_at <= bindparam("now"))
    .order_by(work_rows.c.due_at, work_rows.c.subject)
    .limit(bindparam("limit"))
)


def wake_due(tx: Tx, limit: int = 20) -> list[Conversation]:
    """Wake what is due; those conversations, as they are now. Ask again when there were `limit` of them.

    The conversation's row, locked, decides whether it still sleeps; the work row only says when to look.
    """
    woken: list[Conversation] = []
    found = [row[0] for row in tx.all(DUE, {"now": tx.now, "limit": limit})]
    helds = lock_conversations(tx, found)
    lock_agents(tx, [held.conversation.assignee_id for held in helds.values() if held.conversation.assignee_id])
    for held in helds.values():
        was = held.conversation
        if was.status == "snoozed" and was.assignee_id and was.snoozed_until and was.snoozed_until <= tx.now:
            if seats.is_free(tx, was.assignee_id, besides=was.id):
                held.move("wake", SYSTEM, assignee_id=was.assignee_id, command="wake")
            else:
                return_to_queue(held, "wake_to_queue", SYSTEM, reason="snooze_over", preferred_agent_id=was.assignee_id)
            tell_agents(held, "desk.woke")
            woken.append(held.save())
    for conversation_id, held in helds.items():
        now = held.conversation
        if now.status == "snoozed" and now.snoozed_until is not None:
            work.schedule(tx, WAKE, conversation_id, now.snoozed_until)
        else:
            work.cancel(tx, WAKE, conversation_id)
    return woken
