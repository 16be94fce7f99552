"""The pure logic of the web parts, by Node's own test runner: `*.test.ts` beside what they test."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.peers.node import node

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 90


def test_the_logic_of_the_web_parts() -> None:
    """Every test of web_widget/ and console/ passes; Node tells which does not."""
    files = sorted(str(path) for part in ("web_widget", "console") for path in (ROOT / part).rglob("*.test.ts"))
    assert files, "no *.test.ts found in web_widget/ or console/"
    done = subprocess.run(
        [str(node()), "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
