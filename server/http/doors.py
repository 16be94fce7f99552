"""From a request to its handler and back: who asks, what they sent, how long it may take, what a refusal looks like."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import structlog
from aiohttp import ClientConnectionResetError, web

from conversations.errors import Invalid, Refused, Unavailable
from conversations.store import OutcomeUnknown, StoreError, Tx
from handoff.agents import Agent
from intents.errors import IntentsError
from server.auth.bearer import Caller, caller_of
from server.http.answers import Reply, matches, refusal
from server.http.call import Call
from server.http.conversations import seen
from server.http.desk import HttpDesk
from server.http.kept import Once
from server.http.read import body_of, json_of
from server.http.routes import Route
from server.http.views import conversation_shapes
from server.http.worded import worded
from server.realtime.payloads import parse
from server.shapes import Faces, Json

log = structlog.get_logger(__name__)

KEY_LIMIT = 200
"""Characters of an Idempotency-Key."""


class Door:
    """Answers one route."""

    def __init__(self, route: Route, desk: HttpDesk) -> None:
        self._route = route
        self._desk = desk

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        started = time.monotonic()
        request_id = new_request_id()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response: web.StreamResponse
        caller: Caller | None = None
        try:
            async with asyncio.timeout(self._route.timeout_s):
                caller = await caller_of(request, self._route.access, self._desk.store)
                response = self._finished(request, await self._answer(request, request_id, caller))
        except (Refused, IntentsError) as error:
            told = error if isinstance(error, Refused) else worded(error)
            response = await self._refused(told, request_id, caller)
        except (web.HTTPException, ConnectionError, ClientConnectionResetError):
            raise
        except OutcomeUnknown:
            log.warning("http.outcome_unknown", route=self._route.path, exc_info=True)
            why = "It is not known whether this was done. Look, or send it again under the same Idempotency-Key."
            response = refusal(Unavailable(why, retry_after_s=1), request_id=request_id).response()
        except (StoreError, TimeoutError):
            log.warning("http.unavailable", route=self._route.path, exc_info=True)
            why = "The desk cannot do this right now. Try again in a moment."
            response = refusal(Unavailable(why, retry_after_s=1), request_id=request_id).response()
        except Exception:
            log.exception("http.failed", method=self._route.method, route=self._route.path)
            why = f"Something went wrong here; it is noted as {request_id}."
            failed = refusal(Unavailable(why), request_id=request_id)
            response = Reply(failed.body, 500, failed.headers).response()
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        labels = (self._route.method, self._route.path, str(response.status))
        self._desk.metrics.requests.labels(*labels).observe(time.monotonic() - started)
        return response

    async def _answer(self, request: web.Request, request_id: str, caller: Caller | None) -> Reply:
        route = self._route
        given: dict[str, Any] = {}
        if route.query is not None:
            given["query"] = parse(route.query, dict(request.query))
        raw = b""
        if route.body is not None:
            raw = await body_of(request, route.body_limit_bytes)
            placed = {name: request.match_info[name] for name in route.placed}
            given["body"] = parse(route.body, json_of(raw) | placed)
        for name in route.parts:
            if len(request.match_info[name]) > 80:
                raise Invalid("This id is too long to be one.", field=name)
        once = _once(request, caller, raw) if route.method == "POST" else None
        call = Call(self._desk, request, request_id, route.access, caller, once)
        reply: Reply = await route.handler(call, **given)
        if route.status != 200 and reply.status == 200:
            reply = replace(reply, status=route.status)
        return reply

    def _finished(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        if reply.stream is not None:
            return reply.stream
        tag = reply.headers.get("ETag")
        asked = request.headers.get("If-None-Match")
        if request.method == "GET" and tag is not None and asked is not None and matches(asked, tag):
            return Reply(None, 304, {"ETag": tag}).response()
        return reply.response()

    async def _refused(self, error: Refused, request_id: str, caller: Caller | None) -> web.Response:
        """A lost race carries the conversation as it is now."""
        conversation: Json | None = None
        if error.code == "conflict" and error.conversation_id is not None and caller is not None and caller.agent:
            with contextlib.suppress(Refused, StoreError):
                shown = self._desk.store.read(_shown, caller.agent, error.conversation_id, self._desk.faces)
                conversation = await shown
        return refusal(error, request_id=request_id, conversation=conversation).response()


def new_request_id() -> str:
    """What a request is called in the logs, and in the answer when something went wrong."""
    return f"req_{secrets.token_hex(12)}"


def _shown(tx: Tx, agent: Agent, conversation_id: str, faces: Faces) -> Json:
    return conversation_shapes(tx, [seen(tx, agent, conversation_id)], faces)[0]


def _once(request: web.Request, caller: Caller | None, raw: bytes) -> Once | None:
    key = request.headers.get("Idempotency-Key")
    if key is None or caller is None:
        return None
    if not 1 <= len(key) <= KEY_LIMIT or not key.isascii() or not key.isprintable():
        raise Invalid(f"An Idempotency-Key has 1 to {KEY_LIMIT} printable ASCII characters.", field="idempotency_key")
    said = blake2b(digest_size=16)
    for part in (request.method.encode(), request.path.encode("utf-8", "surrogatepass"), raw):
        said.update(len(part).to_bytes(8))
        said.update(part)
    return Once(caller.id, key, said.hexdigest())
