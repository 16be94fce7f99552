"""The public data that understanding is measured on; it lies beside the project and is never a part of it."""

import csv
from pathlib import Path

from intents.understanding import Example

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def labelled(name: str) -> list[tuple[str, str]]:
    """(text, label) of each row of a file, such as `banking77/test.csv`."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return [(row[0], row[1]) for row in rows]


def examples(name: str) -> list[Example]:
    return [Example(text, label) for text, label in labelled(name)]


def texts(*names: str) -> list[str]:
    return [text for name in names for text, _ in labelled(name)]
