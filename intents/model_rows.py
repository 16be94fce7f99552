"""Model versions, as rows: what was trained from what, which one answers, and how to go back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

import orjson
from sqlalchemy import func, insert, select, update

from conversations.facts import record
from conversations.store import Tx
from conversations.store.tables import bots, models
from intents.changes import bot_changed
from intents.errors import AlreadyThere, NotThere, NotUsable

TRAINING_LIMIT_MS = 3_600_000
"""A training that has said nothing for so long was ended from outside; another may begin."""

MAX_PAGE = 200


class ModelState(StrEnum):
    TRAINING = "training"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LiveModel:
    """A bot, and the model that answers for it; folder and version are None where none was published."""

    bot_id: str
    knowledge_base_id: str
    folder: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a bot's model, `number` 1, 2, 3.

    folder: its name below the models folder. figures: of cross-validation; {"error": ...} of a training that failed.
    published_at: when it last was made the one that answers.
    """

    id: str
    bot_id: str
    number: int
    state: ModelState
    folder: str
    data_hash: str
    settings: Mapping[str, object]
    figures: Mapping[str, object]
    made_by: str | None
    published_by: str | None
    created_at: int
    published_at: int | None

    @property
    def version(self) -> str:
        """What an understanding names its model by."""
        return version_name(self.number)


_COLUMNS = tuple(models.c[field.name] for field in fields(ModelVersion))


def version_name(number: int) -> str:
    return f"v{number}"


def live_models(tx: Tx) -> list[LiveModel]:
    """Every bot in use and its published model."""
    rows = tx.all(
        select(bots.c.id, bots.c.knowledge_base_id, models.c.folder, models.c.number)
        .select_from(bots.outerjoin(models, models.c.id == bots.c.live_model_id))
        .where(bots.c.archived_at.is_(None))
    )
    return [
        LiveModel(bot_id, base_id, folder, version_name(number) if number is not None else None)
        for bot_id, base_id, folder, number in rows
    ]


def begin_training(
    tx: Tx, bot_id: str, *, data_hash: str, settings: Mapping[str, object], by: str | None
) -> ModelVersion:
    """A new version in the state `training`. Raises NotThere for the bot, AlreadyThere while another is trained."""
    # the lock that makes the next number ours; it changes nothing
    if not tx.run(update(bots).where(bots.c.id == bot_id).values(name=bots.c.name)):
        raise NotThere("There is no such bot.", field="bot_id")
    mine = models.c.bot_id == bot_id
    busy = tx.one(
        select(models.c.number).where(
            mine, models.c.state == ModelState.TRAINING, models.c.created_at > tx.now - TRAINING_LIMIT_MS
        )
    )
    if busy is not None:
        raise AlreadyThere(
            f"Version {busy[0]} of this bot is being trained. Wait for it, or cancel it.", field="bot_id"
        )
    last = tx.one(select(func.max(models.c.number)).where(mine))
    number = ((last[0] if last is not None else None) or 0) + 1
    model_id = tx.new_id("mdl")
    tx.run(
        insert(models).values(
            id=model_id,
            bot_id=bot_id,
            number=number,
            state=ModelState.TRAINING,
            folder=model_id,
            data_hash=data_hash,
            settings=orjson.dumps(settings).decode(),
            figures="{}",
            made_by=by,
            created_at=tx.now,
        )
    )
    return get_model(tx, model_id)


def end_training(tx: Tx, model_id: str, state: ModelState, figures: Mapping[str, object]) -> ModelVersion:
    """Write down how a training ended. Raises NotThere."""
    changed = tx.run(
        update(models)
        .where(models.c.id == model_id, models.c.state == ModelState.TRAINING)
        .values(state=state, figures=orjson.dumps(figures).decode())
    )
    if not changed:
        raise NotThere("There is no such training.", field="model_id")
    return get_model(tx, model_id)


def publish(tx: Tx, model_id: str, *, by: str) -> ModelVersion:
    """Let this version answer from now on. Raises NotThere, NotUsable where it was not trained to its end."""
    model = get_model(tx, model_id)
    if model.state is not ModelState.READY:
        raise NotUsable(
            f"Version {model.number} is {model.state}; only a trained one can be published.", field="model_id"
        )
    tx.run(update(bots).where(bots.c.id == model.bot_id).values(live_model_id=model_id))
    tx.run(update(models).where(models.c.id == model_id).values(published_at=tx.now, published_by=by))
    record(tx, "model_published", by, {"bot_id": model.bot_id, "model_id": model_id, "number": model.number})
    bot_changed(tx, model.bot_id, by, {"model_id": model_id, "change": "published"})
    return get_model(tx, model_id)


def roll_back(tx: Tx, bot_id: str, *, by: str) -> ModelVersion:
    """Let the version that answered before answer again: the newest published one older than the live one.

    Raises NotThere where there is none.
    """
    live = live_version(tx, bot_id)
    if live is not None:
        before = tx.one(
            select(models.c.id)
            .where(
                models.c.bot_id == bot_id,
                models.c.state == ModelState.READY,
                models.c.published_at.is_not(None),
                models.c.number < live.number,
            )
            .order_by(models.c.number.desc())
        )
        if before is not None:
            return publish(tx, before[0], by=by)
    raise NotThere("No version was published before this one.", field="bot_id")


def live_version(tx: Tx, bot_id: str) -> ModelVersion | None:
    """The version that answers for a bot now."""
    row = tx.one(select(*_COLUMNS).join(bots, bots.c.live_model_id == models.c.id).where(bots.c.id == bot_id))
    return _model(row) if row is not None else None


def get_model(tx: Tx, model_id: str) -> ModelVersion:
    """Raises NotThere."""
    row = tx.one(select(*_COLUMNS).where(models.c.id == model_id))
    if row is None:
        raise NotThere("There is no such model.", field="model_id")
    return _model(row)


def list_models(tx: Tx, bot_id: str, *, before: int | None = None, limit: int = MAX_PAGE) -> list[ModelVersion]:
    """A bot's versions, the newest first; with `before`, those of lower numbers."""
    chosen = select(*_COLUMNS).where(models.c.bot_id == bot_id)
    if before is not None:
        chosen = chosen.where(models.c.number < before)
    return [_model(row) for row in tx.all(chosen.order_by(models.c.number.desc()).limit(min(limit, MAX_PAGE)))]


def _model(row: tuple[object, ...]) -> ModelVersion:
    values = dict(zip((field.name for field in fields(ModelVersion)), row, strict=True))
    values["state"] = ModelState(str(values["state"]))
    values["settings"] = orjson.loads(str(values["settings"]))
    values["figures"] = orjson.loads(str(values["figures"]))
    return ModelVersion(**values)  # type: ignore[arg-type]
