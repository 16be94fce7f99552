"""Files in the widget: picked, pasted, dropped; shown on their way, taken back, refused with a reason, opened."""

from __future__ import annotations

import asyncio
import re
import struct
import zlib
from pathlib import Path

from playwright.async_api import Route, expect

from tests.browser.at_widget import at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site

TRANSFER = """([name, type, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
  return transfer;
}"""


def png(width: int = 40, height: int = 30) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\x2f\x5b\xea" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def test_files_are_picked_pasted_dropped_and_sent(
    desk: BrowserDesk, site: Site, open_window: OpenWindow, tmp_path: Path
) -> None:
    """A text is picked, a picture pasted, another dropped; one is taken back; the rest goes with the message, the
    picture shown in place, and is still there after a reload."""
    ana = await at_widget(desk, site, open_window)
    page = ana.window.page
    note = tmp_path / "invoice.txt"
    note.write_text("Two lamps, 80.00")
    async with page.expect_file_chooser() as choosing:
        await ana.button("Attach a file").click()
    await (await choosing.value).set_files(note)
    await expect(ana.button("Remove invoice.txt")).to_be_visible()

    frame = page.frames[-1]
    for name, event in (("pasted.png", "paste"), ("dropped.png", "drop")):
        transfer = await frame.evaluate_handle(TRANSFER, [name, "image/png", list(png())])
        target = await frame.query_selector("textarea")
        await frame.evaluate(
            """([event, transfer, target]) => target.dispatchEvent(event === "paste"
              ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
              : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }))""",
            [event, transfer, target],
        )
        await expect(ana.button(f"Remove {name}")).to_be_visible()
    await expect(ana.field).to_be_focused()
    await ana.window.look("widget_uploads")
    await ana.window.is_accessible()
    await ana.button("Remove dropped.png").click()
    await ana.says("Here is the invoice")
    await expect(ana.frame.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)
    await expect(ana.button("Open invoice.txt")).to_be_visible()
    picture = ana.button("Open pasted.png").locator("img")
    await expect(picture).to_have_js_property("naturalWidth", 40)
    await ana.is_well()
    await ana.window.look("widget_files")
    await ana.window.is_accessible()
    await page.reload()
    await ana.window.opens_widget()
    await expect(ana.button("Open pasted.png").locator("img")).to_have_js_property("naturalWidth", 40)


async def test_a_file_that_will_not_go_says_why(
    desk: BrowserDesk, site: Site, open_window: OpenWindow, tmp_path: Path
) -> None:
    """Too large, empty, a program by another name: each says so and what to do; the message can go without them."""
    ana = await at_widget(desk, site, open_window)
    ana.window.forgive(r"Failed to load resource: the server responded with a status of 4\d\d")
    large, empty, program = tmp_path / "film.txt", tmp_path / "empty.txt", tmp_path / "invoice.pdf"
    with large.open("wb") as file:
        file.truncate(25_000_001)
    empty.write_bytes(b"")
    program.write_bytes(b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200) + b"PE\x00\x00" + bytes(400))
    async with ana.window.page.expect_file_chooser() as choosing:
        await ana.button("Attach a file").click()
    await (await choosing.value).set_files([large, empty, program])
    await expect(ana.frame.get_by_text("film.txt is larger than 25 MB. Choose a smaller file.").first).to_be_visible()
    await expect(ana.frame.get_by_text("empty.txt is empty. Choose another file.").first).to_be_visible()
    await expect(ana.frame.get_by_text("invoice.pdf cannot be sent.").first).to_be_visible()
    await ana.window.look("widget_files_refused")
    await ana.window.is_accessible()
    await ana.says("It is only text")
    await ana.is_well()


async def test_an_upload_can_be_cancelled(
    desk: BrowserDesk, site: Site, open_window: OpenWindow, tmp_path: Path
) -> None:
    """While a file is on its way it shows how far, nothing is sent before it is there, and it can be cancelled."""
    window = await open_window()

    ended = asyncio.Event()

    async def never(route: Route) -> None:
        """The desk does not answer."""
        await ended.wait()
        await route.abort()

    await window.context.route(re.compile("/api/v1/attachments$"), never)
    ana = await at_widget(desk, site, open_window, into=window)
    note = tmp_path / "slow.txt"
    note.write_text("slowly")
    async with window.page.expect_file_chooser() as choosing:
        await ana.button("Attach a file").click()
    await (await choosing.value).set_files(note)
    await expect(ana.frame.get_by_role("progressbar", name=re.compile("slow.txt"))).to_be_visible()
    await ana.field.fill("with this file")
    await expect(ana.button("Send")).to_have_attribute("aria-disabled", "true")
    await ana.field.press("Enter")
    await expect(ana.field).to_have_value("with this file")
    await ana.button("Cancel the upload of slow.txt").click()
    await expect(ana.frame.get_by_role("progressbar")).to_have_count(0)
    await ana.field.press("Enter")
    await ana.hears("with this file")
    ended.set()
