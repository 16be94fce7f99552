"""Every route, tried by everybody: who is let in, and how the others are turned away."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from aiohttp import FormData

from handoff.sessions import open_session, revoke
from server.http import ROUTES
from server.http.routes import Route
from tests.http.desk import Desk, Person

Who = Literal["anonymous", "visitor", "revoked", "stranger", "member", "supervisor", "admin"]
Outcome = Literal["in", "unauthorized", "forbidden", "not_found", "unsupported"]
CALLERS: tuple[Who, ...] = ("anonymous", "visitor", "revoked", "stranger", "member", "supervisor", "admin")

OUTSIDE: dict[Who, Outcome] = {
    "anonymous": "unauthorized",
    "visitor": "unauthorized",
    "revoked": "unauthorized",
}
ANYONE: dict[Who, Outcome] = {}
AGENT = OUTSIDE
"""Any agent."""
ADMIN: dict[Who, Outcome] = {**OUTSIDE, "stranger": "forbidden", "member": "forbidden", "supervisor": "forbidden"}
SUPERVISOR: dict[Who, Outcome] = {**OUTSIDE, "stranger": "forbidden", "member": "forbidden"}
"""The right is a supervisor's, too."""
SEEING: dict[Who, Outcome] = {**OUTSIDE, "stranger": "not_found"}
"""Whoever may see the conversation: it is a team's, and the stranger is in another."""
TRANSCRIPT: dict[Who, Outcome] = {**SEEING, "visitor": "not_found"}
"""Whoever may see the conversation; the visitor of the matrix is not its own."""
UPLOADER: dict[Who, Outcome] = {"anonymous": "unauthorized", "revoked": "unauthorized"}
AUTHOR: dict[Who, Outcome] = {**SEEING, "supervisor": "forbidden", "admin": "forbidden"}
"""Whose message it is."""
OWN_VIEW: dict[Who, Outcome] = {**OUTSIDE, **dict.fromkeys(("stranger", "supervisor", "admin"), "not_found")}
"""Whose view it is."""
ASSIGNER: dict[Who, Outcome] = {**SEEING, "member": "forbidden"}


@dataclass(frozen=True, slots=True)
class Case:
    """who: what those are told who are not let in. body: what is sent; `@name` stands for something of the world."""

    who: dict[Who, Outcome]
    body: Any = None


AT = {"epoch": 1}
CASES: dict[str, Case] = {
    "POST /api/v1/sessions": Case(
        dict.fromkeys(CALLERS, "unauthorized"), {"email": "nobody@example.com", "password": "not this one"}
    ),
    "GET /api/v1/sessions/current": Case(AGENT),
    "DELETE /api/v1/sessions/current": Case(AGENT),
    "POST /api/v1/sessions/ticket": Case(AGENT),
    "GET /api/v1/setup": Case(ANYONE),
    "POST /api/v1/setup": Case(
        dict.fromkeys(CALLERS, "not_found"),
        {"token": "set_no", "company": "A", "name": "B", "email": "c@example.com", "password": "long enough"},
    ),
    "GET /api/v1/invitations": Case(ADMIN),
    "POST /api/v1/invitations": Case(ADMIN, {"email": "@fresh@example.com"}),
    "DELETE /api/v1/invitations/{invitation_id}": Case(ADMIN),
    "POST /api/v1/invitations/look": Case(dict.fromkeys(CALLERS, "not_found"), {"token": "inv_none"}),
    "POST /api/v1/invitations/accept": Case(
        dict.fromkeys(CALLERS, "not_found"), {"token": "inv_none", "name": "A", "password": "long enough"}
    ),
    "POST /api/v1/passwords/forgot": Case(ANYONE, {"email": "@fresh@example.com"}),
    "POST /api/v1/passwords/set": Case(
        dict.fromkeys(CALLERS, "not_found"), {"token": "pwd_none", "password": "long enough"}
    ),
    "GET /api/v1/mail": Case(ADMIN),
    "PUT /api/v1/mail": Case(
        ADMIN, {"host": "mail.example", "port": 587, "security": "none", "sender": "desk@example.com"}
    ),
    "DELETE /api/v1/mail": Case(ADMIN),
    "POST /api/v1/mail/test": Case(ADMIN, {"to": "somebody@example.com"}),
    "GET /api/v1/workspace": Case(AGENT),
    "PATCH /api/v1/workspace": Case(ADMIN, {"name": "Corner Shop"}),
    "GET /api/v1/widget/{public_key}": Case(ANYONE),
    "GET /api/v1/agents": Case(AGENT),
    "POST /api/v1/agents": Case(ADMIN, {"email": "@fresh@example.com", "name": "New", "password": "long enough"}),
    "GET /api/v1/agents/me": Case(AGENT),
    "PATCH /api/v1/agents/me": Case(AGENT, {"name": "Renamed"}),
    "PUT /api/v1/agents/me/avatar": Case(AGENT, "@form"),
    "DELETE /api/v1/agents/me/avatar": Case(AGENT),
    "GET /api/v1/avatars/{name}": Case(dict.fromkeys(CALLERS, "not_found")),
    "POST /api/v1/agents/me/status": Case(AGENT, {"status": "away"}),
    "POST /api/v1/agents/me/password": Case(AGENT, {"password": "not mine", "new_password": "long enough"}),
    "GET /api/v1/agents/{agent_id}": Case(AGENT),
    "PATCH /api/v1/agents/{agent_id}": Case(ADMIN, {"name": "Renamed"}),
    "DELETE /api/v1/agents/{agent_id}": Case(ADMIN),
    "POST /api/v1/agents/{agent_id}/activate": Case(ADMIN),
    "POST /api/v1/agents/{agent_id}/password_link": Case(ADMIN),
    "GET /api/v1/deliveries/failed": Case(ADMIN),
    "POST /api/v1/deliveries/{message_id}/replay": Case({**ADMIN, "admin": "not_found"}),
    "GET /api/v1/teams": Case(AGENT),
    "POST /api/v1/teams": Case(ADMIN, {"name": "@fresh"}),
    "GET /api/v1/teams/{team_id}": Case(AGENT),
    "PATCH /api/v1/teams/{team_id}": Case(ADMIN, {"name": "@fresh"}),
    "DELETE /api/v1/teams/{team_id}": Case(ADMIN),
    "GET /api/v1/inboxes": Case(AGENT),
    "POST /api/v1/inboxes": Case(ADMIN, {"name": "New", "channel": "web"}),
    "GET /api/v1/inboxes/{inbox_id}": Case(AGENT),
    "PATCH /api/v1/inboxes/{inbox_id}": Case(ADMIN, {"name": "Renamed"}),
    "DELETE /api/v1/inboxes/{inbox_id}": Case(ADMIN),
    "POST /api/v1/inboxes/{inbox_id}/identity_keys": Case(ADMIN, {"kid": "@fresh", "alg": "HS256"}),
    "DELETE /api/v1/inboxes/{inbox_id}/identity_keys/{kid}": Case({**ADMIN, "admin": "not_found"}),
    "POST /api/v1/inboxes/{inbox_id}/check": Case(ADMIN, {"url": "https://127.0.0.1/"}),
    "GET /api/v1/inboxes/{inbox_id}/words": Case(AGENT),
    "PATCH /api/v1/inboxes/{inbox_id}/words": Case(
        ADMIN, {"locale": "en", "words": {"bot.thanks": "You are welcome here."}}
    ),
    "POST /api/v1/inboxes/{inbox_id}/access": Case(ADMIN, {}),
    "GET /api/v1/contacts": Case(AGENT),
    "GET /api/v1/contacts/{contact_id}": Case(SEEING),
    "PATCH /api/v1/contacts/{contact_id}": Case(SEEING, {"name": "Ana"}),
    "GET /api/v1/contacts/{contact_id}/trail": Case(SEEING),
    "GET /api/v1/conversations": Case(AGENT),
    "GET /api/v1/conversations/{conversation_id}": Case(SEEING),
    "GET /api/v1/conversations/{conversation_id}/messages": Case(SEEING),
    "GET /api/v1/conversations/{conversation_id}/changes": Case(SEEING),
    "POST /api/v1/conversations/{conversation_id}/messages": Case(
        SEEING, {"client_id": "@fresh", "text": "A note", "private": True}
    ),
    "PATCH /api/v1/messages/{message_id}": Case(AUTHOR, {"text": "Mended"}),
    "DELETE /api/v1/messages/{message_id}": Case(AUTHOR),
    "POST /api/v1/conversations/{conversation_id}/read": Case(SEEING, {"seq": 1}),
    "POST /api/v1/conversations/{conversation_id}/watch": Case(SEEING, {}),
    "POST /api/v1/conversations/{conversation_id}/unwatch": Case(SEEING, {}),
    "POST /api/v1/conversations/{conversation_id}/accept": Case(SEEING, AT),
    "POST /api/v1/conversations/{conversation_id}/take_over": Case(SEEING, AT),
    "POST /api/v1/conversations/{conversation_id}/assign": Case(ASSIGNER, {**AT, "agent_id": "@agent_id"}),
    "POST /api/v1/conversations/{conversation_id}/transfer": Case(SEEING, {**AT, "to": {"tier": 2}}),
    "POST /api/v1/conversations/{conversation_id}/release": Case(SEEING, AT),
    "POST /api/v1/conversations/{conversation_id}/hand_back": Case(SEEING, AT),
    "POST /api/v1/conversations/{conversation_id}/snooze": Case(SEEING, AT),
    "POST /api/v1/conversations/{conversation_id}/wake": Case(SEEING, AT),
    "POST /api/v1/conversations/{conversation_id}/resolve": Case(SEEING, AT),
    "POST /api/v1/conversations/{conversation_id}/update": Case(SEEING, {"category": "billing"}),
    "GET /api/v1/conversations/{conversation_id}/transcript": Case(TRANSCRIPT),
    "POST /api/v1/conversations/{conversation_id}/transcript/mail": Case(
        {who: TRANSCRIPT.get(who, "unsupported") for who in CALLERS}, {"email": "ana@example.com"}
    ),
    "GET /api/v1/offers": Case(AGENT),
    "POST /api/v1/offers/{offer_id}/decline": Case(
        {**OUTSIDE, "stranger": "not_found", "member": "not_found", "supervisor": "not_found", "admin": "not_found"},
        {},
    ),
    "GET /api/v1/bots": Case(AGENT),
    "POST /api/v1/bots": Case(ADMIN, {"name": "@fresh"}),
    "GET /api/v1/bots/{bot_id}": Case(AGENT),
    "PATCH /api/v1/bots/{bot_id}": Case(ADMIN, {"name": "@fresh"}),
    "DELETE /api/v1/bots/{bot_id}": Case(ADMIN),
    "GET /api/v1/articles": Case(AGENT),
    "POST /api/v1/articles": Case(SUPERVISOR, {"question": "@fresh", "answer": "So."}),
    "POST /api/v1/articles/preview": Case(AGENT, {"text": "**So.**"}),
    "POST /api/v1/articles/images": Case(SUPERVISOR, "@form"),
    "GET /api/v1/article-images/{name}": Case(dict.fromkeys(CALLERS, "not_found")),
    "POST /api/v1/articles/import": Case(SUPERVISOR, {"csv": "question,answer"}),
    "GET /api/v1/articles/{article_id}": Case(AGENT),
    "PATCH /api/v1/articles/{article_id}": Case(SUPERVISOR, {"answer": "So."}),
    "DELETE /api/v1/articles/{article_id}": Case(SUPERVISOR),
    "GET /api/v1/intents": Case(AGENT),
    "POST /api/v1/intents": Case(SUPERVISOR, {"name": "@fresh"}),
    "GET /api/v1/bots/{bot_id}/overlaps": Case(AGENT),
    "GET /api/v1/canned_replies": Case(AGENT),
    "POST /api/v1/canned_replies": Case(SUPERVISOR, {"title": "Hello", "text": "Hello there"}),
    "GET /api/v1/canned_replies/{canned_id}": Case(AGENT),
    "PATCH /api/v1/canned_replies/{canned_id}": Case(SUPERVISOR, {"text": "Hello again"}),
    "DELETE /api/v1/canned_replies/{canned_id}": Case(SUPERVISOR),
    "GET /api/v1/views": Case(AGENT),
    "POST /api/v1/views": Case(AGENT, {"name": "@fresh", "filter": {"status": "open"}}),
    "GET /api/v1/views/{view_id}": Case(OWN_VIEW),
    "PATCH /api/v1/views/{view_id}": Case(OWN_VIEW, {"name": "@fresh"}),
    "DELETE /api/v1/views/{view_id}": Case(OWN_VIEW),
    "GET /api/v1/search": Case(AGENT),
    "GET /api/v1/corrections": Case(SUPERVISOR),
    "POST /api/v1/corrections": Case(SUPERVISOR, {"message_id": "@visitor_message_id", "note": "A riddle"}),
    "DELETE /api/v1/corrections/{correction_id}": Case({**SUPERVISOR, "supervisor": "not_found", "admin": "not_found"}),
    "POST /api/v1/intents/import": Case(SUPERVISOR, {"csv": "text,intent"}),
    "GET /api/v1/intents/{intent_id}": Case(AGENT),
    "PATCH /api/v1/intents/{intent_id}": Case(SUPERVISOR, {"title": "Title"}),
    "DELETE /api/v1/intents/{intent_id}": Case(SUPERVISOR),
    "GET /api/v1/intents/{intent_id}/examples": Case(AGENT),
    "POST /api/v1/intents/{intent_id}/examples": Case(SUPERVISOR, {"texts": ["@fresh"]}),
    "DELETE /api/v1/intents/{intent_id}/examples/{example_id}": Case(SUPERVISOR),
    "GET /api/v1/models": Case(AGENT),
    "POST /api/v1/models": Case(ADMIN, {"bot_id": "@bare_bot_id"}),
    "GET /api/v1/models/{model_id}": Case({**OUTSIDE, **dict.fromkeys(CALLERS[3:], "not_found")}),
    "POST /api/v1/models/{model_id}/publish": Case({**ADMIN, "admin": "not_found"}),
    "POST /api/v1/models/roll_back": Case({**ADMIN, "admin": "not_found"}, {}),
    "POST /api/v1/models/evaluate": Case(ADMIN, {"rows": [{"text": "hello", "label": ""}]}),
    "POST /api/v1/attachments": Case(UPLOADER, "@form"),
    "GET /api/v1/attachments/{attachment_id}": Case(
        {**dict.fromkeys(CALLERS, "not_found"), "anonymous": "unauthorized", "revoked": "unauthorized", "member": "in"}
    ),
    "GET /api/v1/attachments/{attachment_id}/file": Case(dict.fromkeys(CALLERS, "forbidden")),
    "POST /api/v1/understand": Case(AGENT, {"inbox": "@public_key", "text": "hello"}),
    "GET /api/v1/reports": Case(SUPERVISOR),
    "GET /api/v1/reports/overview": Case(SUPERVISOR),
    "GET /api/v1/openapi.json": Case(ANYONE),
    "POST /hooks/{channel}/{inbox_id}": Case(dict.fromkeys(CALLERS, "unauthorized"), {}),
    "GET /hooks/{channel}/{inbox_id}": Case(dict.fromkeys(CALLERS, "unsupported")),
    "GET /healthz": Case(ANYONE),
    "GET /readyz": Case(ANYONE),
}
"""What each route tells whom; whoever is not named is let in."""


@dataclass
class World:
    """A house with a conversation of the team Care, and one of everything else."""

    desk: Desk
    care_id: str
    people: dict[Who, Person]
    visitor_token: str
    message_author: Person

    async def token(self, who: Who) -> str | None:
        """A session of its own for every call, so that ending one disturbs no other."""
        if who == "anonymous":
            return None
        if who == "visitor":
            return self.visitor_token
        store = self.desk.served.house.store
        token, _ = await store.write(open_session, self.people["admin" if who == "revoked" else who].id)
        if who == "revoked":
            await store.write(revoke, token)
        return token

    async def waiting(self) -> Any:
        """A conversation that waits for the team Care."""
        conversation = await self.desk.conversation()
        assert (conversation["status"], conversation["team_id"]) == ("queued", self.care_id)
        return conversation

    async def parts(self, route: str) -> dict[str, str]:
        """One of each thing that the route's address names, made for this call alone where the call may end it."""
        desk, admin = self.desk, self.desk.admin
        fresh = secrets.token_hex(6)
        parts = {
            "channel": "api",
            "offer_id": "off_none",
            "model_id": "mdl_none",
            "kid": "none",
            "name": "none",
            "correction_id": "cor_none",
        }
        parts |= {"agent_id": "", "bot_id": "", "public_key": desk.founded.public_key}
        parts["agent_id"] = (await desk.agent(f"Agent{fresh}")).id
        if "{team_id}" in route:
            parts["team_id"] = await desk.team(f"Team {fresh}")
        if "{inbox_id}" in route:
            made = await desk.post("inboxes", admin, {"name": fresh, "channel": "api"})
            parts["inbox_id"] = made["id"]
        if "{bot_id}" in route or route == "POST /api/v1/models":
            parts["bot_id"] = parts["bare_bot_id"] = (await desk.post("bots", admin, {"name": fresh}))["id"]
        if "{canned_id}" in route:
            said = {"title": fresh, "text": "Hello"}
            parts["canned_id"] = (await desk.post("canned_replies", admin, said))["id"]
        if "{view_id}" in route:
            parts["view_id"] = (await desk.post("views", self.message_author, {"name": fresh, "filter": {}}))["id"]
        if "{article_id}" in route:
            parts["article_id"] = (await desk.post("articles", admin, {"question": fresh, "answer": "A"}))["id"]
        if "{intent_id}" in route:
            parts["intent_id"] = (await desk.post("intents", admin, {"name": fresh}))["id"]
            path = f"intents/{parts['intent_id']}/examples"
            parts["example_id"] = (await desk.post(path, admin, {"texts": ["one"]}))["examples"][0]["id"]
        if "{conversation_id}" in route or "{contact_id}" in route or "{message_id}" in route:
            conversation = await self.waiting()
            parts["conversation_id"] = conversation["id"]
            parts["contact_id"] = conversation["contact"]["id"]
            note = {"client_id": fresh, "text": "Mine", "private": True}
            sent = await desk.post(f"conversations/{conversation['id']}/messages", self.message_author, note)
            parts["message_id"] = sent["message"]["id"]
        if route == "POST /api/v1/corrections":
            path = f"conversations/{(await self.waiting())['id']}/messages"
            parts["visitor_message_id"] = (await desk.get(path, admin))["messages"][0]["id"]
        if "{invitation_id}" in route:
            made = await desk.post("invitations", admin, {"email": f"{fresh}@example.com"})
            parts["invitation_id"] = made["id"]
        if "{attachment_id}" in route:
            uploaded = await desk.call("POST", "attachments", self.message_author, data=form())
            parts["attachment_id"] = uploaded.body["id"]
        return parts


def form() -> FormData:
    data = FormData()
    data.add_field("file", b"some text", filename="notes.txt")
    return data


def filled(body: Any, parts: dict[str, str], fresh: str) -> Any:
    """The body with what `@name` stands for."""
    if isinstance(body, dict):
        return {name: filled(value, parts, fresh) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, parts, fresh) for value in body]
    if not isinstance(body, str) or not body.startswith("@"):
        return body
    if body.startswith("@fresh"):
        return fresh + body.removeprefix("@fresh")
    return parts[body[1:]]


@pytest.fixture
async def world(desk: Desk) -> World:
    """A house where Care and Tech have an agent each, and the website's chats go to Care."""
    member = await desk.agent("Member")
    stranger = await desk.agent("Stranger")
    care_id = await desk.team("Care", member)
    await desk.team("Tech", stranger)
    inbox = f"inboxes/{desk.founded.inbox_id}"
    assert (await desk.call("PATCH", inbox, desk.admin, json={"default_team_id": care_id})).status == 200
    await desk.served.house.refresh()
    people: dict[Who, Person] = {
        "member": member,
        "stranger": stranger,
        "supervisor": await desk.agent("Supervisor", "supervisor"),
        "admin": desk.admin,
    }
    token, _ = await desk.visitor()
    return World(desk, care_id, people, token, member)


def test_every_route_is_in_the_matrix() -> None:
    """A route that is not listed here fails, and so does one that is no more."""
    assert set(CASES) == {f"{route.method} {route.path}" for route in ROUTES}


@pytest.mark.parametrize("resource", sorted({route.tag for route in ROUTES}))
async def test_who_is_let_in(world: World, resource: str) -> None:
    """Each caller of each route meets what the matrix says."""
    wrong: dict[str, Any] = {}
    for route in ROUTES:
        name = f"{route.method} {route.path}"
        if route.tag != resource or name not in CASES:
            continue
        met = {who: await tried(world, route, CASES[name], who) for who in CALLERS}
        wanted: dict[Who, Outcome] = {who: CASES[name].who.get(who, "in") for who in CALLERS}
        if met != wanted:
            wrong[name] = {who: f"{met[who]}, not {wanted[who]}" for who in CALLERS if met[who] != wanted[who]}
    assert wrong == {}


async def tried(world: World, route: Route, case: Case, who: Who) -> Outcome:
    """What somebody meets at a route."""
    parts = await world.parts(f"{route.method} {route.path}")
    path = route.path.format_map(parts)
    if path.endswith("/search"):
        path += "?q=order"
    if path.endswith("/changes"):
        path += "?rev=0"
    if path.endswith("/file"):
        path += f"?expires=9999999999999&signature={'0' * 64}"
    body = filled(case.body, parts | {"form": ""}, f"fresh-{secrets.token_hex(6)}")
    sent: dict[str, Any] = {"data": form()} if case.body == "@form" else {"json": body}
    answer = await world.desk.call(route.method, path, await world.token(who), **sent)
    assert answer.status != 500, answer
    refused = answer.status >= 400 and "error" in answer.body
    return outcome(answer.status, answer.code if refused else "")


def outcome(status: int, code: str) -> Outcome:
    """What an answer says about being let in; what is wrong with the request itself is no matter here."""
    match code:
        case "unauthorized" | "forbidden" | "not_found" | "unsupported":
            return code
        case _:
            assert status not in (401, 403, 404), f"{status} without its code"
            return "in"
