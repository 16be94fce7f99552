"""The first command: make a house."""

from typing import Annotated

import typer

from handoff.agents import NewAgent
from handoff.sessions import Passwords
from server.cli.houses import opened
from server.cli.terminal import AsJson, Json, Terminal, run, start
from server.founding import BOT_NAME, Founded, Founding, found
from server.settings import Settings, secret_key

AdminEmail = Annotated[str, typer.Option("--admin-email", help="The admin logs in with it.")]
AdminPassword = Annotated[
    str, typer.Option("--admin-password", prompt=True, hide_input=True, help="Asked for, if left out.")
]
AdminName = Annotated[str | None, typer.Option("--admin-name", help="As colleagues and visitors see it.")]
WorkspaceName = Annotated[str, typer.Option("--name", help="What the workspace is called.")]


def init(
    admin_email: AdminEmail,
    admin_password: AdminPassword,
    admin_name: AdminName = None,
    name: WorkspaceName = "Frontdesk",
    as_json: AsJson = False,
) -> None:
    """Make the database, a workspace, an admin (an agent with seats), a bot and a website's inbox.

    Run again, it tells what is there and changes nothing.
    """
    settings, terminal = start(as_json)
    house = run(terminal, _init(settings, name, admin_email, admin_password, admin_name))
    terminal.result(_document(house), _lines(house, terminal))


async def _init(settings: Settings, name: str, email: str, password: str, admin_name: str | None) -> Founded:
    passwords = Passwords()
    try:
        hashed = await passwords.hash(password)
    finally:
        passwords.close()
    secret_key(settings)
    admin = NewAgent(
        email=email, name=admin_name or email.partition("@")[0], password_hash=hashed, role="admin", seats=4
    )
    async with opened(settings, must_exist=False) as store:
        return await store.write(found, Founding(admin, name))


def _document(house: Founded) -> Json:
    return {
        "workspace_id": house.workspace_id,
        "admin": {"id": house.admin_id, "email": house.admin_email},
        "bot": {"id": house.bot_id, "name": BOT_NAME},
        "inbox": {"id": house.inbox_id, "public_key": house.public_key},
        "created": house.created,
    }


def _lines(house: Founded, terminal: Terminal) -> list[str]:
    if not house.created:
        terminal.note("It is there already; nothing was changed, no password either.")
    return [
        f"admin       {house.admin_email}",
        f"workspace   {house.workspace_id}",
        f"bot         {house.bot_id}",
        f"inbox       {house.inbox_id}",
        f"public key  {house.public_key}",
        "",
        "Next: frontdesk import articles FILE; frontdesk import intents FILE; frontdesk train --publish;",
        "      frontdesk serve",
    ]
