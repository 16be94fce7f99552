"""Kinds of field that requests are made of: bounded, and free of what a database cannot hold."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from conversations.words import storable
from server.realtime.payloads import Id, Payload

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(storable)]
Prose = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(storable)]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), AfterValidator(storable)]


__all__ = ["Body", "Email", "Id", "Line", "Name", "Password", "Prose", "Query", "Shape", "Word"]


class Body(Payload):
    """What a request carries. Unknown fields are ignored."""


class Query(Payload):
    """What stands after the question mark: texts, read as what they mean."""


class Shape(BaseModel):
    """What an answer holds, as described by openapi.json. More fields may come with later versions."""

    model_config = ConfigDict(extra="allow")
