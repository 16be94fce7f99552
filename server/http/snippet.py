"""Whether an inbox's snippet is on its site: the desk looks for itself."""

import asyncio
from typing import Annotated

from pydantic import StringConstraints

from channels.outbound import CallFailed
from conversations.errors import Invalid
from server import inboxes
from server.http.answers import Reply
from server.http.call import Call
from server.http.fields import Body, Shape
from server.http.routes import Routes
from server.snippet import Reason, Verdict, judge
from server.snippet_page import HTML, Page, fetch

routes = Routes("inboxes")

Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class CheckBody(Body):
    url: Address


class CheckShape(Shape):
    """message: what was found, and what to do. url: of the page that was read, after redirects."""

    found: bool
    reason: Reason
    message: str
    url: str


@routes.post("/inboxes/{inbox_id}/check", access="inboxes.manage", answer=CheckShape, timeout_s=40)
async def check_snippet(call: Call, body: CheckBody) -> Reply:
    """Read a page of the site and say whether this inbox's snippet is in it."""
    desk = call.desk
    inbox = await call.read(inboxes.find, call.agent.workspace_id, call.path("inbox_id"))
    if inbox.channel != "web":
        raise Invalid("Only an inbox of the channel web has a snippet.", field="inbox_id")
    desk.pages_read.count(call.agent.workspace_id)
    try:
        page = await fetch(body.url, desk.settings.webhook_networks)
    except CallFailed as error:
        return _told(Verdict("unreachable", str(error)), body.url)
    if page.status != 200:
        told = f"The site answered with status {page.status}. Give the address of a page that opens without a log-in."
        return _told(Verdict("unreachable", told), page.url)
    if page.type not in HTML:
        return _told(Verdict("not_html", f"There is no web page at this address, but {page.type[:60]}."), page.url)
    sites = tuple(inbox.settings.get("sites") or ())
    return _told(await asyncio.to_thread(_judged, page, inbox.public_key, _desks(call), sites), page.url)


def _judged(page: Page, public_key: str, desks: tuple[str, ...], sites: tuple[str, ...]) -> Verdict:
    return judge(page.text, page.url, public_key, desks, sites)


def _desks(call: Call) -> tuple[str, ...]:
    """The addresses that this desk goes by: those that are set, and the one that the asker has open."""
    settings = call.desk.settings
    return (settings.address, f"{call.request.scheme}://{call.request.host}")


def _told(verdict: Verdict, url: str) -> Reply:
    return Reply({"found": verdict.found, "reason": verdict.reason, "message": verdict.message, "url": url})
