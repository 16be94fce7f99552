"""A start form as a visitor filled it in, held against what the admin asks."""

import re

from conversations.details import Agreed, Filled
from conversations.errors import Invalid
from conversations.identities import Profile
from conversations.words import storable
from server.appearance import Consent, StartForm
from server.realtime.payloads import ConsentGiven, SubmitForm

KNOWN = ("name", "email", "phone")
"""The fields that every contact has; others are kept among its attributes."""

PHONE_LIMIT = 50
_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")


def filled_in(form: StartForm | None, sent: SubmitForm) -> Filled:
    """What the form says. Fields that it does not ask for are left out.

    Raises Invalid (`field` values.KEY, department, consent, consent.text), with the remedy.
    """
    if form is None:
        raise Invalid("This inbox asks for nothing before a chat. Just write.", field="values")
    values: dict[str, str] = {}
    for field in form.fields:
        text = storable(sent.values.get(field.key, "")).strip()
        if not text and field.required:
            raise Invalid("This field is required. Fill it in.", field=f"values.{field.key}")
        if text:
            values[field.key] = _checked(field.key, text)
    return Filled(
        profile=Profile(
            name=values.get("name"),
            email=values.get("email"),
            phone=values.get("phone"),
            attributes={key: text for key, text in values.items() if key not in KNOWN},
        ),
        team_id=department_of(form, sent.department),
        consent=_agreed(form.consent, sent.consent),
        fields=tuple(values),
    )


def department_of(form: StartForm | None, chosen: str | None) -> str | None:
    """The team of a department to choose from. Raises Invalid (`field` department)."""
    if chosen is not None and (form is None or chosen not in form.departments):
        raise Invalid("This department is none of those to choose from.", field="department")
    return chosen


def is_email(text: str) -> bool:
    return len(text) <= 200 and _EMAIL.fullmatch(text) is not None


def _checked(key: str, text: str) -> str:
    if key == "email" and not is_email(text):
        raise Invalid("This is no e-mail address. Write it as name@example.com.", field="values.email")
    if key == "phone" and len(text) > PHONE_LIMIT:
        raise Invalid(f"A phone number has at most {PHONE_LIMIT} characters.", field="values.phone")
    return text


def _agreed(asked: Consent | None, given: ConsentGiven | None) -> Agreed | None:
    if asked is None:
        return None
    if given is None:
        if asked.required:
            raise Invalid("This form needs your consent.", field="consent")
        return None
    if given.text != asked.text:
        raise Invalid("The text has changed meanwhile. Read it again, then agree.", field="consent.text")
    return Agreed(asked.text, storable(given.at) if given.at is not None else None)
