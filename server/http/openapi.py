"""The description of the API, OpenAPI 3.1, made from the register of routes."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from conversations.errors import CODES
from server.http.answers import STATUS_OF
from server.http.fields import Shape
from server.http.routes import Route

Spec = dict[str, Any]
Refs = dict[tuple[type[BaseModel], JsonSchemaMode], Spec]
_REF = "#/components/schemas/{model}"


class ErrorObject(Shape):
    """Why a request was refused. field: what is at fault. conversation: as it is now, when `field` is `epoch`."""

    code: str
    message: str
    field: str | None = None
    retry_after_s: float | None = None
    conversation: dict[str, Any] | None = None


class ErrorAnswer(Shape):
    """What comes with every status from 400 on."""

    error: ErrorObject


def describe(routes: Sequence[Route]) -> Spec:
    """The whole document."""
    schemas, refs = _schemas(routes)
    paths: dict[str, Spec] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Frontdesk",
            "version": version("frontdesk"),
            "description": "Conversations, those who hold them, and what the bot knows. Times are ISO 8601 UTC.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "description": "An agent's session."},
                "visitor": {"type": "http", "scheme": "bearer", "description": "A visitor's token, from `welcome`."},
            },
        },
    }


def _schemas(routes: Sequence[Route]) -> tuple[Spec, Refs]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(ErrorAnswer, "serialization"): None}
    for route in routes:
        if route.body is not None:
            wanted[route.body, "validation"] = None
        if route.answer is not None:
            wanted[route.answer, "serialization"] = None
    found, document = models_json_schema(list(wanted), ref_template=_REF)
    refs: Refs = {(cast(type[BaseModel], model), mode): ref for (model, mode), ref in found.items()}
    schemas: Spec = document["$defs"]
    schemas["ErrorObject"]["properties"]["code"]["enum"] = sorted(CODES)
    for route in routes:
        if route.body is not None and route.placed:
            _without(schemas[_name(refs[route.body, "validation"])], route.placed)
    return schemas, refs


def _without(schema: Spec, names: list[str]) -> None:
    """Leave out of a body what stands in the address."""
    for name in names:
        schema["properties"].pop(name, None)
    left = [name for name in schema.get("required", []) if name not in names]
    schema.pop("required", None)
    if left:
        schema["required"] = left


def _name(ref: Spec) -> str:
    return str(ref["$ref"]).rpartition("/")[2]


def _operation(route: Route, refs: Refs) -> Spec:
    operation: Spec = {
        "operationId": f"{route.tag}.{route.name}",
        "tags": [route.tag],
        "summary": route.summary,
        "responses": _responses(route, refs),
        "x-access": route.access,
    }
    if route.told:
        operation["description"] = route.told
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 80}}
        for name in route.parts
    ]
    parameters += _query(route)
    if route.method == "POST" and route.access != "anyone":
        told = "The same request under the same key, within a day, gets the same reply and is not done twice."
        parameters.append(_header("Idempotency-Key", told, 200))
    if route.method == "PATCH":
        parameters.append(_header("If-Match", "The ETag of the state that is to be changed; else 412.", 1_000))
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        content = {"application/json": {"schema": refs[route.body, "validation"]}}
        needed = set(_required(route.body)) - set(route.placed)
        operation["requestBody"] = {"required": bool(needed), "content": content}
    elif route.reads_body:
        form = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
        }
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    if route.access == "uploader":
        operation["security"] = [{"visitor": []}, {"session": []}]
    elif route.access != "anyone":
        operation["security"] = [{"session": []}]
    return operation


def _responses(route: Route, refs: Refs) -> Spec:
    good: Spec = {"description": "Done."}
    if route.answer is not None:
        good["content"] = {"application/json": {"schema": refs[route.answer, "serialization"]}}
    refused = {"application/json": {"schema": refs[ErrorAnswer, "serialization"]}}
    statuses = ", ".join(f"{code}: {status}" for code, status in sorted(STATUS_OF.items()))
    return {
        str(route.status): good,
        "default": {"description": f"Refused, by code of the error: {statuses}.", "content": refused},
    }


def _query(route: Route) -> list[Spec]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema()
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": field}
        for name, field in schema.get("properties", {}).items()
    ]


def _header(name: str, told: str, limit: int) -> Spec:
    schema = {"type": "string", "maxLength": limit}
    return {"name": name, "in": "header", "required": False, "description": told, "schema": schema}


@cache
def _required(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, field in model.model_fields.items() if field.is_required())
