"""A desk without people: inboxes, a clock, and what was stored, for tests of the doors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import insert, select

from conversations.attachments import Attachment, add
from conversations.facts import Fact, fact_from
from conversations.held import hold
from conversations.hints import ConversationChanged
from conversations.inbox import receive
from conversations.model import Author, Conversation, InboundMessage, Inbox, InboxRules, Message, Receipt
from conversations.outbox import post
from conversations.reading import get
from conversations.statements import ALL_MESSAGE, message_from
from conversations.store import Store, Tx
from conversations.store.statement import Engine, Row, Runnable
from conversations.store.tables import (
    agents,
    bots,
    facts,
    inboxes,
    knowledge_bases,
    messages,
    offers,
    queue_items,
    workspaces,
)
from tests.rig.replay import State, of_row, replay
from tests.store.engines import Database

P = ParamSpec("P")
T = TypeVar("T")

WORKSPACE = "wsp_desk"
START = 1_780_000_000_000
HOUR = 3_600_000
BOT = Author("bot", "bot_desk")

WEB = Inbox("inb_web", WORKSPACE, "Website", "web", "key_web", "bot_desk", None, InboxRules())
NO_BOT = Inbox("inb_people", WORKSPACE, "People only", "web", "key_people", None, None, InboxRules())
API = Inbox("inb_api", WORKSPACE, "By HTTP", "api", "key_api", "bot_desk", None, InboxRules())


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now

    def forward(self, ms: int) -> None:
        self.now += ms


@dataclass
class Desk:
    """A store with three inboxes; `hints` has what was published, in order."""

    store: Store
    database: Database
    clock: Clock
    hints: list[object]
    numbers: count[int] = field(default_factory=lambda: count(1))

    @classmethod
    async def open(cls, database: Database) -> Desk:
        hints: list[object] = []
        clock = Clock()
        store = await database.open(on_hints=hints.extend, clock=clock)
        desk = cls(store, database, clock, hints)
        await store.write(furnish)
        return desk

    async def do(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        result = await self.store.write(fn, *args, **kwargs)
        await asyncio.sleep(0)  # the hints of a commit are published just after its result
        return result

    async def receives(self, text: str = "Hello", *, inbox: Inbox = WEB, **inbound: Any) -> Receipt:
        """What a visitor says. inbound: more of InboundMessage; without a sender it is ana."""
        if not inbound.keys() & {"identity_id", "address"}:
            inbound["address"] = "ana"
        return await self.do(receive, inbox, InboundMessage(text, **inbound))

    async def answers(self, conversation_id: str, text: str = "It is on its way.", **more: Any) -> Message:
        """What the bot says to all that was said."""

        def fn(tx: Tx) -> Message:
            held = hold(tx, conversation_id)
            now = held.conversation
            done = {"answered_seq": now.visitor_seq, "turn_due_at": None, "waiting_on": "visitor"}
            message = post(held, BOT, text, columns={**done, "waiting_since": None}, **more)
            held.save()
            return message

        return await self.do(fn)

    async def uploads(self, uploader: str, name: str = "bill.pdf") -> str:
        """The id of a file that waits to be sent."""

        def fn(tx: Tx) -> str:
            file = Attachment(
                id=tx.new_id("att"),
                workspace_id=WORKSPACE,
                uploader=uploader,
                name=name,
                type="application/pdf",
                size_bytes=1_234,
                sha256="0" * 64,
                path="ab/cd",
                conversation_id=None,
                message_id=None,
                created_at=tx.now,
                erased_at=None,
            )
            return add(tx, file).id

        return await self.store.write(fn)

    # what is there ---------------------------------------------------------------------------

    async def conversation(self, conversation_id: str) -> Conversation:
        return await self.store.read(get, conversation_id)

    async def messages(self, conversation_id: str) -> list[Message]:
        """All of a conversation, in the order in which they were made."""
        query = select(*ALL_MESSAGE).where(messages.c.conversation_id == conversation_id).order_by(messages.c.made_rev)
        return [message_from(row) for row in await self.store.read(lambda tx: tx.all(query))]

    async def facts(self, conversation_id: str | None = None) -> list[Fact]:
        query = select(*facts.c).order_by(facts.c.id)
        if conversation_id is not None:
            query = query.where(facts.c.conversation_id == conversation_id)
        return [fact_from(row) for row in await self.store.read(lambda tx: tx.all(query))]

    async def rows(self, query: Any) -> list[Row]:
        return await self.store.read(lambda tx: tx.all(query))

    async def by_rows(self, conversation_id: str) -> State:
        """The state of a conversation, by its rows."""
        items = select(queue_items.c.id).where(queue_items.c.state == "live", queue_items.c.kind == "chat")
        offered = select(offers.c.id).where(offers.c.state == "offered", offers.c.conversation_id == conversation_id)
        [item_id] = [*(await self.rows(items.where(queue_items.c.conversation_id == conversation_id))), None][:1]
        [offer_id] = [*(await self.rows(offered)), None][:1]
        found = await self.conversation(conversation_id)
        return of_row(found, item_id[0] if item_id else None, offer_id[0] if offer_id else None)

    async def by_facts(self, conversation_id: str) -> State:
        """The same, by its facts."""
        return replay(await self.facts(conversation_id))[conversation_id]

    def changes(self, conversation_id: str) -> list[object]:
        """What was hinted to have changed in a conversation, in order."""
        return [
            change
            for hint in self.hints
            if isinstance(hint, ConversationChanged) and hint.conversation.id == conversation_id
            for change in hint.changes
        ]


def furnish(tx: Tx) -> None:
    """A workspace with a bot, two agents and the three inboxes."""
    now = tx.now
    tx.run(insert(workspaces).values(id=WORKSPACE, name="Desk", created_at=now))
    tx.run(insert(knowledge_bases).values(id="kbs_desk", workspace_id=WORKSPACE, name="Known", created_at=now))
    bot = {"id": "bot_desk", "workspace_id": WORKSPACE, "knowledge_base_id": "kbs_desk", "name": "Bot"}
    tx.run(insert(bots).values(**bot, created_at=now))
    for one in (WEB, NO_BOT, API):
        row = {"id": one.id, "workspace_id": WORKSPACE, "name": one.name, "channel": one.channel}
        tx.run(insert(inboxes).values(**row, public_key=one.public_key, bot_id=one.bot_id, created_at=now))
    for name in ("sam", "kim"):
        row = {"id": f"agt_{name}", "workspace_id": WORKSPACE, "email": f"{name}@example.com", "name": name}
        tx.run(insert(agents).values(**row, password_hash="", role="agent", status="online", created_at=now))


class CountingTx:
    """A transaction that counts its statements: each is a round trip to a database that is elsewhere."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.statements = 0
        self.engine: Engine = tx.engine
        self.now = tx.now

    def new_id(self, prefix: str) -> str:
        return self._tx.new_id(prefix)

    def all(self, statement: Runnable, params: Mapping[str, Any] = {}) -> list[Row]:
        self.statements += 1
        return self._tx.all(statement, params)

    def one(self, statement: Runnable, params: Mapping[str, Any] = {}) -> Row | None:
        self.statements += 1
        return self._tx.one(statement, params)

    def run(self, statement: Runnable, params: Mapping[str, Any] = {}) -> int:
        self.statements += 1
        return self._tx.run(statement, params)

    def many(self, statement: Runnable, rows: Sequence[Mapping[str, Any]]) -> None:
        self.statements += 1 if rows else 0
        self._tx.many(statement, rows)

    def hint(self, hint: object) -> None:
        self._tx.hint(hint)

    def reach(self, point: str) -> None:
        self._tx.reach(point)
