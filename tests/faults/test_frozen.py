"""A worker that stood still past its lease says nothing that was said by another meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import frozen

# servers are started again and again; on a busy machine each takes its time
pytestmark = pytest.mark.timeout(300)


async def test_a_worker_frozen_past_its_lease_and_woken_posts_nothing(tmp_path: Path, postgres_url: str) -> None:
    """The other server answers while the first stands still with its answer ready; woken, the first posts nothing."""
    report, (one,) = await frozen.beside_another(tmp_path, postgres_url, ["turn.decided"])
    assert report.findings == [], "\n".join(report.lines())
    assert len(one.answers) == 1
    assert one.froze_at < one.answers[0].at < one.thawed_at


async def test_a_worker_frozen_alone_answers_once(tmp_path: Path) -> None:
    """One server, woken long after its lease has run out, finds the turn still unanswered and answers it once."""
    report, (one,) = await frozen.alone(tmp_path, f"sqlite:///{tmp_path / 'house.db'}", ["turn.decided"])
    assert report.findings == [], "\n".join(report.lines())
    assert len(one.answers) == 1
    assert one.answers[0].at >= one.thawed_at
