"""Conversations: lists for an agent, their messages, and every command of the desk."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select

from channels.delivery import sent_of
from conversations import reading
from conversations.errors import NotFound
from conversations.model import Conversation, Message, Receipt
from conversations.reading import Page
from conversations.statements import ALL_CONVERSATION, conversation_from
from conversations.store import Tx
from handoff import views as saved
from handoff.agents import Agent, acting, may_see
from handoff.desk import talking
from server.desk_commands import DESK_COMMANDS
from server.http.answers import Reply
from server.http.call import Acting, Call
from server.http.described import ConversationShape, MessageShape
from server.http.fields import Id, Query, Shape
from server.http.filters import USUAL_VIEWS, ConversationFilter, View, conditions, ordered, viewed
from server.http.pages import Paging, page_of
from server.http.routes import Handler, Routes
from server.http.sight import seen_by
from server.http.views import conversation_shapes
from server.realtime import payloads
from server.realtime.payloads import Payload
from server.shapes import Faces, Json, agent_message, iso

routes = Routes("conversations")

TOLD = {
    "conversation.accept": "Take a chat from the queue: by an offer while it lives, or as a pick.",
    "conversation.take_over": "Take a conversation from the bot or the queue; with the right, from another agent.",
    "conversation.assign": "Give a conversation to an agent who is online with a seat free.",
    "conversation.transfer": "Pass a chat on to an agent, a team or a tier.",
    "conversation.release": "Put a chat back in the queue, at its old place.",
    "conversation.hand_back": "Give a conversation to the bot.",
    "conversation.snooze": "Put a conversation aside until a moment, or until its visitor writes.",
    "conversation.wake": "Take a snoozed conversation up again.",
    "conversation.resolve": "Close a conversation.",
    "conversation.update": "Say what a conversation is about: category, priority, labels.",
}


class ConversationsPage(Shape):
    conversations: list[ConversationShape]
    cursor: str | None


class ConversationAnswer(Shape):
    conversation: ConversationShape


class MessagesPage(Shape):
    conversation: ConversationShape
    messages: list[MessageShape]
    rev: int
    more: bool


class MessageAnswer(Shape):
    message: MessageShape


class SentMessage(Shape):
    id: str
    conversation_id: str
    seq: int | None
    rev: int
    created_at: str


class SentAnswer(Shape):
    message: SentMessage
    duplicate: bool


class ConversationsQuery(Paging, ConversationFilter):
    """view: `mine` held by the agent, `queue` waiting for a person, `team` open ones of the agent's teams, `all`.

    Or the id of a view that the agent has saved; what is asked beside it goes before what it says.
    """

    view: Id = "mine"


class ChangesQuery(Query):
    rev: Annotated[int, Field(ge=0, le=1 << 53)]
    limit: Annotated[int, Field(ge=1, le=reading.PAGE_LIMIT)] = reading.PAGE_LIMIT


class MessagesQuery(Query):
    """before_seq: only older ones; without it the newest."""

    before_seq: Annotated[int, Field(ge=1, le=1 << 53)] | None = None
    limit: Annotated[int, Field(ge=1, le=reading.PAGE_LIMIT)] = reading.FIRST_PAGE


# lists -----------------------------------------------------------------------------------------


@routes.get("/conversations", access="agent", answer=ConversationsPage)
async def list_conversations(call: Call, query: ConversationsQuery) -> Reply:
    """The conversations that the agent may see. The queue in its order, the others newest first."""
    return Reply(await call.read(_list, call.agent, query, call.desk.faces))


def _list(tx: Tx, agent: Agent, query: ConversationsQuery, faces: Faces) -> Json:
    view, asked = _asked(tx, agent, query)
    order = ordered(view, asked.sort)
    found = [seen_by(agent), *viewed(agent, view), *conditions(agent, asked)]
    page = page_of(tx, select(*ALL_CONVERSATION, *order.columns).where(*found), order, query)
    shapes = conversation_shapes(tx, [conversation_from(row) for row in page.rows], faces)
    return {"conversations": shapes, "cursor": page.cursor}


def _asked(tx: Tx, agent: Agent, query: ConversationsQuery) -> tuple[View, ConversationFilter]:
    """The usual view and the filter that a query means. Raises NotFound for a view that is not the agent's."""
    if query.view in USUAL_VIEWS:
        return query.view, query
    said = {**saved.find(tx, agent.id, query.view).filter}
    view = said.pop("view", "all")
    return view, ConversationFilter.model_validate(said | query.model_dump(exclude_unset=True))


@routes.get("/conversations/{conversation_id}", access="agent", answer=ConversationAnswer)
async def show_conversation(call: Call) -> Reply:
    """One conversation."""
    return Reply(await call.read(_show, call.agent, call.path("conversation_id"), call.desk.faces))


def _show(tx: Tx, agent: Agent, conversation_id: str, faces: Faces) -> Json:
    return {"conversation": conversation_shapes(tx, [seen(tx, agent, conversation_id)], faces)[0]}


@routes.get("/conversations/{conversation_id}/messages", access="agent", answer=MessagesPage)
async def list_messages(call: Call, query: MessagesQuery) -> Reply:
    """Messages of a conversation, oldest first: the newest, or those before a seq (`messages.before`)."""
    return Reply(await call.read(_messages, call.agent, call.path("conversation_id"), query, call.desk.faces))


def _messages(tx: Tx, agent: Agent, conversation_id: str, query: MessagesQuery, faces: Faces) -> Json:
    conversation = seen(tx, agent, conversation_id)
    if query.before_seq is None:
        page = reading.newest(tx, conversation, "agent", query.limit)
    else:
        page = reading.messages_before(tx, conversation, "agent", query.before_seq, query.limit)
    return _page_shape(tx, page, agent, faces)


@routes.get("/conversations/{conversation_id}/changes", access="agent", answer=MessagesPage)
async def list_changes(call: Call, query: ChangesQuery) -> Reply:
    """What changed since a rev: `changes.after`."""
    return Reply(await call.read(_changes, call.agent, call.path("conversation_id"), query, call.desk.faces))


def _changes(tx: Tx, agent: Agent, conversation_id: str, query: ChangesQuery, faces: Faces) -> Json:
    page = reading.changes_after(tx, seen(tx, agent, conversation_id), "agent", query.rev, query.limit)
    return _page_shape(tx, page, agent, faces)


# what is said ----------------------------------------------------------------------------------


@routes.post("/conversations/{conversation_id}/messages", access="agent", answer=SentAnswer)
async def send_message(call: Call, body: payloads.AgentSend) -> Reply:
    """Answer the visitor, or leave a note with `private`: `message.send`."""
    return await call.write(_send, body)


def _send(tx: Tx, by: Acting, body: payloads.AgentSend) -> Json:
    if body.private:
        receipt = talking.note(tx, by.agent.id, body.conversation_id, body.client_id, body.text, body.attachment_ids)
    else:
        epoch = payloads.epoch_of(body)
        receipt = talking.reply(
            tx, by.agent.id, body.conversation_id, epoch, body.client_id, body.text, body.attachment_ids
        )
    return _sent_shape(receipt)


@routes.patch("/messages/{message_id}", access="agent", answer=MessageAnswer)
async def edit_message(call: Call, body: payloads.Edit) -> Reply:
    """Change the words of an own message, within 15 minutes, where the channel can: `message.edit`."""
    return await call.write(
        lambda tx, by: _message_shape(tx, by, talking.edit(tx, by.agent.id, body.message_id, body.text))
    )


@routes.delete("/messages/{message_id}", access="agent", answer=MessageAnswer)
async def withdraw_message(call: Call) -> Reply:
    """Take an own message back, within 15 minutes, where the channel can: `message.withdraw`."""
    message_id = call.path("message_id")
    return await call.write(lambda tx, by: _message_shape(tx, by, talking.withdraw(tx, by.agent.id, message_id)))


@routes.post("/conversations/{conversation_id}/read", access="agent", answer=ConversationAnswer)
async def mark_read(call: Call, body: payloads.Read) -> Reply:
    """Move our side's pointer of what was read: `read`."""
    faces = call.desk.faces
    return await call.write(
        lambda tx, by: _whole(tx, talking.read(tx, by.agent.id, body.conversation_id, body.seq), faces)
    )


# the desk --------------------------------------------------------------------------------------


@routes.post("/conversations/{conversation_id}/watch", access="agent", answer=MessagesPage)
async def watch(call: Call, body: payloads.OpenConversation) -> Reply:
    """What `conversation.watch` acknowledges. Nothing is pushed over HTTP: ask for the changes."""
    return Reply(await call.read(_opened, call.agent, body.conversation_id, body.rev, call.desk.faces))


@routes.post("/conversations/{conversation_id}/unwatch", access="agent", answer=ConversationAnswer)
async def unwatch(call: Call, body: payloads.OneConversation) -> Reply:
    """What `conversation.unwatch` acknowledges."""
    return Reply(await call.read(_show, call.agent, body.conversation_id, call.desk.faces))


def _opened(tx: Tx, agent: Agent, conversation_id: str, rev: int | None, faces: Faces) -> Json:
    page = reading.opened(tx, seen(tx, agent, conversation_id), "agent", rev)
    return _page_shape(tx, page, agent, faces)


def _command(name: str, payload: type[Payload], do: Callable[[Tx, str, Any], Conversation]) -> Handler:
    async def handle(call: Call, body: Any) -> Reply:
        return await call.write(lambda tx, by: _whole(tx, do(tx, by.agent.id, body), call.desk.faces))

    handle.__name__ = name.removeprefix("conversation.")
    handle.__doc__ = TOLD[name]
    handle.__annotations__ = {"call": Call, "body": payload, "return": Awaitable[Reply]}
    return handle


for _name, _entry in DESK_COMMANDS.items():
    routes.post(
        f"/conversations/{{conversation_id}}/{_name.removeprefix('conversation.')}",
        access="agent",
        answer=ConversationAnswer,
    )(_command(_name, _entry.payload, _entry.do))


# shapes ----------------------------------------------------------------------------------------


def seen(tx: Tx, agent: Agent, conversation_id: str) -> Conversation:
    """A conversation that an agent may see, as they stand now. Raises NotFound."""
    conversation = reading.get(tx, conversation_id)
    if not may_see(acting(tx, agent.id), conversation):
        raise NotFound("There is no such conversation.", field="conversation_id")
    return conversation


def _whole(tx: Tx, conversation: Conversation, faces: Faces) -> Json:
    return {"conversation": conversation_shapes(tx, [conversation], faces)[0]}


def _page_shape(tx: Tx, page: Page, agent: Agent, faces: Faces) -> Json:
    sent = sent_of(tx, page.conversation, page.messages)
    return {
        "conversation": conversation_shapes(tx, [page.conversation], faces)[0],
        "messages": [
            agent_message(message, page.conversation, to=agent.id, delivery=sent.get(message.id))
            for message in page.messages
        ],
        "rev": page.rev,
        "more": page.more,
    }


def _message_shape(tx: Tx, by: Acting, message: Message) -> Json:
    conversation = reading.get(tx, message.conversation_id)
    delivery = sent_of(tx, conversation, (message,)).get(message.id)
    return {"message": agent_message(message, conversation, to=by.agent.id, delivery=delivery)}


def _sent_shape(receipt: Receipt) -> Json:
    message = receipt.message
    return {
        "message": {
            "id": message.id,
            "conversation_id": message.conversation_id,
            "seq": message.seq,
            "rev": message.agent_rev,
            "created_at": iso(message.created_at),
        },
        "duplicate": receipt.duplicate,
    }
