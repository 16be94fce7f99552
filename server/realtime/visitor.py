"""The visitors' namespace: every command of the protocol, parsed, done by its room, shown for a visitor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
import structlog

from bot.feedback import rate
from conversations import reading, visitor
from conversations.errors import RateLimited, Refused, Unauthorized, Unavailable
from conversations.identities import Profile, Visitor, knows_device, meet
from conversations.inbox import receive
from conversations.model import Choice, Conversation, InboundMessage, Inbox
from conversations.reading import Page
from conversations.store import Store, StoreError, Tx
from conversations.store.clock import new_secret
from conversations.texts import LOCALES
from server.auth.identity import verified_profile
from server.places import Places
from server.realtime import payloads
from server.realtime.about import About
from server.realtime.agent_view import AgentView
from server.realtime.connection import Connection
from server.realtime.connection import Refused as Rejected
from server.realtime.fanout import VisitorFanout
from server.realtime.followers import TypingNow
from server.realtime.newcomers import Newcomers
from server.realtime.payloads import parse
from server.realtime.sessions import Bucket, Rates, VisitorSession
from server.shapes import Faces, Json, error_shape, iso, visitor_conversation, visitor_page
from server.start_form import department_of
from server.widget_config import start_form_shape

log = structlog.get_logger(__name__)

Conn = Connection[VisitorSession]
WINDOWS_LIMIT = 20
Place = Callable[[Conversation], Awaitable[Json | None]]
"""Where a waiting conversation stands in line: {position, wait_s}, or None."""


@dataclass(slots=True)
class VisitorDesk:
    """What the namespace needs of the house."""

    store: Store
    places: Places
    faces: Faces
    place: Place
    fanout: VisitorFanout
    agents: AgentView
    typing: TypingNow
    rates: Rates


class VisitorHandler:
    """Answers `/visitor`."""

    def __init__(self, desk: VisitorDesk) -> None:
        self._desk = desk
        self._do: dict[str, Callable[[Conn, dict[str, object]], Awaitable[Json]]] = {
            "message.send": self._send,
            "changes.after": self._changes_after,
            "messages.before": self._messages_before,
            "conversations.list": self._list,
            "conversation.open": self._open,
            "person.request": self._request_person,
            "person.cancel": self._cancel_person,
            "answer.rate": self._rate,
            "conversation.end": self._end,
            "survey.submit": self._survey,
            "read": self._read,
            "typing": self._typing,
            **About(desk.store, desk.places).commands,
        }
        self._newcomers = Newcomers(desk.rates.new_visitors)
        self.commands = frozenset(self._do)

    # connecting ------------------------------------------------------------------------------

    async def connect(self, conn: Conn, auth: dict[str, object]) -> None:
        try:
            await self._welcome(conn, auth)
        except Refused as refused:
            raise Rejected(error_shape(refused)) from refused
        except StoreError as error:
            log.warning("visitor.connect_failed", error=str(error))
            raise Rejected(error_shape(_unavailable())) from error

    async def _welcome(self, conn: Conn, auth: dict[str, object]) -> None:
        desk = self._desk
        asked = parse(payloads.VisitorAuth, auth)
        inbox = desk.places.by_key(asked.inbox)
        if inbox is None or inbox.channel != "web":
            raise Unauthorized("No such inbox is served here. Check the public key in the snippet.", field="inbox")
        subject, profile = None, Profile()
        if asked.identity is not None:
            subject, profile = verified_profile(asked.identity, inbox, desk.places.secrets(inbox.id), desk.store.now())
        fresh = new_secret("vst")
        address = conn.peer.address
        if wait_s := self._newcomers.wait_s(address):
            known = asked.token is not None and await desk.store.read(knows_device, inbox, asked.token)
            if not known:
                told = "Too many new visitors come from your network. Wait a minute."
                raise RateLimited(told, retry_after_s=round(wait_s, 1))
        met = await desk.store.write(meet, inbox, asked.token, fresh, subject, profile)
        if met.is_new:
            self._newcomers.came(address)
        conn.session = self._session(inbox, met, asked)
        desk.fanout.connections.add(met.identity_id, conn)
        try:
            found = await desk.store.read(_newest, met.identity_id, dict(asked.last_rev))
            token = fresh if met.is_new else asked.token
            asks = await self._asks(inbox)
            conn.emit_first("welcome", await self._welcome_shape(conn, inbox, met, found, token, asks))
        except BaseException:
            desk.fanout.connections.discard(met.identity_id, conn)
            raise

    def _session(self, inbox: Inbox, met: Visitor, asked: payloads.VisitorAuth) -> VisitorSession:
        """What the connection carries. A visitor's windows share one measure; too many of them push the oldest out."""
        rates, windows = self._desk.rates, self._desk.fanout.connections.of(met.identity_id)
        for oldest in windows[: max(0, len(windows) + 1 - WINDOWS_LIMIT)]:
            oldest.close(come_back=False)
        page = orjson.dumps(asked.page.model_dump(exclude_none=True)).decode() if asked.page else None
        return VisitorSession(
            inbox_id=inbox.id,
            identity_id=met.identity_id,
            name=met.name,
            locale=asked.locale or None,
            page=page,
            messages=windows[0].session.messages
            if windows
            else Bucket(rates.visitor_messages_per_s, rates.visitor_messages_burst),
            commands=windows[0].session.commands if windows else Bucket(rates.commands_per_s, rates.commands_burst),
            tracks=windows[0].session.tracks if windows else Bucket(rates.tracks_per_s, rates.tracks_burst),
        )

    async def _asks(self, inbox: Inbox) -> Json:
        """What the inbox asks before a chat, and the languages that it offers."""
        chosen = self._desk.places.place(inbox.id).chosen
        form = chosen.start_form
        shape: Json | None = None
        if form is not None:
            shape = await self._desk.store.read(start_form_shape, inbox.workspace_id, form)
        return {"start_form": shape, "languages": list(chosen.locales or LOCALES)}

    async def _welcome_shape(
        self, conn: Conn, inbox: Inbox, met: Visitor, found: Page | None, token: str | None, asks: Json
    ) -> Json:
        who: Json = {"id": met.identity_id}
        if met.name:
            who["name"] = met.name
        shape: Json = {
            "protocol": 1,
            "visitor": who,
            "token": token,
            "inbox": {"name": inbox.name, "bot": inbox.bot_id is not None, "locale": inbox.rules.locale, **asks},
            "conversation": None,
            "messages": [],
            "more": False,
            "rev": 0,
        }
        if found is not None:
            conn.session.follow(found.conversation)
            shape |= await self._page(conn, found)
        return shape

    async def disconnect(self, conn: Conn, reason: str) -> None:
        self._desk.fanout.connections.discard(conn.session.identity_id, conn)

    # commands --------------------------------------------------------------------------------

    async def command(self, conn: Conn, name: str, payload: dict[str, object]) -> Json:
        session = conn.session
        bucket = session.messages if name == "message.send" else session.commands
        wait_s = bucket.take()
        if wait_s:
            return refusal(RateLimited("Too many at once. Wait a moment.", retry_after_s=round(wait_s, 2)))
        try:
            return {"ok": True, **await self._do[name](conn, payload)}
        except Refused as refused:
            return refusal(refused)
        except StoreError as error:
            log.warning("visitor.command_failed", command=name, error=str(error))
            return refusal(_unavailable())

    async def _send(self, conn: Conn, payload: dict[str, object]) -> Json:
        sent = parse(payloads.VisitorSend, payload)
        session = conn.session
        inbound = InboundMessage(
            text=sent.text,
            identity_id=session.identity_id,
            name=session.name,
            client_id=sent.client_id,
            conversation_id=sent.conversation_id,
            start_new=sent.start_new,
            choice=Choice(sent.choice.message_id, sent.choice.value) if sent.choice else None,
            attachment_ids=sent.attachment_ids,
            locale=session.locale,
            page=session.page,
            origin=conn.id,
        )
        receipt = await self._desk.store.write(receive, self._inbox(session), inbound, claim=True)
        # what was said before is shown before this is acknowledged: its rev is then the sender's next
        await self._desk.fanout.caught_up()
        message = receipt.message
        session.follow(receipt.conversation)
        self._desk.typing.set(message.conversation_id, False)
        return {
            "message": {
                "id": message.id,
                "conversation_id": message.conversation_id,
                "seq": message.seq,
                "rev": message.visitor_rev,
                "created_at": iso(message.created_at),
            },
            "duplicate": receipt.duplicate,
        }

    async def _changes_after(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.ChangesAfter, payload)
        conn.hold()

        def changes(tx: Tx) -> Page:
            conversation = reading.get_own(tx, conn.session.identity_id, asked.conversation_id)
            return reading.changes_after(tx, conversation, "visitor", asked.rev, asked.limit)

        return await self._page(conn, await self._desk.store.read(changes))

    async def _messages_before(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.MessagesBefore, payload)

        def before(tx: Tx) -> Page:
            conversation = reading.get_own(tx, conn.session.identity_id, asked.conversation_id)
            return reading.messages_before(tx, conversation, "visitor", asked.seq, asked.limit)

        shape = await self._page(conn, await self._desk.store.read(before))
        return {"messages": shape["messages"], "more": shape["more"]}

    async def _list(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.ListConversations, payload)
        before = int(asked.cursor) if asked.cursor else None
        limit = reading.FIRST_PAGE
        found = await self._desk.store.read(reading.of_visitor, conn.session.identity_id, before, limit)
        shapes = [visitor_conversation(one, self._desk.faces, await self._desk.place(one)) for one in found]
        return {"conversations": shapes, "cursor": str(found[-1].number) if len(found) == limit else None}

    async def _open(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.OpenConversation, payload)
        conn.hold()

        def opened(tx: Tx) -> Page:
            conversation = reading.get_own(tx, conn.session.identity_id, asked.conversation_id)
            return reading.opened(tx, conversation, "visitor", asked.rev)

        found = await self._desk.store.read(opened)
        conn.session.follow(found.conversation)
        return await self._page(conn, found)

    async def _request_person(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.RequestPerson, payload)
        session = conn.session
        place = self._desk.places.place(session.inbox_id)
        conversation = await self._desk.store.write(
            visitor.request_person,
            place.inbox,
            session.identity_id,
            asked.conversation_id,
            asked.reason,
            team_id=department_of(place.chosen.start_form, asked.department),
            locale=session.locale,
            page=session.page,
        )
        return await self._conversation(conn, conversation)

    async def _cancel_person(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.OneConversation, payload)
        write = self._desk.store.write
        done = await write(visitor.cancel_person, conn.session.identity_id, asked.conversation_id)
        return await self._conversation(conn, done)

    async def _rate(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.RateAnswer, payload)
        session = conn.session
        await self._desk.store.write(
            rate, self._inbox(session), session.identity_id, asked.message_id, asked.helpful, asked.comment
        )
        return {}

    async def _end(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.EndConversation, payload)
        write = self._desk.store.write
        done = await write(visitor.end, conn.session.identity_id, asked.conversation_id, solved=asked.solved)
        return await self._conversation(conn, done)

    async def _survey(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.SubmitSurvey, payload)
        await self._desk.store.write(
            visitor.submit_survey, conn.session.identity_id, asked.conversation_id, asked.score, asked.comment
        )
        return {}

    async def _read(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.Read, payload)
        await self._desk.store.write(
            visitor.read, conn.session.identity_id, asked.conversation_id, asked.seq, asked.delivered_seq
        )
        return {}

    async def _typing(self, conn: Conn, payload: dict[str, object]) -> Json:
        asked = parse(payloads.Typing, payload)
        session, conversation_id = conn.session, asked.conversation_id
        if conversation_id is None:
            newest = await self._desk.store.read(reading.newest_open, session.identity_id)
            if newest is None:
                return {}
            session.follow(newest)
            conversation_id = newest.id
        elif conversation_id not in session.followed:
            session.follow(await self._desk.store.read(reading.get_own, session.identity_id, conversation_id))
        self._desk.typing.set(conversation_id, asked.on)
        self._desk.agents.types(conversation_id, session.followed[conversation_id], asked.on)
        return {}

    def _inbox(self, session: VisitorSession) -> Inbox:
        """The inbox as it is set now. Raises NotFound once it is archived."""
        return self._desk.places.inbox(session.inbox_id)

    # shapes ----------------------------------------------------------------------------------

    async def _page(self, conn: Conn, page: Page) -> Json:
        place = await self._desk.place(page.conversation)
        return visitor_page(page, self._desk.faces, place, to=conn.session.identity_id)

    async def _conversation(self, conn: Conn, conversation: Conversation) -> Json:
        conn.session.follow(conversation)
        place = await self._desk.place(conversation)
        return {"conversation": visitor_conversation(conversation, self._desk.faces, place)}


def refusal(error: Refused) -> Json:
    return {"ok": False, "error": error_shape(error)}


def _unavailable() -> Unavailable:
    return Unavailable("The desk cannot do this right now. Try again in a moment.", retry_after_s=1)


def _newest(tx: Tx, identity_id: str, last_rev: dict[str, int]) -> Page | None:
    conversation = reading.newest_open(tx, identity_id)
    if conversation is None:
        return None
    return reading.opened(tx, conversation, "visitor", last_rev.get(conversation.id))
