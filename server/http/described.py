"""The protocol's shapes as openapi.json describes them; `server.shapes` makes them."""

from typing import Any, Literal

from pydantic import Field

from conversations.model import AuthorKind, MessageKind, Resolution, Status, WaitingOn
from server.http.fields import Shape


class AuthorShape(Shape):
    kind: AuthorKind
    id: str | None = None
    name: str | None = None
    avatar_url: str | None = None


class AttachmentShape(Shape):
    """type: by the file's content. width, height: of an image. warning: `macros`, where it holds some."""

    id: str
    name: str
    type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    warning: str | None = None


class RatingShape(Shape):
    helpful: bool
    comment: str | None = None


class MessageShape(Shape):
    """seq: the number among what the visitor may see; null for what only agents see."""

    id: str
    conversation_id: str
    seq: int | None
    rev: int
    made_rev: int
    private: bool
    client_id: str | None = None
    author: AuthorShape
    kind: MessageKind
    text: str
    content: dict[str, Any] | None = None
    attachments: list[AttachmentShape] = Field(default_factory=list)
    rating: RatingShape | None = None
    understanding: dict[str, Any] | None = None
    delivery: dict[str, Any] | None = None
    created_at: str
    edited_at: str | None = None
    erased_at: str | None = None


class QueuePlace(Shape):
    position: int
    wait_s: list[int] | None


class ReadShape(Shape):
    visitor: int
    us: int


class FaceShape(Shape):
    name: str
    avatar_url: str | None


class HolderShape(Shape):
    id: str
    name: str | None


class PersonShape(Shape):
    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)
    verified: list[str] = Field(default_factory=list)


class LastMessage(Shape):
    excerpt: str
    author: AuthorShape
    at: str


class ConversationShape(Shape):
    """A conversation as agents see it. epoch: what a command must name."""

    id: str
    reference: str
    status: Status
    channel: str
    agent: FaceShape | None
    queue: QueuePlace | None
    last_seq: int
    rev: int
    read: ReadShape
    unread: int
    created_at: str
    epoch: int
    workspace_id: str
    inbox_id: str
    contact: PersonShape
    assignee: HolderShape | None
    preferred_agent_id: str | None
    team_id: str | None
    tier: int
    category: str | None
    priority: int
    labels: list[str]
    waiting_on: WaitingOn
    waiting_since: str | None
    resolution: Resolution | None
    previous_id: str | None
    updated_at: str
    last_message: LastMessage | None = None


class OfferShape(Shape):
    """packet: what whoever takes the chat needs to know."""

    id: str
    conversation: ConversationShape
    packet: dict[str, Any]
    expires_at: str


class ChoiceShape(Shape):
    intent: str
    confidence: float


class UnderstoodArticle(Shape):
    id: str
    question: str


class UnderstandingShape(Shape):
    """What the bot makes of a text. decision: the gate's verdict. intent: the likeliest, whatever the decision."""

    text: str
    decision: Literal["answer", "clarify", "escalate", "stay"]
    intent: str | None
    confidence: float
    alternatives: list[ChoiceShape]
    article: UnderstoodArticle | None
    reason: str
