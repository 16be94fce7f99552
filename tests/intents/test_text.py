"""Texts are normalised without fail, and cut as scikit-learn cuts them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from intents.text import MAX_CHARS, WORD_PATTERN, normalise, storable, word_pairs, word_pieces, words

ANYTHING = st.text(alphabet=st.characters(), max_size=300)
LINES = st.text(alphabet="abc éß'-?. 12你\u200b", max_size=60)

as_words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=WORD_PATTERN, lowercase=False).build_analyzer()
as_pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False).build_analyzer()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  Where IS\tmy   order?\n", "where is my order?"),
        ("I’m here", "i'm here"),
        ("Straße", "strasse"),
        ("¿Dónde está?", "¿donde esta?"),
        ("Ångström naïve", "angstrom naive"),
        ("ﬁve ＡＢＣ", "five abc"),
        ("a\x00b\x07c", "a b c"),
        ("lone \ud800 half", "lone half"),
        ("\u202etxet\u202c", "txet"),
        ("zero\u200bwidth", "zerowidth"),
        ("\ufeffhello", "hello"),
        ("我的卡", "我 的 卡"),
        ("", ""),
        ("\x00\x00", ""),
    ],
)
def test_a_text_is_read_in_one_form(written: str, read: str) -> None:
    """Case, accents, width, control and invisible characters do not matter; unspaced scripts get a word a character."""
    assert normalise(written) == read


@given(ANYTHING)
def test_any_text_is_normalised_and_stays_so(text: str) -> None:
    """Nothing makes normalising fail, and what is normalised is left as it is."""
    once = normalise(text)
    assert normalise(once) == once
    once.encode("utf-8")


@pytest.mark.parametrize("unit", ["a ", "ab" * 50, "\ufdfa", "漢", "\u0301"])
def test_a_long_text_is_bounded(unit: str) -> None:
    """Only the beginning and the end of a very long text are looked at."""
    assert len(normalise(unit * 200_000)) <= 3 * MAX_CHARS


def test_the_end_of_a_long_text_counts() -> None:
    """A question after a long story is still seen."""
    read = normalise("story " * 5_000 + "where is my order?")
    assert read.startswith("story")
    assert read.endswith("where is my order?")


@given(LINES)
def test_words_are_cut_as_scikit_learn_does(text: str) -> None:
    """Single words and pairs are the same multiset as word(1-2)."""
    text = normalise(text)
    tokens = words(text)
    assert Counter(tokens + word_pairs(tokens)) == Counter(as_words(text))


@given(LINES)
def test_pieces_are_cut_as_scikit_learn_does(text: str) -> None:
    """Pieces of words are the same multiset as char_wb(2-5), short words and all."""
    text = normalise(text)
    assert Counter(piece for word in text.split() for piece in word_pieces(word)) == Counter(as_pieces(text))


@given(ANYTHING)
def test_what_is_stored_can_be_stored(text: str) -> None:
    """No NUL and no lone surrogate reaches a database."""
    kept = storable(text)
    assert "\x00" not in kept
    kept.encode("utf-8")
    assert len(kept) == len(text)
