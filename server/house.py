"""The house assembled: every part with its owner, opened in order and closed in the other."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from conversations.hints import (
    ConversationChanged,
    DeliveryDue,
    IdentityMerged,
    QueueEntered,
    QueueLeft,
    RoutingDue,
    TurnDue,
)
from conversations.model import Conversation, Message
from conversations.store import Hints, NoPoints, Points, Store, StoreError, Tx, open_store
from conversations.store.clock import Clock, system_clock
from handoff import leaving, offers, presence, sessions, waiting, waking
from handoff import line as waiting_line
from handoff.sessions import Passwords
from intents.changes import KnowledgeChanged
from intents.live import Recognizers
from server.faces import FaceBook
from server.files import Files
from server.http.kept import forget_replies
from server.jobs import Job, Jobs
from server.line import Line
from server.metrics import Metrics
from server.once_each import OnceEach
from server.places import Places, PlacesChanged
from server.realtime.agent_view import AgentView
from server.realtime.digests import SYNC_S, AgentDigest, VisitorDigest
from server.realtime.fanout import VisitorFanout
from server.realtime.followers import SLOTS, TypingNow
from server.searching import Indexer
from server.settings import Settings, derived_key, secret_key
from server.shapes import visitor_conversation, visitor_message
from server.uploads import LeftBehind, forget_unsent

log = structlog.get_logger(__name__)

ROUTING_LIMIT_S = 10.0
ROUTING_REST = 4
ROUTING_REST_MOST_S = 0.5
HEARD_WITHIN_S = 25.0
TROUBLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Beats:
    """How often the house looks for what no hint told it, in seconds."""

    sync_s: float = SYNC_S
    look_s: float = 2.0
    summaries_s: float = 0.25
    offers_s: float = 1.0
    routing_s: float = 2.0
    presence_s: float = 5.0
    leases_s: float = 8.0
    line_s: float = 5.0


class House:
    """One process's house: `async with House(settings) as house` opens it and closes it at the end.

    For rigs: points, the named points of the way, to stop or kill there; clock, milliseconds UTC; beats, how often it
    looks for what no hint told it; tap, what stands between the store and its hints, to lose some.
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
    indexer: Indexer
    jobs: Jobs
    _left_behind: LeftBehind
    _visitor_digest: VisitorDigest
    _agent_digest: AgentDigest

    def __init__(
        self,
        settings: Settings,
        *,
        points: Points | None = None,
        clock: Clock = system_clock,
        beats: Beats | None = None,
        tap: Callable[[Hints], Hints] | None = None,
    ) -> None:
        self.settings = settings
        self.points = points or NoPoints()
        self._clock = clock
        self._beats = beats or Beats()
        self._on_hints = tap(self.hear) if tap is not None else self.hear
        self.node = f"{socket.gethostname()}:{os.getpid()}"
        self.typing = TypingNow()
        self.ready = False
        self.metrics = Metrics()
        self._stale = asyncio.Event()

    async def __aenter__(self) -> Self:
        store = self.store = await open_store(
            self.settings.database, on_hints=self._on_hints, points=self.points, clock=self._clock
        )
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
        self._left_behind = LeftBehind(store, self.files)
        self.passwords = Passwords()
        self.indexer = Indexer(store, self.node)
        self._visitor_digest = VisitorDigest(store, self.visitors, self._beats.sync_s)
        self._agent_digest = AgentDigest(store, self.agents, self._beats.sync_s)
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
        with contextlib.suppress(StoreError):
            await self.indexer.close()
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
        if self.settings.metrics_port is not None:
            self.metrics.note(hints)
        for hint in hints:
            match hint:
                case ConversationChanged():
                    self.visitors.publish(hint)
                    self.agents.fanout.publish(hint)
                    self.indexer.hear(hint)
                case TurnDue(conversation_id, claimed):
                    self.turns.due(conversation_id, claimed)
                case RoutingDue(workspace_id):
                    self.routing.due(workspace_id)
                case DeliveryDue(conversation_id):
                    self.deliveries.due(conversation_id)
                case IdentityMerged(identity_id):
                    self.visitors.merged(identity_id)
                case KnowledgeChanged() | PlacesChanged():
                    self._stale.set()
                case QueueEntered() | QueueLeft():
                    pass
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
        beats = self._beats
        return [
            Job("refresh", 0.05, 30, self._refresh_when_stale),
            Job("outside", 2, 10, self._look_outside),
            Job("offers", beats.offers_s, 10, self._expire_offers),
            Job("routing", beats.routing_s, 10, self._route_all),
            Job("presence", beats.presence_s, 10, self._sweep_presence),
            Job("leases", beats.leases_s, 10, self._renew_presence),
            Job("waking", 5, 10, self._wake),
            Job("line", beats.line_s, 10, self._show_line),
            Job("sync", beats.sync_s / SLOTS, 10, self._visitor_digest.tick),
            Job("sync agents", beats.sync_s / SLOTS, 10, self._agent_digest.tick),
            Job("look around", beats.look_s, 10, self._agent_digest.look_around),
            Job("summaries", beats.summaries_s, 10, self.agents.summarise),
            Job("deliveries", 1, 30, self._sweep_deliveries),
            Job("search", 0.05, 60, self.indexer.beat),
            Job("unsent files", 900, 60, self._forget_files),
            Job("kept replies", 3_600, 10, self._forget_replies),
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
        """Another process may have changed what is kept in memory: a command, or a server on the same PostgreSQL."""
        if self.store.engine == "postgresql" or await self.store.changed_outside():
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
        await _until_few(self.store, leaving.sweep, 50)
        await self.store.write(sessions.sweep)

    async def _renew_presence(self) -> None:
        """Keep up the leases of agents whose socket was heard; the page's own timers prove nothing."""
        heard = time.monotonic() - HEARD_WITHIN_S
        alive = {
            one.id: one for one in self.agents.fanout.connections.all() if one.last_heard_at > heard and not one.closed
        }
        ids = list(alive)
        for start in range(0, len(ids), 200):
            for unknown in await self.store.write(presence.renew, ids[start : start + 200]):
                agent_id = alive[unknown].session.agent_id
                await self.store.write(presence.connected, agent_id, unknown, self.node)

    async def _wake(self) -> None:
        await _until_few(self.store, waking.wake_due, 20)

    async def _show_line(self) -> None:
        await self.line.tick(self.visitors, self.agents.fanout)

    async def _forget_files(self) -> None:
        await forget_unsent(self.store, self.files)
        await self._left_behind.sweep()

    async def _forget_replies(self) -> None:
        await self.store.write(forget_replies)

    async def _sweep_deliveries(self) -> None:
        await self.deliveries.sweep()

    def _show(self, message: Message, conversation: Conversation) -> Shown:
        return Shown(visitor_message(message), visitor_conversation(conversation, self.faces, None))


async def _until_few(store: Store, sweep: Callable[[Tx, int], Sequence[object]], limit: int) -> None:
    """Sweep again while a sweep finds as much as it may; a bounded number of times."""
    for _ in range(20):
        if len(await store.write(sweep, limit)) < limit:
            return


def _answers(tx: Tx) -> None:
    tx.one(select(literal(1)))
