"""What agents are shown of a batch of hints: all of it to owners and watchers, a summary to whoever may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from conversations import reading
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
from conversations.model import Conversation, Offer
from conversations.store import Store, Tx
from handoff.agents import Agent, acting, may_see
from handoff.packet import packet_of
from server.faces import FaceBook
from server.realtime.connection import Connection, emit_to_many
from server.realtime.fanout import AgentFanout, agents_of
from server.realtime.sessions import AgentSession
from server.realtime.visitor import VisitorTypes
from server.shapes import (
    Json,
    agent_conversation,
    agent_message,
    contact_shape,
    last_message,
    offer_shape,
)

Conn = Connection[AgentSession]


@dataclass(slots=True)
class _Needed:
    """What the hints of a batch do not carry and their showing needs, read once."""

    contacts: dict[str, Json | None] = field(default_factory=dict)
    offers: dict[str, tuple[Conversation, Json]] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)


class AgentView:
    """Shows agents what changed."""

    def __init__(self, store: Store, faces: FaceBook) -> None:
        self._store = store
        self._faces = faces
        self.fanout = AgentFanout(self.show, self._say_compare)
        self.behind: set[Conn] = set()
        """Connections that may have missed something: the next digest is due to them at once."""

    async def show(self, hints: Sequence[object]) -> None:
        """In the order of the hints, and so of each conversation's revs."""
        needed = await self._store.read(_read_needed, list(hints))
        if any(isinstance(hint, AgentChanged) for hint in hints):
            await self._faces.load()
        for hint in hints:
            match hint:
                case ConversationChanged():
                    self._conversation(hint, needed)
                case OfferMade(offer):
                    self._offer(offer, needed)
                case OfferEnded(offer):
                    ended = {"offer_id": offer.id, "conversation_id": offer.conversation_id,
                             "reason": offer.reason or offer.state}  # fmt: skip
                    emit_to_many(tuple(self.fanout.connections.of(offer.agent_id)), "offer.withdrawn", ended)
                case AgentChanged(agent_id):
                    self._agent(agent_id, needed)
                case SessionRevoked(agent_id, token_hash):
                    for connection in tuple(self.fanout.connections.of(agent_id)):
                        if token_hash is None or connection.session.token_hash == token_hash:
                            connection.close(come_back=False)
                case VisitorTypes(conversation_id, on):
                    typing = {"conversation_id": conversation_id, "author": {"kind": "visitor"}, "on": on}
                    emit_to_many(self._followers(conversation_id), "typing", typing)
                case _:
                    pass

    def conversation(self, conversation: Conversation, contact: Json | None) -> Json:
        return agent_conversation(conversation, self._faces, contact)

    def _conversation(self, changed: ConversationChanged, needed: _Needed) -> None:
        conversation = changed.conversation
        self._own(changed)
        followers = self._followers(conversation.id)
        contact = needed.contacts.get(conversation.contact_id)
        whole = self.conversation(conversation, contact)
        last = None
        for change in changed.changes:
            match change:
                case MessageCreated(message):
                    last = message
                    for connection in followers:
                        if connection.id != changed.origin:
                            shape = agent_message(message, conversation, to=connection.session.agent_id)
                            connection.emit("message.created", shape)
                case MessageUpdated(message):
                    for connection in followers:
                        shape = agent_message(message, conversation, to=connection.session.agent_id)
                        connection.emit("message.updated", shape)
                case ConversationUpdated(_, agent_rev):
                    emit_to_many(followers, "conversation.updated", whole | {"rev": agent_rev})
                case ReadUpdated(by, seq, _, agent_rev):
                    shape = {"conversation_id": conversation.id, "by": by, "seq": seq, "rev": agent_rev}
                    emit_to_many(followers, "read.updated", shape)
        summary = whole if last is None else whole | {"last_message": last_message(last)}
        emit_to_many(self._others(conversation), "conversation.updated", summary)

    def _own(self, changed: ConversationChanged) -> None:
        """Keep each agent's set of own conversations as the rows are."""
        conversation = changed.conversation
        for agent_id in {changed.before_assignee, conversation.assignee_id} - {None}:
            for connection in self.fanout.connections.of(str(agent_id)):
                if agent_id == conversation.assignee_id:
                    connection.session.owned.add(conversation.id)
                elif conversation.id in connection.session.owned:
                    connection.session.owned.discard(conversation.id)
                    connection.emit("conversation.updated", self.conversation(conversation, None))

    def _followers(self, conversation_id: str) -> list[Conn]:
        return [one for one in agents_of(self.fanout.connections) if one.session.follows(conversation_id)]

    def _others(self, conversation: Conversation) -> Iterable[Conn]:
        return [
            one
            for one in agents_of(self.fanout.connections)
            if not one.session.follows(conversation.id) and may_see(one.session.agent, conversation)
        ]

    def _offer(self, offer: Offer, needed: _Needed) -> None:
        found = needed.offers.get(offer.id)
        if found is None:
            return
        conversation, packet = found
        whole = self.conversation(conversation, needed.contacts.get(conversation.contact_id))
        shape = offer_shape(offer, whole, packet)
        emit_to_many(tuple(self.fanout.connections.of(offer.agent_id)), "offer.created", shape)

    def _agent(self, agent_id: str, needed: _Needed) -> None:
        agent = needed.agents.get(agent_id)
        if agent is None:
            return
        for connection in tuple(self.fanout.connections.of(agent_id)):
            connection.session.agent = agent
        shape = {"agent_id": agent.id, "name": agent.name, "status": agent.status}
        for connection in agents_of(self.fanout.connections):
            if connection.session.agent.workspace_id == agent.workspace_id:
                connection.emit("presence.updated", shape)

    def _say_compare(self) -> None:
        self.behind.update(agents_of(self.fanout.connections))


def _read_needed(tx: Tx, hints: list[object]) -> _Needed:
    needed = _Needed()
    wanted: set[str] = set()
    for hint in hints:
        match hint:
            case ConversationChanged(conversation):
                wanted.add(conversation.contact_id)
            case OfferMade(offer):
                conversation = reading.get(tx, offer.conversation_id)
                wanted.add(conversation.contact_id)
                needed.offers[offer.id] = (conversation, packet_of(tx, offer.conversation_id))
            case AgentChanged(agent_id):
                needed.agents[agent_id] = acting(tx, agent_id)
            case _:
                pass
    for contact_id in wanted:
        needed.contacts[contact_id] = contact_shape(tx.one(reading.CONTACT, {"id": contact_id}))
    return needed
