"""The people of a story: a visitor's window and an agent at the desk, each on a real socket."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from tests.whole.screen import Screen
from tests.whole.wire import Wire

Json = Any


class Person:
    """Somebody with a socket, and a screen that is kept by the protocol's rules."""

    def __init__(self, url: str, audience: str) -> None:
        self.url = url
        self.screen = Screen(audience)
        self.wire = Wire(f"/{audience}", self.screen.hear)
        self.welcome: Json = None

    async def call(self, command: str, **payload: Json) -> Json:
        """The acknowledgement, whatever it says."""
        return await self.wire.call(command, payload)

    async def do(self, command: str, **payload: Json) -> Json:
        """The acknowledgement of a command that has to be well."""
        acknowledged = await self.call(command, **payload)
        assert acknowledged["ok"], f"{command}: {acknowledged}"
        return acknowledged

    async def refused(self, command: str, **payload: Json) -> Json:
        """The error of a command that has to be refused."""
        acknowledged = await self.call(command, **payload)
        assert not acknowledged["ok"], f"{command}: {acknowledged}"
        return acknowledged["error"]

    async def sees(self, event: str, wanted: Callable[[Json], bool] = lambda _: True, *, after: int = 0) -> Json:
        return await self.wire.sees(event, wanted, after=after)

    @property
    def mark(self) -> int:
        return self.wire.mark

    async def fresh(self, conversation_id: str) -> Json:
        """The conversation as somebody gets it who has nothing of it; the screen takes no notice."""
        rev = 0
        messages: dict[str, Json] = {}
        while True:
            page = await self.do("changes.after", conversation_id=conversation_id, rev=rev, limit=200, unnoticed=True)
            messages |= {one["id"]: one for one in page["messages"]}
            if not page["more"]:
                return {**page, "messages": list(messages.values())}
            rev = page["rev"]

    async def close(self) -> None:
        await self.wire.close()


class Visitor(Person):
    """One window of a visitor."""

    def __init__(self, url: str, inbox: str) -> None:
        super().__init__(url, "visitor")
        self._inbox = inbox
        self.token: str | None = None
        self.conversation_id = ""

    async def comes(self, **auth: Json) -> Json:
        """Connect, by the token of before where there is one. Raises Rejected."""
        told = {"inbox": self._inbox, **({"token": self.token} if self.token else {}), **auth}
        await self.wire.open(self.url, told)
        self.welcome = await self.wire.sees("welcome")
        assert self.wire.heard[0].name == "welcome", "the welcome comes first"
        self.token = self.welcome["token"]
        return self.welcome

    def another_window(self) -> Visitor:
        other = Visitor(self.url, self._inbox)
        other.token = self.token
        return other

    async def says(self, text: str, **more: Json) -> Json:
        """The acknowledged message; a conversation that is new here is opened, as a client does."""
        told = await self.do("message.send", client_id=secrets.token_hex(8), text=text, **more)
        message = told["message"]
        if message["conversation_id"] != self.conversation_id:
            self.conversation_id = message["conversation_id"]
            await self.do("conversation.open", conversation_id=self.conversation_id)
        return message

    async def asks_for_a_person(self, **more: Json) -> Json:
        told = await self.do("person.request", **more)
        self.conversation_id = told["conversation"]["id"]
        if self.conversation_id not in self.screen.copies:
            await self.do("conversation.open", conversation_id=self.conversation_id)
        return told["conversation"]

    async def hears(self, kind: str, text: str = "", *, after: int = 0) -> Json:
        """The next message by such an author with such words."""
        return await self.sees(
            "message.created", lambda one: one["author"]["kind"] == kind and text in one["text"], after=after
        )


class Agent(Person):
    """Somebody at the desk."""

    def __init__(self, url: str, agent_id: str, token: str) -> None:
        super().__init__(url, "agent")
        self.id = agent_id
        self.token = token

    async def comes(self, token: str | None = None) -> Json:
        """Connect. Raises Rejected."""
        await self.wire.open(self.url, {"token": token or self.token})
        self.welcome = await self.wire.sees("welcome")
        assert self.wire.heard[0].name == "welcome", "the welcome comes first"
        return self.welcome

    def another_window(self) -> Agent:
        return Agent(self.url, self.id, self.token)

    async def offered(self, conversation_id: str, *, after: int = 0) -> Json:
        return await self.sees("offer.created", lambda one: one["conversation"]["id"] == conversation_id, after=after)

    async def accepts(self, conversation_id: str, *, after: int = 0) -> Json:
        """Take the chat by its offer, and open it as a client does; the conversation."""
        offer = await self.offered(conversation_id, after=after)
        epoch = offer["conversation"]["epoch"]
        told = await self.do("conversation.accept", conversation_id=conversation_id, epoch=epoch, offer_id=offer["id"])
        await self.do("changes.after", conversation_id=conversation_id, rev=0)
        return told["conversation"]

    async def epoch_of(self, conversation_id: str) -> int:
        page = await self.do("changes.after", conversation_id=conversation_id, rev=0, limit=1)
        return int(page["conversation"]["epoch"])

    async def decides(self, command: str, conversation_id: str, **more: Json) -> Json:
        """A command of the desk at the epoch of now; the conversation."""
        epoch = await self.epoch_of(conversation_id)
        told = await self.do(f"conversation.{command}", conversation_id=conversation_id, epoch=epoch, **more)
        return told["conversation"]

    async def says(self, conversation_id: str, text: str, **more: Json) -> Json:
        epoch = {} if more.get("private") else {"epoch": await self.epoch_of(conversation_id)}
        told = await self.do(
            "message.send",
            conversation_id=conversation_id,
            client_id=secrets.token_hex(8),
            text=text,
            **epoch,
            **more,
        )
        return told["message"]
