"""An agent: accepts what is offered, takes over now and then, talks, notes, and lets go of chats in every way."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import Any

from tests.rig.clients.copy import Copy
from tests.rig.clients.person import PAGE, Person
from tests.rig.clients.socket import Cut, GaveUp
from tests.rig.clients.town import Town, now_ms
from tests.rig.history import There

Json = dict[str, Any]

WELCOME_S = 60.0
LOOK_AROUND_S = 0.2
NEWEST = 8
FRESH_S = 120.0


class Agent(Person):
    """Someone at the desk. token: of their session. takes_over: how likely they take a chat when they look around."""

    audience = "agent"

    def __init__(self, town: Town, name: str, agent_id: str, token: str, *, takes_over: float = 0.3) -> None:
        super().__init__(town, name)
        self.id = agent_id
        self._token = token
        self._takes_over = takes_over
        self._offers: dict[str, Json] = {}
        self._open: Counter[str] = Counter()
        self._watched: set[str] = set()
        self._there_since: int | None = None
        self._online = False
        self.accepted = 0
        self.taken_over = 0

    def auth(self) -> Json:
        return {"token": self._token, "protocol": 1}

    def on_event(self, name: str, payload: Json) -> None:
        match name:
            case "welcome":
                self._offers = {offer["id"]: offer for offer in payload["offers"]}
                for copy in self.copies.values():
                    copy.stale = True
                if self._online:
                    self._there_since = now_ms()
            case "offer.created":
                self._offers[payload["id"]] = payload
            case "offer.withdrawn":
                self._offers.pop(payload["offer_id"], None)
            case _:
                pass

    def follows(self, conversation_id: str, change: Json) -> bool:
        """An owner and a watcher are shown everything; anybody else who may see it only that something changed."""
        if conversation_id in self._watched:
            return True
        assignee = change.get("assignee", self.copies[conversation_id].conversation.get("assignee"))
        return assignee is not None and assignee["id"] == self.id

    def on_closed(self) -> None:
        self._watched.clear()
        self._gone()
        super().on_closed()

    async def works(self, until: asyncio.Event) -> None:
        """Be online and do what there is to do, until the event; then go offline."""
        await self.lives(lambda: self._work(until))

    async def _work(self, until: asyncio.Event) -> None:
        await self.socket.ask("status.set", {"status": "online"})
        self._online = True
        self._there_since = now_ms()
        async with asyncio.TaskGroup() as chats:
            while not until.is_set():
                await self.until(lambda: bool(self._offers) or until.is_set(), LOOK_AROUND_S)
                if self._offers:
                    chats.create_task(self._accept(self._offers.pop(next(iter(self._offers)))))
                if self.town.talks and self.dice.random() < self._takes_over:
                    # one of the newest: it is likely the bot's still
                    chats.create_task(self._take_over(self.dice.choice([*self.town.talks][-NEWEST:])))
        self._online = False
        self._gone()
        with contextlib.suppress(GaveUp):
            await self.socket.ask("status.set", {"status": "offline"})

    async def _accept(self, offer: Json) -> None:
        conversation = offer["conversation"]
        asked = {"conversation_id": conversation["id"], "epoch": conversation["epoch"], "offer_id": offer["id"]}
        if await self.socket.ask("conversation.accept", asked) is not None:
            self.accepted += 1
            await self._chat(conversation["id"])

    async def _take_over(self, conversation_id: str) -> None:
        if conversation_id in self.copies:
            return
        page = await self.socket.ask("conversation.watch", {"conversation_id": conversation_id})
        if page is None or page["conversation"]["status"] not in ("bot", "queued"):
            return
        asked = {"conversation_id": conversation_id, "epoch": page["conversation"]["epoch"]}
        if await self.socket.ask("conversation.take_over", asked) is not None:
            self.taken_over += 1
            await self._chat(conversation_id)

    async def _chat(self, conversation_id: str) -> None:
        """Say a few things, a note among them, let go, and see whether this screen is equal to a new one."""
        copy = self.copy(conversation_id)
        # a chat that was let go may come back while it is still being looked at
        self._open[conversation_id] += 1
        try:
            await self.catch_up(conversation_id)
            for _ in range(self.dice.randint(1, 3)):
                await asyncio.sleep(self.dice.uniform(0, 0.1))
                await self._says(conversation_id, private=self.dice.random() < 0.2)
            command = self.dice.choice(["hand_back", "hand_back", "release", "resolve", "resolve", "leave"])
            if command != "leave":
                asked = {"conversation_id": conversation_id, "epoch": copy.conversation.get("epoch", 0)}
                await self.socket.ask(f"conversation.{command}", asked)
            if self.dice.random() < 0.3:
                await self._compare(conversation_id)
        except GaveUp:
            return
        finally:
            self._open[conversation_id] -= 1
            if not self._open[conversation_id]:
                self.copies.pop(conversation_id, None)

    async def _compare(self, conversation_id: str) -> None:
        """Follow it for as long as it takes to compare this screen with a new one."""
        if conversation_id in self._watched:
            return
        await self._watch(conversation_id)
        await self.record_shown(conversation_id, lambda: self._fresh(conversation_id))
        self._watched.discard(conversation_id)
        await self.socket.ask("conversation.unwatch", {"conversation_id": conversation_id})

    async def _watch(self, conversation_id: str) -> None:
        """Follow it, whoever owns it. What changed until then is asked for."""
        copy = self.copy(conversation_id)
        page = await self.socket.ask("conversation.watch", {"conversation_id": conversation_id, "rev": copy.rev})
        if page is not None:
            self._watched.add(conversation_id)
            copy.merge(page)
        copy.stale = True
        self._wake()

    async def _says(self, conversation_id: str, *, private: bool) -> None:
        copy = self.copy(conversation_id)
        text = f"{self.dice.choice(self.town.texts)} ({self.name})"

        def payload() -> Json:
            if private:
                return {"conversation_id": conversation_id, "private": True}
            return {"conversation_id": conversation_id, "epoch": copy.conversation.get("epoch", 0)}

        answer = await self.send(payload, text, self.id)
        if answer is None:
            return
        message = answer["message"]
        shape = {**message, "text": text, "made_rev": message["rev"], "author": {"kind": "agent"}}
        if answer["duplicate"]:
            copy.stale = True
        else:
            copy.take(message["rev"], message=shape)
        self._wake()

    async def _fresh(self, conversation_id: str) -> Copy:
        """The conversation as somebody who has nothing of it gets it: every change from the first."""
        fresh = Copy("agent")
        async with asyncio.timeout(FRESH_S):
            while True:
                asked = {"conversation_id": conversation_id, "rev": fresh.rev, "limit": PAGE}
                page = await self.socket.ask("changes.after", asked)
                if page is None:
                    raise Cut("the conversation can't be read")
                fresh.merge(page)
                if not page["more"]:
                    return fresh

    def _gone(self) -> None:
        if self._there_since is not None:
            self.town.history.there.append(There(self.id, self._there_since, now_ms()))
            self._there_since = None
