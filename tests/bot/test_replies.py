"""A decision in words, and what is stored beside it."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from bot.memory import NOTHING
from bot.policy import Answer, Clarify, Escalate, Rephrase, SmallTalk, Stay
from bot.replies import NONE_OF_THESE, TITLE_LIMIT, Reply, compose, meaning
from conversations.model import TEXT_LIMIT
from conversations.texts import LOCALES, catalogue
from intents.understanding import ArticleMatch, Scored
from tests.bot.knowing import CARD, FRAUD, PIN, REFUND, clear, topic, torn


def in_words(decision: Answer | Clarify | Escalate | Rephrase | SmallTalk, locale: str = "en") -> Reply:
    reply = compose(decision, locale)
    assert reply is not None
    return reply


def test_an_answer_is_said_as_it_was_written() -> None:
    """A single topic's words, and nothing around them."""
    reply = in_words(Answer((CARD,), "intent", clear(CARD), NOTHING))
    assert (reply.text, reply.kind, reply.content) == (CARD.text, "text", None)


def test_an_answer_from_an_article_names_the_article() -> None:
    """The visitor gets the article's name, agents and reports its id."""
    reply = in_words(Answer((PIN,), "article", clear(PIN), NOTHING))
    assert reply.content is not None
    shown = reply.content["article"]
    assert (shown["id"], shown["question"], shown["title"]) == (PIN.key, PIN.title, PIN.title)
    assert (shown["excerpt"], "aside" in reply.content) == (PIN.text, False)
    assert orjson.loads(orjson.dumps(shown["body"])) == [
        {"type": "paragraph", "children": [{"type": "text", "text": PIN.text}]}
    ]
    assert reply.understanding["article_id"] == PIN.key


def test_two_answers_are_told_apart_by_their_titles() -> None:
    """Each stands under what it answers."""
    reply = in_words(Answer((REFUND, PIN), "intent", clear(REFUND), NOTHING))
    assert reply.text == f"{REFUND.title}\n\n{REFUND.text}\n\n{PIN.title}\n\n{PIN.text}"
    assert reply.understanding["topics"] == [("intent", "refund"), ("article", "art_pin")]


def test_what_is_said_besides_articles_stands_by_itself() -> None:
    """A page that draws each answer's own tree misses nothing of the message."""
    reply = in_words(Answer((REFUND, PIN), "intent", clear(REFUND), NOTHING, angry=True))
    assert reply.content is not None
    assert [one["title"] for one in reply.content["answers"]] == [REFUND.title]
    assert reply.content["article"]["title"] == PIN.title
    assert reply.text.endswith(f"\n\n{reply.content['aside']}")


def test_an_intents_answer_with_marks_is_drawn_from_a_tree() -> None:
    """Lists and emphasis in an intent's answer reach a page as a tree, as an article's do; plain words need none."""
    marked = topic("delivery", text="- **Belgium:** 2 days\n- **Norway:** 5 days")
    reply = in_words(Answer((marked,), "intent", clear(marked), NOTHING))
    assert reply.content is not None
    (shown,) = reply.content["answers"]
    assert [block["type"] for block in shown["body"]] == ["list"]
    assert (shown["excerpt"], "id" in shown) == ("Belgium: 2 days Norway: 5 days", False)


def test_what_was_taken_of_more_is_said() -> None:
    """Nothing is dropped in silence."""
    reply = in_words(Answer((CARD,), "intent", clear(CARD), NOTHING, partly=True))
    assert reply.text.startswith(f"{CARD.text}\n\nThis is about: {CARD.title}.")


def test_two_answers_too_long_for_one_message_become_one_and_a_word_about_it() -> None:
    """A message is never longer than a message may be."""
    long = topic("long", text="x" * 4_000)
    longer = topic("longer", text="y" * 9_990)
    reply = in_words(Answer((long, longer), "intent", clear(long), NOTHING))
    assert reply.text.startswith("x" * 4_000)
    assert "This is about: Long." in reply.text
    assert len(in_words(Answer((longer,), "intent", None, NOTHING, angry=True)).text) <= TEXT_LIMIT


def test_choices_carry_titles_and_a_way_out_and_not_what_they_mean() -> None:
    """Visitors see numbers and titles; what a number stands for is kept apart from what they are shown."""
    reply = in_words(Clarify((CARD, PIN), "ambiguous", torn(CARD, PIN), NOTHING))
    assert reply.kind == "choices"
    assert reply.content is not None
    assert reply.content["choices"] == [{"value": "1", "title": CARD.title}, {"value": "2", "title": PIN.title}]
    assert (reply.content["none_of_these"], reply.content["none_title"]) == (True, "None of these")
    stored = as_stored(reply.content)
    assert [meaning(stored, value) for value in ("1", "2", NONE_OF_THESE)] == [CARD.ref, PIN.ref, None]
    with pytest.raises(KeyError):
        meaning(stored, "3")


def as_stored(content: dict[str, object]) -> dict[str, object]:
    """The content as it comes back from its row."""
    loaded: dict[str, object] = orjson.loads(orjson.dumps(content))
    return loaded


def test_a_title_as_long_as_an_article_is_cut_for_a_button() -> None:
    """A choice stays readable."""
    reply = in_words(Clarify((topic("long", title="word " * 100), CARD), "unsure", None, NOTHING))
    assert reply.content is not None
    title = reply.content["choices"][0]["title"]
    assert len(title) <= TITLE_LIMIT
    assert title.endswith("…")


def test_a_matter_for_people_is_named_by_its_title() -> None:
    """The visitor learns what was understood before waiting."""
    reply = in_words(Escalate("no_reply", clear(FRAUD), NOTHING, topic=FRAUD))
    assert FRAUD.title in reply.text
    assert reply.understanding["reason"] == "no_reply"
    assert reply.understanding["intent"] == "fraud"


def test_an_answer_goes_along_with_a_handover() -> None:
    """What could be answered is, before the person comes."""
    reply = in_words(Escalate("no_reply", clear(FRAUD), NOTHING, topic=FRAUD, answers=(CARD,)))
    assert reply.text.startswith(f"{CARD.text}\n\n")
    assert FRAUD.title in reply.text


def test_an_understanding_has_the_shape_of_the_protocol() -> None:
    """Decision, intent, confidence, alternatives, article, version, reason, time."""
    basis = replace(
        clear(CARD),
        article=ArticleMatch("art_9", "?", 0.2),
        alternatives=(Scored("refund", 0.123456),),
        took_ms=0.12345,
    )
    assert in_words(Answer((CARD,), "intent", basis, NOTHING)).understanding == {
        "decision": "answer",
        "intent": "late_card",
        "confidence": 0.9,
        "alternatives": [{"intent": "refund", "confidence": 0.1235}],
        "model_version": "mdl_1",
        "reason": "intent",
        "took_ms": 0.123,
    }


def test_staying_has_no_words() -> None:
    """Silence is posted as nothing."""
    assert compose(Stay(NOTHING), "en") is None


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_there_in_every_language(locale: str) -> None:
    """No visitor is answered in another language for want of a sentence."""
    keys = {key for key in catalogue("en") if key.startswith("bot.")}
    assert keys == {key for key in catalogue(locale) if key.startswith("bot.")}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_sentence_is_stored_as_key_and_words(locale: str) -> None:
    """The house's own words can be rendered again."""
    for decision in (
        Rephrase("not_understood", None, NOTHING),
        SmallTalk("greeting", None, NOTHING),
        Escalate("asked", None, NOTHING),
    ):
        reply = in_words(decision, locale)
        assert reply.content is not None
        key = reply.content["said"]["key"]
        assert catalogue(locale)[key] == reply.text


def test_no_sentence_of_the_bot_shouts_or_pretends() -> None:
    """No exclamation marks; it never says that it understands a feeling."""
    for locale in LOCALES:
        for key, sentence in catalogue(locale).items():
            if key.startswith("bot."):
                assert "!" not in sentence
                assert "frustrat" not in sentence.lower()


def test_an_inbox_may_word_a_sentence_anew() -> None:
    """Overrides go first."""
    reply = compose(SmallTalk("greeting", None, NOTHING), "en", {"bot.greeting": "Ahoy."})
    assert reply is not None
    assert reply.text == "Ahoy."
