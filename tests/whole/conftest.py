"""Houses for the stories."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.whole.house import LIVELY, TestHouse, whole_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TestHouse]:
    """A served house on SQLite that looks around often."""
    async with whole_house(tmp_path, beats=LIVELY) as found:
        yield found
