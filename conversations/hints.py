"""What a transaction says after its commit: something changed, look. Losing one costs seconds, nothing else."""

from dataclasses import dataclass

from conversations.model import Conversation, Message, Offer


@dataclass(frozen=True, slots=True)
class MessageCreated:
    message: Message


@dataclass(frozen=True, slots=True)
class MessageUpdated:
    message: Message


@dataclass(frozen=True, slots=True)
class ConversationUpdated:
    """visitor_rev is None where the visitor sees no difference."""

    visitor_rev: int | None
    agent_rev: int


@dataclass(frozen=True, slots=True)
class ReadUpdated:
    """by: `visitor` or `us`."""

    by: str
    seq: int
    visitor_rev: int
    agent_rev: int


Change = MessageCreated | MessageUpdated | ConversationUpdated | ReadUpdated


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """A conversation as it is after the commit, and each change in order, with its revs.

    origin: the connection that caused it and has its acknowledgement; it needs no echo of its message.
    before_assignee: who held it before, to be told that it left.
    """

    conversation: Conversation
    changes: tuple[Change, ...]
    origin: str | None
    before_assignee: str | None


@dataclass(frozen=True, slots=True)
class IdentityMerged:
    """An anonymous visitor proved to be one who was known: sockets of the old identity must connect again."""

    identity_id: str
    merged_into: str


@dataclass(frozen=True, slots=True)
class TurnDue:
    """The bot has something to read in this conversation.

    claimed: the conversation and all that is to be read of it, where the turn was claimed for this process's worker
    in the same transaction. Whoever else hears of it waits for the lease to run out.
    """

    conversation_id: str
    claimed: tuple[Conversation, Message] | None = None


@dataclass(frozen=True, slots=True)
class RoutingDue:
    """The queue or the seats of a workspace changed: somebody may be offered something."""

    workspace_id: str


@dataclass(frozen=True, slots=True)
class QueueEntered:
    """A conversation came to wait for a person; reason: in the words of `packet.reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class QueueLeft:
    """A conversation waits for a person no more. taken: by a person. waited_ms: since it began to wait."""

    taken: bool
    waited_ms: int | None


@dataclass(frozen=True, slots=True)
class OfferMade:
    offer: Offer


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """offer: as it ended; its state says how, its reason why."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class DeliveryDue:
    conversation_id: str


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """Status, presence or rights of an agent changed."""

    agent_id: str
    workspace_id: str


@dataclass(frozen=True, slots=True)
class SessionRevoked:
    """Sockets opened with this session must close."""

    agent_id: str
    token_hash: str | None
