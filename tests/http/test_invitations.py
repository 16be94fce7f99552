"""Inviting somebody: the link, who they become, and what ends it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from conversations.store.tables import invitations
from tests.http.desk import PASSWORD, Desk, Json


async def invite(desk: Desk, email: str = "sam@example.com", **more: Json) -> Json:
    return await desk.post("invitations", desk.admin, {"email": email, **more})


def token_in(link: str) -> str:
    return link.partition("#")[2]


async def test_an_invited_agent_takes_their_place(either: Desk) -> None:
    """Role, teams, seats and skills are those of the invitation; name and password their own."""
    team = await either.team("Care")
    made = await invite(either, "Sam@Example.com", role="supervisor", team_ids=[team], seats=2, skills=["Billing"])
    assert made["link"].startswith(f"{either.url}/console/invitation#inv_")
    assert (made["mailed"], "no mail" in made["mail_problem"]) == (False, True)
    token = token_in(made["link"])
    seen = await either.post("invitations/look", json={"token": token})
    assert (seen["email"], seen["company"], seen["role"]) == ("sam@example.com", "Frontdesk", "supervisor")
    body = {"token": token, "name": "Sam", "password": PASSWORD}
    joined = await either.post("invitations/accept", json=body)
    agent = (await either.get("sessions/current", joined["token"]))["agent"]
    shown = {name: agent[name] for name in ("email", "name", "role", "team_ids", "seats", "skills")}
    assert shown == {
        "email": "sam@example.com", "name": "Sam", "role": "supervisor", "team_ids": [team], "seats": 2,
        "skills": ["billing"],
    }  # fmt: skip
    assert (await either.get("invitations", either.admin))["invitations"] == []
    again = await either.call("POST", "invitations/accept", json=body)
    assert (again.status, again.field) == (404, "token")


async def test_a_link_is_accepted_by_one(either: Desk) -> None:
    """Of several who open it at the same moment one becomes the agent."""
    token = token_in((await invite(either))["link"])
    bodies = [{"token": token, "name": f"Sam {n}", "password": PASSWORD} for n in range(4)]
    met = await asyncio.gather(*(either.call("POST", "invitations/accept", json=body) for body in bodies))
    assert sorted(answer.status for answer in met) == [201, 404, 404, 404]


async def test_withdrawn_replaced_and_old_links_end(desk: Desk) -> None:
    """Each of them is worth nothing; the list shows what is open, and what is over."""
    first = await invite(desk)
    second = await invite(desk)
    other = await invite(desk, "other@example.com")
    open_ = (await desk.get("invitations", desk.admin))["invitations"]
    assert [one["id"] for one in open_] == [other["id"], second["id"]]
    assert "link" not in open_[0]
    assert (await desk.call("DELETE", f"invitations/{other['id']}", desk.admin)).status == 204
    old = update(invitations).where(invitations.c.id == second["id"]).values(expires_at=1)
    await desk.served.house.store.write(lambda tx: tx.run(old))
    assert [one["is_over"] for one in (await desk.get("invitations", desk.admin))["invitations"]] == [True]
    for made in (first, second, other):
        for path, more in (("look", {}), ("accept", {"name": "Sam", "password": PASSWORD})):
            refused = await desk.call("POST", f"invitations/{path}", json={"token": token_in(made["link"]), **more})
            assert (refused.status, refused.field) == (404, "token")


async def test_nobody_is_invited_twice_or_to_nowhere(desk: Desk) -> None:
    """An agent, a strange team and a strange role are refused; a team that is gone by then is left out."""
    refused = await desk.call("POST", "invitations", desk.admin, json={"email": "Admin@example.com"})
    assert (refused.status, refused.field) == (409, "email")
    refused = await desk.call("POST", "invitations", desk.admin, json={"email": "a@b.c", "team_ids": ["tem_none"]})
    assert (refused.status, refused.field) == (404, "team_ids")
    refused = await desk.call("POST", "invitations", desk.admin, json={"email": "a@b.c", "role": "owner"})
    assert (refused.status, refused.field) == (400, "role")
    team = await desk.team("Care")
    made = await invite(desk, team_ids=[team])
    await desk.call("DELETE", f"teams/{team}", desk.admin)
    body = {"token": token_in(made["link"]), "name": "Sam", "password": PASSWORD}
    assert (await desk.post("invitations/accept", json=body))["agent"]["team_ids"] == []


async def test_another_workspace_sees_none_of_it(desk: Desk) -> None:
    """Its admin neither lists nor withdraws our invitations."""
    other = await desk.other_workspace()
    made = await invite(desk)
    assert (await desk.get("invitations", other))["invitations"] == []
    assert (await desk.call("DELETE", f"invitations/{made['id']}", other)).status == 404


async def test_a_repeat_makes_no_second_invitation_and_shows_no_link(desk: Desk) -> None:
    """Under the same Idempotency-Key the answer is kept, the secret in it is not."""
    key = {"Idempotency-Key": "one"}
    body = {"email": "sam@example.com"}
    first = await desk.call("POST", "invitations", desk.admin, json=body, headers=key)
    again = await desk.call("POST", "invitations", desk.admin, json=body, headers=key)
    assert (again.status, again.body["id"], again.body["link"]) == (201, first.body["id"], "")


@pytest.mark.parametrize("host", ["evil.example", "evil.example/x?", "a b", "x@evil.example"])
async def test_a_link_leads_where_the_operator_says(desk: Desk, host: str) -> None:
    """With a public address set, no header of the request decides where links lead; an odd host never does."""
    answer = await desk.call("POST", "invitations", desk.admin, json={"email": "a@b.c"}, headers={"Host": host})
    if answer.status == 201 and host != "evil.example":
        assert "evil" not in answer.body["link"]
