"""A house in one file: its database, files and models, with a manifest that says what has to be there."""

import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.cli.terminal import Advance, Failed
from server.settings import SECRET_FILE, Settings

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.sqlite3"
MANIFEST_LIMIT_BYTES = 64 * 1024 * 1024
_COPY_BYTES = 1 << 20


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """files: by their path in the archive. database: its name in it; None where it is a server's, dumped apart."""

    model_config = ConfigDict(frozen=True)

    format: int
    frontdesk: str
    made_at: str
    database: str | None
    files: dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Packed:
    path: Path
    manifest: Manifest
    size_bytes: int


def pack(settings: Settings, target: Path, advance: Advance) -> Packed:
    """Write a backup beside a running server; whole, or not at all. Raises Failed, OSError."""
    if target.exists():
        raise Failed(f"{target} is there already. Name another file.", code="conflict", field="file")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.partial")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".frontdesk-backup-") as folder:
        parts = list(_parts(settings, Path(folder)))
        total = sum(path.stat().st_size for _, path in parts)
        try:
            manifest = _write(draft, parts, settings.sqlite_file is not None, advance, total)
            os.link(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    return Packed(target, manifest, target.stat().st_size)


def unpack(settings: Settings, source: Path, advance: Advance) -> Manifest:
    """Bring a backup back into a data folder that holds no house yet. Raises Failed, OSError."""
    file = settings.sqlite_file
    for taken in (file, settings.files_dir, settings.models_dir, settings.data_dir / SECRET_FILE):
        if taken is not None and taken.exists():
            raise Failed(f"{taken} is there already. Restore into an empty data folder.", code="conflict")
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".restore-") as folder:
        manifest = _extract(source, Path(folder), advance)
        if manifest.database is not None and file is None:
            raise Failed("This backup holds a SQLite database, and FRONTDESK_DATABASE_URL names PostgreSQL.")
        _move(Path(folder), settings, manifest)
    return manifest


# --------------------------------------------------------------------------------------------


def _parts(settings: Settings, folder: Path) -> Iterator[tuple[str, Path]]:
    """The database first: a file it names is there, or was removed since."""
    if settings.sqlite_file is not None:
        copy = folder / DATABASE
        _copy_database(settings.sqlite_file, copy)
        yield DATABASE, copy
    secret = settings.data_dir / SECRET_FILE
    if secret.exists():
        yield SECRET_FILE, secret
    for name, root in (("files", settings.files_dir), ("models", settings.models_dir)):
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if path.is_file() and not any(part.startswith(".") for part in inside.parts):
                yield f"{name}/{inside.as_posix()}", path


def _copy_database(source: Path, target: Path) -> None:
    if not source.exists():
        raise Failed(f"There is no database at {source}.", code="not_found")
    # one read transaction: what a running server commits meanwhile is not in it, and nothing of it is torn
    with closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=30)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def _write(draft: Path, parts: list[tuple[str, Path]], with_database: bool, advance: Advance, total: int) -> Manifest:
    entries: dict[str, Entry] = {}
    done = 0
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as archive:
            for name, path in parts:
                entry = _add(archive, name, path)
                if entry is not None:
                    entries[name] = entry
                    done += entry.size_bytes
                    advance("packing", done, total)
            manifest = Manifest(
                format=FORMAT,
                frontdesk=version("frontdesk"),
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                database=DATABASE if with_database else None,
                files=entries,
            )
            _add_bytes(archive, MANIFEST, manifest.model_dump_json(indent=1).encode())
        raw.flush()
        os.fsync(raw.fileno())
    return manifest


def _add(archive: tarfile.TarFile, name: str, path: Path) -> Entry | None:
    """None for a file that was removed in the meantime."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        size = os.fstat(file.fileno()).st_size
        digest = sha256()
        info = _info(name, size)
        archive.addfile(info, _Counting(file, digest))
    return Entry(size_bytes=size, sha256=digest.hexdigest())


class _Counting:
    """A file that is hashed while it is read."""

    def __init__(self, file: Any, digest: Any) -> None:
        self._file = file
        self._digest = digest

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(size)
        self._digest.update(data)
        return data


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    archive.addfile(_info(name, len(data)), BytesIO(data))


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info


def _extract(source: Path, folder: Path, advance: Advance) -> Manifest:
    """Everything of the archive in a folder, each file as the manifest has it."""
    found: dict[str, Entry] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(source, "r:gz") as archive:
            for number, member in enumerate(archive, 1):
                if not member.isfile():
                    raise Failed(f"The backup holds something that is no file: {member.name[:100]!r}.")
                stream = archive.extractfile(member)
                assert stream is not None
                if member.name == MANIFEST:
                    manifest = Manifest.model_validate(json.loads(stream.read(MANIFEST_LIMIT_BYTES)))
                    continue
                found[member.name] = _put(stream, folder / _inside(member.name))
                advance("unpacking", number, 0)
    except (tarfile.TarError, EOFError, OSError, ValidationError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Failed(f"{source} is not a whole backup of Frontdesk: {error}") from None
    if manifest is None:
        raise Failed(f"{source} has no manifest: it is not a whole backup of Frontdesk.")
    if manifest.format != FORMAT:
        raise Failed(f"The backup has format {manifest.format}; this Frontdesk reads {FORMAT}.", code="unsupported")
    wrong = sorted(name for name in found.keys() | manifest.files.keys() if found.get(name) != manifest.files.get(name))
    if wrong:
        raise Failed(f"The backup is damaged: {wrong[0]!r} is not as its manifest says.")
    return manifest


def _inside(name: str) -> Path:
    """Where a member goes. Raises Failed for a name that leads out of the folder, or that we never write."""
    path = PurePosixPath(name)
    known = name in (DATABASE, SECRET_FILE) or (len(path.parts) > 1 and path.parts[0] in ("files", "models"))
    if path.is_absolute() or ".." in path.parts or "\\" in name or not known:
        raise Failed(f"The backup holds a file that is none of ours: {name[:100]!r}.")
    return Path(*path.parts)


def _put(stream: Any, target: Path) -> Entry:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = sha256(), 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := stream.read(_COPY_BYTES):
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Entry(size_bytes=size, sha256=digest.hexdigest())


def _move(folder: Path, settings: Settings, manifest: Manifest) -> None:
    """Into place; the database last, so that a house is there whole or not at all."""
    for name, target in (
        (SECRET_FILE, settings.data_dir / SECRET_FILE),
        ("files", settings.files_dir),
        ("models", settings.models_dir),
    ):
        if (folder / name).exists():
            shutil.move(folder / name, target)
    if manifest.database is not None:
        assert settings.sqlite_file is not None
        settings.sqlite_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(folder / manifest.database, settings.sqlite_file)
