"""Whether this process is alive, and whether it can serve."""

from server.http.answers import Reply
from server.http.call import Call
from server.http.fields import Shape
from server.http.routes import Routes

routes = Routes("health", prefix="")


class Health(Shape):
    status: str


class Readiness(Shape):
    """trouble: by part, why it cannot serve."""

    status: str
    trouble: dict[str, str]


@routes.get("/healthz", access="anyone", answer=Health)
async def show_health(call: Call) -> Reply:
    """Alive."""
    return Reply({"status": "alive"})


@routes.get("/readyz", access="anyone", answer=Readiness)
async def show_readiness(call: Call) -> Reply:
    """Whether the database, its migrations, and the model where one is published, are there; 503 while draining."""
    trouble = await call.desk.trouble()
    if trouble:
        return Reply({"status": "not ready", "trouble": trouble}, 503)
    return Reply({"status": "ready", "trouble": {}})
