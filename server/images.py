"""How large an image is, read from its own header; what has none is no image."""

import struct

SIDE_LIMIT = 8_000
PIXELS_LIMIT = 40_000_000
"""More of them fill a phone's memory, however small the file."""


def image_size(data: bytes, type_: str) -> tuple[int, int] | None:
    """(width, height) in pixels of a whole PNG, JPEG, GIF or WebP file; None where its header is none."""
    try:
        match type_:
            case "image/png":
                return _png(data)
            case "image/gif":
                return _gif(data)
            case "image/jpeg":
                return _jpeg(data)
            case "image/webp":
                return _webp(data)
            case _:
                return None
    except (struct.error, IndexError):
        return None


def is_drawable(width: int, height: int) -> bool:
    """Whether a browser may be asked to draw it."""
    return 0 < width <= SIDE_LIMIT and 0 < height <= SIDE_LIMIT and width * height <= PIXELS_LIMIT


def _png(data: bytes) -> tuple[int, int] | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int] | None:
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _jpeg(data: bytes) -> tuple[int, int] | None:
    if data[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker in (0xD9, 0xDA):
            return None
        (length,) = struct.unpack_from(">H", data, at + 2)
        at += 2 + max(length, 2)
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    match data[12:16]:
        case b"VP8X":
            width, height = int.from_bytes(data[24:27], "little"), int.from_bytes(data[27:30], "little")
            return width + 1, height + 1
        case b"VP8L" if data[20] == 0x2F:
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case _:
            return None
