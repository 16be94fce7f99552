"""Training in a process of its own: `python -m intents.training_process --folder OUT < examples.jsonl`.

Reads examples as JSON lines `{"text", "intent"}` from standard input, writes the model as a folder, and says on
standard output, one JSON object a line, how far it is:

    {"event": "progress", "stage": "learning", "done": 2, "total": 7}
    {"event": "done", "size_bytes": 2309105, "n_examples": 9999, "figures": {...}, "weakest": [...]}
    {"event": "failed", "error": "too_few_examples", "message": "...", "intent": "...", "have": 1, "need": 2}

It knows no database, and ends when it is told to: by a signal, or by its parent's end of standard output.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import orjson

from intents.errors import TooFewExamples
from intents.model_file import save_model
from intents.training import train
from intents.understanding import Example

# Chats come first: the scheduler gives this process what they leave.
NICENESS = 10


def main() -> int:
    """0: a model was written; 1: it could not be."""
    parser = ArgumentParser(prog="python -m intents.training_process", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the model goes; must not be there yet")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    os.nice(NICENESS)
    try:
        examples = read_examples(sys.stdin.buffer)
        model = train(examples, seed=arguments.seed, progress=_progress)
        saved = save_model(model, arguments.folder)
    except TooFewExamples as error:
        _say(
            {
                "event": "failed",
                "error": "too_few_examples",
                "message": str(error),
                "intent": error.intent,
                "have": error.have,
                "need": error.need,
            }
        )
        return 1
    except OSError as error:
        _say(
            {"event": "failed", "error": "not_written", "message": f"The model could not be written: {error.strerror}."}
        )
        return 1
    _say(
        {
            "event": "done",
            "size_bytes": saved.size_bytes,
            "n_examples": model.provenance.n_examples,
            "figures": dict(model.provenance.figures),
            "weakest": [asdict(one) for one in model.weakest],
        }
    )
    return 0


def read_examples(file: BinaryIO) -> list[Example]:
    """The examples of JSON lines."""
    found = (orjson.loads(line) for line in file if line.strip())
    return [Example(one["text"], one["intent"]) for one in found]


def written_examples(examples: Iterable[Example]) -> bytes:
    """Examples as `read_examples` takes them."""
    return b"".join(orjson.dumps({"text": one.text, "intent": one.intent}) + b"\n" for one in examples)


def _progress(stage: str, done: int, total: int) -> None:
    _say({"event": "progress", "stage": stage, "done": done, "total": total})


def _say(event: dict[str, object]) -> None:
    sys.stdout.buffer.write(orjson.dumps(event) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
