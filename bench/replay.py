"""Real input, from an empty folder: python -m bench replay [--json FILE] [--connections 50]

`frontdesk init`, `import intents` of BANKING77's 10,003 training questions, `train --publish`, `evaluate`, and `replay`
of its 3,080 test questions against `frontdesk serve`, each a new visitor; then the history checker judges what was
stored. The intents have no replies, so each question that is understood is brought to a person by its title: nobody is
there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.datasets import DATA
from bench.knowing import ROOT, environment, frontdesk
from conversations.store import open_store
from tests.rig.checker import check
from tests.rig.history import History
from tests.rig.rows import evidence_of

END_S = 30.0


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """`frontdesk serve`: its address."""
    command = [sys.executable, "-c", "from server.cli import main; main()", "serve", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(data), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
    finally:
        process.terminate()
        process.wait(END_S)


async def findings(data: Path) -> list[str]:
    """The broken promises that rows and facts tell of."""
    store = await open_store(f"sqlite:///{data / 'frontdesk.sqlite3'}", migrate=False)
    try:
        return [f"{one.invariant}: {one.what}" for one in check(await evidence_of(store, History()))]
    finally:
        await store.close()


def run(data: Path, connections: int) -> dict[str, Any]:
    """What each step took (seconds) and said."""
    told: dict[str, Any] = {}

    def step(name: str, *arguments: str) -> Any:
        began = time.monotonic()
        out = frontdesk(data, *arguments, "--json")
        told[f"{name}_s"] = round(time.monotonic() - began, 1)
        return json.loads(out)

    questions = DATA / "banking77"
    founded = step("init", "init", "--admin-email", "a@example.com", "--admin-password", "not-a-secret")
    told["import"] = step("import", "import", "intents", str(questions / "train.csv"))
    step("train", "train", "--publish")
    evaluated = step("evaluate", "evaluate", str(questions / "test.csv"))
    told["evaluate"] = {name: evaluated[name] for name in ("n", "accuracy", "macro_f1", "expected_calibration_error")}
    with serving(data) as url:
        key = founded["inbox"]["public_key"]
        arguments = ["--url", url, "--inbox", key, "--connections", str(connections)]
        told["replay"] = step("replay", "replay", str(questions / "test.csv"), *arguments)
    told["findings"] = asyncio.run(findings(data))
    return told


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        told = run(Path(folder) / "house", options.connections)
    print(json.dumps(told, indent=1))
    if options.json is not None:
        options.json.write_text(json.dumps(told, indent=1) + "\n")
    sys.exit(1 if told["findings"] else 0)


if __name__ == "__main__":
    main()
