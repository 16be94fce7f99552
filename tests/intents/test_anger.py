"""The quick look before anger's patterns lets everything pass that one of them would find."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents import anger

FOUND = re.compile("|".join(rf"\b(?:{pattern})\b" for pattern in anger.PATTERNS))


@pytest.mark.parametrize("pattern", anger.PATTERNS)
def test_no_pattern_is_overlooked(pattern: str) -> None:
    """Whatever a pattern matches holds a word by which it is looked for."""

    @settings(max_examples=50, deadline=None)
    @given(st.from_regex(rf"\A(?:{pattern})\Z"))
    def passes(said: str) -> None:
        words = said.split()
        if FOUND.search(" ".join(words)):
            assert anger.is_angry(said, words)

    passes()
