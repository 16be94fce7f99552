"""How long a page's frames take while a story has much to draw: measured here, judged by `python -m bench frames`.

Machines are busy, and a frame waits for whatever else runs: no test fails for the time that something took.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FIGURES = "FRAMES"
"""The variable that names a file, to which the longest frames are written as lines of JSON."""

_WATCH = """() => {
  window.longest = 0;
  let last = performance.now();
  const look = (now) => {
    window.longest = Math.max(window.longest, now - last);
    last = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(look); });
}"""


async def watch(frame: Any) -> None:
    """Note how long each frame of a page (or of a frame in it) takes, from now on."""
    await frame.evaluate(_WATCH)


async def begin(frame: Any) -> None:
    """Forget what was noted."""
    await frame.evaluate("window.longest = 0")


async def longest_ms(frame: Any) -> float:
    """The longest since `watch` or `begin`."""
    return float(await frame.evaluate("window.longest"))


def note(what: str, found_ms: list[float]) -> None:
    """Tell the longest frame of each round of something."""
    if FIGURES in os.environ:
        with Path(os.environ[FIGURES]).open("a") as file:
            file.write(json.dumps({"what": what, "longest_ms": [round(one, 1) for one in found_ms]}) + "\n")
