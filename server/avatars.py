"""Agents' pictures, as visitors and colleagues see them: one each, public under a name that says nothing."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from conversations.store import Statement, Tx
from conversations.store.tables import avatars
from handoff.agents import Agent, AgentChange, change

PATH = "/api/v1/avatars/"
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Avatar:
    """name: in its address. path: among the stored files."""

    name: str
    type: str
    path: str


_FIND = Statement(select(avatars.c.name, avatars.c.type, avatars.c.path).where(avatars.c.name == bindparam("name")))
_DROP_OF = Statement(delete(avatars).where(avatars.c.agent_id == bindparam("agent")).returning(avatars.c.path))
_ADD = Statement(
    insert(avatars).values(
        name=bindparam("name"),
        agent_id=bindparam("agent_id"),
        type=bindparam("type"),
        size_bytes=bindparam("size_bytes"),
        sha256=bindparam("sha256"),
        path=bindparam("path"),
        created_at=bindparam("now"),
    )
)


def find(tx: Tx, name: str) -> Avatar | None:
    row = tx.one(_FIND, {"name": name})
    return Avatar(*row) if row is not None else None


def put(tx: Tx, agent: Agent, avatar: Avatar, size_bytes: int, sha256: str) -> tuple[Agent, list[str]]:
    """Show this picture from now on: the agent, and the paths of files that are theirs no more."""
    before = [row[0] for row in tx.all(_DROP_OF, {"agent": agent.id})]
    row = {"name": avatar.name, "type": avatar.type, "path": avatar.path, "size_bytes": size_bytes, "sha256": sha256}
    tx.run(_ADD, {**row, "agent_id": agent.id, "now": tx.now})
    changed = AgentChange(avatar_url=f"{PATH}{avatar.name}")
    return change(tx, agent.workspace_id, agent.id, changed, by=agent.author), before


def drop(tx: Tx, agent: Agent) -> tuple[Agent, list[str]]:
    """Show no picture: the agent, and the paths of files that are theirs no more."""
    before = [row[0] for row in tx.all(_DROP_OF, {"agent": agent.id})]
    return change(tx, agent.workspace_id, agent.id, AgentChange(avatar_url=""), by=agent.author), before
