"""The recognizers that answer now: one for each bot, made of its published model and its articles.

`load` looks at what the database says and makes anew only what changed; the new recognizer takes the old one's place in
one assignment, so a chat meets the one or the other, whole.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from conversations.store import Store, Tx
from intents.batching import Understander
from intents.errors import ModelFileInvalid
from intents.knowledge import KnowledgeIndex
from intents.knowledge_rows import ArticlesState, articles_state, read_articles
from intents.model import Model
from intents.model_file import load_model
from intents.model_rows import LiveModel, live_models
from intents.recognizer import Recognizer
from intents.understanding import Understanding

log = structlog.get_logger(__name__)

NOTHING = Recognizer()
"""What a bot without model and articles understands: nothing."""


@dataclass(frozen=True, slots=True)
class _Bot:
    """What a bot's recognizer was made of. trouble: why its published model is not the one that answers."""

    live: LiveModel
    articles: ArticlesState
    recognizer: Recognizer
    trouble: str | None = None


class Recognizers:
    """Understands texts for every bot of a database. `load` it first and after each change; `close` it at the end.

    models_dir: where the folders of trained models lie.
    """

    def __init__(self, store: Store, models_dir: Path) -> None:
        self._store = store
        self._models_dir = models_dir
        self._bots: Mapping[str, _Bot] = {}
        self._understander = Understander()
        self._loading = asyncio.Lock()

    async def understand(self, bot_id: str, text: str, locale: str | None = None) -> Understanding:
        """What the bot makes of a text, by its live model and its articles.

        A bot that is not known yet is looked up once. Raises UnderstandingOverloaded, StoreError.
        """
        if bot_id not in self._bots:
            await self.load()
        return await self._understander.understand(self.recognizer(bot_id), text, locale)

    def recognizer(self, bot_id: str) -> Recognizer:
        """The recognizer that answers for a bot now; one that understands nothing for a bot that is not there."""
        bot = self._bots.get(bot_id)
        return bot.recognizer if bot is not None else NOTHING

    def trouble(self) -> dict[str, str]:
        """What keeps a published model from answering, under `model`; empty when all is well."""
        troubles = [bot.trouble for bot in self._bots.values() if bot.trouble is not None]
        return {"model": " ".join(troubles)} if troubles else {}

    async def load(self) -> None:
        """Take up what changed since: models published, articles edited, bots made and archived.

        A model that cannot be read leaves the one before it in place, and is a trouble. Raises StoreError.
        """
        async with self._loading:
            found = await self._store.read(_state)
            bots: dict[str, _Bot] = {}
            for bot_id, (live, articles) in found.items():
                bots[bot_id] = await self._renewed(self._bots.get(bot_id), live, articles)
            self._bots = bots

    async def close(self) -> None:
        await self._understander.close()

    async def _renewed(self, bot: _Bot | None, live: LiveModel, articles: ArticlesState) -> _Bot:
        if bot is not None and bot.live == live and bot.articles == articles and bot.trouble is None:
            return bot
        old = bot.recognizer if bot is not None else NOTHING
        knowledge = old.knowledge
        if bot is None or bot.articles != articles:
            rows = await self._store.read(read_articles, articles.knowledge_base_id)
            knowledge = await asyncio.to_thread(KnowledgeIndex.build, rows) if rows else None
        model, trouble = old.model, None
        if bot is None or bot.live != live or bot.trouble is not None:
            model, trouble = await self._model(live, old.model)
        if model is old.model and knowledge is old.knowledge and bot is not None:
            return _Bot(live, articles, old, trouble)
        recognizer = await asyncio.to_thread(Recognizer, model, knowledge, old.settings)
        log.info(
            "recognizer_loaded",
            bot_id=live.bot_id,
            model_version=model.version if model else None,
            articles=len(knowledge.articles) if knowledge else 0,
        )
        return _Bot(live, articles, recognizer, trouble)

    async def _model(self, live: LiveModel, before: Model | None) -> tuple[Model | None, str | None]:
        """The published model, or the one before it and why."""
        if live.folder is None:
            return None, None
        try:
            model = await asyncio.to_thread(load_model, self._models_dir / live.folder)
        except ModelFileInvalid as error:
            log.error("model_not_loaded", bot_id=live.bot_id, model_version=live.version, error=str(error))
            return (
                before,
                f"Model {live.version} of bot {live.bot_id} cannot be read ({error}). Train and publish again.",
            )
        return replace(model, version=live.version), None


def _state(tx: Tx) -> dict[str, tuple[LiveModel, ArticlesState]]:
    states: dict[str, ArticlesState] = {}
    found: dict[str, tuple[LiveModel, ArticlesState]] = {}
    for live in live_models(tx):
        if live.knowledge_base_id not in states:
            states[live.knowledge_base_id] = articles_state(tx, live.knowledge_base_id)
        found[live.bot_id] = live, states[live.knowledge_base_id]
    return found
