"""The `api` channel: anything that speaks HTTP. Messages come by an authorised POST, and leave by a signed one.

In, `POST /hooks/api/{inbox_id}`: `{external_id, from: {address, name?, email?, phone?}, text, ...}`, or what became
of a message of ours: `{type: "delivery.updated", external_id, state}`. Out, to the inbox's `webhook_url`:
`{type: "message.created", timestamp, data: {to, message, conversation, parts}}`. See docs/add-a-channel.md.
"""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from channels.base import (
    Account,
    Arrived,
    DeliveryReport,
    Failed,
    Inbound,
    InboundFile,
    Outcome,
    Outgoing,
    Request,
    RetryLater,
    Sent,
)
from channels.capabilities import Capabilities
from channels.outbound import Answer, Caller, NotAllowed, Unreachable
from channels.payloads import ExternalId, Id, Key, Line, Locale, Payload, parsed, read_object
from channels.webhook import new_signing_secret, signed_headers, verify
from conversations.errors import Invalid, Unauthorized
from conversations.identities import token_hash
from conversations.model import ATTACHMENT_LIMIT, TEXT_LIMIT, Choice, InboundMessage
from conversations.store.clock import new_secret
from conversations.words import message_text

RETRY_AFTER_LIMIT_S = 3_600.0
_AGAIN_4XX = frozenset({408, 409, 425, 429})


class FarEnd(BaseModel):
    """What stands behind the webhook can show, where that is less than we can say: a gateway to SMS, for one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    choices: Literal["native", "numbered"] = "native"
    markdown: bool = True
    attachments: bool = True
    receipts: bool = True
    text_limit: Annotated[int, Field(ge=20, le=TEXT_LIMIT)] = TEXT_LIMIT
    window_s: Annotated[int, Field(ge=60)] | None = None


class ApiSettings(BaseModel):
    """What an inbox of this channel sets. webhook_url: where our messages go."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    webhook_url: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    far_end: FarEnd = FarEnd()


class ApiSecrets(BaseModel):
    """What an inbox of this channel shares with its far end. Several of a kind count while one is rotated.

    hook_tokens: hashes of bearer tokens of calls to us. hook_secrets: they sign calls to us. webhook_secrets: they
    sign our calls.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    hook_tokens: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    hook_secrets: Annotated[tuple[str, ...], Field(max_length=10)] = ()
    webhook_secrets: Annotated[tuple[str, ...], Field(max_length=10)] = ()


class _From(Payload):
    address: Key
    name: Line | None = None
    email: Line | None = None
    phone: Line | None = None


class _Choice(Payload):
    message_id: Id
    value: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _File(Payload):
    name: Annotated[Line, StringConstraints(min_length=1)]
    type: Annotated[str, StringConstraints(max_length=100, pattern=r"^[\w.+-]+/[\w.+-]+$")] | None = None
    data: str


class _Message(Payload):
    external_id: ExternalId
    sender: _From = Field(alias="from")
    text: str = ""
    choice: _Choice | None = None
    thread_key: Key | None = None
    locale: Locale | None = None
    attachments: list[_File] = Field(default=[], max_length=ATTACHMENT_LIMIT)
    subject: Annotated[Line, StringConstraints(max_length=200)] | None = None
    in_reply_to: ExternalId | None = None
    automatic: bool = False


class _Report(Payload):
    external_id: ExternalId
    state: Literal["delivered", "read", "failed"]
    error: Line | None = None


class ApiChannel:
    """Speaks for inboxes whose far end is a program of the customer's own."""

    name = "api"

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def capabilities(self, account: Account) -> Capabilities:
        try:
            far = ApiSettings.model_validate(account.settings).far_end
        except ValidationError:
            far = FarEnd()
        return Capabilities(**far.model_dump())

    def verify(self, request: Request, account: Account, now: int) -> None:
        try:
            secrets = ApiSecrets.model_validate(account.secrets)
            _authorise(request, secrets, now)
        except ValueError:
            raise Unauthorized("The secrets of this inbox cannot be used. Make new ones.") from None

    def parse(self, payload: bytes) -> tuple[Inbound, ...]:
        found = read_object(payload)
        match found.get("type", "message.created"):
            case "message.created":
                return (_arrived(parsed(_Message, found)),)
            case "delivery.updated":
                report = parsed(_Report, found)
                return (DeliveryReport(report.external_id, report.state, report.error),)
            case _:
                raise Invalid("type: It is message.created (or left out) or delivery.updated.", field="type")

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            settings = ApiSettings.model_validate(outgoing.account.settings)
            secrets = ApiSecrets.model_validate(outgoing.account.secrets)
        except ValidationError:
            return Failed("the settings of this inbox cannot be used; save them again")
        if settings.webhook_url is None:
            return Failed("this inbox has no webhook_url; set one")
        if not secrets.webhook_secrets:
            return Failed("this inbox has no secret to sign with; make one")
        body = orjson.dumps(_body(outgoing))
        try:
            headers = signed_headers(secrets.webhook_secrets, outgoing.message_id, outgoing.at, body)
        except ValueError as error:
            return Failed(f"{error}; make a new one")
        try:
            answer = await self._caller.post(
                settings.webhook_url, body, {**headers, "Content-Type": "application/json"}
            )
        except NotAllowed as error:
            return Failed(str(error))
        except Unreachable as error:
            return RetryLater(str(error))
        return outcome_of(answer, outgoing.at)


@dataclass(frozen=True, slots=True)
class Access:
    """What a new inbox shares with its far end, to be shown once: how to call us, and how to know our calls."""

    token: str
    webhook_secret: str

    @property
    def secrets(self) -> dict[str, list[str]]:
        """What the inbox's row keeps."""
        return {"hook_tokens": [token_hash(self.token)], "webhook_secrets": [self.webhook_secret]}


def new_access() -> Access:
    """Fresh secrets for an inbox of this channel."""
    return Access(new_secret("hook"), new_signing_secret())


def outcome_of(answer: Answer, now: int) -> Outcome:
    """What an answer means for a delivery. now: milliseconds UTC."""
    if 200 <= answer.status < 300:
        return Sent(_named(answer.body))
    said = f"the far end answered {answer.status}"
    if 400 <= answer.status < 500 and answer.status not in _AGAIN_4XX:
        return Failed(f"{said}: it will not take this message")
    return RetryLater(said, _retry_after_s(answer.headers, now))


def _authorise(request: Request, secrets: ApiSecrets, now: int) -> None:
    authorization = request.headers.get("authorization", "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        given = token_hash(token.strip())
        known = [hmac.compare_digest(given, kept) for kept in secrets.hook_tokens]
        if scheme.lower() != "bearer" or not any(known):
            raise Unauthorized("The bearer token is not one of this inbox.")
        return
    if not secrets.hook_secrets:
        raise Unauthorized("Send one of this inbox's tokens: `Authorization: Bearer ...`.")
    verify(secrets.hook_secrets, request.headers, request.body, now)


def _arrived(found: _Message) -> Arrived:
    files = tuple(_file(file, number) for number, file in enumerate(found.attachments))
    text = message_text(found.text, required=found.choice is None and not files)
    message = InboundMessage(
        text,
        address=found.sender.address,
        name=found.sender.name,
        email=found.sender.email,
        phone=found.sender.phone,
        external_id=found.external_id,
        thread_key=found.thread_key,
        choice=Choice(found.choice.message_id, found.choice.value) if found.choice is not None else None,
        automatic=found.automatic,
        locale=found.locale,
    )
    return Arrived(message, files, found.subject, found.in_reply_to)


def _file(file: _File, number: int) -> InboundFile:
    try:
        return InboundFile(file.name, file.type, b64decode(file.data, validate=True))
    except (NotBase64, ValueError):
        field = f"attachments.{number}.data"
        raise Invalid(f"{field}: It is not base64.", field=field) from None


def _body(outgoing: Outgoing) -> dict[str, object]:
    to = {"address": outgoing.address, "thread_key": outgoing.thread_key}
    return {
        "type": "message.created",
        "timestamp": datetime.fromtimestamp(outgoing.created_at / 1000, UTC).isoformat(timespec="milliseconds"),
        "data": {
            "to": {name: value for name, value in to.items() if value is not None},
            "message": outgoing.shown.message,
            "conversation": outgoing.shown.conversation,
            "parts": [asdict(part) for part in outgoing.parts],
        },
    }


def _named(body: bytes) -> str | None:
    """The far end's own name for the message, where its answer gives a usable one."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    name = found.get("external_id") if isinstance(found, dict) else None
    return name if isinstance(name, str) and 0 < len(name) <= 200 and name.isascii() and name.isprintable() else None


def _retry_after_s(headers: Mapping[str, str], now: int) -> float | None:
    """Retry-After (RFC 9110) in seconds from now, within an hour; None where there is none, or none that counts."""
    given = headers.get("retry-after", "").strip()
    if given.isascii() and given.isdecimal():
        return min(float(given[:9]), RETRY_AFTER_LIMIT_S)
    try:
        at = parsedate_to_datetime(given)
    except (ValueError, OverflowError):
        return None
    seconds = at.replace(tzinfo=at.tzinfo or UTC).timestamp() - now / 1000
    return min(max(seconds, 0.0), RETRY_AFTER_LIMIT_S)
