"""What a lost hint costs is found here again: every so often rows are compared with what connections were told."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import BindParameter, bindparam, func, or_, select

from conversations import reading
from conversations.errors import NotFound
from conversations.model import Conversation, Offer
from conversations.statements import ALL_CONVERSATION, conversation_from, every_column
from conversations.store import Store, Tx
from conversations.store.tables import conversations, identities, offers, sessions
from handoff import presence
from handoff.packet import packet_of
from handoff.presence import Present
from server.realtime.agent_view import AgentView, Standing, dismiss, standing_of
from server.realtime.connection import Connection
from server.realtime.fanout import VisitorFanout
from server.realtime.followers import Turns
from server.realtime.sessions import AgentSession, VisitorSession
from server.shapes import Json

SYNC_S = 20.0
AT_ONCE = 200
OFFERS_MOST = 1_000
"""Of one connected agent or of all: seats bound how many can live."""

_IDENTITIES: BindParameter[str] = bindparam("identities", expanding=True)
VISITOR_REVS = select(conversations.c.identity_id, conversations.c.id, conversations.c.visitor_rev).where(
    conversations.c.identity_id.in_(_IDENTITIES),
    or_(
        conversations.c.id.in_(bindparam("followed", expanding=True)),
        conversations.c.number.in_(
            select(func.max(conversations.c.number))
            .where(conversations.c.identity_id.in_(_IDENTITIES))
            .group_by(conversations.c.identity_id)
        ),
    ),
)
MERGED = select(identities.c.id).where(identities.c.id.in_(_IDENTITIES), identities.c.merged_into.is_not(None))
AGENT_REVS = select(*ALL_CONVERSATION).where(
    or_(
        conversations.c.assignee_id == bindparam("agent_id"),
        conversations.c.id.in_(bindparam("watched", expanding=True)),
    )
)
LIVE_SESSIONS = select(sessions.c.token_hash).where(
    sessions.c.token_hash.in_(bindparam("hashes", expanding=True)),
    sessions.c.revoked_at.is_(None),
    sessions.c.expires_at > bindparam("now"),
)
_OFFER = every_column(offers, Offer)
LIVE_OFFERS = (
    select(*_OFFER)
    .where(offers.c.agent_id.in_(bindparam("agents", expanding=True)), offers.c.state == "offered")
    .limit(OFFERS_MOST)
)
THESE_OFFERS = select(*_OFFER).where(offers.c.id.in_(bindparam("ids", expanding=True)))


class VisitorDigest:
    """Tells each visitor every 20 s at which rev their conversations are: those shown to them, and the newest."""

    def __init__(self, store: Store, fanout: VisitorFanout, every_s: float = SYNC_S) -> None:
        self._store = store
        self._fanout = fanout
        self._turns: Turns[VisitorSession] = Turns(every_s)

    async def tick(self) -> None:
        """To those whose turn it is."""
        due = [one for one in self._turns.due(self._fanout.connections.all()) if not one.closed]
        for start in range(0, len(due), AT_ONCE):
            some = due[start : start + AT_ONCE]
            followed = {one.session.identity_id: list(one.session.followed) for one in some}
            revs, merged = await self._store.read(_visitor_revs, followed)
            for identity_id in merged:
                self._fanout.merged(identity_id)
            for connection in some:
                if digest := revs.get(connection.session.identity_id):
                    connection.emit("sync", digest)


@dataclass(frozen=True, slots=True)
class _Found:
    """What rows say of one connected agent. held: by id, their own and those they watch."""

    standing: Standing
    held: Mapping[str, Conversation]


@dataclass(slots=True)
class _Around:
    """Offers as they live, those that were shown and live no more, what the new ones show; who is there."""

    live: list[Offer] = field(default_factory=list)
    over: list[Offer] = field(default_factory=list)
    shown: dict[str, tuple[Conversation, Json]] = field(default_factory=dict)
    present: list[tuple[str, Present]] = field(default_factory=list)


class AgentDigest:
    """Compares what agents were told with the rows.

    Every 20 s for each connection: whether its session still holds, the rights of its agent, and the revs of what
    they follow, told as `sync`. Every 2 s for all: offers, which live for half a minute, and presence.
    """

    def __init__(self, store: Store, view: AgentView, every_s: float = SYNC_S) -> None:
        self._store = store
        self._view = view
        self._turns: Turns[AgentSession] = Turns(every_s)

    async def tick(self) -> None:
        """To those whose turn it is, and those that may have missed something."""
        behind, self._view.behind = self._view.behind, set()
        due = {*self._turns.due(self._view.fanout.connections.all()), *behind}
        await self.send([one for one in due if not one.closed])

    async def send(self, due: Sequence[Connection[AgentSession]]) -> None:
        """The digest to these, now."""
        for start in range(0, len(due), AT_ONCE):
            some = due[start : start + AT_ONCE]
            asked: dict[str, set[str]] = {}
            for one in some:
                asked.setdefault(one.session.agent_id, set()).update(one.session.watched)
            async with self._view.turn:
                live, found = await self._store.read(_compare, {one.session.token_hash for one in some}, asked)
                for connection in some:
                    self._tell(connection, live, found[connection.session.agent_id])
            await asyncio.sleep(0)

    def _tell(self, connection: Connection[AgentSession], live: set[str], found: _Found) -> None:
        session, agent = connection.session, found.standing.agent
        if agent is None or session.token_hash not in live:
            dismiss(connection)
            return
        self._view.changed(agent, found.held)
        digest = {
            one.id: one.agent_rev
            for one in found.held.values()
            if one.assignee_id == agent.id or one.id in session.watched
        }
        if digest:
            connection.emit("sync", digest)

    async def look_around(self) -> None:
        """Offers and presence, as they are now."""
        view = self._view
        here = list(view.fanout.connections.all())
        if not here:
            return
        async with view.turn:
            shown = {offer_id for one in here for offer_id in one.session.offers}
            sessions_here = [one.session for one in here]
            around = await self._store.read(
                _look_around,
                {one.agent_id for one in sessions_here},
                {one.agent.workspace_id for one in sessions_here},
                shown,
            )
            for offer in around.live:
                if offer.id in around.shown:
                    view.offer(view.fanout.connections.of(offer.agent_id), offer, *around.shown[offer.id])
            for offer in around.over:
                view.withdraw(view.fanout.connections.of(offer.agent_id), offer)
            for workspace_id, present in around.present:
                view.tell_presence(workspace_id, present)


def _visitor_revs(tx: Tx, followed: Mapping[str, list[str]]) -> tuple[dict[str, dict[str, int]], list[str]]:
    """The visitor's revs by identity: of the conversations that are named, where they are theirs, and the newest.

    And the identities that are nobody any more.
    """
    names = [conversation_id for some in followed.values() for conversation_id in some]
    revs: dict[str, dict[str, int]] = {}
    for identity_id, conversation_id, rev in tx.all(VISITOR_REVS, {"identities": list(followed), "followed": names}):
        revs.setdefault(identity_id, {})[conversation_id] = rev
    return revs, [row[0] for row in tx.all(MERGED, {"identities": list(followed)})]


def _compare(tx: Tx, hashes: set[str], asked: Mapping[str, set[str]]) -> tuple[set[str], dict[str, _Found]]:
    """Which of the sessions hold, and what is to be known of each agent. asked: what they watch."""
    live = {row[0] for row in tx.all(LIVE_SESSIONS, {"hashes": sorted(hashes), "now": tx.now})}
    found: dict[str, _Found] = {}
    for agent_id, watched in asked.items():
        standing = standing_of(tx, agent_id)
        rows = tx.all(AGENT_REVS, {"agent_id": agent_id, "watched": sorted(watched)})
        held = [conversation_from(row) for row in rows]
        found[agent_id] = _Found(standing, {one.id: one for one in held})
    return live, found


def _look_around(tx: Tx, agents: Iterable[str], workspaces: Iterable[str], shown: set[str]) -> _Around:
    around = _Around(live=[Offer(*row) for row in tx.all(LIVE_OFFERS, {"agents": sorted(agents)})])
    for offer in around.live:
        if offer.id not in shown:
            try:
                conversation = reading.get(tx, offer.conversation_id)
                around.shown[offer.id] = (conversation, packet_of(tx, offer.conversation_id))
            except NotFound:
                continue
    gone = sorted(shown - {offer.id for offer in around.live})
    if gone:
        around.over = [Offer(*row) for row in tx.all(THESE_OFFERS, {"ids": gone})]
    for workspace_id in workspaces:
        around.present += [(workspace_id, one) for one in presence.listed(tx, workspace_id)]
    return around
