"""Office files known by what is in them: their container's directory is read, within bounds, and nothing unpacked."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from conversations.errors import Invalid

ENTRIES_LIMIT = 5_000
DIRECTORY_LIMIT_BYTES = 2_000_000
UNPACKED_LIMIT_BYTES = 1_000_000_000
RATIO_LIMIT = 200
"""How many times smaller than its content a file may be, once that is large."""
LARGE_BYTES = 50_000_000

_TAIL_BYTES = 22 + 65_535
_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_OPENXML = "application/vnd.openxmlformats-officedocument."
_OPENDOCUMENT = "application/vnd.oasis.opendocument."
_MACRO = "application/vnd.ms-{}.macroEnabled.12"
_OPENXML_KINDS = {
    "word/document.xml": ("wordprocessingml.document", _MACRO.format("word.document")),
    "xl/workbook.xml": ("spreadsheetml.sheet", _MACRO.format("excel.sheet")),
    "xl/workbook.bin": ("spreadsheetml.sheet", "application/vnd.ms-excel.sheet.binary.macroEnabled.12"),
    "ppt/presentation.xml": ("presentationml.presentation", _MACRO.format("powerpoint.presentation")),
}
_OPENDOCUMENT_KINDS = ("text", "spreadsheet", "presentation")
_RUNS = (
    ".apk", ".bat", ".class", ".cmd", ".com", ".dll", ".exe", ".hta", ".jar", ".js", ".jse", ".lnk", ".msi", ".ps1",
    ".scr", ".vbe", ".vbs", ".wsf",
)  # fmt: skip

_OLE_KINDS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}


class Bytes(Protocol):
    """A file's bytes, of which only what is asked for is read: `bytes`, or a memory map."""

    def __len__(self) -> int: ...
    def __getitem__(self, key: slice, /) -> bytes: ...
    def find(self, sub: bytes, start: int = ..., /) -> int: ...


@dataclass(frozen=True, slots=True)
class Office:
    """An office file. macros: it holds code that an office program may offer to run."""

    type: str
    macros: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    packed: int
    unpacked: int
    at: int
    encrypted: bool


def is_zip(data: Bytes) -> bool:
    """Whether a program that unpacks would take it for an archive, wherever its directory stands."""
    end = _end_of(data)
    return end is not None and end[3] + end[2] <= end[0]


def zipped(data: Bytes) -> Office:
    """The kind of an office file that is a zip archive. data: begins with `PK`.

    Raises Invalid for other archives, for those that are no whole one, or that unpack to too much.
    """
    entries = _entries(data)
    names = {entry.name for entry in entries}
    for entry in entries:
        if entry.encrypted:
            raise Invalid("This file is protected by a password. Send it without one.", field="file")
        if entry.name.lower().endswith(_RUNS) or entry.name.upper() == "META-INF/MANIFEST.MF":
            raise Invalid("This file holds a program. Send the document alone.", field="file")
    _bounded(entries, len(data))
    if "[Content_Types].xml" in names:
        for part, (kind, with_macros) in _OPENXML_KINDS.items():
            if part in names:
                macros = any(name.lower().endswith("vbaproject.bin") for name in names)
                return Office(with_macros if macros else f"{_OPENXML}{kind}", macros)
    named = _opendocument(data, entries)
    if named is None:
        raise Invalid("Archives are not taken. Send the files in it one by one.", field="file")
    macros = any(name.startswith(("Basic/", "Scripts/")) for name in names)
    return Office(named, macros)


def compound(data: Bytes) -> Office:
    """The kind of an office file of before 2007. data: begins with the signature of such a container.

    Raises Invalid for what else such a container may hold: an installer, a mail, a document under a password.
    """
    if _has_stream(data, "EncryptedPackage"):
        raise Invalid("This file is protected by a password. Send it without one.", field="file")
    for name, kind in _OLE_KINDS.items():
        if _has_stream(data, name):
            return Office(kind, _has_stream(data, "_VBA_PROJECT") or _has_stream(data, "VBA"))
    raise Invalid("Files of this kind are not taken. Send a PDF, or a document of an office program.", field="file")


def _end_of(data: Bytes) -> tuple[int, int, int, int] | None:
    """(where the directory's end stands, entries, the directory's size, where it begins), bytes from the start."""
    start = max(0, len(data) - _TAIL_BYTES)
    tail = data[start : len(data)]
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        return None
    _, _, _, count, size, begins, _ = struct.unpack_from("<HHHHIIH", tail, at + 4)
    return start + at, count, size, begins


def _entries(data: Bytes) -> list[_Entry]:
    end = _end_of(data)
    if end is None:
        raise _broken()
    at, count, size, begins = end
    comment = len(data) - at - 22
    # what stands before, between or after is another file's; archives over 4 GB are not needed
    if comment or begins + size != at or not count:
        raise _broken()
    if count > ENTRIES_LIMIT or size > DIRECTORY_LIMIT_BYTES:
        raise Invalid(f"This file is an archive of over {ENTRIES_LIMIT:,} parts. Send less in one.", field="file")
    try:
        return list(_read(data[begins : begins + size], count))
    except struct.error:
        raise _broken() from None


def _read(directory: bytes, count: int) -> Iterator[_Entry]:
    at = 0
    for _ in range(count):
        if directory[at : at + 4] != _ENTRY:
            raise _broken()
        flags, _, _, _, _, packed, unpacked, name, extra, comment = struct.unpack_from("<HHHHIIIHHH", directory, at + 8)
        (begins,) = struct.unpack_from("<I", directory, at + 42)
        text = directory[at + 46 : at + 46 + name].decode("utf-8", "replace")
        yield _Entry(text, packed, unpacked, begins, bool(flags & 0x41))
        at += 46 + name + extra + comment
    if at != len(directory):
        raise _broken()


def _bounded(entries: list[_Entry], size: int) -> None:
    """Raises Invalid where unpacking would fill a disk: too much, or parts that share their bytes."""
    unpacked = sum(entry.unpacked for entry in entries)
    if unpacked > UNPACKED_LIMIT_BYTES or (unpacked > LARGE_BYTES and unpacked > size * RATIO_LIMIT):
        raise Invalid("This file unpacks to far more than it says. It is not taken.", field="file")
    before = 0
    for entry in sorted(entries, key=lambda one: one.at):
        if entry.at < before:
            raise Invalid("This file unpacks to far more than it says. It is not taken.", field="file")
        before = entry.at + 30 + entry.packed
    if before > size:
        raise _broken()


def _opendocument(data: Bytes, entries: list[_Entry]) -> str | None:
    """The type that an OpenDocument file names in its first part, which is stored as it is."""
    head = data[0:200]
    name, extra = struct.unpack_from("<HH", head, 26)
    first = min(entries, key=lambda entry: entry.at)
    if head[30 : 30 + name] != b"mimetype" or first.name != "mimetype" or extra or first.packed != first.unpacked:
        return None
    told = head[38 : 38 + min(first.packed, 100)].decode("ascii", "replace")
    kind = told.removeprefix(_OPENDOCUMENT)
    return told if kind in _OPENDOCUMENT_KINDS and kind != told else None


def _has_stream(data: Bytes, name: str) -> bool:
    """Whether the container's directory has an entry of this name: its first 64 bytes, 128 bytes apart."""
    wanted = name.encode("utf-16-le") + b"\x00\x00"
    at = data.find(wanted, 512)
    while at >= 0:
        if at % 128 == 0 and data[at + 64 : at + 66] == struct.pack("<H", len(wanted)):
            return True
        at = data.find(wanted, at + 1)
    return False


def _broken() -> Invalid:
    return Invalid("This file is not whole, or two files in one. Save it anew and send that.", field="file")
