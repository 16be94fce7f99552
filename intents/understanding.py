"""The words of this room: what goes in, and what is made of a text."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Example:
    """One thing that somebody may say, and the intent behind it."""

    text: str
    intent: str


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of a knowledge base. `phrasings` are other ways to ask the same."""

    id: str
    question: str
    answer: str
    category: str | None = None
    locale: str | None = None
    phrasings: tuple[str, ...] = ()


class Decision(StrEnum):
    """What the gate would do with a text."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    ESCALATE = "escalate"
    STAY = "stay"


class Reason(StrEnum):
    """Why the decision is what it is."""

    INTENT = "intent"  # answer: an intent is clear
    ARTICLE = "article"  # answer: an article is clear
    AMBIGUOUS = "ambiguous"  # clarify: in scope, and two or three candidates are close
    VAGUE = "vague"  # clarify: no more is said than what many topics share
    UNSURE = "unsure"  # clarify: one candidate, below the bar for answering
    NOT_UNDERSTOOD = "not_understood"  # escalate: out of scope, as far as the bot can tell
    NO_KNOWLEDGE = "no_knowledge"  # escalate: neither a published model nor an article
    ASKED = "asked"  # escalate: a person was asked for
    ANGRY = "angry"  # escalate: nothing but anger was said
    GREETING = "greeting"  # stay
    THANKS = "thanks"  # stay
    GOODBYE = "goodbye"  # stay
    SOLVED = "solved"  # stay: "yes, that helped"
    UNSOLVED = "unsolved"  # stay: "no, that did not help"; the policy counts it
    EMPTY = "empty"  # stay: no letter, digit or word in it, or none that names anything
    OPENING = "opening"  # stay: "can you help me?"; what it is about is yet to come
    WHO = "who"  # stay: whom the visitor is talking to was asked, a bot or a person


@dataclass(frozen=True, slots=True)
class Scored:
    """An intent and the probability that it is the right one."""

    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ArticleMatch:
    """An article and the probability that it answers the text."""

    id: str
    question: str
    confidence: float


class CandidateKind(StrEnum):
    INTENT = "intent"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be answered. `key` is the intent's name or the article's id.

    `confidence` is the probability of being right over all texts, those out of scope included; intents and
    articles are comparable by it.
    """

    kind: CandidateKind
    key: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Signals:
    """What a text says about the talk itself, beside any question in it.

    `greeting`, `thanks`, `goodbye` and `solved` are set only when the whole message is that; `solved` is True for
    "yes, that helped", False for "no, it did not". `opening` and `asks_who` too are of whole messages.
    `asks_person` and `angry` may stand beside a question.
    """

    asks_person: bool = False
    greeting: bool = False
    thanks: bool = False
    goodbye: bool = False
    solved: bool | None = None
    angry: bool = False
    opening: bool = False
    asks_who: bool = False


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the bot makes of one text.

    `intent` is the likeliest one whatever the decision, and `confidence` its calibrated probability given that the
    text is in scope; both are None and 0.0 without a model. `in_scope` is the probability that the text is about
    anything the bot knows. `candidates` is the joint ranking of intents and articles, best first: the first is what
    *answer* answers, two or three are what *clarify* offers. `parts` holds the understandings of each request where
    one message makes several and each is clear.
    """

    text: str
    decision: Decision
    intent: str | None
    confidence: float
    alternatives: tuple[Scored, ...]
    article: ArticleMatch | None
    signals: Signals
    model_version: str | None
    reason: Reason
    took_ms: float
    in_scope: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    parts: tuple["Understanding", ...] = ()
