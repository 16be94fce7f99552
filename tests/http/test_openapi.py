"""openapi.json describes what is served, all of it, and nothing else."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from aiohttp import web

from server.http import ROUTES, mount
from server.http.routes import Routes
from tests.http.described import DOCUMENT
from tests.http.desk import Desk


async def test_every_route_of_the_application_is_described(desk: Desk) -> None:
    """What aiohttp would answer under /api/v1, /hooks and the health addresses is exactly what the document lists."""
    app = web.Application()
    mount(app, desk.served_desk)
    served = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}
    described = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert served == described
    assert (await desk.get("openapi.json"))["paths"].keys() == DOCUMENT["paths"].keys()


def test_the_document_holds_together() -> None:
    """Every reference leads somewhere, every schema is one, and operations have names of their own."""
    schemas = DOCUMENT["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in references(DOCUMENT):
        assert reference.startswith("#/components/schemas/")
        assert reference.rpartition("/")[2] in schemas
    names = [one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_part_of_an_address_is_a_parameter() -> None:
    """Each `{name}` of a path is described, and no body asks for it again."""
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert named == {part.partition("}")[0] for part in path.split("{")[1:]}
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if body is not None:
                fields = DOCUMENT["components"]["schemas"][body["$ref"].rpartition("/")[2]].get("properties", {})
                assert not named & set(fields), path


def test_every_route_says_what_it_is_for() -> None:
    """A route without a docstring is not declared."""
    assert all(len(route.summary) > 4 for route in ROUTES)
    routes = Routes("nothing")

    async def silent() -> None: ...

    with pytest.raises(ValueError, match="docstring"):
        routes.get("/silent", access="anyone")(silent)  # type: ignore[type-var]


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        here = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return here + [found for value in part.values() for found in references(value)]
    if isinstance(part, list):
        return [found for value in part for found in references(value)]
    return []
