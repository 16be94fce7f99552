"""What HTTP needs of the house."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.topics import TopicBook
from channels.base import Channel
from conversations.model import Conversation
from conversations.store import Store
from handoff.sessions import Passwords
from intents.recognizer import Recognizer
from intents.understanding import Understanding
from server.auth.attempts import Attempts
from server.errands import Errands
from server.files import Files
from server.mail import Mailer
from server.metrics import Metrics
from server.places import Places
from server.settings import Settings, derived_key, secret_key
from server.shapes import Faces, Json
from server.trainings import Trainings
from server.uploads import Uploads

PlaceInLine = Callable[[Conversation], Awaitable[Json | None]]
"""Where a waiting conversation stands: {position, wait_s}, or None."""

Trouble = Callable[[], Awaitable[dict[str, str]]]
"""What keeps the house from serving: by part, why; empty when it is ready."""


class Understands(Protocol):
    """What a bot makes of a text, without acting on it. Raises IntentsError."""

    async def understand(self, bot_id: str, text: str, locale: str | None) -> Understanding: ...

    def recognizer(self, bot_id: str) -> Recognizer:
        """What answers for a bot now."""
        ...


def _per_address() -> Attempts:
    return Attempts(30, 300)


def _per_email() -> Attempts:
    return Attempts(10, 300)


def _links() -> Attempts:
    return Attempts(30, 300)


def _forgotten() -> Attempts:
    return Attempts(5, 900)


def _mails_tried() -> Attempts:
    return Attempts(20, 300)


def _pages_read() -> Attempts:
    return Attempts(30, 60)


def _uploads() -> Attempts:
    return Attempts(60, 60)


def _transcripts_mailed() -> Attempts:
    return Attempts(5, 3_600)


def _transcripts_mailed_widely() -> Attempts:
    return Attempts(60, 3_600)


def _strange_hooks() -> Attempts:
    return Attempts(600, 60)


def _large_hooks() -> asyncio.Semaphore:
    return asyncio.Semaphore(8)


def _few() -> asyncio.Semaphore:
    return asyncio.Semaphore(4)


def _one_at_a_time() -> asyncio.Semaphore:
    return asyncio.Semaphore(1)


@dataclass(slots=True)
class HttpDesk:
    """Every part that a route may use."""

    settings: Settings
    store: Store
    places: Places
    faces: Faces
    place_in_line: PlaceInLine
    files: Files
    metrics: Metrics
    passwords: Passwords
    understands: Understands
    trouble: Trouble
    channels: Mapping[str, Channel]
    logins_per_address: Attempts = field(default_factory=_per_address)
    logins_per_email: Attempts = field(default_factory=_per_email)
    links_per_address: Attempts = field(default_factory=_links)
    forgotten_per_address: Attempts = field(default_factory=_per_address)
    forgotten_per_email: Attempts = field(default_factory=_forgotten)
    mails_tried: Attempts = field(default_factory=_mails_tried)
    pages_read: Attempts = field(default_factory=_pages_read)
    errands: Errands = field(default_factory=Errands)
    uploads_per_address: Attempts = field(default_factory=_uploads)
    transcripts_mailed: Attempts = field(default_factory=_transcripts_mailed)
    transcripts_mailed_widely: Attempts = field(default_factory=_transcripts_mailed_widely)
    uploads: Uploads = field(default_factory=Uploads)
    strange_hooks_per_address: Attempts = field(default_factory=_strange_hooks)
    large_hooks: asyncio.Semaphore = field(default_factory=_large_hooks)
    evaluating: asyncio.Semaphore = field(default_factory=_one_at_a_time)
    importing: asyncio.Semaphore = field(default_factory=_one_at_a_time)
    comparing: asyncio.Semaphore = field(default_factory=_one_at_a_time)
    article_images: asyncio.Semaphore = field(default_factory=_few)
    topics: TopicBook = field(init=False)
    trainings: Trainings = field(init=False)
    mailer: Mailer = field(init=False)

    def __post_init__(self) -> None:
        self.topics = TopicBook(self.store)
        self.trainings = Trainings(self.store, self.settings.models_dir)
        self.mailer = Mailer(self.store, derived_key(secret_key(self.settings), "mail"))

    async def close(self) -> None:
        """End what was begun by requests and outlives them."""
        await self.errands.close()
        await self.trainings.close()
