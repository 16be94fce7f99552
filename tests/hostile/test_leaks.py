"""Whatever happens at the desk, a visitor's socket carries what the protocol names for visitors and nothing else."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.whole.house import TestHouse
from tests.whole.people import Agent, Visitor

Json = Any
CONVERSATION = {
    "id",
    "reference",
    "status",
    "channel",
    "agent",
    "queue",
    "last_seq",
    "rev",
    "read",
    "unread",
    "created_at",
}
MESSAGE = {
    "id", "conversation_id", "seq", "rev", "client_id", "author", "kind", "text", "content", "attachments", "rating",
    "created_at", "edited_at", "erased_at",
}  # fmt: skip
CONTENT = {"choices", "none_of_these", "none_title", "article", "articles", "choice", "said"}
CANARY = "canary"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_of_the_desk_reaches_a_visitor(house: TestHouse, seed: int) -> None:
    """Notes, labels, wrap-ups, addresses, ids of agents, teams and contacts: none is in anything that a visitor got."""
    dice = random.Random(seed)
    team = await house.team(f"{CANARY} team")
    sam = await house.at_desk("Sam", role="supervisor", team_ids=(team,))
    lea = await house.at_desk("Lea", role="supervisor", team_ids=(team,))
    ana, ben = await house.visitor(), await house.visitor()
    await ben.says(f"{CANARY} of another visitor")
    await ana.asks_for_a_person()
    for step in range(50):
        await at_the_desk(dice, step, ana, dice.choice([sam, lea]), team)
    contact = (await sam.fresh(ana.conversation_id))["conversation"]["contact"]["id"]
    secrets = [
        CANARY,
        sam.id,
        lea.id,
        team,
        contact,
        house.founded.workspace_id,
        house.founded.inbox_id,
        "@example.com",
    ]
    for heard in ana.wire.heard:
        told = str(heard.payload)
        assert not [one for one in secrets if one in told], heard
        walk(heard.payload)


async def at_the_desk(dice: random.Random, step: int, ana: Visitor, agent: Agent, team: str) -> None:
    key = ana.conversation_id
    at = {"conversation_id": key, "epoch": await agent.epoch_of(key)}
    match dice.choice(["say", "note", "reply", "take", "label", "pass", "back", "snooze", "resolve", "person", "read"]):
        case "say":
            await ana.says(f"line {step}", conversation_id=key)
        case "note":
            await agent.says(key, f"{CANARY} note {step}", private=True)
        case "reply":
            await agent.call("message.send", **at, client_id=f"r{step}", text=f"reply {step}")
        case "take":
            await agent.call("conversation.take_over", **at)
        case "label":
            await agent.call("conversation.update", conversation_id=key, category=CANARY, labels=[CANARY])
        case "pass":
            await agent.call("conversation.transfer", **at, to={"team_id": team}, note=f"{CANARY} note")
        case "back":
            await agent.call("conversation.hand_back", **at, note=f"{CANARY} note")
        case "snooze":
            await agent.call("conversation.snooze", **at)
        case "resolve":
            await agent.call("conversation.resolve", **at, wrap_up={"cause": CANARY, "outcome": CANARY})
        case "person":
            await ana.call("person.request", conversation_id=key)
        case "read":
            await ana.do("conversation.open", conversation_id=key)


def walk(told: Json) -> None:
    """Every message and conversation in it has the fields of a visitor's, and no other."""
    if isinstance(told, list):
        for one in told:
            walk(one)
    if not isinstance(told, dict):
        return
    if "reference" in told:
        assert told.keys() == CONVERSATION, told.keys() ^ CONVERSATION
        assert told["agent"] is None or told["agent"].keys() == {"name", "avatar_url"}
    elif "author" in told and "seq" in told:
        assert told.keys() <= MESSAGE, told.keys() - MESSAGE
        assert told["seq"] is not None
        assert told["author"].keys() <= {"kind", "name", "avatar_url"}
        assert told.get("content", {}).keys() <= CONTENT
    for one in told.values():
        walk(one)
