"""Every sentence that an inbox may say in words of its own: the house's, and those of the widget."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import orjson

from conversations import own_words
from conversations.errors import Invalid
from conversations.facts import record
from conversations.model import Author
from conversations.store import Tx
from conversations.texts import DEFAULT_LOCALE, catalogue
from conversations.words import storable
from server import inboxes
from server.inboxes import InboxRow
from server.pages.assets import ROOT
from server.places import PlacesChanged
from server.widget_config import WIDGET

TEXT_LIMIT = 2_000
_FIELD = re.compile(r"\{(\w*)\}")
_OF_THE_COMPANY = "mail."
_OF_THE_DESK = "desk."
"""Lines that agents alone see; the desk has them in one language."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """key: of a catalogue; the widget's begin with `widget.`. text: as said now. params: the {names} it may use."""

    key: str
    text: str
    default: str
    params: tuple[str, ...]


def listed(tx: Tx, workspace_id: str, inbox_id: str, locale: str) -> list[Sentence]:
    """Every sentence that an inbox says in a locale, by key. locale: one of `texts.LOCALES`. Raises NotFound."""
    inbox = inboxes.find(tx, workspace_id, inbox_id)
    own = own_words.of_locale(tx, inbox_id, locale)
    return [
        Sentence(key, own.get(key, default), default, params_of(default))
        for key, default in sentences(inbox, locale).items()
    ]


def change(
    tx: Tx, workspace_id: str, inbox_id: str, locale: str, words: Mapping[str, str | None], by: Author
) -> list[Sentence]:
    """Say these in other words from now on; None: in the catalogue's. Nothing is changed where one is refused.

    Raises NotFound, Invalid (`field` words.<key>).
    """
    inbox = inboxes.find(tx, workspace_id, inbox_id)
    known = sentences(inbox, locale)
    checked = {key: _checked(key, text, known) for key, text in words.items()}
    for key, text in checked.items():
        own_words.put(tx, inbox_id, locale, key, text if text != known[key] else None)
    if checked:
        data = {"inbox_id": inbox_id, "changed": ["words"], "locale": locale, "keys": sorted(checked)}
        record(tx, "settings_changed", by.actor, data)
        tx.hint(PlacesChanged(workspace_id))
    return listed(tx, workspace_id, inbox_id, locale)


def sentences(inbox: InboxRow, locale: str) -> dict[str, str]:
    """The catalogue's sentences that an inbox may change in a locale, by key."""
    found = {
        key: text
        for key, text in catalogue(locale).items()
        if not key.startswith(_OF_THE_COMPANY) and (locale == DEFAULT_LOCALE or not key.startswith(_OF_THE_DESK))
    }
    if inbox.channel == "web":
        found |= {f"{WIDGET}{key}": text for key, text in widget_catalogue(locale).items()}
    return dict(sorted(found.items()))


@cache
def widget_catalogue(locale: str) -> Mapping[str, str]:
    """The widget's own sentences, by key. locale: one of `texts.LOCALES`."""
    loaded: dict[str, str] = orjson.loads((ROOT / "web_widget" / "texts" / f"{locale}.json").read_bytes())
    return loaded


def params_of(text: str) -> tuple[str, ...]:
    """The {names} in a sentence, each once, as they come."""
    return tuple(dict.fromkeys(_FIELD.findall(text)))


def _checked(key: str, text: str | None, known: Mapping[str, str]) -> str | None:
    field = f"words.{key}"[:100]
    if key not in known:
        raise Invalid("There is no such sentence here. GET lists them.", field=field)
    if text is None:
        return None
    cleaned = storable(text).strip()
    if not 1 <= len(cleaned) <= TEXT_LIMIT:
        told = f"A sentence has 1 to {TEXT_LIMIT:,} characters. Send null for the usual one."
        raise Invalid(told, field=field)
    params = params_of(known[key])
    strange = [name for name in params_of(cleaned) if name not in params]
    if strange:
        may = ", ".join(f"{{{name}}}" for name in params) or "none"
        raise Invalid(f"{{{strange[0][:50]}}} stands for nothing in this sentence. It may use: {may}.", field=field)
    return cleaned
