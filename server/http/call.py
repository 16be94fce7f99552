"""One request, as a handler sees it: who asks, what for, and the two ways to the database."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from aiohttp import web

from conversations.errors import Conflict, Forbidden, Unauthorized
from conversations.store import StoreError, Tx
from handoff.agents import Agent
from server.auth.bearer import Caller, agent_with
from server.auth.rights import Access
from server.http.answers import Reply, etag_of, matches
from server.http.desk import HttpDesk
from server.http.kept import Once, keep, replay
from server.shapes import Json

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Acting:
    """Whoever changes something, as the transaction that changes it has read them."""

    agent: Agent
    if_match: str | None

    @property
    def workspace_id(self) -> str:
        return self.agent.workspace_id

    def expects(self, shape: Json) -> None:
        """Raises Conflict (`field` if_match) where the request was made for an older state of the thing."""
        if self.if_match is not None and not matches(self.if_match, etag_of(shape)):
            raise Conflict("It was changed since you loaded it. Load it again.", field="if_match")


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `caller` is None only on routes open to anyone."""

    desk: HttpDesk
    request: web.Request
    request_id: str
    access: Access
    caller: Caller | None
    once: Once | None = None

    def path(self, name: str) -> str:
        """A part of the address, by its name in the route."""
        return self.request.match_info[name]

    @property
    def agent(self) -> Agent:
        """The agent who asks, as read when the request came in; for showing. Raises Forbidden for a visitor."""
        if self.caller is None or self.caller.agent is None:
            raise Forbidden("This is for agents.")
        return self.caller.agent

    @property
    def someone(self) -> Caller:
        """Who asks, an agent or a visitor. Raises Unauthorized where anyone may come without a token."""
        if self.caller is None:
            raise Unauthorized("Log in first.")
        return self.caller

    @property
    def token(self) -> str:
        """What the caller bears. Raises Unauthorized."""
        return self.someone.token

    async def read(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `fn(tx, ...)` finds on a snapshot."""
        return await self.desk.store.read(fn, *args, **kwargs)

    async def write(
        self, fn: Callable[Concatenate[Tx, Acting, P], Json | Reply | None], *args: P.args, **kwargs: P.kwargs
    ) -> Reply:
        """Do `fn(tx, acting, ...)` once, under the session and the right as they are in that same transaction.

        Its shape is the answer; it is kept with the change when the request has an Idempotency-Key.
        """
        return await self.desk.store.write(_once, self, lambda tx, acting: fn(tx, acting, *args, **kwargs))

    async def write_place(
        self, fn: Callable[Concatenate[Tx, Acting, P], Json | Reply | None], *args: P.args, **kwargs: P.kwargs
    ) -> Reply:
        """`write` of what this process keeps in memory: the answer comes when it knows of it, too."""
        reply = await self.write(fn, *args, **kwargs)
        with contextlib.suppress(StoreError):
            # it is written; without this it is known a moment later
            await self.desk.places.load()
        return reply


def _once(tx: Tx, call: Call, fn: Callable[[Tx, Acting], Json | Reply | None]) -> Reply:
    agent = agent_with(tx, call.token, call.access)
    if call.once is not None and (before := replay(tx, call.once)) is not None:
        return before
    done = fn(tx, Acting(agent, call.request.headers.get("If-Match")))
    reply = done if isinstance(done, Reply) else Reply(done, 200 if done is not None else 204)
    if call.once is not None:
        keep(tx, call.once, reply)
    return reply


def tagged(shape: Json, status: int = 200, location: str | None = None) -> Reply:
    """A thing that can be edited, with its ETag."""
    headers = {"ETag": etag_of(shape)}
    if location is not None:
        headers["Location"] = location
    return Reply(shape, status, headers)
