"""Which conversations exist for an agent, as a condition of a query: `handoff.agents.may_see` in SQL."""

from sqlalchemy import ColumnElement, and_, or_

from conversations.store.tables import conversations
from handoff.agents import Agent


def seen_by(agent: Agent) -> ColumnElement[bool]:
    """A test holds this against `may_see`, which has the say."""
    here = conversations.c.workspace_id == agent.workspace_id
    if agent.may("conversation.see_all"):
        return here
    mine = [
        conversations.c.team_id.is_(None),
        conversations.c.assignee_id == agent.id,
        conversations.c.preferred_agent_id == agent.id,
    ]
    if agent.team_ids:
        mine.append(conversations.c.team_id.in_(sorted(agent.team_ids)))
    return and_(here, or_(*mine))
