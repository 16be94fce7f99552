"""A desk with the people of a story around it: agents and visitors who act through the rooms' own functions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Concatenate, ParamSpec, TypeVar

import orjson
from sqlalchemy import func, insert, select

from conversations import visitor
from conversations.held import hold
from conversations.inbox import receive
from conversations.items import enter_queue
from conversations.model import Author, Conversation, InboundMessage, Inbox, InboxRules, Message, Offer, Receipt
from conversations.outbox import post
from conversations.reading import get, newest
from conversations.store import Store, Tx
from conversations.store.tables import bots, conversations, facts, inboxes, knowledge_bases, queue_items, workspaces
from handoff import agents, offers, presence, teams
from handoff.agents import Agent, NewAgent, live_offers
from handoff.desk import claiming, closing, passing, talking
from handoff.rights import Role
from handoff.seats import used_in
from handoff.waiting import Place, line
from handoff.waking import wake_due
from tests.store.engines import Database

P = ParamSpec("P")
T = TypeVar("T")

WORKSPACE = "wsp_desk"
START = 1_780_000_000_000
LONG = 10**9
SECOND = 1_000
MINUTE = 60_000


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
    """A store, an inbox with a bot, and a clock; `seen` has every hint in the order of its publishing."""

    store: Store
    database: Database
    clock: Clock
    inbox: Inbox
    seen: list[object]
    _numbers: count[int] = field(default_factory=lambda: count(1))

    async def do(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        result = await self.store.write(fn, *args, **kwargs)
        await asyncio.sleep(0)  # the hints of a commit are published just after its result
        return result

    async def agent(
        self,
        name: str,
        *,
        seats: int = 2,
        role: Role = "agent",
        skills: tuple[str, ...] = (),
        tier: int = 1,
        teams: tuple[str, ...] = (),
        there: bool = True,
    ) -> Person:
        """A new agent. there: connected and online, with a lease that outlives the story."""
        new = NewAgent(
            f"{name.lower()}{next(self._numbers)}@example.com",
            name,
            "",
            role=role,
            seats=seats,
            skills=skills,
            tier=tier,
            team_ids=teams,
        )
        person = Person(self, await self.do(agents.add, WORKSPACE, new))
        if there:
            await person.comes()
        return person

    async def team(self, name: str) -> str:
        return (await self.do(teams.add, WORKSPACE, name)).id

    async def visitor(self, name: str = "Ana", *, inbox: Inbox | None = None) -> Guest:
        return Guest(self, f"{name}-{next(self._numbers)}", name, inbox or self.inbox)

    async def waiting(self, text: str = "My lamp flickers.", **kinds: Any) -> Guest:
        """A visitor who wrote and asked for a person. kinds: see Guest.asks."""
        ana = await self.visitor()
        await ana.says(text)
        await ana.asks(**kinds)
        return ana

    async def routes(self) -> list[Offer]:
        """Offers made until there is nothing more to offer, as the server's own runner does it."""
        made: list[Offer] = []
        while some := await self.do(offers.offer_next, WORKSPACE):
            made += some
        return made

    async def sweeps(self) -> None:
        """What the server's clocks do."""
        await self.do(offers.expire_due)
        await self.do(presence.sweep)
        await self.do(wake_due)
        await self.routes()

    async def passes(self, ms: int) -> None:
        self.clock.forward(ms)
        await self.sweeps()

    async def places(self) -> dict[str, Place]:
        return await self.store.read(line, WORKSPACE)

    async def look(self, conversation_id: str) -> Conversation:
        return await self.store.read(get, conversation_id)

    async def messages(self, conversation_id: str, audience: Any = "agent") -> list[Message]:
        def read(tx: Tx) -> list[Message]:
            return list(newest(tx, get(tx, conversation_id), audience, 200).messages)

        return await self.store.read(read)

    async def facts(self, kind: str | None = None, conversation_id: str | None = None) -> list[tuple[str, Any]]:
        """(actor, data) of each fact of a kind, in order."""

        def read(tx: Tx) -> list[tuple[str, Any]]:
            found = select(facts.c.actor, facts.c.data).order_by(facts.c.id)
            if kind is not None:
                found = found.where(facts.c.kind == kind)
            if conversation_id is not None:
                found = found.where(facts.c.conversation_id == conversation_id)
            return [(actor, orjson.loads(data)) for actor, data in tx.all(found)]

        return await self.store.read(read)

    def hinted(self, kind: type[T]) -> list[T]:
        return [hint for hint in self.seen if isinstance(hint, kind)]

    async def check(self) -> None:
        """What must always hold of owners, seats, items and offers; also at every moment before this one."""
        await self.store.read(check)


@dataclass
class Person:
    """An agent at the desk."""

    desk: Desk
    agent: Agent

    @property
    def id(self) -> str:
        return self.agent.id

    async def comes(self, lease_ms: int = LONG) -> None:
        await self.desk.do(presence.connected, self.id, f"con-{self.id}", "one", lease_ms)
        await self.desk.do(agents.set_status, self.id, "online")

    async def leaves(self) -> None:
        await self.desk.do(presence.disconnected, f"con-{self.id}")

    async def is_now(self, status: Any) -> None:
        await self.desk.do(agents.set_status, self.id, status)

    async def offers(self) -> list[Offer]:
        return await self.desk.store.read(live_offers, self.id)

    async def used(self) -> int:
        return (await self.desk.store.read(used_in, WORKSPACE)).get(self.id, 0)

    async def now(self) -> Agent:
        return await self.desk.store.read(agents.acting, self.id)

    async def accepts(self, offer: Offer | None = None) -> Conversation:
        """The offer, or the first that is before them."""
        if offer is None:
            await self.desk.routes()
            offer = (await self.offers())[0]
        conversation = await self.desk.look(offer.conversation_id)
        return await self.desk.do(claiming.accept, self.id, conversation.id, conversation.epoch, offer.id)

    async def does(self, command: Callable[..., T], guest: Guest, *args: Any, **kwargs: Any) -> T:
        """A command on somebody's conversation, at its present epoch."""
        epoch = (await self.desk.look(guest.conversation_id)).epoch
        return await self.desk.do(command, self.id, guest.conversation_id, epoch, *args, **kwargs)

    async def replies(self, guest: Guest, text: str, client_id: str | None = None) -> Receipt:
        client_id = client_id or f"c{next(self.desk._numbers)}"
        return await self.does(talking.reply, guest, client_id, text)

    async def picks(self, guest: Guest) -> Conversation:
        return await self.does(claiming.accept, guest)

    async def resolves(self, guest: Guest) -> Conversation:
        return await self.does(closing.resolve, guest)

    async def transfers(self, guest: Guest, **to: Any) -> Conversation:
        return await self.does(passing.transfer, guest, **to)


@dataclass
class Guest:
    """A visitor."""

    desk: Desk
    address: str
    name: str
    inbox: Inbox
    conversation_id: str = ""
    identity_id: str = ""

    async def says(self, text: str) -> Receipt:
        inbound = InboundMessage(
            text, address=self.address, name=self.name, client_id=f"v{next(self.desk._numbers)}", locale="en"
        )
        receipt = await self.desk.do(receive, self.inbox, inbound)
        self.conversation_id, self.identity_id = receipt.conversation.id, receipt.conversation.identity_id
        return receipt

    async def asks(self, *, team_id: str | None = None, skills: tuple[str, ...] = (), tier: int = 1) -> Conversation:
        """For a person. skills, tier: as a rule of the inbox would ask for."""
        if not skills and tier == 1:
            inbox = self.inbox if team_id is None else with_team(self.inbox, team_id)
            return await self.desk.do(visitor.request_person, inbox, self.identity_id, self.conversation_id)
        return await self.desk.do(escalate, self.conversation_id, team_id, skills, tier)

    async def answered_by_bot(self, text: str, **understanding: Any) -> Message:
        return await self.desk.do(bot_says, self.conversation_id, text, understanding)

    async def sees(self) -> list[tuple[str, str]]:
        return [(one.author_kind, one.text) for one in await self.desk.messages(self.conversation_id, "visitor")]

    async def stands(self) -> Conversation:
        return await self.desk.look(self.conversation_id)


def with_team(inbox: Inbox, team_id: str) -> Inbox:
    return Inbox(
        inbox.id, inbox.workspace_id, inbox.name, inbox.channel, inbox.public_key, inbox.bot_id, team_id, inbox.rules
    )


def escalate(tx: Tx, conversation_id: str, team_id: str | None, skills: tuple[str, ...], tier: int) -> Conversation:
    held = hold(tx, conversation_id)
    enter_queue(
        held,
        "escalate",
        Author("system"),
        reason="asked",
        team_id=team_id,
        required_skills=skills,
        columns={"tier": tier},
    )
    return held.save()


def bot_says(tx: Tx, conversation_id: str, text: str, understanding: dict[str, Any]) -> Message:
    held = hold(tx, conversation_id)
    content = understanding.pop("content", None)
    columns = {"answered_seq": held.conversation.visitor_seq, "waiting_on": "visitor", "waiting_since": None}
    message = post(
        held, Author("bot", "bot_desk", "Bo"), text, content=content, understanding=understanding, columns=columns
    )
    held.save()
    return message


async def opened(database: Database) -> Desk:
    clock, seen = Clock(), list[object]()
    store = await database.open(on_hints=seen.extend, clock=clock)
    inbox = Inbox("inb_desk", WORKSPACE, "Website", "web", "key_desk", "bot_desk", None, InboxRules())
    await store.write(found, inbox)
    return Desk(store, database, clock, inbox, seen)


def found(tx: Tx, inbox: Inbox) -> None:
    tx.run(insert(workspaces).values(id=WORKSPACE, name="Desk", created_at=tx.now))
    tx.run(insert(knowledge_bases).values(id="kbs_desk", workspace_id=WORKSPACE, name="Desk", created_at=tx.now))
    tx.run(
        insert(bots).values(
            id="bot_desk", workspace_id=WORKSPACE, name="Bo", knowledge_base_id="kbs_desk", created_at=tx.now
        )
    )
    add_inbox(tx, inbox)


def add_inbox(tx: Tx, inbox: Inbox) -> None:
    tx.run(
        insert(inboxes).values(
            id=inbox.id,
            workspace_id=inbox.workspace_id,
            name=inbox.name,
            channel=inbox.channel,
            public_key=inbox.public_key,
            bot_id=inbox.bot_id,
            created_at=tx.now,
        )
    )


def check(tx: Tx) -> None:
    """Raises AssertionError when an owner, a seat, an item or an offer is one too many or too few."""
    queued = {row[0] for row in tx.all(select(conversations.c.id).where(conversations.c.status == "queued"))}
    live = [row[0] for row in tx.all(select(queue_items.c.conversation_id).where(queue_items.c.state == "live"))]
    assert sorted(live) == sorted(queued), "queued exactly when a live item exists"
    seats = {agent.id: agent.seats for agent in agents.listed(tx, WORKSPACE)}
    for agent_id, used in used_in(tx, WORKSPACE).items():
        assert used <= seats[agent_id], f"{agent_id} has {used} of {seats[agent_id]} seats"
    _replay(tx, seats)


def _replay(tx: Tx, seats: dict[str, int]) -> None:
    """Tell the whole story again from its facts, looking at every step. Idle chats keep their seat here."""
    owner: dict[str, str | None] = {}
    epochs: dict[str, int] = {}
    seated: dict[tuple[str, str], str] = {}
    statement = select(facts.c.conversation_id, facts.c.kind, facts.c.epoch, facts.c.data).order_by(facts.c.id)
    for conversation_id, kind, epoch, text in tx.all(statement):
        data = orjson.loads(text)
        if kind == "status_changed":
            assert owner.get(conversation_id) == data["from_assignee"], "one owner at a time, each after the last"
            assert epoch == epochs.get(conversation_id, 1) + 1, "each change raises the epoch by one"
            owner[conversation_id], epochs[conversation_id] = data["to_assignee"], epoch
            seated.pop(("chat", conversation_id), None)
            if data["to_status"] == "assigned":
                seated["chat", conversation_id] = data["to_assignee"]
        elif kind == "offer_made":
            seated["offer", conversation_id] = data["agent_id"]
        elif kind == "offer_ended":
            del seated["offer", conversation_id]
        taken = Counter(seated.values())
        assert all(many <= seats.get(who, 0) for who, many in taken.items()), f"over their seats: {taken}"


def open_items(tx: Tx) -> int:
    row = tx.one(select(func.count()).where(queue_items.c.state == "live"))
    assert row is not None
    return int(row[0])
