"""Keeping a house: back it up, bring it back, migrate it, look after it, carry its content out."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import typer
from rich.table import Table
from sqlalchemy import text

from conversations.store import Tx
from conversations.store.migrate import newest_revision
from server.cli.archive import pack, unpack
from server.cli.checks import Check, check_house
from server.cli.export import export_to
from server.cli.houses import opened, readable
from server.cli.terminal import AsJson, Terminal, fail, run, start
from server.settings import Settings

BackupFile = Annotated[Path, typer.Argument(help="A .tar.gz.")]
ExportFile = Annotated[Path, typer.Argument(help="A file for JSON lines; - is standard output.")]


def backup(file: BackupFile, as_json: AsJson = False) -> None:
    """Pack database, files and models into one file; a server may go on serving meanwhile."""
    settings, terminal = start(as_json)
    run(terminal, _backup(settings, terminal, file))


async def _backup(settings: Settings, terminal: Terminal, file: Path) -> None:
    with terminal.progress() as advance:
        packed = pack(settings, file, advance)
    document = {
        "file": str(file),
        "size_bytes": packed.size_bytes,
        "files": len(packed.manifest.files),
        "database": packed.manifest.database,
    }
    lines = [f"{file}: {len(packed.manifest.files)} files, {packed.size_bytes:,} bytes"]
    if settings.sqlite_file is None:
        command = f"pg_dump --format=custom --file=frontdesk.dump {_without_password(settings.database)}"
        document["also_run"] = command
        lines += ["It holds files and models. The database is PostgreSQL's own to dump:", f"  {command}"]
    terminal.result(document, lines)


def restore(file: BackupFile, as_json: AsJson = False) -> None:
    """Bring a backup back into an empty data folder, and migrate it."""
    settings, terminal = start(as_json)
    run(terminal, _restore(settings, terminal, file))


async def _restore(settings: Settings, terminal: Terminal, file: Path) -> None:
    with terminal.progress() as advance:
        manifest = unpack(settings, readable(file, limited=False), advance)
    document = {"files": len(manifest.files), "made_at": manifest.made_at, "database": manifest.database}
    lines = [f"restored what was packed at {manifest.made_at}: {len(manifest.files)} files"]
    if manifest.database is not None:
        async with opened(settings):
            lines.append(f"the database is at revision {newest_revision()}")
    else:
        command = f"pg_restore --dbname={_without_password(settings.database)} frontdesk.dump"
        document["also_run"] = command
        lines += ["The database is PostgreSQL's own to restore:", f"  {command}"]
    terminal.result(document, lines)


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to this Frontdesk's shape; serve does so by itself."""
    settings, terminal = start(as_json)
    before, after = run(terminal, _migrate(settings))
    told = "it was there already" if before == after else f"from {before or 'nothing'}"
    terminal.result({"before": before, "revision": after}, [f"the database is at revision {after}: {told}"])


async def _migrate(settings: Settings) -> tuple[str | None, str]:
    before = await revision_now(settings)
    async with opened(settings, must_exist=False):
        pass
    return before, newest_revision()


async def revision_now(settings: Settings) -> str | None:
    """The database's revision as it is, unmigrated; None where there is none."""
    file = settings.sqlite_file
    if file is not None and not file.exists():
        return None
    async with opened(settings, must_exist=False, migrate=False) as store:
        return await store.read(_revision)


def _revision(tx: Tx) -> str | None:
    known = (
        "SELECT to_regclass('alembic_version')"
        if tx.engine == "postgresql"
        else ("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")
    )
    row = tx.one(text(known))
    if row is None or row[0] is None:
        return None
    found = tx.one(text("SELECT version_num FROM alembic_version"))
    return str(found[0]) if found is not None else None


def doctor(as_json: AsJson = False) -> None:
    """Look at settings, folders, database, models and disk. Ends with 1 when something needs mending."""
    settings, terminal = start(as_json)
    checks = run(terminal, check_house(settings))
    table = Table("", "", "", box=None, show_header=False)
    for one in checks:
        table.add_row("well" if one.ok else "MEND", one.name, one.told if one.ok else f"{one.told} {one.remedy or ''}")
    terminal.result({"ok": all(one.ok for one in checks), "checks": [_check_shape(one) for one in checks]}, table)
    if not all(one.ok for one in checks):
        raise typer.Exit(1)


def _check_shape(check: Check) -> dict[str, object]:
    shape: dict[str, object] = {"name": check.name, "ok": check.ok, "told": check.told}
    return shape if check.ok else shape | {"remedy": check.remedy}


def export(file: ExportFile, as_json: AsJson = False) -> None:
    """Carry the content out, as JSON lines: {"table": ..., its columns}. Passwords, tokens and secrets stay."""
    settings, terminal = start(as_json)
    if str(file) == "-" and as_json:
        raise typer.BadParameter("with --json name a file: standard output can hold one of the two", param_hint="FILE")
    if str(file) != "-" and file.exists():
        fail(terminal, f"{file} is there already. Name another file.", "conflict", field="file")
    counts = run(terminal, _export(settings, terminal, file))
    if str(file) != "-":
        told = [f"{name:20} {count:,}" for name, count in counts.items()]
        terminal.result({"file": str(file), "rows": counts}, told)


async def _export(settings: Settings, terminal: Terminal, file: Path) -> dict[str, int]:
    async with opened(settings) as store:
        with terminal.progress() as advance:
            return await export_to(store, None if str(file) == "-" else file, advance)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")))
