"""Every command of an agent, done and refused, over the real socket."""

from __future__ import annotations

from typing import Any

from tests.whole.house import TestHouse
from tests.whole.people import Agent, Visitor

Json = Any


def code(error: Json) -> tuple[str, str | None]:
    return error["code"], error.get("field")


async def waiting(house: TestHouse) -> Visitor:
    """A visitor in line."""
    ana = await house.visitor()
    await ana.asks_for_a_person()
    return ana


async def stale(agent: Agent, command: str, key: str, epoch: int, **more: Json) -> None:
    """A command at an epoch that has passed is a conflict, and shows the conversation as it is now."""
    error = await agent.refused(command, conversation_id=key, epoch=epoch, **more)
    assert code(error) == ("conflict", "epoch"), command
    assert error["conversation"]["epoch"] > epoch
    assert error["conversation"]["id"] == key


async def test_an_agent_says_whether_they_are_there(house: TestHouse) -> None:
    """Online, away, offline; colleagues see it; another word is refused."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea")
    for status in ("away", "offline", "online"):
        told = await sam.do("status.set", status=status)
        assert told["agent"]["status"] == status
        wanted = {"agent_id": sam.id, "name": "Sam", "status": status, "connected": True}
        await lea.sees("presence.updated", wanted.__eq__)
    assert code(await sam.refused("status.set", status="busy")) == ("invalid", "status")


async def test_a_chat_is_accepted_by_its_offer_and_only_once(house: TestHouse) -> None:
    """The offer carries the packet; a repeat is well; another's offer, a dead one, an old epoch are not."""
    sam = await house.at_desk("Sam")
    ana = await waiting(house)
    key = ana.conversation_id
    offer = await sam.offered(key)
    assert offer["packet"]["reason"] == "asked"
    assert offer["packet"]["contact"]["id"]
    lea = await house.at_desk("Lea")
    epoch = offer["conversation"]["epoch"]
    error = await lea.refused("conversation.accept", conversation_id=key, epoch=epoch, offer_id=offer["id"])
    assert code(error) == ("conflict", "offer_id")
    await stale(sam, "conversation.accept", key, epoch - 1)
    told = await sam.do("conversation.accept", conversation_id=key, epoch=epoch, offer_id=offer["id"])
    assert told["conversation"]["status"] == "assigned"
    assert told["conversation"]["assignee"] == {"id": sam.id, "name": "Sam"}
    again = await sam.do("conversation.accept", conversation_id=key, epoch=epoch, offer_id=offer["id"])
    assert again["conversation"]["epoch"] == told["conversation"]["epoch"]
    await stale(lea, "conversation.accept", key, epoch)
    withdrawn = await sam.sees("offer.withdrawn")
    assert withdrawn == {"offer_id": offer["id"], "conversation_id": key, "reason": "accepted"}
    error = await lea.refused("conversation.accept", conversation_id="cnv_nowhere", epoch=1)
    assert code(error) == ("not_found", "conversation_id")


async def test_a_declined_offer_passes_on(house: TestHouse) -> None:
    """Who says no is asked last; the offer is theirs alone to decline; declining twice is well."""
    sam = await house.at_desk("Sam")
    key = (await waiting(house)).conversation_id
    offer = await sam.offered(key)
    lea = await house.at_desk("Lea")
    assert code(await lea.refused("conversation.decline", offer_id=offer["id"])) == ("not_found", "offer_id")
    await sam.do("conversation.decline", offer_id=offer["id"])
    await lea.accepts(key)
    await sam.do("conversation.decline", offer_id=offer["id"])
    assert code(await sam.refused("conversation.decline", offer_id="off_0")) == ("not_found", "offer_id")


async def test_a_conversation_is_taken_over(house: TestHouse) -> None:
    """From the bot and the queue by anybody who may see it; from a colleague only with the right."""
    ana = await house.visitor()
    await ana.asks_for_a_person()
    key = ana.conversation_id
    sam, lea = await house.at_desk("Sam", status="away"), await house.at_desk("Lea", status="away")
    boss = await house.at_desk("Boss", role="supervisor", status="away")
    await stale(sam, "conversation.take_over", key, 0)
    assert (await sam.decides("take_over", key))["assignee"]["id"] == sam.id
    error = await lea.refused("conversation.take_over", conversation_id=key, epoch=await lea.epoch_of(key))
    assert error["code"] == "forbidden"
    assert (await boss.decides("take_over", key))["assignee"]["id"] == boss.id
    gone = await sam.sees("conversation.updated", lambda one: (one["assignee"] or {}).get("id") == boss.id)
    assert gone["id"] == key
    error = await sam.refused(
        "message.send", conversation_id=key, epoch=await sam.epoch_of(key), client_id="late", text="still me?"
    )
    assert error["code"] == "forbidden"


async def test_a_chat_is_transferred_to_an_agent_a_team_or_a_tier(house: TestHouse) -> None:
    """Exactly one of the three, who can take it; the note goes along and never to the visitor."""
    team = await house.team("Billing")
    sam = await house.at_desk("Sam")
    ana = await waiting(house)
    key = ana.conversation_id
    await sam.accepts(key)
    epoch = await sam.epoch_of(key)
    lea = await house.at_desk("Lea", seats=0)
    for to, wanted in (
        ({}, ("invalid", "to")),
        ({"agent_id": lea.id, "tier": 2}, ("invalid", "to")),
        ({"agent_id": "agt_0"}, ("not_found", "to.agent_id")),
        ({"agent_id": lea.id}, ("capacity", "to.agent_id")),
        ({"team_id": "tem_0"}, ("not_found", "to.team_id")),
        ({"tier": 0}, ("invalid", "to.tier")),
        ({"tier": "2"}, ("invalid", "to.tier")),
    ):
        error = await sam.refused("conversation.transfer", conversation_id=key, epoch=epoch, to=to)
        assert code(error) == wanted, to
    await stale(sam, "conversation.transfer", key, epoch - 1, to={"tier": 2})
    max_ = await house.at_desk("Max", team_ids=(team,))
    told = await sam.decides("transfer", key, to={"agent_id": max_.id}, note="a hard one")
    assert told["assignee"]["id"] == max_.id
    note = await max_.sees("message.created", lambda one: one["private"] and one["text"] == "a hard one")
    assert note["author"]["id"] == sam.id
    assert (await max_.decides("transfer", key, to={"team_id": team}))["team_id"] == team
    assert code(await sam.refused("conversation.watch", conversation_id=key)) == ("not_found", "conversation_id")
    await max_.decides("take_over", key)
    assert (await max_.decides("transfer", key, to={"tier": 3}))["tier"] == 3
    assert not any("a hard one" in str(one.payload) for one in ana.wire.heard)


async def test_a_chat_is_released_and_handed_back(house: TestHouse) -> None:
    """Back to the line at its old place, or to the bot, which answers what nobody has answered."""
    sam = await house.at_desk("Sam")
    ana = await waiting(house)
    key = ana.conversation_id
    await sam.accepts(key)
    epoch = await sam.epoch_of(key)
    await sam.do("status.set", status="away")
    await stale(sam, "conversation.release", key, epoch - 1)
    told = await sam.do("conversation.release", conversation_id=key, epoch=epoch)
    assert (told["conversation"]["status"], told["conversation"]["assignee"]) == ("queued", None)
    assert (await sam.do("conversation.release", conversation_id=key, epoch=epoch))["conversation"][
        "status"
    ] == "queued"
    lea = await house.at_desk("Lea", status="away")
    error = await lea.refused("conversation.release", conversation_id=key, epoch=told["conversation"]["epoch"])
    assert error["code"] == "illegal_transition"
    await stale(sam, "conversation.hand_back", key, epoch)
    mark = ana.mark
    back = await sam.decides("hand_back", key, note="it was about lamps")
    assert (back["status"], back["assignee"]) == ("bot", None)
    await ana.sees("conversation.updated", lambda one: one["status"] == "bot", after=mark)


async def test_a_conversation_is_put_aside_and_taken_up_again(house: TestHouse) -> None:
    """Until a moment to come or until somebody wakes it; a moment that is none is refused."""
    sam = await house.at_desk("Sam")
    key = (await waiting(house)).conversation_id
    await sam.accepts(key)
    epoch = await sam.epoch_of(key)
    for until in ("tomorrow", "2026-05-01T08:00:00", "1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "x" * 41):
        error = await sam.refused("conversation.snooze", conversation_id=key, epoch=epoch, until=until)
        assert code(error) == ("invalid", "until"), until
    await stale(sam, "conversation.snooze", key, epoch - 1)
    told = await sam.do("conversation.snooze", conversation_id=key, epoch=epoch)
    assert told["conversation"]["status"] == "snoozed"
    await stale(sam, "conversation.wake", key, epoch)
    lea = await house.at_desk("Lea")
    error = await lea.refused("conversation.wake", conversation_id=key, epoch=told["conversation"]["epoch"])
    assert error["code"] == "forbidden"
    assert (await sam.decides("wake", key))["status"] == "assigned"


async def test_a_conversation_is_resolved_with_what_it_was_about(house: TestHouse) -> None:
    """Its visitor is told; a repeat is well; what is closed cannot be closed by another."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea", status="away")
    ana = await waiting(house)
    key = ana.conversation_id
    await sam.accepts(key)
    epoch = await sam.epoch_of(key)
    await stale(sam, "conversation.resolve", key, epoch - 1)
    error = await lea.refused("conversation.resolve", conversation_id=key, epoch=epoch)
    assert error["code"] == "forbidden"
    wrap_up = {"category": "billing", "cause": "price", "outcome": "explained"}
    error = await sam.refused("conversation.resolve", conversation_id=key, epoch=epoch, wrap_up={"category": "x" * 201})
    assert code(error) == ("invalid", "wrap_up.category")
    told = await sam.do("conversation.resolve", conversation_id=key, epoch=epoch, wrap_up=wrap_up)
    assert (told["conversation"]["status"], told["conversation"]["category"]) == ("resolved", "billing")
    assert told["conversation"]["resolution"] == "agent"
    await sam.do("conversation.resolve", conversation_id=key, epoch=epoch, wrap_up=wrap_up)
    await ana.sees("conversation.updated", lambda one: one["status"] == "resolved")
    error = await lea.refused("conversation.resolve", conversation_id=key, epoch=told["conversation"]["epoch"])
    assert error["code"] == "illegal_transition"


async def test_a_supervisor_assigns(house: TestHouse) -> None:
    """To somebody who is there with a seat; it takes the right to."""
    sam = await house.at_desk("Sam", seats=1)
    boss = await house.at_desk("Boss", role="supervisor", status="away")
    away = await house.at_desk("Away", status="away")
    ana = await waiting(house)
    key = ana.conversation_id
    await sam.offered(key)
    epoch = await boss.epoch_of(key)
    error = await sam.refused("conversation.assign", conversation_id=key, epoch=epoch, agent_id=sam.id)
    assert error["code"] == "forbidden"
    for agent_id, wanted in (("agt_0", ("not_found", "agent_id")), (away.id, ("capacity", "agent_id"))):
        error = await boss.refused(
            "conversation.assign", conversation_id=key, epoch=await boss.epoch_of(key), agent_id=agent_id
        )
        assert code(error) == wanted
    await stale(boss, "conversation.assign", key, 0, agent_id=sam.id)
    assert (await boss.decides("assign", key, agent_id=sam.id))["assignee"]["id"] == sam.id
    ben = await waiting(house)
    error = await boss.refused(
        "conversation.assign",
        conversation_id=ben.conversation_id,
        epoch=await boss.epoch_of(ben.conversation_id),
        agent_id=sam.id,
    )
    assert code(error) == ("capacity", "agent_id")


async def test_what_a_conversation_is_about_can_be_said_by_whoever_sees_it(house: TestHouse) -> None:
    """Category, priority, labels, at any epoch; the visitor sees none of it."""
    ana = await house.visitor()
    await ana.says("hello")
    key, sam = ana.conversation_id, await house.at_desk("Sam", status="away")
    told = await sam.do(
        "conversation.update", conversation_id=key, category="billing", priority=3, labels=["a", "a", "b"]
    )
    assert (told["conversation"]["category"], told["conversation"]["priority"]) == ("billing", 3)
    assert told["conversation"]["labels"] == ["a", "b"]
    before = (await ana.fresh(key))["rev"]
    await sam.do("conversation.update", conversation_id=key, labels=[])
    assert (await ana.fresh(key))["rev"] == before
    for more, field in (
        ({"priority": 4}, "priority"),
        ({"priority": True}, "priority"),
        ({"labels": [""]}, "labels.0"),
        ({"labels": "vip"}, "labels"),
        ({"category": 5}, "category"),
    ):
        assert code(await sam.refused("conversation.update", conversation_id=key, **more)) == ("invalid", field)
    too_many = await sam.refused("conversation.update", conversation_id=key, labels=[f"l{n}" for n in range(31)])
    assert code(too_many) == ("too_large", "labels")


async def test_a_conversation_is_watched_and_let_go(house: TestHouse) -> None:
    """A watcher gets its page and then everything; let go, a line of a list; only fifty at once."""
    ana = await waiting(house)
    await ana.hears("system", "Nobody is at the desk")
    await ana.says("hello")
    key, sam = ana.conversation_id, await house.at_desk("Sam", status="away")
    page = await sam.do("conversation.watch", conversation_id=key)
    assert [one["text"] for one in page["messages"]][-1:] == ["hello"]
    assert page["messages"][0]["made_rev"] == page["messages"][0]["rev"]
    await ana.says("are you there")
    await sam.sees("message.created", lambda one: one["text"] == "are you there")
    await sam.do("conversation.unwatch", conversation_id=key)
    mark = sam.mark
    await ana.says("anybody")
    line = await sam.sees(
        "conversation.updated", lambda one: one.get("last_message", {}).get("excerpt") == "anybody", after=mark
    )
    assert line["last_message"]["author"] == {"kind": "visitor", "name": None}
    assert sam.wire.events("message.created", after=mark) == []
    assert code(await sam.refused("conversation.watch", conversation_id="cnv_0")) == ("not_found", "conversation_id")
    keys = [(await ana.says(f"matter {n}", start_new=True))["conversation_id"] for n in range(51)]
    for one in keys[:50]:
        await sam.do("conversation.watch", conversation_id=one)
    assert code(await sam.refused("conversation.watch", conversation_id=keys[50])) == ("capacity", "conversation_id")
    await sam.do("conversation.watch", conversation_id=keys[0], rev=0)


async def test_an_agent_replies_and_leaves_notes(house: TestHouse) -> None:
    """A reply by who has the chat at its epoch, a note by whoever sees it at none; each once under its client id."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea", status="away")
    ana = await waiting(house)
    key = ana.conversation_id
    await sam.accepts(key)
    epoch = await sam.epoch_of(key)
    reply = {"conversation_id": key, "epoch": epoch, "client_id": "r1", "text": "hello"}
    first = await sam.do("message.send", **reply)
    assert await sam.do("message.send", **reply) == {**first, "duplicate": True}
    assert code(await sam.refused("message.send", **{**reply, "text": "other"})) == ("conflict", "client_id")
    await stale(sam, "message.send", key, epoch - 1, client_id="r2", text="late")
    no_epoch = await sam.refused("message.send", conversation_id=key, client_id="r3", text="hello")
    assert code(no_epoch) == ("invalid", "epoch")
    error = await lea.refused("message.send", conversation_id=key, epoch=epoch, client_id="l1", text="me")
    assert error["code"] == "forbidden"
    note = await lea.do("message.send", conversation_id=key, client_id="l2", text="look at F-1", private=True)
    assert note["message"]["seq"] is None
    shown = await sam.sees("message.created", lambda one: one["id"] == note["message"]["id"])
    assert shown["private"] is True
    for value in ("no", 0, "false"):
        error = await sam.refused("message.send", conversation_id=key, client_id="s", text="x", private=value)
        assert code(error) == ("invalid", "private"), "what is meant for colleagues never goes out by a slip of type"
    for text, wanted in (("x" * 10_001, "too_large"), ("", "invalid"), (" ", "invalid")):
        error = await sam.refused("message.send", conversation_id=key, epoch=epoch, client_id="t", text=text)
        assert error["code"] == wanted
    assert not any("F-1" in str(one.payload) for one in ana.wire.heard)


async def test_an_agent_mends_their_own_words(house: TestHouse) -> None:
    """Edited and withdrawn by who said it; the visitor sees the words change and go."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea", status="away")
    ana = await waiting(house)
    key = ana.conversation_id
    await sam.accepts(key)
    said = await sam.says(key, "five euros")
    told = await sam.do("message.edit", message_id=said["id"], text="six euros")
    assert told["message"]["text"] == "six euros"
    assert told["message"]["edited_at"]
    changed = await ana.sees("message.updated")
    assert (changed["text"], changed["seq"]) == ("six euros", said["seq"])
    assert (await lea.refused("message.edit", message_id=said["id"], text="seven"))["code"] == "forbidden"
    assert code(await lea.refused("message.withdraw", message_id="msg_0")) == ("not_found", "message_id")
    assert (await lea.refused("message.withdraw", message_id=said["id"]))["code"] == "forbidden"
    assert (await sam.refused("message.edit", message_id=said["id"], text=""))["code"] == "invalid"
    gone = await sam.do("message.withdraw", message_id=said["id"])
    assert (gone["message"]["text"], bool(gone["message"]["erased_at"])) == ("", True)
    await sam.do("message.withdraw", message_id=said["id"])
    erased = await ana.sees("message.updated", lambda one: "erased_at" in one)
    assert erased["text"] == ""
    assert (await sam.refused("message.edit", message_id=said["id"], text="eight"))["code"] == "invalid"


async def test_pages_and_reading_for_agents(house: TestHouse) -> None:
    """changes.after and messages.before show notes too; read is moved by who has the chat, and seen by the visitor."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea", status="away")
    ana = await waiting(house)
    key = ana.conversation_id
    await sam.accepts(key)
    await sam.says(key, "a note", private=True)
    last = await ana.says("please answer", conversation_id=key)
    before = await sam.do("messages.before", conversation_id=key, seq=last["seq"])
    assert any(one["private"] and one["text"] == "a note" for one in before["messages"])
    await lea.do("read", conversation_id=key, seq=last["seq"])
    assert ana.wire.events("read.updated") == [], "who looks in has not read it for us"
    await sam.do("read", conversation_id=key, seq=last["seq"])
    assert (await ana.sees("read.updated"))["by"] == "us"
    assert code(await sam.refused("read", conversation_id=key, seq=last["seq"] + 1)) == ("invalid", "seq")
    assert code(await sam.refused("read", conversation_id="cnv_0", seq=1)) == ("not_found", "conversation_id")
    for command, more in (("changes.after", {"rev": 0}), ("messages.before", {"seq": 2})):
        error = await sam.refused(command, conversation_id="cnv_0", **more)
        assert code(error) == ("not_found", "conversation_id")


async def test_what_is_of_another_team_is_not_there(house: TestHouse) -> None:
    """Every command on a conversation of a team that an agent is not in answers as if it were none."""
    team = await house.team("Billing")
    sam, eve = await house.at_desk("Sam", team_ids=(team,)), await house.at_desk("Eve", status="away")
    ana = await waiting(house)
    key = ana.conversation_id
    await sam.accepts(key)
    await sam.decides("transfer", key, to={"team_id": team})
    epoch = await sam.epoch_of(key)
    at_epoch: Json = {"conversation_id": key, "epoch": epoch}
    tries: dict[str, Json] = {
        "conversation.accept": at_epoch,
        "conversation.take_over": at_epoch,
        "conversation.transfer": {**at_epoch, "to": {"agent_id": eve.id}},
        "conversation.release": at_epoch,
        "conversation.hand_back": at_epoch,
        "conversation.snooze": at_epoch,
        "conversation.wake": at_epoch,
        "conversation.resolve": at_epoch,
        "conversation.update": {"conversation_id": key, "category": "x"},
        "conversation.watch": {"conversation_id": key},
        "message.send": {"conversation_id": key, "client_id": "1", "text": "x", "private": True},
        "changes.after": {"conversation_id": key, "rev": 0},
        "messages.before": {"conversation_id": key, "seq": 1},
        "read": {"conversation_id": key, "seq": 1},
        "typing": {"conversation_id": key, "on": True},
    }
    for command, payload in tries.items():
        error = await eve.refused(command, **payload)
        assert code(error) == ("not_found", "conversation_id"), command
        assert "conversation" not in error, command
