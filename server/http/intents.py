"""Intents and their examples: what a bot tells apart, and learns it from."""

from dataclasses import asdict
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from conversations.store import Tx
from conversations.words import storable
from handoff.agents import Agent
from intents import intent_rows
from intents.intent_rows import Intent, StoredExample
from intents.sources import MAX_ANSWER_CHARS, MAX_NAME_CHARS, MAX_TEXT_CHARS
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Id, Shape
from server.http.overlaps import OverlapShape, warned
from server.http.owned import own_bot, own_example, own_intent
from server.http.pages import Paging, after_of, next_after
from server.http.routes import API, Routes
from server.shapes import Json, iso

routes = Routes("intents")

TEXTS_LIMIT = 200

IntentName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS), AfterValidator(storable)]
Answer = Annotated[str, StringConstraints(max_length=MAX_ANSWER_CHARS), AfterValidator(storable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS), AfterValidator(storable)]


class IntentShape(Shape):
    """title: what visitors read in a choice. answer: null where it is handed over. rev rises with each edit."""

    id: str
    bot_id: str
    name: str
    title: str
    answer: str | None
    category: str | None
    rev: int
    examples_count: int
    created_at: str
    updated_at: str


class IntentsPage(Shape):
    intents: list[IntentShape]
    cursor: str | None


class ExampleShape(Shape):
    """source: where it came from, such as `import` or who wrote it."""

    id: str
    intent_id: str
    text: str
    source: str
    created_at: str


class ExamplesPage(Shape):
    examples: list[ExampleShape]
    cursor: str | None


class IntentsQuery(Paging):
    """bot_id: whose; without it the workspace's first bot's."""

    bot_id: Id | None = None


class NewIntent(Body):
    bot_id: Id | None = None
    name: IntentName
    title: IntentName | None = None
    answer: Answer | None = None
    category: IntentName | None = None


class IntentBody(Body):
    title: IntentName | None = None
    answer: Answer | None = None
    category: Annotated[str, StringConstraints(max_length=MAX_NAME_CHARS), AfterValidator(storable)] | None = None


class AddedExamples(ExamplesPage):
    """overlaps: what the new examples come near to (see `/bots/{id}/overlaps`)."""

    overlaps: list[OverlapShape] = Field(default_factory=list)


class NewExamples(Body):
    texts: Annotated[tuple[Text, ...], Field(min_length=1, max_length=TEXTS_LIMIT)]


def intent_shape(intent: Intent) -> Json:
    shape = asdict(intent)
    shape["examples_count"] = shape.pop("n_examples")
    return {**shape, "created_at": iso(intent.created_at), "updated_at": iso(intent.updated_at)}


def example_shape(example: StoredExample) -> Json:
    return {**asdict(example), "created_at": iso(example.created_at)}


@routes.get("/intents", access="agent", answer=IntentsPage)
async def list_intents(call: Call, query: IntentsQuery) -> Reply:
    """The intents of a bot, by name."""
    return Reply(await call.read(_list, call.agent, query))


def _list(tx: Tx, agent: Agent, query: IntentsQuery) -> Json:
    bot_id, _ = own_bot(tx, agent.workspace_id, query.bot_id)
    found = intent_rows.list_intents(tx, bot_id, after=after_of(query), limit=query.limit)
    cursor = next_after(found[-1].name if len(found) == query.limit else None)
    return {"intents": [intent_shape(intent) for intent in found], "cursor": cursor}


@routes.post("/intents", access="knowledge.manage", answer=IntentShape, status=201)
async def add_intent(call: Call, body: NewIntent) -> Reply:
    """Add an intent. It is told apart once a model was trained on its examples and published."""
    return await call.write(_add, body)


def _add(tx: Tx, by: Acting, body: NewIntent) -> Reply:
    bot_id, _ = own_bot(tx, by.workspace_id, body.bot_id)
    intent = intent_rows.create_intent(
        tx,
        bot_id,
        body.name,
        by=by.agent.author.actor,
        title=body.title,
        answer=body.answer,
        category=body.category,
    )
    return tagged(intent_shape(intent), 201, f"{API}/intents/{intent.id}")


@routes.get("/intents/{intent_id}", access="agent", answer=IntentShape)
async def show_intent(call: Call) -> Reply:
    """One intent."""
    return tagged(await call.read(_one, call.agent.workspace_id, call.path("intent_id")))


def _one(tx: Tx, workspace_id: str, intent_id: str) -> Json:
    return intent_shape(intent_rows.get_intent(tx, own_intent(tx, workspace_id, intent_id)))


@routes.patch("/intents/{intent_id}", access="knowledge.manage", answer=IntentShape)
async def change_intent(call: Call, body: IntentBody) -> Reply:
    """Change what visitors read of an intent, and its answer; an answer of null hands it over."""
    return await call.write(_change, call.path("intent_id"), body)


def _change(tx: Tx, by: Acting, intent_id: str, body: IntentBody) -> Reply:
    by.expects(_one(tx, by.workspace_id, intent_id))
    changes: dict[str, str | None] = body.model_dump(exclude_unset=True)
    if changes.get("title", "") is None:
        del changes["title"]
    if changes:
        intent_rows.edit_intent(tx, intent_id, changes, by=by.agent.author.actor)
    return tagged(_one(tx, by.workspace_id, intent_id))


@routes.delete("/intents/{intent_id}", access="knowledge.manage", status=204)
async def archive_intent(call: Call) -> Reply:
    """Take an intent out of use; its examples stay with it."""
    return await call.write(_archive, call.path("intent_id"))


def _archive(tx: Tx, by: Acting, intent_id: str) -> None:
    own_intent(tx, by.workspace_id, intent_id)
    intent_rows.archive_intent(tx, intent_id, by=by.agent.author.actor)


@routes.get("/intents/{intent_id}/examples", access="agent", answer=ExamplesPage)
async def list_examples(call: Call, query: Paging) -> Reply:
    """The examples of an intent."""
    return Reply(await call.read(_examples, call.agent.workspace_id, call.path("intent_id"), query))


def _examples(tx: Tx, workspace_id: str, intent_id: str, query: Paging) -> Json:
    own_intent(tx, workspace_id, intent_id)
    found = intent_rows.list_examples(tx, intent_id, after=after_of(query), limit=query.limit)
    cursor = next_after(found[-1].id if len(found) == query.limit else None)
    return {"examples": [example_shape(example) for example in found], "cursor": cursor}


@routes.post("/intents/{intent_id}/examples", access="knowledge.manage", answer=AddedExamples, status=201)
async def add_examples(call: Call, body: NewExamples) -> Reply:
    """Add examples; those that are there already are passed over, and not in the answer."""
    intent_id = call.path("intent_id")
    reply = await call.write(_add_examples, intent_id, body)
    shape = reply.body or {}
    bot_id = await call.read(lambda tx: intent_rows.get_intent(tx, intent_id).bot_id)
    near = await warned(call, bot_id, intent_id, [one["text"] for one in shape["examples"]])
    return Reply(shape | {"overlaps": near}, reply.status, reply.headers)


def _add_examples(tx: Tx, by: Acting, intent_id: str, body: NewExamples) -> Json:
    own_intent(tx, by.workspace_id, intent_id)
    added = intent_rows.add_examples(tx, intent_id, body.texts, by=by.agent.author.actor)
    return {"examples": [example_shape(example) for example in added], "cursor": None}


@routes.delete("/intents/{intent_id}/examples/{example_id}", access="knowledge.manage", status=204)
async def delete_example(call: Call) -> Reply:
    """Delete an example."""
    return await call.write(_delete_example, call.path("intent_id"), call.path("example_id"))


def _delete_example(tx: Tx, by: Acting, intent_id: str, example_id: str) -> None:
    own_example(tx, by.workspace_id, intent_id, example_id)
    intent_rows.delete_example(tx, example_id, by=by.agent.author.actor)
