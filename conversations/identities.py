"""Who writes: an address in an inbox, the contact behind it, and the devices that carry its token."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.errors import NotFound
from conversations.facts import record
from conversations.model import Author, InboundMessage, Inbox
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import contacts, conversations, devices, identities, messages
from conversations.words import storable

DEVICE_LIFE_MS = 180 * 86_400_000
_TOUCH_AFTER_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Someone as an inbox knows them."""

    id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What is said of a person. verified: proven by the site's own server, not claimed by the visitor."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    attributes: dict[str, Any] | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor at the door: an identity, its contact's name, and the subject proven for the device."""

    identity_id: str
    contact_id: str
    name: str | None
    subject: str | None
    is_new: bool


LOCK_IDENTITY = Statement(
    select(identities.c.id, identities.c.contact_id)
    .where(identities.c.id == bindparam("id"), identities.c.inbox_id == bindparam("inbox_id"))
    .with_for_update()
)
LOCK_ADDRESS = Statement(
    select(identities.c.id, identities.c.contact_id)
    .where(identities.c.inbox_id == bindparam("inbox_id"), identities.c.address == bindparam("address"))
    .with_for_update()
)
INSERT_IDENTITY = Statement(
    upsert(identities)
    .values(
        id=bindparam("id"),
        inbox_id=bindparam("inbox_id"),
        address=bindparam("address"),
        contact_id=bindparam("contact_id"),
        created_at=bindparam("now"),
        last_seen_at=bindparam("now"),
    )
    .on_conflict_do_nothing(index_elements=["inbox_id", "address"])
    .returning(identities.c.id)
)
INSERT_CONTACT = Statement(
    insert(contacts).values(
        id=bindparam("id"),
        workspace_id=bindparam("workspace_id"),
        name=bindparam("name"),
        email=bindparam("email"),
        phone=bindparam("phone"),
        attributes=bindparam("attributes"),
        verified=bindparam("verified"),
        created_at=bindparam("now"),
        updated_at=bindparam("now"),
    )
)
DROP_CONTACT = Statement(delete(contacts).where(contacts.c.id == bindparam("id")))
GET_DEVICE = Statement(
    select(devices.c.identity_id, identities.c.contact_id, contacts.c.name, devices.c.subject, devices.c.last_used_at)
    .join(identities, identities.c.id == devices.c.identity_id)
    .join(contacts, contacts.c.id == identities.c.contact_id)
    .where(devices.c.token_hash == bindparam("token_hash"), devices.c.inbox_id == bindparam("inbox_id"))
)
INSERT_DEVICE = Statement(
    insert(devices).values(
        token_hash=bindparam("token_hash"),
        identity_id=bindparam("identity_id"),
        inbox_id=bindparam("inbox_id"),
        subject=bindparam("subject"),
        created_at=bindparam("now"),
        last_used_at=bindparam("now"),
    )
)
TOUCH_DEVICE = Statement(
    update(devices).where(devices.c.token_hash == bindparam("hash_")).values(last_used_at=bindparam("now"))
)
TIE_DEVICE = Statement(
    update(devices)
    .where(devices.c.token_hash == bindparam("hash_"))
    .values(identity_id=bindparam("identity"), subject=bindparam("sub"))
)
RENAME_IDENTITY = Statement(
    update(identities).where(identities.c.id == bindparam("id_")).values(address=bindparam("new_address"))
)
MOVE_CONVERSATIONS = Statement(
    update(conversations)
    .where(conversations.c.identity_id == bindparam("from_"))
    .values(identity_id=bindparam("to_"), contact_id=bindparam("contact"))
)
MOVE_MESSAGES = Statement(
    update(messages)
    .where(messages.c.inbox_id == bindparam("inbox"), messages.c.sender == bindparam("from_"))
    .values(sender=bindparam("to_"), author_id=bindparam("to_"))
)
GET_CONTACT = Statement(
    select(contacts.c.name, contacts.c.email, contacts.c.phone, contacts.c.attributes, contacts.c.verified).where(
        contacts.c.id == bindparam("id")
    )
)
UPDATE_CONTACT = Statement(
    update(contacts)
    .where(contacts.c.id == bindparam("id_"))
    .values(
        name=bindparam("new_name"),
        email=bindparam("new_email"),
        phone=bindparam("new_phone"),
        attributes=bindparam("new_attributes"),
        verified=bindparam("new_verified"),
        updated_at=bindparam("now"),
    )
)


def token_hash(token: str) -> str:
    """What the database keeps of a secret of 256 random bits; such a secret needs no slow hash."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def lock_sender(tx: Tx, inbox: Inbox, inbound: InboundMessage) -> Identity:
    """The identity that an inbound message comes from, locked first of all. Raises NotFound."""
    if inbound.identity_id is not None:
        row = tx.one(LOCK_IDENTITY, {"id": inbound.identity_id, "inbox_id": inbox.id})
        if row is None:
            raise NotFound("This visitor is not known here. Connect again.", field="identity")
        return Identity(*row)
    if not inbound.address:
        raise NotFound("The message names no sender.", field="address")
    profile = Profile(name=inbound.name, email=inbound.email, phone=inbound.phone)
    return lock_address(tx, inbox, inbound.address, profile)


def lock_address(tx: Tx, inbox: Inbox, address: str, profile: Profile) -> Identity:
    """The identity at an address, made with its contact if it is new, and locked."""
    where = {"inbox_id": inbox.id, "address": address}
    row = tx.one(LOCK_ADDRESS, where)
    if row is not None:
        return Identity(*row)
    contact_id = _make_contact(tx, inbox.workspace_id, profile)
    made = tx.one(INSERT_IDENTITY, {**where, "id": tx.new_id("vis"), "contact_id": contact_id, "now": tx.now})
    if made is not None:
        return Identity(made[0], contact_id)
    tx.run(DROP_CONTACT, {"id": contact_id})
    row = tx.one(LOCK_ADDRESS, where)
    assert row is not None
    return Identity(*row)


def meet(tx: Tx, inbox: Inbox, token: str | None, fresh_token: str, subject: str | None, profile: Profile) -> Visitor:
    """The visitor behind a device's token; a new one, under fresh_token, where the token says nothing.

    subject: who the site's server proved it to be, or None. An anonymous visitor who identifies keeps the
    conversations; a token tied to another subject is ignored.
    """
    found = _device(tx, inbox, token)
    if found is not None and subject is not None and found.subject not in (None, subject):
        found = None
    if found is None:
        return _new_visitor(tx, inbox, fresh_token, subject, profile)
    assert token is not None
    if subject is None:
        return found
    if found.subject == subject:
        _describe(tx, found.contact_id, profile)
        return found
    return _identify(tx, inbox, token_hash(token), found, subject, profile)


def _device(tx: Tx, inbox: Inbox, token: str | None) -> Visitor | None:
    if not token:
        return None
    hashed = token_hash(token)
    row = tx.one(GET_DEVICE, {"token_hash": hashed, "inbox_id": inbox.id})
    if row is None or row[4] < tx.now - DEVICE_LIFE_MS:
        return None
    if row[4] < tx.now - _TOUCH_AFTER_MS:
        tx.run(TOUCH_DEVICE, {"hash_": hashed, "now": tx.now})
    return Visitor(row[0], row[1], row[2], row[3], is_new=False)


def _new_visitor(tx: Tx, inbox: Inbox, token: str, subject: str | None, profile: Profile) -> Visitor:
    address = f"sub:{subject}" if subject is not None else tx.new_id("anonymous")
    identity = lock_address(tx, inbox, address, profile)
    if subject is not None:
        _describe(tx, identity.contact_id, profile)
    tx.run(
        INSERT_DEVICE,
        {
            "token_hash": token_hash(token),
            "identity_id": identity.id,
            "inbox_id": inbox.id,
            "subject": subject,
            "now": tx.now,
        },
    )
    return Visitor(identity.id, identity.contact_id, profile.name, subject, is_new=True)


def _identify(tx: Tx, inbox: Inbox, hashed: str, visitor: Visitor, subject: str, profile: Profile) -> Visitor:
    """Tie an anonymous device to a proven subject, and bring its conversations along."""
    address = f"sub:{subject}"
    known = tx.one(LOCK_ADDRESS, {"inbox_id": inbox.id, "address": address})
    if known is None:
        tx.run(RENAME_IDENTITY, {"id_": visitor.identity_id, "new_address": address})
        identity = Identity(visitor.identity_id, visitor.contact_id)
    else:
        identity = Identity(*known)
        moved = {"from_": visitor.identity_id, "to_": identity.id}
        tx.run(MOVE_MESSAGES, {**moved, "inbox": inbox.id})
        tx.run(MOVE_CONVERSATIONS, {**moved, "contact": identity.contact_id})
    tx.run(TIE_DEVICE, {"hash_": hashed, "identity": identity.id, "sub": subject})
    _describe(tx, identity.contact_id, profile)
    by = Author("visitor", identity.id)
    record(tx, "visitor_identified", by.actor, {"from": visitor.identity_id, "to": identity.id})
    return Visitor(identity.id, identity.contact_id, profile.name or visitor.name, subject, is_new=False)


def _make_contact(tx: Tx, workspace_id: str, profile: Profile) -> str:
    contact_id = tx.new_id("con")
    tx.run(
        INSERT_CONTACT,
        {
            "id": contact_id,
            "workspace_id": workspace_id,
            "name": _short(profile.name),
            "email": _short(profile.email),
            "phone": _short(profile.phone),
            "attributes": orjson.dumps(profile.attributes or {}).decode(),
            "verified": _verified(profile, []),
            "now": tx.now,
        },
    )
    return contact_id


def _describe(tx: Tx, contact_id: str, profile: Profile) -> None:
    """Write what is newly known of a contact; nothing where nothing changes."""
    row = tx.one(GET_CONTACT, {"id": contact_id})
    assert row is not None
    name, email, phone, attributes, verified = row
    told = orjson.loads(attributes) | (profile.attributes or {})
    new = {
        "new_name": _short(profile.name) or name,
        "new_email": _short(profile.email) or email,
        "new_phone": _short(profile.phone) or phone,
        "new_attributes": orjson.dumps(told).decode(),
        "new_verified": _verified(profile, orjson.loads(verified)),
    }
    if tuple(new.values()) != row:
        tx.run(UPDATE_CONTACT, {**new, "id_": contact_id, "now": tx.now})


def _verified(profile: Profile, before: list[str]) -> str:
    fields = [
        name for name in ("name", "email", "phone") if (profile.verified and getattr(profile, name)) or name in before
    ]
    return orjson.dumps(fields).decode()


def _short(text: str | None) -> str | None:
    return storable(text)[:200] or None if text is not None else None
