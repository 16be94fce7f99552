"""An admin's first hour, as one story over HTTP: from an empty folder to a chat that a colleague takes."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from server import setup
from server.app import serving
from server.founding import Founded
from server.settings import Settings
from tests.http.desk import PASSWORD, Desk, Json, Person
from tests.peers.mail import mail_server
from tests.peers.site import LOOPBACK, a_site

ARTICLES = "question,answer\nWhen do you open?,We open at nine.\nWhere are you?,At the corner of Mill Lane.\n"


async def test_an_own_desk_within_the_first_hour(tmp_path: Path) -> None:
    """Admin, look and words, the snippet found, articles, a colleague by mail, a first answer, a first chat taken."""
    settings = Settings(data_dir=tmp_path, port=0, webhook_networks=(LOOPBACK,))
    async with serving(settings) as served, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        link = await served.house.store.write(setup.new_link)
        nothing = Founded("", "", "", "", "", "", "")
        desk = Desk(served, nothing, f"http://127.0.0.1:{served.port}", http, Person("", "", ""))
        try:
            await first_hour(desk, str(link))
        finally:
            await desk.close()


async def first_hour(desk: Desk, token: str) -> None:
    body = {"token": token, "company": "Corner Shop", "name": "Maud", "email": "maud@example.com", "password": PASSWORD}
    begun = await desk.post("setup", json=body)
    maud, inbox = begun["token"], begun["inbox"]
    path = f"inboxes/{inbox['id']}"
    await changed(desk, "workspace", maud, {"look": {"accent": "#aa3300"}})
    await changed(desk, f"{path}/words", maud, {"locale": "en", "words": {"queue.entered": "One moment."}})
    async with a_site() as site:
        site.page("/", f'<body><script src="{desk.url}/widget.js" data-inbox="{inbox["public_key"]}"></script></body>')
        await changed(desk, path, maud, {"settings": {"sites": [site.url]}})
        assert (await desk.post(f"{path}/check", maud, {"url": site.url}))["found"] is True
    imported = await desk.post("articles/import", maud, {"csv": ARTICLES})
    assert imported["added"] == 2
    async with mail_server() as server:
        how = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "desk@example.com"}
        assert (await desk.call("PUT", "mail", maud, json=how)).status == 200
        assert (await desk.post("invitations", maud, {"email": "sam@example.com"}))["mailed"] is True
        mail = (await server.next()).get_content()
    invited = next(line for line in mail.splitlines() if "/console/invitation#" in line).partition("#")[2]
    sam = (await desk.post("invitations/accept", json={"token": invited, "name": "Sam", "password": PASSWORD}))["token"]
    await visited(desk, inbox["public_key"], sam)


async def visited(desk: Desk, public_key: str, sam: str) -> None:
    """A visitor is answered by the bot, asks for a person, and Sam takes the chat."""
    assert (await desk.get(f"widget/{public_key}"))["look"]["accent"] == "#aa3300"
    desk.founded = Founded("", "", "", "", "", "", public_key)
    _, socket = await desk.visitor()
    sent = (await socket.call("message.send", {"client_id": "one", "text": "When do you open?"}, 10))["message"]
    conversation_id = sent["conversation_id"]
    assert await said_by_bot(desk, conversation_id, sam) == "We open at nine."
    await socket.call("person.request", {"conversation_id": conversation_id}, 10)
    waiting = (await desk.get(f"conversations/{conversation_id}", sam))["conversation"]
    assert waiting["status"] == "queued"
    taken = await desk.post(f"conversations/{conversation_id}/take_over", sam, {"epoch": waiting["epoch"]})
    assert taken["conversation"]["assignee"]["name"] == "Sam"
    shown = (await desk.get(f"conversations/{conversation_id}/messages", sam))["messages"]
    assert "One moment." in [message["text"] for message in shown]


async def said_by_bot(desk: Desk, conversation_id: str, token: str) -> str:
    """The bot's first words; each look is a request, and the turn takes but a few of them."""
    for _ in range(500):
        shown = (await desk.get(f"conversations/{conversation_id}/messages", token))["messages"]
        said = [message["text"] for message in shown if message["author"]["kind"] == "bot"]
        if said:
            return str(said[0])
    raise AssertionError("the bot said nothing")


async def changed(desk: Desk, path: str, token: str, body: Json) -> None:
    answer = await desk.call("PATCH", path, token, json=body)
    assert answer.status == 200, answer
