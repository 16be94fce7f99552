"""Agents' pictures: set by each for themselves, seen by anyone under their address."""

import asyncio
import re
import secrets

from aiohttp import web

from conversations.errors import Invalid, NotFound
from conversations.store import StoreError
from handoff.agents import Agent
from server import avatars
from server.auth.bearer import agent_with
from server.avatars import ENDINGS, Avatar
from server.files import StoredFile
from server.http.agents import AgentShape, agent_shape
from server.http.answers import Reply
from server.http.call import Call, tagged
from server.http.forms import chunks_of, file_part
from server.http.routes import Routes
from server.images import image_size
from server.realtime.peer import remote_address

routes = Routes("agents")

SIZE_LIMIT_BYTES = 2_000_000
SIDE_LIMIT = 4_000
UPLOAD_S = 60.0
_NAME = re.compile(r"[0-9a-f]{40}\.(?:png|jpg|webp)")


@routes.put(
    "/agents/me/avatar",
    access="agent",
    answer=AgentShape,
    reads_body=True,
    body_limit_bytes=SIZE_LIMIT_BYTES + 64 * 1024,
    timeout_s=UPLOAD_S,
)
async def set_my_avatar(call: Call) -> Reply:
    """Set the own picture, as the form field `file`: PNG, JPEG or WebP, at most 2 MB. Visitors see it."""
    desk = call.desk
    desk.uploads_per_address.count(remote_address(call.request, desk.settings.trusted_proxies))
    reader, part = await file_part(call.request)
    stored = await desk.files.take_in(chunks_of(reader, part), SIZE_LIMIT_BYTES)
    try:
        await asyncio.to_thread(_check, call, stored)
        avatar = Avatar(f"{secrets.token_hex(20)}.{ENDINGS[stored.type]}", stored.type, stored.path)
        agent, before = await desk.store.write(
            lambda tx: avatars.put(
                tx, agent_with(tx, call.token, call.access), avatar, stored.size_bytes, stored.sha256
            )
        )
    except StoreError:
        # it may have been written
        raise
    except BaseException:
        await desk.files.remove(stored.path)
        raise
    return await _shown(call, agent, before)


@routes.delete("/agents/me/avatar", access="agent", answer=AgentShape)
async def remove_my_avatar(call: Call) -> Reply:
    """Show no picture any more."""
    agent, before = await call.desk.store.write(lambda tx: avatars.drop(tx, agent_with(tx, call.token, call.access)))
    return await _shown(call, agent, before)


@routes.get("/avatars/{name}", access="anyone", timeout_s=UPLOAD_S)
async def send_avatar(call: Call) -> Reply:
    """An agent's picture, for anyone; under one address always the same."""
    name = call.path("name")
    found = await call.read(avatars.find, name) if _NAME.fullmatch(name) else None
    if found is None or not call.desk.files.full(found.path).is_file():
        raise NotFound("There is no such picture.", field="name")
    headers = {
        "Content-Type": found.type,
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    return Reply(None, stream=web.FileResponse(call.desk.files.full(found.path), headers=headers))


async def _shown(call: Call, agent: Agent, before: list[str]) -> Reply:
    for path in before:
        await call.desk.files.remove(path)
    return tagged(agent_shape(agent))


def _check(call: Call, stored: StoredFile) -> None:
    if stored.type not in ENDINGS:
        raise Invalid(f"This is {stored.type}. Send a PNG, JPEG or WebP.", field="file")
    size = image_size(call.desk.files.full(stored.path).read_bytes(), stored.type)
    if size is None:
        raise Invalid("This image cannot be read. Export it again.", field="file")
    if not 0 < min(size) <= max(size) <= SIDE_LIMIT:
        told = f"This image has {size[0]:,} by {size[1]:,} pixels; at most {SIDE_LIMIT:,} a side are shown. Shrink it."
        raise Invalid(told, field="file")
