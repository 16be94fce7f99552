"""Short texts that only name a thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.text import words
from intents.vagueness import MAX_WORDS, things_named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("my lamp", ("lamp",)),
        ("lamp lamp", ("lamp",)),
        ("i need help with my order", ("order",)),
        ("a problem with the app, please", ("app",)),
        ("meine lampe", ("lampe",)),
        ("tengo un problema con mi pedido", ("pedido",)),
        ("cancel plus", ("cancel", "plus")),
        ("i have a problem with it", ()),
    ],
)
def test_the_thing_is_what_is_left_of_a_short_text(text: str, named: tuple[str, ...]) -> None:
    """Articles, pronouns and calls for help name nothing."""
    assert things_named(words(text)) == named


@pytest.mark.parametrize("text", ["where is my order", "can i return it", "wo ist mein paket", "", "?!", "lamp " * 9])
def test_a_question_or_a_story_is_not_vague(text: str) -> None:
    """Who asks where, when or whether says what is wanted of the thing."""
    assert things_named(words(text)) is None


@given(st.text(max_size=100))
def test_any_text_can_be_looked_at(text: str) -> None:
    """Whatever the text, few words come of it, each once."""
    named = things_named(words(text))
    assert named is None or len(named) == len(set(named)) <= MAX_WORDS
