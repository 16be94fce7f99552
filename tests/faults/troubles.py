"""What is done to a house while people talk: kills, a database that falls over, bad weather on the line."""

from __future__ import annotations

import asyncio
import itertools
import random

from tests.faults.replay import Trouble
from tests.peers.postgres import Postgres
from tests.rig.clients.town import Town, now_ms
from tests.rig.house import ServedHouse
from tests.rig.points import Order
from tests.rig.relay import Relay

POINTS = (
    "receive.locked",
    "receive.stored",
    "store.commit",
    "store.committed",
    "turn.read",
    "turn.decided",
    "turn.locked",
    "turn.posted",
    "reply.locked",
)
"""Where a server is killed: before and after each write of a message's way, and on both sides of a COMMIT."""

RARE = {"reply.locked": 0.2}
"""Points that are reached less often than once for a visitor's message, and how often."""


def kills(count: int, messages: int, seed: int) -> Trouble:
    """A trouble: kill the server so many times, most at a named point, the others at any moment.

    Each life lasts until a share more of the messages is acknowledged, at most. The first of four kills comes from
    outside.
    """
    dice = random.Random(seed)
    share = messages / (count + 1)
    points = itertools.cycle(POINTS)
    planned = [next(points) if number % 4 else None for number in range(count)]

    async def trouble(house: ServedHouse, town: Town) -> None:
        for number, point in enumerate(planned):
            if number:
                orders = [] if point is None else [Order(point, _nth(point, share, dice))]
                await house.start(orders)
            limit = share * (number + dice.uniform(0.6, 1.0))
            while town.acknowledged < limit and not town.over and not await house.dies(0.05):
                pass
            house.kill()
        await house.start()

    return trouble


def _nth(point: str, share: float, dice: random.Random) -> int:
    """The how manieth time is the last: early enough in a life that is a share of the messages long."""
    return max(1, int(share * dice.uniform(0.05, 0.3) * RARE.get(point, 1.0)))


def database_falls(postgres: Postgres, count: int, messages: int, seed: int) -> Trouble:
    """A trouble: every process of PostgreSQL is killed so many times, and it is started again a moment later."""
    dice = random.Random(seed)
    share = messages / (count + 1)

    async def trouble(house: ServedHouse, town: Town) -> None:
        for number in range(count):
            await _until(town, share * (number + dice.uniform(0.5, 1.0)))
            fell_at = now_ms()
            postgres.crash()
            await asyncio.sleep(dice.uniform(0.1, 2.0))
            # from this very thread: PostgreSQL ends with the thread that has started it
            postgres.start()
            house.down.append((fell_at, now_ms()))
            house.deaths.append("PostgreSQL")

    return trouble


def bad_weather(relay: Relay, changes: int, messages: int, seed: int, *, longest_s: float) -> Trouble:
    """A trouble: everyone's line is slow, thin, deaf on one side, swallowing, cut or refused, one after the other.

    longest_s: of a silence. It is no time without a server: clients have to find out by themselves.
    """
    dice = random.Random(seed)
    share = messages / (changes + 1)
    kinds = itertools.cycle(("slow", "thin", "cut", "deaf", "swallowing", "refusing"))

    async def trouble(house: ServedHouse, town: Town) -> None:
        for number, kind in enumerate(itertools.islice(kinds, changes)):
            await _until(town, share * (number + dice.uniform(0.5, 1.0)))
            way = dice.choice((relay.up, relay.down))
            match kind:
                case "slow":
                    way.set(delay_s=dice.uniform(0.02, 0.2))
                case "thin":
                    way.set(bytes_per_s=200_000)
                case "deaf":
                    way.set(deaf=True)
                case "swallowing":
                    way.set(lossy=True)
                case "refusing":
                    relay.refusing = True
                    relay.cut()
                case _:
                    relay.cut()
            await asyncio.sleep(dice.uniform(0.3, 1.0) * longest_s)
            relay.refusing = False
            for one in (relay.up, relay.down):
                one.set(delay_s=0, deaf=False)
                one.bytes_per_s = None
            if way.lossy:
                relay.cut()
                way.set(lossy=False)
            house.deaths.append(kind)

    return trouble


async def _until(town: Town, acknowledged: float) -> None:
    while town.acknowledged < acknowledged and not town.over:  # noqa: ASYNC110 - counted by everybody, told by nobody
        await asyncio.sleep(0.02)
