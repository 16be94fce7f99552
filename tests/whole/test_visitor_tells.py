"""What a visitor's page tells and asks besides messages: the start form, the site's word, events, ways to help."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from conversations.model import SYSTEM
from conversations.store.tables import contacts, facts, identities
from handoff import teams
from server import inboxes
from server.realtime.newcomers import Newcomers
from tests.whole.house import TestHouse
from tests.whole.test_identity import KID, SECRET, claims, keyed, signed

Json = Any
CONSENT = "I agree that my data is kept for 30 days."


async def asking(house: TestHouse, **form: Json) -> None:
    """The inbox asks this before a chat."""
    founded = house.founded
    settings = {"settings": {"start_form": form}}
    await house.house.store.write(inboxes.change, founded.workspace_id, founded.inbox_id, settings, SYSTEM)
    await house.house.places.load()


async def noted(house: TestHouse, kind: str) -> list[tuple[str | None, Json]]:
    """The facts of a kind: (conversation, data)."""
    found = select(facts.c.conversation_id, facts.c.data).where(facts.c.kind == kind).order_by(facts.c.id)
    rows = await house.house.store.read(lambda tx: tx.all(found))
    return [(row[0], orjson.loads(row[1])) for row in rows]


async def contact(house: TestHouse) -> Json:
    row = (
        await house.house.store.read(
            lambda tx: tx.all(
                select(contacts.c.name, contacts.c.email, contacts.c.phone, contacts.c.attributes, contacts.c.verified)
            )
        )
    )[-1]
    return dict(zip(("name", "email", "phone"), row, strict=False)) | {
        "attributes": orjson.loads(row[3]),
        "verified": orjson.loads(row[4]),
    }


FIELDS = [{"key": "name"}, {"key": "email", "required": True}, {"key": "order", "label": "Order number"}]


async def test_the_welcome_says_what_is_asked_and_offered(house: TestHouse) -> None:
    """The form with departments by name, those that are gone left out, and the inbox's languages."""
    ana = await house.visitor()
    assert ana.welcome["inbox"]["start_form"] is None
    assert ana.welcome["inbox"]["languages"] == ["en", "de", "es", "fr", "ar"]
    billing, gone = await house.team("Billing"), await house.team("Gone")
    await asking(house, fields=FIELDS, departments=[billing, gone], consent={"text": CONSENT})
    await house.house.store.write(teams.archive, house.founded.workspace_id, gone)
    ben = await house.visitor()
    form = ben.welcome["inbox"]["start_form"]
    assert form["departments"] == [{"id": billing, "name": "Billing"}]
    assert [one["key"] for one in form["fields"]] == ["name", "email", "order"]
    assert (form["required"], form["consent"]) == (False, {"text": CONSENT, "required": True})


async def test_a_form_is_kept_with_its_consent(house: TestHouse) -> None:
    """Values are the contact's, unverified; the consent is a fact with its exact text; what nobody asked is dropped."""
    await asking(house, fields=FIELDS, consent={"text": CONSENT})
    ana = await house.visitor()
    values = {"name": " Ana ", "email": "ana@example.com", "order": "A-17", "admin": "yes"}
    agreed = {"text": CONSENT, "at": "2026-11-22T10:00:00Z"}
    told = await ana.do("form.submit", values=values, consent=agreed)
    assert told["visitor"] == {"id": ana.welcome["visitor"]["id"], "name": "Ana"}
    assert await contact(house) == {
        "name": "Ana",
        "email": "ana@example.com",
        "phone": None,
        "attributes": {"order": "A-17"},
        "verified": [],
    }
    [(where, consent)] = await noted(house, "consent_given")
    assert where is None
    assert (consent["text"], consent["agreed_at"]) == (CONSENT, "2026-11-22T10:00:00Z")
    assert consent["identity_id"] == told["visitor"]["id"]
    [(_, form)] = await noted(house, "form_submitted")
    assert form["fields"] == ["name", "email", "order"]
    assert "ana@example.com" not in str(form)
    said = await ana.says("hello")
    page = await ana.fresh(said["conversation_id"])
    assert page["messages"][0]["author"]["name"] == "Ana"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"values": {"name": "Ana"}, "consent": {"text": CONSENT}}, "values.email"),
        ({"values": {"email": "  "}, "consent": {"text": CONSENT}}, "values.email"),
        ({"values": {"email": "ana at example"}, "consent": {"text": CONSENT}}, "values.email"),
        ({"values": {"email": "ana@example.com"}}, "consent"),
        ({"values": {"email": "ana@example.com"}, "consent": {"text": "I agree to less."}}, "consent.text"),
        ({"values": {"email": "a@b.c"}, "consent": {"text": CONSENT}, "department": "tem_x"}, "department"),
        ({"values": {"email": 7}, "consent": {"text": CONSENT}}, "values.email"),
    ],
    ids=["missing", "blank", "no address", "no consent", "another text", "no such department", "a number"],
)
async def test_a_form_that_does_not_hold_is_refused(house: TestHouse, sent: Json, field: str) -> None:
    """By the name of its field, and nothing of it is kept."""
    await asking(house, fields=FIELDS, consent={"text": CONSENT})
    ana = await house.visitor()
    error = await ana.refused("form.submit", **sent)
    assert (error["code"], error["field"]) == ("invalid", field)
    assert (await contact(house))["email"] is None
    assert await noted(house, "form_submitted") == []


async def test_an_inbox_that_asks_nothing_takes_no_form(house: TestHouse) -> None:
    """Only what an admin asks for is kept under their form's name."""
    ana = await house.visitor()
    assert (await ana.refused("form.submit", values={"name": "Ana"}))["code"] == "invalid"


async def test_the_chosen_department_gets_the_chat(house: TestHouse) -> None:
    """A later request for a person waits for that team, whatever the inbox's usual one; others do not see it."""
    billing, sales = await house.team("Billing"), await house.team("Sales")
    await asking(house, departments=[billing, sales])
    ana = await house.visitor()
    await ana.do("form.submit", department=billing)
    sam = await house.at_desk("Sam", team_ids=(billing,))
    sue = await house.at_desk("Sue", team_ids=(sales,))
    await ana.asks_for_a_person()
    taken = await sam.accepts(ana.conversation_id)
    assert taken["team_id"] == billing
    refused = await sue.refused("changes.after", conversation_id=ana.conversation_id, rev=0)
    assert refused["code"] == "not_found"


async def test_another_department_is_chosen_in_line(house: TestHouse) -> None:
    """Who waits and chooses another one waits for that team at once, for as long as before; its offer moves along."""
    billing, sales = await house.team("Billing"), await house.team("Sales")
    await asking(house, departments=[billing, sales])
    sam = await house.at_desk("Sam", team_ids=(billing,))
    sue = await house.at_desk("Sue", team_ids=(sales,))
    ana = await house.visitor()
    await ana.asks_for_a_person(department=billing)
    offer = await sam.offered(ana.conversation_id)
    await ana.do("form.submit", department=sales)
    await sam.sees("offer.withdrawn", lambda one: one["offer_id"] == offer["id"])
    taken = await sue.accepts(ana.conversation_id)
    assert taken["team_id"] == sales
    assert (await ana.refused("person.request", department="tem_none"))["field"] == "department"


async def test_a_person_is_asked_for_in_the_visitors_language(house: TestHouse) -> None:
    """A person asked for before anything was said is announced in the visitor's language."""
    ana = await house.visitor(locale="de")
    await ana.asks_for_a_person()
    page = await ana.fresh(ana.conversation_id)
    assert page["messages"][0]["text"].startswith("Sie stehen in der Reihe")
    sam = await house.at_desk("Sam")
    assert (await sam.offered(ana.conversation_id))["conversation"]["locale"] == "de"


async def test_a_site_tells_what_it_knows(house: TestHouse) -> None:
    """Name, address, language and page reach whoever has the chat at once, as unverified."""
    ana = await house.visitor()
    await ana.asks_for_a_person()
    sam = await house.at_desk("Sam")
    await sam.accepts(ana.conversation_id)
    mark = sam.mark
    page = {"url": "https://shop.example/basket", "title": "Basket"}
    await ana.do(
        "visitor.update", name="Ana", email="ana@example.com", attributes={"plan": "free"}, locale="fr", page=page
    )
    told = await sam.sees("conversation.updated", lambda one: one["contact"].get("name") == "Ana", after=mark)
    assert told["contact"]["email"] == "ana@example.com"
    assert (told["contact"]["attributes"], told["contact"]["verified"]) == ({"plan": "free"}, [])
    assert (told["page"], told["locale"]) == (page, "fr")
    revs = (await ana.fresh(ana.conversation_id))["rev"]
    await ana.do("visitor.update", name="Ana")
    assert (await ana.fresh(ana.conversation_id))["rev"] == revs, "nothing changed, nothing is told"
    error = await ana.refused("visitor.update", email="nobody")
    assert (error["code"], error["field"]) == ("invalid", "email")


async def test_what_is_vouched_for_stays(house: TestHouse) -> None:
    """What the site's server has signed, no page overwrites; and a page adds attributes within a bound."""
    await keyed(house, KID, "HS256", SECRET)
    proof = signed(claims(house, email="ana@example.com", attributes={"plan": "pro"}))
    ana = await house.visitor(identity=proof)
    await ana.do(
        "visitor.update", name="Boss", email="boss@example.com", phone="1", attributes={"plan": "x", "cart": 2}
    )
    known = await contact(house)
    assert (known["name"], known["email"], known["phone"]) == ("Ana Lee", "ana@example.com", "1")
    assert known["attributes"] == {"plan": "pro", "cart": 2}
    for batch in range(5):
        await ana.do("visitor.update", attributes={f"k{batch}-{number}": 1 for number in range(50)})
    assert len((await contact(house))["attributes"]) == 100


async def test_what_a_visitor_did_is_kept_for_whoever_helps(house: TestHouse) -> None:
    """The latest thirty, each with its small data; more of them at once are refused."""
    ana = await house.visitor()
    for number in range(30):
        await ana.do("track", name="basket", data={"items": number})
    error = await ana.refused("track", name="basket")
    assert error["code"] == "rate_limited"
    [(trail,)] = await house.house.store.read(lambda tx: tx.all(select(identities.c.trail)))
    kept = orjson.loads(trail)
    assert [one["data"]["items"] for one in kept] == list(range(30))
    assert len(await noted(house, "visitor_tracked")) == 30
    large = await ana.refused("track", name="x", data={f"k{n}": "x" * 500 for n in range(20)})
    assert large["field"] == "data"


async def test_ways_to_get_help(house: TestHouse) -> None:
    """One way without departments; with them each, by name, with who is there and how long it takes."""
    ana = await house.visitor()
    assert (await ana.do("help.ways"))["ways"] == [
        {"kind": "chat", "team": None, "open": False, "wait_s": None, "people_online": 0}
    ]
    billing, sales = await house.team("Billing"), await house.team("Sales")
    await asking(house, departments=[billing, sales])
    await house.at_desk("Sam", team_ids=(billing,))
    ways = (await ana.do("help.ways"))["ways"]
    assert [(one["team"]["name"], one["open"], one["people_online"]) for one in ways] == [
        ("Billing", True, 1),
        ("Sales", False, 0),
    ]
    assert ways[0]["wait_s"] == [0, 60]
    assert ways[1]["wait_s"] is None


def test_newcomers_are_counted_by_their_network() -> None:
    """An IPv4 address, or an IPv6 /64, brings so many a minute; this machine's own are not counted."""
    door = Newcomers(2)
    for _ in range(5):
        door.came("127.0.0.1")
        door.came("::1")
        door.came("local")
    assert door.wait_s("127.0.0.1") == door.wait_s("::1") == door.wait_s("local") == 0
    for address in ("203.0.113.7", "2001:db8:1:2::1"):
        door.came(address)
        assert door.wait_s(address) == 0
        door.came(address)
        assert door.wait_s(address) > 0
    assert door.wait_s("2001:db8:1:2:ffff::9") > 0
    assert door.wait_s("2001:db8:1:3::1") == door.wait_s("203.0.113.8") == 0
