"""Requests that come twice, and edits of what somebody else has edited."""

from __future__ import annotations

import asyncio

from sqlalchemy import select, update

from conversations.store import Tx
from conversations.store.tables import replies_kept
from server.http.kept import forget_replies
from tests.http.desk import Desk

ONCE = {"Idempotency-Key": "order-1"}


async def test_the_same_request_again_is_done_once(either: Desk) -> None:
    """Under one key the second gets the first's reply, and there is one team."""
    body = {"name": "Care"}
    first = await either.call("POST", "teams", either.admin, json=body, headers=ONCE)
    again = await either.call("POST", "teams", either.admin, json=body, headers=ONCE)
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len((await either.get("teams", either.admin))["teams"]) == 1


async def test_many_at_once_are_done_once(either: Desk) -> None:
    """Twenty copies of a request that race each other make one team, and all get its reply."""
    calls = [either.call("POST", "teams", either.admin, json={"name": "Care"}, headers=ONCE) for _ in range(20)]
    answers = await asyncio.gather(*calls)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert len((await either.get("teams", either.admin))["teams"]) == 1


async def test_a_key_names_one_request_of_one_caller(desk: Desk) -> None:
    """With another body or address it is a conflict; somebody else's same key is theirs."""
    await desk.post("teams", desk.admin, {"name": "Care"}, headers=ONCE)
    for path, body in (("teams", {"name": "Tech"}), ("bots", {"name": "Care"})):
        refused = await desk.call("POST", path, desk.admin, json=body, headers=ONCE)
        assert (refused.status, refused.code, refused.field) == (409, "conflict", "idempotency_key")
    other = await desk.agent("Other", "admin")
    await desk.post("teams", other, {"name": "Tech"}, headers=ONCE)


async def test_what_was_refused_may_be_tried_again(desk: Desk) -> None:
    """A refusal is not kept: once its cause is gone the same request is done."""
    team = await desk.post("teams", desk.admin, {"name": "Care"})
    refused = await desk.call("POST", "teams", desk.admin, json={"name": "Care"}, headers=ONCE)
    assert (refused.status, refused.field) == (409, "name")
    await desk.call("PATCH", f"teams/{team['id']}", desk.admin, json={"name": "Tech"})
    assert (await desk.call("POST", "teams", desk.admin, json={"name": "Care"}, headers=ONCE)).status == 201


async def test_secrets_are_not_kept_for_repeats(desk: Desk) -> None:
    """A repeat learns which inbox was made, but its secrets were shown once."""
    body = {"name": "Shop", "channel": "api"}
    first = await desk.call("POST", "inboxes", desk.admin, json=body, headers=ONCE)
    again = await desk.call("POST", "inboxes", desk.admin, json=body, headers=ONCE)
    assert first.body["access"]["token"].startswith("hook_")
    assert again.body["id"] == first.body["id"]
    assert again.body.get("access") is None


async def test_keys_are_bounded(desk: Desk) -> None:
    """A key that is too long, empty or not printable is refused before anything is done."""
    for key in ("x" * 201, "", "caf\u00e9"):
        refused = await desk.call("POST", "teams", desk.admin, json={"name": "Care"}, headers={"Idempotency-Key": key})
        assert (refused.status, refused.field) == (400, "idempotency_key")
    assert (await desk.get("teams", desk.admin))["teams"] == []


async def test_kept_replies_are_forgotten_after_a_day(desk: Desk) -> None:
    """The table does not grow without a bound."""
    await desk.post("teams", desk.admin, {"name": "Care"}, headers=ONCE)
    store = desk.served.house.store
    assert await store.write(forget_replies) == 0

    def grow_old(tx: Tx) -> None:
        tx.run(update(replies_kept).values(created_at=replies_kept.c.created_at - 25 * 3_600_000))

    await store.write(grow_old)
    assert await store.write(forget_replies) == 1
    assert await store.read(lambda tx: tx.all(select(replies_kept.c.caller))) == []


async def test_an_edit_of_an_older_state_is_refused(either: Desk) -> None:
    """Who edits under an ETag does so only if nobody was quicker."""
    article = await either.call("POST", "articles", either.admin, json={"question": "How?", "answer": "So."})
    seen = article.headers["Etag"]
    path = f"articles/{article.body['id']}"
    quick = await either.call("PATCH", path, either.admin, json={"answer": "Thus."}, headers={"If-Match": seen})
    assert quick.status == 200
    late = await either.call("PATCH", path, either.admin, json={"answer": "Else."}, headers={"If-Match": seen})
    assert (late.status, late.code, late.field) == (412, "conflict", "if_match")
    now = await either.call("GET", path, either.admin)
    assert now.body["answer"] == "Thus."
    assert now.headers["Etag"] == quick.headers["Etag"] != seen
    unchanged = await either.call("GET", path, either.admin, headers={"If-None-Match": now.headers["Etag"]})
    assert (unchanged.status, unchanged.body) == (304, None)


async def test_what_changes_by_itself_is_no_edit(desk: Desk) -> None:
    """An agent who goes away meanwhile does not spoil the admin's edit of their name."""
    sam = await desk.agent("Sam", online=True)
    before = await desk.call("GET", f"agents/{sam.id}", desk.admin)
    await desk.post("agents/me/status", sam, {"status": "away"})
    tag = {"If-Match": before.headers["Etag"]}
    assert (
        await desk.call("PATCH", f"agents/{sam.id}", desk.admin, json={"name": "Samuel"}, headers=tag)
    ).status == 200
    assert (await desk.call("PATCH", f"agents/{sam.id}", desk.admin, json={"name": "S"}, headers=tag)).status == 412
