"""A model on disk: a folder of arrays and JSON, written whole or not at all, and read with distrust.

    manifest.json     format, intents, numbers, provenance, and of every other file its size and sha256
    vocabulary.json   {"words": [...], "pieces": [...]}
    weights.bin ...   one array each, little-endian, C order, deflated; shapes and types stand in the manifest

Nothing here can run code: there is no pickle, and no array is made before its size was checked against the bounds.
"""

import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from intents.errors import ModelFileInvalid
from intents.features import Vocabulary
from intents.model import Model, Provenance
from intents.scope import FEATURES, ScopeStatistics

FORMAT = 1
MAX_INTENTS = 5_000
MAX_FEATURES = 4_000_000
MAX_WEIGHTS = 256_000_000
MAX_JSON_BYTES = 256 * 1024 * 1024

_MANIFEST = "manifest.json"
_VOCABULARY = "vocabulary.json"
_DTYPES = {"idf": "<f4", "weights": "<f2", "bias": "<f4", "presence": "|u1"}
# the weights deflate to a third: rare features of one example share their rows
_COMPRESSION = 6


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    shape: list[int] | None = None
    dtype: str | None = None


class _Origin(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    n_examples: int = Field(ge=0)
    data_hash: str
    seed: int
    figures: dict[str, float]


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    format: int
    version: str | None
    intents: list[str] = Field(min_length=1, max_length=MAX_INTENTS)
    temperature: float = Field(gt=0, lt=1e6)
    scope_means: list[float] = Field(min_length=len(FEATURES), max_length=len(FEATURES))
    scope_deviations: list[float] = Field(min_length=len(FEATURES), max_length=len(FEATURES))
    small_talk: list[str]
    provenance: _Origin
    files: dict[str, _File]


class _Words(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    words: list[str] = Field(max_length=MAX_FEATURES)
    pieces: list[str] = Field(max_length=MAX_FEATURES)


@dataclass(frozen=True, slots=True)
class SavedModel:
    """What was written. size_bytes: of all files together."""

    folder: Path
    size_bytes: int


def save_model(model: Model, folder: Path) -> SavedModel:
    """Write the model as `folder`, which must not be there yet; a reader sees all of it or nothing.

    Raises FileExistsError, OSError.
    """
    if folder.exists():
        raise FileExistsError(f"{folder.name} is there already; a model's folder is never written twice")
    contents = _contents(model)
    # pid: two processes may train at once
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True)
    try:
        for name, data in contents.items():
            _write(partial / name, data)
        _sync_folder(partial)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync_folder(folder.parent)
    return SavedModel(folder, sum(map(len, contents.values())))


def load_model(folder: Path) -> Model:
    """The model of a folder that `save_model` wrote. Raises ModelFileInvalid, naming the file and what is wrong."""
    manifest = _manifest(_read(folder, _MANIFEST, MAX_JSON_BYTES))
    vocabulary = _vocabulary(_checked(folder, _VOCABULARY, manifest))
    n_features, n_intents = len(vocabulary), len(manifest.intents)
    if n_features * n_intents > MAX_WEIGHTS:
        raise ModelFileInvalid(f"{n_features} features of {n_intents} intents are too many", file=_VOCABULARY)
    presence_shape = manifest.files["presence.bin"].shape if "presence.bin" in manifest.files else None
    n_unigrams = presence_shape[0] if presence_shape else 0
    if not 0 <= n_unigrams <= len(vocabulary.words):
        raise ModelFileInvalid(f"{n_unigrams} rows for {len(vocabulary.words)} words", file="presence.bin")
    shapes = {
        "idf": (n_features,),
        "weights": (n_features, n_intents),
        "bias": (n_intents,),
        "presence": (n_unigrams, (n_intents + 7) // 8),
    }
    arrays = {name: _array(folder, name, shape, manifest) for name, shape in shapes.items()}
    origin = manifest.provenance
    return Model(
        intents=tuple(manifest.intents),
        vocabulary=vocabulary,
        idf=arrays["idf"],
        weights=arrays["weights"],
        bias=arrays["bias"],
        temperature=manifest.temperature,
        presence=arrays["presence"],
        scope=_statistics(manifest),
        small_talk=tuple(manifest.small_talk),
        provenance=Provenance(origin.n_examples, origin.data_hash, origin.seed, origin.figures),
        version=manifest.version,
    )


def _contents(model: Model) -> dict[str, bytes]:
    arrays = {"idf": model.idf, "weights": model.weights, "bias": model.bias, "presence": model.presence}
    contents = {
        _VOCABULARY: orjson.dumps({"words": list(model.vocabulary.words), "pieces": list(model.vocabulary.pieces)})
    }
    files: dict[str, dict[str, object]] = {_VOCABULARY: {}}
    for name, array in arrays.items():
        stored = np.ascontiguousarray(array, dtype=_DTYPES[name])
        contents[f"{name}.bin"] = zlib.compress(stored.tobytes(), _COMPRESSION)
        files[f"{name}.bin"] = {"shape": list(stored.shape), "dtype": _DTYPES[name]}
    for name, data in contents.items():
        files[name] |= {"size_bytes": len(data), "sha256": sha256(data).hexdigest()}
    manifest = {
        "format": FORMAT,
        "version": model.version,
        "intents": list(model.intents),
        "temperature": model.temperature,
        "scope_means": list(model.scope.means),
        "scope_deviations": list(model.scope.deviations),
        "small_talk": list(model.small_talk),
        "provenance": {
            "n_examples": model.provenance.n_examples,
            "data_hash": model.provenance.data_hash,
            "seed": model.provenance.seed,
            "figures": dict(model.provenance.figures),
        },
        "files": files,
    }
    contents[_MANIFEST] = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
    return contents


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(folder: Path, name: str, at_most: int) -> bytes:
    try:
        with (folder / name).open("rb") as file:
            data = file.read(at_most + 1)
    except OSError as error:
        raise ModelFileInvalid(f"cannot be read ({error.strerror})", file=name) from error
    if len(data) > at_most:
        raise ModelFileInvalid(f"is larger than {at_most} bytes", file=name)
    return data


def _checked(folder: Path, name: str, manifest: _Manifest) -> bytes:
    """A file's bytes, as long and with the hash that the manifest says."""
    entry = manifest.files.get(name)
    if entry is None:
        raise ModelFileInvalid("is not in the manifest", file=name)
    data = _read(folder, name, min(entry.size_bytes, 4 * MAX_WEIGHTS))
    if len(data) != entry.size_bytes:
        raise ModelFileInvalid(f"has {len(data)} bytes, the manifest says {entry.size_bytes}", file=name)
    if sha256(data).hexdigest() != entry.sha256:
        raise ModelFileInvalid("is damaged: its sha256 is not the manifest's", file=name)
    return data


def _parsed(data: bytes, name: str) -> Mapping[str, Any]:
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ModelFileInvalid(f"is not JSON ({error})", file=name) from error
    if not isinstance(parsed, dict):
        raise ModelFileInvalid("is not a JSON object", file=name)
    return parsed


def _complaint(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _manifest(data: bytes) -> _Manifest:
    parsed = _parsed(data, _MANIFEST)
    if parsed.get("format") != FORMAT:
        raise ModelFileInvalid(
            f"has format {str(parsed.get('format'))[:20]}, this Frontdesk reads {FORMAT}. Train the bot again.",
            file=_MANIFEST,
        )
    try:
        manifest = _Manifest.model_validate(parsed)
    except ValidationError as error:
        raise ModelFileInvalid(_complaint(error), file=_MANIFEST) from error
    if len(set(manifest.intents)) != len(manifest.intents):
        raise ModelFileInvalid("names an intent twice", file=_MANIFEST)
    return manifest


def _vocabulary(data: bytes) -> Vocabulary:
    try:
        names = _Words.model_validate(_parsed(data, _VOCABULARY))
    except ValidationError as error:
        raise ModelFileInvalid(_complaint(error), file=_VOCABULARY) from error
    return Vocabulary(tuple(names.words), tuple(names.pieces))


def _statistics(manifest: _Manifest) -> ScopeStatistics:
    values = (*manifest.scope_means, *manifest.scope_deviations)
    if not all(np.isfinite(values)) or min(manifest.scope_deviations) <= 0:
        raise ModelFileInvalid("its scope statistics are no usable numbers", file=_MANIFEST)
    return ScopeStatistics(tuple(manifest.scope_means), tuple(manifest.scope_deviations))


def _array(folder: Path, name: str, shape: tuple[int, ...], manifest: _Manifest) -> Any:
    """The array, of exactly this shape: what is inflated is bounded before it is."""
    file = f"{name}.bin"
    deflated = _checked(folder, file, manifest)
    entry = manifest.files[file]
    if tuple(entry.shape or ()) != shape or entry.dtype != _DTYPES[name]:
        raise ModelFileInvalid(
            f"should be {_DTYPES[name]} of {shape}, the manifest says {entry.dtype} of {entry.shape}", file=file
        )
    dtype = np.dtype(_DTYPES[name])
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(deflated, size + 1)
    except zlib.error as error:
        raise ModelFileInvalid(f"cannot be inflated ({error})", file=file) from error
    if len(data) != size:
        raise ModelFileInvalid(f"does not hold the {size} bytes of {shape}", file=file)
    array = np.frombuffer(data, dtype=dtype).reshape(shape)
    if dtype.kind == "f" and not bool(np.isfinite(array).all()):
        raise ModelFileInvalid("holds values that are no numbers", file=file)
    return array.astype(dtype.newbyteorder("="), copy=False)
