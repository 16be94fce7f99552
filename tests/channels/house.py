"""A desk with an `api` inbox, and the far end of its webhook: a real HTTP server that does what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from sqlalchemy import insert
from standardwebhooks import Webhook

from channels import all_channels, delivery
from channels.arrival import take_in
from channels.base import Arrived, Json, Shown
from channels.capabilities import Capabilities
from channels.outbound import Caller
from channels.runner import PER_INBOX, Deliveries
from conversations.held import hold
from conversations.hints import DeliveryDue
from conversations.model import Author, Conversation, InboundMessage, Inbox, InboxRules, Message, Receipt
from conversations.outbox import post
from conversations.store import Points, Store, Tx
from conversations.store.migrate import migrate_postgres, migrate_sqlite
from conversations.store.postgres import PostgresStore
from conversations.store.sqlite import SqliteStore
from conversations.store.tables import bots, inboxes, knowledge_bases, workspaces
from server.shapes import visitor_conversation, visitor_message

PATIENCE_S = 20.0
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
INBOX = Inbox("inb_sms", "wsp_1", "Text messages", "api", "key_1", "bot_1", None, InboxRules())
BOT = Author("bot", "bot_1")
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_795_000_000_000

    def __call__(self) -> int:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += int(seconds * 1000)


@dataclass(slots=True)
class Call:
    """One call that the far end got. text: of the message it carries."""

    headers: dict[str, str]
    body: Json
    text: str
    signed: bool

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Answering = Callable[[web.Request], Any]


@dataclass
class FarEnd:
    """A receiver of webhooks on a free port. What is in `script` answers the next calls; then it is always 204."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    script: list[Answering] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/frontdesk"

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.calls]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        signed = Webhook(SECRET).sign(headers["webhook-id"], at, body.decode()) in headers["webhook-signature"].split()
        found = orjson.loads(body)
        self.calls.append(Call(headers, found, found["data"]["message"]["text"], signed))
        async with self._changed:
            self._changed.notify_all()
        if self.script:
            answer: web.StreamResponse = await self.script.pop(0)(request)
            return answer
        return web.Response(status=204)

    async def called(self, times: int) -> None:
        """Until so many calls came."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: len(self.calls) >= times)

    # ways to answer --------------------------------------------------------------------------

    def says(self, status: int, body: object = None, **headers: str) -> None:
        async def answer(request: web.Request) -> web.Response:
            del request
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, body=orjson.dumps(body) if body is not None else None, headers=named)

        self.script.append(answer)

    def cuts(self) -> None:
        """Takes the message, and dies before it can say so."""

        async def answer(request: web.Request) -> web.Response:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        self.script.append(answer)

    def hangs(self) -> None:
        """Answers when the test opens the gate."""

        async def answer(request: web.Request) -> web.Response:
            del request
            await self.gate.wait()
            return web.Response(status=204)

        self.script.append(answer)

    def drips(self) -> None:
        """An answer without an end, as fast as it is read."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b"x" * 65_536)

        self.script.append(answer)


@asynccontextmanager
async def far_end(**options: Any) -> AsyncIterator[FarEnd]:
    far = FarEnd()
    app = web.Application()
    app.router.add_post("/frontdesk", far.answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, **options)
    await site.start()
    far.port = runner.addresses[0][1]
    try:
        yield far
    finally:
        far.gate.set()
        await runner.cleanup()


async def open_at(url: str, clock: Clock, on_hints: Callable[[Sequence[object]], None], points: Points) -> Store:
    """A started store under a clock that a test moves."""
    store: Store
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        migrate_sqlite(path)
        store = SqliteStore(path, on_hints=on_hints, clock=clock, points=points)
    else:
        await migrate_postgres(url)
        store = PostgresStore(url, on_hints=on_hints, clock=clock, points=points)
    await store.start()
    return store


class Desk:
    """Visitors write by the `api` channel, the bot answers, and what it says is delivered.

    deaf: hints are lost, and only sweeps find what is due.
    """

    def __init__(self, url: str, clock: Clock, points: Points) -> None:
        self.url = url
        self.clock = clock
        self.points = points
        self.caller = Caller(inside=LOOPBACK, timeout_s=5)
        self.capabilities = Capabilities()
        self.deaf = False
        self.deliveries: Deliveries
        self.store: Store
        self._external = 0

    async def open(self) -> None:
        self.store = await open_at(self.url, self.clock, self._hints, self.points)
        self.deliveries = self.worker()

    def worker(self, points: Points | None = None, *, per_inbox: int = PER_INBOX) -> Deliveries:
        """Another that delivers, as a second process would."""
        channels = all_channels(self.caller)
        return Deliveries(
            self.store, channels, show, points=points or self.points, per_inbox=per_inbox, chance=lambda: 0.5
        )

    async def close(self) -> None:
        await self.deliveries.close()
        await self.store.close()

    def _hints(self, hints: Sequence[object]) -> None:
        for hint in hints:
            if isinstance(hint, DeliveryDue) and not self.deaf:
                self.deliveries.due(hint.conversation_id)

    async def seed(self, webhook_url: str | None, **far: Any) -> None:
        settings = {"webhook_url": webhook_url, "far_end": far}
        await self.store.write(_seed, settings, {"webhook_secrets": [SECRET]})

    async def set_up(self, **settings: Any) -> None:
        """Change what the inbox's row says."""

        def change(tx: Tx) -> None:
            values = {name: orjson.dumps(value).decode() for name, value in settings.items()}
            tx.run(inboxes.update().where(inboxes.c.id == INBOX.id).values(values))

        await self.store.write(change)

    async def hears(self, text: str, *, of: str = "+49151", external_id: str | None = None, **more: Any) -> Receipt:
        """A visitor writes."""
        self._external += 1
        message = InboundMessage(text, address=of, external_id=external_id or f"sms-{of}-{self._external}", **more)
        return await self.store.write(take_in, INBOX, Arrived(message), self.capabilities)

    async def says(self, conversation_id: str, text: str, **more: Any) -> Message:
        """The bot answers."""
        return await self.store.write(_post, conversation_id, text, more)

    async def delivered(self) -> None:
        """Sweep, as the server's job does, until all that is due now has been tried."""
        async with asyncio.timeout(PATIENCE_S):
            await self.deliveries.sweep()
            await self.deliveries.settled()

    async def state(self, message: Message) -> delivery.Delivery:
        return (await self.store.read(delivery.states, [message.id]))[message.id]


def show(message: Message, conversation: Conversation) -> Shown:
    return Shown(visitor_message(message), visitor_conversation(conversation, lambda _: None, None))


def _seed(tx: Tx, settings: dict[str, Any], secrets: dict[str, Any]) -> None:
    tx.run(insert(workspaces).values(id="wsp_1", name="Merrowlight", created_at=tx.now))
    tx.run(insert(knowledge_bases).values(id="kbs_1", workspace_id="wsp_1", name="All", created_at=tx.now))
    bot = {"id": "bot_1", "workspace_id": "wsp_1", "knowledge_base_id": "kbs_1", "name": "Bot", "created_at": tx.now}
    tx.run(insert(bots).values(bot))
    inbox = {
        "id": INBOX.id,
        "workspace_id": "wsp_1",
        "name": INBOX.name,
        "channel": "api",
        "public_key": INBOX.public_key,
        "bot_id": "bot_1",
        "settings": orjson.dumps(settings).decode(),
        "secrets": orjson.dumps(secrets).decode(),
        "created_at": tx.now,
    }
    tx.run(insert(inboxes).values(inbox))


def _post(tx: Tx, conversation_id: str, text: str, more: dict[str, Any]) -> Message:
    held = hold(tx, conversation_id)
    message = post(held, BOT, text, **more)
    held.save()
    return message
