"""The HTTP API: `mount(app, desk)` puts every route of the register on an application."""

from server.http.desk import HttpDesk
from server.http.mounting import ROUTES, mount

__all__ = ["ROUTES", "HttpDesk", "mount"]
