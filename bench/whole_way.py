"""A message's whole way, beside a stock python-socketio echo that stores nothing, in one run.

python -m bench whole_way [--json FILE] [--seconds 8] [--data FOLDER]

echo    python-socketio as it comes: emits each message back; library defaults, no uvloop, deflate taken as offered
stored  send -> durable commit -> acknowledgement, in an inbox without a bot
whole   send -> durable commit -> acknowledgement -> understanding -> answer committed -> delivered

Ours runs on SQLite with synchronous=FULL and a published model of BANKING77's 77 intents; what is said are questions of
its test set that the model answers. Each server has one core, the load client another. First as much as the server
takes, then half of that at random moments, with latencies from when each message was meant to be sent. Statements,
flushes and tasks are counted in a run of their own, for counting costs time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.knowing import ROOT, Prepared, environment, prepare

SERVER_CORE, CLIENT_CORE = 0, 1
START_S = 60.0
END_S = 30.0
COUNTED_S = 3.0

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A server under load, on its own core."""

    process: subprocess.Popen[str]
    port: int

    def counts(self) -> dict[str, int]:
        """What a server that counts has counted, when it was next asked to tell."""
        assert self.process.stdout is not None
        counts: dict[str, int] = json.loads(self.process.stdout.readline())
        return counts


@contextmanager
def running(module: str, *arguments: str, settings: dict[str, str] | None = None) -> Iterator[Server]:
    """A server in its own process, on its own core."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=settings,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
    )
    try:
        assert process.stdout is not None
        yield Server(process, int(process.stdout.readline()))
    finally:
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def load(module: str, server: Server, *arguments: str) -> list[Row]:
    """What the load client measured, one row a run."""
    where = ["--url", f"http://127.0.0.1:{server.port}", "--server-pid", str(server.process.pid)]
    done = subprocess.run(
        [sys.executable, "-m", module, *where, *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=600,
        preexec_fn=lambda: os.sched_setaffinity(0, {CLIENT_CORE}),
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def echo(options: argparse.Namespace) -> list[Row]:
    """The stock echo: each message comes back as an event."""
    with running("bench.servers.stock_echo") as server:
        return load("bench.load", server, "--answers", "emit", "--seconds", str(options.seconds))


def ours(options: argparse.Namespace, prepared: Prepared, data: Path, *, bot: bool) -> list[Row]:
    """The product, in a copy of the prepared house: loaded for its figures, then once more for its counts."""
    arguments = ["--inbox", prepared.inbox if bot else prepared.silent_inbox, "--texts", prepared.texts]
    # without a bot a conversation waits in line: one each, so that storing is measured and not queueing
    arguments += ["--connections", str(options.connections), *([] if bot else ["--no-bot", "--each", "1000000000"])]
    with copied(data) as settings, running("bench.servers.whole_way", settings=settings) as server:
        rows = load("bench.load.talking", server, *arguments, "--seconds", str(options.seconds))
    with copied(data) as settings, running("bench.servers.whole_way", "--count", settings=settings) as server:
        counted = load("bench.load.talking", server, *arguments, "--seconds", str(COUNTED_S), "--count")
        for row, count in zip(rows, counted, strict=True):
            before, after = server.counts(), server.counts()
            row["each"] = {name: round((after[name] - before[name]) / count["completed"], 2) for name in after}
    return rows


@contextmanager
def copied(data: Path) -> Iterator[dict[str, str]]:
    """The settings of a fresh copy of the prepared house."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        copy = Path(folder) / "house"
        shutil.copytree(data, copy)
        yield environment(copy)


def table(rows: list[Row]) -> str:
    """The rows as people read them."""
    head = ["run", "loop", "messages/s", "a core/s", "CPU us each", "p50 ms", "p99 ms", "ack p50", "ack p99",
            "client CPU", "late p99 ms", "statements", "flushes", "tasks"]  # fmt: skip
    lines = [head]
    for row in rows:
        ack, each = row.get("acknowledged_after", {}), row.get("each", {})
        cells = [row["run"], row["mode"], row["messages_per_s"], row["messages_per_core_s"], row["server_cpu_us"],
                 row["latency"]["p50_ms"], row["latency"]["p99_ms"], ack.get("p50_ms"), ack.get("p99_ms"),
                 row["client_cpu"], row["late_p99_ms"], each.get("statements"), each.get("flushes"),
                 each.get("tasks")]  # fmt: skip
        lines.append(["" if cell is None else str(cell) for cell in cells])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def ratios(rows: list[Row]) -> dict[str, float]:
    """What a core does of each, as a share of what it does of the echo, at full load."""
    most = {row["run"]: row for row in rows if row["mode"] == "closed"}
    return {
        run: round(most[run]["messages_per_core_s"] / most["echo"]["messages_per_core_s"], 3)
        for run in most
        if run != "echo" and "echo" in most
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.whole_way", description=__doc__)
    parser.add_argument("--runs", nargs="+", choices=["echo", "stored", "whole"], default=["echo", "stored", "whole"])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--connections", type=int, default=256, help="visitors of our runs; each has one message out")
    parser.add_argument("--data", type=Path, help="keep the prepared house here, and use it again")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    options = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        parser.error("two cores are needed: one for the server, one for the load client")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        data = options.data or Path(folder) / "prepared"
        prepared = prepare(data)
        for run in options.runs:
            made = echo(options) if run == "echo" else ours(options, prepared, data, bot=run == "whole")
            rows += [{"run": run, **row} for row in made]
    print(table(rows))
    print(f"share of the echo: {ratios(rows)}")
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
