"""Inboxes, bots, teams, agents and contacts, as an admin keeps them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from server.app import serving
from server.cli.replay.client import Socket, TurnedAway
from server.settings import Settings
from tests.http.desk import Desk, Json, opened_desk
from tests.peers.postgres import Postgres


async def test_an_inbox_proves_its_visitors_with_a_key_of_its_own(desk: Desk) -> None:
    """A key made here signs identities; removed, it proves nothing more."""
    path = f"inboxes/{desk.founded.inbox_id}"
    added = await desk.call("POST", f"{path}/identity_keys", desk.admin, json={"kid": "site", "alg": "HS256"})
    secret = added.body["key"]
    claims = {"sub": "customer-7", "aud": desk.founded.public_key, "exp": int(time.time()) + 600, "name": "Ana"}
    proof = jwt.encode({"alg": "HS256", "kid": "site"}, claims, OctKey.import_key(secret))
    assert (await connected(desk, proof))["visitor"]["name"] == "Ana"
    assert (await desk.get(path, desk.admin))["identity_keys"] == [{"kid": "site", "alg": "HS256"}]
    assert secret not in str(await desk.get("inboxes", desk.admin))
    assert (await desk.call("DELETE", f"{path}/identity_keys/site", desk.admin)).status == 204
    with pytest.raises(TurnedAway) as refused:
        await connected(desk, proof)
    assert (refused.value.error["code"], refused.value.error["field"]) == ("unauthorized", "identity")


async def connected(desk: Desk, proof: str) -> Json:
    welcomed: list[Json] = []
    auth = {"inbox": desk.founded.public_key, "identity": proof}
    socket = await Socket.connect(
        desk.http, desk.url, "/visitor", auth, lambda event, payload: welcomed.append(payload)
    )
    await socket.call("conversations.list", {}, 10)
    await socket.close()
    return welcomed[0]


async def test_weak_and_doubled_keys_are_refused(desk: Desk) -> None:
    """A short secret, a PEM that is none, a kid in use."""
    path = f"inboxes/{desk.founded.inbox_id}/identity_keys"
    for body in (
        {"kid": "a", "alg": "HS256", "key": "short"},
        {"kid": "a", "alg": "EdDSA"},
        {"kid": "a", "alg": "EdDSA", "key": "-----BEGIN PUBLIC KEY-----\nnot one\n-----END PUBLIC KEY-----"},
        {"kid": "a", "alg": "none"},
        {"kid": "a b", "alg": "HS256"},
    ):
        assert (await desk.call("POST", path, desk.admin, json=body)).status == 400, body
    await desk.post(path, desk.admin, {"kid": "a", "alg": "HS256"})
    doubled = await desk.call("POST", path, desk.admin, json={"kid": "a", "alg": "HS256"})
    assert (doubled.status, doubled.field) == (409, "kid")


async def test_settings_of_an_inbox_are_checked_and_merged(desk: Desk) -> None:
    """What is left out stays; what cannot be used is named; the running house follows at once."""
    path = f"inboxes/{desk.founded.inbox_id}"
    set_ = {"settings": {"reopen_within_h": 1, "sites": ["https://shop.example"], "unknown": 1}}
    await desk.call("PATCH", path, desk.admin, json=set_)
    changed = await desk.call("PATCH", path, desk.admin, json={"settings": {"locale": "de"}})
    assert changed.body["settings"] == {"reopen_within_h": 1.0, "sites": ["https://shop.example"], "locale": "de"}
    rules = desk.served.house.places.inbox(desk.founded.inbox_id).rules
    assert (rules.reopen_within, rules.locale) == (3_600_000, "de")
    for settings, field in (
        ({"reopen_within_h": -1}, "settings.reopen_within_h"),
        ({"sites": ["javascript:alert(1)"]}, "settings.sites.0"),
        ({"locale": "not a locale"}, "settings.locale"),
    ):
        refused = await desk.call("PATCH", path, desk.admin, json={"settings": settings})
        assert (refused.status, refused.field) == (400, field)


async def test_an_archived_inbox_takes_nobody_in(desk: Desk) -> None:
    """Its public key opens no socket any more; what was said stays."""
    chat = await desk.conversation()
    assert (await desk.call("DELETE", f"inboxes/{desk.founded.inbox_id}", desk.admin)).status == 204
    with pytest.raises(TurnedAway) as refused:
        await desk.visitor()
    assert refused.value.error["field"] == "inbox"
    assert (await desk.get(f"conversations/{chat['id']}", desk.admin))["conversation"]["id"] == chat["id"]


async def test_an_inbox_names_only_what_is_there(desk: Desk) -> None:
    """A bot or team of nobody's, or of another workspace, is not found."""
    path = f"inboxes/{desk.founded.inbox_id}"
    for field in ("bot_id", "default_team_id"):
        refused = await desk.call("PATCH", path, desk.admin, json={field: "xyz_unknown"})
        assert (refused.status, refused.field) == (404, field)
    cleared = await desk.call("PATCH", path, desk.admin, json={"bot_id": None})
    assert cleared.body["bot_id"] is None


async def test_a_bot_in_use_stays(desk: Desk) -> None:
    """A bot that an inbox names cannot be archived; another can."""
    await desk.with_bot()
    kept = await desk.call("DELETE", f"bots/{desk.founded.bot_id}", desk.admin)
    assert (kept.status, kept.code) == (409, "conflict")
    spare = await desk.post("bots", desk.admin, {"name": "Spare"})
    assert (await desk.call("DELETE", f"bots/{spare['id']}", desk.admin)).status == 204
    assert (await desk.call("GET", f"bots/{spare['id']}", desk.admin)).status == 404
    doubled = await desk.call("POST", "bots", desk.admin, json={"name": "Bot"})
    assert (doubled.status, doubled.field) == (409, "name")


async def test_what_an_agent_writes_of_a_contact_is_not_verified(desk: Desk) -> None:
    """A changed field loses its proof; attributes are added to."""
    chat = await desk.conversation()
    path = f"contacts/{chat['contact']['id']}"
    body = {"name": "Ana", "email": "ana@example.com", "attributes": {"vip": True}}
    changed = await desk.call("PATCH", path, desk.admin, json=body)
    assert (changed.body["name"], changed.body["verified"]) == ("Ana", [])
    again = await desk.call("PATCH", path, desk.admin, json={"attributes": {"city": "Ghent"}})
    assert again.body["attributes"] == {"vip": True, "city": "Ghent"}
    found = (await desk.get("contacts?email=ana@example.com", desk.admin))["contacts"]
    assert [one["id"] for one in found] == [chat["contact"]["id"]]


async def test_the_last_admin_stays(desk: Desk) -> None:
    """Nobody locks themselves out."""
    for method, body in (("DELETE", None), ("PATCH", {"role": "agent"})):
        refused = await desk.call(method, f"agents/{desk.admin.id}", desk.admin, json=body)
        assert (refused.status, refused.code) == (409, "conflict")


async def test_members_are_of_the_own_workspace(desk: Desk) -> None:
    """A team takes no agent of another workspace, and an agent no team of another."""
    other = await desk.other_workspace()
    refused = await desk.call("POST", "teams", desk.admin, json={"name": "Care", "member_ids": [other.id]})
    assert (refused.status, refused.field) == (404, "member_ids")
    team = await desk.post("teams", other, {"name": "Theirs"})
    body = {"email": "new@example.com", "name": "New", "password": "long enough", "team_ids": [team["id"]]}
    refused = await desk.call("POST", "agents", desk.admin, json=body)
    assert (refused.status, refused.field) == (404, "team_ids")


async def test_ready_says_what_is_wrong(desk: Desk) -> None:
    """Alive is not ready: while the house drains, readiness is 503 and says so, and liveness stays."""
    assert (await desk.get("/healthz"))["status"] == "alive"
    assert (await desk.get("/readyz"))["status"] == "ready"
    desk.served.house.ready = False
    drained = await desk.call("GET", "/readyz")
    assert (drained.status, list(drained.body["trouble"])) == (503, ["server"])
    assert (await desk.get("/healthz"))["status"] == "alive"
    desk.served.house.ready = True


async def test_what_one_process_is_told_the_others_know(postgres: Postgres, tmp_path: Path) -> None:
    """An inbox made by one of two servers on a database takes visitors in at the other, within seconds."""
    async with postgres.database() as url, opened_desk(tmp_path, url) as desk:
        settings = Settings(data_dir=tmp_path, database_url=url, port=0)
        async with serving(settings) as other:
            made = await desk.post("inboxes", desk.admin, {"name": "Second", "channel": "web"})
            address = f"http://127.0.0.1:{other.port}"
            for _ in range(100):
                if await takes_in(desk, address, made["public_key"]):
                    break
                # nothing tells a client that a process has looked again
                await asyncio.sleep(0.2)
            else:
                raise AssertionError("the other server never heard of the inbox")


async def takes_in(desk: Desk, address: str, public_key: str) -> bool:
    try:
        auth = {"inbox": public_key}
        socket = await Socket.connect(desk.http, address, "/visitor", auth, lambda event, payload: None)
    except TurnedAway:
        return False
    await socket.close()
    return True
