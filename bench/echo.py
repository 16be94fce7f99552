"""What a message costs in the Socket.IO layer alone: an echo that stores nothing, three times.

python -m bench.echo [--json FILE] [--servers stock own] [--seconds 5]

stock   python-socketio as it comes: library defaults, asyncio's own loop, WebSocket, deflate taken as browsers offer it
tuned   python-socketio subclassed until its tasks, timers and deflate are gone (docs/decisions/0001-socket-layer.md)
own     server/realtime/sockets.py

Each server has one core, the load client another. `emit`: the message comes back as an event; `ack`: in the
acknowledgement. First as much as the server takes, then half of that, at random moments.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVERS = ("stock", "tuned", "own")
_SERVER_CORE, _CLIENT_CORE = 0, 1
_START_S = 30
_Row = dict[str, object]


@contextmanager
def running(server: str) -> Iterator[tuple[int, int]]:
    """An echo server in its own process, on its own core: its port and its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"bench.servers.{server}_echo"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {_SERVER_CORE}),
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        try:
            process.wait(_START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def load(port: int, pid: int, options: argparse.Namespace) -> list[_Row]:
    """What the load client measured, one row a run."""
    command = [sys.executable, "-m", "bench.load", "--url", f"http://127.0.0.1:{port}", "--server-pid", str(pid)]
    for name in ("connections", "in_flight", "seconds", "idle"):
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60 + 8 * options.seconds,
        preexec_fn=lambda: os.sched_setaffinity(0, {_CLIENT_CORE}),
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def table(rows: list[_Row]) -> str:
    """The rows as people read them."""
    head = (
        "server",
        "answer",
        "loop",
        "messages/s",
        "a core/s",
        "CPU us each",
        "p50 ms",
        "p99 ms",
        "client CPU",
        "late p99 ms",
    )
    lines: list[tuple[str, ...]] = [head]
    for row in rows:
        if row["mode"] == "idle":
            lines.append((str(row["server"]), "idle", f"{row['kib_each']} KiB each", *[""] * 7))
            continue
        latency = row["latency"]
        assert isinstance(latency, dict)
        cells = (row["server"], row["answer"], row["mode"], row["messages_per_s"],
                 row["messages_per_core_s"], row["server_cpu_us"],
                 latency["p50_ms"], latency["p99_ms"], row["client_cpu"], row["late_p99_ms"])  # fmt: skip
        lines.append(tuple("" if cell is None else str(cell) for cell in cells))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.echo", description=__doc__)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--in-flight", type=int, default=4, help="unanswered messages of each client, closed loop")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--idle", type=int, default=500, help="idle clients whose memory is measured; 0: none")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    options = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        parser.error("two cores are needed: one for the server, one for the load client")
    rows: list[_Row] = []
    for server in options.servers:
        with running(server) as (port, pid):
            rows += [{"server": server, **row} for row in load(port, pid, options)]
    print(table(rows))
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
