"""The house assembled: every part with its owner, opened in order and closed in the other."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self

import structlog
from sqlalchemy import literal, select

from bot.runner import TurnRunner, free_leases
from bot.topics import TopicBook
from bot.turn import TurnDesk
from channels import all_channels
from channels.base import Channel, Shown
from channels.outbound import Caller
from channels.runner import Deliveries
from conversations import reading
from conversations.hints import (
    ConversationChanged,
    DeliveryDue,
    RoutingDue,
    TurnDue,
)
from conversations.model import Conversation, Message
from conversations.store import NoPoints, Points, Store, StoreError, Tx, open_store
from handoff import line as waiting_line
from handoff import offers, presence, sessions, waiting, waking
from handoff.sessions import Passwords
from intents.changes import KnowledgeChanged
from intents.live import Recognizers
from server.faces import FaceBook
from server.files import Files
from server.jobs import Job, Jobs
from server.line import Line
from server.metrics import Metrics
from server.once_each import OnceEach
from server.places import Places, PlacesChanged
from server.realtime.agent_view import AgentView
from server.realtime.connection import Connection
from server.realtime.fanout import VisitorFanout, agents_of
from server.realtime.followers import Digest, TypingNow
from server.realtime.sessions import AgentSession, VisitorSession
from server.settings import Settings, derived_key, secret_key
from server.shapes import visitor_conversation, visitor_message

log = structlog.get_logger(__name__)

ROUTING_LIMIT_S = 10.0
ROUTING_REST = 4
ROUTING_REST_MOST_S = 0.5
HEARD_WITHIN_S = 25.0
TROUBLE_S = 3.0


class House:
    """One process's house: `async with House(settings, points=...) as house` opens it and closes it at the end.

    points: named points of the way, for the rigs that stop or kill there.
    """

    store: Store
    places: Places
    faces: FaceBook
    recognizers: Recognizers
    topics: TopicBook
    turns: TurnRunner
    deliveries: Deliveries
    caller: Caller
    channels: Mapping[str, Channel]
    routing: OnceEach
    line: Line
    visitors: VisitorFanout
    agents: AgentView
    files: Files
    passwords: Passwords
    jobs: Jobs

    def __init__(self, settings: Settings, *, points: Points | None = None) -> None:
        self.settings = settings
        self.points = points or NoPoints()
        self.node = f"{socket.gethostname()}:{os.getpid()}"
        self.typing = TypingNow()
        self.ready = False
        self.metrics = Metrics()
        self._stale = asyncio.Event()
        self._visitor_digest = Digest(self._visitor_connections, _followed_by_visitor, self._visitor_revs)
        self._agent_digest = Digest(self._agent_connections, _followed_by_agent, self._agent_revs)

    async def __aenter__(self) -> Self:
        store = self.store = await open_store(self.settings.database, on_hints=self.hear, points=self.points)
        self.places = Places(store)
        self.faces = FaceBook(store)
        self.recognizers = Recognizers(store, self.settings.models_dir)
        self.line = Line(store, self.workspaces)
        self.visitors = VisitorFanout(self.faces, self.line.known)
        self.agents = AgentView(store, self.faces)
        self.caller = Caller(inside=self.settings.webhook_networks)
        self.channels = all_channels(self.caller)
        self.topics = TopicBook(store)
        desk = TurnDesk(store, self.recognizers, self.topics, self.places.inbox, self.points)
        self.turns = TurnRunner(desk, self.typing)
        self.deliveries = Deliveries(store, self.channels, self._show, points=self.points)
        self.routing = OnceEach("routing", self._route, at_once=8, limit_s=ROUTING_LIMIT_S)
        self.files = Files(self.settings.files_dir, derived_key(secret_key(self.settings), "files"))
        self.passwords = Passwords()
        self.jobs = Jobs(self._jobs())
        await self.places.load()
        await self.faces.load()
        await self.recognizers.load()
        if store.engine == "sqlite":
            await free_leases(store)
        self.agents.fanout.start()
        self.turns.start()
        self.jobs.start()
        self.ready = True
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop what begins work, let what runs end, then close the store."""
        self.ready = False
        await self.jobs.close()
        await self.turns.close()
        await self.routing.close()
        await self.deliveries.close()
        await self.caller.close()
        await self.agents.fanout.close()
        await self.recognizers.close()
        self.passwords.close()
        await self.store.close()

    async def trouble(self) -> dict[str, str]:
        """What keeps the house from serving, by part; empty when it is ready."""
        found: dict[str, str] = {}
        if not self.ready:
            found["server"] = "It is starting or ending."
            return found
        try:
            async with asyncio.timeout(TROUBLE_S):
                await self.store.write(_answers)
        except (StoreError, TimeoutError) as error:
            found["database"] = str(error) or "It does not answer."
        return found | self.recognizers.trouble()

    def workspaces(self) -> list[str]:
        return list({place.inbox.workspace_id for place in self.places.all()})

    # hints -----------------------------------------------------------------------------------

    def hear(self, hints: Sequence[object]) -> None:
        """After a commit: wake whom it concerns. What is lost here, sweeps and digests find again."""
        self.metrics.note(hints)
        for hint in hints:
            match hint:
                case ConversationChanged():
                    self.visitors.publish(hint)
                    self.agents.fanout.publish(hint)
                case TurnDue(conversation_id, claimed):
                    self.turns.due(conversation_id, claimed)
                case RoutingDue(workspace_id):
                    self.routing.due(workspace_id)
                case DeliveryDue(conversation_id):
                    self.deliveries.due(conversation_id)
                case KnowledgeChanged() | PlacesChanged():
                    self._stale.set()
                case _:
                    self.agents.fanout.publish(hint)

    async def refresh(self) -> None:
        """Read again what is kept in memory."""
        await self.places.load()
        await self.faces.load()
        await self.recognizers.load()
        await self.topics.refresh()

    # jobs ------------------------------------------------------------------------------------

    def _jobs(self) -> list[Job]:
        return [
            Job("refresh", 0.05, 30, self._refresh_when_stale),
            Job("outside", 2, 10, self._look_outside),
            Job("offers", 1, 10, self._expire_offers),
            Job("routing", 2, 10, self._route_all),
            Job("presence", 5, 10, self._sweep_presence),
            Job("leases", 8, 10, self._renew_presence),
            Job("waking", 5, 10, self._wake),
            Job("line", 5, 10, self._show_line),
            Job("sync", 1, 10, self._visitor_digest.tick),
            Job("sync agents", 1, 10, self._agent_digest.tick),
            Job("mend agents", 1, 10, self._mend_agents),
            Job("deliveries", 1, 30, self._sweep_deliveries),
        ]

    async def _refresh_when_stale(self) -> None:
        try:
            async with asyncio.timeout(20):
                await self._stale.wait()
        except TimeoutError:
            return
        self._stale.clear()
        await self.refresh()

    async def _look_outside(self) -> None:
        """A command beside this server may have changed what is kept in memory."""
        if await self.store.changed_outside():
            await self.refresh()

    async def _route(self, workspace_id: str) -> None:
        began = time.monotonic()
        await self.store.write(offers.offer_next, workspace_id)
        await self.store.write(waiting.tell_nobody_there, workspace_id)
        # a long line takes long to look at: chats have most of the database's time, also then
        await asyncio.sleep(min((time.monotonic() - began) * ROUTING_REST, ROUTING_REST_MOST_S))

    async def _route_all(self) -> None:
        for workspace_id in await self.store.read(waiting_line.workspaces_waiting):
            self.routing.due(workspace_id)

    async def _expire_offers(self) -> None:
        await _until_few(self.store, offers.expire_due, 50)

    async def _sweep_presence(self) -> None:
        await _until_few(self.store, presence.sweep, 50)
        await self.store.write(sessions.sweep)

    async def _renew_presence(self) -> None:
        """Keep up the leases of agents whose socket was heard; the page's own timers prove nothing."""
        heard = time.monotonic() - HEARD_WITHIN_S
        alive = {one.id: one for one in self._agent_connections() if one.last_heard_at > heard and not one.closed}
        ids = list(alive)
        for start in range(0, len(ids), 200):
            for unknown in await self.store.write(presence.renew, ids[start : start + 200]):
                agent_id = alive[unknown].session.agent_id
                await self.store.write(presence.connected, agent_id, unknown, self.node)

    async def _wake(self) -> None:
        await _until_few(self.store, waking.wake_due, 20)

    async def _show_line(self) -> None:
        await self.line.tick(self.visitors, self.agents.fanout)

    async def _mend_agents(self) -> None:
        behind, self.agents.behind = self.agents.behind, set()
        await self._agent_digest.send(list(behind))

    async def _sweep_deliveries(self) -> None:
        await self.deliveries.sweep()

    def _show(self, message: Message, conversation: Conversation) -> Shown:
        return Shown(visitor_message(message), visitor_conversation(conversation, self.faces, None))

    # who listens -----------------------------------------------------------------------------

    def _visitor_connections(self) -> list[Connection[VisitorSession]]:
        index = self.visitors.connections
        return [one for key in tuple(index.keys()) for one in index.of(key)]

    def _agent_connections(self) -> list[Connection[AgentSession]]:
        return list(agents_of(self.agents.fanout.connections))

    async def _visitor_revs(self, ids: list[str]) -> dict[str, int]:
        return {key: revs[0] for key, revs in (await self.store.read(reading.revs_of, ids)).items()}

    async def _agent_revs(self, ids: list[str]) -> dict[str, int]:
        return {key: revs[1] for key, revs in (await self.store.read(reading.revs_of, ids)).items()}


async def _until_few(store: Store, sweep: Callable[[Tx, int], Sequence[object]], limit: int) -> None:
    """Sweep again while a sweep finds as much as it may; a bounded number of times."""
    for _ in range(20):
        if len(await store.write(sweep, limit)) < limit:
            return


def _answers(tx: Tx) -> None:
    tx.one(select(literal(1)))


def _followed_by_visitor(connection: Connection[VisitorSession]) -> Iterable[str]:
    return connection.session.followed


def _followed_by_agent(connection: Connection[AgentSession]) -> Iterable[str]:
    return [*connection.session.owned, *connection.session.watched]
