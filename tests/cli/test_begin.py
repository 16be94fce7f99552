"""Beginning a house, and commands used wrongly."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.peers.postgres import Postgres


async def test_a_house_is_begun_once(shell: Shell) -> None:
    """`init` makes a workspace, an admin, a bot and an inbox; run again it tells the same and changes nothing."""
    first = await shell.init()
    assert first["created"]
    assert first["admin"]["email"] == "ada@example.com"
    assert first["inbox"]["public_key"].startswith("pk_")
    again = await shell.json("init", "--admin-email", "Ada@Example.com", "--admin-password", "another password")
    assert again == {**first, "created": False}
    other = await shell.run("init", "--admin-email", "bob@example.com", "--admin-password", "a password", "--json")
    assert (other.code, other.json["error"]["code"]) == (1, "conflict")


async def test_what_is_secret_is_ones_own(shell: Shell) -> None:
    """The data folder and the secret key are the owner's alone; a key that others can read is refused."""
    await shell.init()
    key = shell.folder / "secret_key"
    assert stat.S_IMODE(shell.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    refused = await shell.run("init", "--admin-email", "ada@example.com", "--admin-password", "a password here")
    assert refused.code == 1
    assert "chmod 600" in refused.err


async def test_two_beginnings_at_once_are_one(postgres: Postgres, tmp_path: Path) -> None:
    """On PostgreSQL, where nothing but a lock keeps them apart, both get the same house."""
    async with postgres.database() as url:
        shell = Shell(tmp_path, {"DATABASE_URL": url})
        first, second = await asyncio.gather(shell.init(), shell.init())
    assert {first["created"], second["created"]} == {True, False}
    assert first["inbox"] == second["inbox"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["init", "--nothing"],
        ["serve", "--workers", "0"],
        ["serve", "--workers", "many"],
        ["train", "surplus"],
        ["import", "intents"],
        ["replay", "file.txt"],
        ["agents", "add", "x@example.com", "--password", "long enough", "--role", "king"],
    ],
    ids=" ".join,
)
async def test_wrong_use_ends_with_2(shell: Shell, arguments: list[str]) -> None:
    """What the command line does not know is explained on standard error, and standard output stays empty."""
    done = await shell.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"PORT": "many"}, "FRONTDESK_PORT"),
        ({"DATABASE_URL": "mysql://x"}, "FRONTDESK_DATABASE_URL"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8, nonsense"}, "FRONTDESK_TRUSTED_PROXIES"),
        ({"SECRET_KEY": "short"}, "FRONTDESK_SECRET_KEY"),
        ({"PUBLIC_URL": "desk.example"}, "FRONTDESK_PUBLIC_URL"),
        ({"LOG_FORMAT": "xml"}, "FRONTDESK_LOG_FORMAT"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_named(shell: Shell, settings: dict[str, str], named: str) -> None:
    """The command ends with 1 before it did anything, and its document says which variable."""
    shell.settings = settings
    done = await shell.run("doctor", "--json")
    assert (done.code, done.json["error"]["code"]) == (1, "invalid")
    assert named in done.json["error"]["message"]
    assert not shell.folder.exists()


async def test_commands_on_no_house_say_what_to_do(shell: Shell) -> None:
    """Nothing is made by looking for it."""
    for arguments in (["train"], ["agents", "list"], ["export", "out.jsonl"], ["backup", "out.tar.gz"]):
        done = await shell.run(*arguments, "--json")
        assert (done.code, done.json["error"]["code"]) == (1, "not_found")
        assert not (shell.folder / "frontdesk.sqlite3").exists()


async def test_every_command_explains_itself(shell: Shell) -> None:
    """`--help` lists every command of the protocol."""
    told = await shell.run("--help")
    assert told.code == 0
    for name in (
        "demo serve init import train evaluate understand parse replay agents export backup restore migrate doctor"
    ).split():
        assert f" {name} " in told.out
