"""The first day of a house: a workspace, its admin, a bot with a knowledge base, and a website's inbox."""

from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import orjson
from sqlalchemy import insert, select, text, update

from conversations.errors import Conflict
from conversations.facts import record
from conversations.store import Tx
from conversations.store.tables import agents, bots, inboxes, knowledge_bases, workspaces
from handoff.agents import NewAgent, add, clean_email
from server.places import PlacesChanged

BOT_NAME = "Bot"
INBOX_NAME = "Website"


@dataclass(frozen=True, slots=True)
class Founding:
    """What a house is begun with. admin: who holds every right, and answers chats too."""

    admin: NewAgent
    workspace_name: str = "Frontdesk"


@dataclass(frozen=True, slots=True)
class Founded:
    """What a house was begun with, by id. created: just now, not before."""

    workspace_id: str
    admin_id: str
    admin_email: str
    bot_id: str
    knowledge_base_id: str
    inbox_id: str
    public_key: str
    created: bool = False


def found(tx: Tx, founding: Founding) -> Founded:
    """Begin the house; where it was begun already by the same admin, what it was begun with.

    Raises Conflict (`field` admin_email) where it was begun by another.
    """
    lock_beginning(tx)
    before = founded(tx)
    if before is not None:
        if before.admin_email != clean_email(founding.admin.email):
            raise Conflict(
                f"This desk was begun by {before.admin_email}. Add others with: frontdesk agents add",
                field="admin_email",
            )
        return before
    workspace_id, now = tx.new_id("wsp"), tx.now
    tx.run(insert(workspaces).values(id=workspace_id, name=founding.workspace_name, created_at=now))
    admin = add(tx, workspace_id, founding.admin)
    bot_id, knowledge_base_id = add_bot(tx, workspace_id, BOT_NAME)
    inbox_id, public_key = add_inbox(tx, workspace_id, INBOX_NAME, "web", bot_id)
    kept = {"founded": {"admin_id": admin.id, "bot_id": bot_id, "inbox_id": inbox_id}}
    tx.run(update(workspaces).where(workspaces.c.id == workspace_id).values(settings=orjson.dumps(kept).decode()))
    record(tx, "settings_changed", "system", {"workspace_id": workspace_id, "founded": kept["founded"]})
    return Founded(workspace_id, admin.id, admin.email, bot_id, knowledge_base_id, inbox_id, public_key, created=True)


def lock_beginning(tx: Tx) -> None:
    """One beginning at a time: two at once would both find nothing. Taken before any other lock."""
    if tx.engine == "postgresql":
        tx.run(text("LOCK TABLE workspaces IN SHARE ROW EXCLUSIVE MODE"))


def founded(tx: Tx) -> Founded | None:
    """What the house was begun with; None before that."""
    row = tx.one(select(workspaces.c.id, workspaces.c.settings).order_by(workspaces.c.created_at, workspaces.c.id))
    if row is None:
        return None
    kept = orjson.loads(row[1])["founded"]
    admin = tx.one(select(agents.c.email).where(agents.c.id == kept["admin_id"]))
    bot = tx.one(select(bots.c.knowledge_base_id).where(bots.c.id == kept["bot_id"]))
    inbox = tx.one(select(inboxes.c.public_key).where(inboxes.c.id == kept["inbox_id"]))
    assert admin is not None and bot is not None and inbox is not None  # noqa: PT018
    return Founded(row[0], kept["admin_id"], admin[0], kept["bot_id"], bot[0], kept["inbox_id"], inbox[0])


def add_bot(tx: Tx, workspace_id: str, name: str, knowledge_base_id: str | None = None) -> tuple[str, str]:
    """A bot and its knowledge base, a new one unless told which: their ids. Raises Conflict for a name in use."""
    taken = select(bots.c.id).where(bots.c.workspace_id == workspace_id, bots.c.name == name)
    if tx.one(taken) is not None:
        raise Conflict("Another bot has this name. Choose a different one.", field="name")
    bot_id = tx.new_id("bot")
    if knowledge_base_id is None:
        knowledge_base_id = tx.new_id("kbs")
        tx.run(
            insert(knowledge_bases).values(
                id=knowledge_base_id, workspace_id=workspace_id, name=name, created_at=tx.now
            )
        )
    tx.run(
        insert(bots).values(
            id=bot_id, workspace_id=workspace_id, knowledge_base_id=knowledge_base_id, name=name, created_at=tx.now
        )
    )
    return bot_id, knowledge_base_id


def add_inbox(
    tx: Tx,
    workspace_id: str,
    name: str,
    channel: str,
    bot_id: str | None,
    *,
    settings: dict[str, Any] | None = None,
    secrets: dict[str, Any] | None = None,
    default_team_id: str | None = None,
) -> tuple[str, str]:
    """An inbox: its id, and the public key that its site names it by."""
    inbox_id, public_key = tx.new_id("inb"), new_public_key()
    tx.run(
        insert(inboxes).values(
            id=inbox_id,
            workspace_id=workspace_id,
            name=name,
            channel=channel,
            public_key=public_key,
            bot_id=bot_id,
            default_team_id=default_team_id,
            settings=orjson.dumps(settings or {}).decode(),
            secrets=orjson.dumps(secrets or {}).decode(),
            created_at=tx.now,
        )
    )
    tx.hint(PlacesChanged(workspace_id))
    return inbox_id, public_key


def new_public_key() -> str:
    """What stands in a site's snippet: not a secret, but not to be guessed from another's."""
    return f"pk_{token_hex(12)}"
