"""Answers and refusals over HTTP: what a status says beside the protocol's error object."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import orjson
from aiohttp import web

from conversations.errors import Refused
from server.shapes import Json, error_shape

STATUS_OF: Mapping[str, int] = {
    "invalid": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "illegal_transition": 409,
    "capacity": 409,
    "window_closed": 409,
    "too_large": 413,
    "rate_limited": 429,
    "unsupported": 501,
    "unavailable": 503,
}

# what changes by itself is no part of what somebody edits
_MOVING = frozenset({"status", "connected", "figures", "examples_count", "updated_at"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers. body None: nothing but the status. stream: a file, in place of all that.

    once: sent in place of the body, which alone is kept for a repeat under the same Idempotency-Key.
    """

    body: Json | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: web.StreamResponse | None = None
    once: Json | None = None

    def showing_once(self, body: Json) -> "Reply":
        """This reply with a body that holds a secret, which is shown once and not kept."""
        return replace(self, once=body)

    def response(self) -> web.Response:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **self.headers}
        body = self.once or self.body
        if body is None:
            return web.Response(status=self.status, headers=headers)
        return web.Response(
            body=orjson.dumps(body), status=self.status, headers=headers, content_type="application/json"
        )


def refusal(error: Refused, *, request_id: str, conversation: Json | None = None) -> Reply:
    """The error object with its status. conversation: as it is now, after a lost race for its epoch."""
    shape = error_shape(error)
    if conversation is not None:
        shape["conversation"] = conversation
    headers = {"X-Request-Id": request_id}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    status = STATUS_OF[error.code]
    if error.code == "conflict" and error.field == "if_match":
        status = 412
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Reply({"error": shape}, status, headers)


def etag_of(shape: Json) -> str:
    """A strong tag of what can be edited in a thing."""
    edited = {name: value for name, value in shape.items() if name not in _MOVING}
    return f'"{blake2b(orjson.dumps(edited, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Whether an If-Match or If-None-Match header names a tag."""
    return header.strip() == "*" or any(part.strip().removeprefix("W/") == tag for part in header.split(","))


def created(body: Json, location: str) -> Reply:
    return Reply(body, 201, {"Location": location})


NOTHING = Reply(None, 204)
