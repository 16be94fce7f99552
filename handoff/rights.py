"""Who may do what: rights have names, roles bundle them."""

from collections.abc import Mapping
from typing import Literal, get_args

Role = Literal["agent", "supervisor", "admin"]
Right = Literal[
    "conversation.see_all",
    "conversation.take_over_from_agent",
    "conversation.act_for_agent",
    "conversation.assign",
    "contacts.manage",
    "agents.manage",
    "teams.manage",
    "inboxes.manage",
    "workspace.manage",
    "bots.manage",
    "knowledge.manage",
    "models.manage",
    "reports.read",
]

ROLES: tuple[Role, ...] = get_args(Role)
RIGHTS: frozenset[Right] = frozenset(get_args(Right))

_SUPERVISOR: frozenset[Right] = frozenset(
    {
        "conversation.see_all",
        "conversation.take_over_from_agent",
        "conversation.act_for_agent",
        "conversation.assign",
        "contacts.manage",
        "knowledge.manage",
        "reports.read",
    }
)

BUNDLES: Mapping[Role, frozenset[Right]] = {"agent": frozenset(), "supervisor": _SUPERVISOR, "admin": RIGHTS}
"""What a role holds beyond what every agent may: see and work on the conversations of no team or of their own."""
