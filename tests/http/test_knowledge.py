"""What a bot knows, edited and tried over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.http.desk import Desk

EXAMPLES = {
    "order_status": ["where is my order", "when does my parcel arrive", "track my package", "has my order left yet"],
    "refund": ["I want my money back", "refund please", "return it for a refund", "give me a refund"],
    "opening_hours": ["when are you open", "opening hours", "are you open on sunday", "what time do you close"],
}


async def taught(desk: Desk) -> None:
    for name, texts in EXAMPLES.items():
        answer = f"About {name}." if name != "refund" else None
        intent = await desk.post("intents", desk.admin, {"name": name, "answer": answer})
        added = await desk.post(f"intents/{intent['id']}/examples", desk.admin, {"texts": texts})
        assert len(added["examples"]) == len(texts)


async def trained(desk: Desk, **body: Any) -> Any:
    """A version trained to its end, as looking at it tells."""
    begun = await desk.call("POST", "models", desk.admin, json=body)
    assert begun.status == 202, begun
    model = begun.body
    assert begun.headers["Location"].endswith(model["id"])
    async with asyncio.timeout(90):
        while model["state"] == "training":
            # what is asked for is the state; nothing tells when it changes
            await asyncio.sleep(0.2)
            model = await desk.get(f"models/{model['id']}", desk.admin)
            progress = model.get("progress")
            if progress is not None:
                assert progress["step"] in ("reading", "learning", "done")
                assert 0 <= progress["share"] <= 1
                assert progress["message"]
    return model


async def test_a_bot_is_taught_trained_tried_and_rolled_back(desk: Desk) -> None:
    """Intents with examples become a version, which answers once published, until the one before is wanted back."""
    await desk.with_bot()
    await taught(desk)
    asked = {"inbox": desk.founded.public_key, "text": "where is my order?"}
    before = await desk.post("understand", desk.admin, asked)
    assert (before["intent"], before["decision"], before["reason"]) == (None, "escalate", "no_knowledge")
    first = await trained(desk, publish=True)
    assert (first["state"], first["live"], first["version"]) == ("ready", True, "v1"), first
    await desk.served.house.refresh()
    after = await desk.post("understand", desk.admin, asked)
    assert (after["intent"], after["model_version"]) == ("order_status", "v1")
    figures = first["figures"]
    assert figures["accuracy"] == figures["cross_validated_accuracy"]
    assert figures["calibration_error"] == figures["cross_validated_calibration_error"]
    known = {one["name"]: one["id"] for one in (await desk.get("intents", desk.admin))["intents"]}
    for weak in figures["weakest_intents"]:
        assert (weak["intent_id"], weak["accuracy"] < 1) == (known[weak["intent"]], True)
        assert weak["confused_with"] in known
    assert bool(figures["weakest_intents"]) == (figures["accuracy"] < 1)
    second = await trained(desk)
    assert not second["live"]
    assert (await desk.post(f"models/{second['id']}/publish", desk.admin))["live"]
    back = await desk.post("models/roll_back", desk.admin)
    assert (back["id"], back["live"]) == (first["id"], True)
    listed = (await desk.get("models", desk.admin))["models"]
    assert [(one["number"], one["live"]) for one in listed] == [(2, False), (1, True)]
    rows = [{"text": text, "label": name} for name, texts in EXAMPLES.items() for text in texts]
    figures = await desk.post("models/evaluate", desk.admin, {"rows": [*rows, {"text": "xyzzy", "label": "oos"}]})
    assert figures["n"] == 13
    assert figures["accuracy"] > 0.8


async def test_understanding_changes_nothing(desk: Desk) -> None:
    """Asked what the bot would do, it does nothing."""
    await desk.with_bot()
    await desk.post("articles", desk.admin, {"question": "How do I reset my lamp?", "answer": "Hold the button."})
    await desk.served.house.refresh()
    found = await desk.post(
        "understand", desk.admin, {"inbox": desk.founded.inbox_id, "text": "how do I reset my lamp"}
    )
    assert found["article"]["question"] == "How do I reset my lamp?"
    assert found["would"]["do"] == "answer"
    assert "Hold the button." in found["would"]["text"]
    person = await desk.post("understand", desk.admin, {"inbox": desk.founded.inbox_id, "text": "a human, please"})
    assert (person["would"]["do"], person["would"]["reason"]) == ("escalate", "asked")
    assert (await desk.get("conversations?view=all", desk.admin))["conversations"] == []


async def test_training_needs_examples(desk: Desk) -> None:
    """Without any, or with too few, the refusal says what is missing."""
    nothing = await desk.call("POST", "models", desk.admin, json={})
    assert (nothing.status, nothing.code) == (400, "invalid")
    intent = await desk.post("intents", desk.admin, {"name": "lonely"})
    await desk.post(f"intents/{intent['id']}/examples", desk.admin, {"texts": ["only one"]})
    refused = await desk.call("POST", "models", desk.admin, json={})
    assert refused.status == 400
    assert "lonely" in refused.body["error"]["message"]


async def test_articles_are_edited_page_by_page(either: Desk) -> None:
    """Lists come in pages that miss nothing and repeat nothing; an archived article is gone."""
    for number in range(5):
        body = {"question": f"Question {number}?", "answer": "So.", "phrasings": ["in other words"]}
        await either.post("articles", either.admin, body)
    found: list[str] = []
    cursor = ""
    while True:
        page = await either.get(f"articles?limit=2{cursor}", either.admin)
        found += [one["question"] for one in page["articles"]]
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    assert sorted(found) == [f"Question {number}?" for number in range(5)]
    same = await either.call("POST", "articles", either.admin, json={"question": "QUESTION 1?", "answer": "Else."})
    assert (same.status, same.code, same.field) == (409, "conflict", "question")
    first = (await either.get("articles?limit=1", either.admin))["articles"][0]
    changed = await either.call("PATCH", f"articles/{first['id']}", either.admin, json={"category": "billing"})
    assert (changed.body["category"], changed.body["phrasings"]) == ("billing", ["in other words"])
    assert (await either.call("DELETE", f"articles/{first['id']}", either.admin)).status == 204
    assert (await either.call("GET", f"articles/{first['id']}", either.admin)).status == 404


async def test_intents_and_examples_are_edited(either: Desk) -> None:
    """Names are unique within a bot; examples that are there already are passed over; one can be deleted."""
    intent = await either.post("intents", either.admin, {"name": "refund", "title": "Refunds"})
    taken = await either.call("POST", "intents", either.admin, json={"name": "refund"})
    assert (taken.status, taken.code, taken.field) == (409, "conflict", "name")
    path = f"intents/{intent['id']}"
    await either.post(f"{path}/examples", either.admin, {"texts": ["money back", "refund"]})
    again = await either.post(f"{path}/examples", either.admin, {"texts": ["refund", "give it back"]})
    assert [one["text"] for one in again["examples"]] == ["give it back"]
    listed = (await either.get(f"{path}/examples", either.admin))["examples"]
    assert {one["text"] for one in listed} == {"money back", "refund", "give it back"}
    assert all(one["source"] == f"agent:{either.admin.id}" for one in listed)
    await either.call("DELETE", f"{path}/examples/{listed[0]['id']}", either.admin)
    changed = await either.call("PATCH", path, either.admin, json={"answer": "Within 14 days."})
    assert (changed.body["answer"], changed.body["examples_count"]) == ("Within 14 days.", 2)
    handed = await either.call("PATCH", path, either.admin, json={"answer": None})
    assert handed.body["answer"] is None
