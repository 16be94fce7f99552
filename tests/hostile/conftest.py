"""A served house for whoever attacks it, as quick as they like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.realtime.sessions import Rates
from server.realtime.sockets import Limits
from tests.whole.house import LIVELY, TestHouse, whole_house

QUICK = Rates(visitor_messages_per_s=1e6, visitor_messages_burst=10**6, commands_per_s=1e6, commands_burst=10**6)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TestHouse]:
    """A house that counts what it refuses and refuses nobody for being fast."""
    async with whole_house(tmp_path, beats=LIVELY, rates=QUICK, limits=Limits(strikes=10**6)) as found:
        yield found
        assert found.served.sockets.counters.commands_failed == 0, "a command fell over: see its log above"
