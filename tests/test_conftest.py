"""What is seen to after each test is really seen to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

STORY = """
import asyncio
import os
import warnings

forgotten = []

async def test_leaves_a_task():
    forgotten.append(asyncio.create_task(asyncio.sleep(60)))

async def test_ends_its_task():
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()

async def test_warns():
    warnings.warn("old ways", DeprecationWarning)

async def test_drops_a_coroutine():
    asyncio.sleep(0)

def test_sees_no_settings_of_the_machine():
    assert "FRONTDESK_PORT" not in os.environ
"""


def test_what_a_test_must_not_do_fails_it(tmp_path: Path) -> None:
    """A task left running, a warning and a coroutine never awaited fail their test; the machine's settings are away."""
    (tmp_path / "test_story.py").write_text(STORY)
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom tests.conftest import *\n"
        "from tests.conftest import _tasks_are_ended\n"
    )
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-rA", "-q", str(tmp_path)],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "FRONTDESK_PORT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = {line for line in done.stdout.splitlines() if line.startswith(("PASSED", "FAILED", "ERROR"))}
    verdicts = {line.split("::")[1].split(" ")[0]: line.split(" ")[0] for line in sorted(told, reverse=True)}
    assert verdicts == {
        "test_leaves_a_task": "ERROR",
        "test_ends_its_task": "PASSED",
        "test_warns": "FAILED",
        "test_drops_a_coroutine": "FAILED",
        "test_sees_no_settings_of_the_machine": "PASSED",
    }, done.stdout
    assert "left running: sleep" in done.stdout
