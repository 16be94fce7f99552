"""Every command, by family; a family is imported when one of its commands is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a command lives: a function, or an application of several."""

    module: str
    name: str


COMMANDS: Mapping[str, _Place] = {
    "demo": _Place("serving", "demo"),
    "serve": _Place("serving", "serve"),
    "init": _Place("begin", "init"),
    "import": _Place("knowledge", "app"),
    "train": _Place("knowledge", "train"),
    "evaluate": _Place("knowledge", "evaluate"),
    "understand": _Place("knowledge", "understand"),
    "parse": _Place("playing", "parse"),
    "replay": _Place("playing", "replay"),
    "agents": _Place("agents", "app"),
    "deliveries": _Place("deliveries", "app"),
    "export": _Place("keeping", "export"),
    "backup": _Place("keeping", "backup"),
    "restore": _Place("keeping", "restore"),
    "migrate": _Place("keeping", "migrate"),
    "doctor": _Place("keeping", "doctor"),
}


class _Families(TyperGroup):
    """Loads a command when it is asked for: all of the house takes a second to import, most commands need a part."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        found = getattr(import_module(f"server.cli.{place.module}"), place.name)
        if not isinstance(found, typer.Typer):
            alone = _typer()
            alone.command(cmd_name)(found)
            found = alone
        command = get_command(found)
        command.name = cmd_name
        return command


def _typer(**how: Any) -> typer.Typer:
    return typer.Typer(
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **how,
    )


app = _typer(
    name="frontdesk",
    cls=_Families,
    help="The front desk of a website: a bot that answers what it knows, and people who take over when it does not.",
    no_args_is_help=True,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("frontdesk"))
        raise typer.Exit


@app.callback()
def frontdesk(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell it, and end.")] = False,
) -> None:
    pass
