"""What visitors and agents have in common: a socket, copies of conversations kept equal, and sends that end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.rig.clients.copy import Copy
from tests.rig.clients.socket import AGAIN, AGAIN_S, Cut, GaveUp, Socket
from tests.rig.clients.town import Town, now_ms
from tests.rig.history import Acked, Failed, Sent, Shown

Json = dict[str, Any]

PAGE = 200
SEND_S = 120.0
EQUAL_S = 25.0


class Person:
    """Someone with a socket. `lives(script)` connects, keeps up with what changes, and ends with the script."""

    audience = ""

    def __init__(self, town: Town, name: str) -> None:
        self.town = town
        self.name = name
        self.dice = town.dice(name)
        self.copies: dict[str, Copy] = {}
        self.socket = Socket(lambda: town.url, f"/{self.audience}", self.auth, self._on_event, self.on_closed)
        self._changed = asyncio.Event()
        self._sent = 0

    def auth(self) -> Json:
        raise NotImplementedError

    def on_closed(self) -> None:
        self._wake()

    def on_event(self, name: str, payload: Json) -> None:
        """What is neither a change of a conversation nor a digest."""

    async def lives(self, script: Callable[[], Awaitable[None]]) -> None:
        running = [asyncio.create_task(self.socket.run()), asyncio.create_task(self._keep_up())]
        try:
            await script()
        finally:
            self.town.reconnects += max(0, self.socket.connects - 1)
            for task in running:
                task.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
        for error in ended:
            # both run until they are cancelled; whatever else ended them is a fault of the rig
            if isinstance(error, Exception):
                raise error

    # what comes in ---------------------------------------------------------------------------

    def copy(self, conversation_id: str) -> Copy:
        return self.copies.setdefault(conversation_id, Copy(self.audience))

    def follows(self, conversation_id: str, change: Json) -> bool:
        """Whether every change of this conversation is shown here, so that its revs can be counted along."""
        return True

    def _on_event(self, name: str, payload: Json) -> None:
        match name:
            case "message.created" | "message.updated":
                self._take(payload["conversation_id"], payload, message=payload)
            case "conversation.updated":
                self._take(payload["id"], payload, conversation=payload)
            case "read.updated":
                self._take(payload["conversation_id"], payload)
            case "sync":
                for conversation_id, rev in payload.items():
                    if conversation_id in self.copies:
                        self.copies[conversation_id].told(rev)
            case _:
                self.on_event(name, payload)
        self._wake()

    def _take(self, conversation_id: str, change: Json, **what: Json) -> None:
        copy = self.copies.get(conversation_id)
        if copy is None:
            return
        if self.follows(conversation_id, change):
            copy.take(change["rev"], **what)
        else:
            copy.told(change["rev"])

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait for something to hold; False when it does not within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    await self._changed.wait()
        except TimeoutError:
            return true()
        return True

    async def _keep_up(self) -> None:
        """Ask for the changes wherever a copy is behind."""
        while True:
            changed = self._changed
            for conversation_id, copy in tuple(self.copies.items()):
                if copy.behind and conversation_id in self.copies:
                    await self.catch_up(conversation_id)
            await changed.wait()

    async def catch_up(self, conversation_id: str) -> bool:
        """Fetch what changed since the copy's rev; whether that worked. Without a connection it waits for one."""
        copy = self.copy(conversation_id)
        self.town.catch_ups += 1
        more = True
        while more:
            try:
                page = await self.socket.call(
                    "changes.after", {"conversation_id": conversation_id, "rev": copy.rev, "limit": PAGE}
                )
            except (Cut, GaveUp):
                return False
            if not page["ok"]:
                await asyncio.sleep(page["error"].get("retry_after_s", AGAIN_S))
                return False
            copy.merge(page)
            more = page["more"]
        self._wake()
        return True

    # what goes out ---------------------------------------------------------------------------

    async def send(self, payload: Callable[[], Json], text: str, who: str) -> Json | None:
        """Send a message until it is acknowledged or refused, under one client_id; the answer, or None.

        payload: asked at each try. who: the sender as rows name them.
        """
        history = self.town.history
        self._sent += 1
        client_id = f"{self.name}-{self._sent}"
        history.sent.append(Sent(who, client_id, text, now_ms()))
        tries = 0
        async with asyncio.timeout(SEND_S):
            while True:
                tries += 1
                self.town.repeats += tries > 1
                try:
                    answer = await self.socket.call(
                        "message.send", {**payload(), "client_id": client_id, "text": text}, connect_s=SEND_S
                    )
                except Cut:
                    continue
                if answer["ok"]:
                    break
                error = answer["error"]
                if error["code"] not in AGAIN:
                    history.failed.append(Failed(who, client_id, error["code"], now_ms()))
                    return None
                await asyncio.sleep(error.get("retry_after_s") or AGAIN_S)
        message: Json = answer["message"]
        history.acked.append(Acked(who, client_id, message["conversation_id"], message["id"], message["seq"], now_ms()))
        return answer

    async def record_shown(self, conversation_id: str, fresh: Callable[[], Awaitable[Copy]]) -> bool:
        """Compare this copy with a fresh reader's until they are equal, for 25 s at most; write down how it ended."""
        copy = self.copy(conversation_id)
        ends = asyncio.get_running_loop().time() + EQUAL_S
        while True:
            other = await fresh()
            await self.until(lambda rev=other.rev: copy.rev >= rev, AGAIN_S)  # type: ignore[misc]
            equal = (copy.rev, copy.status, copy.lines()) == (other.rev, other.status, other.lines())
            if equal or asyncio.get_running_loop().time() >= ends:
                break
        self.town.history.shown.append(
            Shown(
                self.name,
                self.audience,
                conversation_id,
                copy.rev,
                copy.lines(),
                copy.status,
                other.rev,
                other.lines(),
                other.status,
            )
        )
        return equal
