"""The company that the desk belongs to: its name, its look, the language of its mails."""

from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError
from sqlalchemy import bindparam, select, update

from conversations.errors import NotFound
from conversations.facts import record
from conversations.model import Author
from conversations.store import Statement, Tx
from conversations.store.tables import workspaces
from conversations.texts import DEFAULT_LOCALE, nearest
from server.appearance import Look
from server.places import PlacesChanged

_GET = Statement(
    select(workspaces.c.id, workspaces.c.name, workspaces.c.settings).where(workspaces.c.id == bindparam("id"))
)
_LOCK = Statement(
    select(workspaces.c.settings).where(workspaces.c.id == bindparam("id")).with_for_update(key_share=True)
)
_SET = Statement(
    update(workspaces)
    .where(workspaces.c.id == bindparam("id_"))
    .values(name=bindparam("new_name"), settings=bindparam("new_settings"))
)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Whose desk it is. look: of every inbox that has none of its own."""

    id: str
    name: str
    look: Look
    locale: str


def find(tx: Tx, workspace_id: str) -> Workspace:
    """Raises NotFound."""
    row = tx.one(_GET, {"id": workspace_id})
    if row is None:
        raise NotFound("There is no such workspace.")
    settings = orjson.loads(row[2])
    return Workspace(row[0], row[1], _look(settings), nearest(settings.get("locale") or DEFAULT_LOCALE))


def change(
    tx: Tx,
    workspace_id: str,
    by: Author,
    *,
    name: str | None = None,
    look: dict[str, Any] | None = None,
    locale: str | None = None,
) -> Workspace:
    """Change what is given. look: fields of `Look`, merged into what it is; None within it: the house's own again."""
    row = tx.one(_LOCK, {"id": workspace_id})
    before = find(tx, workspace_id)
    settings = orjson.loads(row[0]) if row is not None else {}
    changed = [one for one, given in (("name", name), ("look", look), ("locale", locale)) if given is not None]
    if not changed:
        return before
    if look is not None:
        merged = Look.model_validate({**_look(settings).model_dump(), **look})
        settings["look"] = merged.model_dump(exclude_none=True)
    if locale is not None:
        settings["locale"] = locale
    values = {"id_": workspace_id, "new_name": name or before.name, "new_settings": orjson.dumps(settings).decode()}
    tx.run(_SET, values)
    record(tx, "settings_changed", by.actor, {"workspace_id": workspace_id, "changed": sorted(changed)})
    tx.hint(PlacesChanged(workspace_id))
    return find(tx, workspace_id)


def _look(settings: dict[str, Any]) -> Look:
    try:
        return Look.model_validate(settings.get("look") or {})
    except ValidationError:
        return Look()
