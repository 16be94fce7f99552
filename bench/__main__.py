"""The benchmarks: python -m bench [NAME [ARGUMENTS]]; without a name they are listed."""

from __future__ import annotations

import runpy
import sys

BENCHES = {
    "whole_way": "a message's whole way on SQLite, durable, beside a stock python-socketio echo that stores nothing",
    "replay": "real input from an empty folder: import, train, evaluate, serve, and 3,080 questions played",
    "echo": "the Socket.IO layer alone: python-socketio stock and tuned, and ours",
    "widget_load": "how soon the widget can be used on a slow phone, beside the Socket.IO client alone",
    "frames": "the longest frames of console and widget where there is very much of everything",
    "understanding": "what understanding a text costs, alone and under load",
}


def main() -> None:
    names = sys.argv[1:]
    if not names or names[0] not in BENCHES:
        for name, told in BENCHES.items():
            print(f"  {name:12} {told}")
        print("\npython -m bench NAME --help tells its options.")
        sys.exit(2 if names else 0)
    sys.argv = [f"python -m bench.{names[0]}", *names[1:]]
    runpy.run_module(f"bench.{names[0]}", run_name="__main__", alter_sys=False)


if __name__ == "__main__":
    main()
