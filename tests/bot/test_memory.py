"""What the bot keeps in mind: typed, small, and never in the way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.memory import COUNT_LIMIT, NOTHING, Memory, keep, recall

counts = st.integers(0, COUNT_LIMIT)
memories = st.builds(
    Memory,
    epoch=st.integers(0, 1 << 40),
    not_understood=counts,
    unhelpful=counts,
    angry=counts,
    answered=st.booleans(),
    offered_person=st.booleans(),
    clarify=st.none() | st.just("msg_0193"),
    heard_seq=st.integers(0, 1 << 40),
    told=st.sampled_from([(), ("guest",)]),
)


@given(memories)
def test_what_is_kept_is_recalled(memory: Memory) -> None:
    """A memory survives its row."""
    assert recall(keep(memory)) == memory


@given(memories)
def test_a_memory_stays_small(memory: Memory) -> None:
    """However long a conversation is, its memory fits into a few hundred bytes."""
    assert len(keep(memory)) < 300


def test_nothing_is_kept_as_nothing() -> None:
    """A conversation without anything to remember has an empty memory."""
    assert keep(NOTHING) == "{}"
    assert recall("{}") == NOTHING


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_a_row_that_makes_no_sense_counts_as_nothing(text: str) -> None:
    """A damaged memory costs what was remembered, never a turn."""
    assert recall(text) == NOTHING


@given(st.dictionaries(st.sampled_from([*Memory.__dataclass_fields__, "other"]), st.none() | st.text() | st.floats()))
def test_a_field_of_another_type_is_left_out(stored: dict[str, object]) -> None:
    """What another version wrote is taken as far as it is understood."""
    recalled = recall(json.dumps(stored, default=str))
    assert recalled == Memory(clarify=recalled.clarify)


@pytest.mark.parametrize("text", ['{"not_understood": true}', '{"answered": 1}', '{"told": ["everything"]}'])
def test_a_number_is_no_flag(text: str) -> None:
    """Types are exact."""
    assert recall(text) == NOTHING


def test_a_chat_that_comes_back_is_met_with_fresh_patience() -> None:
    """Under another epoch the counts begin anew; the open choices and what was told stay."""
    before = Memory(3, 1, 1, 1, True, True, "msg_1", 7, ("guest",))
    assert before.at(3) == before
    assert before.at(4) == Memory(epoch=4, clarify="msg_1", heard_seq=7, told=("guest",))
