"""Answers held against what openapi.json promises of them."""

from __future__ import annotations

import re
from typing import Any

import jsonschema

from server.http import ROUTES
from server.http.openapi import describe

DOCUMENT: dict[str, Any] = describe(ROUTES)
_PATTERNS = [
    (path, re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$"))
    for path in sorted(DOCUMENT["paths"], key=lambda path: (path.count("{"), path))
]


def operation(method: str, path: str) -> dict[str, Any] | None:
    """What is promised of an address, if it is one of ours."""
    for template, pattern in _PATTERNS:
        if pattern.match(path) and method.lower() in DOCUMENT["paths"][template]:
            found: dict[str, Any] = DOCUMENT["paths"][template][method.lower()]
            return found
    return None


def check(method: str, path: str, status: int, body: Any) -> None:
    """Fail unless an answer is one that is described: its status, and the shape of its body."""
    promised = operation(method, path)
    if promised is None:
        assert status in (404, 405), f"{method} {path} is described nowhere, and answered {status}"
        return
    if status == 304:
        assert body is None
        return
    responses = promised["responses"]
    if status < 400:
        assert str(status) in responses, f"{method} {path} answered {status}, described are {sorted(responses)}"
    described = responses.get(str(status), responses["default"])
    if status >= 400 and body is not None and "error" not in body:
        assert path == "/readyz", f"{method} {path} refused in other words than the protocol's: {body}"
        return
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return
    # references point into the document, so the schema is looked at within it
    whole = {"components": DOCUMENT["components"], **schema}
    jsonschema.Draft202012Validator(whole).validate(body)
