"""Who writes: an address in an inbox, the contact behind it, and the devices that carry its token."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import bindparam, case, delete, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.errors import NotFound
from conversations.facts import record
from conversations.held import Held
from conversations.hints import IdentityMerged
from conversations.model import Author, InboundMessage, Inbox
from conversations.statements import ALL_CONVERSATION, conversation_from
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import attachments, contacts, conversations, devices, identities, messages
from conversations.words import plain, storable

DEVICE_LIFE_MS = 180 * 86_400_000
_TOUCH_AFTER_MS = 3_600_000
ATTRIBUTES_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Identity:
    """Someone as an inbox knows them. team_id: of the department that they chose."""

    id: str
    contact_id: str
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is said of a person. verified: proven by the site's own server, not claimed by the visitor."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    attributes: dict[str, Any] | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """A contact as now known. changed: which of its fields a profile has changed."""

    name: str | None
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor at the door: an identity, its contact's name, and the subject proven for the device."""

    identity_id: str
    contact_id: str
    name: str | None
    subject: str | None
    is_new: bool


LOCK_IDENTITY = Statement(
    select(identities.c.id, identities.c.contact_id, identities.c.merged_into, identities.c.team_id)
    .where(identities.c.id == bindparam("id"), identities.c.inbox_id == bindparam("inbox_id"))
    .with_for_update(key_share=True)
)
_at_address = select(identities.c.id, identities.c.contact_id).where(
    identities.c.inbox_id == bindparam("inbox_id"), identities.c.address == bindparam("address")
)
LOCK_ADDRESS = Statement(_at_address.with_for_update(key_share=True))
FIND_ADDRESS = Statement(_at_address)
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
MOVE_DEVICES = Statement(
    update(devices).where(devices.c.identity_id == bindparam("from_")).values(identity_id=bindparam("to_"))
)
MERGE_IDENTITY = Statement(
    update(identities).where(identities.c.id == bindparam("from_")).values(merged_into=bindparam("to_"))
)
_from = identities.alias("was")
MOVE_DEPARTMENT = Statement(
    update(identities)
    .where(
        identities.c.id == bindparam("to_"),
        exists().where(_from.c.id == bindparam("from_"), _from.c.team_id.is_not(None)),
    )
    .values(team_id=select(_from.c.team_id).where(_from.c.id == bindparam("from_")).scalar_subquery())
)
MOVE_UNSENT = Statement(
    update(attachments)
    .where(attachments.c.message_id.is_(None), attachments.c.uploader == bindparam("from_"))
    .values(uploader=bindparam("to_"))
)
RENAME_IDENTITY = Statement(
    update(identities).where(identities.c.id == bindparam("id_")).values(address=bindparam("new_address"))
)
LOCK_CONVERSATIONS = Statement(
    select(*ALL_CONVERSATION)
    .where(conversations.c.identity_id == bindparam("identity_id"))
    .order_by(conversations.c.id)
    .with_for_update(key_share=True)
)
_theirs = messages.alias("theirs")
MOVE_MESSAGES = Statement(
    update(messages)
    .where(messages.c.conversation_id == bindparam("conversation"), messages.c.sender == bindparam("from_"))
    .values(
        author_id=bindparam("to_"),
        # both may have used the same client_id, each for a message of their own: that one keeps its sender
        sender=case(
            (
                exists().where(
                    _theirs.c.inbox_id == messages.c.inbox_id,
                    _theirs.c.sender == bindparam("to_"),
                    _theirs.c.client_id == messages.c.client_id,
                ),
                messages.c.sender,
            ),
            else_=bindparam("to_"),
        ),
    )
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
        return _lock_identity(tx, inbox, inbound.identity_id)
    if inbound.address is None:
        raise NotFound("The message names no sender.", field="address")
    profile = Profile(name=inbound.name, email=inbound.email, phone=inbound.phone)
    return lock_address(tx, inbox, inbound.address, profile)


def _lock_identity(tx: Tx, inbox: Inbox, identity_id: str) -> Identity:
    """An identity by its id; the one it was merged into, where its visitor has identified meanwhile."""
    row = tx.one(LOCK_IDENTITY, {"id": identity_id, "inbox_id": inbox.id})
    if row is None:
        raise NotFound("This visitor is not known here. Connect again.", field="identity")
    if row[2] is not None:
        return _lock_identity(tx, inbox, row[2])
    return Identity(row[0], row[1], row[3])


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
    conversations; a token tied to another subject is ignored. Raises Invalid for a subject that is no name.
    """
    if subject is not None:
        plain(subject, field="identity")
    found = _device(tx, inbox, token)
    if found is not None and subject is not None and found.subject not in (None, subject):
        found = None
    if found is None:
        return _new_visitor(tx, inbox, fresh_token, subject, profile)
    assert token is not None
    if subject is None:
        return found
    if found.subject == subject:
        return replace(found, name=describe(tx, found.contact_id, profile).name)
    return _identify(tx, inbox, token_hash(token), found, subject, profile)


def knows_device(tx: Tx, inbox: Inbox, token: str) -> bool:
    """Whether a token is that of somebody who was here before."""
    row = tx.one(GET_DEVICE, {"token_hash": token_hash(token), "inbox_id": inbox.id})
    return row is not None and row[4] >= tx.now - DEVICE_LIFE_MS


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
    name = describe(tx, identity.contact_id, profile).name if subject is not None else _short(profile.name)
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
    return Visitor(identity.id, identity.contact_id, name, subject, is_new=True)


def _identify(tx: Tx, inbox: Inbox, hashed: str, visitor: Visitor, subject: str, profile: Profile) -> Visitor:
    """Tie an anonymous device to a proven subject, and bring its conversations along."""
    address = f"sub:{subject}"
    known = tx.one(FIND_ADDRESS, {"inbox_id": inbox.id, "address": address})
    identity = Identity(*known) if known is not None else Identity(visitor.identity_id, visitor.contact_id)
    for identity_id in sorted({visitor.identity_id, identity.id}):
        tx.one(LOCK_IDENTITY, {"id": identity_id, "inbox_id": inbox.id})
    if known is None:
        tx.run(RENAME_IDENTITY, {"id_": visitor.identity_id, "new_address": address})
    elif identity.id != visitor.identity_id:
        _merge(tx, visitor.identity_id, identity)
    tx.run(TIE_DEVICE, {"hash_": hashed, "identity": identity.id, "sub": subject})
    name = describe(tx, identity.contact_id, profile).name
    told = {"from": visitor.identity_id, "to": identity.id}
    record(tx, "visitor_identified", Author("visitor", identity.id).actor, told)
    return Visitor(identity.id, identity.contact_id, name, subject, is_new=False)


def _merge(tx: Tx, from_id: str, into: Identity) -> None:
    """Give what an anonymous identity did to the one that its visitor proved to be. Both are locked."""
    by = Author("visitor", into.id)
    moved = {"from_": from_id, "to_": into.id}
    for row in tx.all(LOCK_CONVERSATIONS, {"identity_id": from_id}):
        held = Held(tx, conversation_from(row))
        columns = {"identity_id": into.id, "contact_id": into.contact_id}
        held.update(by, "visitor_identified", visible=False, columns=columns, **{"from": from_id, "to": into.id})
        held.save()
        tx.run(MOVE_MESSAGES, {**moved, "conversation": held.conversation.id})
    tx.run(MOVE_UNSENT, moved)
    tx.run(MOVE_DEVICES, moved)
    tx.run(MOVE_DEPARTMENT, moved)
    tx.run(MERGE_IDENTITY, moved)
    tx.hint(IdentityMerged(from_id, into.id))


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


def describe(tx: Tx, contact_id: str, profile: Profile) -> Described:
    """Write what is newly known of a contact; nothing where nothing changes.

    What a site's own server has vouched for, nothing unverified overwrites; nor does it add attributes without end.
    """
    row = tx.one(GET_CONTACT, {"id": contact_id})
    assert row is not None
    *before, verified_text = row
    known, verified = orjson.loads(before[3]), orjson.loads(verified_text)
    kept = () if profile.verified else verified
    given = profile.attributes or {}
    allowed = {key: value for key, value in given.items() if f"attributes.{key}" not in kept}
    if not profile.verified:
        fresh = [key for key in allowed if key not in known]
        for key in fresh[max(0, ATTRIBUTES_LIMIT - len(known)) :]:
            del allowed[key]
    told = known | allowed
    new = {
        "new_name": (_short(profile.name) if "name" not in kept else None) or before[0],
        "new_email": (_short(profile.email) if "email" not in kept else None) or before[1],
        "new_phone": (_short(profile.phone) if "phone" not in kept else None) or before[2],
        "new_attributes": orjson.dumps(told).decode() if told != known else before[3],
        "new_verified": _verified(profile, verified),
    }
    changed = tuple(
        name
        for name, was, now in zip(("name", "email", "phone", "attributes"), before, new.values(), strict=False)
        if was != now
    )
    if tuple(new.values()) != row:
        tx.run(UPDATE_CONTACT, {**new, "id_": contact_id, "now": tx.now})
    return Described(new["new_name"], changed)


def _verified(profile: Profile, before: list[str]) -> str:
    """Which fields are vouched for: name, email, phone, and attributes as `attributes.KEY`."""
    now = [name for name in ("name", "email", "phone") if profile.verified and getattr(profile, name)]
    now += [f"attributes.{key}" for key in (profile.attributes or {}) if profile.verified]
    return orjson.dumps([*before, *(name for name in now if name not in before)]).decode()


def _short(text: str | None) -> str | None:
    return storable(text)[:200] or None if text is not None else None
