"""The floors of the house hold, and the checks that hold them notice each way of breaking them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("conversations", "intents", "bot", "channels", "handoff", "server")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

LAYERS = "The floors: server > bot | channels | handoff > intents > conversations"
DOORS = "intents knows of conversations only the store, the model and the facts"
NETWORK = "conversations and intents do not know the network"
CHANNELS = "Channels do not know one another"
PURE = "What decides is pure"
TRAINING = "Serving never imports scikit-learn: that is for the training process"

BREACHES = {
    "the bot reaches up to the server": ("bot/turn.py", "import server.app", LAYERS),
    "the bot knows the desk": ("bot/turn.py", "from handoff import desk", LAYERS),
    "conversations reach up to intents": ("conversations/inbox.py", "from intents import gate", LAYERS),
    "intents know the inbox": ("intents/registry.py", "from conversations import inbox", DOORS),
    "conversations know the socket": ("conversations/inbox.py", "import socketio", NETWORK),
    "intents fetch over HTTP": ("intents/registry.py", "def load():\n    import aiohttp", NETWORK),
    "one channel uses another": ("channels/web.py", "from channels import api", CHANNELS),
    "the policy reads the clock": ("bot/policy.py", "import time", PURE),
    "the lifecycle opens a database, by a friend": ("conversations/model.py", "from conversations import store", PURE),
    "the server trains by itself": ("server/app.py", "from sklearn import svm", TRAINING),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter in a folder that has a pyproject.toml."""
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "COLUMNS": "200"}
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A house of empty modules under the same contracts, which keeps them all."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    modules = """
        conversations.inbox conversations.model conversations.lifecycle conversations.store intents.gate
        intents.registry bot.turn bot.policy channels.web channels.api channels.base channels.render
        handoff.desk handoff.routing server.app
    """
    for module in [*(f"{room}.__init__" for room in ROOMS), *modules.split()]:
        path = tmp_path / f"{module.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    (tmp_path / "conversations" / "lifecycle.py").write_text("from conversations import model\nimport dataclasses\n")
    (tmp_path / "conversations" / "store.py").write_text("import sqlite3\n")
    (tmp_path / "channels" / "web.py").write_text("from channels import base\nfrom conversations import inbox\n")
    return tmp_path


def test_the_floors_hold() -> None:
    """No room imports what is above it, beside it, or out of its reach."""
    done = lint(ROOT)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_a_house_that_keeps_the_floors_passes(small_house: Path) -> None:
    """Imports downwards, through the doors, and of shared modules are fine."""
    done = lint(small_house)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("what", BREACHES)
def test_each_breach_is_noticed(small_house: Path, what: str) -> None:
    """A single import across a floor breaks the contract that forbids it."""
    path, line, contract = BREACHES[what]
    with (small_house / path).open("a") as file:
        file.write(f"{line}\n")
    done = lint(small_house)
    assert done.returncode == 1, f"{done.stdout}\n{done.stderr}"
    assert f"{contract} BROKEN" in done.stdout


def test_each_contract_is_tried() -> None:
    """No contract is without a breach that shows it works."""
    assert {contract["name"] for contract in CONTRACTS} == {contract for _, _, contract in BREACHES.values()}


def test_contracts_name_modules_that_exist() -> None:
    """A renamed module doesn't slip out of its contract: once the house stands, all that are named are there."""
    named = {module for contract in CONTRACTS for module in contract.get("modules", []) + contract.get("doors", [])}
    named |= {f"channels.{name}" for contract in CONTRACTS for name in contract.get("shared", [])}
    named |= {module for contract in CONTRACTS for module in contract.get("importers", [])}
    missing = [name for name in sorted(named) if not exists(name)]
    assert missing == []


def exists(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()
