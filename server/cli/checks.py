"""What may be wrong with a house, and what to do about it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from conversations.store import Store, StoreError, Tx, open_store
from conversations.store.migrate import newest_revision
from intents.live import Recognizers
from server.founding import founded
from server.settings import BadSettings, Settings, secret_key

DISK_LEAST_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. remedy: what to do when it is not well."""

    name: str
    ok: bool
    told: str
    remedy: str | None = None


async def check_house(settings: Settings) -> list[Check]:
    """Every check, in an order in which the first that fails explains the next."""
    checks = [_folder(settings), _key(settings), _disk(settings)]
    file = settings.sqlite_file
    if file is not None and not file.exists():
        return [*checks, Check("database", False, f"There is none at {file}.", "Run: frontdesk init")]
    try:
        store = await open_store(settings.database, migrate=False)
    except (OSError, StoreError, TimeoutError, ValueError) as error:
        told = f"It cannot be opened: {str(error) or type(error).__name__}."
        return [*checks, Check("database", False, told, "Look at FRONTDESK_DATABASE_URL, and whether it runs.")]
    try:
        for look in (_database, _migrations, _founded):
            check = await look(store)
            checks.append(check)
            if not check.ok:
                return checks
        checks.append(await _models(store, settings))
    finally:
        await store.close()
    return checks


def _folder(settings: Settings) -> Check:
    folder = settings.data_dir
    if not folder.is_dir():
        return Check("data folder", False, f"{folder} is not there.", "Run: frontdesk init")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check("data folder", False, f"{folder} cannot be written.", "Give it to the account that serves.")
    return Check("data folder", True, str(folder))


def _key(settings: Settings) -> Check:
    if settings.secret_key is None and not settings.data_dir.is_dir():
        return Check("secret key", False, "There is none yet.", "Run: frontdesk init")
    try:
        secret_key(settings)
    except (BadSettings, OSError) as error:
        return Check("secret key", False, str(error), "See the remedy in the message.")
    return Check("secret key", True, "set" if settings.secret_key is not None else "kept in the data folder")


def _disk(settings: Settings) -> Check:
    folder = settings.data_dir if settings.data_dir.is_dir() else Path.cwd()
    free = shutil.disk_usage(folder).free
    told = f"{free / 1e9:.1f} GB free"
    return Check("disk", free >= DISK_LEAST_BYTES, told, "Free some: a full disk stops every write.")


async def _database(store: Store) -> Check:
    def look(tx: Tx) -> str:
        check = "PRAGMA quick_check(1)" if tx.engine == "sqlite" else "SHOW server_version"
        row = tx.one(text(check))
        return str(row[0]) if row is not None else "nothing"

    try:
        told = await store.read(look)
    except StoreError as error:
        if store.engine == "sqlite":
            return Check("database", True, f"SQLite; too large to look through at once ({error})")
        return Check("database", False, str(error), "Look whether PostgreSQL is well.")
    if store.engine == "sqlite":
        return Check("database", told == "ok", f"SQLite, {told}", "Restore the newest backup: frontdesk restore")
    return Check("database", True, f"PostgreSQL {told}")


async def _migrations(store: Store) -> Check:
    def look(tx: Tx) -> str | None:
        row = tx.one(text("SELECT version_num FROM alembic_version"))
        return str(row[0]) if row is not None else None

    try:
        found = await store.read(look)
    except Exception:
        # no such table: each driver says so in its own way
        found = None
    newest = newest_revision()
    remedy = "Run: frontdesk migrate; or start a newer Frontdesk, if the database is newer than this one."
    return Check("migrations", found == newest, f"at {found}, this Frontdesk is at {newest}", remedy)


async def _founded(store: Store) -> Check:
    house = await store.read(founded)
    if house is None:
        return Check("workspace", False, "There is none.", "Run: frontdesk init")
    return Check("workspace", True, f"begun by {house.admin_email}")


async def _models(store: Store, settings: Settings) -> Check:
    recognizers = Recognizers(store, settings.models_dir)
    try:
        await recognizers.load()
        trouble = recognizers.trouble()
    finally:
        await recognizers.close()
    if trouble:
        return Check("models", False, " ".join(trouble.values()), "Run: frontdesk train --publish")
    return Check("models", True, "every published one can be read")
