"""One message, several requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.requests import MAX_PARTS, split_requests


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("how do i return a lamp and where is my order?", ("how do i return a lamp", "where is my order?")),
        (
            "what are your opening hours? do you ship to france?",
            ("what are your opening hours?", "do you ship to france?"),
        ),
        ("where is my order? also, how do i change my address", ("where is my order?", "how do i change my address")),
        ("my lamp flickers, also can i get an invoice?", ("my lamp flickers", "can i get an invoice?")),
        ("i want to cancel plus and i need an invoice", ("i want to cancel plus", "i need an invoice")),
        (
            "wo ist mein paket und wie bekomme ich eine rechnung?",
            ("wo ist mein paket", "wie bekomme ich eine rechnung?"),
        ),
    ],
)
def test_two_requests_are_cut_apart(text: str, parts: tuple[str, ...]) -> None:
    """At the end of a sentence, or before "and where ..."."""
    assert split_requests(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "where is my order?",
        "i ordered bread and butter",
        "my lamp is broken. what do i do?",
        "i got my new card. how do i activate it?",
        "can i reset it? and is this safe?",
        "what is this?",
        "i bought a lamp. it was red. it broke. my cat did it. what now? can i return a lamp?",
        "",
    ],
)
def test_a_story_with_one_question_stays_whole(text: str) -> None:
    """What tells, or points back, is no request of its own."""
    assert split_requests(text) == (text,)


@given(st.text(max_size=300))
def test_parts_are_few_and_never_empty(text: str) -> None:
    """Whatever the text."""
    parts = split_requests(text)
    assert 1 <= len(parts) <= MAX_PARTS
    assert len(parts) == 1 or all(part.strip() for part in parts)
