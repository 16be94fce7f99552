"""Playing and reading what was captured: replay questions as visitors, parse a channel's payload."""

from pathlib import Path
from typing import Annotated

import typer

from channels import parse_captured
from conversations.errors import NotFound, Refused, Unsupported
from server.cli.houses import readable
from server.cli.replay.figures import Figures
from server.cli.replay.play import play
from server.cli.replay.questions import Scripted, scripts
from server.cli.replay.visitor import NotSent
from server.cli.terminal import AsJson, Failed, Terminal, run, start

LATER_CHANNELS = (
    "email", "telegram", "whatsapp", "messenger", "instagram", "sms", "voice", "slack", "line", "form",
)  # fmt: skip

Url = Annotated[str, typer.Option("--url", help="Where the desk serves.")]
InboxKey = Annotated[str, typer.Option("--inbox", help="The public key of its inbox.")]
Connections = Annotated[int, typer.Option("--connections", min=1, max=5_000, help="Visitors at once.")]


def replay(file: Path, url: Url, inbox: InboxKey, connections: Connections = 10, as_json: AsJson = False) -> None:
    """Play a file of questions as visitors, over the real protocol.

    Each line is a new visitor and conversation, or the CSV's column `conversation` says whose it is. Ends with 1 when
    a message was not acknowledged, met nothing in 10 s, or was lost, doubled or out of order.
    """
    _, terminal = start(as_json)
    figures, took_s = run(terminal, _replay(terminal, file, url, inbox, connections))
    document = figures.document(took_s)
    terminal.result(document)
    if not figures.good:
        raise typer.Exit(1)


async def _replay(terminal: Terminal, file: Path, url: str, inbox: str, connections: int) -> tuple[Figures, float]:
    if not url.startswith(("http://", "https://")):
        raise Failed("--url begins with http:// or https://", field="url")
    played: list[Scripted] = scripts(readable(file))
    with terminal.progress() as advance:
        try:
            return await play(played, url, inbox, connections, lambda done, total: advance("asking", done, total))
        except NotSent as error:
            told = error.error or {"code": "unavailable"}
            raise Failed(f"{url} does not take us in: {error}", code=str(told["code"])) from None


def parse(channel: str, file: Path, as_json: AsJson = False) -> None:
    """What a channel would make of a captured payload, without storing it."""
    _, terminal = start(as_json)
    found = run(terminal, _parse(channel, file))
    terminal.result(found[0] if len(found) == 1 else {"parsed": found})


async def _parse(channel: str, file: Path) -> list[dict[str, object]]:
    payload = readable(file).read_bytes()
    try:
        return [dict(one) for one in parse_captured(channel, payload)]
    except NotFound:
        if channel in LATER_CHANNELS:
            raise Unsupported(f"The channel {channel} comes with a later version of Frontdesk.") from None
        raise
    except Refused:
        raise
