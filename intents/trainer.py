"""Training a bot from what the database holds: the row, the process, its progress, and how it ended."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from conversations.store import Store
from intents.errors import TooFewExamples, TrainingFailed
from intents.intent_rows import training_examples
from intents.model_rows import ModelState, ModelVersion, begin_training, end_training
from intents.training import data_hash, quiet
from intents.training_process import written_examples
from intents.understanding import Example

Progress = Callable[[str, int, int], None]

TRAINING_LIMIT_S = 3_500.0
KILL_AFTER_S = 5.0
_LINE_LIMIT_BYTES = 1_000_000
_KEPT_COMPLAINT_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What to train. made_by: the agent who asked, None from the command line."""

    bot_id: str
    made_by: str | None = None
    seed: int = 0


async def train_bot(
    store: Store, models_dir: Path, order: TrainingOrder, *, progress: Progress = quiet
) -> ModelVersion:
    """Train a new version of a bot's model; it is ready to be published, and not live yet.

    Cancelling the caller ends the process and the version. Raises TooFewExamples naming the intent, AlreadyThere while
    another version is trained, NotThere for the bot, TrainingFailed, StoreError.
    """
    examples = await store.read(training_examples, order.bot_id)
    settings = {"seed": order.seed}
    model = await store.write(
        begin_training, order.bot_id, data_hash=data_hash(examples), settings=settings, by=order.made_by
    )
    folder = models_dir / model.folder
    try:
        figures = await run_training(examples, folder, seed=order.seed, progress=progress)
    except BaseException as error:
        # also when cancelled: the row must not go on saying that it is being trained
        reason = "cancelled" if isinstance(error, asyncio.CancelledError) else str(error)
        await asyncio.shield(store.write(end_training, model.id, ModelState.FAILED, {"error": reason}))
        raise
    return await store.write(end_training, model.id, ModelState.READY, figures)


async def run_training(
    examples: Sequence[Example], folder: Path, *, seed: int = 0, progress: Progress = quiet
) -> dict[str, Any]:
    """Train in a process of its own, and write the model as `folder`: its figures.

    Raises TooFewExamples, TrainingFailed. Cancelling ends the process.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "intents.training_process",
        "--folder",
        str(folder),
        "--seed",
        str(seed),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT_BYTES,
    )
    try:
        async with asyncio.timeout(TRAINING_LIMIT_S), asyncio.TaskGroup() as group:
            group.create_task(_feed(process, written_examples(examples)))
            complaint = group.create_task(_last_words(process))
            ended = group.create_task(_listen(process, progress))
        await process.wait()
    except TimeoutError as error:
        raise TrainingFailed(f"Training took longer than {TRAINING_LIMIT_S:.0f} s and was stopped.") from error
    finally:
        await _end(process)
        _tidy(folder, process.pid)
    return _figures(ended.result(), complaint.result(), process.returncode)


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    assert process.stdin is not None
    # a process that ended early has said why on its output
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _listen(process: asyncio.subprocess.Process, progress: Progress) -> Mapping[str, Any] | None:
    """Pass progress on; the last event, None where the process ended without one."""
    assert process.stdout is not None
    last: Mapping[str, Any] | None = None
    async for line in process.stdout:
        event = orjson.loads(line)
        if event["event"] == "progress":
            progress(event["stage"], event["done"], event["total"])
        else:
            last = event
    return last


async def _last_words(process: asyncio.subprocess.Process) -> str:
    """The end of what the process wrote on standard error."""
    assert process.stderr is not None
    kept = b""
    while chunk := await process.stderr.read(65_536):
        kept = (kept + chunk)[-_KEPT_COMPLAINT_BYTES:]
    return kept.decode(errors="replace").strip()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop the process where it still runs, and take leave of it."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(KILL_AFTER_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _tidy(folder: Path, pid: int) -> None:
    """A process that was ended while writing leaves half a folder beside."""
    shutil.rmtree(folder.with_name(f".{folder.name}.{pid}.partial"), ignore_errors=True)


def _figures(event: Mapping[str, Any] | None, complaint: str, code: int | None) -> dict[str, Any]:
    if event is not None and event["event"] == "done":
        sizes = {"n_examples": event["n_examples"], "size_bytes": event["size_bytes"]}
        return {**event["figures"], **sizes, "weakest_intents": event["weakest"]}
    if event is not None and event.get("error") == "too_few_examples":
        raise TooFewExamples(event["message"], intent=event["intent"], have=event["have"], need=event["need"])
    if event is not None:
        raise TrainingFailed(str(event["message"]))
    said = f" It said: {complaint.splitlines()[-1]}" if complaint else ""
    raise TrainingFailed(f"The training process ended with code {code} and no model.{said}")
