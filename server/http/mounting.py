"""Every route there is, put on an application."""

from functools import cache

from aiohttp import web
from aiohttp.typedefs import Handler

from conversations.errors import Invalid, NotFound, Refused, TooLarge
from server.http import (
    agents,
    article_images,
    articles,
    attachments,
    avatars,
    bots,
    canned,
    contacts,
    conversations,
    corrections,
    deliveries,
    health,
    hooks,
    imports,
    inboxes,
    intents,
    invitations,
    mail,
    models,
    offers,
    overlaps,
    passwords,
    reports,
    saved_views,
    search,
    sessions,
    setup,
    snippet,
    teams,
    transcripts,
    understand,
    widget,
    words,
    workspace,
)
from server.http.answers import Reply, refusal
from server.http.call import Call
from server.http.desk import HttpDesk
from server.http.doors import Door, new_request_id
from server.http.openapi import Spec, describe
from server.http.routes import API, Route, Routes

_description = Routes("openapi")


@_description.get("/openapi.json", access="anyone")
async def show_openapi(call: Call) -> Reply:
    """This description."""
    return Reply(_described())


ROUTES: tuple[Route, ...] = tuple(
    route
    for routes in (
        sessions.routes,
        setup.routes,
        workspace.routes,
        mail.routes,
        invitations.routes,
        passwords.routes,
        widget.routes,
        avatars.routes,
        agents.routes,
        teams.routes,
        inboxes.routes,
        words.routes,
        snippet.routes,
        contacts.routes,
        conversations.routes,
        transcripts.routes,
        deliveries.routes,
        offers.routes,
        bots.routes,
        articles.routes,
        article_images.routes,
        imports.article_routes,
        imports.intent_routes,
        overlaps.routes,
        corrections.routes,
        canned.routes,
        saved_views.routes,
        search.routes,
        intents.routes,
        models.routes,
        attachments.routes,
        understand.routes,
        reports.routes,
        _description,
        hooks.routes,
        health.routes,
    )
    for route in routes
)


def mount(app: web.Application, desk: HttpDesk) -> None:
    """Answer every route. What is no route of ours under /api is refused in the protocol's words, too."""
    for route in ROUTES:
        app.router.add_route(route.method, route.path, Door(route, desk).__call__)
    app.middlewares.append(_strangers)

    async def close(_: web.Application) -> None:
        await desk.close()

    app.on_cleanup.append(close)


@cache
def _described() -> Spec:
    return describe(ROUTES)


@web.middleware
async def _strangers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """aiohttp's own refusals (no such address, no such method) as the protocol's error object."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith(f"{API}/"):
            raise
        return _worded(error)


def _worded(error: web.HTTPException) -> web.Response:
    told: Refused
    if isinstance(error, web.HTTPMethodNotAllowed):
        told = Invalid(f"This address takes {', '.join(sorted(error.allowed_methods))}.", field="method")
    elif error.status == 404:
        told = NotFound("There is nothing at this address. See /api/v1/openapi.json.")
    elif error.status == 413:
        told = TooLarge("The body is too large.", field="body")
    else:
        told = Invalid(f"{error.reason}.")
    reply = refusal(told, request_id=new_request_id())
    headers = dict(reply.headers)
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return Reply(reply.body, error.status, headers).response()
