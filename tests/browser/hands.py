"""What a person does at a page, counted: clicks, fields filled, seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Locator


@dataclass(slots=True)
class Hands:
    """Clicks and filled fields since the beginning; `part` notes how many of them a part of the way has taken."""

    clicks: int = 0
    fields: int = 0
    parts: list[tuple[str, int, int, float]] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _before: tuple[int, int, float] = (0, 0, 0.0)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    async def click(self, what: Locator) -> None:
        self.clicks += 1
        await what.click()

    async def fill(self, what: Locator, text: str) -> None:
        self.fields += 1
        await what.fill(text)

    async def choose_file(self, what: Locator, path: Path) -> None:
        """The button that opens the browser's own window, and the file in it: two clicks."""
        self.clicks += 2
        async with what.page.expect_file_chooser() as chooser:
            await what.click()
        await (await chooser.value).set_files(path)

    def part(self, name: str) -> None:
        clicks, fields, seconds = self._before
        self.parts.append((name, self.clicks - clicks, self.fields - fields, self.seconds - seconds))
        self._before = (self.clicks, self.fields, self.seconds)

    def told(self) -> str:
        """A line for each part, and their sum."""
        rows = [*self.parts, ("in all", self.clicks, self.fields, self.seconds)]
        return "\n".join(
            f"{name:28} {clicks:3} clicks {fields:3} fields {s:6.1f} s" for name, clicks, fields, s in rows
        )
