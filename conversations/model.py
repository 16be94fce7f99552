"""The nouns of a conversation: frozen values, in the shape of their rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["bot", "queued", "assigned", "snoozed", "resolved"]
VisibleStatus = Literal["bot", "waiting", "person", "resolved"]
WaitingOn = Literal["visitor", "us", "third_party"]
Resolution = Literal["confirmed", "visitor_ended", "auto_closed", "abandoned", "spam", "agent"]
AuthorKind = Literal["visitor", "bot", "agent", "system"]
MessageKind = Literal["text", "choices", "card", "form", "file", "survey", "event"]
ItemKind = Literal["chat", "callback", "follow_up"]
OfferState = Literal["offered", "accepted", "declined", "expired", "withdrawn"]
DeliveryState = Literal["queued", "sent", "delivered", "read", "failed"]
AgentStatus = Literal["online", "away", "offline"]
Audience = Literal["visitor", "agent"]

TEXT_LIMIT = 10_000
ATTACHMENT_LIMIT = 10
CHOICES_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation as its row stands. Moments are milliseconds UTC; JSON columns are text."""

    number: int
    id: str
    workspace_id: str
    inbox_id: str
    identity_id: str
    contact_id: str
    channel: str
    status: Status
    assignee_id: str | None
    preferred_agent_id: str | None
    team_id: str | None
    tier: int
    category: str | None
    priority: int
    labels: str
    epoch: int
    visitor_rev: int
    agent_rev: int
    last_seq: int
    visitor_seq: int
    answered_seq: int
    read_visitor: int
    read_us: int
    delivered_visitor: int
    unread_visitor: int
    waiting_on: WaitingOn
    waiting_since: int | None
    resolution: Resolution | None
    previous_id: str | None
    thread_key: str | None
    locale: str | None
    page: str | None
    memory: str
    turn_due_at: int | None
    turn_token: int
    turn_leased_until: int | None
    turn_failures: int
    snoozed_until: int | None
    survey_score: int | None
    created_at: int
    updated_at: int
    resolved_at: int | None

    def rev(self, audience: Audience) -> int:
        return self.visitor_rev if audience == "visitor" else self.agent_rev


@dataclass(frozen=True, slots=True)
class Message:
    """One message as its row stands. `seq` is None for what the visitor never sees."""

    id: str
    conversation_id: str
    inbox_id: str
    seq: int | None
    visitor_rev: int | None
    agent_rev: int
    made_rev: int
    author_kind: AuthorKind
    author_id: str | None
    author_name: str | None
    kind: MessageKind
    text: str
    content: str | None
    private: bool
    sender: str | None
    client_id: str | None
    external_id: str | None
    body_hash: str | None
    understanding: str | None
    rating: str | None
    created_at: int
    edited_at: int | None
    erased_at: int | None


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks or acts: a visitor (identity), the bot, an agent, or the system itself."""

    kind: AuthorKind
    id: str | None = None
    name: str | None = None

    @property
    def actor(self) -> str:
        """As facts name it: `agent:agt_...`, `visitor:vis_...`, `bot:bot_...`, `system`."""
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


SYSTEM = Author("system")


@dataclass(frozen=True, slots=True)
class InboxRules:
    """How an inbox behaves, from its settings. Times in milliseconds. words: its own, as `texts.say` takes them."""

    reopen_within: int = 72 * 3_600_000
    bot_as_guest: bool = True
    escalate_directly: bool = False
    sites: tuple[str, ...] = ()
    locale: str = "en"
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where messages come in: a channel with its bot, its team and its rules."""

    id: str
    workspace_id: str
    name: str
    channel: str
    public_key: str
    bot_id: str | None
    default_team_id: str | None
    rules: InboxRules


@dataclass(frozen=True, slots=True)
class Choice:
    """The visitor's pick among the choices of a message."""

    message_id: str
    value: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What any channel hands to the one door in.

    Either `identity_id` (the web socket has verified it) or `address` names who speaks. `client_id` or
    `external_id` makes a repeat recognisable; a channel that gives neither cannot be repeated safely.
    `origin`: the connection it came by, which needs no echo.
    """

    text: str
    identity_id: str | None = None
    address: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    client_id: str | None = None
    external_id: str | None = None
    thread_key: str | None = None
    conversation_id: str | None = None
    start_new: bool = False
    choice: Choice | None = None
    attachment_ids: tuple[str, ...] = ()
    automatic: bool = False
    locale: str | None = None
    page: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message that is stored: where it went, and whether it was there before."""

    conversation: Conversation
    message: Message
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A chat offered to one agent, with its clock."""

    id: str
    item_id: str
    conversation_id: str
    agent_id: str
    state: OfferState
    reason: str | None
    created_at: int
    expires_at: int
    ended_at: int | None


def visible_status(status: Status) -> VisibleStatus:
    """What a visitor is told of a status."""
    match status:
        case "bot":
            return "bot"
        case "queued":
            return "waiting"
        case "assigned" | "snoozed":
            return "person"
        case "resolved":
            return "resolved"
