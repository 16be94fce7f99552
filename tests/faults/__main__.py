"""The long fault runs: python -m tests.faults [--short] [--json FILE] [NAME ...]

Each starts real servers, breaks them while people talk, and has the history checker judge what is left. Ends with 1
where a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from conversations.store import open_store
from tests.faults import frozen
from tests.faults.replay import Plan, Report, run
from tests.faults.takeovers import race
from tests.faults.troubles import bad_weather, database_falls, kills
from tests.peers.postgres import Postgres
from tests.rig.history import Finding
from tests.rig.house import ROOT, ServedHouse
from tests.rig.relay import Relay

DESK_S = 1_800.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done in each run."""

    messages: int
    kills: int
    falls: int
    weather: int
    silence_s: float
    takeovers: int
    desk_chats: int
    train: bool


LONG = Size(
    messages=20_000, kills=20, falls=8, weather=30, silence_s=12.0, takeovers=1_000, desk_chats=1_000, train=True
)
SHORT = Size(messages=600, kills=4, falls=2, weather=6, silence_s=2.0, takeovers=210, desk_chats=300, train=False)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a run stands on."""

    folder: Path
    postgres: Postgres
    size: Size
    seed: int

    @property
    def sqlite(self) -> str:
        return f"sqlite:///{self.folder / 'house.db'}"

    def plan(self, share: float = 1.0) -> Plan:
        return Plan(int(self.size.messages * share), train=self.size.train, seed=self.seed)


async def kills_on_sqlite(ground: Ground) -> Report:
    plan = ground.plan()
    trouble = kills(ground.size.kills, plan.messages, ground.seed)
    return await run("kills", plan, ServedHouse(ground.folder, ground.sqlite), trouble)


async def kills_on_postgresql(ground: Ground) -> Report:
    plan = ground.plan()
    async with ground.postgres.database() as url:
        trouble = kills(ground.size.kills, plan.messages, ground.seed)
        return await run("kills", plan, ServedHouse(ground.folder, url), trouble)


async def database_falls_over(ground: Ground) -> Report:
    plan = ground.plan(0.25)
    async with ground.postgres.database() as url:
        trouble = database_falls(ground.postgres, ground.size.falls, plan.messages, ground.seed)
        return await run("a database that falls over", plan, ServedHouse(ground.folder, url), trouble)


async def weather(ground: Ground) -> Report:
    plan, house = ground.plan(0.25), ServedHouse(ground.folder, ground.sqlite)
    async with Relay("127.0.0.1", house.port) as relay:
        size = ground.size
        trouble = bad_weather(relay, size.weather, plan.messages, ground.seed, longest_s=size.silence_s)
        return await run("bad weather", plan, house, trouble, url=f"http://127.0.0.1:{relay.port}")


async def frozen_alone(ground: Ground) -> Report:
    report, _ = await frozen.alone(ground.folder, ground.sqlite)
    return report


async def frozen_beside_another(ground: Ground) -> Report:
    async with ground.postgres.database() as url:
        report, _ = await frozen.beside_another(ground.folder, url)
        return report


async def takeovers_on_sqlite(ground: Ground) -> Report:
    return await _takeovers(ground.sqlite, ground.size.takeovers)


async def takeovers_on_postgresql(ground: Ground) -> Report:
    async with ground.postgres.database() as url:
        return await _takeovers(url, ground.size.takeovers)


async def desk_races(ground: Ground) -> Report:
    """The races of the desk's own tests, at their full size."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/handoff/test_races.py"]
    size = {"DESK_AGENTS": "50", "DESK_CHATS": str(ground.size.desk_chats)}
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, **size},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(DESK_S):
        told, _ = await process.communicate()
    lines = told.decode(errors="replace").splitlines()
    findings = [Finding(5, line) for line in lines if line.startswith(("FAILED", "ERROR"))]
    if process.returncode != 0 and not findings:
        findings = [Finding(5, "\n".join(lines[-20:]))]
    return Report("many agents, two nodes, one queue", "both engines", findings, {**size, "pytest": lines[-1]})


async def _takeovers(url: str, rounds: int) -> Report:
    store = await open_store(url)
    try:
        raced = await race(store, rounds)
    finally:
        await store.close()
    report = Report("take-overs against the bot's answer", store.engine, raced.findings)
    report.figures = {"rounds": raced.rounds, "between read and write": raced.between, **raced.orders}
    return report


RUNS: dict[str, Callable[[Ground], Awaitable[Report]]] = {
    "kills-sqlite": kills_on_sqlite,
    "kills-postgresql": kills_on_postgresql,
    "database": database_falls_over,
    "weather": weather,
    "frozen-alone": frozen_alone,
    "frozen-beside": frozen_beside_another,
    "takeovers-sqlite": takeovers_on_sqlite,
    "takeovers-postgresql": takeovers_on_postgresql,
    "desk-races": desk_races,
}


async def every(names: list[str], size: Size, seed: int) -> list[Report]:
    """Run them one after the other, telling each as it ends."""
    reports = []
    # flushing as production does, for a server that dies here may not take what was acknowledged along
    with Postgres(durable=True) as postgres:
        for name in names:
            with tempfile.TemporaryDirectory(prefix="frontdesk-faults-") as folder:
                report = await RUNS[name](Ground(Path(folder), postgres, size, seed))
            print("\n".join(report.lines()), flush=True)
            reports.append(report)
    return reports


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(RUNS)}; without one, all")
    parser.add_argument("--short", action="store_true", help="minutes instead of an hour")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the reports here")
    options = parser.parse_args()
    unknown = set(options.names) - set(RUNS)
    if unknown:
        parser.error(f"there is no run {', '.join(sorted(unknown))}")
    reports = asyncio.run(every(options.names or list(RUNS), SHORT if options.short else LONG, options.seed))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(report) for report in reports], indent=1) + "\n")
    sys.exit(1 if any(report.findings for report in reports) else 0)


if __name__ == "__main__":
    main()
