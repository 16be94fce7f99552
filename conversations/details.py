"""What visitors tell of themselves besides writing: a start form, what their site knows of them, what they did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, select, update

from conversations.errors import NotFound
from conversations.facts import FactKind, record
from conversations.held import Held
from conversations.hints import RoutingDue
from conversations.identities import Described, Identity, Profile, describe, lock_sender
from conversations.inbox import team_lives
from conversations.items import LIVE_OFFER, end_offer
from conversations.model import Author, InboundMessage, Inbox, Offer
from conversations.statements import LOCK_NEWEST_OPEN, conversation_from
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import identities, queue_items
from conversations.words import storable

TRAIL_LIMIT = 30
"""How many of the things that a visitor did are kept for whoever talks to them, the latest."""

SET_TEAM = Statement(update(identities).where(identities.c.id == bindparam("id_")).values(team_id=bindparam("team")))
TRAIL = Statement(select(identities.c.trail).where(identities.c.id == bindparam("id")))
SET_TRAIL = Statement(update(identities).where(identities.c.id == bindparam("id_")).values(trail=bindparam("steps")))
MOVE_ITEM = Statement(
    update(queue_items)
    .where(
        queue_items.c.conversation_id == bindparam("conversation"),
        queue_items.c.kind == "chat",
        queue_items.c.state == "live",
    )
    .values(team_id=bindparam("team"))
)

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent: the exact text that was shown, and when the visitor says that they agreed to it."""

    text: str
    at: str | None


@dataclass(frozen=True, slots=True)
class Filled:
    """A start form as filled in and checked. team_id: of the chosen department. fields: the keys that have a value."""

    profile: Profile
    team_id: str | None
    consent: Agreed | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a visitor's page tells anew; None: nothing of it."""

    profile: Profile
    locale: str | None
    page: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """The visitor after what was told."""

    identity_id: str
    name: str | None


def submit_form(tx: Tx, inbox: Inbox, identity_id: str, filled: Filled) -> Known:
    """Keep what a start form says: on the contact, and for the open conversation; a consent with its exact text.

    The chosen department's team is asked when a person is: from the next conversation on, and in the open one while
    no person has it. Raises NotFound.
    """
    if filled.team_id is not None and not team_lives(tx, filled.team_id):
        raise NotFound("This department is not there any more. Choose another.", field="department")
    sender, held = _locked(tx, inbox, identity_id)
    by = Author("visitor", sender.id)
    described = describe(tx, sender.contact_id, filled.profile)
    columns: dict[str, Any] = {}
    if filled.team_id is not None:
        tx.run(SET_TEAM, {"id_": sender.id, "team": filled.team_id})
        if held is not None and held.conversation.status in ("bot", "queued"):
            columns["team_id"] = filled.team_id
    if held is not None and columns and held.conversation.status == "queued":
        _change_line(held, by, filled.team_id)
    told = {"identity_id": sender.id, "contact_id": sender.contact_id, "team": filled.team_id}
    shown = bool(described.changed or columns)
    _note(tx, held, by, "form_submitted", columns, {**told, "fields": list(filled.fields)}, shown=shown)
    if filled.consent is not None:
        agreed = {"text": filled.consent.text, "agreed_at": filled.consent.at, "inbox": inbox.id}
        _note(tx, held, by, "consent_given", {}, {**told, **agreed}, shown=False)
    return _done(held, sender, described)


def update_visitor(tx: Tx, inbox: Inbox, identity_id: str, told: Told) -> Known:
    """Keep what a page tells of its visitor, unverified: name, address, language; and the page they are on now.

    Raises NotFound.
    """
    sender, held = _locked(tx, inbox, identity_id)
    by = Author("visitor", sender.id)
    described = describe(tx, sender.contact_id, told.profile)
    columns: dict[str, Any] = {}
    if held is not None:
        now = held.conversation
        if told.locale and told.locale != now.locale:
            columns["locale"] = told.locale
        if told.page and told.page != now.page:
            columns["page"] = storable(told.page)
    if described.changed or columns:
        data = {"contact_id": sender.contact_id, "changed": [*described.changed, *columns]}
        _note(tx, held, by, "contact_changed", columns, data, shown=True)
    return _done(held, sender, described)


def track(tx: Tx, inbox: Inbox, identity_id: str, name: str, data: Mapping[str, Scalar]) -> None:
    """Keep something that a visitor did on their site, for whoever talks to them. Raises NotFound."""
    sender = lock_sender(tx, inbox, InboundMessage("", identity_id=identity_id))
    row = tx.one(TRAIL, {"id": sender.id})
    steps = orjson.loads(row[0]) if row is not None else []
    step = {"name": storable(name), "data": _clean(data), "at": tx.now}
    tx.run(SET_TRAIL, {"id_": sender.id, "steps": orjson.dumps([*steps, step][-TRAIL_LIMIT:]).decode()})
    actor = Author("visitor", sender.id).actor
    record(tx, "visitor_tracked", actor, {"identity_id": sender.id, "name": step["name"], "data": step["data"]})


def _locked(tx: Tx, inbox: Inbox, identity_id: str) -> tuple[Identity, Held | None]:
    """The visitor and their newest open conversation, locked in this order."""
    sender = lock_sender(tx, inbox, InboundMessage("", identity_id=identity_id))
    row = tx.one(LOCK_NEWEST_OPEN, {"identity_id": sender.id})
    return sender, Held(tx, conversation_from(row)) if row is not None else None


def _change_line(held: Held, by: Author, team_id: str | None) -> None:
    """Wait for another team, with the same waiting time: an offer to the first one is taken back."""
    offer = held.tx.one(LIVE_OFFER, {"conversation_id": held.conversation.id})
    if offer is not None:
        end_offer(held, Offer(*offer), by, "withdrawn", "department_changed")
    held.tx.run(MOVE_ITEM, {"conversation": held.conversation.id, "team": team_id})
    held.hint(RoutingDue(held.conversation.workspace_id))


def _note(
    tx: Tx, held: Held | None, by: Author, kind: FactKind, columns: dict[str, Any], data: dict[str, Any], *, shown: bool
) -> None:
    """The fact, in the open conversation where there is one. shown: agents are told that something changed."""
    if held is None:
        record(tx, kind, by.actor, data)
    elif shown:
        held.update(by, kind, visible=False, columns=columns, **data)
    else:
        held.fact(kind, by, **data)


def _done(held: Held | None, sender: Identity, described: Described) -> Known:
    if held is not None:
        held.save()
    return Known(sender.id, described.name)


def _clean(data: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {storable(key): storable(value) if isinstance(value, str) else value for key, value in data.items()}
