"""Files that come with messages: uploaded first, opened by an address that is signed for one file and ends."""

import asyncio
from typing import Annotated
from urllib.parse import quote

from aiohttp import web
from pydantic import Field, StringConstraints

from conversations import attachments
from conversations.attachments import SIZE_LIMIT_BYTES, Attachment, shown_attachment
from conversations.errors import NotFound, RateLimited, TooLarge, Unavailable
from conversations.store import StoreError, Tx
from server.auth.bearer import Caller, caller_now
from server.file_kinds import Inspected, inspect, named
from server.files import IMAGES, StoredFile, shown_name
from server.http.answers import Reply
from server.http.call import Call
from server.http.conversations import seen
from server.http.described import AttachmentShape
from server.http.fields import Query
from server.http.forms import chunks_of, file_part
from server.http.routes import API, Routes
from server.realtime.peer import remote_address
from server.shapes import iso
from server.uploads import FOLDER, STALL_S, UNSENT_LIMIT, count_unsent, moving, shown_to_visitor

routes = Routes("attachments")

FORM_LIMIT_BYTES = SIZE_LIMIT_BYTES + 64 * 1024
UPLOAD_S = 300.0


class OpenedAttachment(AttachmentShape):
    """url: opens this one file, without a token, until expires_at."""

    url: str
    expires_at: str


class SignedQuery(Query):
    expires: Annotated[int, Field(ge=0, le=1 << 53)]
    signature: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[0-9a-f]+$")]


@routes.post(
    "/attachments",
    access="uploader",
    answer=AttachmentShape,
    status=201,
    reads_body=True,
    body_limit_bytes=FORM_LIMIT_BYTES,
    timeout_s=UPLOAD_S,
)
async def upload(call: Call) -> Reply:
    """Upload a file as the form field `file`, at most 25 MB. It is its uploader's until a message sends it.

    Pictures, PDF, text and office files, by what is in them: the rest is refused. `warning` names macros.
    """
    desk, caller = call.desk, call.someone
    address = remote_address(call.request, desk.settings.trusted_proxies)
    desk.uploads_per_address.count(address)
    if (call.request.content_length or 0) > FORM_LIMIT_BYTES:
        raise TooLarge(f"A file may have {SIZE_LIMIT_BYTES // 1_000_000} MB at most.", field="file")
    with desk.uploads.one_more(address, caller.id):
        if await call.read(count_unsent, caller.id) + desk.uploads.of(caller.id) > UNSENT_LIMIT:
            raise _too_many()
        stored, name = await _stored(call)
        try:
            async with desk.uploads.looking:
                found = await asyncio.to_thread(inspect, desk.files.full(stored.path))
            return await desk.store.write(_add, call, stored, found, named(name, found.type))
        except StoreError:
            # it stays: the row may have been written; what has none is found by a sweep
            raise
        except BaseException:
            await desk.files.remove(stored.path)
            raise


async def _stored(call: Call) -> tuple[StoredFile, str]:
    """The form's file, on disk, and its name."""
    try:
        async with asyncio.timeout(STALL_S):
            reader, part = await file_part(call.request)
    except TimeoutError:
        raise Unavailable("The form came too slowly. Try again on a better connection.", retry_after_s=1) from None
    arriving = moving(chunks_of(reader, part), UPLOAD_S - STALL_S)
    return await call.desk.files.take_in(arriving, folder=FOLDER), shown_name(part.filename)


def _add(tx: Tx, call: Call, stored: StoredFile, found: Inspected, name: str) -> Reply:
    caller = caller_now(tx, call.token, call.access)
    if count_unsent(tx, caller.id) >= UNSENT_LIMIT:
        raise _too_many()
    added = attachments.add(
        tx,
        Attachment(
            id=tx.new_id("att"),
            workspace_id=caller.workspace_id,
            uploader=caller.id,
            name=name,
            type=found.type,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            path=stored.path,
            conversation_id=None,
            message_id=None,
            created_at=tx.now,
            erased_at=None,
            width=found.width,
            height=found.height,
            warning=found.warning,
        ),
    )
    return Reply(shown_attachment(added), 201)


def _too_many() -> RateLimited:
    return RateLimited("Too many files wait to be sent. Send them, or wait.", retry_after_s=60)


@routes.get("/attachments/{attachment_id}", access="uploader", answer=OpenedAttachment)
async def open_attachment(call: Call) -> Reply:
    """A file of a conversation that the caller may see, or an own one not yet sent; with an address that opens it."""
    found = await call.read(_seen, call.someone, call.path("attachment_id"))
    now = call.desk.store.now()
    query = call.desk.files.sign(found.id, now)
    expires = int(query.partition("=")[2].partition("&")[0])
    url = f"{call.desk.settings.public_url or ''}{API}/attachments/{found.id}/file?{query}"
    return Reply(shown_attachment(found) | {"url": url, "expires_at": iso(expires)})


@routes.get("/attachments/{attachment_id}/file", access="anyone", timeout_s=UPLOAD_S)
async def send_file(call: Call, query: SignedQuery) -> Reply:
    """The file itself, by its signed address. Only raster images are shown in place; the rest is downloaded."""
    desk, attachment_id = call.desk, call.path("attachment_id")
    desk.files.check(attachment_id, query.expires, query.signature, desk.store.now())
    found = await call.read(attachments.find, attachment_id)
    if found.erased_at is not None or not desk.files.full(found.path).is_file():
        raise NotFound("This file is not kept any more.", field="attachment_id")
    return Reply(None, stream=web.FileResponse(desk.files.full(found.path), headers=file_headers(found)))


def file_headers(found: Attachment) -> dict[str, str]:
    """What keeps a stranger's file from acting as a page of ours."""
    shown = found.type if found.type in IMAGES else "application/octet-stream"
    how = "inline" if found.type in IMAGES else "attachment"
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\%;' else "_" for one in found.name)
    return {
        "Content-Type": shown,
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=900",
    }


def _seen(tx: Tx, caller: Caller, attachment_id: str) -> Attachment:
    found = attachments.find(tx, attachment_id)
    missing = NotFound("There is no such file.", field="attachment_id")
    if found.workspace_id != caller.workspace_id or found.erased_at is not None:
        raise missing
    if found.conversation_id is None:
        if found.uploader != caller.id:
            raise missing
        return found
    if caller.agent is not None:
        seen(tx, caller.agent, found.conversation_id)
    elif not shown_to_visitor(tx, found, caller.id):
        raise missing
    return found
