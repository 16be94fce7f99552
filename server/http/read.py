"""Bodies of requests, read within limits."""

from typing import Any

import orjson
from aiohttp import web

from conversations.errors import Invalid, TooLarge

_CHUNK_BYTES = 64 * 1024


async def body_of(request: web.Request, limit_bytes: int) -> bytes:
    """The whole body. Raises TooLarge over the limit, without having read on."""
    if (request.content_length or 0) > limit_bytes:
        raise _too_large(limit_bytes)
    read = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
        read += chunk
        if len(read) > limit_bytes:
            raise _too_large(limit_bytes)
    return bytes(read)


def json_of(raw: bytes) -> dict[str, Any]:
    """The body's JSON object; an empty body is an empty object. Raises Invalid, also for one nested too deep."""
    if not raw:
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Invalid("The body is not JSON in UTF-8.", field="body") from None
    if not isinstance(value, dict):
        raise Invalid("The body has to be a JSON object.", field="body")
    return value


def _too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit_bytes:,} bytes.", field="body")
