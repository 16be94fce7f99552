"""A new password by a link that works once, for an hour."""

from conversations.errors import NotFound
from conversations.facts import record
from conversations.model import SYSTEM, Author
from conversations.store import Tx
from handoff import agents
from handoff.agents import Agent, acting
from handoff.sessions import GET_PASSWORD, open_session
from server import one_time

LINK_LIFE_MS = 3_600_000


def new_link(tx: Tx, workspace_id: str, agent_id: str, by: Author) -> tuple[str, Agent]:
    """A link's token, shown once, and whose password it sets; earlier ones of theirs end. Raises NotFound."""
    agent = agents.find(tx, workspace_id, agent_id)
    token = one_time.add(tx, "password", LINK_LIFE_MS, agent.id)
    record(tx, "agent_changed", by.actor, {"agent_id": agent.id, "changed": ["password_link"]})
    return token, agent


def forgotten(tx: Tx, email: str) -> tuple[str, Agent] | None:
    """A link's token for whoever has this address; None where nobody does. email: as it is stored."""
    row = tx.one(GET_PASSWORD, {"email": email})
    if row is None:
        return None
    agent = acting(tx, row[0])
    return new_link(tx, agent.workspace_id, agent.id, SYSTEM)


def check(tx: Tx, token: str) -> str:
    """The id of the agent whose password a token sets. Raises NotFound (`field` token)."""
    return _known(one_time.check(tx, "password", token))


def choose(tx: Tx, token: str, password_hash: str) -> tuple[str, Agent]:
    """Set the password; every session ends, and a fresh one begins: its token. Raises NotFound (`field` token)."""
    agent = acting(tx, _known(one_time.use(tx, "password", token)))
    agents.set_password(tx, agent.workspace_id, agent.id, password_hash, by=agent.author)
    return open_session(tx, agent.id)


def _known(agent_id: str | None) -> str:
    if agent_id is None:
        raise NotFound("This link sets no password. Ask for another.", field="token")
    return agent_id
