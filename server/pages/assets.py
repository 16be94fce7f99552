"""Files that a browser loads, read once and kept ready to send; compressed when first asked for so."""

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from aiohttp import web

ROOT = Path(__file__).resolve().parents[2]
LOADER = "loader/widget.js"
PAGE = "index.html"
SIZE_LIMIT_BYTES = 16 * 1024 * 1024
_COMPRESSED = ("text/", "application/json", "image/svg")
_WORTH_BYTES = 600

# the machine's own table differs from one to the next
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One file."""

    body: bytes
    type: str
    etag: str

    @cached_property
    def compressed(self) -> bytes | None:
        """The file by gzip, where that is worth it."""
        small = len(self.body) < _WORTH_BYTES or not self.type.startswith(_COMPRESSED)
        return None if small else gzip.compress(self.body, 9, mtime=0)

    def respond(self, request: web.Request, headers: Mapping[str, str]) -> web.Response:
        """The file as this browser takes it, or that it has it already."""
        sent = {"ETag": self.etag, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff", **headers}
        if request.headers.get("If-None-Match", "").removeprefix("W/") == self.etag:
            return web.Response(status=304, headers=sent)
        body = self.body
        if "gzip" in request.headers.get("Accept-Encoding", "") and self.compressed is not None:
            body = self.compressed
            sent["Content-Encoding"] = "gzip"
        charset = "utf-8" if self.type.startswith("text/") else None
        return web.Response(body=body, headers=sent, content_type=self.type, charset=charset)


def asset(body: bytes, name: str) -> Asset:
    """A file's bytes under its name, from which its type follows."""
    suffix = Path(name).suffix
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, kind, f'"{blake2b(body, digest_size=12).hexdigest()}"')


class Assets:
    """The files of a folder by their path in it; a folder that is not there holds none."""

    def __init__(self, folder: Path) -> None:
        self._by_path: Mapping[str, Asset] = {
            path.relative_to(folder).as_posix(): asset(path.read_bytes(), path.name)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and path.stat().st_size <= SIZE_LIMIT_BYTES
        }

    def find(self, path: str) -> Asset | None:
        return self._by_path.get(path)


def widget_assets() -> Assets:
    return Assets(ROOT / "web_widget" / "built")


def console_assets() -> Assets:
    return Assets(ROOT / "console" / "built")
