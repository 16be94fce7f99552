"""Locking several rows at once, in the one order: conversations by id, then agents by id.

Conversations that somebody else has locked are passed over, never waited for: whoever sweeps comes again.
"""

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from conversations.held import Held
from conversations.statements import ALL_CONVERSATION, conversation_from
from conversations.store.port import Tx
from conversations.store.tables import agents, conversations, workspaces

# NO KEY UPDATE, where PostgreSQL has it: who only refers to the row by a foreign key need not wait.
_CONVERSATIONS = (
    select(*ALL_CONVERSATION)
    .where(conversations.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(conversations.c.id)
    .with_for_update(skip_locked=True)
)
_AGENTS = (
    select(agents.c.id)
    .where(agents.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(agents.c.id)
    .with_for_update(key_share=True)
)
_WORKSPACE = select(workspaces.c.id).where(workspaces.c.id == bindparam("id")).with_for_update(key_share=True)


def lock_workspace(tx: Tx, workspace_id: str) -> None:
    """One at a time gives away what waits in a workspace; taken before any other lock."""
    tx.one(_WORKSPACE, {"id": workspace_id})


def lock_conversations(tx: Tx, conversation_ids: Iterable[str]) -> dict[str, Held]:
    """Those of them that nobody else has, locked, by id; at most some hundred."""
    ids = sorted(set(conversation_ids))
    if not ids:
        return {}
    found = [conversation_from(row) for row in tx.all(_CONVERSATIONS, {"ids": ids})]
    return {conversation.id: Held(tx, conversation) for conversation in found}


def lock_agents(tx: Tx, agent_ids: Iterable[str]) -> None:
    """Whoever gives seats away has the agent locked; waits for whoever else does."""
    ids = sorted(set(agent_ids))
    if ids:
        tx.all(_AGENTS, {"ids": ids})
