"""The addresses that browsers open, each with the policy that keeps it from doing anything else."""

import structlog
from aiohttp import web

from conversations.store import Store, StoreError
from server.pages.assets import LOADER, PAGE, Asset, console_assets, widget_assets
from server.pages.policies import content_policy, page_headers
from server.pages.site import Site
from server.places import Place, Places
from server.widget_config import look_of

log = structlog.get_logger(__name__)

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
LOADER_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
FRAME_HEADERS = {"Cross-Origin-Resource-Policy": "cross-origin"}
NOT_BUILT = "The web parts are not built. Run: python hatch_build.py"


class Pages:
    """Serves the widget, the console, and the demo's site where there is one."""

    def __init__(self, store: Store, places: Places, site: Site | None = None) -> None:
        self._store = store
        self._places = places
        self._site = site
        self._widget = widget_assets()
        self._console = console_assets()
        if self._widget.find(LOADER) is None or self._console.find(PAGE) is None:
            log.warning("pages.not_built", remedy=NOT_BUILT)

    def attach(self, app: web.Application) -> None:
        app.router.add_get("/", self.front)
        app.router.add_get("/favicon.ico", self.icon)
        app.router.add_get("/widget.js", self.loader)
        app.router.add_get("/widget/assets/{name}", self.widget_asset)
        app.router.add_get("/widget/{public_key}", self.frame)
        app.router.add_get("/console", self.to_console)
        app.router.add_get("/console/assets/{name}", self.console_asset)
        app.router.add_get("/console/{path:.*}", self.console)
        if self._site is not None:
            app.router.add_get("/site/{path:.+}", self.site_file)

    async def front(self, request: web.Request) -> web.StreamResponse:
        """The demo's shop; elsewhere the console."""
        if self._site is None:
            return await self.to_console(request)
        # the shop is what a customer's own site would be: it takes the desk's loader and frame, nothing else
        policy = content_policy(ancestors=(), frames="'self'")
        return self._site.page.respond(request, page_headers(policy))

    async def site_file(self, request: web.Request) -> web.StreamResponse:
        assert self._site is not None
        return _sent(request, self._site.find(request.match_info["path"]), {"Cache-Control": "public, max-age=300"})

    async def icon(self, request: web.Request) -> web.StreamResponse:
        """Pages name their own icon; who asks here without having read one gets none."""
        return web.Response(status=204, headers={"Cache-Control": "public, max-age=86400"})

    async def loader(self, request: web.Request) -> web.StreamResponse:
        return _sent(request, self._widget.find(LOADER), LOADER_HEADERS)

    async def widget_asset(self, request: web.Request) -> web.StreamResponse:
        return _sent(request, self._widget.find(f"frame/assets/{request.match_info['name']}"), FOREVER)

    async def frame(self, request: web.Request) -> web.StreamResponse:
        """The widget's page, for the sites of its inbox; for any site where none is named."""
        inbox = self._places.by_key(request.match_info["public_key"])
        if inbox is None or inbox.channel != "web":
            return _nothing("There is no such inbox.")
        # a logo lies where the admin keeps it: on the company's own site, say
        images = await self._pictures(self._places.place(inbox.id))
        policy = content_policy(ancestors=inbox.rules.sites or ("*",), images=images)
        return _sent(request, self._widget.find(f"frame/{PAGE}"), page_headers(policy) | FRAME_HEADERS)

    async def _pictures(self, place: Place) -> list[str]:
        """The addresses of pictures that the widget shows from elsewhere."""
        try:
            logo_url = (await self._store.read(look_of, place)).logo_url
        except StoreError:
            # the page is worth more than the logo in it
            return []
        return [logo_url] if logo_url is not None else []

    async def to_console(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/console/", "Cache-Control": "no-cache"})

    async def console(self, request: web.Request) -> web.StreamResponse:
        """One page for every address under /console/: the page itself knows which screen that is."""
        # the look's preview holds the widget's frame
        policy = content_policy(ancestors=(), frames="'self'")
        return _sent(request, self._console.find(PAGE), page_headers(policy))

    async def console_asset(self, request: web.Request) -> web.StreamResponse:
        return _sent(request, self._console.find(f"assets/{request.match_info['name']}"), FOREVER)


def _sent(request: web.Request, found: Asset | None, headers: dict[str, str]) -> web.StreamResponse:
    return found.respond(request, headers) if found is not None else _nothing("There is nothing at this address.")


def _nothing(told: str) -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(status=404, text=told, headers=headers)
