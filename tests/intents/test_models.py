"""Versions of a model: trained in a process of their own, published, rolled back, and answering at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intents import knowledge_rows, model_rows
from intents.errors import AlreadyThere, NotThere, NotUsable, TooFewExamples, TrainingFailed
from intents.intent_rows import IntentBatch, take_batch
from intents.live import Recognizers
from intents.model import Model
from intents.model_file import save_model
from intents.model_rows import ModelState, ModelVersion, begin_training, end_training, publish, roll_back
from intents.sources import ArticleRow
from intents.trainer import TrainingOrder, run_training, train_bot
from intents.understanding import CandidateKind, Decision, Example, Reason
from tests.intents.conftest import said
from tests.intents.house import KnowingHouse


@pytest.fixture
async def recognizers(house: KnowingHouse, tmp_path: Path) -> AsyncIterator[Recognizers]:
    one = Recognizers(house.store, tmp_path / "models")
    await one.load()
    yield one
    await one.close()


async def teach(house: KnowingHouse) -> None:
    by_intent: dict[str, list[str]] = {}
    for example in said():
        by_intent.setdefault(example.intent, []).append(example.text)
    taken = [IntentBatch(house.bot_id, name, tuple(texts)) for name, texts in by_intent.items()]
    await house.store.bulk(take_batch, taken)


async def a_version(house: KnowingHouse, models_dir: Path, model: Model) -> ModelVersion:
    """A version whose training was done already."""
    made = await house.store.write(begin_training, house.bot_id, data_hash="x", settings={}, by=None)
    await asyncio.to_thread(save_model, model, models_dir / made.folder)
    return await house.store.write(end_training, made.id, ModelState.READY, {"cross_validated_accuracy": 0.9})


async def test_a_bot_is_trained_published_and_answers(
    house: KnowingHouse, recognizers: Recognizers, tmp_path: Path
) -> None:
    """From examples in the database to an answer, with progress on the way."""
    await teach(house)
    assert (await recognizers.understand(house.bot_id, "where is my order")).reason is Reason.NO_KNOWLEDGE
    told: list[int] = []
    version = await train_bot(
        house.store,
        tmp_path / "models",
        TrainingOrder(house.bot_id, made_by="agt_1"),
        progress=lambda stage, done, total: told.append(done),
    )
    assert told == sorted(told)
    assert len(told) > 3
    assert (version.number, version.version, version.state) == (1, "v1", ModelState.READY)
    assert (version.made_by, version.published_at) == ("agt_1", None)
    assert version.figures["n_examples"] == 50
    await recognizers.load()
    assert (await recognizers.understand(house.bot_id, "where is my order")).reason is Reason.NO_KNOWLEDGE
    await house.store.write(publish, version.id, by="agt_1")
    await recognizers.load()
    made = await recognizers.understand(house.bot_id, "where is my order")
    assert (made.decision, made.intent, made.model_version) == (Decision.ANSWER, "order_status", "v1")
    assert recognizers.trouble() == {}
    assert await house.changed() == [house.bot_id]
    assert ("model_published", {"bot_id": house.bot_id, "model_id": version.id, "number": 1}) in await house.facts()


async def test_too_few_examples_end_a_training_by_name(house: KnowingHouse, tmp_path: Path) -> None:
    """The intent that is short is named, and the version says why it failed."""
    batch = [IntentBatch(house.bot_id, "lonely", ("just this",)), IntentBatch(house.bot_id, "b", ("x y", "y z"))]
    await house.store.bulk(take_batch, batch)
    with pytest.raises(TooFewExamples) as caught:
        await train_bot(house.store, tmp_path / "models", TrainingOrder(house.bot_id))
    assert (caught.value.intent, caught.value.have) == ("lonely", 1)
    (failed,) = await house.store.read(model_rows.list_models, house.bot_id)
    assert failed.state is ModelState.FAILED
    assert "lonely" in str(failed.figures["error"])
    with pytest.raises(NotUsable):
        await house.store.write(publish, failed.id, by="agt_1")


async def test_a_training_can_be_cancelled(house: KnowingHouse, tmp_path: Path) -> None:
    """The process ends, nothing is left in the folder, and another training may begin."""
    await teach(house)
    begun = asyncio.Event()
    training = asyncio.create_task(
        train_bot(
            house.store,
            tmp_path / "models",
            TrainingOrder(house.bot_id),
            progress=lambda stage, done, total: begun.set(),
        )
    )
    await asyncio.wait_for(begun.wait(), 60)
    with pytest.raises(AlreadyThere):
        await train_bot(house.store, tmp_path / "models", TrainingOrder(house.bot_id))
    training.cancel()
    with pytest.raises(asyncio.CancelledError):
        await training
    (version,) = await house.store.read(model_rows.list_models, house.bot_id)
    assert (version.state, version.figures) == (ModelState.FAILED, {"error": "cancelled"})
    assert list((tmp_path / "models").iterdir()) == []
    again = await house.store.write(begin_training, house.bot_id, data_hash="x", settings={}, by=None)
    assert again.number == 2


async def test_a_process_that_dies_says_what_it_last_said(tmp_path: Path) -> None:
    """A model that cannot be written is a failed training, not silence."""
    (tmp_path / "mdl").mkdir()
    with pytest.raises(TrainingFailed, match="could not be written"):
        await run_training(said(), tmp_path / "mdl")
    with pytest.raises(TrainingFailed, match="ended with code 1"):
        await run_training([Example(text=5, intent="a")], tmp_path / "other")  # type: ignore[arg-type]


async def test_publish_and_roll_back(
    house: KnowingHouse, recognizers: Recognizers, tmp_path: Path, model: Model
) -> None:
    """The version before answers again; before the first there is none."""
    first = await a_version(house, tmp_path / "models", model)
    second = await a_version(house, tmp_path / "models", model)
    third = await a_version(house, tmp_path / "models", model)
    for version in (first, third):
        await house.store.write(publish, version.id, by="agt_1")
    await recognizers.load()
    assert (await recognizers.understand(house.bot_id, "invoice")).model_version == "v3"
    back = await house.store.write(roll_back, house.bot_id, by="agt_2")
    assert (back.id, back.published_by) == (first.id, "agt_2")
    assert second.number == 2
    await recognizers.load()
    assert (await recognizers.understand(house.bot_id, "invoice")).model_version == "v1"
    with pytest.raises(NotThere):
        await house.store.write(roll_back, house.bot_id, by="agt_2")
    listed = await house.store.read(model_rows.list_models, house.bot_id)
    assert [one.number for one in listed] == [3, 2, 1]


async def test_a_damaged_model_leaves_the_one_before_in_place(
    house: KnowingHouse, recognizers: Recognizers, tmp_path: Path, model: Model
) -> None:
    """It is a trouble that readiness shows; chats are answered as before, and a repaired file ends it."""
    good, bad = [await a_version(house, tmp_path / "models", model) for _ in range(2)]
    weights = tmp_path / "models" / bad.folder / "weights.bin"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-10])
    for version in (good, bad):
        await house.store.write(publish, version.id, by="agt_1")
        await recognizers.load()
    assert (await recognizers.understand(house.bot_id, "invoice")).model_version == "v1"
    assert "weights.bin" in recognizers.trouble()["model"]
    weights.write_bytes(whole)
    await recognizers.load()
    assert recognizers.trouble() == {}
    assert (await recognizers.understand(house.bot_id, "invoice")).model_version == "v2"


async def test_an_article_answers_as_soon_as_it_is_loaded(house: KnowingHouse, recognizers: Recognizers) -> None:
    """An edit takes the old index's place; what did not change is not built again."""
    row = ArticleRow("When are you open?", "From nine to five.")
    article = await house.store.write(knowledge_rows.create_article, house.base_id, row, by="agt_1")
    await recognizers.load()
    before = recognizers.recognizer(house.bot_id)
    made = await recognizers.understand(house.bot_id, "when do you open")
    assert (made.candidates[0].kind, made.candidates[0].key) == (CandidateKind.ARTICLE, article.id)
    await recognizers.load()
    assert recognizers.recognizer(house.bot_id) is before
    await house.store.write(knowledge_rows.archive_article, article.id, by="agt_1")
    await recognizers.load()
    assert (await recognizers.understand(house.bot_id, "when do you open")).article is None


async def test_models_change_while_chats_run(
    house: KnowingHouse, recognizers: Recognizers, tmp_path: Path, model: Model
) -> None:
    """Publishing and rolling back under load: every text is understood, by one version or the other."""
    versions = [await a_version(house, tmp_path / "models", model) for _ in range(2)]
    await house.store.write(publish, versions[0].id, by="agt_1")
    await recognizers.load()
    done = asyncio.Event()
    seen: list[str | None] = []

    async def chat() -> None:
        while not done.is_set():
            made = await recognizers.understand(house.bot_id, "where is my order")
            assert made.intent == "order_status"
            seen.append(made.model_version)

    chats = [asyncio.create_task(chat()) for _ in range(10)]
    for _ in range(3):
        await house.store.write(publish, versions[1].id, by="agt_1")
        await recognizers.load()
        await house.store.write(roll_back, house.bot_id, by="agt_1")
        await recognizers.load()
    done.set()
    await asyncio.gather(*chats)
    assert set(seen) == {"v1", "v2"}


async def test_an_unknown_bot_knows_nothing(recognizers: Recognizers) -> None:
    """A bot that is not there is asked in vain, not in error."""
    assert (await recognizers.understand("bot_x", "where is my order")).reason is Reason.NO_KNOWLEDGE
