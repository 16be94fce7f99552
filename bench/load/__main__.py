"""Load one echo server and print what was measured, one JSON object a run.

python -m bench.load --url http://127.0.0.1:8080 --server-pid 123 --connections 64 --in-flight 4 --seconds 5
"""

from __future__ import annotations

import argparse
import asyncio
import json

import uvloop

from bench.load.drive import Crowd, Target, closed_loop, open_loop
from bench.load.measure import rss_kib

TEXT = "My card was charged twice for the order of last Tuesday and the app shows only one of the two payments."


def event(name: str, *, acknowledged: bool) -> bytes:
    """`["message.send",{"client_id":...,"text":...}]`, a place left for the id."""
    flag = b',"ack_only":true' if acknowledged else b""
    return b'["%b",{"client_id":"%%012d","text":"%b"%b}]' % (name.encode(), TEXT.encode(), flag)


async def run(options: argparse.Namespace) -> None:
    for answer in options.answers:
        acknowledged = answer == "ack"
        target = Target(
            options.url,
            options.namespace,
            event("message.send", acknowledged=acknowledged),
            acknowledged=acknowledged,
            offer_deflate=not options.no_deflate,
            server_pid=options.server_pid,
        )
        crowd = Crowd(target)
        await crowd.gather(options.connections)
        most = await closed_loop(crowd, in_flight=options.in_flight, warm_up_s=options.warm_up, seconds=options.seconds)
        say(answer, **most.as_json())
        if not options.closed_only:
            half = await open_loop(
                crowd,
                rate_per_s=options.rate or most.messages_per_s / 2,
                warm_up_s=options.warm_up,
                seconds=options.seconds,
            )
            say(answer, **half.as_json())
        crowd.close()
    if options.idle:
        await idle(options)


async def idle(options: argparse.Namespace) -> None:
    """What an idle client costs in memory."""
    crowd = Crowd(Target(options.url, options.namespace, b"", offer_deflate=not options.no_deflate))
    await crowd.gather(100)
    before = rss_kib(options.server_pid)
    await crowd.gather(options.idle)
    await asyncio.sleep(1)
    crowd.check()
    used = rss_kib(options.server_pid) - before
    say("idle", mode="idle", connections=options.idle, kib_each=round(used / options.idle, 1))
    crowd.close()


def say(answer: str, **figures: object) -> None:
    print(json.dumps({"answer": answer, **figures}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("--url", required=True)
    parser.add_argument("--namespace", default="/visitor")
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--in-flight", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm-up", type=float, default=1.0)
    parser.add_argument("--rate", type=float, help="messages/s of the open loop; default: half of the most")
    parser.add_argument("--answers", nargs="+", choices=["emit", "ack"], default=["emit", "ack"])
    parser.add_argument("--idle", type=int, default=0, help="also measure the memory of so many idle clients")
    parser.add_argument("--no-deflate", action="store_true", help="do not offer deflate; browsers do")
    parser.add_argument("--closed-only", action="store_true")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
