"""Taking hold of a conversation as an agent: who may see it, at which epoch, and what they did before."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from conversations.errors import Conflict, Forbidden, NotFound
from conversations.held import Held, hold
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import facts
from handoff.agents import Agent, acting, may_see

NO_TARGET: Mapping[str, Any] = MappingProxyType({})
LAST_MOVE = Statement(
    select(facts.c.actor, facts.c.data)
    .where(facts.c.conversation_id == bindparam("conversation_id"), facts.c.kind == "status_changed")
    .order_by(facts.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Grasp:
    """An agent who acts, and the conversation that they hold for this transaction."""

    agent: Agent
    held: Held

    def at_epoch(self, epoch: int) -> None:
        """Raises Conflict (`field` epoch) when somebody changed the conversation since."""
        conversation = self.held.conversation
        if epoch != conversation.epoch:
            raise Conflict(
                "Somebody else changed this conversation first. Look at it again.",
                field="epoch",
                conversation_id=conversation.id,
            )

    def must_see(self) -> None:
        """Raises NotFound: what an agent may not see does not exist for them."""
        if not may_see(self.agent, self.held.conversation):
            raise NotFound("There is no such conversation.", field="conversation_id")

    def is_mine(self) -> bool:
        return self.held.conversation.assignee_id == self.agent.id

    def may_decide(self) -> None:
        """Raises Forbidden for a conversation of another agent, unless one may act for others."""
        if self.held.conversation.assignee_id not in (None, self.agent.id):
            self.agent.require("conversation.act_for_agent")

    def did(self, command: str, target: Mapping[str, Any]) -> bool:
        """Whether the last thing that moved this conversation was this very command by this agent."""
        row = self.held.tx.one(LAST_MOVE, {"conversation_id": self.held.conversation.id})
        if row is None:
            return False
        actor, data = row
        if actor != self.agent.author.actor:
            return False
        did = orjson.loads(data)
        return bool(did.get("command") == command and did.get("target", {}) == dict(target))


def reach(tx: Tx, agent_id: str, conversation_id: str, *, origin: str | None = None) -> Grasp:
    """Hold a conversation for an agent who may not even see it: ask `must_see` before anything but a repeat.

    Raises Unauthorized, NotFound.
    """
    return Grasp(acting(tx, agent_id), hold(tx, conversation_id, origin=origin))


def grasp(tx: Tx, agent_id: str, conversation_id: str, *, origin: str | None = None) -> Grasp:
    """Hold a conversation for an agent. Raises Unauthorized; NotFound also for one that they may not see."""
    mine = reach(tx, agent_id, conversation_id, origin=origin)
    mine.must_see()
    return mine


def begin(
    tx: Tx, agent_id: str, conversation_id: str, command: str, target: Mapping[str, Any] = NO_TARGET
) -> tuple[Grasp, bool]:
    """Hold a conversation for a command; True when its effect already holds, by this very agent.

    Then it is well again, also where the command itself took the conversation out of their sight. Raises
    as `grasp` does.
    """
    mine = reach(tx, agent_id, conversation_id)
    if mine.did(command, target):
        return mine, True
    mine.must_see()
    return mine, False


def not_holder(grasped: Grasp) -> Forbidden:
    """The refusal for whoever speaks in a conversation that they do not have."""
    if grasped.held.conversation.assignee_id is None:
        return Forbidden("Nobody has this conversation. Accept it or take it over, then write.")
    return Forbidden("Another agent has this conversation. Leave a note, or take it over.")
