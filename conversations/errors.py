"""Why a command is refused, in the words of the wire protocol.

Refused
├── Invalid            a field is missing, malformed, or names nothing usable
├── Unauthorized       who is asking is not known
├── Forbidden          who is asking may not
├── NotFound           no such thing, or none that the asker may see
├── Conflict           somebody else was first (`field`: epoch, client_id ...)
├── IllegalTransition  the conversation's status does not allow it
├── Capacity           no seat is free
├── TooLarge           over a documented limit
├── Unsupported        known to the protocol, not to this server yet, or not to this channel
├── WindowClosed       the channel's or the command's time has passed
├── RateLimited        too many, too fast
└── Unavailable        not now; try again
"""

from typing import ClassVar


class Refused(Exception):
    """A command that changed nothing, and why.

    message: a sentence for a person, with the remedy. field: the payload's field at fault.
    conversation_id: whose present state the asker needs (a lost race for an epoch).
    """

    code: ClassVar[str] = "invalid"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        retry_after_s: float | None = None,
        conversation_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s
        self.conversation_id = conversation_id


class Invalid(Refused):
    code = "invalid"


class Unauthorized(Refused):
    code = "unauthorized"


class Forbidden(Refused):
    code = "forbidden"


class NotFound(Refused):
    code = "not_found"


class Conflict(Refused):
    code = "conflict"


class IllegalTransition(Refused):
    code = "illegal_transition"


class Capacity(Refused):
    code = "capacity"


class TooLarge(Refused):
    code = "too_large"


class Unsupported(Refused):
    code = "unsupported"


class WindowClosed(Refused):
    code = "window_closed"


class RateLimited(Refused):
    code = "rate_limited"


class Unavailable(Refused):
    code = "unavailable"


CODES = frozenset(kind.code for kind in Refused.__subclasses__())
