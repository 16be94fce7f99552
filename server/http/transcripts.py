"""A conversation to take along: downloaded, or mailed."""

from typing import Literal

from aiohttp import web

from conversations import reading
from conversations.errors import NotFound
from conversations.model import Conversation
from conversations.store import Tx
from server.auth.bearer import Caller
from server.http.answers import Reply
from server.http.call import Call
from server.http.conversations import seen
from server.http.fields import Body, Email, Query, Shape
from server.http.routes import Routes
from server.places import Places
from server.realtime.peer import remote_address
from server.transcripts import Transcript, as_html, as_text, transcript_of

routes = Routes("conversations")


class FormatQuery(Query):
    format: Literal["text", "html"] = "text"


class MailBody(Body):
    email: Email


class Mailed(Shape):
    mailed: bool


@routes.get("/conversations/{conversation_id}/transcript", access="uploader")
async def show_transcript(call: Call, query: FormatQuery) -> Reply:
    """What the visitor saw of a conversation, as a file; for the visitor, and for agents who may see it."""
    found = await _found(call)
    ending, kind = ("html", "text/html") if query.format == "html" else ("txt", "text/plain")
    text = as_html(found) if query.format == "html" else as_text(found)
    headers = {
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{found.reference}.{ending}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Reply(None, stream=web.Response(body=text.encode(), headers=headers))


@routes.post("/conversations/{conversation_id}/transcript/mail", access="uploader", answer=Mailed)
async def mail_transcript(call: Call, body: MailBody) -> Reply:
    """Mail it to an address. `unsupported` while no mail server is set; five an hour for a visitor, sixty for an
    agent."""
    desk, caller = call.desk, call.someone
    found = await _found(call)
    if caller.agent is None:
        desk.transcripts_mailed.count(caller.id)
        desk.transcripts_mailed_widely.count(remote_address(call.request, desk.settings.trusted_proxies))
    else:
        desk.transcripts_mailed_widely.count(caller.id)
    await desk.mailer.send(caller.workspace_id, body.email, found.subject, as_text(found))
    return Reply({"mailed": True})


async def _found(call: Call) -> Transcript:
    return await call.read(_transcript, call.someone, call.path("conversation_id"), call.desk.places)


def _transcript(tx: Tx, caller: Caller, conversation_id: str, places: Places) -> Transcript:
    conversation = _visible(tx, caller, conversation_id)
    try:
        usual = places.inbox(conversation.inbox_id).rules.locale
    except NotFound:
        usual = "en"
    return transcript_of(tx, conversation, usual)


def _visible(tx: Tx, caller: Caller, conversation_id: str) -> Conversation:
    if caller.agent is not None:
        return seen(tx, caller.agent, conversation_id)
    return reading.get_own(tx, caller.id, conversation_id)
