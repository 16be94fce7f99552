"""Who a request comes from, by the token it bears: an agent's session, or a visitor's device."""

from dataclasses import dataclass, field

from aiohttp import web
from sqlalchemy import bindparam, select

from conversations.errors import Unauthorized
from conversations.identities import DEVICE_LIFE_MS, token_hash
from conversations.store import Statement, Store, Tx
from conversations.store.tables import devices, inboxes
from handoff.agents import Agent
from handoff.sessions import session_agent
from server.auth.rights import Access, admit

TOKEN_LIMIT = 200

DEVICE = Statement(
    select(devices.c.identity_id, inboxes.c.id, inboxes.c.workspace_id, devices.c.last_used_at)
    .join(inboxes, inboxes.c.id == devices.c.inbox_id)
    .where(devices.c.token_hash == bindparam("token_hash"), inboxes.c.archived_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. id: of the agent, or of the visitor's identity. agent: None for a visitor."""

    id: str
    workspace_id: str
    agent: Agent | None
    token: str = field(repr=False)


async def caller_of(request: web.Request, access: Access, store: Store) -> Caller | None:
    """Whoever may come to a route; None where anyone may. Raises Unauthorized, Forbidden."""
    if access == "anyone":
        return None
    token = _token(request)
    return await store.read(caller_now, token, access)


def caller_now(tx: Tx, token: str, access: Access) -> Caller:
    """Who a token stands for, with what the route asks for. Raises Unauthorized, Forbidden."""
    return (_uploader if access == "uploader" else _agent)(tx, token, access)


def agent_with(tx: Tx, token: str, access: Access) -> Agent:
    """The agent of a session that holds now, with what the route asks for. Raises Unauthorized, Forbidden."""
    return admit(session_agent(tx, token), access)


def _agent(tx: Tx, token: str, access: Access) -> Caller:
    agent = agent_with(tx, token, access)
    return Caller(agent.id, agent.workspace_id, agent, token)


def _uploader(tx: Tx, token: str, access: Access) -> Caller:
    row = tx.one(DEVICE, {"token_hash": token_hash(token)})
    if row is None:
        return _agent(tx, token, access)
    identity_id, _, workspace_id, last_used_at = row
    if last_used_at < tx.now - DEVICE_LIFE_MS:
        raise Unauthorized("This visitor's token has ended. Connect again.")
    return Caller(identity_id, workspace_id, None, token)


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not 1 <= len(token) <= TOKEN_LIMIT:
        raise Unauthorized("Log in first, and send the session's token: `Authorization: Bearer ...`.")
    return token
