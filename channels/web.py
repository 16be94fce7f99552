"""The `web` channel: visitors on their socket. It pushes nothing of its own: what is committed is there to be read."""

from pydantic import Field

from channels.base import Account, Arrived, Inbound, Outcome, Outgoing, Request, Sent
from channels.capabilities import Capabilities
from channels.payloads import ClientId, Id, Payload, parsed, read_object
from conversations.errors import Unsupported
from conversations.model import ATTACHMENT_LIMIT, Choice, InboundMessage
from conversations.words import message_text

_CAPABILITIES = Capabilities(edit=True, typing=True, receipts=True)


class ChoicePicked(Payload):
    message_id: Id
    value: str = Field(min_length=1, max_length=200)


class MessageSend(Payload):
    """The payload of `message.send`, as a visitor's socket sends it."""

    client_id: ClientId
    conversation_id: Id | None = None
    start_new: bool = False
    text: str = ""
    attachment_ids: list[Id] = Field(default=[], max_length=ATTACHMENT_LIMIT)
    choice: ChoicePicked | None = None


class WebChannel:
    """Its messages come by Socket.IO, where the connection itself is verified, and need no delivery rows."""

    name = "web"

    def capabilities(self, account: Account) -> Capabilities:
        return _CAPABILITIES

    def verify(self, request: Request, account: Account, now: int) -> None:
        raise Unsupported("Visitors of a website write by the socket, not by a hook.")

    def parse(self, payload: bytes) -> tuple[Inbound, ...]:
        found = parsed(MessageSend, read_object(payload))
        choice = Choice(found.choice.message_id, found.choice.value) if found.choice is not None else None
        text = message_text(found.text, required=choice is None and not found.attachment_ids)
        message = InboundMessage(
            text,
            client_id=found.client_id,
            conversation_id=found.conversation_id,
            start_new=found.start_new,
            choice=choice,
            attachment_ids=tuple(found.attachment_ids),
        )
        return (Arrived(message),)

    async def send(self, outgoing: Outgoing) -> Outcome:
        return Sent()
