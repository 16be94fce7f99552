"""Text from outside, made storable: any character a person may write, none that a database cannot hold."""

import re
from hashlib import blake2b

from conversations.errors import Invalid, TooLarge
from conversations.model import TEXT_LIMIT

NAME_LIMIT = 500

_SURROGATES = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD: neither engine can hold them."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if not text.isascii() and _SURROGATES.search(text):
        text = _SURROGATES.sub("\ufffd", text)
    return text


def message_text(text: str, *, required: bool = True, field: str = "text") -> str:
    """A message's text, storable and within limits. Raises Invalid when empty, TooLarge over 10,000 characters."""
    if len(text) > TEXT_LIMIT:
        raise TooLarge(f"The text is longer than {TEXT_LIMIT:,} characters. Send it in parts.", field=field)
    text = storable(text)
    if required and not text.strip():
        raise Invalid("The text is empty. Write something.", field=field)
    return text


def plain(name: str, *, field: str) -> str:
    """A name that machines give: an id, a key, an address. Raises Invalid unless it is 1 to 500 printable characters.

    Neither control characters nor lone surrogates are: no engine need ever be asked about them.
    """
    if not 1 <= len(name) <= NAME_LIMIT or not name.isprintable():
        raise Invalid(f"{field} has 1 to {NAME_LIMIT} printable characters.", field=field)
    return name


def body_hash(*parts: str) -> str:
    """What tells a repeat from another message under the same client_id."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.hexdigest()
