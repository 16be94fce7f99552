"""One visitor of a replay: sends until acknowledged, over as many connections as it takes, and notes what it sees."""

import asyncio
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp

from server.cli.replay.client import Gone, Json, Socket, TurnedAway

Reaction = Literal["answered", "asked_back", "escalated"]

SEND_LIMIT_S = 60.0
ACKNOWLEDGE_S = 10.0
REACTION_S = 10.0
PAGE = 200
_WAIT_S = (0.05, 2.0)
_AGAIN = ("unavailable", "rate_limited")


class NotSent(Exception):
    """No acknowledgement within 60 s, or a refusal. error: the protocol's error object, where there was one."""

    def __init__(self, message: str, error: Json | None = None) -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Sent:
    """An acknowledged message: under which id it was sent, where it went, and how long that took."""

    client_id: str
    text: str
    conversation_id: str
    message_id: str
    seq: int
    acknowledged_s: float


@dataclass(slots=True)
class Seen:
    """What reached this visitor: each message's seq at its first coming, and what came twice or out of order."""

    seqs: dict[str, int] = field(default_factory=dict)
    newest_seq: int = 0
    doubled: int = 0
    reordered: int = 0


class ReplayedVisitor:
    """A visitor with a device of their own. Closed by its owner."""

    def __init__(self, session: aiohttp.ClientSession, url: str, inbox: str) -> None:
        self._session = session
        self._url = url
        self._inbox = inbox
        self._token: str | None = None
        self._socket: Socket | None = None
        self._welcomed: asyncio.Event = asyncio.Event()
        self._stirred: asyncio.Event = asyncio.Event()
        self._reactions: list[tuple[int, Reaction]] = []
        self._conversation_id: str | None = None
        self._rev = 0
        self.status = "bot"
        self.seen = Seen()
        self.reconnects = 0

    async def arrive(self, limit_s: float) -> None:
        """Connect, so that it is known whether anybody is there. Raises NotSent."""
        await self._until("conversations.list", {}, time.monotonic() + limit_s)

    async def send(self, text: str) -> Sent:
        """Say it, once, whatever happens to the connection. Raises NotSent."""
        client_id = secrets.token_hex(12)
        payload: Json = {"client_id": client_id, "text": text}
        if self._conversation_id is not None:
            payload["conversation_id"] = self._conversation_id
        began = time.monotonic()
        acknowledged = await self._until("message.send", payload, began + SEND_LIMIT_S)
        message = acknowledged["message"]
        self._conversation_id = message["conversation_id"]
        took_s = time.monotonic() - began
        self._note(message["id"], message["seq"])
        return Sent(client_id, text, message["conversation_id"], message["id"], message["seq"], took_s)

    async def reaction(self, sent: Sent) -> tuple[Reaction, float] | None:
        """What the desk did about a message, and after how many seconds; None: nothing, within 10 s."""
        began = time.monotonic()
        ends = began + REACTION_S
        while True:
            for seq, kind in self._reactions:
                if seq > sent.seq:
                    return kind, time.monotonic() - began
            if self.status in ("waiting", "person"):
                return "escalated", time.monotonic() - began
            self._stirred.clear()
            left_s = ends - time.monotonic()
            if left_s <= 0:
                return None
            try:
                async with asyncio.timeout(min(left_s, 2.0)):
                    await self._stirred.wait()
            except TimeoutError:
                # a hint may be lost, and a connection may have gone: ask
                await self._catch_up(ends)

    async def everything(self) -> list[Json]:
        """All messages of the conversation as a fresh reader gets them. Raises NotSent."""
        messages: list[Json] = []
        ends = time.monotonic() + SEND_LIMIT_S
        if self._conversation_id is None:
            return messages
        rev = 0
        while True:
            payload = {"conversation_id": self._conversation_id, "rev": rev, "limit": PAGE}
            page = await self._until("changes.after", payload, ends)
            messages += page["messages"]
            rev = page["rev"]
            if not page["more"]:
                return messages

    async def close(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    # the connection --------------------------------------------------------------------------

    async def _until(self, command: str, payload: Json, ends: float) -> Json:
        """The acknowledgement, asked for again on every new connection until it comes. Raises NotSent."""
        wait_s, why = _WAIT_S[0], "nothing was heard"
        while (left_s := ends - time.monotonic()) > 0:
            try:
                socket = await self._connected()
                answer = await socket.call(command, payload, min(ACKNOWLEDGE_S, left_s))
            except TurnedAway as error:
                if error.error.get("code") not in _AGAIN:
                    raise NotSent(str(error), error.error) from error
                why = str(error)
            except Gone as error:
                why = str(error)
                await self.close()
                self.reconnects += 1
            else:
                if answer.get("ok"):
                    return answer
                error_told = answer["error"]
                why = f"{error_told['code']}: {error_told['message']}"
                if error_told["code"] not in _AGAIN:
                    raise NotSent(why, error_told)
                wait_s = max(wait_s, float(error_told.get("retry_after_s") or 0))
            await asyncio.sleep(min(wait_s * random.uniform(0.7, 1.3), max(left_s, 0)))
            wait_s = min(wait_s * 2, _WAIT_S[1])
        raise NotSent(why)

    async def _connected(self) -> Socket:
        if self._socket is not None and not self._socket.closed:
            return self._socket
        await self.close()
        self._welcomed.clear()
        auth: Json = {"inbox": self._inbox, "protocol": 1}
        if self._token is not None:
            auth["token"] = self._token
        if self._conversation_id is not None:
            auth["last_rev"] = {self._conversation_id: self._rev}
        self._socket = await Socket.connect(self._session, self._url, "/visitor", auth, self._listen)
        try:
            async with asyncio.timeout(ACKNOWLEDGE_S):
                await self._welcomed.wait()
        except TimeoutError:
            raise Gone("no welcome came") from None
        return self._socket

    async def _catch_up(self, ends: float) -> None:
        if self._conversation_id is None:
            return
        payload = {"conversation_id": self._conversation_id, "rev": self._rev, "limit": PAGE}
        try:
            page = await self._until("changes.after", payload, ends)
        except NotSent:
            return
        self._take(page)

    # what comes ------------------------------------------------------------------------------

    def _listen(self, event: str, payload: Json) -> None:
        match event:
            case "welcome":
                self._token = payload["token"]
                if payload["conversation"] is not None and payload["conversation"]["id"] == self._conversation_id:
                    self._take(payload)
                self._welcomed.set()
            case "message.created":
                self._message(payload, pushed=True)
            case "conversation.updated":
                self._conversation(payload)
            case _:
                return
        self._stirred.set()

    def _take(self, page: Json) -> None:
        self._conversation(page["conversation"])
        for message in sorted(page["messages"], key=lambda one: int(one["seq"])):
            self._message(message, pushed=False)
        self._rev = max(self._rev, page["rev"])
        self._stirred.set()

    def _conversation(self, conversation: Json) -> None:
        if self._conversation_id in (None, conversation["id"]):
            self.status = conversation["status"]

    def _message(self, message: Json, *, pushed: bool) -> None:
        if self._conversation_id not in (None, message["conversation_id"]):
            return
        known = message["id"] in self.seen.seqs
        self._note(message["id"], message["seq"])
        if known:
            if pushed and message["author"]["kind"] != "visitor":
                self.seen.doubled += 1
            return
        kind = reaction_of(message)
        if kind is not None:
            self._reactions.append((message["seq"], kind))

    def _note(self, message_id: str, seq: int) -> None:
        before = self.seen.seqs.get(message_id)
        if before is None:
            self.seen.seqs[message_id] = seq
        elif before != seq:
            self.seen.reordered += 1


def reaction_of(message: dict[str, Any]) -> Reaction | None:
    """What a message of the desk means for the question before it; None for what means nothing."""
    author, kind = message["author"]["kind"], message["kind"]
    if author == "agent":
        return "answered"
    if author != "bot":
        return None
    key = str(((message.get("content") or {}).get("said") or {}).get("key", ""))
    if key.startswith("bot.to_person"):
        return "escalated"
    return "asked_back" if kind == "choices" or key.startswith("bot.rephrase") else "answered"
