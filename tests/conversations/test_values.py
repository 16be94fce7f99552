"""Small things that everything rests on: copies, texts, body hashes, facts."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.errors import CODES, Invalid, TooLarge
from conversations.facts import Fact, fact_from, fact_row
from conversations.model import Conversation, Message
from conversations.statements import CONVERSATIONS, MESSAGES, conversation_from, message_from
from conversations.words import NAME_LIMIT, body_hash, message_text, plain, storable

anything = st.text(st.characters(codec=None))
values = st.one_of(st.none(), st.integers(), anything)


@given(st.lists(values, min_size=len(fields(Conversation)), max_size=len(fields(Conversation))))
def test_a_quick_copy_is_the_same_value(row: list[Any]) -> None:
    """A value made from a row is the one that the class itself makes: equal, of its type, frozen, hashed alike."""
    quick, plain_made = conversation_from(tuple(row)), Conversation(*row)
    assert quick == plain_made
    assert type(quick) is Conversation
    assert hash(quick) == hash(plain_made)
    assert repr(quick) == repr(plain_made)
    assert CONVERSATIONS.values(quick) == tuple(row)
    with pytest.raises(FrozenInstanceError):
        quick.status = "bot"  # type: ignore[misc]


@given(
    st.lists(values, min_size=len(fields(Message)), max_size=len(fields(Message))),
    st.dictionaries(st.sampled_from([field.name for field in fields(Message)]), values),
)
def test_a_quick_change_is_what_replace_gives(row: list[Any], changes: dict[str, Any]) -> None:
    """A changed copy is what `dataclasses.replace` makes; the original stays as it was."""
    before = MESSAGES.of(row)
    assert MESSAGES.changed(before, changes) == replace(before, **changes)
    assert MESSAGES.values(before) == tuple(row)


def test_a_change_of_no_field_is_an_error() -> None:
    """A name that is no field cannot be changed."""
    with pytest.raises(KeyError):
        MESSAGES.changed(MESSAGES.of(range(len(MESSAGES.names))), {"colour": "red"})


def test_private_is_true_or_false() -> None:
    """SQLite's 0 and 1 become what PostgreSQL gives."""
    row = [None] * len(MESSAGES.names)
    for stored, read in ((0, False), (1, True), (False, False), (True, True)):
        row[MESSAGES.names.index("private")] = stored  # type: ignore[call-overload]
        assert message_from(tuple(row)).private is read


@given(anything)
def test_storable_text_can_be_stored(text: str) -> None:
    """Storable text can be encoded and has no NUL; it changes nothing else, and doing it twice is doing it once."""
    stored = storable(text)
    stored.encode()
    assert "\x00" not in stored
    assert len(stored) == len(text)
    assert storable(stored) == stored
    assert all(new == old or new == "\ufffd" for new, old in zip(stored, text, strict=True))


@given(st.text(max_size=30))
def test_what_a_person_writes_is_stored_as_written(text: str) -> None:
    """Text without NUL and lone surrogates stays as it is, or is refused for being empty."""
    if "\x00" in text or not text.strip():
        return
    assert message_text(text) == text


def test_a_text_that_is_none_is_refused_with_its_field() -> None:
    """An empty text and one over the limit name their field; where none is needed, an empty one is well."""
    with pytest.raises(Invalid) as empty:
        message_text(" ", field="note")
    with pytest.raises(TooLarge) as large:
        message_text("x" * 10_001, field="note")
    assert empty.value.field == large.value.field == "note"
    assert message_text("", required=False) == ""


@given(anything)
def test_a_name_is_printable_and_short(name: str) -> None:
    """Whatever passes as a name can be encoded and has no control character."""
    if 1 <= len(name) <= NAME_LIMIT and name.isprintable():
        assert plain(name, field="client_id").encode()
        return
    with pytest.raises(Invalid) as refused:
        plain(name, field="client_id")
    assert refused.value.field == "client_id"


@given(st.lists(anything, max_size=4), st.lists(anything, max_size=4))
def test_bodies_differ_where_their_parts_do(some: list[str], others: list[str]) -> None:
    """Two bodies have one hash exactly when all their parts are the same, however they are cut."""
    assert (body_hash(*some) == body_hash(*others)) == (some == others)


def test_a_fact_comes_back_as_it_was_written() -> None:
    """A fact's row and the fact are the same thing."""
    row = fact_row("cnv_1", 3, "read", 5, "visitor:vis_1", 2, {"side": "visitor", "seq": 1})
    stored = (7, *(row[name] for name in ("conversation_id", "rev", "kind", "at", "actor", "epoch", "data")))
    assert fact_from(stored) == Fact(7, "cnv_1", 3, "read", 5, "visitor:vis_1", 2, {"side": "visitor", "seq": 1})


def test_each_refusal_has_a_code_of_the_protocol() -> None:
    """The codes of refusals are those of the wire protocol."""
    promised = "invalid unauthorized forbidden not_found conflict illegal_transition capacity too_large unsupported"
    assert {*promised.split(), "window_closed", "rate_limited", "unavailable"} == CODES
