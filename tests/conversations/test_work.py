"""Due work: a lease says who tries, a token decides who finishes."""

from __future__ import annotations

import asyncio

from conversations import work
from conversations.store import Tx
from conversations.work import Claim
from tests.conversations.desk import START, Desk

LEASE = 5_000


async def claims(desk: Desk, kind: str = "wake", limit: int = 10) -> list[Claim]:
    return await desk.do(work.claim, kind, limit=limit, lease_ms=LEASE)


async def test_work_is_claimed_when_it_is_due(desk: Desk) -> None:
    """Nothing is claimed before its time, then all of it, the longest due first, with its data."""
    await desk.do(work.schedule, "wake", "b", START + 200, {"who": "b"})
    await desk.do(work.schedule, "wake", "a", START + 100)
    await desk.do(work.schedule, "other", "c", START)
    assert await claims(desk) == []
    desk.clock.forward(200)
    assert await claims(desk) == [
        Claim("wake", "a", 1, 1, START + 100, {}),
        Claim("wake", "b", 1, 1, START + 200, {"who": "b"}),
    ]
    assert await claims(desk) == []


async def test_work_that_is_finished_is_gone(desk: Desk) -> None:
    """A finished piece is not due again; one that asks for it is, at its moment."""
    await desk.do(work.schedule, "wake", "a", START)
    [claim] = await claims(desk)
    assert await desk.do(work.finish, claim)
    desk.clock.forward(10 * LEASE)
    assert await claims(desk) == []
    await desk.do(work.schedule, "wake", "a", desk.clock.now)
    [claim] = await claims(desk)
    assert await desk.do(work.finish, claim, again_at=desk.clock.now + 50, error="not there")
    assert await claims(desk) == []
    desk.clock.forward(50)
    [again] = await claims(desk)
    assert (again.token, again.attempts) == (claim.token + 1, claim.attempts + 1)


async def test_who_sleeps_past_their_lease_finishes_nothing(desk: Desk) -> None:
    """After a lease has ended somebody else claims the work; the first, when it wakes, changes nothing."""
    await desk.do(work.schedule, "wake", "a", START)
    [slept] = await claims(desk)
    desk.clock.forward(LEASE)
    assert await claims(desk) == []
    desk.clock.forward(1)
    [second] = await claims(desk)
    assert (second.token, second.attempts) == (2, 2)
    assert not await desk.do(work.finish, slept, again_at=START)
    assert await claims(desk) == []
    assert await desk.do(work.finish, second)
    assert not await desk.do(work.finish, slept)


async def test_who_sleeps_but_was_not_replaced_may_finish(desk: Desk) -> None:
    """A lease only says who tries: where nobody else came, a late finish counts."""
    await desk.do(work.schedule, "wake", "a", START)
    [slept] = await claims(desk)
    desk.clock.forward(10 * LEASE)
    assert await desk.do(work.finish, slept)
    assert await claims(desk) == []


async def test_work_scheduled_anew_is_not_lost_by_finishing(desk: Desk) -> None:
    """What is scheduled while a claim runs is still due after the claim is finished."""
    await desk.do(work.schedule, "wake", "a", START)
    [claim] = await claims(desk)
    await desk.do(work.schedule, "wake", "a", START + 100, {"new": True})
    assert await desk.do(work.finish, claim)
    desk.clock.forward(100)
    [again] = await claims(desk)
    assert (again.due_at, again.data, again.attempts) == (START + 100, {"new": True}, 1)


async def test_hastened_work_keeps_the_earlier_moment(desk: Desk) -> None:
    """`hasten` brings work forward and never puts it off; `schedule` sets its moment either way."""
    await desk.do(work.hasten, "wake", "a", START + 100)
    await desk.do(work.hasten, "wake", "a", START + 500)
    desk.clock.forward(100)
    [claim] = await claims(desk)
    assert claim.due_at == START + 100
    await desk.do(work.finish, claim)
    await desk.do(work.hasten, "wake", "a", desk.clock.now + 100)
    await desk.do(work.schedule, "wake", "a", desk.clock.now + 500)
    desk.clock.forward(400)
    assert await claims(desk) == []
    desk.clock.forward(100)
    assert len(await claims(desk)) == 1


async def test_cancelled_work_is_not_due(desk: Desk) -> None:
    """Cancelled work is not claimed, and who had claimed it finds that it is over."""
    await desk.do(work.schedule, "wake", "a", START)
    [claim] = await claims(desk)
    await desk.do(work.cancel, "wake", "a")
    await desk.do(work.cancel, "wake", "never")
    desk.clock.forward(10 * LEASE)
    assert await claims(desk) == []
    assert not await desk.do(work.finish, claim, again_at=START)
    assert await claims(desk) == []


async def test_many_workers_share_work_without_doing_it_twice(desk: Desk) -> None:
    """Workers who claim at the same moment get each piece once, none of them more than asked for."""

    def schedule(tx: Tx) -> None:
        for number in range(60):
            work.schedule(tx, "wake", f"s{number:02}", START)

    await desk.do(schedule)
    taken = await asyncio.gather(*[claims(desk, limit=7) for _ in range(12)])
    assert all(len(some) <= 7 for some in taken)
    subjects = [claim.subject for some in taken for claim in some]
    assert len(subjects) == len(set(subjects))
    while rest := await claims(desk):
        subjects += [claim.subject for claim in rest]
    assert sorted(subjects) == [f"s{number:02}" for number in range(60)]
