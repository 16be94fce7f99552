"""Trainings that run beside the server: each in a process of its own, all ended with their owner."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

import structlog

from conversations.store import Store, StoreError
from intents.errors import AlreadyThere, IntentsError
from intents.model_rows import ModelState, list_models, publish
from intents.trainer import TrainingOrder, train_bot

log = structlog.get_logger(__name__)

CLOSE_S = 15.0
BEGIN_S = 20.0
_FIRST_STAGE = "reading"
"""In it a training finds out whether there is enough to learn from."""

AT_ONCE = 2


@dataclass(slots=True)
class Training:
    """How far a training is."""

    bot_id: str
    model_id: str
    stage: str = _FIRST_STAGE
    done: int = 0
    total: int = 0


class Trainings:
    """Begins trainings and owns their tasks; `close` ends them."""

    def __init__(self, store: Store, models_dir: Path) -> None:
        self._store = store
        self._models_dir = models_dir
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._now: dict[str, Training] = {}

    def of(self, model_id: str) -> Training | None:
        """The training of a version, while it runs in this process."""
        return next((one for one in self._now.values() if one.model_id == model_id), None)

    async def begin(self, order: TrainingOrder, *, publish_as: str | None = None) -> Training:
        """Begin, and return as soon as it learns. publish_as: who lets it answer once it is trained, if anybody.

        Raises AlreadyThere while the bot is being trained, or too many are; else as `train_bot` does before it runs.
        """
        if order.bot_id in self._tasks:
            raise AlreadyThere("This bot is being trained. Wait for it.", field="bot_id")
        if len(self._tasks) >= AT_ONCE:
            raise AlreadyThere("Other bots are being trained. Wait for one of them.", field="bot_id")
        training = Training(order.bot_id, "")
        runs = asyncio.Event()
        task = asyncio.create_task(self._train(order, training, runs, publish_as), name=f"training:{order.bot_id}")
        self._tasks[order.bot_id] = task
        self._now[order.bot_id] = training
        waiting = asyncio.create_task(runs.wait())
        try:
            await asyncio.wait({task, waiting}, timeout=BEGIN_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if task.done() and (error := task.exception()) is not None:
            raise error
        training.model_id = await self._store.read(lambda tx: list_models(tx, order.bot_id, limit=1)[0].id)
        return training

    async def close(self) -> None:
        """Cancel what runs; its processes end, and its versions are marked as failed."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)

    async def _train(
        self, order: TrainingOrder, training: Training, runs: asyncio.Event, publish_as: str | None
    ) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            training.stage, training.done, training.total = stage, done, total
            if stage != _FIRST_STAGE:
                runs.set()

        try:
            model = await train_bot(self._store, self._models_dir, order, progress=progress)
            if publish_as is not None and model.state is ModelState.READY:
                await self._store.write(publish, model.id, by=publish_as)
            log.info("training.done", bot_id=order.bot_id, model_id=model.id, published=publish_as is not None)
        except (IntentsError, StoreError) as error:
            log.warning("training.failed", bot_id=order.bot_id, error=str(error))
            if not runs.is_set():
                raise
        except Exception:
            log.exception("training.crashed", bot_id=order.bot_id)
            if not runs.is_set():
                raise
        finally:
            with contextlib.suppress(KeyError):
                del self._tasks[order.bot_id], self._now[order.bot_id]
