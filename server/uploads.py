"""Files on their way in, those that nobody has sent yet, and who may see those that were."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from sqlalchemy import and_, bindparam, delete, func, select

from conversations.attachments import Attachment
from conversations.errors import RateLimited, Unavailable
from conversations.store import Statement, Store, Tx
from conversations.store.tables import attachments, conversations, messages
from server.files import Files

UNSENT_LIFE_MS = 24 * 3_600_000
UNSENT_LIMIT = 20
FOLDER = "sent"
"""Where attachments lie, below the folder of files: what is in it and in no row was left behind."""

UPLOADS_LIMIT = 64
UPLOADS_PER_ADDRESS = 24
UPLOADS_PER_CALLER = 5
LOOKED_INTO_AT_ONCE = 4
STALL_S = 20.0
LEFT_BEHIND_S = 3_600.0
_AT_ONCE = 200
_PREFIXES = tuple(f"{number:02x}" for number in range(256))
_PREFIXES_AT_ONCE = 16

COUNT_UNSENT = Statement(
    select(func.count()).where(
        attachments.c.uploader == bindparam("uploader"),
        attachments.c.message_id.is_(None),
        attachments.c.created_at > bindparam("since"),
    )
)
SHOWN = Statement(
    select(attachments.c.id)
    .join(messages, messages.c.id == attachments.c.message_id)
    .join(conversations, conversations.c.id == attachments.c.conversation_id)
    .where(
        attachments.c.id == bindparam("id"),
        conversations.c.identity_id == bindparam("identity_id"),
        messages.c.seq.is_not(None),
        messages.c.erased_at.is_(None),
    )
)
_UNSENT = and_(attachments.c.message_id.is_(None), attachments.c.created_at < bindparam("before"))
OLD = Statement(
    select(attachments.c.id, attachments.c.path)
    .where(_UNSENT)
    .order_by(attachments.c.created_at)
    .limit(bindparam("limit"))
)
DROP = Statement(delete(attachments).where(attachments.c.id == bindparam("id"), _UNSENT).returning(attachments.c.path))


PATHS = select(attachments.c.path).where(attachments.c.path.in_(bindparam("paths", expanding=True)))


class Uploads:
    """The uploads of this process at this moment: a bounded number, so that their memory and disk are, too."""

    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()
        self._by_caller: Counter[str] = Counter()
        self.looking = asyncio.Semaphore(LOOKED_INTO_AT_ONCE)

    @property
    def under_way(self) -> int:
        return self._by_caller.total()

    def of(self, caller_id: str) -> int:
        """How many files somebody is uploading."""
        return self._by_caller[caller_id]

    @contextmanager
    def one_more(self, address: str, caller_id: str) -> Iterator[None]:
        """For as long as one upload takes. Raises RateLimited, Unavailable when there are too many at once."""
        if self._by_caller[caller_id] >= UPLOADS_PER_CALLER or self._by_address[address] >= UPLOADS_PER_ADDRESS:
            raise RateLimited("Too many files at once. Send them one after another.", retry_after_s=5)
        if self.under_way >= UPLOADS_LIMIT:
            raise Unavailable("Too many people send files right now. Try again in a moment.", retry_after_s=5)
        counted = ((self._by_address, address), (self._by_caller, caller_id))
        for counter, key in counted:
            counter[key] += 1
        try:
            yield
        finally:
            for counter, key in counted:
                counter[key] -= 1
                if not counter[key]:
                    del counter[key]


async def moving(chunks: AsyncIterator[bytes], limit_s: float, *, stall_s: float = STALL_S) -> AsyncIterator[bytes]:
    """The chunks, for as long as they come. Raises Unavailable after stall_s of nothing, and after limit_s in all."""
    late = Unavailable("The file came too slowly. Try again on a better connection.", retry_after_s=1)
    ends = time.monotonic() + limit_s
    while True:
        try:
            async with asyncio.timeout(min(stall_s, max(0.0, ends - time.monotonic()))):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise late from None
        if chunk is None:
            return
        yield chunk


def count_unsent(tx: Tx, uploader: str) -> int:
    """How many files somebody has uploaded in the last day and not sent."""
    row = tx.one(COUNT_UNSENT, {"uploader": uploader, "since": tx.now - UNSENT_LIFE_MS})
    return int(row[0]) if row is not None else 0


def shown_to_visitor(tx: Tx, attachment: Attachment, identity_id: str) -> bool:
    """Whether a sent file is in a conversation of this visitor's, in a message that visitors see."""
    return tx.one(SHOWN, {"id": attachment.id, "identity_id": identity_id}) is not None


async def forget_unsent(store: Store, files: Files) -> int:
    """Remove what was uploaded and not sent for a day; how many. For a job, some hundred at a time."""
    paths = await store.write(_drop_old)
    for path in paths:
        await files.remove(path)
    return len(paths)


class LeftBehind:
    """Finds files that a process left behind that ended between writing them and their row."""

    def __init__(self, store: Store, files: Files) -> None:
        self._store = store
        self._files = files
        self._prefixes = itertools.cycle(_PREFIXES)

    async def sweep(self, prefixes: int = _PREFIXES_AT_ONCE) -> int:
        """Look through some of the folders, from where it ended; how many files were removed."""
        removed = 0
        for prefix in itertools.islice(self._prefixes, prefixes):
            before_s = self._store.now() / 1000 - LEFT_BEHIND_S
            found = await asyncio.to_thread(self._files.older_than, FOLDER, prefix, before_s)
            for start in range(0, len(found), _AT_ONCE):
                paths = found[start : start + _AT_ONCE]
                for path in set(paths) - await self._store.read(_known, paths):
                    await self._files.remove(path)
                    removed += 1
        return removed


def _known(tx: Tx, paths: list[str]) -> set[str]:
    return {row[0] for row in tx.all(PATHS, {"paths": paths})}


def _drop_old(tx: Tx) -> list[str]:
    before = tx.now - UNSENT_LIFE_MS
    dropped = []
    for attachment_id, _ in tx.all(OLD, {"before": before, "limit": _AT_ONCE}):
        row = tx.one(DROP, {"id": attachment_id, "before": before})
        if row is not None:
            dropped.append(row[0])
    return dropped
