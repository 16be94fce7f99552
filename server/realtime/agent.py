"""The agents' namespace: the desk's commands at their epochs, offers, presence, and what they follow."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import bindparam, select

from channels.delivery import Delivery, sent_of
from conversations import reading
from conversations.errors import Capacity, NotFound, RateLimited, Refused, Unauthorized, Unavailable
from conversations.model import Conversation, Message, Offer
from conversations.reading import Page
from conversations.store import Statement, Store, StoreError, Tx
from conversations.store.tables import conversations
from handoff import presence
from handoff.agents import Agent, acting, live_offers, may_see, set_status
from handoff.desk import claiming, talking
from handoff.packet import packet_of
from handoff.presence import Present
from handoff.sessions import Session, admit
from server.desk_commands import DESK_COMMANDS
from server.realtime import payloads
from server.realtime.agent_view import AgentView
from server.realtime.connection import Connection
from server.realtime.connection import Refused as Rejected
from server.realtime.fanout import VisitorFanout
from server.realtime.payloads import parse
from server.realtime.sessions import AgentSession, Bucket, Rates
from server.realtime.visitor import refusal
from server.shapes import (
    Json,
    agent_message,
    contact_shape,
    error_shape,
    iso,
    offer_shape,
    presence_shape,
)

log = structlog.get_logger(__name__)

Conn = Connection[AgentSession]
WATCHED_LIMIT = 50

MINE = Statement(
    select(conversations.c.id, conversations.c.agent_rev)
    .where(conversations.c.assignee_id == bindparam("agent_id"))
    .order_by(conversations.c.number)
    .limit(500)
)


@dataclass(slots=True)
class AgentDesk:
    """What the namespace needs of the house. node: this process, as presence leases name it."""

    store: Store
    view: AgentView
    visitors: VisitorFanout
    rates: Rates
    node: str
    version: str


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An agent at the door: all that their welcome shows."""

    agent: Agent
    mine: list[tuple[str, int]]
    offers: list[tuple[Offer, Conversation, Json]]
    present: list[Present]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A page as an agent is shown it. sent: how far the messages have come, by id; see `sent_of`."""

    page: Page
    contact: Json | None
    sent: dict[str, Delivery]


class AgentHandler:
    """Answers `/agent`."""

    def __init__(self, desk: AgentDesk) -> None:
        self._desk = desk
        self._do: dict[str, Callable[[Conn, dict[str, object]], Awaitable[Json]]] = {
            "status.set": self._status,
            "conversation.decline": self._decline,
            "conversation.watch": self._watch,
            "conversation.unwatch": self._unwatch,
            "message.send": self._send,
            "message.edit": self._edit,
            "message.withdraw": self._withdraw,
            "changes.after": self._changes_after,
            "messages.before": self._messages_before,
            "read": self._read,
            "typing": self._typing,
        }
        self.commands = frozenset(self._do) | frozenset(DESK_COMMANDS)

    # connecting ------------------------------------------------------------------------------

    async def connect(self, conn: Conn, auth: dict[str, object]) -> None:
        try:
            asked = parse(payloads.AgentAuth, auth)
            session = await self._desk.store.write(_arrive, asked.token, conn.id, self._desk.node)
            await self._welcome(conn, session)
        except Refused as refused:
            raise Rejected(error_shape(refused)) from refused
        except StoreError as error:
            log.warning("agent.connect_failed", error=str(error))
            raise Rejected(error_shape(_unavailable())) from error

    async def _welcome(self, conn: Conn, session: Session) -> None:
        """Listen, then look: what happens in between comes after the welcome."""
        desk, view, agent_id = self._desk, self._desk.view, session.agent.id
        conn.session = AgentSession(
            agent=session.agent,
            token_hash=session.token_hash,
            commands=Bucket(desk.rates.commands_per_s, desk.rates.commands_burst),
        )
        try:
            async with view.turn:
                view.fanout.connections.add(agent_id, conn)
                arrival = await desk.store.read(_stands, agent_id)
                conn.session.offers.update(offer.id for offer, *_ in arrival.offers)
                conn.emit_first("welcome", self._welcome_shape(arrival))
        except BaseException:
            view.leave(conn)
            raise

    def _welcome_shape(self, arrival: _Arrival) -> Json:
        view = self._desk.view
        return {
            "protocol": 1,
            "agent": agent_shape(arrival.agent),
            "offers": [
                offer_shape(offer, view.conversation(conversation, packet["contact"]), packet)
                for offer, conversation, packet in arrival.offers
            ],
            "mine": [{"conversation_id": key, "rev": rev} for key, rev in arrival.mine],
            "presence": [presence_shape(one, view.faces) for one in arrival.present],
            "server_version": self._desk.version,
        }

    async def disconnect(self, conn: Conn, reason: str) -> None:
        self._desk.view.leave(conn)
        try:
            await self._desk.store.write(presence.disconnected, conn.id)
        except StoreError as error:
            # the lease ends by itself
            log.warning("agent.disconnect_not_written", agent_id=conn.session.agent_id, error=str(error))

    # commands --------------------------------------------------------------------------------

    async def command(self, conn: Conn, name: str, payload: dict[str, object]) -> Json:
        if conn.session.ended:
            return refusal(Unauthorized("This session is over. Log in again."))
        wait_s = conn.session.commands.take()
        if wait_s:
            return refusal(RateLimited("Too many at once. Wait a moment.", retry_after_s=round(wait_s, 2)))
        try:
            if name in DESK_COMMANDS:
                return {"ok": True, **await self._decide(conn, name, payload)}
            return {"ok": True, **await self._do[name](conn, payload)}
        except Refused as refused:
            return await self._refused(conn, refused)
        except StoreError as error:
            log.warning("agent.command_failed", command=name, error=str(error))
            return refusal(_unavailable())

    async def _refused(self, conn: Conn, refused: Refused) -> Json:
        """A lost race carries the conversation as it is now."""
        shape = refusal(refused)
        if refused.code == "conflict" and refused.conversation_id is not None:
            try:
                found = await self._desk.store.read(_seen, conn.session.agent_id, refused.conversation_id)
            except (Refused, StoreError):
                return shape
            shape["error"]["conversation"] = self._desk.view.conversation(*found)
        return shape

    async def _decide(self, conn: Conn, name: str, payload: dict[str, object]) -> Json:
        command = DESK_COMMANDS[name]
        given = parse(command.payload, payload)
        conversation = await self._desk.store.write(command.do, conn.session.agent_id, given)
        return {"conversation": await self._whole(conversation)}

    async def _status(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.SetStatus, payload)
        agent = await self._desk.store.write(set_status, conn.session.agent_id, asked.status)
        return {"agent": agent_shape(agent)}

    async def _decline(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.Decline, payload)
        await self._desk.store.write(claiming.decline, conn.session.agent_id, asked.offer_id)
        return {}

    async def _watch(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.OpenConversation, payload)
        view, watched = self._desk.view, conn.session.watched
        new = asked.conversation_id not in watched
        if new and len(watched) >= WATCHED_LIMIT:
            raise Capacity(
                f"You watch {WATCHED_LIMIT} conversations. Unwatch one of them first.", field="conversation_id"
            )
        # followed before it is read, so that nothing falls between; a refusal takes it back
        conn.hold()
        view.watch(conn, asked.conversation_id)
        try:
            shown = await self._desk.store.read(_opened, conn.session.agent_id, asked.conversation_id, asked.rev)
        except BaseException:
            if new:
                view.unwatch(conn, asked.conversation_id)
            raise
        return self._page(conn, shown)

    async def _unwatch(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.OneConversation, payload)
        self._desk.view.unwatch(conn, asked.conversation_id)
        conversation, contact = await self._desk.store.read(_seen, conn.session.agent_id, asked.conversation_id)
        return {
            "conversation": self._desk.view.conversation(conversation, contact),
            "messages": [],
            "rev": conversation.agent_rev,
            "more": False,
        }

    async def _send(self, conn: Conn, payload: dict[str, object]) -> Json:
        sent = parse(payloads.AgentSend, payload)
        agent_id, write = conn.session.agent_id, self._desk.store.write
        if sent.private:
            receipt = await write(
                talking.note, agent_id, sent.conversation_id, sent.client_id, sent.text, sent.attachment_ids,
                origin=conn.id,
            )  # fmt: skip
        else:
            receipt = await write(
                talking.reply, agent_id, sent.conversation_id, payloads.epoch_of(sent), sent.client_id, sent.text,
                sent.attachment_ids, origin=conn.id,
            )  # fmt: skip
        # what was said before is shown before this is acknowledged: its rev is then the sender's next
        await self._desk.view.fanout.caught_up()
        message = receipt.message
        return {
            "message": {
                "id": message.id,
                "conversation_id": message.conversation_id,
                "seq": message.seq,
                "rev": message.agent_rev,
                "created_at": iso(message.created_at),
            },
            "duplicate": receipt.duplicate,
        }

    async def _edit(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.Edit, payload)
        return await self._mended(
            conn, await self._desk.store.write(talking.edit, conn.session.agent_id, asked.message_id, asked.text)
        )

    async def _withdraw(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.Withdraw, payload)
        return await self._mended(
            conn, await self._desk.store.write(talking.withdraw, conn.session.agent_id, asked.message_id)
        )

    async def _mended(self, conn: Conn, message: Message) -> Json:
        conversation, delivery = await self._desk.store.read(_with_delivery, message)
        return {"message": agent_message(message, conversation, to=conn.session.agent_id, delivery=delivery)}

    async def _changes_after(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.ChangesAfter, payload)
        conn.hold()

        def changes(tx: Tx) -> _Shown:
            conversation, contact = _seen(tx, conn.session.agent_id, asked.conversation_id)
            return _shown(tx, reading.changes_after(tx, conversation, "agent", asked.rev, asked.limit), contact)

        return self._page(conn, await self._desk.store.read(changes))

    async def _messages_before(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.MessagesBefore, payload)

        def before(tx: Tx) -> _Shown:
            conversation, contact = _seen(tx, conn.session.agent_id, asked.conversation_id)
            return _shown(tx, reading.messages_before(tx, conversation, "agent", asked.seq, asked.limit), contact)

        shape = self._page(conn, await self._desk.store.read(before))
        return {"messages": shape["messages"], "more": shape["more"]}

    async def _read(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.Read, payload)
        await self._desk.store.write(talking.read, conn.session.agent_id, asked.conversation_id, asked.seq)
        return {}

    async def _typing(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.Typing, payload)
        agent = conn.session.agent
        conversation = None
        if asked.conversation_id is not None:
            conversation, _ = await self._desk.store.read(_seen, agent.id, asked.conversation_id)
        if conversation is None or conversation.assignee_id != agent.id:
            raise NotFound("You type to the visitors of your own conversations.", field="conversation_id")
        author = {"kind": "agent", "name": agent.name}
        shape = {"conversation_id": conversation.id, "author": author, "on": asked.on}
        self._desk.visitors.tell(conversation, "typing", shape)
        return {}

    # shapes ----------------------------------------------------------------------------------

    async def _whole(self, conversation: Conversation) -> Json:
        row = await self._desk.store.read(_contact, conversation.contact_id)
        return self._desk.view.conversation(conversation, row)

    def _page(self, conn: Conn, shown: _Shown) -> Json:
        to, page, sent = conn.session.agent_id, shown.page, shown.sent
        return {
            "conversation": self._desk.view.conversation(page.conversation, shown.contact),
            "messages": [
                agent_message(message, page.conversation, to=to, delivery=sent.get(message.id))
                for message in page.messages
            ],
            "rev": page.rev,
            "more": page.more,
        }


def agent_shape(agent: Agent) -> Json:
    """An agent as they and their colleagues see them."""
    return {
        "id": agent.id,
        "name": agent.name,
        "email": agent.email,
        "role": agent.role,
        "status": agent.status,
        "seats": agent.seats,
        "skills": sorted(agent.skills),
        "tier": agent.tier,
        "team_ids": sorted(agent.team_ids),
        "avatar_url": agent.avatar_url,
    }


def _arrive(tx: Tx, credential: str, connection_id: str, node: str) -> Session:
    session = admit(tx, credential)
    presence.connected(tx, session.agent.id, connection_id, node)
    return session


def _stands(tx: Tx, agent_id: str) -> _Arrival:
    agent = acting(tx, agent_id)
    waiting = [
        (offer, reading.get(tx, offer.conversation_id), packet_of(tx, offer.conversation_id))
        for offer in live_offers(tx, agent.id)
    ]
    mine = [(row[0], row[1]) for row in tx.all(MINE, {"agent_id": agent.id})]
    return _Arrival(agent, mine, waiting, presence.listed(tx, agent.workspace_id))


def _contact(tx: Tx, contact_id: str) -> Json | None:
    return contact_shape(tx.one(reading.CONTACT, {"id": contact_id}))


def _seen(tx: Tx, agent_id: str, conversation_id: str) -> tuple[Conversation, Json | None]:
    """A conversation that this agent may see, and its contact. Raises NotFound."""
    conversation = reading.get(tx, conversation_id)
    if not may_see(acting(tx, agent_id), conversation):
        raise NotFound("There is no such conversation.", field="conversation_id")
    return conversation, _contact(tx, conversation.contact_id)


def _opened(tx: Tx, agent_id: str, conversation_id: str, rev: int | None) -> _Shown:
    conversation, contact = _seen(tx, agent_id, conversation_id)
    return _shown(tx, reading.opened(tx, conversation, "agent", rev), contact)


def _shown(tx: Tx, page: Page, contact: Json | None) -> _Shown:
    return _Shown(page, contact, sent_of(tx, page.conversation, page.messages))


def _with_delivery(tx: Tx, message: Message) -> tuple[Conversation, Delivery | None]:
    conversation = reading.get(tx, message.conversation_id)
    return conversation, sent_of(tx, conversation, (message,)).get(message.id)


def _unavailable() -> Unavailable:
    return Unavailable("The desk cannot do this right now. Try again in a moment.", retry_after_s=1)
