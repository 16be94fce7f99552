"""What each kind of far end is shown of one and the same message."""

from __future__ import annotations

import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.capabilities import Capabilities
from channels.render import Option, Part, options_of, picked, plain, render, split
from conversations.model import Message, MessageKind

BUTTONS = Capabilities()
SMS = Capabilities(choices="numbered", markdown=False, attachments=False, text_limit=160)
CARD = {"id": "att_1", "name": "card.png", "type": "image/png", "size_bytes": 2_048}
CHOICES = {
    "choices": [{"value": "lost", "title": "Report a lost card"}, {"value": "late", "title": "Card has not arrived"}],
    "none_of_these": True,
}


def said(text: str, content: dict[str, Any] | None = None, kind: MessageKind = "text") -> Message:
    return Message(
        id="msg_1",
        conversation_id="cnv_1",
        inbox_id="inb_1",
        seq=2,
        visitor_rev=2,
        agent_rev=2,
        made_rev=2,
        author_kind="bot",
        author_id="bot_1",
        author_name=None,
        kind=kind,
        text=text,
        content=orjson.dumps(content).decode() if content is not None else None,
        private=False,
        sender=None,
        client_id=None,
        external_id=None,
        body_hash=None,
        understanding=None,
        rating=None,
        created_at=0,
        edited_at=None,
        erased_at=None,
    )


def test_buttons_stay_buttons_where_the_channel_has_them() -> None:
    """A channel with buttons gets the text untouched, and the choices with their values."""
    assert render(said("Which one?", CHOICES, "choices"), BUTTONS) == (
        Part(
            "Which one?",
            (
                Option("lost", "Report a lost card"),
                Option("late", "Card has not arrived"),
                Option("none_of_these", "None of these"),
            ),
        ),
    )


def test_choices_become_numbered_lines_where_it_has_none() -> None:
    """A channel of plain text gets the choices as a numbered list under the question."""
    (part,) = render(said("Which one?", {**CHOICES, "none_title": "Something else"}, "choices"), SMS)
    assert part.text == "Which one?\n\n1. Report a lost card\n2. Card has not arrived\n3. Something else"
    assert part.options == ()


def test_a_survey_offers_its_scores() -> None:
    """A survey is five buttons, or one line of five numbers."""
    survey = said("How did we do?", kind="survey")
    assert [option.value for option in render(survey, BUTTONS)[0].options] == ["1", "2", "3", "4", "5"]
    assert render(survey, SMS)[0].text == "How did we do?\n\n1 · 2 · 3 · 4 · 5"


def test_files_are_named_where_they_cannot_be_shown() -> None:
    """Attachments go with the last part; a channel without them gets their names."""
    message = said("Here it is.", {"attachments": [CARD]}, "file")
    assert render(message, BUTTONS)[0].files[0].name == "card.png"
    assert render(message, SMS) == (Part("Here it is.\n\n[card.png]"),)


def test_a_file_alone_is_still_a_part() -> None:
    """A message without words shows its file, or the file's name, not nothing."""
    message = said("", {"attachments": [CARD]}, "file")
    assert render(message, BUTTONS)[0].files
    assert render(message, SMS) == (Part("[card.png]"),)
    assert render(said(""), BUTTONS) == ()


def test_an_article_with_a_page_of_its_own_is_linked_once() -> None:
    """The address of the article follows the answer unless the answer names it already."""
    article = {"article": {"id": "art_1", "question": "Returns?", "url": "https://help.example/returns"}}
    assert render(said("30 days.", article), SMS)[0].text == "30 days.\n\nhttps://help.example/returns"
    told = "30 days: https://help.example/returns"
    assert render(said(told, article), SMS)[0].text == told
    assert render(said("30 days.", {"article": {"id": "art_1"}}), SMS)[0].text == "30 days."


def test_a_long_answer_is_several_parts_and_the_buttons_come_last() -> None:
    """Each part is within the limit and ends with a sentence; only the last one has the buttons."""
    sentence = "Your card is on its way and comes within five working days. "
    parts = render(said(sentence * 6, CHOICES, "choices"), Capabilities(text_limit=160))
    assert [len(part.text) <= 160 and part.text.endswith(".") for part in parts] == [True] * len(parts)
    assert [bool(part.options) for part in parts] == [False] * (len(parts) - 1) + [True]


# reading replies -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("2", "late"),
        (" 2. ", "late"),
        ("#2", "late"),
        ("(2)", "late"),
        ("[2]", "late"),
        ("٢", "late"),
        ("2) card has  not arrived!", "late"),
        ("Card has not arrived", "late"),
        ("3", "none_of_these"),
        ("None of these.", "none_of_these"),
        ("0", None),
        ("4", None),
        ("22", None),
        ("2 cards are lost", None),
        ("1. Card has not arrived", None),
        ("it has not arrived", None),
        ("", None),
        ("?", None),
        ("²", None),
    ],
)
def test_a_written_reply_is_read_as_the_choice_it_names(reply: str, value: str | None) -> None:
    """A number, a title or both name a choice; a sentence that only begins with a number does not."""
    found = picked(reply, options_of(said("Which one?", CHOICES, "choices")))
    assert (found.value if found else None) == value


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=20, unique=True))
def test_every_number_that_was_shown_can_be_replied(titles: list[str]) -> None:
    """For any titles, the number in front of a line means that line, unless a title itself is that number."""
    content = {"choices": [{"value": f"v{number}", "title": title} for number, title in enumerate(titles)]}
    options = options_of(said("Which?", content, "choices"))
    folded = {" ".join(option.title.split()).rstrip(".!?").casefold() for option in options}
    for number, option in enumerate(options, 1):
        if str(number) not in folded:
            assert picked(str(number), options) == option


@given(st.text(max_size=300))
def test_any_reply_can_be_read(reply: str) -> None:
    """Whatever a visitor writes means one of the choices or none, and is never an error."""
    assert picked(reply, [Option("a", "Yes"), Option("b", "No")]) in (None, Option("a", "Yes"), Option("b", "No"))


# splitting -----------------------------------------------------------------------------------


@given(st.text(max_size=400), st.integers(min_value=1, max_value=80))
def test_splitting_loses_nothing_but_space(text: str, limit: int) -> None:
    """Every piece is within the limit and says something; together they say what was there."""
    pieces = split(text, limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("One two. Three four.", 12, ["One two.", "Three four."]),
        ("First thing.\n\nSecond is longer.", 20, ["First thing.", "Second is longer."]),
        ("No.\n\nA second one is longer.", 20, ["No.\n\nA second one is", "longer."]),
        ('He said "no." Then left.', 16, ['He said "no."', "Then left."]),
        ("您好。请稍等。谢谢。", 7, ["您好。请稍等。", "谢谢。"]),
        ("هل وصلت البطاقة؟ نعم وصلت.", 18, ["هل وصلت البطاقة؟", "نعم وصلت."]),
        ("alpha beta gamma", 11, ["alpha beta", "gamma"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("", 10, []),
    ],
)
def test_texts_end_where_a_reader_would_pause(text: str, limit: int, pieces: list[str]) -> None:
    """Paragraphs, then lines, sentences, words; a word alone is cut only when it must be."""
    assert split(text, limit) == pieces


def test_a_cut_does_not_tear_a_character() -> None:
    """Accents stay on their letters and joined emoji stay together."""
    accented = unicodedata.normalize("NFD", "é" * 10)
    assert all(not unicodedata.combining(piece[0]) for piece in split(accented, 5))
    family = "👩\u200d👩\u200d👧"
    assert split(family * 3, 6) == [family, family, family]


def test_a_limit_of_nothing_is_a_mistake() -> None:
    """A limit under one is the caller's error, not an endless loop."""
    with pytest.raises(ValueError, match="at least 1"):
        split("text", 0)


# markdown ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Bold** and *soft* and `code`", "Bold and soft and code"),
        ("See [our page](https://a.example/x).", "See our page (https://a.example/x)."),
        ("<https://a.example> or [https://a.example](https://a.example)", "https://a.example or https://a.example"),
        ("[Mail](mailto:a@b.example) [a@b.example](mailto:a@b.example)", "Mail (a@b.example) a@b.example"),
        ("Do this:\n\n- one\n- two\n\n1. a\n2. b", "Do this:\n\n- one\n- two\n\n1. a\n2. b"),
        ("- one\n  - inner\n- two", "- one\n  - inner\n- two"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("# Title\nText", "Title\n\nText"),
        ("> quoted\n\nsaid", "quoted\n\nsaid"),
        ("```\na = *b*\n```", "a = *b*"),
        ("line one\nline two", "line one\nline two"),
        ("2 * 3 * 4 = snake_case_name", "2 * 3 * 4 = snake_case_name"),
        ("<b>not markup</b> & &lt;", "<b>not markup</b> & <"),
        ("![a lamp](https://a.example/l.png)", "a lamp"),
        ("-\n\ntext", "text"),
        ("![](x)", "![](x)"),
    ],
)
def test_markdown_reads_well_without_its_marks(markdown: str, text: str) -> None:
    """Marks go, words, numbers and addresses stay, and nothing turns into nothing."""
    assert plain(markdown) == text


@given(st.text(alphabet="ab *_`[]()<>#-+1.!\n\\&|~>", max_size=200))
def test_any_text_can_be_made_plain(text: str) -> None:
    """Whatever people type between marks, what comes out is text, and empty only if nothing was typed."""
    assert bool(plain(text)) == bool(text.strip())
