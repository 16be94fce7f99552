"""An inbox's own words for the sentences of bot, house and widget."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from conversations.store import Tx
from server import words
from server.http.answers import Reply
from server.http.call import Acting, Call
from server.http.fields import Body, Query, Shape
from server.http.routes import Routes
from server.shapes import Json
from server.words import Sentence

routes = Routes("inboxes")

Locale = Literal["en", "de", "es", "fr", "ar"]
Key = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
WORDS_LIMIT = 500


class WordShape(Shape):
    """text: as it is said now. default: as the catalogue has it. params: the {names} it may use."""

    key: str
    text: str
    default: str
    params: list[str]


class WordsShape(Shape):
    locale: str
    words: list[WordShape]


class WordsQuery(Query):
    locale: Locale = "en"


class WordsBody(Body):
    """words: by key; null takes the usual sentence again."""

    locale: Locale
    words: Annotated[dict[Key, Text | None], Field(max_length=WORDS_LIMIT)]


def words_shape(locale: str, found: list[Sentence]) -> Json:
    shown = [{"key": one.key, "text": one.text, "default": one.default, "params": list(one.params)} for one in found]
    return {"locale": locale, "words": shown}


@routes.get("/inboxes/{inbox_id}/words", access="agent", answer=WordsShape)
async def show_words(call: Call, query: WordsQuery) -> Reply:
    """Every sentence that an inbox says in a language: the bot's, the house's, and (`widget.`) the widget's."""
    workspace_id, inbox_id = call.agent.workspace_id, call.path("inbox_id")
    return Reply(words_shape(query.locale, await call.read(words.listed, workspace_id, inbox_id, query.locale)))


@routes.patch("/inboxes/{inbox_id}/words", access="inboxes.manage", answer=WordsShape)
async def change_words(call: Call, body: WordsBody) -> Reply:
    """Say sentences in other words, at once; all of them or none. A `{name}` that the usual one lacks is refused."""
    return await call.write_place(_change, call.path("inbox_id"), body)


def _change(tx: Tx, by: Acting, inbox_id: str, body: WordsBody) -> Json:
    changed = words.change(tx, by.workspace_id, inbox_id, body.locale, body.words, by.agent.author)
    return words_shape(body.locale, changed)
