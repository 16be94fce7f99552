"""Many visitors at once, each with their own script."""

import asyncio
import time
from collections.abc import Callable, Iterator

import aiohttp

from server.cli.replay.figures import Figures, compare
from server.cli.replay.questions import Scripted
from server.cli.replay.visitor import NotSent, ReplayedVisitor, Sent

ARRIVE_S = 10.0

Progress = Callable[[int, int], None]


async def play(
    scripts: list[Scripted], url: str, inbox: str, connections: int, progress: Progress
) -> tuple[Figures, float]:
    """Play every script, so many visitors at a time; what came of it, and the seconds it took.

    progress: called with the number of messages done and of all. Raises NotSent when nobody is there at the start.
    """
    figures, total = Figures(), sum(len(script.texts) for script in scripts)
    waiting = iter(scripts)
    began = time.monotonic()
    timeout = aiohttp.ClientTimeout(total=None, connect=10)
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        await _knock(session, url, inbox)
        async with asyncio.TaskGroup() as group:
            for number in range(min(connections, len(scripts))):
                line = _line(waiting, session, url, inbox, figures, lambda: progress(figures.sent, total))
                group.create_task(line, name=f"replay-{number}")
    return figures, time.monotonic() - began


async def _knock(session: aiohttp.ClientSession, url: str, inbox: str) -> None:
    visitor = ReplayedVisitor(session, url, inbox)
    try:
        await visitor.arrive(ARRIVE_S)
    finally:
        await visitor.close()


async def _line(
    waiting: Iterator[Scripted],
    session: aiohttp.ClientSession,
    url: str,
    inbox: str,
    figures: Figures,
    told: Callable[[], None],
) -> None:
    """One visitor after another."""
    for script in waiting:
        visitor = ReplayedVisitor(session, url, inbox)
        try:
            await _one(visitor, script, figures, told)
        finally:
            await visitor.close()


async def _one(visitor: ReplayedVisitor, script: Scripted, figures: Figures, told: Callable[[], None]) -> None:
    sent: list[Sent] = []
    for text in script.texts:
        figures.sent += 1
        try:
            one = await visitor.send(text)
        except NotSent as error:
            figures.fail(script.name, f"not acknowledged: {error}")
            continue
        sent.append(one)
        figures.acked += 1
        figures.acknowledged_s.append(one.acknowledged_s)
        reaction = await visitor.reaction(one)
        if reaction is None:
            figures.unanswered += 1
            figures.fail(script.name, f"nothing came within 10 s: {text[:60]!r}")
        else:
            kind, took_s = reaction
            setattr(figures, kind, getattr(figures, kind) + 1)
            figures.reacted_s.append(took_s)
        told()
    try:
        stored = await visitor.everything()
    except NotSent as error:
        figures.lost += len(sent)
        figures.fail(script.name, f"could not be read again: {error}")
        return
    compare(figures, script.name, visitor, sent, stored)
