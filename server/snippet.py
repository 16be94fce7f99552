"""Whether a page holds an inbox's snippet, by reading it as a browser would: tags, not text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Literal
from urllib.parse import urljoin, urlsplit

Reason = Literal["found", "no_snippet", "other_inbox", "unreachable", "not_html", "site_not_listed"]

_OPENING = re.compile(r"<(?:(!--)|(/?)([A-Za-z][^\s/>]*+)|([!?/]))")
_ATTRIBUTE = re.compile(r"""[\s/]*+(?:(>)|([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?+)""")
# what stands in these is text to a browser that runs scripts
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript")
}
_RUN = frozenset({"", "module", "text/javascript", "application/javascript", "text/ecmascript"})
_LOADER = "/widget.js"


@dataclass(frozen=True, slots=True)
class Tag:
    """An opening tag. attributes: by lower-case name; of several of a name the first, as browsers have it."""

    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """message: what was found, and what to do."""

    reason: Reason
    message: str

    @property
    def found(self) -> bool:
        return self.reason == "found"


def judge(html: str, url: str, public_key: str, desks: Sequence[str], sites: Sequence[str]) -> Verdict:
    """What a page says of an inbox's snippet.

    url: where the page is. desks: addresses of this desk. sites: those that the inbox is for, any where empty.
    """
    strange: str | None = None
    asleep: str | None = None
    other: str | None = None
    for tag, source in _scripts(html, url):
        key = tag.attributes.get("data-inbox", "").strip()
        if not _is_ours(source, desks):
            if urlsplit(source).path.endswith(_LOADER) and key:
                strange = strange or urlsplit(source).netloc
            continue
        kind = tag.attributes.get("type", "").strip().lower()
        if kind not in _RUN:
            asleep = kind
        elif key == public_key:
            return _listed(url, sites)
        else:
            other = key
    if other is not None:
        told = "The snippet on this page is another inbox's. Copy this inbox's snippet in its place."
        return Verdict(
            "other_inbox", told if other else "The snippet on this page names no inbox. Copy it again, whole."
        )
    if asleep is not None:
        told = f'The snippet is there with type="{asleep[:40]}", so browsers do not run it. A consent tool may do that.'
        return Verdict("no_snippet", told)
    if strange is not None:
        told = f"The snippet on this page loads another desk's widget, from {strange[:100]}. Copy this inbox's snippet."
        return Verdict("no_snippet", told)
    told = (
        "The page was read, and the snippet is not in it. Put it before </body>; if a tag manager or the page's own "
        "script adds it, open the page and look whether the widget shows."
    )
    return Verdict("no_snippet", told)


def _listed(url: str, sites: Sequence[str]) -> Verdict:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url)).lower()
    if sites and origin not in {site.rstrip("/").lower() for site in sites}:
        told = f"The snippet is there, but this inbox is not for {origin}. Add it to the inbox's sites."
        return Verdict("site_not_listed", told)
    return Verdict("found", "The snippet is there, and it is this inbox's.")


def _scripts(html: str, url: str) -> Iterator[tuple[Tag, str]]:
    """Scripts that a browser would run, with the full address of each."""
    base = url
    for tag in tags(html):
        source = tag.attributes.get("src" if tag.name == "script" else "href", "").strip()
        if tag.name == "base" and base == url and source:
            base = _joined(url, source) or url
        elif tag.name == "script" and source and (full := _joined(base, source)):
            yield tag, full


def tags(html: str) -> Iterator[Tag]:
    """The opening tags of a page that are in force, in order; in time linear in its length.

    Neither those in comments, in raw text, nor in templates. After the HTML standard's tokenizer, as far as it
    decides what is a tag.
    """
    at, inert = 0, 0
    while (opening := _OPENING.search(html, at)) is not None:
        comment, closing, name, bogus = opening.groups()
        if comment or bogus:
            # `<!-->` and `<!--->` are whole comments
            at = html.find("-->", opening.end() - 2) + 3 if comment else html.find(">", opening.end()) + 1
            if at in (0, 2):
                return
            continue
        attributes, at = _attributes(html, opening.end())
        if at < 0:
            return
        name = name.lower()
        if name == "template":
            inert = max(0, inert + (-1 if closing else 1))
        if closing:
            continue
        if not inert:
            yield Tag(name, attributes)
        if name == "plaintext":
            return
        if name in _RAW:
            end = _RAW[name].search(html, at)
            if end is None:
                return
            at = end.start()


def _attributes(html: str, at: int) -> tuple[dict[str, str], int]:
    """The attributes of a tag, and where it ends; -1 where it does not."""
    found: dict[str, str] = {}
    while (match := _ATTRIBUTE.match(html, at)) is not None and match.end() > at:
        at = match.end()
        if match[1]:
            return found, at
        value = next((part for part in match.groups()[2:] if part is not None), "")
        found.setdefault(match[2].lower(), unescape(value))
    return found, -1


def _is_ours(source: str, desks: Sequence[str]) -> bool:
    address = _place(source)
    return address is not None and any(address == _place(f"{desk.rstrip('/')}{_LOADER}") for desk in desks)


def _place(address: str) -> tuple[str, int, str] | None:
    """Host, port and path; http and https count alike: many sites answer on both."""
    try:
        split = urlsplit(address)
        port = split.port or (443 if split.scheme == "https" else 80)
    except ValueError:
        return None
    if port in (80, 443):
        port = 443
    return (split.hostname or "", port, split.path) if split.scheme in ("https", "http") else None


def _joined(base: str, address: str) -> str | None:
    try:
        return urljoin(base, address)
    except ValueError:
        return None
