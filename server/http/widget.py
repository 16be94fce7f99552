"""What the widget asks before it opens; for pages of any site."""

import contextlib
from typing import Annotated

from pydantic import StringConstraints

from conversations.errors import NotFound
from server.appearance import Look
from server.http.answers import Reply, etag_of
from server.http.call import Call
from server.http.fields import Query, Shape
from server.http.routes import Routes
from server.places import Bot
from server.widget_config import widget_config

routes = Routes("widget")


class LocaleQuery(Query):
    locale: Annotated[str, StringConstraints(max_length=35)] | None = None


class WidgetInbox(Shape):
    public_key: str
    name: str


class DepartmentShape(Shape):
    id: str
    name: str


class FormFieldShape(Shape):
    key: str
    label: str | None
    required: bool


class ConsentShape(Shape):
    text: str
    required: bool


class StartFormShape(Shape):
    required: bool
    fields: list[FormFieldShape]
    departments: list[DepartmentShape]
    consent: ConsentShape | None


class OnShape(Shape):
    on: bool


class FilesShape(Shape):
    """types: as an `accept` attribute lists them."""

    limit_bytes: int
    types: list[str]


class BotName(Shape):
    name: str


class WidgetShape(Shape):
    """words: the inbox's own, by the keys of the widget's catalogue, in `locale`. bot: null where people answer."""

    inbox: WidgetInbox
    company: str
    look: Look
    locale: str
    locales: list[str]
    start_form: StartFormShape | None
    help: OnShape
    survey: OnShape
    words: dict[str, str]
    files: FilesShape
    bot: BotName | None


@routes.get("/widget/{public_key}", access="anyone", answer=WidgetShape)
async def show_widget(call: Call, query: LocaleQuery) -> Reply:
    """How an inbox's widget looks and speaks. Any page may ask: it holds nothing but what visitors see."""
    places = call.desk.places
    inbox = places.by_key(call.path("public_key"))
    if inbox is None or inbox.channel != "web":
        raise NotFound("There is no such inbox.", field="public_key")
    bot: Bot | None = None
    if inbox.bot_id is not None:
        with contextlib.suppress(NotFound):
            bot = places.bot(inbox.bot_id)
    shape = await call.read(widget_config, places.place(inbox.id), bot, query.locale)
    headers = {
        "ETag": etag_of(shape),
        "Cache-Control": "no-cache",
        # not "*": the loader asks with credentials, of which there are none, because a browser takes the connection
        # that brought the loader only for what goes with them
        "Access-Control-Allow-Origin": call.request.headers.get("Origin", "*"),
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }
    return Reply(shape, 200, headers)
