"""A socket that comes back: commands with acknowledgements, events, and reconnecting whatever breaks."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import orjson

from bench.load.line import Line, LineClosed, connect

Json = dict[str, Any]

ACK_S = 10.0
CONNECT_S = 10.0
HEARTBEAT_S = 26.0
"""The server speaks at least every 10 s; after this long without a word the connection is given up."""

BACKOFF_S = (0.05, 1.0)
AGAIN = ("unavailable", "rate_limited")
"""Errors that ask for another try."""

AGAIN_S = 0.1


class Cut(Exception):
    """The connection ended, or the acknowledgement did not come: the command may or may not have been done."""


class GaveUp(Exception):
    """No connection was had in time."""


class Socket:
    """One namespace on one socket, connected again for as long as `run` runs.

    auth: asked at each connect. on_event(name, payload): the first of each connection is `welcome`. Commands are
    sent only once it has come.
    """

    def __init__(
        self,
        url: Callable[[], str],
        namespace: str,
        auth: Callable[[], Json],
        on_event: Callable[[str, Json], None],
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._namespace = namespace
        self._auth = auth
        self._on_event = on_event
        self._on_closed = on_closed
        self._line: Line | None = None
        self._welcomed = asyncio.Event()
        self._welcome_came = False
        self._ended = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._next_id = 0
        self.connects = 0
        self.refusals: list[str] = []

    async def run(self) -> None:
        """Keep a connection until cancelled."""
        pause_s = BACKOFF_S[0]
        try:
            while True:
                try:
                    await self._live()
                    pause_s = BACKOFF_S[0]
                except (OSError, TimeoutError, LineClosed) as error:
                    self.refusals.append(str(error) or type(error).__name__)
                    pause_s = min(BACKOFF_S[1], pause_s * 2)
                await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
        finally:
            self.cut()

    async def call(self, name: str, payload: Json, *, connect_s: float = 60.0) -> Json:
        """Send a command; its acknowledgement. Raises Cut, or GaveUp without a connection for `connect_s`."""
        try:
            async with asyncio.timeout(connect_s):
                await self._welcomed.wait()
        except TimeoutError as error:
            raise GaveUp(f"no connection for {connect_s:.0f} s: {self.refusals[-1:]}") from error
        line = self._line
        if line is None:
            raise Cut("the connection ended just now")
        self._next_id += 1
        number = self._next_id
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        line.send(orjson.dumps([name, payload]), b"%d" % number)
        try:
            async with asyncio.timeout(ACK_S):
                return await answer
        except TimeoutError as error:
            self.cut()
            raise Cut(f"{name} was not acknowledged in {ACK_S:.0f} s") from error
        finally:
            self._waiting.pop(number, None)

    async def ask(self, name: str, payload: Json) -> Json | None:
        """A command that may be repeated, again and again until it is answered; None when it is refused."""
        while True:
            try:
                answer = await self.call(name, payload)
            except Cut:
                continue
            if answer["ok"]:
                return answer
            if answer["error"]["code"] not in AGAIN:
                return None
            await asyncio.sleep(answer["error"].get("retry_after_s") or AGAIN_S)

    def cut(self) -> None:
        """Drop the connection, as a phone in a tunnel does."""
        line = self._line
        if line is not None:
            self._lost(self.connects, "cut by ourselves")
            line.close()

    async def _live(self) -> None:
        """One connection, from its opening to its end."""
        self.connects += 1
        number = self.connects
        self._ended = asyncio.Event()
        self._welcome_came = False
        line = await connect(
            self._url(),
            self._namespace,
            self._auth(),
            on_event=lambda body: self._heard(number, body),
            on_ack=self._acknowledged,
            on_closed=lambda why: self._lost(number, why),
            timeout_s=CONNECT_S,
        )
        if line.closed is not None:
            return
        self._line = line
        if self._welcome_came:
            self._welcomed.set()
        while not self._ended.is_set():
            try:
                async with asyncio.timeout(HEARTBEAT_S / 4):
                    await self._ended.wait()
            except TimeoutError:
                if time.monotonic() - line.heard_at > HEARTBEAT_S:
                    self.cut()

    def _heard(self, number: int, body: bytes) -> None:
        if number != self.connects:
            return
        name, payload = orjson.loads(body)
        self._on_event(name, payload)
        if name == "welcome":
            self._welcome_came = True
            if self._line is not None:
                self._welcomed.set()

    def _acknowledged(self, packet: bytes) -> None:
        number, _, body = packet.partition(b"[")
        waiting = self._waiting.get(int(number))
        if waiting is not None and not waiting.done():
            waiting.set_result(orjson.loads(b"[" + body)[0])

    def _lost(self, number: int, why: str) -> None:
        if number != self.connects:
            return
        was_open = self._welcomed.is_set()
        self._line = None
        self._welcomed.clear()
        self._ended.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Cut(why))
        if was_open:
            self._on_closed()
