"""Lines in a conversation for agents only: who did what with it, and when."""

from conversations import own_words
from conversations.held import Held
from conversations.model import SYSTEM
from conversations.outbox import post
from conversations.texts import said, say


def tell_agents(held: Held, key: str, **params: str) -> None:
    """A private line, never the visitor's; its key and parameters are stored with it. The caller saves."""
    text = say(key, None, params, own_words.overrides(held.tx, held.conversation.inbox_id, key, None))
    post(held, SYSTEM, text, kind="event", private=True, content=said(key, params))
