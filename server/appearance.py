"""How a widget looks and what it asks first, as an admin chose it; the settings of an inbox that visitors see."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from conversations.words import storable

FIELDS_LIMIT = 10
DEPARTMENTS_LIMIT = 50

Accent = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$", to_lower=True)]
Picture = Annotated[str, StringConstraints(max_length=1_000, pattern=r"^https?://[A-Za-z0-9.\-\[\]:]+(/[!-~]*)?$")]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(storable)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(storable)]
ConsentText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(storable)
]
FieldKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
TeamId = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class _Chosen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Look(_Chosen):
    """Colours and pictures; None: as the workspace has it, or else the house's own.

    accent: `#rrggbb`. side: the corner, by reading direction. logo_url: of a picture anywhere. greeting: the first
    line.
    """

    accent: Accent | None = None
    side: Literal["end", "start"] | None = None
    logo_url: Picture | None = None
    greeting: Sentence | None = None

    def over(self, other: "Look") -> "Look":
        """This look, and the other where this one leaves it open."""
        mine = self.model_dump(exclude_none=True)
        return Look.model_validate({**other.model_dump(exclude_none=True), **mine})


HOUSE_LOOK = Look(accent="#2f5bea", side="end")


class FormField(_Chosen):
    """One question of the start form. label: in place of the widget's own for name, email and phone."""

    key: FieldKey
    label: Label | None = None
    required: bool = False


class Consent(_Chosen):
    """What a visitor agrees to; kept with its exact text."""

    text: ConsentText
    required: bool = True


def _distinct(fields: tuple[FormField, ...]) -> tuple[FormField, ...]:
    if len({field.key for field in fields}) != len(fields):
        raise ValueError("each key stands once")
    return fields


class StartForm(_Chosen):
    """What is asked of a visitor. required: before the first answer; else it is offered and never in the way.

    departments: ids of teams to choose from.
    """

    required: bool = False
    fields: Annotated[tuple[FormField, ...], Field(max_length=FIELDS_LIMIT), AfterValidator(_distinct)] = ()
    departments: Annotated[tuple[TeamId, ...], Field(max_length=DEPARTMENTS_LIMIT)] = ()
    consent: Consent | None = None


def _switch(value: Any) -> Any:
    return {"on": value} if isinstance(value, bool) else value


class Switch(_Chosen):
    """Something that is shown or not."""

    on: bool = True


OnOff = Annotated[Switch, BeforeValidator(_switch)]
