"""Load a house with visitors who talk, and print what was measured, one JSON object a run.

python -m bench.load.talking --url http://127.0.0.1:8080 --inbox KEY --texts FILE --server-pid 123
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from pathlib import Path

import uvloop

from bench.load.drive import Target, closed_loop, open_loop
from bench.load.measure import Latency, Result
from bench.load.talk import Counts, Talk, Talkers


async def run(options: argparse.Namespace) -> None:
    """First as much as the server takes, then half of that."""
    talk = Talk(options.texts.read_text().splitlines(), each=options.each, answered=not options.no_bot)
    auth: dict[str, object] = {"inbox": options.inbox, "protocol": 1, "locale": "en"}
    target = Target(
        options.url, "/visitor", b"", auth=auth, offer_deflate=not options.no_deflate, server_pid=options.server_pid
    )
    crowd = Talkers(target, talk)
    if options.count:
        crowd.window = lambda: os.kill(options.server_pid, signal.SIGUSR1)
    await crowd.gather(options.connections)
    most = await closed_loop(crowd, in_flight=1, warm_up_s=options.warm_up, seconds=options.seconds)
    say(most, crowd.counts)
    if not options.closed_only:
        crowd.counts = Counts()
        rate = options.rate or most.messages_per_s / 2
        half = await open_loop(crowd, rate_per_s=rate, warm_up_s=options.warm_up, seconds=options.seconds)
        say(half, crowd.counts)
    crowd.close()


def say(result: Result, counts: Counts) -> None:
    latency = Latency.of(counts.acknowledgements)
    told = {
        **result.as_json(),
        "acknowledged_after": {"p50_ms": latency.p50_ms, "p99_ms": latency.p99_ms},
        "waited_here": counts.waited_here,
    }
    print(json.dumps(told), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load.talking")
    parser.add_argument("--url", required=True)
    parser.add_argument("--inbox", required=True, help="its public key")
    parser.add_argument("--texts", type=Path, required=True, help="what is said, one text a line")
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--each", type=int, default=5, help="messages of a conversation")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--warm-up", type=float, default=2.0)
    parser.add_argument("--rate", type=float, help="messages/s of the open loop; default: half of the most")
    parser.add_argument("--no-bot", action="store_true", help="nobody answers: done with the acknowledgement")
    parser.add_argument("--no-deflate", action="store_true", help="do not offer deflate; browsers do")
    parser.add_argument("--count", action="store_true", help="have the server tell its counts around what is measured")
    parser.add_argument("--closed-only", action="store_true")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
