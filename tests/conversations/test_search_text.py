"""Words as they are searched: what is typed finds what was written, whatever its case, accents and script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.search_text import EXCERPT_CHARS, TERMS_LIMIT, excerpt, folded, terms_of


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Where's my ORDER_status?", "where s my order status"),
        ("Überraschung à la CAFÉ, naïve ﬁ", "uberraschung a la cafe naive fi"),
        ("STRASSE Straße", "strasse strasse"),
        ("F-2026-00123", "f 2026 00123"),
        ("ana@example.com", "ana example com"),
        ("注文はここ", "注 文 は こ こ"),
        ("أين طلبي", "اين طلبي"),
        ('"; DROP TABLE x; -- * AND NOT', "drop table x and not"),
    ],
)
def test_texts_are_folded_to_plain_words(written: str, words: str) -> None:
    """Lower case, no accents, no punctuation; scripts without spaces by the character."""
    assert folded(written) == words
    assert folded(words) == words


def test_a_query_has_few_terms() -> None:
    """Each once, and no more than ten."""
    assert terms_of("the lamp the LAMP") == ("the", "lamp")
    assert len(terms_of(" ".join(f"w{number}" for number in range(50)))) == TERMS_LIMIT
    assert terms_of(" ?! ") == ()


def test_an_excerpt_shows_what_was_asked_for() -> None:
    """The text as it was written, cut into hits and what stands between them."""
    pieces = excerpt("My Lämp and my lamps", terms_of("lamp"))
    assert [(piece.text, piece.hit) for piece in pieces] == [
        ("My ", False),
        ("Lämp", True),
        (" and my ", False),
        ("lamps", True),
    ]


def test_an_excerpt_of_a_long_text_begins_near_the_first_hit() -> None:
    """What is left out is marked."""
    pieces = excerpt(f"{'before ' * 100}needle{' after' * 100}", ("needle",))
    assert (pieces[0].text, pieces[-1].text) == ("…", "…")
    assert [piece.text for piece in pieces if piece.hit] == ["needle"]
    assert sum(len(piece.text) for piece in pieces) <= EXCERPT_CHARS + 2


@given(st.text(max_size=300), st.text(max_size=30))
def test_an_excerpt_is_of_the_text_and_folding_settles(text: str, query: str) -> None:
    """Whatever is written and asked: the pieces are of the text itself, and every hit is one."""
    pieces = excerpt(text, terms_of(query))
    said = "".join(piece.text for piece in pieces)
    assert said.strip("…") in text.strip("…") or said.strip("…").strip() in text
    for piece in pieces:
        if piece.hit:
            assert any(folded(piece.text).startswith(term) for term in terms_of(query))
    assert set(terms_of(text)) <= set(folded(text).split())
