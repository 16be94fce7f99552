"""A house that knows BANKING77, made by the product's own commands, and questions that it answers."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.datasets import labelled, texts
from conversations.store import open_store
from server.founding import add_inbox

ROOT = Path(__file__).parents[1]
ABOUT = "house.json"
COMMAND_S = 600
ANSWERED = "answered.txt"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a load client needs to know. inbox: public key; silent_inbox: of one without a bot; texts: a file."""

    inbox: str
    silent_inbox: str
    texts: str


def environment(data: Path) -> dict[str, str]:
    """The settings of a house in a folder: SQLite, quiet, on a free port."""
    return {
        "PATH": os.environ["PATH"],
        "FRONTDESK_DATA_DIR": str(data),
        "FRONTDESK_PORT": "0",
        "FRONTDESK_LOG_LEVEL": "warning",
        "FRONTDESK_LOG_FORMAT": "json",
    }


def prepare(data: Path) -> Prepared:
    """Make the house in an empty folder, or find what an earlier run made there. Some 30 s at first."""
    about = data / ABOUT
    if not about.exists():
        data.mkdir(parents=True, exist_ok=True)
        about.write_text(json.dumps(asdict(_made(data))))
    return Prepared(**json.loads(about.read_text()))


def frontdesk(data: Path, *arguments: str, typed: str | None = None) -> str:
    """Run a command of the product: its standard output. Raises CalledProcessError."""
    command = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(data),
        input=typed,
        stdout=subprocess.PIPE,
        text=True,
        timeout=COMMAND_S,
        check=True,
    )
    return done.stdout


def _made(data: Path) -> Prepared:
    told = frontdesk(data, "init", "--admin-email", "a@example.com", "--admin-password", "not-a-secret", "--json")
    founded = json.loads(told)
    examples = data / "examples.csv"
    with examples.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "intent", "answer"])
        rows.writerows([text, intent, _answer(intent)] for text, intent in labelled("banking77/train.csv"))
    frontdesk(data, "import", "intents", str(examples))
    frontdesk(data, "train", "--publish")
    silent = asyncio.run(_silent_inbox(data, founded["workspace_id"]))
    answered = data / ANSWERED
    answered.write_text("\n".join(_answered(data, texts("banking77/test.csv"))) + "\n", encoding="utf-8")
    return Prepared(founded["inbox"]["public_key"], silent, str(answered))


def _answer(intent: str) -> str:
    title = intent.replace("_", " ")
    return f"About {title}: open the app, choose Help, and follow the three steps there. It takes about two minutes."


async def _silent_inbox(data: Path, workspace_id: str) -> str:
    store = await open_store(f"sqlite:///{data / 'frontdesk.sqlite3'}")
    try:
        _, key = await store.write(add_inbox, workspace_id, "Without a bot", "web", None)
    finally:
        await store.close()
    return key


def _answered(data: Path, questions: Sequence[str]) -> list[str]:
    """The questions that the model answers at once, on one line each."""
    lines = [" ".join(question.split()) for question in questions]
    told = frontdesk(data, "understand", "-", "--json", typed="\n".join(lines) + "\n")
    decisions = [json.loads(line) for line in told.splitlines()]
    return [one["text"] for one in decisions if one["decision"] == "answer"]
