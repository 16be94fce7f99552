"""Files that come with messages: uploaded first, opened by an address that is signed for one file and ends."""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from aiohttp import BodyPartReader, web
from aiohttp.multipart import MultipartReader
from pydantic import Field, StringConstraints

from conversations import attachments
from conversations.attachments import SIZE_LIMIT_BYTES, Attachment
from conversations.errors import Invalid, NotFound, RateLimited, Refused
from conversations.store import Tx
from server.auth.bearer import Caller, caller_now
from server.files import IMAGES, StoredFile, shown_name
from server.http.answers import Reply
from server.http.call import Call
from server.http.conversations import seen
from server.http.described import AttachmentShape
from server.http.fields import Query
from server.http.routes import API, Routes
from server.realtime.peer import remote_address
from server.shapes import Json, iso
from server.uploads import count_unsent, shown_to_visitor

routes = Routes("attachments")

FORM_LIMIT_BYTES = SIZE_LIMIT_BYTES + 64 * 1024
UPLOAD_S = 300.0
UNSENT_LIMIT = 20
_CHUNK_BYTES = 64 * 1024


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
    """Upload a file as the form field `file`, at most 25 MB. It is its uploader's until a message sends it."""
    desk = call.desk
    caller = call.someone
    desk.uploads_per_address.count(remote_address(call.request, desk.settings.trusted_proxies))
    if await call.read(count_unsent, caller.id) >= UNSENT_LIMIT:
        raise RateLimited("Too many files wait to be sent. Send them, or wait.", retry_after_s=60)
    reader, part = await _file_part(call.request)
    stored = await desk.files.take_in(_chunks(reader, part))
    try:
        return await desk.store.write(_add, call, stored, shown_name(part.filename))
    except Refused:
        # after a StoreError it stays: the row may have been written
        await desk.files.remove(stored.path)
        raise


def _add(tx: Tx, call: Call, stored: StoredFile, name: str) -> Reply:
    caller = caller_now(tx, call.token, call.access)
    added = attachments.add(
        tx,
        Attachment(
            id=tx.new_id("att"),
            workspace_id=caller.workspace_id,
            uploader=caller.id,
            name=name,
            type=stored.type,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            path=stored.path,
            conversation_id=None,
            message_id=None,
            created_at=tx.now,
            erased_at=None,
        ),
    )
    return Reply(_shape(added), 201)


@routes.get("/attachments/{attachment_id}", access="uploader", answer=OpenedAttachment)
async def open_attachment(call: Call) -> Reply:
    """A file of a conversation that the caller may see, or an own one not yet sent; with an address that opens it."""
    found = await call.read(_seen, call.someone, call.path("attachment_id"))
    now = call.desk.store.now()
    query = call.desk.files.sign(found.id, now)
    expires = int(query.partition("=")[2].partition("&")[0])
    url = f"{call.desk.settings.public_url or ''}{API}/attachments/{found.id}/file?{query}"
    return Reply(_shape(found) | {"url": url, "expires_at": iso(expires)})


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


async def _file_part(request: web.Request) -> tuple[MultipartReader, BodyPartReader]:
    if not request.content_type.startswith("multipart/"):
        raise Invalid("Send the file as multipart/form-data, in the field `file`.", field="file")
    try:
        reader = await request.multipart()
        for _ in range(10):
            part = await reader.next()
            if part is None or isinstance(part, MultipartReader):
                break
            if part.name == "file":
                return reader, part
            await part.release()
    except ValueError:
        raise Invalid("The form cannot be read.", field="file") from None
    raise Invalid("The form has no field `file`.", field="file")


async def _chunks(reader: MultipartReader, part: BodyPartReader) -> AsyncIterator[bytes]:
    try:
        while chunk := await part.read_chunk(_CHUNK_BYTES):
            yield chunk
        # a file that was cut off is not followed by the form's boundary
        await reader.next()
    except ValueError:
        raise Invalid("The form ends before its file does.", field="file") from None


def _shape(found: Attachment) -> Json:
    return {"id": found.id, "name": found.name, "type": found.type, "size_bytes": found.size_bytes}
