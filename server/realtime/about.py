"""What a visitor's page tells of them, and asks: the start form, what the site knows, what they did, ways to help."""

from collections.abc import Awaitable, Callable

import orjson

from conversations import details
from conversations.details import Known, Told
from conversations.errors import Invalid, RateLimited
from conversations.identities import Profile
from conversations.store import Store
from conversations.words import storable
from server.helping import HelpBook
from server.places import Places
from server.realtime import payloads
from server.realtime.connection import Connection
from server.realtime.payloads import parse
from server.realtime.sessions import VisitorSession
from server.shapes import Json
from server.start_form import filled_in, is_email

Conn = Connection[VisitorSession]
TRACK_BYTES = 4_096


class About:
    """Answers `form.submit`, `visitor.update`, `track` and `help.ways`."""

    def __init__(self, store: Store, places: Places) -> None:
        self._store = store
        self._places = places
        self._help = HelpBook(store)
        self.commands: dict[str, Callable[[Conn, dict[str, object]], Awaitable[Json]]] = {
            "form.submit": self._submit,
            "visitor.update": self._update,
            "track": self._track,
            "help.ways": self._ways,
        }

    async def _submit(self, conn: Conn, payload: dict[str, object]) -> Json:
        sent = parse(payloads.SubmitForm, payload)
        place = self._places.place(conn.session.inbox_id)
        filled = filled_in(place.chosen.start_form, sent)
        known = await self._store.write(details.submit_form, place.inbox, conn.session.identity_id, filled)
        return _visitor(conn.session, known)

    async def _update(self, conn: Conn, payload: dict[str, object]) -> Json:
        told = parse(payloads.UpdateVisitor, payload)
        session = conn.session
        email = storable(told.email).strip() if told.email else None
        if email and not is_email(email):
            raise Invalid("This is no e-mail address. Write it as name@example.com.", field="email")
        page = orjson.dumps(told.page.model_dump(exclude_none=True)).decode() if told.page else None
        attributes = {
            storable(key): storable(value) if isinstance(value, str) else value
            for key, value in told.attributes.items()
        }
        known = await self._store.write(
            details.update_visitor,
            self._places.inbox(session.inbox_id),
            session.identity_id,
            Told(
                profile=Profile(name=told.name, email=email, phone=told.phone, attributes=attributes),
                locale=told.locale or None,
                page=page,
            ),
        )
        session.locale = told.locale or session.locale
        session.page = page or session.page
        return _visitor(session, known)

    async def _track(self, conn: Conn, payload: dict[str, object]) -> Json:
        told = parse(payloads.Track, payload)
        if len(orjson.dumps(told.data)) > TRACK_BYTES:
            raise Invalid(f"The data is longer than {TRACK_BYTES:,} bytes. Tell less.", field="data")
        session = conn.session
        wait_s = session.tracks.take()
        if wait_s:
            raise RateLimited("Too many events at once. Wait a moment.", retry_after_s=round(wait_s, 2))
        inbox = self._places.inbox(session.inbox_id)
        await self._store.write(details.track, inbox, session.identity_id, told.name, told.data)
        return {}

    async def _ways(self, conn: Conn, payload: dict[str, object]) -> Json:
        parse(payloads.HelpWays, payload)
        return {"ways": await self._help.of(self._places.place(conn.session.inbox_id))}


def _visitor(session: VisitorSession, known: Known) -> Json:
    session.name = known.name
    return {"visitor": {"id": known.identity_id, **({"name": known.name} if known.name else {})}}
