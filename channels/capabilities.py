"""What the far end of a channel can show and tell, as values that rendering and delivery decide by."""

from dataclasses import dataclass
from typing import Literal

from conversations.model import TEXT_LIMIT

Choices = Literal["native", "numbered"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do with what we say.

    choices: `native` has buttons of its own; `numbered` gets them as lines of text, and a reply "2" is the second.
    text_limit: characters in one part; longer texts are split. receipts: it tells what was delivered and read.
    edit: what was sent can be changed. typing: it can show that we write. window_s: how long after the visitor's last
    message we may write; None: always.
    """

    choices: Choices = "native"
    markdown: bool = True
    attachments: bool = True
    edit: bool = False
    typing: bool = False
    receipts: bool = False
    text_limit: int = TEXT_LIMIT
    window_s: int | None = None
