"""Texts that a bot cannot tell apart are found, and those that only look alike are not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.overlaps import Entry, find_overlaps


def example(text: str, intent: str = "order") -> Entry:
    return Entry(f"exa_{text}", text, intent, intent)


def pairs(*entries: Entry) -> list[tuple[str, str, str]]:
    return [(one.kind, *sorted((one.a.text, one.b.text))) for one in find_overlaps(entries).items]  # type: ignore[misc]


OTHERS = (
    example("I want my money back", "refund"),
    example("when are you open on sunday", "hours"),
    example("the lamp flickers at night", "broken"),
    example("please cancel my subscription", "cancel"),
)


def test_the_same_words_under_two_intents_are_a_conflict() -> None:
    """Case, accents and punctuation's spaces make no difference."""
    assert pairs(example("Where is my order?"), example("where is my  ORDER?", "delivery"), *OTHERS) == [
        ("conflict", "Where is my order?", "where is my  ORDER?")
    ]


def test_nearly_the_same_under_one_intent_is_a_duplicate() -> None:
    """A letter more teaches nothing new."""
    found = pairs(example("where is my parcel now"), example("where is my parcel now?"), *OTHERS)
    assert found == [("duplicate", "where is my parcel now", "where is my parcel now?")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("how do I pair a lamp", "how do I pair a sensor"),
        ("change my delivery address", "change my email address"),
        ("where is my order", "when are you open"),
    ],
)
def test_what_differs_in_the_word_that_matters_is_no_conflict(one: str, other: str) -> None:
    """Texts of one form about two things are what a bot has to tell apart."""
    assert pairs(example(one, "a"), example(other, "b"), *OTHERS) == []


def test_articles_are_compared_with_articles() -> None:
    """An article may answer what an intent's examples ask; two articles that are asked alike are a conflict."""
    asked = Entry(None, "where is my order", "art_1", "Where is it?", of="article")
    other = Entry(None, "where is my order", "art_2", "And where?", of="article")
    assert pairs(asked, example("where is my order"), *OTHERS) == []
    assert pairs(asked, other) == [("conflict", "where is my order", "where is my order")]


def test_only_what_is_new_is_looked_at_where_that_is_asked() -> None:
    """A warning speaks of what was just added, not of what was there."""
    said = (("where is it", "a"), ("where is it", "b"), ("money back now", "order"), ("money back now", "c"))
    entries = [example(*one) for one in said]
    found = find_overlaps(entries, new=frozenset({2}))
    assert [one.a.text for one in found.items] == ["money back now"]


def test_ten_thousand_examples_take_seconds_and_no_longer_than_allowed() -> None:
    """What is not done in time is said to be not whole."""
    nouns = [f"thing{number}" for number in range(100)]
    entries = [
        example(f"{how} {noun} {what}", noun)
        for noun in nouns
        for how in "how do I pair|where is|what costs|I lost|who made|show me|please send|cancel|I broke|paint".split(
            "|"
        )
        for what in "today|in the house|at night|for my mother|again|quickly|by mail|on sunday|twice|now".split("|")
    ]
    began = time.monotonic()
    found = find_overlaps(entries, within_s=0.5)
    assert time.monotonic() - began < 3
    assert not found.whole
    same = find_overlaps([example("where is it", str(number)) for number in range(500)])
    assert (len(same.items), same.whole) == (200, False)


@given(st.lists(st.text(alphabet="ab cdé?\u0000", max_size=12), max_size=12))
def test_equal_texts_are_always_found(texts: list[str]) -> None:
    """Whatever they are: each pair of the same words is among the overlaps, with the similarity 1."""
    entries = [Entry(str(number), text, str(number), text) for number, text in enumerate(texts)]
    found = {frozenset((one.a.owner, one.b.owner)): one.similarity for one in find_overlaps(entries).items}
    for number, text in enumerate(texts):
        for other in range(number):
            if texts[other] == text:
                assert found[frozenset((str(number), str(other)))] == 1.0
