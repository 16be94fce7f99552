"""Inboxes, as admins change them: settings merged and checked by channel, secrets made here and shown once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc.errors import JoseError
from pydantic import BaseModel, ValidationError
from sqlalchemy import select, update

from channels.api import ApiSettings, new_access
from conversations.errors import Conflict, Invalid, NotFound
from conversations.facts import record
from conversations.model import Author
from conversations.store import Tx
from conversations.store.tables import bots, inboxes, teams
from handoff.teams import listed as teams_of
from server.auth.identity import KEYS, IdentityKey
from server.founding import add_inbox
from server.places import InboxSettings, PlacesChanged

CHANNELS = ("web", "api")
KEYS_LIMIT = 10
SECRETS_LIMIT = 10
SETTINGS_LIMIT_CHARACTERS = 20_000

_BY_CHANNEL: Mapping[str, type[BaseModel]] = {"api": ApiSettings}
_SELECT = select(
    inboxes.c.id,
    inboxes.c.name,
    inboxes.c.channel,
    inboxes.c.public_key,
    inboxes.c.bot_id,
    inboxes.c.default_team_id,
    inboxes.c.settings,
    inboxes.c.secrets,
    inboxes.c.created_at,
).where(inboxes.c.archived_at.is_(None))


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An inbox as its row stands."""

    id: str
    name: str
    channel: str
    public_key: str
    bot_id: str | None
    default_team_id: str | None
    settings: dict[str, Any]
    secrets: dict[str, Any]
    created_at: int


def listed(tx: Tx, workspace_id: str) -> list[InboxRow]:
    """Oldest first."""
    ordered = _SELECT.where(inboxes.c.workspace_id == workspace_id).order_by(inboxes.c.created_at, inboxes.c.id)
    return [_from(row) for row in tx.all(ordered)]


def find(tx: Tx, workspace_id: str, inbox_id: str) -> InboxRow:
    """Raises NotFound."""
    row = tx.one(_SELECT.where(inboxes.c.workspace_id == workspace_id, inboxes.c.id == inbox_id))
    if row is None:
        raise NotFound("There is no such inbox.", field="inbox_id")
    return _from(row)


def add(
    tx: Tx, workspace_id: str, name: str, channel: str, columns: Mapping[str, Any], by: Author
) -> tuple[InboxRow, dict[str, str] | None]:
    """A new inbox; for `api` also how its far end calls us and knows our calls, which is shown only now.

    columns: bot_id, default_team_id, settings. Raises Invalid, NotFound.
    """
    _refer(tx, workspace_id, columns)
    settings = checked(channel, columns.get("settings") or {})
    _refer_departments(tx, workspace_id, settings)
    access = new_access() if channel == "api" else None
    inbox_id, _ = add_inbox(
        tx,
        workspace_id,
        name,
        channel,
        columns.get("bot_id"),
        settings=settings,
        secrets=dict(access.secrets) if access is not None else {},
        default_team_id=columns.get("default_team_id"),
    )
    record(tx, "settings_changed", by.actor, {"inbox_id": inbox_id, "changed": ["added"]})
    shown = {"token": access.token, "webhook_secret": access.webhook_secret} if access is not None else None
    return find(tx, workspace_id, inbox_id), shown


def change(tx: Tx, workspace_id: str, inbox_id: str, columns: Mapping[str, Any], by: Author) -> InboxRow:
    """Change name, bot_id, default_team_id; settings are merged into what they are. Raises Invalid, NotFound."""
    before = find(tx, workspace_id, inbox_id)
    _refer(tx, workspace_id, columns)
    values = {name: columns[name] for name in ("name", "bot_id", "default_team_id") if name in columns}
    if columns.get("settings") is not None:
        merged = checked(before.channel, {**before.settings, **columns["settings"]})
        if columns["settings"].get("start_form") is not None:
            _refer_departments(tx, workspace_id, merged)
        values["settings"] = orjson.dumps(merged).decode()
    if values:
        _set(tx, workspace_id, inbox_id, values, by)
    return find(tx, workspace_id, inbox_id)


def archive(tx: Tx, workspace_id: str, inbox_id: str, by: Author) -> None:
    """Take no more messages here. What was said stays. Raises NotFound."""
    find(tx, workspace_id, inbox_id)
    _set(tx, workspace_id, inbox_id, {"archived_at": tx.now}, by)


def add_key(tx: Tx, workspace_id: str, inbox_id: str, kid: str, alg: str, key: str | None, by: Author) -> str | None:
    """A key that the site's server signs its visitors' identities with; the secret made here, where none was given.

    Raises Invalid, NotFound, Conflict (the kid is in use, or there are ten).
    """
    inbox = find(tx, workspace_id, inbox_id)
    keys = dict(inbox.secrets.get(KEYS) or {})
    if kid in keys:
        raise Conflict("This kid is in use. Remove that key first, or choose another kid.", field="kid")
    if len(keys) >= KEYS_LIMIT:
        raise Conflict(f"An inbox has at most {KEYS_LIMIT} keys. Remove one.", field="kid")
    if alg == "EdDSA" and key is None:
        raise Invalid("Send the public key in PEM.", field="key")
    made = secrets.token_urlsafe(48) if key is None else None
    try:
        fresh = IdentityKey.model_validate({"alg": alg, "key": key or made})
        fresh.material()
    except (ValidationError, JoseError, ValueError):
        told = "an Ed25519 public key in PEM" if alg == "EdDSA" else "a secret of at least 32 characters"
        raise Invalid(f"The key has to be {told}.", field="key") from None
    keys[kid] = fresh.model_dump()
    _set_secrets(tx, workspace_id, inbox, {**inbox.secrets, KEYS: keys}, by)
    return made


def remove_key(tx: Tx, workspace_id: str, inbox_id: str, kid: str, by: Author) -> None:
    """What was signed with it counts no more. Raises NotFound."""
    inbox = find(tx, workspace_id, inbox_id)
    keys = dict(inbox.secrets.get(KEYS) or {})
    if keys.pop(kid, None) is None:
        raise NotFound("There is no such key.", field="kid")
    _set_secrets(tx, workspace_id, inbox, {**inbox.secrets, KEYS: keys}, by)


def renew_access(tx: Tx, workspace_id: str, inbox_id: str, *, replace: bool, by: Author) -> dict[str, str]:
    """New secrets of an `api` inbox, shown only now. replace: the former count no more. Raises NotFound, Invalid."""
    inbox = find(tx, workspace_id, inbox_id)
    if inbox.channel != "api":
        raise Invalid("Only inboxes of the channel api have these.", field="inbox_id")
    fresh = new_access()
    kept = dict(inbox.secrets)
    for name, values in fresh.secrets.items():
        before = [] if replace else list(kept.get(name) or [])
        kept[name] = [*values, *before][:SECRETS_LIMIT]
    _set_secrets(tx, workspace_id, inbox, kept, by)
    return {"token": fresh.token, "webhook_secret": fresh.webhook_secret}


def checked(channel: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are stored. Raises Invalid, naming the field."""
    found: dict[str, Any] = {}
    for model in (InboxSettings, _BY_CHANNEL.get(channel)):
        if model is None:
            continue
        try:
            found |= model.model_validate(settings).model_dump(exclude_unset=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part)[:50] for part in ("settings", *first["loc"]))
            raise Invalid(f"{field}: {first['msg']}.", field=field) from None
    if len(orjson.dumps(found)) > SETTINGS_LIMIT_CHARACTERS:
        raise Invalid("The settings are too long.", field="settings")
    return found


def _refer(tx: Tx, workspace_id: str, columns: Mapping[str, Any]) -> None:
    for name, table in (("bot_id", bots), ("default_team_id", teams)):
        wanted = columns.get(name)
        if wanted is None:
            continue
        known = select(table.c.id).where(
            table.c.id == wanted, table.c.workspace_id == workspace_id, table.c.archived_at.is_(None)
        )
        if tx.one(known) is None:
            raise NotFound(f"There is no such {name.removesuffix('_id').replace('_', ' ')}.", field=name)


def _refer_departments(tx: Tx, workspace_id: str, settings: Mapping[str, Any]) -> None:
    wanted = (settings.get("start_form") or {}).get("departments") or ()
    known = {one.id for one in teams_of(tx, workspace_id)} if wanted else set()
    if not known.issuperset(wanted):
        raise NotFound("One of these teams is not there any more.", field="settings.start_form.departments")


def _set_secrets(tx: Tx, workspace_id: str, inbox: InboxRow, kept: dict[str, Any], by: Author) -> None:
    _set(tx, workspace_id, inbox.id, {"secrets": orjson.dumps(kept).decode()}, by)


def _set(tx: Tx, workspace_id: str, inbox_id: str, values: dict[str, Any], by: Author) -> None:
    tx.run(update(inboxes).where(inboxes.c.id == inbox_id).values(values))
    record(tx, "settings_changed", by.actor, {"inbox_id": inbox_id, "changed": sorted(values)})
    tx.hint(PlacesChanged(workspace_id))


def _from(row: tuple[Any, ...]) -> InboxRow:
    inbox_id, name, channel, public_key, bot_id, team_id, settings, kept, created_at = row
    loaded, secret = orjson.loads(settings), orjson.loads(kept)
    return InboxRow(inbox_id, name, channel, public_key, bot_id, team_id, loaded, secret, created_at)
