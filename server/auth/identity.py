"""Who a site's own server says its visitor is: a JWT, signed with a key of the inbox."""

import warnings
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import OctKey, OKPKey
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from conversations.errors import Unauthorized
from conversations.identities import Profile
from conversations.model import Inbox
from conversations.words import storable

LIFE_LIMIT_S = 3_600
LEEWAY_S = 30
HS256_MIN_CHARACTERS = 32
KEYS = "identity_keys"
"""Where an inbox's secrets hold them: {kid: {"alg": "HS256", "key": SECRET} or {"alg": "EdDSA", "key": PEM}}."""


class IdentityKey(BaseModel):
    """A key that a site signs with. key: the shared secret (HS256), or the public key in PEM (EdDSA)."""

    model_config = ConfigDict(frozen=True)

    alg: Literal["HS256", "EdDSA"]
    key: Annotated[str, StringConstraints(min_length=HS256_MIN_CHARACTERS, max_length=4_000)]

    def material(self) -> OctKey | OKPKey:
        """Raises JoseError or ValueError for a key that is none."""
        return OctKey.import_key(self.key) if self.alg == "HS256" else OKPKey.import_key(self.key)


class _Claims(BaseModel):
    sub: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    aud: str | list[str]
    exp: Annotated[int, Field(strict=True)]
    nbf: Annotated[int, Field(strict=True)] | None = None
    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    email: Annotated[str, StringConstraints(max_length=200)] | None = None
    phone: Annotated[str, StringConstraints(max_length=50)] | None = None
    attributes: dict[str, str | int | float | bool | None] = Field(default_factory=dict, max_length=50)


def verified_profile(token: str, inbox: Inbox, secrets: Mapping[str, Any], now: int) -> tuple[str, Profile]:
    """The subject that the site vouches for, and what it says of them. now: milliseconds UTC.

    secrets: the inbox's own; only HS256 and EdDSA count, each with the key kept under the token's `kid`.
    Raises Unauthorized (`field` identity), saying what the site's server has to mend.
    """
    try:
        with warnings.catch_warnings():
            # the name EdDSA is what our protocol has; RFC 9864 now prefers Ed25519 for the same thing
            warnings.simplefilter("ignore", SecurityWarning)
            read = jwt.decode(token, _key_finder(secrets), algorithms=["HS256", "EdDSA"])
        claims = _Claims.model_validate(read.claims)
    except ValidationError as error:
        named = ".".join(str(part) for part in error.errors()[0]["loc"][:2])
        raise _refused(f"its claim {storable(named)[:50]} is missing or malformed") from None
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _refused("it is malformed, or not signed with a key of this inbox") from None
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if inbox.public_key not in audience:
        raise _refused("its aud is not this inbox's public key")
    now_s = now / 1000
    if claims.exp < now_s - LEEWAY_S:
        raise _refused("it has expired")
    if claims.exp > now_s + LIFE_LIMIT_S + LEEWAY_S:
        raise _refused("its exp is more than an hour away")
    if claims.nbf is not None and claims.nbf > now_s + LEEWAY_S:
        raise _refused("its nbf is not reached yet")
    profile = Profile(
        name=claims.name,
        email=claims.email,
        phone=claims.phone,
        attributes={storable(key)[:50]: _short(value) for key, value in claims.attributes.items()},
        verified=True,
    )
    return storable(claims.sub), profile


def _key_finder(secrets: Mapping[str, Any]) -> Any:
    keys = secrets.get(KEYS) or {}

    def find(signed: jws.CompactSignature) -> OctKey | OKPKey:
        headers = signed.headers()
        try:
            key = IdentityKey.model_validate(keys[headers["kid"]])
        except (KeyError, TypeError, ValidationError):
            raise ValueError("no such key") from None
        if headers.get("alg") != key.alg:
            raise ValueError("another algorithm than the key's")
        return key.material()

    return find


def _short(value: str | float | bool | None) -> str | float | bool | None:
    return storable(value)[:500] if isinstance(value, str) else value


def _refused(why: str) -> Unauthorized:
    return Unauthorized(f"The identity token is not accepted: {why}.", field="identity")
