"""The pictures of the documents, made anew from the demo: python -m tests.browser.pictures [FOLDER]"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, expect

from tests.browser.windows import Window, chromium, opened_window
from tests.cli.shell import Shell

FOLDER = Path(__file__).parents[2] / "docs" / "images"


async def enters(window: Window, address: str, who: Any) -> None:
    """Log in to the console."""
    page = window.page
    await page.goto(f"{address}/console/")
    await page.get_by_label("E-mail").fill(who["email"])
    await page.get_by_label("Password", exact=True).fill(who["password"])
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("region", name="Lists")).to_be_visible()


async def says(frame: Any, text: str) -> None:
    field = frame.locator("textarea")
    await field.fill(text)
    await field.press("Enter")
    await expect(frame.get_by_role("log").get_by_text(text, exact=True)).to_be_visible()


async def pictures(browser: Browser, told: Any, folder: Path) -> None:
    """The shop with an answer, a phone at night in line, an agent's desk, an admin's figures."""
    address = told["address"]
    people = {one["email"].partition("@")[0]: one for one in told["log_ins"]}

    async def keep(window: Window, name: str) -> None:
        await window.page.evaluate("() => document.fonts.ready")
        await window.page.screenshot(path=folder / f"{name}.png", animations="disabled")

    calm: dict[str, Any] = {"reduced_motion": True}
    async with (
        opened_window(browser, f"{address}/", **calm) as shop,
        opened_window(browser, f"{address}/", phone=True, dark=True, **calm) as phone,
        opened_window(browser, width=1440, **calm) as desk,
        opened_window(browser, width=1440, **calm) as admin,
    ):
        frame = await shop.opens_widget()
        await says(frame, "How long does delivery take?")
        await expect(frame.get_by_text("working days").first).to_be_visible()
        await expect(frame.get_by_text("Was this helpful?")).to_be_visible()
        await keep(shop, "widget")
        await enters(desk, address, people["sam"])
        accept = desk.page.get_by_role("button", name="Accept")
        await expect(accept.first).to_be_visible()
        while await accept.count():
            await accept.first.click()
            await desk.page.wait_for_timeout(700)
        await keep(desk, "desk")
        in_line = await phone.opens_widget()
        await says(in_line, "My parcel is late. Can I talk to somebody?")
        await expect(in_line.get_by_text("Place in line")).to_be_visible()
        await keep(phone, "waiting")
        await enters(admin, address, people["maud"])
        await admin.page.goto(f"{address}/console/figures")
        await expect(admin.page.get_by_text("By day").first).to_be_visible()
        await keep(admin, "figures")


async def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        shell = Shell(Path(data))
        async with chromium() as browser, shell.serving("demo") as told:
            await pictures(browser, told, folder)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    chosen.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(chosen))
