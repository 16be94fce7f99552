"""Serving: one process, or several beside each other on PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Annotated

import typer
import uvloop

from server import setup
from server.app import Served
from server.app import serve as serve_house
from server.cli.houses import opened
from server.cli.terminal import AsJson, Json, Terminal, fail, run, start
from server.demo.past import tell_past
from server.demo.seeding import SITE, Demo, learn, seed
from server.pages import Site
from server.settings import Settings

STOP_S = 30.0
WATCH_S = 0.2
# a worker that ends sooner than this after its start will not do better the next time
STEADY_S = 10.0
RESTARTS_S = 60.0
RESTARTS_LIMIT = 20

Workers = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Processes beside each other; more than one needs PostgreSQL.")
]
Beside = Annotated[bool, typer.Option("--beside", hidden=True)]


def serve(workers: Workers = 1, beside: Beside = False, as_json: AsJson = False) -> None:
    """Serve until told to end (Ctrl-C, SIGTERM)."""
    settings, terminal = start(as_json, serves=True)
    if workers == 1:
        run_server(settings, terminal, beside=beside)
        return
    if settings.sqlite_file is not None:
        told = "SQLite is one process's: --workers needs PostgreSQL. Set FRONTDESK_DATABASE_URL, or leave it out."
        fail(terminal, told, "invalid")
    if settings.port == 0:
        fail(terminal, "With --workers FRONTDESK_PORT has to be a number, for all of them to listen on.", "invalid")
    token = run(terminal, _setup_token(settings))
    if token is not None:
        terminal.note(_setup_told(settings.address, token))
    raise typer.Exit(_Workers(workers, terminal).run())


def demo(as_json: AsJson = False) -> None:
    """Serve a fictional company's desk, with an embedded database and sample knowledge, and print its log-ins.

    It lives in a folder of its own, `demo` in the data folder, and is the same desk at the next start.
    """
    settings, terminal = start(as_json, serves=True)
    folder = settings.data_dir / "demo"
    settings = settings.model_copy(update={"data_dir": folder, "database_url": None, "redis_url": None})
    run(terminal, _demo(settings, terminal), loop_factory=uvloop.new_event_loop)


async def _demo(settings: Settings, terminal: Terminal) -> None:
    async with opened(settings, must_exist=False) as store:
        seeded = await seed(store, settings)
    await tell_past(settings, seeded.house, seeded.company.website)

    def ready(served: Served) -> None:
        document, lines = _demo_told(seeded, settings, served.port)
        if terminal.as_json:
            terminal.result(document)
        else:
            for line in lines:
                terminal.note(line)

    async def teach(served: Served) -> None:
        if await learn(served.house.store, settings, seeded):
            terminal.note("The bot has learned its intents; until now it knew the articles alone.")

    site = Site(SITE, {"inbox_key": seeded.house.public_key, "company": seeded.company.name})
    await serve_house(settings, on_ready=ready, beside=teach, site=site)


def _demo_told(seeded: Demo, settings: Settings, port: int) -> tuple[Json, list[str]]:
    address = settings.public_url or settings.listening_at(port)
    key = seeded.house.public_key
    document: Json = {
        "address": address,
        "inbox": {"id": seeded.house.inbox_id, "public_key": key},
        "log_ins": [{"email": one.email, "password": one.password, "role": one.role} for one in seeded.log_ins],
        "pid": os.getpid(),
    }
    lines = [
        f"The desk of {seeded.company.name} (fictional) serves at {address}",
        "",
        f"  the shop, with the widget   {address}/",
        f"  the console                 {address}/console/",
        f"  the API                     {address}/api/v1/openapi.json",
        f"  the inbox's public key      {key}",
        "",
        *(f"  {one.role:10} {one.email:28} {one.password}" for one in seeded.log_ins),
        "",
        "Ctrl-C ends it.",
    ]
    return document, lines


def run_server(settings: Settings, terminal: Terminal, *, beside: bool = False) -> None:
    """Serve in this process. beside: others listen on the same port."""
    token = None if beside else run(terminal, _setup_token(settings))

    def ready(served: Served) -> None:
        if beside:
            return
        address = settings.public_url or settings.listening_at(served.port)
        if terminal.as_json:
            told: Json = {"address": address, "host": served.host, "port": served.port, "pid": os.getpid()}
            terminal.result(told | ({"setup": _setup_link(address, token)} if token is not None else {}))
        else:
            terminal.note(f"Frontdesk serves at {address}")
            if token is not None:
                terminal.note(_setup_told(address, token))

    run(terminal, serve_house(settings, on_ready=ready, reuse_port=beside), loop_factory=uvloop.new_event_loop)


async def _setup_token(settings: Settings) -> str | None:
    """The token of a link that makes the first admin; None where there is one."""
    async with opened(settings, must_exist=False) as store:
        return await store.write(setup.new_link)


def _setup_link(address: str, token: str) -> str:
    return f"{address}/console/setup#{token}"


def _setup_told(address: str, token: str) -> str:
    told = "This desk has no admin yet. Become its first, in a browser, within 7 days; the link works once:"
    return f"\n{told}\n\n  {_setup_link(address, token)}\n"


class _Workers:
    """Processes that listen on one port; one that dies is replaced, and all end together."""

    def __init__(self, count: int, terminal: Terminal) -> None:
        self._count = count
        self._terminal = terminal
        self._ending = False
        self._replaced: list[float] = []
        self._running: dict[int, tuple[subprocess.Popen[bytes], float]] = {}

    def run(self) -> int:
        """0 when told to end; 1 when a worker cannot stay up."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._end)
        failed = False
        try:
            for number in range(self._count):
                self._start(number)
            self._terminal.note(f"Frontdesk serves by {self._count} processes")
            while not self._ending and not failed:
                time.sleep(WATCH_S)
                failed = self._replace_dead()
        finally:
            self._stop()
        return 1 if failed else 0

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._ending = True

    def _start(self, number: int) -> None:
        program = "from server.cli import main; main()"
        command = [sys.executable, "-c", program, "serve", "--beside"]
        self._running[number] = subprocess.Popen(command, start_new_session=True), time.monotonic()

    def _replace_dead(self) -> bool:
        """Start another in place of each that ended; True when that is of no use."""
        for number, (process, began) in tuple(self._running.items()):
            code = process.poll()
            if code is None or self._ending:
                continue
            now = time.monotonic()
            self._replaced = [at for at in self._replaced if at > now - RESTARTS_S] + [now]
            by_itself = code > 0 and now - began < STEADY_S
            if by_itself or len(self._replaced) > RESTARTS_LIMIT:
                self._terminal.note(f"frontdesk: workers cannot stay up (exit {code}); see the log")
                return True
            self._terminal.note(f"frontdesk: a worker ended (exit {code}); starting another")
            self._start(number)
        return False

    def _stop(self) -> None:
        ends = time.monotonic() + STOP_S
        for process, _ in self._running.values():
            process.terminate()
        for process, _ in self._running.values():
            try:
                process.wait(max(0.1, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
