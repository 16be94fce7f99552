"""The demo's own site: a page of a fictional shop, with the widget's snippet as a customer would put it there."""

from collections.abc import Mapping
from pathlib import Path

from server.pages.assets import Asset, Assets, asset


class Site:
    """A folder of static files; in `index.html`, `{{name}}` is replaced by the value of that name."""

    def __init__(self, folder: Path, values: Mapping[str, str]) -> None:
        self._assets = Assets(folder)
        page = (folder / "index.html").read_text(encoding="utf-8")
        for name, value in values.items():
            page = page.replace("{{" + name + "}}", value)
        self.page = asset(page.encode(), "index.html")

    def find(self, path: str) -> Asset | None:
        return self._assets.find(path)
