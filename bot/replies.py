"""A decision in words: what is posted, and what is stored beside it about why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.hearing import Topic
from bot.policy import Answer, Clarify, Decision, Escalate, Rephrase, SmallTalk, Stay
from conversations.model import TEXT_LIMIT, MessageKind
from conversations.texts import said, say
from intents.article_tree import excerpt_of, is_plain, tree_of
from intents.understanding import CandidateKind, Understanding

NONE_OF_THESE = "none_of_these"
TITLE_LIMIT = 120
ALTERNATIVES_LIMIT = 5

Overrides = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to post. content: as the kind needs it; understanding: why it is said, for those who may see it."""

    text: str
    kind: MessageKind
    content: dict[str, Any] | None
    understanding: dict[str, Any]


def compose(decision: Decision, locale: str, overrides: Overrides | None = None) -> Reply | None:
    """The words of a decision; None where nothing is said.

    locale: a BCP 47 tag. overrides: an inbox's own words for catalogue keys.
    """
    match decision:
        case Answer():
            text, content = _answer(decision, locale, overrides)
            return Reply(text, "text", content, _understood("answer", decision.reason, decision.basis, decision.topics))
        case Clarify(choices=choices):
            text, content = _choices(choices, locale, overrides)
            return Reply(text, "choices", content, _understood("clarify", decision.reason, decision.basis, ()))
        case Rephrase(reason=reason):
            key = f"bot.rephrase.{reason}"
            why = _understood("clarify", reason, decision.basis, ())
            return Reply(say(key, locale, None, overrides), "text", said(key), why)
        case SmallTalk(kind=kind):
            key = f"bot.{kind}"
            why = _understood("answer", kind, decision.basis, ())
            return Reply(say(key, locale, None, overrides), "text", said(key), why)
        case Escalate():
            return _to_person(decision, locale, overrides)
        case Stay():
            return None


def meaning(content: Mapping[str, Any], value: str) -> tuple[CandidateKind, str] | None:
    """What a choice of a message stands for; None for "none of these". content: of the message with the choices.

    Raises KeyError for a value that is none of them.
    """
    if value == NONE_OF_THESE:
        return None
    kind, key = content["means"][value]
    return CandidateKind(kind), key


def _answer(decision: Answer, locale: str, overrides: Overrides | None) -> tuple[str, dict[str, Any] | None]:
    topics = _fitting(decision.topics)
    lines = [_texts(topics)]
    if decision.partly or len(topics) < len(decision.topics):
        titles = ", ".join(topic.title for topic in topics)
        lines.append(say("bot.took", locale, {"title": titles}, overrides))
    if decision.angry:
        lines.append(say("bot.offer_person", locale, None, overrides))
    if decision.guest:
        lines.append(say("bot.guest", locale, None, overrides))
    return _within("\n\n".join(lines)), _sources(topics, "\n\n".join(lines[1:]))


def _to_person(decision: Escalate, locale: str, overrides: Overrides | None) -> Reply:
    key = f"bot.to_person.{decision.reason}"
    params = {"title": decision.topic.title} if decision.topic is not None else {}
    sentence = say(key, locale, params, overrides)
    answers = _fitting(decision.answers)
    text = _within("\n\n".join([_texts(answers), sentence])) if answers else sentence
    content = _sources(answers, sentence) if answers else said(key, params)
    topics = (*answers, *((decision.topic,) if decision.topic is not None else ()))
    return Reply(text, "text", content, _understood("escalate", decision.reason, decision.basis, topics))


def _choices(choices: Sequence[Topic], locale: str, overrides: Overrides | None) -> tuple[str, dict[str, Any]]:
    key = f"bot.clarify.{len(choices)}"
    values = [str(number) for number in range(1, len(choices) + 1)]
    content = {
        "choices": [
            {"value": value, "title": _clipped(topic.title)} for value, topic in zip(values, choices, strict=True)
        ],
        "none_of_these": True,
        "none_title": say("bot.none_of_these", locale, None, overrides),
        "means": {value: topic.ref for value, topic in zip(values, choices, strict=True)},
        **said(key),
    }
    return say(key, locale, None, overrides), content


def _fitting(topics: Sequence[Topic]) -> Sequence[Topic]:
    """As many as fit into one message, at least the first."""
    fits = len(topics)
    while fits > 1 and sum(len(topic.title) + len(topic.text or "") + 4 for topic in topics[:fits]) > TEXT_LIMIT // 2:
        fits -= 1
    return topics[:fits]


def _texts(topics: Sequence[Topic]) -> str:
    """What the topics say; each under its title where there are several."""
    if len(topics) == 1:
        return topics[0].text or ""
    return "\n\n".join(f"{topic.title}\n\n{topic.text}" for topic in topics)


def _sources(topics: Sequence[Topic], aside: str = "") -> dict[str, Any] | None:
    """The topics as a page draws them: articles by name, intents' answers; None where the text alone says all.

    aside: what the message says besides.
    """
    articles = [
        {"id": topic.key, "question": topic.title, **_drawn(topic)}
        for topic in topics
        if topic.kind is CandidateKind.ARTICLE
    ]
    answers = [topic for topic in topics if topic.kind is not CandidateKind.ARTICLE]
    if not articles and all(is_plain(tree_of(topic.text or "")) for topic in answers):
        return None
    found: dict[str, Any] = {}
    if articles:
        found["article"] = articles[0]
    if len(articles) > 1:
        found["articles"] = articles
    if answers:
        found["answers"] = [_drawn(topic) for topic in answers]
    if aside:
        found["aside"] = aside
    return found


def _drawn(topic: Topic) -> dict[str, Any]:
    text = topic.text or ""
    return {"title": topic.title, "excerpt": excerpt_of(text), "body": tree_of(text)}


def _understood(decision: str, reason: str, basis: Understanding | None, topics: Sequence[Topic]) -> dict[str, Any]:
    """The understanding that a bot's message stores (see docs/protocol.md)."""
    taken = [topic.key for topic in topics if topic.kind is CandidateKind.INTENT]
    found: dict[str, Any] = {
        "decision": decision,
        "intent": taken[0] if taken else basis.intent if basis is not None else None,
        "confidence": round(basis.confidence, 4) if basis is not None else float(bool(taken)),
        "alternatives": [
            {"intent": one.intent, "confidence": round(one.confidence, 4)}
            for one in (basis.alternatives[:ALTERNATIVES_LIMIT] if basis is not None else ())
        ],
    }
    article = next((topic.key for topic in topics if topic.kind is CandidateKind.ARTICLE), None)
    if article is not None:
        found["article_id"] = article
    elif not topics and basis is not None and basis.article is not None:
        found["article_id"] = basis.article.id
    if len(topics) > 1:
        found["topics"] = [topic.ref for topic in topics]
    found["model_version"] = basis.model_version if basis is not None else None
    found["reason"] = str(reason)
    found["took_ms"] = round(basis.took_ms, 3) if basis is not None else 0.0
    return found


def _clipped(title: str) -> str:
    return title if len(title) <= TITLE_LIMIT else f"{title[: TITLE_LIMIT - 1].rstrip()}…"


def _within(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1].rstrip()}…"
