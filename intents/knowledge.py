"""Finding the article that answers a text.

Each article is scored twice: the cosine of TF-IDF over its question and phrasings (word(1-2), char_wb(2-5)), which
forgives spelling, and BM25 over the words of question, phrasings and answer, which finds what only the answer says. The
two are z-scored over all articles and summed; on CLINC150 and BANKING77 taken as articles of 4 and 6 phrasings this
beat either alone and a nearest-phrasing search. Postings lie in flat arrays, so a search costs by what the text's
features hit, and that is bounded: of very many articles the commonest features are passed over.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intents.arrays import Floats, Ints
from intents.counting import count_features
from intents.features import FeatureSpace, smooth_idf
from intents.postings import Postings, Table, scores_by_feature
from intents.scope import logistic
from intents.text import normalise, words
from intents.understanding import Article, ArticleMatch

BM25_K1 = 1.2
BM25_B = 0.75

# Logistic regressions over what is known of the best article: intercept, then its cosine, its lead over the second in
# z-scores, the share of the text's words (by idf) that it holds, and the share that any article holds. One gives the
# probability that it is the right one, one that any article is. Fitted by `python -m bench.fit_scope`.
RIGHT = (-9.054, 2.580, 0.400, 4.866, 4.941)
IN_SCOPE = (-8.480, 5.502, 0.063, 5.636, 5.546)
MAX_LEAD = 6.0
FALL = 0.6
"""How fast confidence falls from the best article to the next, per unit of summed z-score."""
EXACT = 0.99
"""Of an article that was asked for letter by letter."""

OWN_LANGUAGE = 0.5
"""How likely an article of the visitor's language has to be in scope to keep the others out."""
OTHER_LANGUAGE = 0.8
"""How likely one of another language has to be to come in."""

_LANGUAGE = re.compile(r"[-_]")


@dataclass(frozen=True, slots=True)
class ArticleSearch:
    """What a search found. `matches`: best first. `in_scope`: the probability that any article answers the text.
    `exact`: it was asked letter by letter.
    """

    matches: tuple[ArticleMatch, ...]
    in_scope: float
    exact: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """total: (n_articles,) summed z-scores, -inf where an article is not in question; ranked: the best, in order."""

    total: Floats
    ranked: Ints
    evidence: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True, eq=False)
class KnowledgeIndex:
    """Articles made searchable; immutable, and quick enough to build that an edit builds it anew."""

    articles: tuple[Article, ...]
    _space: FeatureSpace = field(repr=False)
    _cosine: Table | Postings = field(repr=False)
    _bm25: Table | Postings = field(repr=False)
    _bm25_words: dict[str, int] = field(repr=False)
    _bm25_idf: Floats = field(repr=False)
    _rarest: float = field(repr=False)
    _exact: dict[str, int] = field(repr=False)
    _for_everyone: NDArray[np.bool_] = field(repr=False)
    _of_language: dict[str, NDArray[np.bool_]] = field(repr=False)

    @classmethod
    def build(cls, articles: Sequence[Article]) -> "KnowledgeIndex":
        """An index of these articles; 100 take 20 ms, 10,000 some seconds."""
        asked = [" ".join(normalise(text) for text in (article.question, *article.phrasings)) for article in articles]
        counted = count_features(asked)
        idf = smooth_idf(counted.frequencies(), len(counted))
        exact: dict[str, int] = {}
        for number, article in enumerate(articles):
            for text in (article.question, *article.phrasings):
                exact.setdefault(normalise(text), number)
        told = [f"{text} {normalise(article.answer)}" for text, article in zip(asked, articles, strict=True)]
        bm25, bm25_words, bm25_idf = _bm25(told)
        languages = [_language(article.locale) for article in articles]
        return cls(
            articles=tuple(articles),
            _space=FeatureSpace(counted.vocabulary, idf),
            # two blocks of length one each: halved, so that the product is a cosine in [0, 1]
            _cosine=scores_by_feature(
                counted.ids,
                counted.row_numbers(),
                counted.tf_idf(idf) / 2.0,
                (len(counted.vocabulary), len(articles)),
            ),
            _bm25=bm25,
            _bm25_words=bm25_words,
            _bm25_idf=bm25_idf,
            _rarest=float(bm25_idf.max(initial=1.0)),
            _exact=exact,
            _for_everyone=np.array([language is None for language in languages], dtype=bool),
            _of_language={
                language: np.array([one == language for one in languages], dtype=bool)
                for language in dict.fromkeys(languages)
                if language is not None
            },
        )

    def search(self, text: str, limit: int = 5, locale: str | None = None) -> ArticleSearch:
        """The articles nearest to a text as it was written; at most `limit`.

        With a locale, articles of that language or of none come first. Where there are none, or none of them is likely,
        all do: people write in other languages than their browser's.
        """
        return self.search_normalised(normalise(text), limit, locale)

    def search_normalised(self, text: str, limit: int = 5, locale: str | None = None) -> ArticleSearch:
        """As `search`, for a text that `normalise` has been through."""
        if not self.articles or limit < 1:
            return ArticleSearch((), 0.0)
        allowed = self._allowed(locale)
        found = self._search(text, limit, allowed)
        if allowed is None or found.in_scope >= OWN_LANGUAGE:
            return found
        elsewhere = self._search(text, limit, None)
        return elsewhere if elsewhere.in_scope >= OTHER_LANGUAGE else found

    def shared_by(self, word: str) -> int:
        """How many articles have a normalised word in their question or phrasings."""
        word_id = self._space.word_id(word)
        if word_id is None:
            return 0
        # smooth_idf, solved for the frequency
        return round((1.0 + len(self.articles)) / math.exp(float(self._space.idf[word_id]) - 1.0) - 1.0)

    def _search(self, text: str, limit: int, allowed: NDArray[np.bool_] | None) -> ArticleSearch:
        scored = self._score(text, limit + 1, allowed)
        exact = self._exact.get(text)
        if exact is not None and np.isfinite(scored.total[exact]):
            return self._found_exactly(exact, scored, limit)
        if scored.evidence is None:
            return ArticleSearch((), 0.0)
        matches = self._matches(scored.ranked[:limit], scored.total, _probability(RIGHT, scored.evidence))
        return ArticleSearch(matches, _probability(IN_SCOPE, scored.evidence))

    def evidence(self, text: str) -> tuple[str, tuple[float, ...]] | None:
        """The best article's id, and the numbers that RIGHT and IN_SCOPE weigh; None where nothing is found."""
        scored = self._score(normalise(text), 2, None)
        return (self.articles[int(scored.ranked[0])].id, scored.evidence) if scored.evidence is not None else None

    def _score(self, text: str, n_best: int, allowed: NDArray[np.bool_] | None) -> "_Scored":
        vector = self._space.vector(text)
        cosine = self._cosine.add_up(vector.ids, vector.values)
        tokens = set(words(text))
        known = [self._bm25_words[token] for token in tokens if token in self._bm25_words]
        features = np.array(sorted(known), dtype=np.int32)
        bm25 = self._bm25.add_up(features, self._bm25_idf[features])
        total = _z_scores(cosine) + _z_scores(bm25)
        if allowed is not None:
            total = np.where(allowed, total, -np.inf).astype(np.float32)
        ranked = _best(total, n_best)
        best = int(ranked[0])
        if cosine[best] <= 0 and bm25[best] <= 0:
            return _Scored(total, ranked, None)
        covered, share_known = self._coverage(features, len(tokens), best)
        return _Scored(total, ranked, (float(cosine[best]), _lead(total, ranked), covered, share_known))

    def _allowed(self, locale: str | None) -> NDArray[np.bool_] | None:
        language = _language(locale)
        if language is None or not self._of_language:
            return None
        mine = self._of_language.get(language)
        allowed = self._for_everyone if mine is None else self._for_everyone | mine
        return allowed if allowed.any() and not allowed.all() else None

    def _coverage(self, features: Ints, n_words: int, best: int) -> tuple[float, float]:
        """The share of the text's words, by idf, that the best article holds; the share that any does."""
        if n_words == 0:
            return 0.0, 0.0
        weights = self._bm25_idf[features]
        total = float(weights.sum()) + (n_words - features.size) * self._rarest
        return float(weights @ self._bm25.held(features, best)) / total, features.size / n_words

    def _matches(self, ranked: Ints, total: Floats, probability: float) -> tuple[ArticleMatch, ...]:
        """The ranked articles; what the best leaves of certainty is shared among the others by their distance."""
        scored = [
            (i, score) for i, score in zip(ranked.tolist(), total[ranked].tolist(), strict=True) if score > -math.inf
        ]
        best = scored[0][1]
        shares = [math.exp(FALL * (score - best)) for _, score in scored]
        rest = sum(shares[1:])
        scale = min(probability, (1.0 - probability) / rest) if rest > 0 else 0.0
        confidences = [probability, *(share * scale for share in shares[1:])]
        return tuple(
            ArticleMatch(self.articles[i].id, self.articles[i].question, confidence)
            for (i, _), confidence in zip(scored, confidences, strict=True)
        )

    def _found_exactly(self, exact: int, scored: "_Scored", limit: int) -> ArticleSearch:
        """The text is a question or phrasing of this article, letter by letter."""
        ranked, total = scored.ranked, scored.total
        others = ranked[ranked != exact][: limit - 1]
        order = np.concatenate(([exact], others)).astype(np.int32)
        scores = total.copy()
        scores[exact] = max(float(total[ranked[0]]), float(total[exact]))
        return ArticleSearch(self._matches(order, scores, EXACT), EXACT, exact=True)


def _probability(coefficients: tuple[float, ...], evidence: tuple[float, ...]) -> float:
    """coefficients: the intercept, then one for each number of the evidence."""
    terms = zip(coefficients[1:], evidence, strict=True)
    return logistic(coefficients[0] + sum(coefficient * value for coefficient, value in terms))


def _lead(total: Floats, ranked: Ints) -> float:
    """How far the best is ahead of the second, in summed z-scores, at most MAX_LEAD."""
    if len(ranked) < 2 or not np.isfinite(total[ranked[1]]):
        return MAX_LEAD
    return min(float(total[ranked[0]] - total[ranked[1]]), MAX_LEAD)


def _language(locale: str | None) -> str | None:
    return _LANGUAGE.split(locale.strip().lower(), maxsplit=1)[0] or None if locale else None


def _z_scores(scores: Floats) -> Floats:
    centred: Floats = scores - scores.sum() / scores.size
    variance = float(centred @ centred) / scores.size
    if variance > 1e-12:
        centred /= variance**0.5
    return centred


def _best(scores: Floats, n: int) -> Ints:
    """The places of the n highest scores, highest first; equal ones in their order."""
    if scores.size > 4 * n:
        places = np.argpartition(-scores, n)[:n]
        places.sort()
    else:
        places = np.arange(scores.size)
    return places[np.argsort(-scores[places], kind="stable")][:n].astype(np.int32)


def _bm25(texts: Sequence[str]) -> tuple[Table | Postings, dict[str, int], Floats]:
    """Postings over single words with BM25's saturated counts as values, and each word's id and idf."""
    names: dict[str, int] = {}
    features: list[int] = []
    rows: list[int] = []
    counts: list[int] = []
    lengths = np.zeros(len(texts))
    for row, text in enumerate(texts):
        counter = Counter(words(text))
        lengths[row] = counter.total()
        features += [names.setdefault(name, len(names)) for name in counter]
        counts += counter.values()
        rows += [row] * len(counter)
    feature_ids, row_ids, times = np.array(features, np.int32), np.array(rows, np.int32), np.array(counts, np.float64)
    mean_length = max(float(lengths.mean()), 1.0) if len(texts) else 1.0
    damping = BM25_K1 * (1.0 - BM25_B + BM25_B * lengths[row_ids] / mean_length)
    frequencies = np.bincount(feature_ids, minlength=len(names))
    idf = np.log(1.0 + (len(texts) - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)
    saturated = times * (BM25_K1 + 1.0) / (times + damping)
    return scores_by_feature(feature_ids, row_ids, saturated, (len(names), len(texts))), names, idf
