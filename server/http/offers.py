"""Offers: chats put before the agent who asks, each with its clock."""

from typing import Any

from conversations import reading
from conversations.model import OfferState
from conversations.store import Tx
from handoff.agents import Agent, live_offers
from handoff.desk import claiming
from handoff.packet import packet_of
from server.http.answers import Reply
from server.http.call import Call
from server.http.described import OfferShape
from server.http.fields import Shape
from server.http.routes import Routes
from server.http.views import conversation_shapes
from server.realtime import payloads
from server.shapes import Faces, Json, offer_shape

routes = Routes("offers")


class OffersAnswer(Shape):
    offers: list[OfferShape]
    cursor: str | None


class EndedOffer(Shape):
    id: str
    state: OfferState


class EndedAnswer(Shape):
    offer: EndedOffer


@routes.get("/offers", access="agent", answer=OffersAnswer)
async def list_offers(call: Call) -> Reply:
    """The live offers of the agent who asks, all in one page."""
    return Reply({"offers": await call.read(_mine, call.agent, call.desk.faces), "cursor": None})


def _mine(tx: Tx, agent: Agent, faces: Faces) -> list[Json]:
    shapes: list[Json] = []
    for offer in live_offers(tx, agent.id):
        whole = conversation_shapes(tx, [reading.get(tx, offer.conversation_id)], faces)[0]
        packet: dict[str, Any] = packet_of(tx, offer.conversation_id)
        shapes.append(offer_shape(offer, whole, packet))
    return shapes


@routes.post("/offers/{offer_id}/decline", access="agent", answer=EndedAnswer)
async def decline(call: Call, body: payloads.Decline) -> Reply:
    """Say no to an offer: `conversation.decline`. It passes on to somebody else."""
    return await call.write(lambda tx, by: {"offer": _ended(tx, by.agent.id, body.offer_id)})


def _ended(tx: Tx, agent_id: str, offer_id: str) -> Json:
    offer = claiming.decline(tx, agent_id, offer_id)
    return {"id": offer.id, "state": offer.state}
