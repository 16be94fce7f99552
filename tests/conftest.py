"""What every test may ask for, and what is seen to after each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.peers.postgres import Postgres

# a test must not depend on the settings of the machine it runs on
for name in [name for name in os.environ if name.startswith("FRONTDESK_")]:
    del os.environ[name]


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
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        # a task that was just cancelled or is about to return gets the chance to
        _, left = await asyncio.wait(left, timeout=0.5)
    if left:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=5)
        pytest.fail(f"left running: {', '.join(sorted(repr(task.get_coro()) for task in left))}")
