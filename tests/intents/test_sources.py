"""CSV files, as people export them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.errors import SourceInvalid
from intents.evaluation import LabelledText
from intents.sources import (
    MAX_TEXT_CHARS,
    ArticleRow,
    IntentRow,
    articles_from_csv,
    decode,
    intents_from_csv,
    labelled_from_csv,
)


@pytest.mark.parametrize("label", ["intent", "category", "label", "Intent", " CATEGORY "])
def test_the_label_may_be_named_in_three_ways(label: str) -> None:
    """`intent`, `label` or `category`, in any case and place."""
    parsed = intents_from_csv(f"{label},text\norder,where is it\n")
    assert parsed.rows == (IntentRow("where is it", "order"),)


def test_an_intent_may_bring_its_answer_category_and_title() -> None:
    """Beside an intent, a category is the intent's own."""
    parsed = intents_from_csv("text,intent,answer,category,title\na,order,Soon.,shipping,Your order\nb,order,,,\n")
    assert parsed.rows == (
        IntentRow("a", "order", "Soon.", "shipping", "Your order"),
        IntentRow("b", "order"),
    )


def test_spreadsheets_are_read() -> None:
    """A BOM, CRLF, quotes, commas and line breaks within a field are no trouble."""
    data = '\ufefftext,intent\r\n"I said ""now"", twice",a\r\n"two\r\nlines",b\r\n'.encode()
    parsed = intents_from_csv(decode(data))
    assert [row.text for row in parsed.rows] == ['I said "now", twice', "two\r\nlines"]
    assert parsed.refused == ()
    assert intents_from_csv(decode("text,intent\nä,b\n".encode("utf-16"))).rows == (IntentRow("ä", "b"),)


def test_refused_rows_are_named_and_the_rest_is_kept() -> None:
    """Each with its line and a reason; empty lines are nothing."""
    long = "x" * (MAX_TEXT_CHARS + 1)
    parsed = intents_from_csv(f"text,intent\ngood,a\n,a\nno label,\n\n{long},a\none,two,three\nshort\nalso good,b\n")
    assert [row.text for row in parsed.rows] == ["good", "also good"]
    assert [(refusal.line, refusal.reason) for refusal in parsed.refused] == [
        (3, "text is empty"),
        (4, "intent is empty"),
        (6, "text is longer than 10,000 characters"),
        (7, "has 3 fields, the first row names 2"),
        (8, "intent is empty"),
    ]


def test_a_huge_field_is_refused_and_the_rest_is_kept() -> None:
    """A field beyond what a CSV reader takes costs its own row."""
    parsed = intents_from_csv(f"text,intent\n{'x' * 200_000},a\ngood,b\n")
    assert [row.text for row in parsed.rows] == ["good"]
    assert parsed.refused[0].line == 2


def test_an_open_quote_does_not_hang() -> None:
    """A quote that never closes swallows rows, and ends."""
    parsed = intents_from_csv('text,intent\n"never closed,a\n' + "b,c\n" * 100_000)
    assert parsed.refused


def test_articles_are_read() -> None:
    """Phrasings are split by `|`, once each."""
    parsed = articles_from_csv(
        "question,answer,category,locale,phrasings\nWhen?,At nine.,hours,en,opening | hours||opening\nHow?,So.,,,\n"
    )
    assert parsed.rows == (
        ArticleRow("When?", "At nine.", "hours", "en", ("opening", "hours")),
        ArticleRow("How?", "So."),
    )
    assert articles_from_csv("question,answer\nWhen?,\n").refused[0].reason == "answer is empty"
    assert articles_from_csv("question,answer,phrasings\na,b," + "|".join(map(str, range(101)))).refused


def test_files_to_evaluate_may_have_empty_labels() -> None:
    """An empty label means out of scope."""
    parsed = labelled_from_csv("text,category\na,order\nb,\nc,oos\n")
    assert parsed.rows == (LabelledText("a", "order"), LabelledText("b", None), LabelledText("c", None))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("question,answer\na,b\n", "intent, label or category"),
        ("intent,phrase\na,b\n", "named text"),
        ("text,text,intent\na,b,c\n", "twice"),
    ],
)
def test_a_file_without_its_columns_is_refused_whole(text: str, says: str) -> None:
    """What is missing is named."""
    with pytest.raises(SourceInvalid, match=says):
        intents_from_csv(text)


@pytest.mark.parametrize("data", [b"text,intent\n\xff\xfe\xfa,a", b"a\x00b", b"\xff\xfea", b"PK\x03\x04\x00\x00"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    """Other encodings, archives and NULs are told apart from CSV."""
    with pytest.raises(SourceInvalid):
        decode(data)


@given(st.text(max_size=400))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """No file makes parsing fail in another way."""
    for parse in (intents_from_csv, articles_from_csv, labelled_from_csv):
        try:
            parse(text)
        except SourceInvalid:
            continue
