"""The company: its name, its look, the language of its mails."""

from typing import Literal

from conversations.store import Tx
from server import workspace
from server.appearance import Look
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Name, Shape
from server.http.routes import Routes
from server.shapes import Json
from server.workspace import Workspace

routes = Routes("workspace")


class WorkspaceShape(Shape):
    id: str
    name: str
    look: Look
    locale: str


class WorkspaceBody(Body):
    """look: merged into what it is; null within it takes the house's own again."""

    name: Name | None = None
    look: Look | None = None
    locale: Literal["en", "de", "es", "fr", "ar"] | None = None


def workspace_shape(found: Workspace) -> Json:
    return {"id": found.id, "name": found.name, "look": found.look.model_dump(), "locale": found.locale}


@routes.get("/workspace", access="agent", answer=WorkspaceShape)
async def show_workspace(call: Call) -> Reply:
    """The company that the desk belongs to."""
    return tagged(workspace_shape(await call.read(workspace.find, call.agent.workspace_id)))


@routes.patch("/workspace", access="workspace.manage", answer=WorkspaceShape)
async def change_workspace(call: Call, body: WorkspaceBody) -> Reply:
    """Change the company's name, look or language. Widgets show it from their next load."""
    return await call.write_place(_change, body)


def _change(tx: Tx, by: Acting, body: WorkspaceBody) -> Reply:
    by.expects(workspace_shape(workspace.find(tx, by.workspace_id)))
    look = body.look.model_dump(exclude_unset=True) if body.look is not None else None
    changed = workspace.change(tx, by.workspace_id, by.agent.author, name=body.name, look=look, locale=body.locale)
    return tagged(workspace_shape(changed))
