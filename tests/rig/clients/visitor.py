"""A visitor: says some things in one conversation, waits for answers or not, and looks again at the end."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.rig.clients.copy import Copy
from tests.rig.clients.person import PAGE, Person
from tests.rig.clients.socket import Socket
from tests.rig.clients.town import Town

Json = dict[str, Any]

ANSWER_S = 15.0
PERSON_S = 0.5
READ_S = 30.0
FRESH_S = 120.0


class Visitor(Person):
    """Someone new on the site. `visits(messages)` is their whole life."""

    audience = "visitor"

    def __init__(self, town: Town, name: str) -> None:
        super().__init__(town, name)
        self.id = ""
        self.conversation_id: str | None = None
        self._token: str | None = None

    def auth(self) -> Json:
        auth: Json = {"inbox": self.town.inbox, "protocol": 1, "locale": "en"}
        if self._token is not None:
            auth["token"] = self._token
            auth["last_rev"] = {key: copy.rev for key, copy in self.copies.items()}
        return auth

    def on_event(self, name: str, payload: Json) -> None:
        if name != "welcome":
            return
        self.id, self._token = payload["visitor"]["id"], payload["token"]
        found = payload["conversation"]
        for conversation_id, copy in self.copies.items():
            if found is not None and found["id"] == conversation_id:
                copy.merge(payload)
            else:
                # it is not the newest open one any more: what happened in it meanwhile has to be asked for
                copy.stale = True

    async def visits(self, messages: int) -> None:
        """Say so many things in one conversation, look at all of it once more, and go."""
        await self.lives(lambda: self._visit(messages))

    async def _visit(self, messages: int) -> None:
        await self.until(lambda: bool(self.id), READ_S)
        for _ in range(messages):
            seq = await self.says(self.dice.choice(self.town.texts))
            if seq is None:
                continue
            if self.dice.random() < 0.6:
                await self.waits_for_an_answer(seq)
            if self.dice.random() < 0.05:
                await self.socket.ask("person.request", {"conversation_id": self.conversation_id})
            if self.dice.random() < 0.02:
                self.socket.cut()
        if self.conversation_id is None:
            return
        copy = self.copy(self.conversation_id)
        await self.waits_for_an_answer(max((one["seq"] for one in copy.messages.values()), default=0))
        last = max((one["seq"] for one in copy.messages.values()), default=0)
        await self.socket.ask("read", {"conversation_id": self.conversation_id, "seq": last})
        await self.socket.ask("conversation.end", {"conversation_id": self.conversation_id})
        await self.record_shown(self.conversation_id, self._fresh)

    async def says(self, text: str) -> int | None:
        """Send a message; its seq, or None when it was refused."""
        where: Json = {"conversation_id": self.conversation_id} if self.conversation_id else {}
        answer = await self.send(lambda: where, text, self.id)
        if answer is None:
            return None
        self.town.acknowledged += 1
        message = answer["message"]
        if self.conversation_id is None:
            self.conversation_id = message["conversation_id"]
            self.town.talks.append(message["conversation_id"])
        shape = {**message, "text": text, "author": {"kind": "visitor"}}
        copy = self.copy(message["conversation_id"])
        if answer["duplicate"]:
            # it may have changed since; what else happened meanwhile is not known either
            copy.stale = True
        else:
            copy.take(message["rev"], message=shape)
        self._wake()
        return int(message["seq"])

    async def waits_for_an_answer(self, seq: int) -> bool:
        """Until somebody has spoken after seq; in line or with a person, for a moment only."""
        assert self.conversation_id is not None
        copy = self.copy(self.conversation_id)
        told = await self.until(lambda: copy.answered(seq) or copy.status in ("waiting", "person"), ANSWER_S)
        if copy.status in ("waiting", "person"):
            return await self.until(lambda: copy.answered(seq, by="agent"), self.dice.uniform(0, PERSON_S))
        return told

    async def _fresh(self) -> Copy:
        """The conversation as a new reader of the same visitor gets it: newest page first, then back."""
        assert self.conversation_id is not None
        fresh = Copy("visitor")
        auth = {key: value for key, value in self.auth().items() if key != "last_rev"}
        socket = Socket(lambda: self.town.url, "/visitor", lambda: auth, lambda name, payload: None)
        task = asyncio.create_task(socket.run())
        try:
            async with asyncio.timeout(FRESH_S):
                page = await socket.ask("conversation.open", {"conversation_id": self.conversation_id})
                while page is not None:
                    more = page["more"]
                    fresh.merge({"conversation": None, "rev": fresh.rev, **page, "more": False})
                    if not more:
                        break
                    first = min(one["seq"] for one in fresh.messages.values())
                    before = {"conversation_id": self.conversation_id, "seq": first, "limit": PAGE}
                    page = await socket.ask("messages.before", before)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return fresh
