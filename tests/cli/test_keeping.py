"""Backup and restore, export, migrate, doctor, agents."""

from __future__ import annotations

import io
import os
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from conversations.store.tables import metadata
from server.cli.archive import unpack
from server.cli.export import EXPORTED, KEPT_BACK, NOT_EXPORTED
from server.cli.terminal import Failed
from server.settings import Settings
from tests.cli.shell import Shell
from tests.peers.postgres import Postgres


async def test_a_house_comes_back_whole(shell: Shell, questions: Path, tmp_path: Path) -> None:
    """What was packed while a server ran is there after restoring: people, knowledge, the live model, the key."""
    house = await shell.init()
    await shell.json("import", "intents", questions)
    await shell.json("train", "--publish")
    (shell.folder / "files" / "ab").mkdir(parents=True)
    (shell.folder / "files" / "ab" / "abcdef").write_bytes(b"an uploaded file")
    async with shell.serving("serve"):
        packed = await shell.json("backup", tmp_path / "desk.tar.gz")
    assert packed["database"] == "database.sqlite3"
    assert (tmp_path / "desk.tar.gz").stat().st_mode & 0o077 == 0
    other = Shell(tmp_path / "other")
    restored = await other.json("restore", tmp_path / "desk.tar.gz")
    assert restored["files"] == packed["files"]
    assert (await other.init())["inbox"] == house["inbox"]
    assert (other.folder / "secret_key").read_text() == (shell.folder / "secret_key").read_text()
    assert (other.folder / "files" / "ab" / "abcdef").read_bytes() == b"an uploaded file"
    assert (await other.json("doctor"))["ok"]
    asked = await other.run("understand", "-", stdin=b"where is my order\n")
    assert asked.lines[0]["model_version"] == "v1"
    occupied = await other.run("restore", tmp_path / "desk.tar.gz", "--json")
    assert (occupied.code, occupied.json["error"]["code"]) == (1, "conflict")


async def test_a_backup_is_never_overwritten(shell: Shell, tmp_path: Path) -> None:
    """A second one under the same name is refused, and leaves no draft."""
    await shell.init()
    file = tmp_path / "desk.tar.gz"
    await shell.json("backup", file)
    before = file.read_bytes()
    assert (await shell.run("backup", file)).code == 1
    assert file.read_bytes() == before
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []


def changed(source: Path, target: Path, change: Any) -> None:
    """A copy of an archive; change(name, data) gives other (name, data), or None to leave the member out."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            stream = old.extractfile(member)
            assert stream is not None
            kept = change(member.name, stream.read())
            if kept is not None:
                info = tarfile.TarInfo(kept[0])
                info.size = len(kept[1])
                new.addfile(info, io.BytesIO(kept[1]))


async def test_a_backup_that_was_tampered_with_is_refused(shell: Shell, tmp_path: Path) -> None:
    """Cut, changed, with a member missing, too many, or leading out of the folder: nothing is restored."""
    await shell.init()
    good = tmp_path / "good.tar.gz"
    await shell.json("backup", good)
    bad = tmp_path / "bad.tar.gz"
    changes = {
        "changed": lambda name, data: (name, data + b"x" if name == "database.sqlite3" else data),
        "missing": lambda name, data: None if name == "secret_key" else (name, data),
        "no manifest": lambda name, data: None if name == "manifest.json" else (name, data),
        "outside": lambda name, data: ("../outside" if name == "secret_key" else name, data),
        "absolute": lambda name, data: ("/outside" if name == "secret_key" else name, data),
        "of another kind": lambda name, data: ("etc/passwd" if name == "secret_key" else name, data),
        "newer": lambda name, data: (
            name, data.replace(b'"format": 1', b'"format": 9') if name == "manifest.json" else data
        ),
    }  # fmt: skip
    for what, change in changes.items():
        changed(good, bad, change)
        refused(bad, tmp_path / "other", what)
    bad.write_bytes(good.read_bytes()[:-200])
    refused(bad, tmp_path / "other", "cut")
    bad.write_bytes(b"not an archive")
    refused(bad, tmp_path / "other", "no archive")
    with tarfile.open(bad, "w:gz") as archive:
        link = tarfile.TarInfo("files/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    refused(bad, tmp_path / "other", "a link")
    assert not (tmp_path / "outside").exists()


def refused(file: Path, folder: Path, what: str) -> None:
    with pytest.raises(Failed) as refusal:
        unpack(Settings(data_dir=folder), file, lambda stage, done, total: None)
    assert str(refusal.value), what
    assert [path for path in folder.rglob("*") if path.is_file()] == [], what


async def test_on_postgresql_the_database_is_its_own_to_dump(postgres: Postgres, tmp_path: Path) -> None:
    """The archive holds the rest, and the command tells what to run beside, without the password."""
    async with postgres.database() as url:
        address = url.replace("postgres@", "postgres:secret@")
        shell = Shell(tmp_path / "data", {"DATABASE_URL": address})
        await shell.init()
        packed = await shell.json("backup", tmp_path / "desk.tar.gz")
        assert (await shell.json("doctor"))["ok"]
        assert (await shell.json("export", tmp_path / "out.jsonl"))["rows"]["agents"] == 1
    assert packed["database"] is None
    assert "pg_dump" in packed["also_run"]
    assert "secret" not in packed["also_run"]


def test_every_table_is_exported_or_kept_for_a_reason() -> None:
    """A new table has to be thought about; what opens doors is named by columns that exist."""
    assert {table.name for table in EXPORTED} | NOT_EXPORTED.keys() == set(metadata.tables)
    for table, columns in KEPT_BACK.items():
        assert columns <= set(metadata.tables[table].c.keys())


async def test_an_export_holds_no_secrets(shell: Shell, questions: Path, tmp_path: Path) -> None:
    """Every row is a JSON line, and neither password hashes nor keys are among them."""
    await shell.init()
    await shell.json("import", "intents", questions)
    counts = (await shell.json("export", tmp_path / "out.jsonl"))["rows"]
    rows = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert len(rows) == sum(counts.values())
    assert counts["examples"] == 12
    text = (tmp_path / "out.jsonl").read_text()
    assert "argon2" not in text
    assert "password_hash" not in text
    assert '"secrets"' not in text
    streamed = await shell.run("export", "-")
    assert len(streamed.lines) == len(rows)


async def test_doctor_says_what_to_mend(shell: Shell, questions: Path) -> None:
    """Each thing that is wrong is named with its remedy, and ends the command with 1."""
    nothing = await shell.run("doctor", "--json")
    assert (nothing.code, nothing.json["ok"]) == (1, False)
    await shell.init()
    assert (await shell.json("doctor"))["ok"]
    await shell.json("import", "intents", questions)
    await shell.json("train", "--publish")
    (weights,) = shell.folder.glob("models/*/weights.bin")
    weights.write_bytes(b"damaged")
    ill = await shell.run("doctor", "--json")
    assert ill.code == 1
    wrong = {one["name"]: one["remedy"] for one in ill.json["checks"] if not one["ok"]}
    assert list(wrong) == ["models"]
    assert "train" in wrong["models"]


async def test_a_newer_database_is_left_alone(shell: Shell) -> None:
    """An older Frontdesk refuses a database that a newer one has migrated."""
    await shell.init()
    assert (await shell.json("migrate"))["before"] is not None
    with closing(sqlite3.connect(shell.folder / "frontdesk.sqlite3")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (["migrate"], ["agents", "list"], ["serve"]):
        done = await shell.run(*arguments, "--json")
        assert (done.code, done.json["error"]["code"]) == (1, "unavailable"), arguments
        assert "9999" in done.json["error"]["message"]


async def test_agents_are_added_changed_and_removed(shell: Shell) -> None:
    """Addresses are unique, roles are those there are, and the last admin stays."""
    await shell.init()
    added = await shell.json("agents", "add", "Sam@example.com", "--name", "Sam", "--password", "long enough")
    assert (added["agent"]["email"], added["agent"]["role"]) == ("sam@example.com", "agent")
    twice = await shell.run("agents", "add", "sam@example.com", "--password", "long enough", "--json")
    assert (twice.code, twice.json["error"]["code"]) == (1, "conflict")
    changed_ = await shell.json("agents", "change", "sam@example.com", "--role", "supervisor", "--seats", "2")
    assert (changed_["agent"]["role"], changed_["agent"]["seats"]) == ("supervisor", 2)
    await shell.json("agents", "remove", "sam@example.com")
    assert [one["email"] for one in (await shell.json("agents", "list"))["agents"]] == ["ada@example.com"]
    last = await shell.run("agents", "remove", "ada@example.com", "--json")
    assert (last.code, last.json["error"]["code"]) == (1, "conflict")
    team = await shell.run("agents", "add", "x@example.com", "--password", "long enough", "--team", "None", "--json")
    assert (team.code, team.json["error"]["code"]) == (1, "not_found")
    weak = await shell.run("agents", "add", "x@example.com", "--password", "short", "--json")
    assert (weak.code, weak.json["error"]["field"]) == (1, "password")
