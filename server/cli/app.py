"""Every command, by family."""

from importlib.metadata import version
from typing import Annotated

import typer

from server.cli import agents, begin, keeping, knowledge, playing, serving

app = typer.Typer(
    name="frontdesk",
    help="The front desk of a website: a bot that answers what it knows, and people who take over when it does not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
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


app.command("demo")(serving.demo)
app.command("serve")(serving.serve)
app.command("init")(begin.init)
app.add_typer(knowledge.app, name="import")
app.command("train")(knowledge.train)
app.command("evaluate")(knowledge.evaluate)
app.command("understand")(knowledge.understand)
app.command("parse")(playing.parse)
app.command("replay")(playing.replay)
app.add_typer(agents.app, name="agents")
app.command("export")(keeping.export)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("migrate")(keeping.migrate)
app.command("doctor")(keeping.doctor)
