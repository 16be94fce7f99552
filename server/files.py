"""Uploaded files on disk: taken in within limits, named by chance, handed out by addresses that are signed and end."""

import asyncio
import contextlib
import hmac
import os
import secrets
import shutil
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import puremagic
import structlog

from conversations.attachments import SIZE_LIMIT_BYTES
from conversations.errors import Forbidden, Invalid, TooLarge, Unavailable
from conversations.words import storable

log = structlog.get_logger(__name__)

ADDRESS_LIFE_MS = 15 * 60_000
NAME_LIMIT = 200
UNKNOWN = "application/octet-stream"
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show in place: raster images, which hold no script."""

_HEAD_BYTES = 16 * 1024
_FLUSH_BYTES = 1 << 17
KEPT_FREE_BYTES = 100_000_000
"""What of the disk is left to the database; files are refused before it."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safe on disk. path: relative to the folder of files. type: by its content, not its name."""

    path: str
    type: str
    size_bytes: int
    sha256: str


class Files:
    """The folder of uploaded files, and the signatures of their addresses."""

    def __init__(self, root: Path, signing_key: bytes) -> None:
        self._root = root
        self._key = signing_key

    async def take_in(
        self, chunks: AsyncIterator[bytes], limit_bytes: int = SIZE_LIMIT_BYTES, *, folder: str = ""
    ) -> StoredFile:
        """Write an upload as it comes; on any failure nothing of it stays.

        folder: below the folder of files. Raises TooLarge, Invalid (empty), Unavailable (no room on the disk).
        """
        name = secrets.token_hex(20)
        path = Path(folder) / name[:2] / name
        target = self._root / path
        if await asyncio.to_thread(self._room_bytes) < limit_bytes + KEPT_FREE_BYTES:
            log.error("files.no_room", folder=str(self._root))
            raise Unavailable("There is no room for files at the moment. Try again later.", retry_after_s=300)
        file = await asyncio.to_thread(_created, target)
        try:
            stored = await _written(file, chunks, limit_bytes)
        except BaseException:
            file.close()
            target.unlink(missing_ok=True)
            raise
        return StoredFile(str(path), *stored)

    def _room_bytes(self) -> int:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self._root).free

    def older_than(self, folder: str, prefix: str, before_s: float) -> list[str]:
        """The paths of a folder's files whose names begin so, and that were last written before a moment.

        prefix: two hexadecimal digits. before_s: seconds since 1970.
        """
        found: list[str] = []
        with contextlib.suppress(FileNotFoundError), os.scandir(self._root / folder / prefix) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before_s:
                        found.append(str(Path(folder) / prefix / entry.name))
        return found

    async def remove(self, path: str) -> None:
        """Delete a file; one that is gone already is well."""
        await asyncio.to_thread(self.full(path).unlink, missing_ok=True)

    def full(self, path: str) -> Path:
        """Where a stored file lies. Raises ValueError for a path that leads out of the folder."""
        full = (self._root / path).resolve()
        if not full.is_relative_to(self._root.resolve()):
            raise ValueError(f"{path!r} is not in the folder of files")
        return full

    def sign(self, attachment_id: str, now: int) -> str:
        """The query that opens one file until 15 minutes from now (milliseconds UTC)."""
        expires = now + ADDRESS_LIFE_MS
        return f"expires={expires}&signature={self._signature(attachment_id, expires)}"

    def check(self, attachment_id: str, expires: int, signature: str, now: int) -> None:
        """Raises Forbidden unless the address was signed here, for this file, and still holds."""
        if not hmac.compare_digest(self._signature(attachment_id, expires).encode(), signature.encode()):
            raise Forbidden("This address was not signed here.", field="signature")
        if now > expires:
            raise Forbidden("This address has ended. Ask for the file again.", field="expires")

    def _signature(self, attachment_id: str, expires: int) -> str:
        return hmac.new(self._key, f"{attachment_id}.{expires}".encode(), sha256).hexdigest()


def shown_name(name: str | None) -> str:
    """A file's name as it may be shown: without folders, control characters and direction overrides."""
    last = storable(name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(one for one in last if unicodedata.category(one) not in ("Cc", "Cf", "Zl", "Zp"))
    return kept.strip().strip(".")[-NAME_LIMIT:] or "file"


def type_of(head: bytes) -> str:
    """The media type that a file's first bytes speak of; what they do not show is `application/octet-stream`."""
    try:
        found = [match for match in puremagic.magic_string(head) if match.mime_type and match.confidence >= 0.3]
    except Exception:
        # it reads foreign bytes by rules from everywhere, and fails on some in its own ways
        found = []
    kind = str(found[0].mime_type).lower() if found else "text/plain"
    return kind if _is_text(head) or not kind.startswith("text/") else UNKNOWN


def _is_text(head: bytes) -> bool:
    try:
        # the last character may be cut in two
        text = head[: len(head) - 3].decode() if len(head) == _HEAD_BYTES else head.decode()
    except UnicodeDecodeError:
        return False
    return not any(ord(one) < 32 and one not in "\t\n\r\f" for one in text)


def _created(target: Path) -> BinaryIO:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


async def _written(file: BinaryIO, chunks: AsyncIterator[bytes], limit_bytes: int) -> tuple[str, int, str]:
    """(type, size in bytes, SHA-256 in hex) of what was written, flushed to the disk and closed."""
    digest, head, waiting, size = sha256(), b"", bytearray(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit_bytes:
            raise TooLarge(f"A file may have {limit_bytes // 1_000_000} MB at most.", field="file")
        if len(head) < _HEAD_BYTES:
            head += chunk[: _HEAD_BYTES - len(head)]
        waiting += chunk
        if len(waiting) >= _FLUSH_BYTES:
            digest.update(waiting)
            await asyncio.to_thread(file.write, bytes(waiting))
            waiting.clear()
    if not size:
        raise Invalid("The file is empty.", field="file")
    digest.update(waiting)
    await asyncio.to_thread(_finish, file, bytes(waiting))
    return await asyncio.to_thread(type_of, head), size, digest.hexdigest()


def _finish(file: BinaryIO, rest: bytes) -> None:
    file.write(rest)
    file.flush()
    os.fsync(file.fileno())
    file.close()
