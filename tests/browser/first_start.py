"""A desk that nobody has set up: started on an empty folder as its operator does, with what the first start prints."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.desks import ROOT, built
from tests.peers.postgres import free_port
from tests.rig.house import end_with_parent

READY_S = 60.0
END_S = 20.0


class NotStarted(Exception):
    """The server did not become ready; the message carries the end of its log."""


@dataclass(frozen=True, slots=True)
class FirstStart:
    """link: what makes the first admin, once."""

    url: str
    link: str


@asynccontextmanager
async def opened_first_start(folder: Path) -> AsyncIterator[FirstStart]:
    """`frontdesk serve` on an empty data folder. Raises NotStarted."""
    log = folder / "serve.log"
    environment = {
        "PATH": os.environ["PATH"],
        "FRONTDESK_DATA_DIR": str(folder / "data"),
        "FRONTDESK_PORT": str(free_port()),
        # the site of the story is on this machine; on the internet nobody needs this
        "FRONTDESK_WEBHOOK_NETWORKS": "127.0.0.0/8,::1/128",
        "FRONTDESK_LOG_LEVEL": "warning",
    }
    with built(), log.open("wb") as told:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from server.cli import main; main()",
            "serve",
            "--json",
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=told,
            preexec_fn=end_with_parent,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(READY_S):
                first = await process.stdout.readline()
        except TimeoutError:
            first = b""
    try:
        if not first:
            raise NotStarted(log.read_text(errors="replace")[-4000:])
        said = json.loads(first)
        yield FirstStart(said["address"], said["setup"])
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(END_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
