"""What every test may ask for, and what is seen to after each."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest

from tests.peers.postgres import Postgres

# ended by a CI or by dev.py, the run still stops its servers (SIGINT is ignored by what a shell runs in the background)
signal.signal(signal.SIGTERM, signal.default_int_handler)

# a test must not depend on the settings of the machine it runs on
for name in [name for name in os.environ if name.startswith("FRONTDESK_")]:
    del os.environ[name]


def pytest_collection_finish() -> None:
    """What a run has loaded lives as long as it does: the collector need not look at it again and again.

    Else it stops everything for most of a second now and then, and a write that was on its way is refused.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


# how long an example takes says more about the machine than about the code
hypothesis.settings.register_profile("frontdesk", deadline=None)
hypothesis.settings.load_profile("frontdesk")

# engine.io lets a closed socket's ping timer run on to its next tick, and offers no way to end it
ENDS_LATER = "AsyncSocket._send_ping"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL for this run, quick rather than durable; without it the test fails."""
    with Postgres() as server:
        yield server


@pytest.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """A new, empty database for this test."""
    async with postgres.database() as url:
        yield url


@pytest.fixture(autouse=True)
def no_task_left_behind(request: pytest.FixtureRequest) -> None:
    """Every task has an owner: an asynchronous test that leaves one running has failed."""
    if isinstance(request.node, pytest.Function) and asyncio.iscoroutinefunction(request.node.obj):
        request.getfixturevalue("_tasks_are_ended")


@pytest.fixture
async def _tasks_are_ended() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    new = asyncio.all_tasks() - before - {asyncio.current_task()}
    late = {task for task in new if name_of(task) == ENDS_LATER}
    left = new - late
    if left:
        # a task that was just cancelled or is about to return gets the chance to
        _, left = await asyncio.wait(left, timeout=0.5)
    for task in left | late:
        task.cancel()
    if left | late:
        await asyncio.wait(left | late, timeout=5)
    if left:
        pytest.fail(f"left running: {', '.join(sorted(map(name_of, left)))}")


def name_of(task: asyncio.Task[object]) -> str:
    return getattr(task.get_coro(), "__qualname__", repr(task))
