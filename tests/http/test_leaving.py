"""Agents who are deactivated, and come back."""

from __future__ import annotations

import pytest

from handoff import agents as people
from handoff import leaving
from server.cli.replay.client import Gone
from tests.http.desk import PASSWORD, Desk


async def test_chats_of_who_leaves_go_to_whoever_is_there(either: Desk) -> None:
    """Held and snoozed chats are back in line at once with their waiting time, and the next agent takes one."""
    sam, kim = await either.agent("Sam", online=True), await either.agent("Kim")
    held = await either.taken(sam, "My lamp is broken")
    asleep = await either.command(sam, "snooze", await either.taken(sam, "And my other lamp"))
    socket = await either.present(sam)
    assert (await either.call("DELETE", f"agents/{sam.id}", either.admin)).status == 204
    for before in (held, asleep):
        shown = (await either.get(f"conversations/{before['id']}", kim))["conversation"]
        assert (shown["status"], shown["assignee"]) == ("queued", None)
        if before["waiting_since"] is not None:
            assert shown["waiting_since"] == before["waiting_since"]
        taken = await either.command(kim, "take_over", shown)
        assert taken["assignee"]["id"] == kim.id
    said = (await either.get(f"conversations/{held['id']}/messages", kim))["messages"]
    assert any(message["text"].startswith("Sam has left") for message in said)
    assert (await either.call("GET", "sessions/current", sam)).status == 401
    with pytest.raises(Gone):
        await socket.call("status.set", {"status": "online"}, 2)


async def test_who_left_is_listed_apart_and_may_come_back(desk: Desk) -> None:
    """Activated again, they choose a password by a link; before that nothing lets them in."""
    sam = await desk.agent("Sam")
    await desk.call("DELETE", f"agents/{sam.id}", desk.admin)
    assert sam.id not in [one["id"] for one in (await desk.get("agents", desk.admin))["agents"]]
    gone = (await desk.get("agents?deactivated=true", desk.admin))["agents"]
    assert [one["id"] for one in gone] == [sam.id]
    assert (await desk.call("POST", f"agents/{sam.id}/password_link", desk.admin, json={})).status == 404
    back = await desk.post(f"agents/{sam.id}/activate", desk.admin)
    assert (back["id"], back["status"]) == (sam.id, "offline")
    assert (await desk.post(f"agents/{sam.id}/activate", desk.admin))["id"] == sam.id
    assert (await desk.call("POST", "sessions", json={"email": sam.email, "password": ""})).status == 400
    assert (await desk.call("POST", "sessions", json={"email": sam.email, "password": PASSWORD})).status == 401
    link = (await desk.post(f"agents/{sam.id}/password_link", desk.admin))["link"]
    chosen = await desk.post("passwords/set", json={"token": link.partition("#")[2], "password": PASSWORD})
    assert chosen["agent"]["id"] == sam.id


async def test_what_a_cut_off_deactivation_left_behind_is_found(desk: Desk) -> None:
    """A chat that is still held by somebody who is gone is put in line by the sweep."""
    sam = await desk.agent("Sam")
    chat = await desk.taken(sam)
    store = desk.served.house.store
    await store.write(people.archive, desk.founded.workspace_id, sam.id)
    await store.write(leaving.sweep)
    shown = (await desk.get(f"conversations/{chat['id']}", desk.admin))["conversation"]
    assert (shown["status"], shown["assignee"]) == ("queued", None)


async def test_another_workspace_activates_nobody_of_ours(desk: Desk) -> None:
    """Neither deactivated nor active agents of another workspace are there to be activated."""
    other, sam = await desk.other_workspace(), await desk.agent("Sam")
    assert (await desk.call("POST", f"agents/{sam.id}/activate", other, json={})).status == 404
    await desk.call("DELETE", f"agents/{sam.id}", desk.admin)
    assert (await desk.call("POST", f"agents/{sam.id}/activate", other, json={})).status == 404
