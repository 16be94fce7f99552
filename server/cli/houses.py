"""The house a command works on: its database, opened for as long as the command runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from conversations.store import Store, open_store
from server.cli.terminal import Failed
from server.founding import Founded, founded
from server.places import Bot, Places
from server.settings import Settings

TEXT_FILE_LIMIT_BYTES = 256 * 1024 * 1024


@asynccontextmanager
async def opened(settings: Settings, *, must_exist: bool = True, migrate: bool = True) -> AsyncIterator[Store]:
    """The database, migrated unless told otherwise.

    must_exist: a missing embedded one is told about, not made. Raises Failed.
    """
    file = settings.sqlite_file
    if file is not None:
        if must_exist and not file.exists():
            raise Failed(f"There is no database at {file}. Make one: frontdesk init", code="not_found")
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = await open_store(settings.database, migrate=migrate)
    try:
        yield store
    finally:
        await store.close()


async def chosen_bot(store: Store, named: str | None) -> Bot:
    """The bot of an id or a name; without one, the bot that init made. Raises Failed."""
    places = Places(store)
    await places.load()
    if named is not None:
        found = [bot for bot in places.bots() if named in (bot.id, bot.name)]
        if not found:
            names = ", ".join(bot.name for bot in places.bots()) or "none"
            raise Failed(f"There is no bot {named!r}. There is: {names}.", code="not_found", field="bot")
        return found[0]
    house: Founded | None = await store.read(founded)
    if house is None:
        raise Failed("There is no workspace yet. Make one: frontdesk init", code="not_found")
    return places.bot(house.bot_id)


def readable(path: Path, *, limited: bool = True) -> Path:
    """The path of a file that can be read. limited: and is not too large to be read whole. Raises Failed."""
    if not path.is_file():
        raise Failed(f"There is no file {path}.", code="not_found", field="file")
    if limited and path.stat().st_size > TEXT_FILE_LIMIT_BYTES:
        limit = TEXT_FILE_LIMIT_BYTES // (1 << 20)
        raise Failed(f"{path} is larger than {limit} MiB. Split it.", code="too_large", field="file")
    return path
