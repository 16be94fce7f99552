"""What goes wrong with knowledge, in the words of the protocol."""

from conversations.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from intents.errors import (
    AlreadyThere,
    ChangedMeanwhile,
    IntentsError,
    NotThere,
    NotUsable,
    SourceInvalid,
    TooFewExamples,
    UnderstandingOverloaded,
)


def worded(error: IntentsError) -> Refused:
    """The refusal that a failure of understanding becomes."""
    told = str(error)
    match error:
        case NotThere():
            return NotFound(told, field=error.field)
        case AlreadyThere():
            return Conflict(told, field=error.field)
        case ChangedMeanwhile():
            return Conflict(told, field="if_match")
        case NotUsable():
            return Invalid(told, field=error.field)
        case TooFewExamples():
            return Invalid(told, field="bot_id")
        case SourceInvalid():
            return Invalid(told, field=error.column)
        case UnderstandingOverloaded():
            return Unavailable(told, retry_after_s=error.retry_after_s)
        case _:
            return Unavailable(told)
