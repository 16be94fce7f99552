"""Articles are found by their question, their phrasings and what their answer says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents import postings
from intents.knowledge import KnowledgeIndex
from intents.postings import Postings, Table
from intents.understanding import Article
from tests.intents.conftest import articles


def found(index: KnowledgeIndex, text: str, locale: str | None = None) -> list[str]:
    return [match.id for match in index.search(text, 3, locale).matches]


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("When are you open?", "art_hours"),
        ("OPENING HOURS!!", "art_hours"),
        ("are you open on monday", "art_hours"),
        ("warrenty of a battery", "art_warranty"),
        ("what wifi does the hub need", "art_wifi"),
        ("do 5 ghz networks work", "art_wifi"),
        ("e27 base up to 12 watts", "art_bulb"),
    ],
)
def test_the_right_article_comes_first(knowledge: KnowledgeIndex, text: str, article: str) -> None:
    """By question, by phrasing, with a typo, or by words that only the answer has."""
    assert found(knowledge, text)[0] == article


def test_a_question_asked_letter_by_letter_is_sure(knowledge: KnowledgeIndex) -> None:
    """Case and accents aside, a known phrasing is found for certain."""
    best = knowledge.search("opening HOURS").matches[0]
    assert (best.id, best.question) == ("art_hours", "When are you open?")
    assert best.confidence > 0.95


def test_foreign_questions_are_out_of_scope(knowledge: KnowledgeIndex) -> None:
    """A text that shares nothing with any article finds none; one that shares little is doubted."""
    assert knowledge.search("你好吗").matches == ()
    assert knowledge.search("quantum zebra").in_scope < 0.01
    assert knowledge.search("").in_scope == 0.0
    assert knowledge.search("who is the president of france").in_scope < 0.3
    assert knowledge.search("how long is the warranty on lamps").in_scope > 0.7


def test_the_visitors_language_comes_first(knowledge: KnowledgeIndex) -> None:
    """A German visitor gets the German article, unless they write English; one without a language is for everyone."""
    assert found(knowledge, "e27 sockel birnen watt", "de-AT")[0] == "art_bulb_de"
    assert "art_bulb" not in found(knowledge, "birnen e27 watt", "de")
    assert found(knowledge, "which bulbs fit", "de")[0] == "art_bulb"
    assert found(knowledge, "which bulbs fit", "en_GB")[0] == "art_bulb"
    assert found(knowledge, "when are you open", "fr")[0] == "art_hours"


def test_where_no_article_is_for_a_language_all_are() -> None:
    """Better an answer in another language than none."""
    index = KnowledgeIndex.build([Article("a", "Which bulbs fit?", "E27.", locale="en")])
    assert found(index, "which bulbs fit", "fr") == ["a"]


def test_an_empty_knowledge_base_finds_nothing() -> None:
    """No articles, no error."""
    index = KnowledgeIndex.build([])
    assert index.search("anything").matches == ()
    assert index.search("anything").in_scope == 0.0


def test_one_article_is_found_by_its_words() -> None:
    """With a single article there is nothing to compare with, and it is found all the same."""
    index = KnowledgeIndex.build([Article("a", "How do I reset the lamp?", "Hold the button.")])
    assert found(index, "reset lamp") == ["a"]
    assert index.search("zebra").in_scope < 0.1


@given(st.text(max_size=200))
def test_any_text_is_searched(knowledge: KnowledgeIndex, text: str) -> None:
    """Confidences fall from the first to the last, lie in [0, 1], and leave room for none being right."""
    result = knowledge.search(text, 5)
    confidences = [match.confidence for match in result.matches]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0.0 <= confidence <= 1.0 for confidence in confidences)
    assert sum(confidences) <= 1.0 + 1e-6
    assert 0.0 <= result.in_scope <= 1.0


def test_equal_articles_keep_their_order() -> None:
    """Two articles that say the same are ranked as they were given, not by chance."""
    index = KnowledgeIndex.build([Article(key, "How to pay by card?", "Like so.") for key in "abc"])
    assert found(index, "how to pay with a card") == ["a", "b", "c"]


def test_of_very_many_articles_the_commonest_features_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search adds up a bounded number of postings, and still finds what has a word of its own."""
    many = [Article(f"a{n}", f"How do I use the feature number{n}?", "Press it.") for n in range(300)]
    monkeypatch.setattr(postings, "MAX_TABLE", 0)
    index = KnowledgeIndex.build(many)
    monkeypatch.setattr(postings, "MAX_POSTINGS", 700)
    assert found(index, "how do I use number217")[0] == "a217"
    everything = np.arange(50, dtype=np.int32)
    scores = Postings(
        np.arange(0, 51 * 100, 100), np.tile(np.arange(100, dtype=np.int32), 50), np.ones(5_000, np.float32), 100
    )
    assert scores.add_up(everything, np.ones(50, np.float32)).tolist() == [7.0] * 100


def test_a_table_and_postings_add_up_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held as a table while it is small finds the same as postings."""
    texts = ["when are you open", "e27 watts bulb", "warranty batteries", "zebra", "5 ghz network hub"]
    small = KnowledgeIndex.build(articles())
    monkeypatch.setattr(postings, "MAX_TABLE", 0)
    large = KnowledgeIndex.build(articles())
    assert isinstance(large._cosine, Postings)
    assert isinstance(small._cosine, Table)
    for text in texts:
        one, other = small.search(text), large.search(text)
        assert [match.id for match in one.matches] == [match.id for match in other.matches]
        assert one.in_scope == pytest.approx(other.in_scope, abs=1e-4)


def test_more_phrasings_find_more() -> None:
    """A phrasing added is a question understood."""
    before = KnowledgeIndex.build(
        [Article("pin", "How do I change my PIN?", "In the app."), Article("b", "Fees?", "None.")]
    )
    after = KnowledgeIndex.build(
        [
            Article("pin", "How do I change my PIN?", "In the app.", phrasings=("new secret code",)),
            Article("b", "Fees?", "None."),
        ]
    )
    assert before.search("set a new secret code").in_scope < after.search("set a new secret code").in_scope
