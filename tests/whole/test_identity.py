"""Who a visitor is: devices by their token, people by what the site's own server proves of them."""

from __future__ import annotations

import base64
import hmac
import time
import warnings
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import OctKey, OKPKey

from conversations.model import SYSTEM
from server import inboxes
from tests.whole.house import TestHouse
from tests.whole.wire import Rejected

Json = Any
SECRET = "a secret of the site, of at least 32 characters"
KID = "site-1"


async def keyed(house: TestHouse, kid: str, alg: str, key: str) -> None:
    founded = house.founded
    await house.house.store.write(inboxes.add_key, founded.workspace_id, founded.inbox_id, kid, alg, key, SYSTEM)
    await house.house.places.load()


@pytest.fixture
async def site(house: TestHouse) -> TestHouse:
    """A house whose inbox shares a key with its site."""
    await keyed(house, KID, "HS256", SECRET)
    return house


def claims(house: TestHouse, **other: Json) -> Json:
    told = {"sub": "u-1", "aud": house.founded.public_key, "exp": int(time.time()) + 600, "name": "Ana Lee", **other}
    return {name: value for name, value in told.items() if value is not None}


def signed(told: Json, *, kid: str | None = KID, alg: str = "HS256", key: Any = None) -> str:
    header = {"alg": alg, **({"kid": kid} if kid is not None else {})}
    with warnings.catch_warnings():
        # RFC 9864 prefers another name for EdDSA; sites will go on saying the old one
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode(header, told, key or OctKey.import_key(SECRET), algorithms=[alg])


def by_hand(header: Json, told: Json, secret: bytes) -> str:
    """HS256 with whatever is taken for a secret."""
    said = f"{part(header)}.{part(told)}"
    proof = base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), "sha256")).decode().rstrip("=")
    return f"{said}.{proof}"


def part(value: Json) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


async def test_a_site_vouches_for_its_visitor(site: TestHouse) -> None:
    """HS256 with a key of the inbox: the welcome has the name, the agent sees it as verified."""
    ana = await site.visitor(identity=signed(claims(site, email="ana@example.com")))
    assert ana.welcome["visitor"]["name"] == "Ana Lee"
    await ana.asks_for_a_person()
    sam = await site.at_desk("Sam")
    contact = (await sam.offered(ana.conversation_id))["conversation"]["contact"]
    assert (contact["name"], contact["email"]) == ("Ana Lee", "ana@example.com")
    assert sorted(contact["verified"]) == ["email", "name"]


async def test_eddsa_is_proven_by_the_public_key(house: TestHouse) -> None:
    """The site keeps the private key; the desk has the public one only."""
    pair = OKPKey.generate_key("Ed25519")
    await keyed(house, "ed", "EdDSA", pair.as_pem(private=False).decode())
    ana = await house.visitor(identity=signed(claims(house), kid="ed", alg="EdDSA", key=pair))
    assert ana.welcome["visitor"]["name"] == "Ana Lee"


async def test_what_proves_nothing_is_refused(site: TestHouse) -> None:
    """No signature, another's, another algorithm, too old, too long, for another inbox: the connection is refused."""
    pair = OKPKey.generate_key("Ed25519")
    await keyed(site, "ed", "EdDSA", pair.as_pem(private=False).decode())
    public = pair.as_pem(private=False)
    now = int(time.time())
    good = claims(site)
    another = OctKey.import_key("another secret of at least 32 characters")
    head, body, _ = signed(good).split(".")
    tokens = {
        "another type": by_hand({"alg": "HS256", "kid": KID, "crit": ["exp"]}, good, SECRET.encode()),
        "no signature": f"{part({'alg': 'none', 'kid': KID})}.{part(good)}.",
        "a signature cut off": f"{head}.{body}.",
        "another key": signed(good, key=another),
        "another algorithm": signed(good, alg="HS512"),
        "the public key as a secret": by_hand({"alg": "HS256", "kid": "ed"}, good, public),
        "no kid": signed(good, kid=None),
        "an unknown kid": signed(good, kid="site-2"),
        "a kid that is no text": f"{part({'alg': 'HS256', 'kid': ['site-1']})}.{part(good)}.AA",
        "expired": signed(claims(site, exp=now - 120)),
        "for longer than an hour": signed(claims(site, exp=now + 7_200)),
        "without an end": signed(claims(site, exp=None)),
        "an end that is no number": signed(claims(site, exp="soon")),
        "not yet": signed(claims(site, nbf=now + 600)),
        "for another inbox": signed(claims(site, aud="another")),
        "for nobody": signed(claims(site, aud=None)),
        "about nobody": signed(claims(site, sub=None)),
        "an empty subject": signed(claims(site, sub="")),
        "changed after signing": f"{head}.{part({**good, 'sub': 'u-2'})}.{signed(good).split('.')[2]}",
        "no token": "hello",
        "dots": "...",
        "nothing": "",
    }
    for name, token in tokens.items():
        with pytest.raises(Rejected) as refused:
            await site.visitor(identity=token)
        assert (refused.value.error["code"], refused.value.error["field"]) == ("unauthorized", "identity"), name
        assert SECRET not in str(refused.value.error)


async def test_an_anonymous_visitor_who_identifies_keeps_the_conversations(site: TestHouse) -> None:
    """The same device, now known: what was said stays theirs, and goes on."""
    ana = await site.visitor()
    said = await ana.says("before I logged in")
    assert ana.token is not None
    await ana.close()
    known = await site.comes_again(ana, identity=signed(claims(site)))
    assert known.welcome["visitor"]["name"] == "Ana Lee"
    assert known.welcome["token"] == ana.token
    assert known.welcome["conversation"]["id"] == said["conversation_id"]
    assert known.welcome["messages"][0]["client_id"], "what they sent is still recognised as their own"


async def test_who_is_known_already_finds_everything_together(site: TestHouse) -> None:
    """A person known from another device identifies on this one: conversations of both are theirs, on either."""
    phone = await site.visitor(identity=signed(claims(site)))
    on_phone = (await phone.says("from my phone"))["conversation_id"]
    laptop = await site.visitor()
    on_laptop = (await laptop.says("from my laptop"))["conversation_id"]
    second_window = await site.comes_again(laptop)
    known = await site.comes_again(laptop, identity=signed(claims(site)))
    listed = {one["id"] for one in (await known.do("conversations.list"))["conversations"]}
    assert listed == {on_phone, on_laptop}
    # the windows of before were somebody else, who has nothing any more: they are sent to come back
    await second_window.wire.end()
    assert not second_window.wire.dismissed
    back = await site.comes_again(second_window)
    assert back.welcome["visitor"]["id"] == phone.welcome["visitor"]["id"]
    mark = phone.mark
    await back.says("now together", conversation_id=on_laptop)
    await phone.hears("visitor", "now together", after=mark)


async def test_a_token_tied_to_somebody_else_is_ignored(site: TestHouse) -> None:
    """Another person on the same device gets a token of their own, and nothing of the first one's."""
    ana = await site.visitor(identity=signed(claims(site)))
    said = await ana.says("private to Ana")
    ben = await site.comes_again(ana, identity=signed(claims(site, sub="u-2", name="Ben")))
    assert ben.welcome["token"] != ana.token
    assert ben.welcome["visitor"]["id"] != ana.welcome["visitor"]["id"]
    assert ben.welcome["conversation"] is None
    assert (await ben.refused("conversation.open", conversation_id=said["conversation_id"]))["code"] == "not_found"


async def test_a_device_is_known_by_its_token(house: TestHouse) -> None:
    """The same token, the same visitor; one that is not known is answered with a fresh one."""
    ana = await house.visitor()
    again = await house.comes_again(ana)
    assert again.welcome["token"] == ana.token
    assert again.welcome["visitor"] == ana.welcome["visitor"]
    for unknown in ("vst_unknown", "x", "\u202e", "a" * 200):
        ana.token = unknown
        fresh = await house.comes_again(ana)
        assert fresh.welcome["token"] not in (unknown, again.welcome["token"])
        assert fresh.welcome["conversation"] is None


async def test_what_a_visitor_claims_is_not_verified(house: TestHouse) -> None:
    """Names and addresses in `auth` that no site's server vouches for are not taken at all."""
    ana = await house.visitor(name="The Boss", email="boss@example.com", visitor={"id": "vis_1"})
    assert "name" not in ana.welcome["visitor"]
