"""Giving a conversation away: to an agent, a team or a tier, back to the queue, or back to the bot."""

from typing import Any

from sqlalchemy import bindparam, select

from conversations.errors import IllegalTransition, Invalid
from conversations.hints import RoutingDue
from conversations.items import leave_queue
from conversations.lifecycle import after
from conversations.model import Conversation
from conversations.outbox import post
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import inboxes
from conversations.visitor import return_to_bot, tell
from conversations.words import message_text
from handoff import seats, teams
from handoff.agents import TIER_LIMIT, find, name_of
from handoff.desk.grasp import Grasp, begin
from handoff.events import tell_agents
from handoff.requeue import return_to_queue

BOT_OF = Statement(select(inboxes.c.bot_id).where(inboxes.c.id == bindparam("id")))


def transfer(
    tx: Tx,
    agent_id: str,
    conversation_id: str,
    epoch: int,
    *,
    to_agent_id: str | None = None,
    to_team_id: str | None = None,
    to_tier: int | None = None,
    note: str | None = None,
) -> Conversation:
    """Pass a chat on: to an agent who is online with a seat free, or to the line of a team or a tier.

    Exactly one of the three. note: for whoever takes it, never for the visitor. In the line it keeps its
    place. Raises Invalid, NotFound, Conflict, Forbidden, IllegalTransition, Capacity (`field` to.agent_id).
    """
    if sum(one is not None for one in (to_agent_id, to_team_id, to_tier)) != 1:
        raise Invalid("Name one of agent_id, team_id and tier.", field="to")
    named = {"agent_id": to_agent_id, "team_id": to_team_id, "tier": to_tier}
    target = {key: value for key, value in named.items() if value is not None}
    mine, done = begin(tx, agent_id, conversation_id, "transfer", target)
    if done:
        return mine.held.conversation
    mine.at_epoch(epoch)
    mine.may_decide()
    after(mine.held.conversation.status, "transfer")
    if to_agent_id is not None:
        _to_agent(mine, to_agent_id, note, target)
    elif to_team_id is not None:
        _to_line(mine, note, target, team_id=to_team_id)
    else:
        assert to_tier is not None
        _to_line(mine, note, target, tier=to_tier)
    return mine.held.save()


def release(tx: Tx, agent_id: str, conversation_id: str, epoch: int) -> Conversation:
    """Put a chat back in the queue, at its old place; who had it is asked again only when nobody else is free.

    Raises NotFound, Conflict, Forbidden, IllegalTransition.
    """
    mine, done = begin(tx, agent_id, conversation_id, "release")
    held = mine.held
    if done:
        return held.conversation
    mine.at_epoch(epoch)
    mine.may_decide()
    after(held.conversation.status, "release")
    name = _holder(mine)
    return_to_queue(
        held,
        "release",
        mine.agent.author,
        reason="released",
        not_first=held.conversation.assignee_id,
        data={"command": "release"},
    )
    tell_agents(mine.held, "desk.released", by=mine.agent.name)
    tell(held, "person.left", name=name)
    return held.save()


def hand_back(tx: Tx, agent_id: str, conversation_id: str, epoch: int, *, note: str | None = None) -> Conversation:
    """Give a conversation to the bot; what the visitor said and nobody answered, it answers at once.

    Raises NotFound, Conflict, Forbidden, IllegalTransition (also where the inbox has no bot), TooLarge.
    """
    mine, done = begin(tx, agent_id, conversation_id, "hand_back")
    held, by = mine.held, mine.agent.author
    if done:
        return held.conversation
    mine.at_epoch(epoch)
    mine.may_decide()
    after(held.conversation.status, "hand_back")
    bot = tx.one(BOT_OF, {"id": held.conversation.inbox_id})
    if bot is None or bot[0] is None:
        raise IllegalTransition("This inbox has no bot. Release or resolve the conversation instead.")
    _leave_note(mine, note)
    queued = held.conversation.status == "queued"
    name = by.name if queued else _holder(mine)
    if queued:
        leave_queue(held, by, taken=False, reason="handed_back")
    else:
        held.hint(RoutingDue(held.conversation.workspace_id))
    tell(held, "queue.handed_back" if queued else "person.handed_back", name=name or "")
    return_to_bot(held, by, "hand_back", command="hand_back")
    tell_agents(mine.held, "desk.handed_back", by=mine.agent.name)
    return held.save()


def _to_agent(mine: Grasp, to_agent_id: str, note: str | None, target: dict[str, Any]) -> None:
    held, agent = mine.held, mine.agent
    to = find(held.tx, agent.workspace_id, to_agent_id, field="to.agent_id")
    if to.id == held.conversation.assignee_id:
        raise Invalid(f"{to.name} has this chat already. Name somebody else.", field="to.agent_id")
    seats.take(held, to, there=True, field="to.agent_id")
    _leave_note(mine, note)
    promise = {"preferred_agent_id": None}
    held.move("transfer", agent.author, assignee_id=to.id, columns=promise, command="transfer", target=target)
    tell_agents(mine.held, "desk.transferred", by=agent.name, to=to.name)
    tell(held, "person.joined", name=to.name)
    held.hint(RoutingDue(held.conversation.workspace_id))


def _to_line(
    mine: Grasp, note: str | None, target: dict[str, Any], *, team_id: str | None = None, tier: int | None = None
) -> None:
    held, agent = mine.held, mine.agent
    if tier is not None and not 1 <= tier <= TIER_LIMIT:
        raise Invalid(f"tier is a whole number from 1 to {TIER_LIMIT}.", field="to.tier")
    to = f"tier {tier}"
    if team_id is not None:
        to = teams.find(held.tx, agent.workspace_id, team_id, field="to.team_id").name
    name = _holder(mine)
    _leave_note(mine, note)
    return_to_queue(
        held,
        "release",
        agent.author,
        reason="transferred",
        team_id=team_id,
        tier=tier,
        not_first=held.conversation.assignee_id,
        data={"command": "transfer", "target": target},
    )
    tell_agents(mine.held, "desk.transferred", by=agent.name, to=to)
    tell(held, "person.passed_on", name=name)


def _leave_note(mine: Grasp, note: str | None) -> None:
    if note is not None and note.strip():
        text = message_text(note, field="note")
        post(mine.held, mine.agent.author, text, private=True, sender=mine.agent.id)


def _holder(mine: Grasp) -> str:
    """The name of whoever has the chat, as the visitor knows it."""
    holder = mine.held.conversation.assignee_id
    if holder is None or holder == mine.agent.id:
        return mine.agent.name
    return name_of(mine.held.tx, holder)
