"""The `api` channel through a whole house: a far end calls the hook over HTTP, and is called back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from channels.webhook import new_signing_secret
from conversations import reading
from conversations.model import SYSTEM
from conversations.store import Tx
from conversations.store.tables import inboxes
from handoff.agents import NewAgent
from handoff.desk.claiming import take_over
from handoff.desk.talking import reply
from handoff.sessions import open_session
from server.app import serving
from server.files import Files
from server.founding import Founded, Founding, found
from server.house import House
from server.inboxes import add
from server.settings import Settings
from tests.channels.house import LOOPBACK, FarEnd
from tests.cli.shell import Shell
from tests.whole.people import Agent

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@dataclass
class Gateway:
    """The far end as it calls: an HTTP client with the inbox's token."""

    house: House
    founded: Founded
    inbox_id: str
    token: str
    url: str
    http: aiohttp.ClientSession

    async def post(self, body: object, *, path: str | None = None, **headers: str) -> tuple[int, Any]:
        sent = body if isinstance(body, bytes) else orjson.dumps(body)
        given = headers or {"Authorization": f"Bearer {self.token}"}
        async with self.http.post(
            f"{self.url}/hooks/{path or f'api/{self.inbox_id}'}", data=BytesIO(sent), headers=given
        ) as answer:
            return answer.status, orjson.loads(await answer.read())

    async def sends(self, text: str, external_id: str = "SM1", **more: Any) -> Any:
        status, answer = await self.post(
            {"external_id": external_id, "from": {"address": "+49151", "name": "Ana"}, "text": text, **more}
        )
        assert status == 200, answer
        return answer["results"][0]


@pytest.fixture
async def gateway(tmp_path: Path, far: FarEnd) -> AsyncIterator[Gateway]:
    settings = Settings(data_dir=tmp_path, port=0, webhook_networks=LOOPBACK)
    async with serving(settings) as served, aiohttp.ClientSession() as http:
        store = served.house.store
        founded = await store.write(found, Founding(NewAgent("admin@example.com", "Sam", "no password", role="admin")))
        columns = {"settings": {"webhook_url": far.url}}
        inbox, access = await store.write(add, founded.workspace_id, "Text messages", "api", columns, SYSTEM)
        assert access is not None
        await store.write(_share, inbox.id, {"webhook_secrets": [_FAR_SECRET]})
        await served.house.refresh()
        url = f"http://127.0.0.1:{served.port}"
        yield Gateway(served.house, founded, inbox.id, access["token"], url, http)


_FAR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _share(tx: Tx, inbox_id: str, secrets: dict[str, Any]) -> None:
    row = tx.one(select(inboxes.c.secrets).where(inboxes.c.id == inbox_id))
    assert row is not None
    kept = orjson.dumps({**orjson.loads(row[0]), **secrets}).decode()
    tx.run(inboxes.update().where(inboxes.c.id == inbox_id).values(secrets=kept))


async def test_a_message_comes_in_and_its_answer_goes_out(gateway: Gateway, far: FarEnd) -> None:
    """A visitor behind the gateway writes, an agent takes over and answers, and the gateway is called with it."""
    got = await gateway.sends("My lamp blinks red.")
    assert got["duplicate"] is False
    store, admin = gateway.house.store, gateway.founded.admin_id
    conversation = await store.read(reading.get, got["message"]["conversation_id"])
    taken = await store.write(take_over, admin, conversation.id, conversation.epoch)
    said = await store.write(reply, admin, conversation.id, taken.epoch, "c-1", "Hold the button for ten seconds.")
    await far.called(1)
    while "Hold the button for ten seconds." not in far.texts:
        await far.called(len(far.calls) + 1)
    call = next(call for call in far.calls if call.id == said.message.id)
    assert call.signed
    assert call.body["data"]["to"] == {"address": "+49151"}
    assert call.body["data"]["message"]["author"] == {"kind": "agent", "name": "Sam"}


async def test_a_repeated_call_is_one_message(gateway: Gateway) -> None:
    """The same external id is answered with the message that is there."""
    first = await gateway.sends("Hello")
    again = await gateway.sends("Hello")
    assert again == {"message": first["message"], "duplicate": True}


async def test_a_signed_call_needs_no_token(gateway: Gateway) -> None:
    """A far end that signs as Standard Webhooks has it is believed; with another secret it is not."""
    secret = new_signing_secret()
    await gateway.house.store.write(_share, gateway.inbox_id, {"hook_secrets": [secret]})
    body = orjson.dumps({"external_id": "SM2", "from": {"address": "+1"}, "text": "Hi"})
    for signing, expected in ((secret, 200), (new_signing_secret(), 401)):
        at = datetime.now(UTC).replace(microsecond=0)
        headers = {
            "webhook-id": "evt_1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(signing).sign("evt_1", at, body.decode()),
        }
        status, answer = await gateway.post(body, **headers)
        assert status == expected, answer


@pytest.mark.parametrize(
    ("body", "headers", "path", "status", "code"),
    [
        ({"text": "no sender"}, None, None, 400, "invalid"),
        (b"{", None, None, 400, "invalid"),
        ({}, {"Authorization": "Bearer guess"}, None, 401, "unauthorized"),
        ({}, {"X-Nothing": "here"}, None, 401, "unauthorized"),
        ({}, None, "api/inb_unknown", 404, "not_found"),
        ({}, None, "fax/inb_unknown", 404, "not_found"),
        (b"x" * (10 * 1024 * 1024 + 1), None, None, 413, "too_large"),
        ({"external_id": "1", "from": {"address": "a"}, "text": "x" * 10_001}, None, None, 413, "too_large"),
        ({"type": "delivery.updated", "external_id": "SM0", "state": "read"}, None, None, 404, "not_found"),
    ],
)
async def test_what_cannot_be_taken_is_refused(
    body: object, headers: dict[str, str] | None, path: str | None, status: int, code: str, gateway: Gateway
) -> None:
    """Each refusal has its status and the protocol's error object."""
    got, answer = await gateway.post(body, path=path, **(headers or {}))
    assert (got, answer["error"]["code"]) == (status, code)


async def test_a_website_has_no_hook(gateway: Gateway) -> None:
    """Visitors of a website come by the socket; its hook is not there under another channel's name either."""
    got, answer = await gateway.post({}, path=f"web/{gateway.founded.inbox_id}")
    assert (got, answer["error"]["code"]) == (501, "unsupported")
    got, answer = await gateway.post({}, path=f"api/{gateway.founded.inbox_id}")
    assert (got, answer["error"]["code"]) == (404, "not_found")


async def test_nothing_is_asked_by_get(gateway: Gateway) -> None:
    """A GET on the hook says that this channel has none, and takes nothing in."""
    async with gateway.http.get(f"{gateway.url}/hooks/api/{gateway.inbox_id}") as answer:
        assert answer.status == 501
        assert (await answer.json())["error"]["code"] == "unsupported"


async def test_a_photo_is_kept_once(gateway: Gateway, tmp_path: Path) -> None:
    """A file that comes with a message is on disk under its own type; a repeat or a refusal leaves none behind."""
    photo = {"name": "../../blinks.png", "type": "text/html", "data": b64encode(PNG).decode()}
    for _ in range(2):
        await gateway.sends("", attachments=[photo])
    status, _ = await gateway.post(
        {
            "external_id": "SM3",
            "from": {"address": "+1"},
            "text": "x",
            "choice": {"message_id": "m", "value": "v"},
            "attachments": [photo],
        }
    )
    assert status == 404
    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [PNG]
    message = await gateway.sends("", attachments=[photo])
    page = await gateway.house.store.read(
        lambda tx: reading.newest(tx, reading.get(tx, message["message"]["conversation_id"]), "visitor")
    )
    shown = orjson.loads(page.messages[0].content or "{}")["attachments"][0]
    assert (shown["name"], shown["type"], shown["size_bytes"]) == ("blinks.png", "image/png", len(PNG))
    assert isinstance(gateway.house.files, Files)


async def test_a_dead_letter_is_seen_and_tried_again(gateway: Gateway, far: FarEnd) -> None:
    """Whoever has the chat sees why it did not go out; an operator tries it again beside the running server."""
    got = await gateway.sends("Hello")
    chat_id = got["message"]["conversation_id"]
    store, admin_id = gateway.house.store, gateway.founded.admin_id
    token, _ = await store.write(open_session, admin_id)
    admin = Agent(gateway.url, admin_id, token)
    shell = Shell(gateway.house.settings.data_dir)
    try:
        await admin.comes()
        await admin.decides("take_over", chat_id)
        for _ in range(20):
            far.says(400)
        said = await admin.says(chat_id, "Hi Ana")
        updated = await admin.sees("message.updated", lambda one: one["id"] == said["id"])
        delivery = updated["delivery"]
        assert (delivery["state"], delivery["attempts"], delivery["next_at"]) == ("failed", 1, None)
        assert "400" in delivery["error"]
        fresh = await admin.fresh(chat_id)
        assert next(one for one in fresh["messages"] if one["id"] == said["id"])["delivery"] == delivery
        failed = (await shell.json("deliveries", "failed"))["deliveries"]
        assert next(one["message_id"] for one in failed) == said["id"]
        far.script.clear()
        mark = admin.mark
        told = await shell.json("deliveries", "replay", said["id"])
        assert told == {"replayed": [said["id"]]}
        await gateway.house.deliveries.sweep()
        sent = await admin.sees(
            "message.updated",
            lambda one: one["id"] == said["id"] and one["delivery"]["state"] == "sent",
            after=mark,
        )
        assert sent["delivery"]["error"] is None
        again = await shell.run("deliveries", "replay", said["id"], "--json")
        assert (again.code, again.json["error"]["code"]) == (1, "illegal_transition")
        nothing = await shell.run("deliveries", "replay", "--json")
        assert nothing.code == 2
    finally:
        await admin.close()


async def test_receipts_come_by_the_same_hook(gateway: Gateway, far: FarEnd) -> None:
    """What became of a message of ours is told by its id, and moves the delivery on."""
    got = await gateway.sends("Hello")
    store, admin = gateway.house.store, gateway.founded.admin_id
    conversation = await store.read(reading.get, got["message"]["conversation_id"])
    taken = await store.write(take_over, admin, conversation.id, conversation.epoch)
    said = await store.write(reply, admin, conversation.id, taken.epoch, "c-1", "Hi Ana")
    while said.message.id not in [call.id for call in far.calls]:
        await far.called(len(far.calls) + 1)
    seen: list[str] = []
    for state in ("delivered", "read", "delivered"):
        status, answer = await gateway.post(
            {"type": "delivery.updated", "external_id": said.message.id, "state": state}
        )
        assert status == 200
        assert answer["results"] == [{"delivery": "delivered" if state == "delivered" and not seen else "read"}]
        seen.append(state)
