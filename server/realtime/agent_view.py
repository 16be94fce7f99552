"""What agents are shown of a batch of hints: all of it to owners and watchers, a summary to whoever may see."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from channels.delivery import WEB, Delivery, states
from conversations import reading
from conversations.errors import NotFound, Unauthorized
from conversations.hints import (
    AgentChanged,
    ConversationChanged,
    ConversationUpdated,
    MessageCreated,
    MessageUpdated,
    OfferEnded,
    OfferMade,
    ReadUpdated,
    SessionRevoked,
)
from conversations.model import Conversation, Message, Offer
from conversations.store import Store, Tx
from handoff import presence
from handoff.agents import Agent, acting, may_see
from handoff.packet import packet_of
from handoff.presence import Present
from server.faces import FaceBook
from server.realtime.connection import Connection, emit_to_many
from server.realtime.fanout import AgentFanout
from server.realtime.followers import Index
from server.realtime.sessions import AgentSession
from server.shapes import (
    Json,
    agent_conversation,
    agent_message,
    contact_shape,
    last_message,
    offer_shape,
    presence_shape,
)

Conn = Connection[AgentSession]
SUMMARIES_AT_ONCE = 500
SUMMARIES_WAITING = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent as they are now. agent: None for one who is archived. connected: a lease of theirs lives."""

    agent: Agent | None
    connected: bool


@dataclass(slots=True)
class _Needed:
    """What the hints of a batch do not carry and their showing needs, read once."""

    contacts: dict[str, Json | None] = field(default_factory=dict)
    offers: dict[str, tuple[Conversation, Json]] = field(default_factory=dict)
    agents: dict[str, Standing] = field(default_factory=dict)
    watched: dict[str, Conversation] = field(default_factory=dict)
    sent: dict[str, Delivery] = field(default_factory=dict)


class AgentView:
    """Shows agents what changed.

    turn: held by whoever reads what agents are to be shown until it is shown, so that nothing older comes after
    something newer: the hints of a batch, a welcome, a look at what hints may have missed.
    """

    def __init__(self, store: Store, faces: FaceBook) -> None:
        self._store = store
        self.faces = faces
        self._summaries: dict[str, tuple[Conversation, Message | None]] = {}
        self._present: dict[str, Json] = {}
        self.fanout = AgentFanout(self.show, self._say_compare)
        self.watching: Index[AgentSession] = Index()
        self.turn = asyncio.Lock()
        self.behind: set[Conn] = set()
        """Connections that may have missed something: the next look is due to them at once."""

    # hints -----------------------------------------------------------------------------------

    async def show(self, hints: Sequence[object]) -> None:
        """In the order of the hints, and so of each conversation's revs."""
        if any(isinstance(hint, AgentChanged) for hint in hints):
            await self.faces.load()
        async with self.turn:
            needed = await self._store.read(_read_needed, *self._wanted(hints))
            if told := self._told_elsewhere(hints):
                needed.sent = await self._store.read(states, told)
            for hint in hints:
                match hint:
                    case ConversationChanged():
                        self._conversation(hint, needed)
                    case OfferMade(offer):
                        self._offer(offer, needed)
                    case OfferEnded(offer):
                        self.withdraw(self.fanout.connections.of(offer.agent_id), offer)
                    case AgentChanged(agent_id):
                        self._agent(agent_id, needed)
                    case SessionRevoked(agent_id, token_hash):
                        for connection in self.fanout.connections.of(agent_id):
                            if token_hash is None or connection.session.token_hash == token_hash:
                                dismiss(connection)
                    case _:
                        pass

    def conversation(self, conversation: Conversation, contact: Json | None) -> Json:
        return agent_conversation(conversation, self.faces, contact)

    def types(self, conversation_id: str, assignee_id: str | None, on: bool) -> None:
        """A visitor types, or has stopped: shown to whoever follows the conversation, stored nowhere."""
        followers = {**dict.fromkeys(self.fanout.connections.of(assignee_id)), **self._watchers(conversation_id)}
        shape = {"conversation_id": conversation_id, "author": {"kind": "visitor"}, "on": on}
        emit_to_many(followers, "typing", shape)

    def _wanted(self, hints: Sequence[object]) -> tuple[list[tuple[str, str]], list[Offer], dict[str, list[str]]]:
        """What to read: (conversation, contact) of those that somebody follows, offers, agents with what they watch."""
        followed: list[tuple[str, str]] = []
        made: list[Offer] = []
        changed: dict[str, list[str]] = {}
        for hint in hints:
            match hint:
                case ConversationChanged(conversation) if self._followers(hint):
                    followed.append((conversation.id, conversation.contact_id))
                case OfferMade(offer) if self.fanout.connections.of(offer.agent_id):
                    made.append(offer)
                case AgentChanged(agent_id):
                    here = self.fanout.connections.of(agent_id)
                    changed[agent_id] = sorted({key for one in here for key in one.session.watched})
                case _:
                    pass
        return followed, made, changed

    def _told_elsewhere(self, hints: Sequence[object]) -> list[str]:
        """The messages to be shown of channels other than the web, whose deliveries stand in rows of their own."""
        return [
            change.message.id
            for hint in hints
            if isinstance(hint, ConversationChanged) and hint.conversation.channel != WEB and self._followers(hint)
            for change in hint.changes
            if isinstance(change, (MessageCreated, MessageUpdated)) and change.message.author_kind != "visitor"
        ]

    # conversations ---------------------------------------------------------------------------

    def _conversation(self, changed: ConversationChanged, needed: _Needed) -> None:
        conversation = changed.conversation
        followers = self._followers(changed)
        if followers:
            self._whole(changed, followers, needed)
            for connection in self._watchers(conversation.id):
                if not may_see(connection.session.agent, conversation):
                    self.unwatch(connection, conversation.id)
        created = [
            change.message
            for change in changed.changes
            if isinstance(change, MessageCreated)
            and change.message.author_kind != "system"
            and not change.message.private
        ]
        known = self._summaries.pop(conversation.id, None)
        last = created[-1] if created else known[1] if known is not None else None
        if len(self._summaries) < SUMMARIES_WAITING:
            self._summaries[conversation.id] = (conversation, last)

    def _whole(self, changed: ConversationChanged, followers: Iterable[Conn], needed: _Needed) -> None:
        conversation = changed.conversation
        contact = needed.contacts.get(conversation.contact_id)
        for change in changed.changes:
            match change:
                case MessageCreated(message):
                    for connection in followers:
                        if connection.id == changed.origin:
                            connection.hold()
                        else:
                            connection.emit("message.created", self._message(message, conversation, connection, needed))
                case MessageUpdated(message):
                    for connection in followers:
                        connection.emit("message.updated", self._message(message, conversation, connection, needed))
                case ConversationUpdated(_, agent_rev):
                    shape = self.conversation(conversation, contact) | {"rev": agent_rev}
                    emit_to_many(followers, "conversation.updated", shape)
                case ReadUpdated(by, seq, _, agent_rev):
                    shape = {"conversation_id": conversation.id, "by": by, "seq": seq, "rev": agent_rev}
                    if by == "visitor":
                        shape["delivered_seq"] = conversation.delivered_visitor
                    emit_to_many(followers, "read.updated", shape)

    def _message(self, message: Message, conversation: Conversation, to: Conn, needed: _Needed) -> Json:
        delivery = needed.sent.get(message.id)
        return agent_message(message, conversation, to=to.session.agent_id, delivery=delivery)

    def _followers(self, changed: ConversationChanged) -> dict[Conn, None]:
        """Who is shown a change whole: who has the conversation, who had it until now, who watches it."""
        connections, conversation = self.fanout.connections, changed.conversation
        followers = dict.fromkeys(connections.of(conversation.assignee_id))
        if changed.before_assignee != conversation.assignee_id:
            followers |= dict.fromkeys(connections.of(changed.before_assignee))
        return followers | self._watchers(conversation.id)

    def _watchers(self, conversation_id: str) -> dict[Conn, None]:
        return dict.fromkeys(self.watching.of(conversation_id))

    async def summarise(self) -> None:
        """Tell everyone else who may see them of the conversations that changed: once, however often they did."""
        if not len(self.fanout.connections):
            self._summaries.clear()
            return
        async with self.turn:
            for _ in range(SUMMARIES_WAITING // SUMMARIES_AT_ONCE):
                some = [self._summaries.pop(key) for key in list(self._summaries)[:SUMMARIES_AT_ONCE]]
                shown = [(one, last, others) for one, last in some if (others := self._others(one))]
                if shown:
                    contacts = await self._store.read(_contacts, [one.contact_id for one, _, _ in shown])
                    for conversation, last, others in shown:
                        shape = self.conversation(conversation, contacts[conversation.contact_id])
                        if last is not None:
                            shape["last_message"] = last_message(last)
                        emit_to_many(others, "conversation.updated", shape)
                if not self._summaries:
                    break

    def _others(self, conversation: Conversation) -> list[Conn]:
        watchers = self._watchers(conversation.id)
        return [
            one
            for one in self.fanout.connections.all()
            if one.session.agent_id != conversation.assignee_id
            and one not in watchers
            and may_see(one.session.agent, conversation)
        ]

    def watch(self, connection: Conn, conversation_id: str) -> None:
        connection.session.watched.add(conversation_id)
        self.watching.add(conversation_id, connection)

    def unwatch(self, connection: Conn, conversation_id: str) -> None:
        connection.session.watched.discard(conversation_id)
        self.watching.discard(conversation_id, connection)

    def leave(self, connection: Conn) -> None:
        """A connection has ended."""
        for conversation_id in tuple(connection.session.watched):
            self.unwatch(connection, conversation_id)
        self.fanout.connections.discard(connection.session.agent_id, connection)

    # offers, agents --------------------------------------------------------------------------

    def offer(self, to: Iterable[Conn], offer: Offer, conversation: Conversation, packet: Json) -> None:
        """Show an offer to whoever has not seen it."""
        shape: Json | None = None
        for connection in to:
            if offer.id not in connection.session.offers:
                if shape is None:
                    shape = offer_shape(offer, self.conversation(conversation, packet["contact"]), packet)
                connection.session.offers.add(offer.id)
                connection.emit("offer.created", shape)

    def withdraw(self, to: Iterable[Conn], offer: Offer) -> None:
        """Take an offer back from whoever was shown it."""
        shape = {
            "offer_id": offer.id,
            "conversation_id": offer.conversation_id,
            "reason": offer.reason or offer.state,
        }
        for connection in to:
            if offer.id in connection.session.offers:
                connection.session.offers.discard(offer.id)
                connection.emit("offer.withdrawn", shape)

    def _offer(self, offer: Offer, needed: _Needed) -> None:
        found = needed.offers.get(offer.id)
        if found is not None:
            self.offer(self.fanout.connections.of(offer.agent_id), offer, *found)

    def _agent(self, agent_id: str, needed: _Needed) -> None:
        standing = needed.agents.get(agent_id)
        if standing is None:
            return
        if standing.agent is None:
            for connection in self.fanout.connections.of(agent_id):
                dismiss(connection)
            return
        self.changed(standing.agent, needed.watched)
        present = Present(agent_id, standing.agent.status, standing.connected)
        self.tell_presence(standing.agent.workspace_id, present)

    def changed(self, agent: Agent, watched: Mapping[str, Conversation]) -> None:
        """An agent as they are now: what they may not see any more they do not watch. watched: as it is now."""
        for connection in self.fanout.connections.of(agent.id):
            connection.session.agent = agent
            for conversation_id in tuple(connection.session.watched):
                conversation = watched.get(conversation_id)
                if conversation is not None and not may_see(agent, conversation):
                    self.unwatch(connection, conversation_id)

    def tell_presence(self, workspace_id: str, present: Present) -> None:
        """Tell colleagues who is there, where that is news."""
        shape = presence_shape(present, self.faces)
        if self._present.get(present.agent_id) == shape:
            return
        self._present[present.agent_id] = shape
        colleagues = [one for one in self.fanout.connections.all() if one.session.agent.workspace_id == workspace_id]
        emit_to_many(colleagues, "presence.updated", shape)

    def _say_compare(self) -> None:
        self.behind.update(self.fanout.connections.all())


def dismiss(connection: Conn) -> None:
    """End a connection whose session is over; its client stays away until somebody logs in."""
    connection.session.ended = True
    connection.close(come_back=False)


def standing_of(tx: Tx, agent_id: str) -> Standing:
    try:
        agent = acting(tx, agent_id)
    except Unauthorized:
        return Standing(None, connected=False)
    lease = tx.one(presence.LAST_LEASE, {"agent_id": agent_id})
    return Standing(agent, connected=lease is not None and (lease[0] or 0) > tx.now)


def _read_needed(tx: Tx, followed: list[tuple[str, str]], made: list[Offer], changed: dict[str, list[str]]) -> _Needed:
    needed = _Needed(contacts=_contacts(tx, [contact_id for _, contact_id in followed]))
    for offer in made:
        try:
            needed.offers[offer.id] = (reading.get(tx, offer.conversation_id), packet_of(tx, offer.conversation_id))
        except NotFound:
            continue
    for agent_id, watched in changed.items():
        needed.agents[agent_id] = standing_of(tx, agent_id)
        for conversation_id in watched:
            needed.watched[conversation_id] = reading.get(tx, conversation_id)
    return needed


def _contacts(tx: Tx, ids: Iterable[str]) -> dict[str, Json | None]:
    return {one: contact_shape(tx.one(reading.CONTACT, {"id": one})) for one in set(ids)}
