"""What every channel is: it proves who calls, reads what came, and sends what is due. Plain values on both sides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from channels.capabilities import Capabilities
from channels.render import Part
from conversations.model import InboundMessage

Json = dict[str, Any]
ReportedState = Literal["delivered", "read", "failed"]


@dataclass(frozen=True, slots=True)
class Request:
    """One call to a channel's hook. headers: by lower-case name. body: as it came over the wire."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """An inbox as its channel needs it: settings and secrets as its row has them; the channel knows their shapes."""

    inbox_id: str
    channel: str
    settings: Mapping[str, object]
    secrets: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file that came with a message, not yet stored. type: as claimed, which proves nothing."""

    name: str
    type: str | None
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came by a channel, with what the door in does not keep in a column of its own.

    in_reply_to: the external id that its sender names as answered.
    """

    message: InboundMessage
    files: tuple[InboundFile, ...] = ()
    subject: str | None = None
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What the far end says became of a message of ours. external_id: its name for it, or our message's id."""

    external_id: str
    state: ReportedState
    error: str | None = None


Inbound = Arrived | DeliveryReport


@dataclass(frozen=True, slots=True)
class Shown:
    """A message and its conversation, as the visitor may see them: the shapes of the wire protocol."""

    message: Json
    conversation: Json


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `message_id` is the same at each attempt, so that the far end can tell a repeat.

    address: whom it is for, as they wrote to us. parts: what the far end can show of it. attempt: from 1.
    created_at, at: when it was said, and now; milliseconds UTC.
    """

    message_id: str
    address: str
    thread_key: str | None
    parts: tuple[Part, ...]
    shown: Shown
    account: Account
    created_at: int
    attempt: int
    at: int


@dataclass(frozen=True, slots=True)
class Sent:
    """The far end has it. external_id: its name for the message, where it gave one."""

    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not now. why: for the operator. after_s: how long the far end asked to be left alone."""

    why: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Not ever, as things stand. why: for the operator, with the remedy."""

    why: str


Outcome = Sent | RetryLater | Failed


class Channel(Protocol):
    """A way in and out. It stores nothing and decides nothing: the server hands on what it returns."""

    @property
    def name(self) -> str:
        """As inboxes name it, and the path of its hook."""
        ...

    def capabilities(self, account: Account) -> Capabilities:
        """What the far end of this inbox can show."""
        ...

    def verify(self, request: Request, account: Account, now: int) -> None:
        """Make sure that the far end itself calls. now: milliseconds UTC. Raises Unauthorized, Unsupported."""
        ...

    def parse(self, payload: bytes) -> tuple[Inbound, ...]:
        """What a verified payload says, in its order. Raises Invalid and TooLarge, naming the field; nothing else."""
        ...

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Try once. Raises nothing: what went wrong is an outcome."""
        ...


def describe(inbound: Inbound) -> Json:
    """What a channel made of a payload, for people to look at: the JSON of `frontdesk parse`."""
    if isinstance(inbound, DeliveryReport):
        report: Json = {"report": inbound.state, "external_id": inbound.external_id}
        return report | ({"error": inbound.error} if inbound.error is not None else {})
    message = inbound.message
    sender = {"address": message.address, "name": message.name, "email": message.email, "phone": message.phone}
    shape: Json = {
        "external_id": message.external_id or message.client_id,
        "from": {name: value for name, value in sender.items() if value is not None},
        "text": message.text,
        "attachments": [{"name": file.name, "type": file.type, "size_bytes": len(file.data)} for file in inbound.files]
        + [{"id": attachment_id} for attachment_id in message.attachment_ids],
        "automatic": message.automatic,
    }
    also = {"subject": inbound.subject, "in_reply_to": inbound.in_reply_to, "thread_key": message.thread_key}
    if message.choice is not None:
        shape["choice"] = {"message_id": message.choice.message_id, "value": message.choice.value}
    return shape | {name: value for name, value in also.items() if value is not None}
