"""What the house counts while it runs, for Prometheus: a registry of its own, served on a listener of its own."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from conversations.hints import (
    ConversationChanged,
    MessageCreated,
    OfferEnded,
    OfferMade,
    QueueEntered,
    QueueLeft,
)
from conversations.model import Message

ASKED_LIMIT = 10_000
"""Conversations whose visitor waits for an answer, as far as this process remembers them."""

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ANSWERS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_WAITS = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


class Metrics:
    """The figures of one process, from its start. Labels are words of ours, never text from outside."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made = self.registry
        self.messages = Counter(
            "frontdesk_messages", "Messages stored, by who wrote them.", ["author", "channel"], registry=made
        )
        self.acknowledged = Histogram(
            "frontdesk_acknowledge_seconds",
            "From a command's turn to its acknowledgement, by namespace and command.",
            ["namespace", "command"],
            buckets=_QUICK,
            registry=made,
        )
        self.refused = Counter(
            "frontdesk_commands_refused", "Commands refused, by error code.", ["namespace", "code"], registry=made
        )
        self.turns = Counter("frontdesk_turns", "Turns of the bot, by what it decided.", ["decision"], registry=made)
        self.answers = Histogram(
            "frontdesk_answer_seconds",
            "From a visitor's first unanswered message to the answer, by who gave it.",
            ["author"],
            buckets=_ANSWERS,
            registry=made,
        )
        self.escalations = Counter(
            "frontdesk_escalations", "Conversations that came to the queue, by reason.", ["reason"], registry=made
        )
        self.offers = Counter("frontdesk_offers", "Offers made and ended, by state.", ["state"], registry=made)
        self.waited = Histogram(
            "frontdesk_wait_seconds",
            "How long visitors had waited when a person took the chat.",
            buckets=_WAITS,
            registry=made,
        )
        self.requests = Histogram(
            "frontdesk_http_seconds",
            "HTTP requests, by route and status.",
            ["method", "route", "status"],
            buckets=_QUICK,
            registry=made,
        )
        self._asked: OrderedDict[str, int] = OrderedDict()
        # what every message counts in: looking up a labelled figure costs more than counting in it
        self._messages_of = cache(self.messages.labels)
        self._answers_of = cache(self.answers.labels)
        self._turns_of = cache(self.turns.labels)

    def watch(self, name: str, told: str, read: Callable[[], float]) -> None:
        """A figure that is looked up when asked for: sockets open, writes waiting."""
        Gauge(name, told, registry=self.registry).set_function(read)

    @property
    def remembered(self) -> int:
        """How many conversations wait for an answer, as far as this process remembers."""
        return len(self._asked)

    def note(self, hints: Sequence[object]) -> None:
        """Count what a commit has hinted. Called with every batch of hints."""
        for hint in hints:
            match hint:
                case ConversationChanged(conversation=conversation, changes=changes):
                    for change in changes:
                        if isinstance(change, MessageCreated):
                            self._said(change.message, conversation.channel)
                case QueueEntered(reason=reason):
                    self.escalations.labels(reason).inc()
                case QueueLeft(taken=True, waited_ms=waited_ms) if waited_ms is not None:
                    self.waited.observe(waited_ms / 1000)
                case OfferMade():
                    self.offers.labels("offered").inc()
                case OfferEnded(offer=offer):
                    self.offers.labels(offer.state).inc()
                case _:
                    pass

    def _said(self, message: Message, channel: str) -> None:
        author = message.author_kind
        self._messages_of(author, channel).inc()
        if author == "visitor":
            if message.conversation_id not in self._asked:
                self._asked[message.conversation_id] = message.created_at
                if len(self._asked) > ASKED_LIMIT:
                    self._asked.popitem(last=False)
            return
        if message.private or author == "system":
            return
        asked_at = self._asked.pop(message.conversation_id, None)
        if asked_at is not None:
            self._answers_of(author).observe((message.created_at - asked_at) / 1000)
        if author == "bot" and message.understanding is not None:
            self._turns_of(orjson.loads(message.understanding)["decision"]).inc()


async def serve_metrics(metrics: Metrics, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Answer `GET /metrics` on a listener of its own. The runner (its owner cleans it up) and the port it got.

    Raises OSError where the port is taken.
    """

    async def answer(request: web.Request) -> web.Response:
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(metrics.registry), headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    addresses = runner.addresses
    return runner, int(addresses[0][1])
