"""Where the far ends of channels call: what they send is proven and read by the channel, and stored by its room."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from channels import channel_for, delivery
from channels.arrival import KeptFile, take_in
from channels.base import Account, Arrived, Channel, DeliveryReport, Inbound, InboundFile, Request
from channels.payloads import PAYLOAD_LIMIT_BYTES
from conversations.errors import NotFound, Refused, Unsupported
from conversations.model import Inbox
from server.files import shown_name
from server.http.answers import Reply
from server.http.call import Call
from server.http.desk import HttpDesk
from server.http.fields import Shape
from server.http.read import body_of
from server.http.routes import Routes
from server.realtime.peer import remote_address
from server.shapes import Json, iso

routes = Routes("hooks", prefix="")

SMALL_BYTES = 256 * 1024
ON_LOOP_BYTES = 64 * 1024
TIMEOUT_S = 30.0


class HookAnswer(Shape):
    """results: for each thing that was sent, in its order: `message` with `duplicate`, or `delivery`, its state."""

    results: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Hook:
    """A hook that exists: its inbox, and the channel that speaks for it."""

    desk: HttpDesk
    inbox: Inbox
    channel: Channel
    account: Account


@routes.post(
    "/hooks/{channel}/{inbox_id}",
    access="anyone",
    answer=HookAnswer,
    reads_body=True,
    body_limit_bytes=PAYLOAD_LIMIT_BYTES,
    timeout_s=TIMEOUT_S,
)
async def take_hook(call: Call) -> Reply:
    """Take in what a channel's far end sends.

    Messages of visitors, and what became of messages of ours. The call proves itself as its channel has it: for `api`
    by a bearer token of the inbox, or by the headers of Standard Webhooks. It may be repeated: the same `external_id`
    is one message for ever.
    """
    hook = await _hook(call)
    desk = hook.desk
    address = remote_address(call.request, desk.settings.trusted_proxies)
    desk.strange_hooks_per_address.count(address)
    body = await _body(call)
    await _prove(call, hook, body)
    desk.strange_hooks_per_address.forget(address)
    if len(body) > ON_LOOP_BYTES:
        found = await asyncio.to_thread(hook.channel.parse, body)
    else:
        found = hook.channel.parse(body)
    return Reply({"results": [await _hand_on(hook, one) for one in found]})


@routes.get("/hooks/{channel}/{inbox_id}", access="anyone", answer=HookAnswer)
async def answer_hook(call: Call) -> Reply:
    """Answer a far end that asks before it calls.

    Providers of some channels do; those served now do not, and are told `unsupported`.
    """
    hook = await _hook(call)
    raise Unsupported(f"The far end of {hook.channel.name} asks nothing by GET. Send what there is by POST.")


async def _hook(call: Call) -> _Hook:
    """The hook, with the inbox's secrets as they are now. Raises NotFound, also for an inbox of another channel."""
    desk, name = call.desk, call.path("channel")
    channel = channel_for(desk.channels, name)
    inbox = desk.places.inbox(call.path("inbox_id"))
    if inbox.channel != name:
        raise NotFound(f"There is no such inbox of the channel {name}.", field="inbox_id")
    return _Hook(desk, inbox, channel, await call.read(delivery.account_of, inbox.id))


async def _body(call: Call) -> bytes:
    """The whole body; of large ones only a few are in memory at once. Raises TooLarge."""
    size = call.request.content_length
    if size is not None and size <= SMALL_BYTES:
        return await body_of(call.request, SMALL_BYTES)
    async with call.desk.large_hooks:
        return await body_of(call.request, PAYLOAD_LIMIT_BYTES)


async def _prove(call: Call, hook: _Hook, body: bytes) -> None:
    """Raises Unauthorized, Unsupported."""
    headers = {name.lower(): value for name, value in call.request.headers.items()}
    request = Request(call.request.method, headers, dict(call.request.query), body)
    now = hook.desk.store.now()
    if len(body) > ON_LOOP_BYTES:
        await asyncio.to_thread(hook.channel.verify, request, hook.account, now)
    else:
        hook.channel.verify(request, hook.account, now)


async def _hand_on(hook: _Hook, one: Inbound) -> Json:
    match one:
        case Arrived():
            return await _receive(hook, one)
        case DeliveryReport():
            return {"delivery": await hook.desk.store.write(delivery.report, hook.inbox.id, one)}


async def _receive(hook: _Hook, arrived: Arrived) -> Json:
    capabilities = hook.channel.capabilities(hook.account)
    files: list[KeptFile] = []
    try:
        for file in arrived.files:
            await _keep(hook.desk, file, files)
        receipt = await hook.desk.store.write(take_in, hook.inbox, arrived, capabilities, files)
    except Refused:
        # after a StoreError they stay: the message may have been stored with them
        await _drop(hook.desk, files)
        raise
    if receipt.duplicate:
        await _drop(hook.desk, files)
    message = receipt.message
    return {
        "message": {
            "id": message.id,
            "conversation_id": message.conversation_id,
            "seq": message.seq,
            "created_at": iso(message.created_at),
        },
        "duplicate": receipt.duplicate,
    }


async def _keep(desk: HttpDesk, file: InboundFile, kept: list[KeptFile]) -> None:
    stored = await desk.files.take_in(_once(file.data))
    kept.append(KeptFile(shown_name(file.name), stored.type, stored.size_bytes, stored.sha256, stored.path))


async def _drop(desk: HttpDesk, files: list[KeptFile]) -> None:
    for file in files:
        await desk.files.remove(file.path)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
