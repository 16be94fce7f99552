"""What a widget is told before it opens: whose it is, how it looks, what it asks, in whose words."""

from collections.abc import Mapping, Sequence

from conversations import own_words
from conversations.attachments import SIZE_LIMIT_BYTES
from conversations.store import Tx
from conversations.texts import LOCALES
from handoff import teams
from server import workspace
from server.appearance import HOUSE_LOOK, Look, StartForm
from server.places import Bot, Place
from server.shapes import Json

WIDGET = "widget."
"""What the keys of the widget's own sentences begin with among an inbox's words."""

FILE_TYPES: tuple[str, ...] = (
    "image/*",
    "application/pdf",
    "text/plain",
    "text/csv",
    ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".ods", ".odp", ".rtf",
)  # fmt: skip
"""What the widget's file picker offers, as an `accept` attribute lists it; the server looks for itself."""


def widget_config(tx: Tx, place: Place, bot: Bot | None, asked: str | None) -> Json:
    """All that anyone may know of a web inbox. asked: the locale that the page wants."""
    inbox, chosen = place.inbox, place.chosen
    company = workspace.find(tx, inbox.workspace_id)
    offered = chosen.locales or LOCALES
    locale = spoken(asked, offered, chosen.locale)
    words = own_words.of_locale(tx, inbox.id, locale)
    look = look_of(tx, place)
    return {
        "inbox": {"public_key": inbox.public_key, "name": inbox.name},
        "company": company.name,
        "look": look.model_dump(),
        "locale": locale,
        "locales": list(offered),
        "start_form": start_form_shape(tx, inbox.workspace_id, chosen.start_form),
        "help": {"on": chosen.help is None or chosen.help.on},
        "survey": {"on": chosen.survey is None or chosen.survey.on},
        "words": _widgets(words),
        "files": {"limit_bytes": SIZE_LIMIT_BYTES, "types": list(FILE_TYPES)},
        "bot": {"name": bot.name} if bot is not None else None,
    }


def look_of(tx: Tx, place: Place) -> Look:
    """How an inbox's widget looks: as chosen for it, else as the workspace does, else as the house."""
    company = workspace.find(tx, place.inbox.workspace_id)
    return (place.chosen.look or Look()).over(company.look).over(HOUSE_LOOK)


def start_form_shape(tx: Tx, workspace_id: str, form: StartForm | None) -> Json | None:
    """The start form as a visitor meets it: departments by name, and only those that are still there."""
    if form is None:
        return None
    named = {one.id: one.name for one in teams.listed(tx, workspace_id)} if form.departments else {}
    shape = form.model_dump()
    shape["departments"] = [{"id": one, "name": named[one]} for one in form.departments if one in named]
    return shape


def spoken(asked: str | None, offered: Sequence[str], usual: str) -> str:
    """The language of a page: the one asked for where it is offered, else the inbox's, else the first offered."""
    for wanted in (asked, usual):
        language = (wanted or "").replace("_", "-").partition("-")[0].lower()
        if language in offered:
            return language
    return offered[0]


def _widgets(words: Mapping[str, str]) -> dict[str, str]:
    return {key.removeprefix(WIDGET): text for key, text in words.items() if key.startswith(WIDGET)}
