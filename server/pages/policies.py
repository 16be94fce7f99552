"""What a page of ours may do in a browser: nothing inline, no eval, no markup from text, only our own origin."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

_NOWHERE = "'none'"
_PARTS = (
    ("default-src", _NOWHERE),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    ("connect-src", "'self'"),
    ("font-src", "'self'"),
    ("media-src", "'self' blob:"),
    ("manifest-src", "'self'"),
    ("base-uri", _NOWHERE),
    ("form-action", _NOWHERE),
    ("require-trusted-types-for", "'script'"),
    ("trusted-types", _NOWHERE),
)
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")


def content_policy(*, ancestors: Sequence[str], images: Sequence[str] = (), frames: str = _NOWHERE) -> str:
    """A Content-Security-Policy. ancestors: the sources that may hold the page in a frame, none if empty.

    images: addresses of pictures elsewhere that an admin chose; each one's origin is allowed, and no other.
    """
    elsewhere = sorted({origin for address in images if (origin := origin_of(address)) is not None})
    parts = [f"{name} {value}" for name, value in _PARTS]
    parts.append(" ".join(["img-src 'self' blob: data:", *elsewhere]))
    parts.append(f"frame-src {frames}")
    parts.append(f"frame-ancestors {' '.join(ancestors) or _NOWHERE}")
    return "; ".join(parts)


def origin_of(address: str) -> str | None:
    """`https://cdn.example` of an address there; None where it names none."""
    try:
        split = urlsplit(address)
    except ValueError:
        return None
    origin = f"{split.scheme}://{split.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else None


def page_headers(policy: str) -> dict[str, str]:
    """The headers of every page."""
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-cache",
    }
