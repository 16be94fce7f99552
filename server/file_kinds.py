"""What may be sent: a file's kind by its own bytes, never by its name; what is two things is neither.

Headers are read, within bounds; nothing is decoded or unpacked.
"""

import codecs
import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from conversations.errors import Invalid
from server.images import image_size
from server.office_files import Bytes, compound, is_zip, zipped

SIDE_LIMIT = 20_000
PIXELS_LIMIT = 50_000_000
PHOTO_PIXELS_LIMIT = 110_000_000
"""Of a JPEG: cameras of phones take as many, and its size bounds what it unpacks to; the others hold bombs."""

FOREIGN_SHARE = 0.3
"""Of a text in the code page of Western Europe: how many letters may be none of ASCII."""

_HEAD_BYTES = 16 * 1024
_METADATA_BYTES = 4 * 1024 * 1024
_MARKUP_BYTES = 1_024
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_HEIF = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# what a browser may take for a page or a drawing with code, at the very beginning
_PAGE = re.compile(
    rb"\s*<(!--|\?|!doctype\b|(html|head|body|script|style|title|iframe|object|embed|svg|math|table|div|font|img|meta"
    rb"|link|base|form|h1|a|b|p|br)\b)",
    re.IGNORECASE,
)
_TAGS = re.compile(rb"<\s*(!doctype\s+html|html|script|svg|body|iframe|\?php)\b", re.IGNORECASE)
_EMBEDS = (b"\\objdata", b"\\objupdate", b"\\objocx")

ENDINGS: dict[str, tuple[str, ...]] = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jfif"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif", "hif", "avif"),
    "application/pdf": ("pdf",),
    "application/rtf": ("rtf",),
    "text/plain": ("txt", "csv", "tsv", "log", "md", "json", "ini", "yaml", "yml", "ics", "vcf", "srt"),
    "application/msword": ("doc", "dot"),
    "application/vnd.ms-excel": ("xls", "xlt"),
    "application/vnd.ms-powerpoint": ("ppt", "pps"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx", "ppsx"),
    "application/vnd.ms-word.document.macroEnabled.12": ("docm",),
    "application/vnd.ms-excel.sheet.macroEnabled.12": ("xlsm",),
    "application/vnd.ms-excel.sheet.binary.macroEnabled.12": ("xlsb",),
    "application/vnd.ms-powerpoint.presentation.macroEnabled.12": ("pptm",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
}
"""The kinds that are taken, and how their names may end; the first is what other names are given."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be sent. width, height: of an image, in pixels. warning: what to know before opening it."""

    type: str
    width: int | None = None
    height: int | None = None
    warning: Literal["macros"] | None = None


def inspect(path: Path) -> Inspected:
    """Look into a stored file. Raises Invalid (`field` file) for what is not taken, with the remedy."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return kind_of(data)


def kind_of(data: Bytes) -> Inspected:
    """What a file's bytes are. Raises Invalid."""
    head = data[0:_HEAD_BYTES]
    if head[:4] == b"PK\x03\x04":
        office = zipped(data)
        return Inspected(office.type, warning="macros" if office.macros else None)
    if is_zip(data):
        raise Invalid("This file is two files in one, an archive among them. Send the one that you mean.", field="file")
    if head[:8] == _OLE:
        office = compound(data)
        return Inspected(office.type, warning="macros" if office.macros else None)
    image = _image_type(head)
    if image is not None:
        return _image(data, head, image)
    if head[:5] == b"%PDF-":
        _holds_no_page(head)
        return Inspected("application/pdf")
    if head[:5] == b"{\\rtf":
        return _rich_text(data)
    return Inspected(_text(head))


def named(name: str, kind: str) -> str:
    """A name that ends as its kind does, so that a double click opens what it looks like: `a.bat` is `a.bat.txt`."""
    endings = ENDINGS[kind]
    if name.rpartition(".")[2].lower() in endings and "." in name:
        return name
    return f"{name}.{endings[0]}"


def _image_type(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return "image/heic"
    return next((kind for signature, kind in _IMAGES if head.startswith(signature)), None)


def _image(data: Bytes, head: bytes, kind: str) -> Inspected:
    _holds_no_page(head)
    if kind == "image/heic":
        return Inspected(kind)
    # the sides of a JPEG stand behind its metadata; those of the others at the beginning
    size = image_size(data[0:_METADATA_BYTES] if kind == "image/jpeg" else head, kind)
    if size is None or not all(size):
        raise Invalid("This picture is not whole. Save it anew and send that.", field="file")
    width, height = size
    most = PHOTO_PIXELS_LIMIT if kind == "image/jpeg" else PIXELS_LIMIT
    if max(size) > SIDE_LIMIT or width * height > most:
        raise Invalid(
            f"This picture has {width:,} x {height:,} pixels, too many to show. Make it smaller.", field="file"
        )
    return Inspected(kind, width, height)


def _holds_no_page(head: bytes) -> None:
    if _TAGS.search(head[:_MARKUP_BYTES]):
        raise Invalid("This file is two files in one, a page with code among them. It is not taken.", field="file")


def _rich_text(data: Bytes) -> Inspected:
    if any(data.find(word) >= 0 for word in _EMBEDS):
        raise Invalid("This document holds other files. Send it as a PDF.", field="file")
    return Inspected("application/rtf")


def _text(head: bytes) -> str:
    """`text/plain`, for what is text and no page. Raises Invalid for the rest."""
    plain = _decoded(head)
    if plain is None:
        raise Invalid(
            "Files of this kind are not taken. Send a picture, a PDF, a text or an office file.", field="file"
        )
    if _PAGE.match(plain.lstrip("\ufeff").encode()[:_MARKUP_BYTES]):
        raise Invalid(
            "Pages and drawings with code (HTML, SVG, XML) are not taken. Send a picture or a PDF.", field="file"
        )
    return "text/plain"


def _decoded(head: bytes) -> str | None:
    """The text that a file begins with, as editors and spreadsheets save it; None for what is none."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    else:
        try:
            # the last character of a longer text may be cut in two
            text = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _HEAD_BYTES)
        except UnicodeDecodeError:
            if sum(byte >= 0x80 for byte in head) > len(head) * FOREIGN_SHARE:
                return None
            text = head.decode("cp1252", "replace")
    unreadable = sum(one == "\ufffd" or (ord(one) < 32 and one not in "\t\n\r\f") for one in text)
    return text if not unreadable else None
