"""The visitor's whole way with the official JavaScript client, the agent's with Python's."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.peers.node import JsClient, Seen, js_client
from tests.whole.house import TestHouse, whole_house
from tests.whole.knowledge import teach

Json = Any


class Visitor:
    """Ana in front of the official client: says things, and keeps what she is shown by the protocol's rules."""

    def __init__(self, client: JsClient, house: TestHouse) -> None:
        self.client = client
        self._house = house
        self.token: str | None = None
        self.conversation_id: str | None = None

    async def comes(self, last_rev: dict[str, int] | None = None) -> Json:
        auth: Json = {"inbox": self._house.founded.public_key, "locale": "en"}
        if self.token is not None:
            auth["token"] = self.token
        if last_rev is not None:
            auth["last_rev"] = last_rev
        mark = len(self.client.seen)
        await self.client.connect(f"{self._house.url}/visitor", auth)
        welcome = await self.client.event("welcome", after=mark)
        assert [seen.event for seen in self.client.seen[mark : mark + 2]] == ["connect", "welcome"]
        self.token = welcome["token"]
        return welcome

    async def says(self, text: str, **more: Json) -> Json:
        acknowledged = await self.client.call("message.send", {"client_id": secrets.token_hex(8), "text": text, **more})
        assert acknowledged["ok"], acknowledged
        self.conversation_id = acknowledged["message"]["conversation_id"]
        return acknowledged["message"]

    async def does(self, command: str, **payload: Json) -> Json:
        acknowledged = await self.client.call(command, payload)
        assert acknowledged["ok"], acknowledged
        return acknowledged

    async def hears(self, after: int, wanted: Callable[[Json], bool]) -> Json:
        """The next message after a mark that is wanted."""

        def is_it(seen: Seen) -> bool:
            return seen.event == "message.created" and wanted(seen.payload)

        return (await self.client.until(is_it, after=after)).payload

    @property
    def mark(self) -> int:
        return len(self.client.seen)


def by(kind: str, text: str = "") -> Callable[[Json], bool]:
    return lambda message: message["author"]["kind"] == kind and text in message["text"]


async def test_a_visitor_is_answered_brought_to_a_person_and_back(tmp_path: Path) -> None:
    """Ask, answer, clarify, a person, talk, a note nobody sees, back to the bot, resolve, rate, return as before."""
    async with whole_house(tmp_path) as house:
        await _the_whole_way(house)


async def test_the_whole_way_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    """The same, with the database a server of its own."""
    async with whole_house(tmp_path, postgres_url) as house:
        await _the_whole_way(house)


async def _the_whole_way(house: TestHouse) -> None:
    async with js_client() as client:
        await teach(house)
        sam = await house.agent("Sam")
        try:
            ana = Visitor(client, house)
            await ana.comes()
            await _is_answered(ana)
            await _is_asked_back(ana)
            conversation = await _meets_a_person(ana, sam)
            await _goes_back_to_the_bot(ana, sam, conversation)
            await _ends_and_rates(ana, sam)
            await _returns_equal_to_a_fresh_reader(ana)
        finally:
            await sam.close()


async def _is_answered(ana: Visitor) -> None:
    mark = ana.mark
    await ana.says("where is my parcel, it has not arrived yet")
    answer = await ana.hears(mark, by("bot"))
    assert "tracking link" in answer["text"]
    assert "understanding" not in answer, "how sure the bot is, is for agents"
    await ana.does("answer.rate", message_id=answer["id"], helpful=True)


async def _is_asked_back(ana: Visitor) -> None:
    mark = ana.mark
    await ana.says("lamp does not work")
    asked = await ana.hears(mark, by("bot"))
    assert asked["kind"] == "choices", asked
    choice = asked["content"]["choices"][0]
    mark = ana.mark
    await ana.says("", choice={"message_id": asked["id"], "value": choice["value"]})
    assert (await ana.hears(mark, by("bot")))["kind"] == "text"


async def _meets_a_person(ana: Visitor, sam: Any) -> Json:
    mark = ana.mark
    waiting = await ana.does("person.request")
    assert waiting["conversation"]["status"] == "waiting"
    offer = await sam.sees("offer.created")
    assert offer["conversation"]["id"] == ana.conversation_id
    assert offer["packet"]["reason"] == "asked"
    conversation = (
        await sam.do(
            "conversation.accept",
            conversation_id=ana.conversation_id,
            epoch=offer["conversation"]["epoch"],
            offer_id=offer["id"],
        )
    )["conversation"]
    assert conversation["status"] == "assigned"
    await ana.hears(mark, by("system", "Sam"))
    await sam.do("message.send", conversation_id=ana.conversation_id, client_id="note-1", text="a secret", private=True)
    mark = ana.mark
    await sam.says(conversation, "Hi Ana, this is Sam.")
    said = await ana.hears(mark, by("agent", "Hi Ana"))
    assert said["author"]["name"] == "Sam"
    mark = len(sam.seen)
    await ana.says("Thank you, Sam")
    await sam.sees("message.created", by("visitor", "Thank you, Sam"), after=mark)
    return conversation


async def _goes_back_to_the_bot(ana: Visitor, sam: Any, conversation: Json) -> None:
    await sam.says(conversation, "The bot can tell you the rest.")
    await sam.do("conversation.hand_back", conversation_id=ana.conversation_id, epoch=conversation["epoch"])
    mark = ana.mark
    await ana.says("how do I pair my lamp with the app?")
    assert "hold the button" in (await ana.hears(mark, by("bot")))["text"]


async def _ends_and_rates(ana: Visitor, sam: Any) -> None:
    opened = await sam.do("conversation.watch", conversation_id=ana.conversation_id)
    assert any(m["private"] and m["text"] == "a secret" for m in opened["messages"])
    await sam.do(
        "conversation.resolve", conversation_id=ana.conversation_id, epoch=opened["conversation"]["epoch"],
        wrap_up={"category": "delivery"},
    )  # fmt: skip
    await ana.client.until(lambda seen: seen.event == "conversation.updated" and seen.payload["status"] == "resolved")
    await ana.does("survey.submit", conversation_id=ana.conversation_id, score=5, comment="quick")


async def _returns_equal_to_a_fresh_reader(ana: Visitor) -> None:
    conversation_id = ana.conversation_id
    assert not any("a secret" in str(seen.payload) for seen in ana.client.seen), "a note reached its visitor"
    shown = {s.payload["id"]: s.payload for s in ana.client.seen if s.event == "message.created"}
    await ana.client.disconnect()
    await ana.comes(last_rev={str(conversation_id): 3})
    changed = await ana.does("changes.after", conversation_id=conversation_id, rev=3)
    fresh = await ana.does("changes.after", conversation_id=conversation_id, rev=0)
    assert [m["seq"] for m in fresh["messages"]] or fresh["conversation"]["last_seq"] == 0
    assert sorted(m["seq"] for m in fresh["messages"]) == list(range(1, fresh["conversation"]["last_seq"] + 1))
    assert changed["rev"] == fresh["rev"] == fresh["conversation"]["rev"]
    by_id = {m["id"]: m for m in fresh["messages"]}
    assert all(by_id[m["id"]] == m for m in changed["messages"])
    assert {key for key in shown if shown[key]["conversation_id"] == conversation_id} <= by_id.keys()
    assert not any(m["text"] == "a secret" for m in fresh["messages"])
