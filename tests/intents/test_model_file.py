"""A model's folder: written whole, read with distrust."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from intents.classifier import Classifier
from intents.errors import ModelFileInvalid
from intents.model import Model
from intents.model_file import load_model, save_model

Json = dict[str, Any]


@pytest.fixture
def folder(model: Model, tmp_path: Path) -> Path:
    return save_model(replace(model, version="v7"), tmp_path / "mdl_1").folder


def manifest_of(folder: Path) -> Json:
    found: Json = orjson.loads((folder / "manifest.json").read_bytes())
    return found


def rewrite(folder: Path, change: Callable[[Json], None]) -> None:
    manifest = manifest_of(folder)
    change(manifest)
    (folder / "manifest.json").write_bytes(orjson.dumps(manifest))


def put(folder: Path, name: str, data: bytes) -> None:
    """Another content under a manifest that vouches for it: damage is found by hash, malice by sense."""
    (folder / name).write_bytes(data)
    rewrite(folder, lambda m: m["files"][name].update(size_bytes=len(data), sha256=sha256(data).hexdigest()))


def test_what_was_saved_is_loaded(model: Model, folder: Path) -> None:
    """Every number and name comes back, and every text scores the same."""
    loaded = load_model(folder)
    assert loaded.version == "v7"
    assert loaded.intents == model.intents
    assert loaded.vocabulary == model.vocabulary or loaded.vocabulary.words == model.vocabulary.words
    assert loaded.scope == model.scope
    assert loaded.provenance == model.provenance
    for name in ("idf", "weights", "bias", "presence"):
        assert np.array_equal(getattr(loaded, name), getattr(model, name)), name
    for text in ("where is my order", "reset", "", "invoice please"):
        assert np.array_equal(Classifier(loaded).scores(text).decisions, Classifier(model).scores(text).decisions)


def test_only_whole_models_are_seen(folder: Path) -> None:
    """Nothing of the writing is left beside the folder."""
    assert [path.name for path in folder.parent.iterdir()] == ["mdl_1"]
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "vocabulary.json", "idf.bin", "weights.bin", "bias.bin", "presence.bin",
    }  # fmt: skip


def test_a_model_is_never_written_over(model: Model, folder: Path) -> None:
    """A version stays what it was."""
    before = manifest_of(folder)
    with pytest.raises(FileExistsError):
        save_model(model, folder)
    assert manifest_of(folder) == before


def test_a_failed_writing_leaves_nothing(model: Model, tmp_path: Path) -> None:
    """Where the model cannot be written, no half of it stays."""
    parent = tmp_path / "file"
    parent.write_text("not a folder")
    with pytest.raises(OSError):  # noqa: PT011
        save_model(model, parent / "mdl")
    assert parent.read_text() == "not a folder"


@pytest.mark.parametrize(
    "name", ["manifest.json", "vocabulary.json", "weights.bin", "idf.bin", "bias.bin", "presence.bin"]
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """Whoever repairs it learns which file to look for."""
    (folder / name).unlink()
    with pytest.raises(ModelFileInvalid, match="cannot be read") as caught:
        load_model(folder)
    assert caught.value.file == name


@pytest.mark.parametrize("name", ["vocabulary.json", "weights.bin", "idf.bin", "bias.bin", "presence.bin"])
def test_damage_is_found(folder: Path, name: str) -> None:
    """One flipped bit, or a file cut short, is not served."""
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelFileInvalid, match="damaged") as caught:
        load_model(folder)
    assert caught.value.file == name
    (folder / name).write_bytes(bytes(data)[:-3])
    with pytest.raises(ModelFileInvalid, match="bytes"):
        load_model(folder)


def test_a_longer_file_is_refused(folder: Path) -> None:
    """Bytes beyond what the manifest says are not read."""
    with (folder / "weights.bin").open("ab") as file:
        file.write(b"x" * 1_000_000)
    with pytest.raises(ModelFileInvalid, match="weights"):
        load_model(folder)


@pytest.mark.parametrize("format_", [0, 2, "1", None])
def test_another_format_says_what_to_do(folder: Path, format_: object) -> None:
    """A model of another Frontdesk is trained again, not guessed at."""
    rewrite(folder, lambda m: m.update(format=format_))
    with pytest.raises(ModelFileInvalid, match="Train the bot again"):
        load_model(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(intents=[]),
        lambda m: m.update(intents=m["intents"] + m["intents"][:1]),
        lambda m: m.update(intents=m["intents"] + ["one_more"]),
        lambda m: m.update(intents="order_status"),
        lambda m: m.update(temperature=0),
        lambda m: m.update(temperature="hot"),
        lambda m: m.update(scope_means=[0.0]),
        lambda m: m.update(scope_deviations=[0.0, 1.0, 1.0, 1.0]),
        lambda m: m.pop("provenance"),
        lambda m: m.pop("files"),
        lambda m: m["files"].pop("bias.bin"),
        lambda m: m["files"]["bias.bin"].update(sha256="x"),
        lambda m: m["files"]["bias.bin"].update(size_bytes=-1),
        lambda m: m["files"]["bias.bin"].update(dtype="|O"),
        lambda m: m["files"]["idf.bin"].update(shape=[1_000_000_000_000]),
        lambda m: m["files"]["weights.bin"].update(shape=[-1, 5]),
        lambda m: m["files"]["weights.bin"].update(shape=[5]),
        lambda m: m["files"]["presence.bin"].update(shape=[2_000_000_000, 1]),
        lambda m: m["files"]["presence.bin"].update(shape=None),
        lambda m: m["files"]["presence.bin"].update(shape=[]),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(folder: Path, change: Callable[[Json], None]) -> None:
    """Whatever the manifest claims, nothing is made that the parts do not bear out."""
    rewrite(folder, change)
    with pytest.raises(ModelFileInvalid):
        load_model(folder)


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}'])
def test_a_manifest_that_is_none_is_refused(folder: Path, data: bytes) -> None:
    """Broken, foreign and deeply nested JSON end in one clear error."""
    (folder / "manifest.json").write_bytes(data)
    with pytest.raises(ModelFileInvalid):
        load_model(folder)


@pytest.mark.parametrize(
    "data",
    [
        b'{"words": [1], "pieces": []}',
        b'{"words": []}',
        b'{"words": "abc", "pieces": []}',
        b'{"words": [], "pieces": []}',
    ],
)
def test_a_vocabulary_that_does_not_fit_is_refused(folder: Path, data: bytes) -> None:
    """Names have to be names, and as many as there are numbers."""
    put(folder, "vocabulary.json", data)
    with pytest.raises(ModelFileInvalid):
        load_model(folder)


def test_a_bomb_is_not_inflated(folder: Path) -> None:
    """An array that would inflate to a gigabyte is refused at the size it should have."""
    put(folder, "bias.bin", zlib.compress(bytes(1 << 28), 9))
    with pytest.raises(ModelFileInvalid, match="does not hold"):
        load_model(folder)


@pytest.mark.parametrize("data", [b"", b"no zlib", pickle.dumps({"a": 1}), zlib.compress(b"abc")])
def test_an_array_that_is_none_is_refused(folder: Path, data: bytes) -> None:
    """A pickle is nothing but wrong bytes here."""
    put(folder, "bias.bin", data)
    with pytest.raises(ModelFileInvalid) as caught:
        load_model(folder)
    assert caught.value.file == "bias.bin"


def test_numbers_that_are_none_are_refused(folder: Path, model: Model) -> None:
    """Not-a-number in the weights would poison every answer."""
    weights = np.array(model.weights, dtype="<f2")
    weights[3, 1] = np.nan
    put(folder, "weights.bin", zlib.compress(weights.tobytes()))
    with pytest.raises(ModelFileInvalid, match="no numbers"):
        load_model(folder)
