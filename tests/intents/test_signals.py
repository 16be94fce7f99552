"""What is said about the talk itself, in four languages, with what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.phrases import PHRASES
from intents.signals import canonical, detect
from intents.text import normalise
from intents.understanding import Signals

ASKS = [
    "let me talk to a human",
    "I want to speak to a person",
    "agent please",
    "agent",
    "representative",
    "real person",
    "human",
    "can I talk to someone please",
    "can i speak with a representative about my refund",
    "connect me to an agent",
    "transfer me to a real person now",
    "this isn't helping, let me talk to a human",
    "I don't want to talk to a bot",
    "I'd like to speak to your supervisor",
    "I need to speak with someone",
    "get me a human",
    "give me a person",
    "is there a human here",
    "is there anyone I can talk to",
    "how do I talk to a real person?",
    "please put me through to customer service",
    "could a human help me please",
    "no bots please, human",
    "speak to agent",
    "live chat",
    "I would rather talk to a person than a bot",
    "Why can't I talk to a human?",
    "can you connect me with a live agent",
    "i want a human",
    "I want to talk to a manager!",
    "hello, can I speak to an operator",
    "I need a real person to help me",
    "my order is late and I want to talk to someone",
    "ich möchte mit einem Menschen sprechen",
    "Kann ich mit einem Mitarbeiter reden?",
    "Mitarbeiter bitte",
    "Verbinden Sie mich bitte mit einem Kundenberater",
    "ich will mit jemandem sprechen",
    "bitte mit einem echten Menschen verbinden",
    "ich will nicht mit einem Bot reden",
    "quiero hablar con una persona",
    "¿puedo hablar con un agente, por favor?",
    "agente por favor",
    "necesito un agente",
    "pásame con un humano",
    "quiero hablar con alguien",
    "no quiero hablar con un robot",
    "je veux parler à un humain",
    "puis-je parler à quelqu'un ?",
    "un conseiller svp",
    "passez-moi un conseiller",
    "j'aimerais parler avec une vraie personne",
    "je ne veux pas parler à un robot",
    "mettez-moi en relation avec un conseiller",
    "you are no help, I need a human",
    "Hi! Can I speak with a person?",
    "ok then give me an agent",
]

DOES_NOT_ASK = [
    "can a person have two accounts?",
    "talk to my bank's human resources",
    "how do I contact human resources",
    "my estate agent needs a receipt",
    "I was talking to an agent yesterday and he said it would arrive",
    "I spoke to a representative last week and nothing happened",
    "do I need to speak to someone in the branch to open an account?",
    "I don't want to talk to a human",
    "can someone else use my card",
    "can I send money to another person",
    "how many people can share a plan",
    "I want to give a person access to my account",
    "can I transfer money to a person in Spain",
    "is there a person limit on the plan",
    "what is an agent fee",
    "add a team member to my plan",
    "do you have customer service jobs",
    "if I talk to an agent will it cost me",
    "someone stole my card",
    "Somebody used my account",
    "I need a support contract",
    "how do I become an agent",
    "can my manager approve expenses",
    "how do I add people to my team",
    "the agent was very rude to me",
    "who is the person responsible for data protection",
    "I got a call from an agent claiming to be you",
    "does the lamp support alexa",
    "can I talk to the lamp with Alexa",
    "how do I talk to my smart speaker",
    "Can I get a person's name on the card",
    "kann eine Person zwei Konten haben?",
    "muss ich mit einem Mitarbeiter sprechen um zu kündigen",
    "puede una persona tener dos cuentas?",
    "une personne peut-elle avoir deux comptes ?",
    "ayer hablé con un agente y me dijo que sí",
    "I need a replacement",
    "transfer to another person's account",
    "I want to send money to someone",
    "can I give my card to someone",
    "What if someone calls me",
    "i need my human rights",
    "until when can I chat with someone today",
    "I never want to talk to a person again",
    "how many agents does the team plan include",
    "is there a limit of people per household",
    "can my assistant talk to the lamp",
]

ANGRY = [
    "THIS IS USELESS!!!",
    "you are useless",
    "this is the third time I write",
    "I'm so frustrated",
    "WHERE IS MY MONEY!!",
    "what the f*ck",
    "worst support ever",
    "das ist eine Frechheit",
    "es una vergüenza",
    "c'est inadmissible",
    "stop wasting my time",
    "are you kidding me",
    "this is ridiculous",
    "useless bot",
    "how many times do I have to ask",
    "I am fed up with this",
]

CALM = [
    "my old lamp is useless abroad, which one works?",
    "sorry, stupid question: how do I reset it",
    "I FORGOT MY PIN",
    "I want to try a third time zone",
    "how many times can I use the card",
    "Is my warranty worthless if I open it?",
    "the third time slot please",
    "What is the worst case delivery time",
    "AUD to USD!",
    "Great service!",
    "Some idiot stole my card",
]

MORE_THAN_SMALL_TALK = [
    "thanks but it still fails",
    "hi my card is broken",
    "hello where is my order",
    "thanks for nothing, where is my money",
    "bye bye money, I was scammed",
    "how do I say thank you",
    "no card arrived",
    "yes I want to return it",
    "good morning lamp schedule",
    "ok so how do I reset it",
    "thank you card order",
    "hey google integration",
    "later delivery date",
    "that helped but now the lamp blinks",
]

SMALL_TALK = [
    ("hi", "greeting"),
    ("Hello!", "greeting"),
    ("hey there", "greeting"),
    ("Good morning", "greeting"),
    ("hello, how are you?", "greeting"),
    ("hola", "greeting"),
    ("Guten Tag", "greeting"),
    ("bonjour", "greeting"),
    ("hellooo", "greeting"),
    ("hi team", "greeting"),
    ("👋", "greeting"),
    ("hi good morning", "greeting"),
    ("Buenos días", "greeting"),
    ("你好", "greeting"),
    ("Привет", "greeting"),
    ("thanks", "thanks"),
    ("thank you so much!", "thanks"),
    ("ok thanks", "thanks"),
    ("great, thank you", "thanks"),
    ("thx", "thanks"),
    ("danke schön", "thanks"),
    ("muchas gracias", "thanks"),
    ("merci beaucoup", "thanks"),
    ("perfect, thanks a lot", "thanks"),
    ("ok", "thanks"),
    ("No, thanks", "thanks"),
    ("thanks!!!", "thanks"),
    ("cheers mate", "thanks"),
    ("🙏", "thanks"),
    ("bye", "goodbye"),
    ("ok bye", "goodbye"),
    ("goodbye", "goodbye"),
    ("that's all, thanks", "goodbye"),
    ("see you later", "goodbye"),
    ("tschüss", "goodbye"),
    ("hasta luego", "goodbye"),
    ("au revoir", "goodbye"),
    ("thank you, have a nice day", "goodbye"),
    ("auf Wiedersehen", "goodbye"),
]

SOLVED = [
    "yes",
    "yes that helped",
    "it works now, thanks",
    "Yes it did!",
    "that solved it",
    "ja, danke",
    "oui merci",
    "sí",
]
ASKS_WHO = [
    "are you a robot?",
    "Are you human",
    "are you real?",
    "Hi, are you a bot or a person?",
    "is this a bot",
    "am I talking to a person?",
    "Am I chatting with AI or a human?",
    "am i talking to a real person or a robot",
    "who are you",
    "what's your name?",
    "what can you do?",
    "Bist du ein Roboter?",
    "Sind Sie ein Mensch?",
    "Spreche ich mit einem Menschen?",
    "Wer bist du?",
    "¿Eres un robot?",
    "¿Estoy hablando con una persona?",
    "¿Quién eres?",
    "Êtes-vous un robot ?",
    "Est-ce que je parle à un humain ?",
    "Qui êtes-vous ?",
    "هل أنت روبوت؟",
    "هل أتحدث مع شخص حقيقي؟",
    "من أنت؟",
]
DOES_NOT_ASK_WHO = [
    "is this a robot lamp",
    "are you open on saturday",
    "what is the name on my invoice",
    "can I talk to a person?",
    "I want a person",
    "who are you going to send my parcel with",
    "are you a robot? where is my order",
    "what can you do about my broken lamp",
]
UNSOLVED = [
    "no",
    "no it didn't help",
    "that didn't work",
    "not really",
    "nein",
    "still not working",
    "still nothing",
    "non",
    "no me ayudó",
]


@pytest.mark.parametrize("text", ASKS)
def test_a_person_is_asked_for(text: str) -> None:
    """In many ways, and in the middle of something else."""
    assert detect(text).signals.asks_person


@pytest.mark.parametrize("text", DOES_NOT_ASK)
def test_persons_may_be_spoken_of(text: str) -> None:
    """Human resources, agents' fees, yesterday's talk and a plain no ask for nobody."""
    assert not detect(text).signals.asks_person


@pytest.mark.parametrize(("text", "kind"), SMALL_TALK)
def test_small_talk_is_heard(text: str, kind: str) -> None:
    """A whole message of greeting, thanks or goodbye is that, and asks nothing."""
    assert getattr(detect(text).signals, kind)


@pytest.mark.parametrize("text", MORE_THAN_SMALL_TALK)
def test_small_talk_with_a_question_is_a_question(text: str) -> None:
    """Nobody who says hello and then asks is answered with hello."""
    signals = detect(text).signals
    assert (signals.greeting, signals.thanks, signals.goodbye) == (False, False, False)
    assert signals.solved is None


@pytest.mark.parametrize("text", ASKS_WHO)
def test_whom_they_talk_to_is_asked(text: str) -> None:
    """A bot or a person? In five languages, after a greeting too."""
    assert detect(text).signals == Signals(asks_who=True)


@pytest.mark.parametrize("text", DOES_NOT_ASK_WHO)
def test_robots_and_people_may_be_spoken_of(text: str) -> None:
    """A robot lamp, an invoice's name and a wish for a person ask nothing about the bot."""
    assert not detect(text).signals.asks_who


@pytest.mark.parametrize("text", SOLVED)
def test_yes_it_helped(text: str) -> None:
    """A plain yes, or that it works now."""
    assert detect(text).signals.solved is True


@pytest.mark.parametrize("text", UNSOLVED)
def test_no_it_did_not(text: str) -> None:
    """A plain no, or that it still does not work."""
    assert detect(text).signals.solved is False


@pytest.mark.parametrize("text", ANGRY)
def test_anger_is_heard(text: str) -> None:
    """Insults, weariness, and capitals with an exclamation mark."""
    assert detect(text).signals.angry


@pytest.mark.parametrize("text", CALM)
def test_strong_words_are_not_always_anger(text: str) -> None:
    """A useless lamp, a stupid question and a caps lock are none."""
    assert not detect(text).signals.angry


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Hi, where is my order?", "where is my order?"),
        ("good morning team! how do I reset", "how do i reset"),
        ("Hello there, I lost my card", "i lost my card"),
        ("guten Tag, wo ist mein Paket", "wo ist mein paket"),
        ("hellooo!! is it open", "is it open"),
        ("where is my order, hello?", "where is my order, hello?"),
        ("hi", "hi"),
        ("hi-fi speakers", "hi-fi speakers"),
    ],
)
def test_a_greeting_before_a_question_is_left_out(text: str, question: str) -> None:
    """What is understood is the question."""
    assert detect(text).question == question


@given(st.text(alphabet=st.characters(), max_size=500))
def test_any_text_is_listened_to(text: str) -> None:
    """No text makes listening fail."""
    heard = detect(text)
    assert isinstance(heard.signals, Signals)


@pytest.mark.parametrize(
    "text", ["a " * 5_000, "talk to " * 1_200, "no " * 3_000, "hi " * 3_000, "!" * 9_999, "i want to " * 900]
)
def test_hostile_texts_are_quick(text: str) -> None:
    """Repetition does not make a pattern run away."""
    from time import process_time

    started = process_time()
    detect(text)
    assert process_time() - started < 0.25


def test_every_phrase_can_be_heard() -> None:
    """Phrases are written as texts are read: one that is not would never match."""
    unheard = [" ".join(phrase) for phrase in PHRASES if canonical(normalise(" ".join(phrase))) != " ".join(phrase)]
    assert unheard == []
