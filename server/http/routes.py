"""The register of routes: each is declared once, and from that come the server's routing and openapi.json.

    routes = Routes("teams")

    @routes.post("/teams", access="teams.manage", answer=TeamShape, status=201)
    async def add_team(call: Call, body: NewTeam) -> Reply:
        "Add a team."

What a handler takes says what the request must carry: `body` (a Payload; fields that the address names come from
there), `query` (a Query).
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_type_hints

from pydantic import BaseModel

from server.auth.rights import Access
from server.http.answers import Reply
from server.http.fields import Query, Shape
from server.realtime.payloads import Payload

API = "/api/v1"
BODY_LIMIT_BYTES = 256 * 1024
TIMEOUT_S = 30.0

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
Handler = Callable[..., Awaitable[Reply]]
H = TypeVar("H", bound=Handler)

_PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One address and method.

    access: who may: `anyone`, `uploader` (a visitor or an agent), `agent`, or a named right of agents.
    reads_body: the handler itself reads the request's body (an upload). answer None: no JSON comes back.
    """

    method: Method
    path: str
    access: Access
    tag: str
    handler: Handler
    summary: str
    told: str
    status: int
    answer: type[BaseModel] | None
    body: type[Payload] | None
    query: type[Query] | None
    reads_body: bool
    body_limit_bytes: int
    timeout_s: float

    @property
    def parts(self) -> list[str]:
        """The names of what varies in the address."""
        return _PART.findall(self.path)

    @property
    def placed(self) -> list[str]:
        """The fields of the body that the address names."""
        return [name for name in self.parts if self.body is not None and name in self.body.model_fields]

    @property
    def name(self) -> str:
        return self.handler.__name__


class Routes:
    """The routes of one resource. tag: its name in openapi.json."""

    def __init__(self, tag: str, prefix: str = API) -> None:
        self.tag = tag
        self._prefix = prefix
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(self, path: str, **how: Any) -> Callable[[H], H]:
        return self._on("GET", path, **how)

    def post(self, path: str, **how: Any) -> Callable[[H], H]:
        return self._on("POST", path, **how)

    def patch(self, path: str, **how: Any) -> Callable[[H], H]:
        return self._on("PATCH", path, **how)

    def put(self, path: str, **how: Any) -> Callable[[H], H]:
        return self._on("PUT", path, **how)

    def delete(self, path: str, **how: Any) -> Callable[[H], H]:
        return self._on("DELETE", path, **how)

    def _on(
        self,
        method: Method,
        path: str,
        *,
        access: Access,
        answer: type[Shape] | None = None,
        status: int = 200,
        reads_body: bool = False,
        body_limit_bytes: int = BODY_LIMIT_BYTES,
        timeout_s: float = TIMEOUT_S,
    ) -> Callable[[H], H]:
        def declare(handler: H) -> H:
            hints = get_type_hints(handler)
            told = inspect.getdoc(handler)
            if not told:
                raise ValueError(f"{handler.__name__} has no docstring: it is the route's text in openapi.json")
            summary, _, rest = told.partition("\n")
            self._routes.append(
                Route(
                    method=method,
                    path=f"{self._prefix}{path}",
                    access=access,
                    tag=self.tag,
                    handler=handler,
                    summary=summary.rstrip("."),
                    told=rest.strip(),
                    status=status,
                    answer=answer,
                    body=hints.get("body"),
                    query=hints.get("query"),
                    reads_body=reads_body,
                    body_limit_bytes=body_limit_bytes,
                    timeout_s=timeout_s,
                )
            )
            return handler

        return declare
