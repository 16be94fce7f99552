"""Agents and teams: added, changed, archived, and never left without an admin."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from conversations.hints import AgentChanged, RoutingDue
from handoff import agents, teams
from handoff.agents import AgentChange, NewAgent
from handoff.rights import BUNDLES, RIGHTS, ROLES
from tests.handoff.desk import WORKSPACE, Desk


async def test_an_agent_is_added_once(desk: Desk) -> None:
    """An e-mail address, however it is written, belongs to one agent; a new one is offline until they come."""
    new = NewAgent(" Sam@Example.COM ", "Sam", "", seats=3, skills=("French", "french", " "), tier=2)
    sam = await desk.do(agents.add, WORKSPACE, new)
    assert (sam.email, sam.status, sam.seats, sam.skills, sam.tier) == (
        "sam@example.com",
        "offline",
        3,
        frozenset({"french"}),
        2,
    )
    with pytest.raises(Conflict) as refused:
        await desk.do(agents.add, WORKSPACE, new)
    assert refused.value.field == "email"
    assert await desk.store.read(agents.listed, WORKSPACE) == [sam]


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"email": "a\x00@example.com"}, "email"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"role": "owner"}, "role"),
        ({"seats": -1}, "seats"),
        ({"seats": 101}, "seats"),
        ({"tier": 0}, "tier"),
        ({"skills": tuple(f"skill {n}" for n in range(51))}, "skills"),
    ],
)
async def test_what_an_agent_cannot_be(small_desk: Desk, wrong: dict[str, Any], at: str) -> None:
    """Each wrong field is refused by its name, and nobody is added."""
    fields: dict[str, Any] = {"email": "sam@example.com", "name": "Sam", "password_hash": ""} | wrong
    with pytest.raises(Invalid) as refused:
        await small_desk.do(agents.add, WORKSPACE, NewAgent(**fields))
    assert refused.value.field == at
    assert await small_desk.store.read(agents.listed, WORKSPACE) == []


async def test_an_agents_change_is_told(desk: Desk) -> None:
    """More seats are worth a look at the line; nothing changed says nothing."""
    sam = await desk.agent("Sam", seats=1)
    desk.seen.clear()
    changed = await desk.do(agents.change, WORKSPACE, sam.id, AgentChange(seats=5, role="supervisor"))
    assert (changed.seats, changed.role, changed.name) == (5, "supervisor", "Sam")
    assert AgentChanged(sam.id, WORKSPACE) in desk.seen
    assert RoutingDue(WORKSPACE) in desk.seen
    assert (await desk.facts("agent_changed"))[-1][1]["changed"] == ["role", "seats"]
    desk.seen.clear()
    assert await desk.do(agents.change, WORKSPACE, sam.id, AgentChange()) == changed
    assert desk.seen == []
    with pytest.raises(NotFound):
        await desk.do(agents.change, "wsp_other", sam.id, AgentChange(seats=9))


async def test_the_last_admin_stays(desk: Desk) -> None:
    """Neither a new role nor the archive leaves a workspace without an admin."""
    first = await desk.agent("First", role="admin")
    for attempt in (
        desk.do(agents.change, WORKSPACE, first.id, AgentChange(role="agent")),
        desk.do(agents.archive, WORKSPACE, first.id),
    ):
        with pytest.raises(Conflict):
            await attempt
    second = await desk.agent("Second", role="admin")
    await desk.do(agents.archive, WORKSPACE, first.id)
    assert [one.id for one in await desk.store.read(agents.listed, WORKSPACE)] == [second.id]
    assert await desk.store.read(agents.name_of, first.id) == "First"
    with pytest.raises(Unauthorized):
        await desk.store.read(agents.acting, first.id)


async def test_a_status_is_one_of_three(desk: Desk) -> None:
    """Anything else is refused; setting the same again leaves no second fact."""
    sam = await desk.agent("Sam")
    with pytest.raises(Invalid):
        await sam.is_now("busy")
    before = len(await desk.facts("agent_status_changed"))
    await sam.is_now("online")
    assert len(await desk.facts("agent_status_changed")) == before


async def test_a_team_has_members(desk: Desk) -> None:
    """Members come and go; whoever joins sees the team's chats, whoever leaves does not."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    team = await desk.do(teams.add, WORKSPACE, " Billing ", (sam.id,))
    assert (team.name, team.member_ids) == ("Billing", (sam.id,))
    ana = await desk.waiting(team_id=team.id)
    chat = await ana.stands()
    desk.seen.clear()
    await desk.do(teams.set_members, WORKSPACE, team.id, (kim.id, kim.id))
    assert {hint.agent_id for hint in desk.hinted(AgentChanged)} == {sam.id, kim.id}
    assert agents.may_see(await kim.now(), chat)
    assert not agents.may_see(await sam.now(), chat)
    with pytest.raises(NotFound):
        await desk.do(teams.set_members, WORKSPACE, team.id, ("agt_nobody",))
    assert (await desk.store.read(teams.find, WORKSPACE, team.id)).member_ids == (kim.id,)


async def test_a_teams_name_is_its_own(desk: Desk) -> None:
    """Two teams do not share a name; an archived one gives it back."""
    first = await desk.do(teams.add, WORKSPACE, "Billing")
    second = await desk.do(teams.add, WORKSPACE, "Technical")
    for attempt in (
        desk.do(teams.add, WORKSPACE, "Billing"),
        desk.do(teams.rename, WORKSPACE, second.id, "Billing"),
    ):
        with pytest.raises(Conflict) as refused:
            await attempt
        assert refused.value.field == "name"
    with pytest.raises(Invalid):
        await desk.do(teams.rename, WORKSPACE, second.id, " ")
    await desk.do(teams.archive, WORKSPACE, first.id)
    assert (await desk.do(teams.rename, WORKSPACE, second.id, "Billing")).name == "Billing"
    assert [one.id for one in await desk.store.read(teams.listed, WORKSPACE)] == [second.id]


async def test_a_team_with_open_chats_stays(desk: Desk) -> None:
    """Nothing is left to nobody: a team is archived only when no open conversation is its own."""
    team = await desk.team("Billing")
    boss = await desk.agent("Boss", role="supervisor")
    ana = await desk.waiting(team_id=team)
    with pytest.raises(Conflict):
        await desk.do(teams.archive, WORKSPACE, team)
    await boss.resolves(ana)
    await desk.do(teams.archive, WORKSPACE, team)
    with pytest.raises(NotFound):
        await desk.do(teams.find, WORKSPACE, team)


def test_rights_grow_with_the_role() -> None:
    """Each role holds what the one before it does; an admin holds all."""
    held = [BUNDLES[role] for role in ROLES]
    assert held[0] < held[1] < held[2] == RIGHTS


async def test_a_right_is_required_by_name(desk: Desk) -> None:
    """A refusal names the right that is missing."""
    sam = await desk.agent("Sam")
    with pytest.raises(Forbidden, match=r"agents\.manage"):
        sam.agent.require("agents.manage")
