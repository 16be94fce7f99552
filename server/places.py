"""Where messages come in and which bot reads them: inboxes and bots, kept in memory as their rows stand."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy import select

from conversations import own_words
from conversations.errors import NotFound
from conversations.model import Inbox, InboxRules
from conversations.store import Statement, Store, Tx
from conversations.store.tables import bots, inboxes
from conversations.texts import LOCALES
from server.appearance import Look, OnOff, StartForm

log = structlog.get_logger(__name__)

HOUR_MS = 3_600_000

INBOXES = Statement(
    select(
        inboxes.c.id,
        inboxes.c.workspace_id,
        inboxes.c.name,
        inboxes.c.channel,
        inboxes.c.public_key,
        inboxes.c.bot_id,
        inboxes.c.default_team_id,
        inboxes.c.settings,
        inboxes.c.secrets,
    ).where(inboxes.c.archived_at.is_(None))
)
BOTS = Statement(
    select(bots.c.id, bots.c.workspace_id, bots.c.knowledge_base_id, bots.c.name, bots.c.settings, bots.c.live_model_id)
    .where(bots.c.archived_at.is_(None))
    .order_by(bots.c.created_at, bots.c.id)
)

Site = Annotated[str, StringConstraints(max_length=300, pattern=r"^https?://[A-Za-z0-9.\-\[\]:]+$")]
Locale = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$")]


@dataclass(frozen=True, slots=True)
class PlacesChanged:
    """An inbox or a bot was changed: load them again."""

    workspace_id: str


class InboxSettings(BaseModel):
    """How an inbox behaves, whatever its channel; what the channel adds (`channels.api.ApiSettings`) stands beside.

    locale: where the visitor's own is not offered. locales: those offered, all where empty. look, start_form, help
    (the list of ways to get help), survey (asked at the end): what the widget shows; see server.appearance.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    reopen_within_h: Annotated[float, Field(ge=0, le=24 * 365)] = 72
    bot_as_guest: bool = True
    escalate_directly: bool = False
    sites: tuple[Site, ...] = Field(default=(), max_length=100)
    locale: Locale = "en"
    locales: tuple[Literal["en", "de", "es", "fr", "ar"], ...] = Field(default=(), max_length=len(LOCALES))
    look: Look | None = None
    start_form: StartForm | None = None
    help: OnOff | None = None
    survey: OnOff | None = None

    def rules(self, words: Mapping[str, str] | None = None) -> InboxRules:
        """words: the inbox's own, as `own_words.every` finds them."""
        return InboxRules(
            words=words or {},
            reopen_within=int(self.reopen_within_h * HOUR_MS),
            bot_as_guest=self.bot_as_guest,
            escalate_directly=self.escalate_directly,
            sites=self.sites,
            locale=self.locale,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """An inbox with its settings as stored. secrets: the site's identity keys, the channel's own; never shown."""

    inbox: Inbox
    settings: Mapping[str, Any]
    secrets: Mapping[str, Any] = field(repr=False)

    @property
    def chosen(self) -> InboxSettings:
        """The settings, read; those that are not usable any more fall back to the usual."""
        return settings_from(self.settings)


@dataclass(frozen=True, slots=True)
class Bot:
    """Who answers in inboxes, and the knowledge base it answers from. settings: JSON."""

    id: str
    workspace_id: str
    knowledge_base_id: str
    name: str
    settings: Mapping[str, Any]
    live_model_id: str | None


@dataclass(frozen=True, slots=True)
class _Map:
    by_id: Mapping[str, Place]
    by_key: Mapping[str, Place]
    bots: Mapping[str, Bot]


class Places:
    """Every inbox and bot of the house, looked up without the database.

    Loaded again on `PlacesChanged`, and when another process has changed the database; in between it may be
    a moment old, which decides nothing that a transaction does not check.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._map = _Map({}, {}, {})
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Read them all; on failure what was known stays. Raises StoreError."""
        async with self._lock:
            self._map = await self._store.read(_read)

    def place(self, inbox_id: str) -> Place:
        """Raises NotFound, also for an archived inbox."""
        found = self._map.by_id.get(inbox_id)
        if found is None:
            raise NotFound("There is no such inbox.", field="inbox")
        return found

    def inbox(self, inbox_id: str) -> Inbox:
        """Raises NotFound, also for an archived inbox."""
        return self.place(inbox_id).inbox

    def by_key(self, public_key: str) -> Inbox | None:
        """The inbox that a site names by its public key."""
        found = self._map.by_key.get(public_key)
        return found.inbox if found is not None else None

    def secrets(self, inbox_id: str) -> Mapping[str, Any]:
        """What the inbox shares with its site: identity keys, the webhook's secret. Raises NotFound."""
        return self.place(inbox_id).secrets

    def bot(self, bot_id: str) -> Bot:
        """Raises NotFound."""
        found = self._map.bots.get(bot_id)
        if found is None:
            raise NotFound("There is no such bot.", field="bot_id")
        return found

    def all(self) -> list[Place]:
        return list(self._map.by_id.values())

    def bots(self) -> list[Bot]:
        """Oldest first."""
        return list(self._map.bots.values())


def settings_from(settings: Mapping[str, Any]) -> InboxSettings:
    """An inbox's settings as stored; those that are not usable any more fall back to the usual."""
    try:
        return InboxSettings.model_validate(settings)
    except ValidationError:
        log.exception("places.settings_unusable")
        return InboxSettings()


def place_from(row: tuple[Any, ...], words: Mapping[str, str] | None = None) -> Place:
    """row: of INBOXES. words: the inbox's own."""
    inbox_id, workspace_id, name, channel, public_key, bot_id, default_team_id, settings_text, secrets_text = row
    settings = orjson.loads(settings_text)
    rules = settings_from(settings).rules(words)
    inbox = Inbox(inbox_id, workspace_id, name, channel, public_key, bot_id, default_team_id, rules)
    return Place(inbox, settings, orjson.loads(secrets_text))


def bot_from(row: tuple[Any, ...]) -> Bot:
    """row: of BOTS."""
    bot_id, workspace_id, knowledge_base_id, name, settings_text, live_model_id = row
    return Bot(bot_id, workspace_id, knowledge_base_id, name, orjson.loads(settings_text), live_model_id)


def _read(tx: Tx) -> _Map:
    words = own_words.every(tx)
    places = [place_from(row, words.get(row[0])) for row in tx.all(INBOXES)]
    return _Map(
        by_id={place.inbox.id: place for place in places},
        by_key={place.inbox.public_key: place for place in places},
        bots={row[0]: bot_from(row) for row in tx.all(BOTS)},
    )
