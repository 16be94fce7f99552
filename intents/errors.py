"""What can go wrong in understanding.

IntentsError
├── TooFewExamples          training cannot begin: what is missing, and in which intent
├── ModelFileInvalid        a model's folder is damaged, foreign, or of another version
├── SourceInvalid           a file to import cannot be read at all
├── UnderstandingOverloaded too many texts wait already; ask again after retry_after_s
├── TrainingFailed          the training process ended without a model
└── KnowledgeError          what was asked of intents, articles or models cannot be done; `field` says where
    ├── NotThere            no such bot, intent, example, article or model
    ├── AlreadyThere        the name, the question or the example is taken; a training is under way
    ├── NotUsable           a value that cannot be kept
    └── ChangedMeanwhile    it was edited since it was read; `rev` is what it is now
"""


class IntentsError(Exception):
    """Understanding could not do what it was asked."""


class TooFewExamples(IntentsError):
    """Nothing can be learned from so little. `intent` names the one that is short, None when all are."""

    def __init__(self, message: str, *, intent: str | None, have: int, need: int) -> None:
        super().__init__(message)
        self.intent = intent
        self.have = have
        self.need = need


class ModelFileInvalid(IntentsError):
    """A model's folder cannot be trusted. `file` names the part."""

    def __init__(self, message: str, *, file: str) -> None:
        super().__init__(f"{file}: {message}")
        self.file = file


class SourceInvalid(IntentsError):
    """The file as a whole cannot be read: not text, no header, a column is missing."""

    def __init__(self, message: str, *, column: str | None = None) -> None:
        super().__init__(message)
        self.column = column


class UnderstandingOverloaded(IntentsError):
    """Nothing was understood: too many texts wait, or one waited too long."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TrainingFailed(IntentsError):
    """The training process ended without a model."""


class KnowledgeError(IntentsError):
    """What was asked cannot be done. `field` names the value that is at fault."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotThere(KnowledgeError):
    """There is no such thing, or it was archived."""


class AlreadyThere(KnowledgeError):
    """Another one has this name already."""


class NotUsable(KnowledgeError):
    """The value is empty, too long, or not what is needed."""


class ChangedMeanwhile(KnowledgeError):
    """Somebody else edited it since. Read it again, and edit that."""

    def __init__(self, message: str, *, rev: int) -> None:
        super().__init__(message, field="rev")
        self.rev = rev
