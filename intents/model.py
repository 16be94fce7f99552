"""A trained model as data: arrays and names, nothing that runs."""

from dataclasses import dataclass, field

from intents.arrays import Bytes, Floats, Halves
from intents.features import Vocabulary
from intents.scope import ScopeStatistics


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a model comes from. `figures` are those of cross-validation at training."""

    n_examples: int
    data_hash: str
    seed: int
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WeakIntent:
    """An intent that training tells apart badly: of n held-out examples the share that it got right.

    confused_with: what it took most of the others for.
    """

    intent: str
    n: int
    accuracy: float
    confused_with: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What training makes and serving reads.

    intents: names, in the order of the columns of `weights`.
    idf: (n_features,); weights: (n_features, n_intents) of the one-vs-rest decision values; bias: (n_intents,).
    temperature: decision values are divided by it before the softmax.
    presence: (n_unigrams, ceil(n_intents / 8)) bits: whether single word i, the first features of the vocabulary,
    occurs in an example of intent j.
    small_talk: the intents whose examples are themselves greetings, thanks or goodbyes.
    weakest: told once, by the training; a model that was read from its files has none.
    """

    intents: tuple[str, ...]
    vocabulary: Vocabulary
    idf: Floats
    weights: Halves
    bias: Floats
    temperature: float
    presence: Bytes
    scope: ScopeStatistics
    small_talk: tuple[str, ...]
    provenance: Provenance
    version: str | None = None
    weakest: tuple[WeakIntent, ...] = ()
