"""The whole of understanding: a text in, a decision out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.knowledge import KnowledgeIndex
from intents.model import Model
from intents.recognizer import Recognizer
from intents.training import train
from intents.understanding import CandidateKind, Decision, Example, Reason


@pytest.fixture(scope="module")
def bot(model: Model, knowledge: KnowledgeIndex) -> Recognizer:
    return Recognizer(model, knowledge)


@pytest.mark.parametrize(
    ("text", "decision", "key"),
    [
        ("where is my parcel?", Decision.ANSWER, "order_status"),
        ("Hello! how do I reset the hub", Decision.ANSWER, "reset_device"),
        ("I NEED AN INVOICE", Decision.ANSWER, "invoice"),
        ("how long is the warranty", Decision.ANSWER, "art_warranty"),
        ("opening hours?", Decision.ANSWER, "art_hours"),
    ],
)
def test_what_the_bot_knows_is_answered(bot: Recognizer, text: str, decision: Decision, key: str) -> None:
    """By an intent or by an article, whichever is the likelier."""
    made = bot.understand(text)
    assert made.decision is decision
    assert made.candidates[0].key == key


@pytest.mark.parametrize(
    ("text", "decision", "reason"),
    [
        ("the quick brown fox jumps over zebras", Decision.ESCALATE, Reason.NOT_UNDERSTOOD),
        ("let me talk to a human", Decision.ESCALATE, Reason.ASKED),
        ("this is useless!!", Decision.ESCALATE, Reason.ANGRY),
        ("hi there", Decision.STAY, Reason.GREETING),
        ("thanks a lot", Decision.STAY, Reason.THANKS),
        ("bye", Decision.STAY, Reason.GOODBYE),
        ("?!", Decision.STAY, Reason.EMPTY),
        ("", Decision.STAY, Reason.EMPTY),
        ("\x00\ud800", Decision.STAY, Reason.EMPTY),
    ],
)
def test_what_it_does_not_know_or_need(bot: Recognizer, text: str, decision: Decision, reason: Reason) -> None:
    """Foreign questions, requests for a person, anger and small talk each have their reason."""
    made = bot.understand(text)
    assert (made.decision, made.reason) == (decision, reason)


def test_an_understanding_says_all_that_is_known(bot: Recognizer, model: Model) -> None:
    """The likeliest intent, its confidence, the next ones, the best article, and how long it took."""
    made = bot.understand("where is my order")
    assert made.text == "where is my order"
    assert made.intent == "order_status"
    assert made.confidence > made.alternatives[0].confidence
    assert len({made.intent, *(one.intent for one in made.alternatives)}) == 4
    assert made.confidence + sum(one.confidence for one in made.alternatives) <= 1.0 + 1e-6
    assert made.article is not None
    assert made.took_ms > 0
    assert made.model_version == model.version


def test_the_intent_is_named_whatever_the_decision(bot: Recognizer) -> None:
    """Evaluation needs the top intent also of texts that are not answered."""
    for text in ("let me talk to a human", "hi", "zebra quantum", ""):
        assert bot.understand(text).intent is not None


def test_two_requests_are_both_understood(bot: Recognizer) -> None:
    """Each part has its own understanding, where each is clear."""
    made = bot.understand("Where is my order? And how do I reset the hub?")
    assert [part.candidates[0].key for part in made.parts] == ["order_status", "reset_device"]
    assert bot.understand("Where is my order? It has not come yet, has my order shipped?").parts == ()


def test_a_bot_that_knows_nothing_says_so() -> None:
    """Without model and articles there is no knowledge; greetings are still greetings."""
    made = Recognizer().understand("where is my order")
    assert (made.decision, made.reason, made.intent) == (Decision.ESCALATE, Reason.NO_KNOWLEDGE, None)
    assert made.confidence == 0.0
    assert Recognizer().understand("hello").reason is Reason.GREETING
    assert Recognizer(None, KnowledgeIndex.build([])).understand("zebra").reason is Reason.NO_KNOWLEDGE


def test_a_bot_of_articles_alone_answers(knowledge: KnowledgeIndex) -> None:
    """No model is needed to answer from articles."""
    made = Recognizer(None, knowledge).understand("when are you open")
    assert (made.decision, made.reason) == (Decision.ANSWER, Reason.ARTICLE)
    assert made.candidates[0].kind is CandidateKind.ARTICLE
    assert made.model_version is None


def test_a_bot_of_intents_alone_has_no_article(model: Model) -> None:
    """`article` is null only without articles."""
    assert Recognizer(model).understand("where is my order").article is None
    assert Recognizer(model, KnowledgeIndex.build([])).understand("where is my order").article is None


def test_the_locale_reaches_the_articles(bot: Recognizer) -> None:
    """A German visitor meets German articles."""
    made = bot.understand("E27 Birnen Sockel", "de")
    assert made.article is not None
    assert made.article.id == "art_bulb_de"


def test_many_texts_are_understood_in_order(bot: Recognizer) -> None:
    """One understanding for each."""
    texts = ["where is my order", "hi", "invoice please"]
    assert [one.text for one in bot.understand_many(texts)] == texts


def test_a_bots_own_greeting_is_its_answer() -> None:
    """Taught greetings are answered by the intent that was taught them."""
    model = train(
        [Example(text, "welcome") for text in ("hi", "hello", "good morning", "hey there", "hello bot")]
        + [Example(text, "reset") for text in ("reset the lamp", "how do I reset", "factory reset", "reset it")]
    )
    made = Recognizer(model).understand("hello")
    assert (made.decision, made.intent) == (Decision.ANSWER, "welcome")


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_is_understood(bot: Recognizer, text: str) -> None:
    """Nothing that a visitor can send makes understanding fail."""
    made = bot.understand(text)
    assert 0.0 <= made.confidence <= 1.0
    assert 0.0 <= made.in_scope <= 1.0


@pytest.mark.parametrize("unit", ["where is my order? ", "a", "漢", "\u202e", "and how do i ", "\ufdfa", "? "])
def test_the_longest_message_is_understood_quickly(bot: Recognizer, unit: str) -> None:
    """10,000 characters of anything take well under a tenth of a second."""
    from time import process_time

    text = (unit * 10_000)[:10_000]
    bot.understand(text)
    started = process_time()
    bot.understand(text)
    assert process_time() - started < 0.1
