"""A text in, an understanding out: signals, intents, articles and the gate, joined.

A recognizer never changes. A new model or an edited article makes a new one, which takes the old one's place while
chats run (see live.py).
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from intents.classifier import Classifier, IntentScores
from intents.gate import MAX_RANKED, Evidence, GateSettings, Verdict, decide
from intents.knowledge import ArticleSearch, KnowledgeIndex
from intents.model import Model
from intents.requests import split_requests
from intents.scope import in_scope
from intents.signals import Heard, detect
from intents.text import words
from intents.understanding import Decision, Scored, Understanding
from intents.vagueness import SHARED_BY, things_named

N_ALTERNATIVES = 3
N_ARTICLES = 3
# Each part of a message has to be this sure for the message to count as several requests.
PART_CONFIDENCE = 0.7


@dataclass(frozen=True, slots=True)
class RecognizerSettings:
    gate: GateSettings = field(default_factory=GateSettings)


@dataclass(frozen=True, slots=True, eq=False)
class Recognizer:
    """Understands texts with a model, with articles, with both or with neither. Safe to use from several threads.

    clock: seconds, for took_ms.
    """

    model: Model | None = None
    knowledge: KnowledgeIndex | None = None
    settings: RecognizerSettings = field(default_factory=RecognizerSettings)
    clock: Callable[[], float] = time.perf_counter
    _classifier: Classifier | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_classifier", Classifier(self.model) if self.model is not None else None)

    def understand(self, text: str, locale: str | None = None) -> Understanding:
        """What is made of one text. Never fails, whatever the text.

        locale: of the visitor; articles of that language come first.
        """
        started = self.clock()
        heard = detect(text)
        whole = self._understand(text, heard, locale, started)
        if whole.decision is Decision.STAY:
            return whole
        parts = self._parts(heard, locale)
        return replace(whole, parts=parts, took_ms=self._since(started)) if parts else whole

    def understand_many(self, texts: Sequence[str], locale: str | None = None) -> list[Understanding]:
        """One understanding for each text, in order."""
        return [self.understand(text, locale) for text in texts]

    def _understand(self, text: str, heard: Heard, locale: str | None, started: float) -> Understanding:
        scores = self._classifier.scores_of_normalised(heard.question) if self._classifier is not None else None
        found = self.knowledge.search_normalised(heard.question, N_ARTICLES, locale) if self.knowledge else None
        ranked = self._ranked(scores) if scores is not None else ()
        evidence = self._evidence(ranked, scores, found)
        tokens = words(heard.question)
        has_words = bool(tokens)
        named = things_named(tokens)
        if named is not None and not (found and found.exact):
            has_words = bool(named) or evidence.own_small_talk
            if len(named) == 1:
                evidence = self._weighed(named[0], evidence)
        verdict = decide(heard.signals, evidence, has_words=has_words, settings=self.settings.gate)
        return self._told(text, heard, ranked, found, verdict, started)

    def _ranked(self, scores: IntentScores) -> tuple[Scored, ...]:
        """The likeliest intents, best first."""
        probabilities = scores.probabilities
        n = min(N_ALTERNATIVES + 1, probabilities.size)
        places = probabilities.argpartition(probabilities.size - n)[-n:]
        likeliest = sorted(zip((-probabilities[places]).tolist(), places.tolist(), strict=True))
        assert self.model is not None
        names = self.model.intents
        return tuple(Scored(names[place], -minus) for minus, place in likeliest)

    def _evidence(self, ranked: Sequence[Scored], scores: IntentScores | None, found: ArticleSearch | None) -> Evidence:
        scope = 0.0
        own_small_talk = False
        if scores is not None and self.model is not None:
            scope = _scope_of(scores, self.model)
            own_small_talk = self.model.intents[scores.top] in self.model.small_talk
        return Evidence(
            intents=[(one.intent, one.confidence) for one in ranked],
            intents_in_scope=scope,
            articles=[(match.id, match.confidence) for match in found.matches] if found else (),
            articles_in_scope=found.in_scope if found else 0.0,
            own_small_talk=own_small_talk,
            has_knowledge=self.model is not None or bool(self.knowledge and self.knowledge.articles),
        )

    def _weighed(self, word: str, evidence: Evidence) -> Evidence:
        """The evidence of a text that names one thing: vague where topics share it, and then theirs alone."""
        places = self._classifier.intents_with(word) if self._classifier is not None else []
        if max(len(places), self.knowledge.shared_by(word) if self.knowledge else 0) < SHARED_BY:
            return evidence
        if self.model is None or self._classifier is None or len(places) < 2:
            return replace(evidence, vague=True)
        scores = self._classifier.scores_of_normalised(word)
        likely = sorted(places, key=lambda place: -float(scores.decisions[place]))[:MAX_RANKED]
        intents = [(self.model.intents[place], float(scores.probabilities[place])) for place in likely]
        scope = max(evidence.intents_in_scope, _scope_of(scores, self.model))
        return replace(evidence, vague=True, intents=intents, intents_in_scope=scope, articles=())

    def _told(
        self,
        text: str,
        heard: Heard,
        ranked: tuple[Scored, ...],
        found: ArticleSearch | None,
        verdict: Verdict,
        started: float,
    ) -> Understanding:
        return Understanding(
            text=text,
            decision=verdict.decision,
            intent=ranked[0].intent if ranked else None,
            confidence=ranked[0].confidence if ranked else 0.0,
            alternatives=ranked[1:],
            article=found.matches[0] if found and found.matches else None,
            signals=heard.signals,
            model_version=self.model.version if self.model is not None else None,
            reason=verdict.reason,
            took_ms=self._since(started),
            in_scope=verdict.in_scope,
            candidates=verdict.candidates,
        )

    def _parts(self, heard: Heard, locale: str | None) -> tuple[Understanding, ...]:
        """The understandings of a message's requests, where it makes several and each is clear; else none."""
        texts = split_requests(heard.question)
        if len(texts) < 2:
            return ()
        clear: list[Understanding] = []
        for text in texts:
            part = self._understand(text, detect(text), locale, self.clock())
            if part.decision is not Decision.ANSWER:
                continue
            best = part.candidates[0]
            if best.confidence < PART_CONFIDENCE * part.in_scope or part.in_scope < PART_CONFIDENCE:
                continue
            if all((best.kind, best.key) != (one.candidates[0].kind, one.candidates[0].key) for one in clear):
                clear.append(part)
        return tuple(clear) if len(clear) > 1 else ()

    def _since(self, started: float) -> float:
        return (self.clock() - started) * 1_000.0


def _scope_of(scores: IntentScores, model: Model) -> float:
    """The probability that the text with these scores is about any intent of the model."""
    return in_scope(
        log_probability=math.log(max(float(scores.probabilities[scores.top]), 1e-12)),
        decision=float(scores.decisions[scores.top]),
        covered=scores.covered,
        known=scores.known,
        statistics=model.scope,
    )
