"""What two deployments may differ in: environment variables `FRONTDESK_*`; docs/operating.md tells each."""

import contextlib
import hmac
import os
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network
LogFormat = Literal["auto", "json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]

SECRET_MIN_CHARACTERS = 32
SECRET_FILE = "secret_key"  # noqa: S105  a file's name


class BadSettings(Exception):
    """A setting that cannot be used. The message names the environment variable and the remedy."""


class Settings(BaseSettings):
    """The settings of one process, as they were when it started."""

    model_config = SettingsConfigDict(env_prefix="FRONTDESK_", frozen=True, extra="ignore", env_ignore_empty=True)

    data_dir: Path = Path("./var")
    database_url: str | None = None
    redis_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    metrics_port: int | None = Field(default=None, ge=0, le=65_535)
    public_url: str | None = None
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    webhook_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    secret_key: SecretStr | None = Field(default=None, min_length=SECRET_MIN_CHARACTERS)
    allow_polling: bool = False
    log_format: LogFormat = "auto"
    log_level: LogLevel = "info"

    @field_validator("trusted_proxies", "webhook_networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip())

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("it begins with sqlite:/// or postgresql://")
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("it begins with https:// or http://")
        return value.rstrip("/") if value is not None else None

    @property
    def database(self) -> str:
        """The address of the database: what was set, or a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'frontdesk.sqlite3'}"

    @property
    def sqlite_file(self) -> Path | None:
        """The file of an embedded database; None where the database is a server."""
        if not self.database.startswith("sqlite:///"):
            return None
        return Path(self.database.removeprefix("sqlite:///"))

    @property
    def files_dir(self) -> Path:
        """Where uploaded files are kept."""
        return self.data_dir / "files"

    @property
    def models_dir(self) -> Path:
        """Where trained model versions are kept."""
        return self.data_dir / "models"

    @property
    def address(self) -> str:
        """The address that people use: PUBLIC_URL, or where this process listens."""
        return self.public_url or self.listening_at(self.port)

    def listening_at(self, port: int) -> str:
        """Where this machine reaches the process at a port."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def load_settings(**overrides: Any) -> Settings:
    """The settings of the environment. Raises BadSettings for one that cannot be used."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        told = []
        for problem in error.errors(include_url=False, include_input=False):
            name = str(problem["loc"][0]) if problem["loc"] else "settings"
            told.append(f"FRONTDESK_{name.upper()}: {problem['msg'].removeprefix('Value error, ')}")
        raise BadSettings("; ".join(told)) from None


def secret_key(settings: Settings) -> bytes:
    """The secret that signs for this house: SECRET_KEY, or one made at first need and kept in the data folder.

    Raises BadSettings where the kept one can be read by others, or is not whole.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = settings.data_dir / SECRET_FILE
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _keep(path, secrets.token_urlsafe(48))
    if path.stat().st_mode & 0o077:
        raise BadSettings(f"{path} can be read by others. Run: chmod 600 {path}")
    kept = path.read_text().strip()
    if len(kept) < SECRET_MIN_CHARACTERS:
        raise BadSettings(f"{path} is not whole. Restore it from a backup, or remove it to have a new one made.")
    return kept.encode()


def derived_key(key: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose, so that what is signed for one is worth nothing for another."""
    return hmac.digest(key, b"frontdesk/" + purpose.encode(), "sha256")


def _keep(path: Path, text: str) -> None:
    """Write a private file whole or not at all; whoever comes first wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
