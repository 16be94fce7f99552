"""What the house does again and again: each job has its beat, its time limit and one owner."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

CLOSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """every_s: from one end to the next start, give or take a tenth. limit_s: then this time is given up."""

    name: str
    every_s: float
    limit_s: float
    run: Callable[[], Awaitable[None]]


class Jobs:
    """Runs jobs beside each other; one that fails is reported and tried again at its next beat."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(_beat(job), name=f"job:{job.name}") for job in self._jobs]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_S)
        self._tasks = []


async def _beat(job: Job) -> None:
    while True:
        await asyncio.sleep(job.every_s * random.uniform(0.9, 1.1))
        try:
            async with asyncio.timeout(job.limit_s):
                await job.run()
        except Exception:
            log.exception("job.failed", job=job.name)
