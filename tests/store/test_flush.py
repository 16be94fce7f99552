"""What is acknowledged is on the disk: seen from outside, by the system calls of a process that writes."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COUNT = 5

CALL = re.compile(r"^(?P<pid>\d+) +(?P<name>\w+)\((?P<fd>\d+)(?:<(?P<path>[^>]*)>)?(?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. (?P<name>\w+) resumed>.*= (?P<result>-?\d+)")


def traced(path: Path, durability: str, *options: str) -> tuple[list[str], list[str]]:
    """What a process that writes said, and its calls: `log` (written), `flush` (ended well), or what it said."""
    strace = shutil.which("strace")
    assert strace is not None, "strace is missing: run `python3 dev.py setup`, or install it"
    trace = path.with_suffix(".strace")
    calls = "trace=fdatasync,fsync,pwrite64,write"
    program = [sys.executable, "-m", "tests.store.writes", str(path), str(COUNT), durability]
    done = subprocess.run(
        [strace, "-f", "-y", "-o", str(trace), "-e", calls, *options, *program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    # its own log shares standard output; it is not ours to read here
    said = [line for line in done.stdout.splitlines() if re.fullmatch(r"\w+ \d+", line)]
    return said, happened(trace.read_text(), path)


def happened(trace: str, path: Path) -> list[str]:
    log = f"{path}-wal"
    flushing: dict[str, str] = {}
    events: list[str] = []
    for line in trace.splitlines():
        if resumed := RESUMED.match(line):
            if resumed["name"] in ("fdatasync", "fsync") and flushing.pop(resumed["pid"], "") == log:
                events += ["flush"] if resumed["result"] == "0" else ["flush failed"]
            continue
        call = CALL.match(line)
        if call is None:
            continue
        if call["name"] == "pwrite64" and call["path"] == log:
            events.append("log")
        elif call["name"] in ("fdatasync", "fsync"):
            if "unfinished" in call["rest"]:
                flushing[call["pid"]] = call["path"]
            elif call["path"] == log:
                events += ["flush"] if call["rest"].rstrip().endswith("= 0") else ["flush failed"]
        elif call["name"] == "write" and call["fd"] == "1" and (words := re.search(r'"(\w+ \d+)\\n"', call["rest"])):
            events.append(words[1])
    return events


def between(events: list[str], number: int) -> list[str]:
    """What happened from the begin of a write to its acknowledgement."""
    return events[events.index(f"begin {number}") + 1 : events.index(f"done {number}")]


def test_a_flush_ends_before_each_acknowledgement(sqlite_template: Path, tmp_path: Path) -> None:
    """Between the last byte of a transaction and its acknowledgement an fdatasync of the log has ended."""
    path = Path(shutil.copy(sqlite_template, tmp_path / "desk.sqlite3"))
    said, events = traced(path, "FULL")
    assert said == [f"{word} {number}" for number in range(COUNT) for word in ("begin", "done")]
    for number in range(COUNT):
        calls = between(events, number)
        assert "log" in calls
        assert calls[-1] == "flush", calls


def test_without_full_there_is_no_flush(sqlite_template: Path, tmp_path: Path) -> None:
    """The same look at NORMAL finds no flush: so it would notice if one were missing."""
    path = Path(shutil.copy(sqlite_template, tmp_path / "desk.sqlite3"))
    _, events = traced(path, "NORMAL")
    assert "log" in between(events, COUNT - 1)
    assert "flush" not in between(events, COUNT - 1)


def test_what_could_not_be_flushed_is_not_acknowledged(sqlite_template: Path, tmp_path: Path) -> None:
    """When the disk fails a flush, its write is not acknowledged, and those before it are all there."""
    path = Path(shutil.copy(sqlite_template, tmp_path / "desk.sqlite3"))
    said, events = traced(path, "FULL", "-e", "inject=fdatasync,fsync:error=EIO:when=4+")
    assert "flush failed" in events
    done = [line.partition(" ")[2] for line in said if line.startswith("done")]
    assert 0 < len(done) < COUNT
    assert "OutcomeUnknown" in {line.partition(" ")[0] for line in said}
    with closing(sqlite3.connect(path)) as connection:
        stored = {name for (name,) in connection.execute("SELECT name FROM workspaces")}
    assert {f"n{number}" for number in done} <= stored


def test_the_look_at_calls_is_exact() -> None:
    """Calls that another thread cuts in two are put together; what failed is not a flush."""
    path = Path("desk")
    trace = """
1 write(1<pipe:[1]>, "begin 0\\n", 8) = 8
2 pwrite64(5<desk-wal>, ""..., 24, 0) = 24
2 fdatasync(5<desk-wal> <unfinished ...>
1 write(1<pipe:[1]>, "done 0\\n", 7) = 7
2 <... fdatasync resumed>) = 0
2 fdatasync(5<desk-wal>) = -1 EIO (Input/output error) (INJECTED)
2 fsync(6<desk>) = 0
"""
    assert happened(trace, path) == ["begin 0", "log", "done 0", "flush", "flush failed"]
    with pytest.raises(ValueError, match="not in list"):
        between(happened(trace, path), 1)
