"""What the far ends of channels send, read once: bounded kinds of field, and the refusals that bad ones become."""

from typing import Annotated, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from conversations.errors import Invalid, TooLarge
from conversations.words import storable

PAYLOAD_LIMIT_BYTES = 10 * 1024 * 1024

Id = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_-]+$")]
ClientId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
# names that key rows: whatever a database cannot hold would make two of them one, so it is refused, not replaced
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Locale = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$")]

_SENTENCES = {
    "missing": "It is missing.",
    "string_pattern_mismatch": "It has characters that are not allowed.",
    "literal_error": "It is not one of the allowed values.",
}


class Payload(BaseModel):
    """Unknown fields are ignored; known ones are never coerced."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


P = TypeVar("P", bound=Payload)


def read_object(payload: bytes) -> dict[str, object]:
    """The JSON object of a payload. Raises Invalid, TooLarge."""
    if len(payload) > PAYLOAD_LIMIT_BYTES:
        raise TooLarge(f"The payload is over {PAYLOAD_LIMIT_BYTES // 1024 // 1024} MB. Send files by parts or by link.")
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise Invalid("The payload is not JSON in UTF-8.") from None
    if not isinstance(found, dict):
        raise Invalid("The payload is not a JSON object.")
    return found


def parsed(model: type[P], found: dict[str, object]) -> P:
    """An object as its model. Raises Invalid naming the first field at fault; TooLarge where that is over a limit."""
    try:
        return model.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    except (RecursionError, ValueError, OverflowError):
        raise Invalid("The payload cannot be read.") from None
    field = storable(".".join(str(part)[:80] for part in first["loc"]))[:200] or None
    sentence = _SENTENCES.get(first["type"]) or f"{first['msg'].removeprefix('Value error, ')}."
    if first["type"] in ("too_long", "string_too_long"):
        raise TooLarge(f"{field}: {sentence}", field=field)
    raise Invalid(f"{field or 'payload'}: {sentence}", field=field)
