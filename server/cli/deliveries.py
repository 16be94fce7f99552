"""Dead letters, from the command line: what a channel could not send, seen and tried again."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from channels import delivery
from channels.delivery import DeadLetter
from conversations.store import Tx
from server.cli.houses import opened
from server.cli.terminal import AsJson, Failed, Json, run, start
from server.founding import founded
from server.settings import Settings
from server.shapes import iso

app = typer.Typer(
    help="What a channel could not send: see it, try it again.", no_args_is_help=True, add_completion=False
)

LIMIT = 10_000
_PAGE = 200

Limit = Annotated[int, typer.Option("--limit", min=1, max=LIMIT, help="How many, the latest first.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[MESSAGE_ID]...", help="As `failed` lists them.")]
All = Annotated[bool, typer.Option("--all", help="Every one that has failed.")]


@app.command("failed")
def failed(limit: Limit = 50, as_json: AsJson = False) -> None:
    """Messages that were given up, with the reason; the latest first."""
    settings, terminal = start(as_json)
    found = run(terminal, _failed(settings, limit))
    table = Table("message", "failed", "attempts", "why", box=None)
    for letter in found:
        moment = datetime.fromtimestamp(letter.failed_at / 1000, UTC)
        table.add_row(letter.message_id, f"{moment:%Y-%m-%d %H:%M} UTC", str(letter.attempts), letter.error or "")
    terminal.result({"deliveries": [_shape(letter) for letter in found]}, table)


@app.command("replay")
def replay(message_ids: Ids = None, everything: All = False, as_json: AsJson = False) -> None:
    """Try messages again, each with all its attempts before it. A running server sends them."""
    settings, terminal = start(as_json)
    if bool(message_ids) == everything:
        raise typer.BadParameter("name messages, or give --all", param_hint="MESSAGE_ID")
    due = run(terminal, _replay(settings, message_ids))
    terminal.result({"replayed": due}, [f"{len(due)} will be sent again"])


async def _failed(settings: Settings, limit: int) -> list[DeadLetter]:
    async with opened(settings) as store:
        return await store.read(lambda tx: _letters(tx, limit))


async def _replay(settings: Settings, message_ids: list[str] | None) -> list[str]:
    async with opened(settings) as store:
        wanted = message_ids
        if wanted is None:
            wanted = [letter.message_id for letter in await store.read(lambda tx: _letters(tx, LIMIT))]
        # each in a transaction of its own: one that cannot be sent again holds up no other
        for message_id in wanted:
            await store.write(delivery.replay_dead_letter, message_id)
        return wanted


def _letters(tx: Tx, limit: int) -> list[DeadLetter]:
    house = founded(tx)
    if house is None:
        raise Failed("There is no workspace yet. Make one: frontdesk init", code="not_found")
    found: list[DeadLetter] = []
    while len(found) < limit:
        before = found[-1].failed_at if found else None
        page = delivery.dead_letters(tx, house.workspace_id, before=before, limit=min(_PAGE, limit - len(found)))
        found += page
        if len(page) < _PAGE:
            break
    return found


def _shape(letter: DeadLetter) -> Json:
    return {
        "message_id": letter.message_id,
        "conversation_id": letter.conversation_id,
        "inbox_id": letter.inbox_id,
        "attempts": letter.attempts,
        "error": letter.error,
        "failed_at": iso(letter.failed_at),
    }
