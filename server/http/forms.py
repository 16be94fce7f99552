"""Files in a multipart form, read as they come."""

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.multipart import MultipartReader

from conversations.errors import Invalid

PARTS_LIMIT = 10
_CHUNK_BYTES = 64 * 1024
# what the reader raises at forms that are none, in its own ways
_UNREADABLE = (ValueError, RuntimeError, AssertionError, HttpProcessingError)


async def file_part(request: web.Request, field: str = "file") -> tuple[MultipartReader, BodyPartReader]:
    """The form's file, not yet read. Raises Invalid where the request is no form, or has no such field."""
    if not request.content_type.startswith("multipart/"):
        raise Invalid(f"Send the file as multipart/form-data, in the field `{field}`.", field=field)
    try:
        reader = await request.multipart()
        for _ in range(PARTS_LIMIT):
            part = await reader.next()
            if part is None or isinstance(part, MultipartReader):
                break
            if part.name == field:
                return reader, part
            await part.release()
    except _UNREADABLE:
        raise Invalid("The form cannot be read.", field=field) from None
    raise Invalid(f"The form has no field `{field}`.", field=field)


async def chunks_of(reader: MultipartReader, part: BodyPartReader, field: str = "file") -> AsyncIterator[bytes]:
    """The file, in chunks. Raises Invalid where the form ends before its file does."""
    try:
        while chunk := await part.read_chunk(_CHUNK_BYTES):
            yield chunk
        # a file that was cut off is not followed by the form's boundary
        await reader.next()
    except _UNREADABLE:
        raise Invalid("The form ends before its file does.", field=field) from None
