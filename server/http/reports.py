"""Reports: promised by the protocol, made by a later version."""

from conversations.errors import Unsupported
from server.http.answers import Reply
from server.http.call import Call
from server.http.routes import Routes

routes = Routes("reports")


@routes.get("/reports", access="reports.read")
async def list_reports(call: Call) -> Reply:
    """Not in this version: answers `unsupported`. The facts that reports will read are being written."""
    raise Unsupported("Reports come with a later version of Frontdesk.")
