"""The composition root: one process that listens, from settings to a clean end."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import structlog
from aiohttp import web

from conversations.store import Points
from server.garbage import leave_the_living
from server.house import House
from server.http import HttpDesk, mount
from server.metrics import serve_metrics
from server.pages import Pages, Site
from server.realtime.agent import AgentDesk, AgentHandler
from server.realtime.connection import Handler
from server.realtime.measured import Measured
from server.realtime.sessions import Rates
from server.realtime.sockets import Counters, Limits, Sockets
from server.realtime.visitor import VisitorDesk, VisitorHandler
from server.settings import Settings

log = structlog.get_logger(__name__)

SHUTDOWN_S = 10.0
# how long what is still sent after a refusal is read, so that the refusal is seen before the connection ends
LINGER_S = 2.0
BACKLOG = 1_024
READ_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Served:
    """A process that answers. port: where, also when the system chose it."""

    house: House
    sockets: Sockets
    host: str
    port: int


@asynccontextmanager
async def serving(
    settings: Settings,
    *,
    points: Points | None = None,
    limits: Limits | None = None,
    rates: Rates | None = None,
    reuse_port: bool = False,
    house: House | None = None,
    site: Site | None = None,
) -> AsyncIterator[Served]:
    """A house with its doors open; at the end they close first, then the house.

    reuse_port: other processes listen on the same port. house: one that a rig has made, not yet opened.
    site: what is shown at `/`; the console where None.

    Raises DatabaseIsNewer, BadSettings, OSError for an address that is taken.
    """
    async with house or House(settings, points=points) as house:
        sockets = Sockets(
            _namespaces(house, rates or Rates()),
            limits,
            trusted_proxies=settings.trusted_proxies,
            allow_polling=settings.allow_polling,
        )
        app = web.Application(client_max_size=1 << 20)
        sockets.attach(app)
        mount(app, http_desk(house))
        Pages(house.store, house.places, site).attach(app)
        runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=SHUTDOWN_S,
            lingering_time=LINGER_S,
            # of each connection, twice: whoever sends much at once on many waits for us
            read_bufsize=READ_BYTES,
            # a packed body unpacks to anything before anybody has asked for it; nobody needs one
            auto_decompress=False,
        )
        await runner.setup()
        measured = None
        try:
            if settings.metrics_port is not None:
                _watch(house, sockets)
                measured, _ = await serve_metrics(house.metrics, settings.host, settings.metrics_port)
            door = web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG, reuse_port=reuse_port or None)
            await door.start()
            yield Served(house, sockets, settings.host, runner.addresses[0][1])
        finally:
            house.ready = False
            await sockets.close()
            await runner.cleanup()
            if measured is not None:
                await measured.cleanup()


async def serve(
    settings: Settings,
    *,
    on_ready: Callable[[Served], None],
    points: Points | None = None,
    reuse_port: bool = False,
    beside: Callable[[Served], Awaitable[None]] | None = None,
    site: Site | None = None,
) -> None:
    """Serve until the process is told to end (SIGTERM, SIGINT).

    beside: what is done meanwhile; it is cancelled at the end. site: as of `serving`.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, ended.set)
    async with serving(settings, points=points, reuse_port=reuse_port, site=site) as served:
        leave_the_living()
        log.info("serving", address=settings.address, port=served.port, engine=served.house.store.engine)
        on_ready(served)
        async with _meanwhile(beside, served):
            await ended.wait()
        log.info("ending")


@asynccontextmanager
async def _meanwhile(work: Callable[[Served], Awaitable[None]] | None, served: Served) -> AsyncIterator[None]:
    async def run(work: Callable[[Served], Awaitable[None]]) -> None:
        try:
            await work(served)
        except Exception:
            log.exception("beside.failed")

    task = asyncio.create_task(run(work), name="beside") if work is not None else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _watch(house: House, sockets: Sockets) -> None:
    """What the parts count themselves, as figures to look up."""
    for name in Counters.__dataclass_fields__:
        house.metrics.watch(f"frontdesk_socket_{name}", f"Sockets: {name}.", partial(getattr, sockets.counters, name))


def http_desk(house: House) -> HttpDesk:
    return HttpDesk(
        settings=house.settings,
        store=house.store,
        places=house.places,
        faces=house.faces,
        place_in_line=house.line.ask,
        files=house.files,
        metrics=house.metrics,
        passwords=house.passwords,
        understands=house.recognizers,
        trouble=house.trouble,
        channels=house.channels,
    )


def _namespaces(house: House, rates: Rates) -> dict[str, Handler[Any]]:
    """Who answers which namespace; measured where somebody looks at the figures."""
    handlers: dict[str, Handler[Any]] = {"/visitor": _visitors(house, rates), "/agent": _agents(house, rates)}
    if house.settings.metrics_port is None:
        return handlers
    return {name: Measured(name, handler, house.metrics) for name, handler in handlers.items()}


def _visitors(house: House, rates: Rates) -> VisitorHandler:
    return VisitorHandler(
        VisitorDesk(
            store=house.store,
            places=house.places,
            faces=house.faces,
            place=house.line.ask,
            fanout=house.visitors,
            agents=house.agents,
            typing=house.typing,
            rates=rates,
        )
    )


def _agents(house: House, rates: Rates) -> AgentHandler:
    return AgentHandler(
        AgentDesk(
            store=house.store,
            view=house.agents,
            visitors=house.visitors,
            rates=rates,
            node=house.node,
            version=version("frontdesk"),
        )
    )
