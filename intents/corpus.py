"""The examples that training learns from: checked, and each text once for its intent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from intents.arrays import Ints
from intents.counting import FeatureCounts, count_features
from intents.errors import TooFewExamples
from intents.text import normalise
from intents.understanding import Example

MIN_EXAMPLES_PER_INTENT = 2
"""With fewer an intent has nothing to learn from while its one example is held out."""

# The weights are a dense (n_features, n_intents): 128 MB of float16 at most. Beyond it the rarest features go first.
MAX_WEIGHTS = 64_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """texts: normalised; labels: (n_texts,) indices into intents; features: one row for each text."""

    intents: tuple[str, ...]
    texts: tuple[str, ...]
    labels: Ints
    features: FeatureCounts

    def __len__(self) -> int:
        return len(self.texts)


def build_corpus(examples: Sequence[Example]) -> Corpus:
    """The corpus of these examples. What normalises to nothing is left out, a repeat within an intent counts once.

    Raises TooFewExamples where there is none, or an intent has fewer than two different texts.
    """
    by_intent: dict[str, dict[str, None]] = {}
    for example in examples:
        kept = by_intent.setdefault(example.intent, {})
        text = normalise(example.text)
        if text:
            kept[text] = None
    if not by_intent:
        raise TooFewExamples(
            "There are no examples to learn from. Import intents first.",
            intent=None,
            have=0,
            need=MIN_EXAMPLES_PER_INTENT,
        )
    intents = tuple(sorted(by_intent))
    for intent in intents:
        have = len(by_intent[intent])
        if have < MIN_EXAMPLES_PER_INTENT:
            raise TooFewExamples(
                f"The intent {intent!r} has {have} different example(s) and needs {MIN_EXAMPLES_PER_INTENT}. "
                "Add examples to it, or archive it.",
                intent=intent,
                have=have,
                need=MIN_EXAMPLES_PER_INTENT,
            )
    # in a settled order: the same examples, however they come, give the same model
    texts = tuple(text for intent in intents for text in sorted(by_intent[intent]))
    sizes = [len(by_intent[intent]) for intent in intents]
    labels = np.repeat(np.arange(len(intents), dtype=np.int32), sizes)
    return Corpus(intents, texts, labels, count_features(texts, max_features=MAX_WEIGHTS // len(intents)))
