"""What a command says: one JSON document on standard output, or lines for people; everything else on standard error."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from conversations.errors import Refused
from conversations.store import StoreError
from intents.errors import IntentsError
from server.logs import configure_logs
from server.settings import BadSettings, Settings, load_settings

T = TypeVar("T")
Json = dict[str, Any]
Advance = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and of how much; 0 of 0 where nobody knows."""

log = structlog.get_logger(__name__)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
OfBot = Annotated[str | None, typer.Option("--bot", help="A bot's id or name; else the one made by init.")]


class Failed(Exception):
    """The command could not do what it was asked. told: more for --json."""

    def __init__(self, message: str, *, code: str = "invalid", **told: Any) -> None:
        super().__init__(message)
        self.code = code
        self.told = told


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where one command speaks."""

    as_json: bool
    out: Console
    err: Console

    def result(self, document: Json, lines: Sequence[str] | Table | None = None) -> None:
        """The command's outcome. lines: how people read it; without them the JSON, indented."""
        if self.as_json:
            sys.stdout.write(orjson.dumps(document).decode() + "\n")
        elif lines is None:
            sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
        elif isinstance(lines, Table):
            self.out.print(lines)
        else:
            for line in lines:
                self.out.print(line, markup=False, highlight=False, soft_wrap=True)
        sys.stdout.flush()

    def line(self, document: Json) -> None:
        """One of many outcomes, as a JSON line, at once."""
        sys.stdout.write(orjson.dumps(document).decode() + "\n")

    def note(self, text: str) -> None:
        """A word beside the outcome."""
        self.err.print(text, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def progress(self) -> Iterator[Advance]:
        """A moving bar on a terminal; elsewhere nothing moves."""
        if not self.err.is_terminal:
            yield lambda what, done, total: None
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.err, transient=True) as bar:
            shown: dict[str, Any] = {}

            def advance(what: str, done: int, total: int) -> None:
                if what not in shown:
                    shown[what] = bar.add_task(what, total=total or None)
                bar.update(shown[what], completed=done, total=total or None)

            yield advance


def start(as_json: bool, *, serves: bool = False) -> tuple[Settings, Terminal]:
    """The settings and the terminal of a command; logs go to standard error from here on.

    serves: a server tells what it does; a command leaves that to its own words, unless asked for more.
    """
    terminal = Terminal(as_json, Console(), Console(stderr=True))
    try:
        settings = load_settings()
    except BadSettings as error:
        configure_logs("auto", "info")
        fail(terminal, str(error), "invalid")
    quiet = not serves and settings.log_level == "info"
    configure_logs(settings.log_format, "warning" if quiet else settings.log_level)
    return settings, terminal


def run(
    terminal: Terminal,
    work: Coroutine[Any, Any, T],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> T:
    """Do it; a refusal is told in its own words, and ends the command with 1."""
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(work)
    except Failed as error:
        fail(terminal, str(error), error.code, **error.told)
    except Refused as error:
        fail(terminal, error.message, error.code, **({"field": error.field} if error.field else {}))
    except (StoreError, BadSettings, IntentsError) as error:
        fail(terminal, str(error), "unavailable" if isinstance(error, StoreError) else "invalid")
    except OSError as error:
        fail(terminal, str(error), "unavailable")
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def fail(terminal: Terminal, message: str, code: str, **told: Any) -> NoReturn:
    if terminal.as_json:
        terminal.result({"error": {"code": code, "message": message, **told}})
    terminal.note(f"frontdesk: {message}")
    raise typer.Exit(1)
