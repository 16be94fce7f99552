"""Files as people and attackers send them, made by hand, small."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6364f8cf500f0003860180"
    "5a34d97d0000000049454e44ae426082"
)
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def png(width: int, height: int) -> bytes:
    """A picture that says that it has these sides, and a few bytes of nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b""))
    made = b"\x89PNG\r\n\x1a\n"
    for name, data in parts:
        made += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return made


def jpeg(width: int, height: int, *, metadata: int = 0) -> bytes:
    """As a camera writes it. metadata: how many parts of 64 kB stand before the sides."""
    made = b"\xff\xd8"
    for _ in range(metadata):
        made += b"\xff\xe1\xff\xff" + b"x" * 65_533
    return made + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\0" * 9 + b"\xff\xd9"


def webp(width: int, height: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + sides
    return b"RIFF" + struct.pack("<I", len(body)) + body


def zipped(parts: dict[str, bytes], *, first: tuple[str, bytes] | None = None) -> bytes:
    """An archive. first: a part that is stored as it is, before the others."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        if first is not None:
            archive.writestr(zipfile.ZipInfo(first[0]), first[1])
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def docx(**more: bytes) -> bytes:
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>", **more})


def odt() -> bytes:
    return zipped({"content.xml": b"<x/>"}, first=("mimetype", b"application/vnd.oasis.opendocument.text"))


def compound(*streams: str) -> bytes:
    """An office file of before 2007, as far as its directory."""
    directory = b""
    for name in ("Root Entry", *streams):
        text = name.encode("utf-16-le") + b"\0\0"
        directory += text.ljust(64, b"\0") + struct.pack("<H", len(text)) + b"\0" * 62
    return OLE + b"\0" * 504 + directory.ljust(1024, b"\0")


def bomb() -> bytes:
    """A document of a hundred kilobytes that unpacks to a hundred megabytes."""
    return docx(**{"word/media/zeros.bin": b"\0" * 100_000_000})


def overlapping() -> bytes:
    """A document whose parts share their bytes: each entry of the directory leads to the same one."""
    made = docx(**{"word/a.xml": b"a" * 500})
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        (begins,) = [one.header_offset for one in archive.infolist() if one.filename == "word/a.xml"]
    directory = made.index(b"PK\x01\x02")
    entries, at = bytearray(made), directory
    for _ in range(3):
        struct.pack_into("<I", entries, at + 42, begins)
        name, extra, comment = struct.unpack_from("<HHH", entries, at + 28)
        at += 46 + name + extra + comment
    return bytes(entries)


def many_parts(count: int) -> bytes:
    """An archive's directory alone, of very many parts."""
    return zipped({"[Content_Types].xml": b"", "word/document.xml": b"", **{f"p{n}": b"" for n in range(count)}})
