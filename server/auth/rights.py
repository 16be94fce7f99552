"""Who may come to a route."""

from typing import Literal, get_args

from handoff.agents import Agent
from handoff.rights import RIGHTS, Right

Access = Literal["anyone", "uploader", "agent"] | Right
"""`anyone`; `uploader`: a visitor or an agent; `agent`: any agent; else the right that an agent needs."""

OPEN = frozenset(get_args(get_args(Access)[0]))


def admit(agent: Agent, access: Access) -> Agent:
    """The agent, let through. Raises Forbidden."""
    for right in RIGHTS:
        if right == access:
            agent.require(right)
    return agent
