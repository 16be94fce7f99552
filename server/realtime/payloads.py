"""What clients may send, parsed once: pydantic models of every command's payload, and the refusals they become."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from conversations.errors import Invalid, TooLarge
from conversations.model import ATTACHMENT_LIMIT, TEXT_LIMIT
from conversations.words import storable

Id = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_-]+$")]
ClientId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
Rev = Annotated[int, Field(ge=0, le=1 << 53, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Short = Annotated[str, StringConstraints(max_length=200)]
Line = Annotated[str, StringConstraints(max_length=500)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=50)]
Scalar = (
    Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True, ge=-(1 << 53), le=1 << 53)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | Line
    | None
)
Note = Annotated[str, StringConstraints(max_length=TEXT_LIMIT)]


class Payload(BaseModel):
    """Unknown fields are ignored; known ones are never coerced."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Page(Payload):
    url: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    title: Annotated[str, StringConstraints(max_length=300)] | None = None
    referrer: Annotated[str, StringConstraints(max_length=2_000)] | None = None


class VisitorAuth(Payload):
    inbox: Id
    token: Annotated[str, StringConstraints(max_length=200)] | None = None
    identity: Annotated[str, StringConstraints(max_length=8_000)] | None = None
    last_rev: dict[Id, Rev] = Field(default_factory=dict, max_length=50)
    locale: Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9_-]*$")] | None = None
    page: Page | None = None
    protocol: Literal[1] = 1


class AgentAuth(Payload):
    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    protocol: Literal[1] = 1


class ChosenOne(Payload):
    message_id: Id
    value: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class VisitorSend(Payload):
    client_id: ClientId
    conversation_id: Id | None = None
    start_new: Flag = False
    text: str = ""
    attachment_ids: tuple[Id, ...] = Field(default=(), max_length=ATTACHMENT_LIMIT)
    choice: ChosenOne | None = None


class ChangesAfter(Payload):
    conversation_id: Id
    rev: Rev
    limit: Annotated[int, Field(ge=1, le=200, strict=True)] = 200


class MessagesBefore(Payload):
    conversation_id: Id
    seq: Annotated[int, Field(ge=1, le=1 << 53, strict=True)]
    limit: Annotated[int, Field(ge=1, le=200, strict=True)] = 50


class ListConversations(Payload):
    cursor: Annotated[str, StringConstraints(max_length=18, pattern=r"^[0-9]*$")] | None = None


class OpenConversation(Payload):
    conversation_id: Id
    rev: Rev | None = None


class RequestPerson(Payload):
    conversation_id: Id | None = None
    reason: Annotated[str, StringConstraints(max_length=500)] | None = None
    department: Id | None = None


class OneConversation(Payload):
    conversation_id: Id


class EndConversation(OneConversation):
    solved: Flag = False


class RateAnswer(Payload):
    message_id: Id
    helpful: Flag
    comment: Annotated[str, StringConstraints(max_length=2_000)] | None = None


class SubmitSurvey(Payload):
    conversation_id: Id
    score: Annotated[int, Field(ge=1, le=5, strict=True)]
    comment: Annotated[str, StringConstraints(max_length=2_000)] | None = None


class ConsentGiven(Payload):
    """text: as it was shown. at: when the visitor agreed, by their own clock."""

    text: Annotated[str, StringConstraints(max_length=2_000)]
    at: Annotated[str, StringConstraints(max_length=40)] | None = None


class SubmitForm(Payload):
    values: dict[Annotated[str, StringConstraints(max_length=40)], Line] = Field(default_factory=dict, max_length=20)
    department: Id | None = None
    consent: ConsentGiven | None = None


class UpdateVisitor(Payload):
    name: Short | None = None
    email: Short | None = None
    phone: Annotated[str, StringConstraints(max_length=50)] | None = None
    attributes: dict[Key, Scalar] = Field(default_factory=dict, max_length=50)
    locale: Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9_-]*$")] | None = None
    page: Page | None = None


class Track(Payload):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    data: dict[Key, Scalar] = Field(default_factory=dict, max_length=20)


class HelpWays(Payload):
    pass


class Read(Payload):
    conversation_id: Id
    seq: Rev
    delivered_seq: Rev | None = None


class Typing(Payload):
    conversation_id: Id | None = None
    on: Flag


class SetStatus(Payload):
    status: Literal["online", "away", "offline"]


class AtEpoch(Payload):
    conversation_id: Id
    epoch: Rev


class Accept(AtEpoch):
    offer_id: Id | None = None


class Decline(Payload):
    offer_id: Id


class Target(Payload):
    """Exactly one of the three."""

    agent_id: Id | None = None
    team_id: Id | None = None
    tier: Annotated[int, Field(ge=1, le=9, strict=True)] | None = None


class Transfer(AtEpoch):
    to: Target
    note: Note | None = None


class HandBack(AtEpoch):
    note: Note | None = None


class Snooze(AtEpoch):
    until: Annotated[str, StringConstraints(max_length=40)] | None = None


class WrapUp(Payload):
    category: Short | None = None
    cause: Short | None = None
    outcome: Short | None = None


class Resolve(AtEpoch):
    wrap_up: WrapUp | None = None


class Assign(AtEpoch):
    agent_id: Id


class Update(Payload):
    conversation_id: Id
    category: Short | None = None
    priority: Annotated[int, Field(ge=-2, le=3, strict=True)] | None = None
    labels: tuple[Annotated[str, StringConstraints(min_length=1, max_length=50)], ...] | None = Field(
        default=None, max_length=30
    )


class AgentSend(Payload):
    conversation_id: Id
    epoch: Rev | None = None
    client_id: ClientId
    text: str = ""
    attachment_ids: tuple[Id, ...] = Field(default=(), max_length=ATTACHMENT_LIMIT)
    private: Flag = False


def epoch_of(sent: AgentSend) -> int:
    """A reply is said at an epoch; only a note needs none. Raises Invalid."""
    if sent.epoch is None:
        raise Invalid("A reply needs the conversation's epoch. Send it, or send a note.", field="epoch")
    return sent.epoch


class Edit(Payload):
    message_id: Id
    text: str


class Withdraw(Payload):
    message_id: Id


P = TypeVar("P", bound=Payload)

_SENTENCES = {
    "missing": "It is missing.",
    "string_too_long": "It is too long.",
    "string_pattern_mismatch": "It has characters that are not allowed.",
    "literal_error": "It is not one of the allowed values.",
}


def parse(model: type[P], payload: Any) -> P:
    """The payload as its model. Raises Invalid naming the first field at fault, TooLarge for a list over its limit."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    except (RecursionError, ValueError, OverflowError):
        raise Invalid("The payload cannot be read.") from None
    field = storable(".".join(str(part)[:80] for part in first["loc"]))[:200] or None
    kind = first["type"]
    sentence = _SENTENCES.get(kind) or f"{first['msg']}."
    if kind == "too_long":
        raise TooLarge(f"{field}: {sentence}", field=field)
    raise Invalid(f"{field or 'payload'}: {sentence}", field=field)
