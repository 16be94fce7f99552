"""Model versions: train one, measure the one that answers, publish, go back."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from conversations.errors import Invalid
from conversations.store import Tx
from conversations.words import storable
from handoff.agents import Agent
from intents import model_rows
from intents.evaluation import labelled_text
from intents.evaluation import report as report_of
from intents.intent_rows import intent_ids
from intents.model_rows import ModelVersion
from intents.recognizer import Recognizer
from intents.sources import MAX_NAME_CHARS
from intents.trainer import TrainingOrder
from server.http.answers import Reply
from server.http.call import Acting, Call
from server.http.fields import Body, Id, Shape
from server.http.owned import own_bot, own_model
from server.http.pages import Paging, after_of, next_after
from server.http.routes import API, Routes
from server.shapes import Json, iso
from server.trainings import Training

routes = Routes("models")

STEPS = {
    "reading": "The examples are being read.",
    "learning": "The bot learns, and is tried on examples that it has not seen.",
    "done": "The version is being written.",
}
ROWS_LIMIT = 5_000
ROW_TEXT_LIMIT = 2_000


class ProgressShape(Shape):
    """step: `reading`, `learning` or `done`, with a sentence. share: how much of it is done, in [0, 1]."""

    step: str
    share: float
    message: str
    stage: str
    done: int
    total: int


class ModelShape(Shape):
    """state: `training`, `ready`, `failed`. live: it answers now.

    figures: `{error}` of a training that failed; else of cross-validation `accuracy`, `calibration_error`,
    `n_examples`, `size_bytes` and `weakest_intents: [{intent, intent_id, n, accuracy, confused_with}]`.
    """

    id: str
    bot_id: str
    number: int
    version: str
    state: str
    live: bool
    figures: dict[str, Any]
    made_by: str | None
    published_by: str | None
    created_at: str
    published_at: str | None
    progress: ProgressShape | None = None


class ModelsPage(Shape):
    models: list[ModelShape]
    cursor: str | None


class EvaluationShape(Shape):
    """See `frontdesk evaluate`."""

    n: int
    accuracy: float
    macro_f1: float
    expected_calibration_error: float
    coverage_curve: list[dict[str, Any]]
    confusions: list[dict[str, Any]]
    out_of_scope: dict[str, Any]
    model_version: str | None


class ModelsQuery(Paging):
    """bot_id: whose; without it the workspace's first bot's."""

    bot_id: Id | None = None


class TrainBody(Body):
    """publish: let it answer as soon as it is trained."""

    bot_id: Id | None = None
    publish: bool = False


class LabelledRow(Body):
    """label: the intent's name; empty, `oos` or `out_of_scope` for a text that the bot should not know."""

    text: Annotated[str, StringConstraints(max_length=ROW_TEXT_LIMIT), AfterValidator(storable)]
    label: Annotated[str, StringConstraints(max_length=MAX_NAME_CHARS), AfterValidator(storable)] = ""


class EvaluateBody(Body):
    bot_id: Id | None = None
    rows: Annotated[tuple[LabelledRow, ...], Field(min_length=1, max_length=ROWS_LIMIT)]


class RollBackBody(Body):
    bot_id: Id | None = None


def model_shape(model: ModelVersion, live_id: str | None, training: Training | None = None) -> Json:
    shape: Json = {
        "id": model.id,
        "bot_id": model.bot_id,
        "number": model.number,
        "version": model.version,
        "state": str(model.state),
        "live": model.id == live_id,
        "figures": _figures_shape(model),
        "made_by": model.made_by,
        "published_by": model.published_by,
        "created_at": iso(model.created_at),
        "published_at": iso(model.published_at),
    }
    if training is not None and training.model_id == model.id:
        shape["progress"] = _progress_shape(training)
    return shape


def _figures_shape(model: ModelVersion) -> Json:
    figures = dict(model.figures)
    for name in ("accuracy", "calibration_error"):
        if f"cross_validated_{name}" in figures:
            figures[name] = figures[f"cross_validated_{name}"]
    return figures


def _progress_shape(training: Training) -> Json:
    share = min(training.done / training.total, 1.0) if training.total else 0.0
    return {
        "step": training.stage,
        "share": round(share, 4),
        "message": STEPS.get(training.stage, training.stage),
        "stage": training.stage,
        "done": training.done,
        "total": training.total,
    }


@routes.get("/models", access="agent", answer=ModelsPage)
async def list_models(call: Call, query: ModelsQuery) -> Reply:
    """The versions of a bot's model, newest first."""
    return Reply(await call.read(_list, call.agent, query))


def _list(tx: Tx, agent: Agent, query: ModelsQuery) -> Json:
    bot_id, _ = own_bot(tx, agent.workspace_id, query.bot_id)
    after = after_of(query)
    if after and not after.isdecimal():
        raise Invalid("This cursor is not one of ours. Begin again without it.", field="cursor")
    found = model_rows.list_models(tx, bot_id, before=int(after[:18]) if after else None, limit=query.limit)
    live = model_rows.live_version(tx, bot_id)
    cursor = next_after(str(found[-1].number) if len(found) == query.limit else None)
    return {"models": [model_shape(model, live.id if live else None) for model in found], "cursor": cursor}


@routes.post("/models", access="models.manage", answer=ModelShape, status=202)
async def train(call: Call, body: TrainBody) -> Reply:
    """Begin to train a version from what the database holds, in a process of its own; look at it to see how far it is.

    The Idempotency-Key is not needed here: while a bot is being trained another training of it is a `conflict`.
    """
    bot_id, _ = await call.read(own_bot, call.agent.workspace_id, body.bot_id)
    order = TrainingOrder(bot_id, made_by=call.agent.id)
    training = await call.desk.trainings.begin(order, publish_as=call.agent.author.actor if body.publish else None)
    shape = await call.read(_one, call.agent.workspace_id, training.model_id, training)
    return Reply(shape, 202, {"Location": f"{API}/models/{training.model_id}"})


@routes.get("/models/{model_id}", access="agent", answer=ModelShape)
async def show_model(call: Call) -> Reply:
    """One version; while it is being trained, how far it is."""
    model_id = call.path("model_id")
    return Reply(await call.read(_one, call.agent.workspace_id, model_id, call.desk.trainings.of(model_id)))


@routes.post("/models/{model_id}/publish", access="models.manage", answer=ModelShape)
async def publish(call: Call) -> Reply:
    """Let a version answer from now on."""
    return await call.write(_publish, call.path("model_id"))


def _publish(tx: Tx, by: Acting, model_id: str) -> Json:
    own_model(tx, by.workspace_id, model_id)
    model = model_rows.publish(tx, model_id, by=by.agent.author.actor)
    return model_shape(model, model.id)


@routes.post("/models/roll_back", access="models.manage", answer=ModelShape)
async def roll_back(call: Call, body: RollBackBody) -> Reply:
    """Let the version that answered before answer again."""
    return await call.write(_roll_back, body)


def _roll_back(tx: Tx, by: Acting, body: RollBackBody) -> Json:
    bot_id, _ = own_bot(tx, by.workspace_id, body.bot_id)
    model = model_rows.roll_back(tx, bot_id, by=by.agent.author.actor)
    return model_shape(model, model.id)


@routes.post("/models/evaluate", access="models.manage", answer=EvaluationShape, body_limit_bytes=12 * 1024 * 1024)
async def evaluate(call: Call, body: EvaluateBody) -> Reply:
    """Measure the version that answers on labelled texts, at most 5,000."""
    bot_id, _ = await call.read(own_bot, call.agent.workspace_id, body.bot_id)
    async with call.desk.evaluating:
        return Reply(await asyncio.to_thread(_figures, call.desk.understands.recognizer(bot_id), body))


def _figures(recognizer: Recognizer, body: EvaluateBody) -> Json:
    rows = [labelled_text(row.text, row.label) for row in body.rows]
    figures = asdict(report_of([(row, recognizer.understand(row.text)) for row in rows]))
    return {**figures, "model_version": recognizer.model.version if recognizer.model is not None else None}


def _one(tx: Tx, workspace_id: str, model_id: str, training: Training | None) -> Json:
    model = model_rows.get_model(tx, own_model(tx, workspace_id, model_id))
    live = model_rows.live_version(tx, model.bot_id)
    shape = model_shape(model, live.id if live else None, training)
    weak = shape["figures"].get("weakest_intents")
    if weak:
        ids = intent_ids(tx, model.bot_id, [one["intent"] for one in weak])
        shape["figures"]["weakest_intents"] = [{**one, "intent_id": ids.get(one["intent"])} for one in weak]
    return shape
