"""What browsers load: the widget's loader and frame, the console, and the demo's site."""

from server.pages.assets import Assets
from server.pages.pages import Pages
from server.pages.site import Site

__all__ = ["Assets", "Pages", "Site"]
