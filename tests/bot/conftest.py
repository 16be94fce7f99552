"""What the tests of the bot may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from intents.knowledge import KnowledgeIndex
from intents.recognizer import Recognizer
from intents.training import train
from tests.bot.house import House, opened
from tests.bot.shop import ARTICLES, EXAMPLES
from tests.peers.migrated import migrated_database


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    """Taught once, really: the shop's intents and articles."""
    return Recognizer(train(EXAMPLES), KnowledgeIndex.build(ARTICLES))


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged, as its fields."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture
async def house(tmp_path: Path, recognizer: Recognizer) -> AsyncIterator[House]:
    """A front desk on SQLite."""
    async with opened(tmp_path, recognizer) as house:
        yield house


@pytest.fixture(params=["sqlite", "postgresql"])
async def any_house(request: pytest.FixtureRequest, tmp_path: Path, recognizer: Recognizer) -> AsyncIterator[House]:
    """A front desk on each engine."""
    place: Path | str = tmp_path
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        async with migrated_database(postgres) as url, opened(url, recognizer) as house:
            yield house
        return
    async with opened(place, recognizer) as house:
        yield house
