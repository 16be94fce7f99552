"""What agents use all day: filters of lists, views they saved, replies they need not write again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.desk import Desk, Person


async def ids(desk: Desk, query: str, by: Person | None = None) -> list[str]:
    found = await desk.get(f"conversations?{query}", by or desk.admin)
    return [one["id"] for one in found["conversations"]]


async def updated(desk: Desk, conversation: Any, **what: Any) -> None:
    await desk.post(f"conversations/{conversation['id']}/update", desk.admin, what)


async def test_a_list_is_filtered_by_what_is_asked(either: Desk) -> None:
    """Status, holder, team, category, label, inbox and who waits, alone and together."""
    desk = either
    sam = await desk.agent("Sam", online=True)
    one, two, three = [await desk.conversation(text) for text in ("one", "two", "three")]
    await updated(desk, one, category="billing", labels=["vip", "EU"])
    await updated(desk, two, category="billing", labels=["vipers"])
    taken = await desk.command(sam, "take_over", three)
    assert await ids(desk, "view=all") == [three["id"], two["id"], one["id"]]
    assert await ids(desk, "view=all&category=billing&label=vip") == [one["id"]]
    assert await ids(desk, "view=all&label=VIP") == []
    assert await ids(desk, f"view=all&assignee_id={sam.id}") == [three["id"]]
    assert await ids(desk, "view=all&assignee_id=me", sam) == [three["id"]]
    assert await ids(desk, "view=all&assignee_id=none&sort=waiting") == [one["id"], two["id"]]
    assert await ids(desk, f"view=all&inbox_id={desk.founded.inbox_id}&status=queued") == [two["id"], one["id"]]
    assert await ids(desk, "view=all&inbox_id=inb_none") == []
    assert await ids(desk, f"view=all&contact_id={two['contact']['id']}") == [two["id"]]
    sent = {"client_id": "c1", "text": "Hello", "epoch": taken["epoch"]}
    await desk.post(f"conversations/{three['id']}/messages", sam, sent)
    assert await ids(desk, "view=all&waiting=true") == [two["id"], one["id"]]
    assert await ids(desk, "view=all&waiting=false") == [three["id"]]
    assert (await ids(desk, "view=all&sort=updated"))[0] == three["id"]
    await desk.post(f"conversations/{three['id']}/resolve", sam, {"epoch": taken["epoch"]})
    assert await ids(desk, "view=all&status=open&team_id=none") == [two["id"], one["id"]]
    assert await ids(desk, "view=all&status=resolved") == [three["id"]]


@pytest.mark.parametrize("sort", ["newest", "updated", "waiting"])
async def test_a_sorted_list_is_paged_without_gaps(desk: Desk, sort: str) -> None:
    """Each page begins where the last one ended, whatever the list is sorted by."""
    made = {(await desk.conversation(f"text {number}"))["id"] for number in range(5)}
    found: list[str] = []
    for _ in range(10):
        before = await moments(desk)
        found, cursor = [], ""
        for _ in range(5):
            page = await desk.get(f"conversations?view=all&limit=2&sort={sort}{cursor}", desk.admin)
            found += [one["id"] for one in page["conversations"]]
            if page["cursor"] is None:
                break
            cursor = f"&cursor={page['cursor']}"
        if await moments(desk) == before:
            break
        # who waits was told something meanwhile, and that moved the chat in the list
    assert (len(found), set(found)) == (5, made)


async def moments(desk: Desk) -> dict[str, str]:
    """When each conversation last changed."""
    page = await desk.get("conversations?view=all", desk.admin)
    return {one["id"]: one["updated_at"] for one in page["conversations"]}


async def test_a_filter_of_nonsense_is_refused(desk: Desk) -> None:
    """The field is named."""
    for query, field in (("status=lost", "status"), ("waiting=perhaps", "waiting"), ("sort=up", "sort")):
        answer = await desk.call("GET", f"conversations?{query}", desk.admin)
        assert (answer.status, (answer.field or "").split(".")[0]) == (400, field)
    answer = await desk.call("GET", "conversations?view=viw_none", desk.admin)
    assert (answer.status, answer.field) == (404, "view")


async def test_a_saved_view_shows_what_it_was_saved_for(either: Desk) -> None:
    """By its id it is a list of its own, only its owner's; what is asked beside it goes first."""
    desk = either
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    one, two = [await desk.conversation(text) for text in ("one", "two")]
    await updated(desk, one, category="billing")
    filter_ = {"view": "queue", "category": "billing"}
    view = await desk.post("views", sam, {"name": "Money", "filter": filter_})
    assert view["filter"] == filter_
    assert await ids(desk, f"view={view['id']}", sam) == [one["id"]]
    twin = await desk.call("POST", "views", sam, json={"name": "Money", "filter": {}})
    assert (twin.status, twin.field) == (409, "name")
    assert (await desk.call("GET", f"conversations?view={view['id']}", kim)).status == 404
    changed = await desk.call("PATCH", f"views/{view['id']}", sam, json={"name": "All", "filter": {"sort": "waiting"}})
    assert changed.body["filter"] == {"view": "all", "sort": "waiting"}
    assert await ids(desk, f"view={view['id']}", sam) == [one["id"], two["id"]]
    assert await ids(desk, f"view={view['id']}&sort=newest", sam) == [two["id"], one["id"]]
    assert [one["name"] for one in (await desk.get("views", sam))["views"]] == ["All"]
    assert (await desk.call("DELETE", f"views/{view['id']}", sam)).status == 204
    assert (await desk.get("views", sam))["views"] == []


async def test_canned_replies_are_for_everyone_or_for_a_team(either: Desk) -> None:
    """Agents see their teams' and everyone's, and write their teams'; everyone's take the right to manage knowledge."""
    desk = either
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    care = await desk.team("Care", sam)
    hello = await desk.post("canned_replies", desk.admin, {"title": "Hello", "text": "Hello there"})
    bye = await desk.post("canned_replies", sam, {"title": "Bye", "text": "Good bye", "team_id": care})
    assert hello["team_id"] is None

    async def titles(by: Person) -> set[str]:
        return {one["title"] for one in (await desk.get("canned_replies", by))["canned_replies"]}

    assert (await titles(sam), await titles(kim)) == ({"Hello", "Bye"}, {"Hello"})
    assert await titles(desk.admin) == {"Hello", "Bye"}
    assert (await desk.call("GET", f"canned_replies/{bye['id']}", kim)).status == 404
    for by, body, code in (
        (sam, {"title": "x", "text": "y"}, "forbidden"),
        (kim, {"title": "x", "text": "y", "team_id": care}, "forbidden"),
        (desk.admin, {"title": "x", "text": "y", "team_id": "tea_none"}, "not_found"),
        (desk.admin, {"title": " ", "text": "y"}, "invalid"),
    ):
        assert (await desk.call("POST", "canned_replies", by, json=body)).code == code
    assert (await desk.call("PATCH", f"canned_replies/{hello['id']}", sam, json={"text": "Hi"})).code == "forbidden"
    changed = await desk.call("PATCH", f"canned_replies/{bye['id']}", sam, json={"text": "See you"})
    assert (changed.body["text"], changed.body["title"]) == ("See you", "Bye")
    assert (await desk.call("DELETE", f"canned_replies/{bye['id']}", sam)).status == 204
    assert await titles(sam) == {"Hello"}
    assert (await desk.get("canned_replies", await desk.other_workspace()))["canned_replies"] == []
