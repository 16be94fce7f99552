"""A mail server of the test's own: SMTP on a real socket, with TLS and log-in where asked. It keeps what came."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

REFUSED = "refused@example.com"


@dataclass
class MailServer:
    """port: on 127.0.0.1. came: every mail that was taken, in order, read."""

    port: int = 0
    came: list[EmailMessage] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def next(self, number: int = 1) -> EmailMessage:
        """The mail of that number, counted from 1, once it came."""
        async with asyncio.timeout(10):
            while len(self.came) < number:
                self._more.clear()
                await self._more.wait()
        return self.came[number - 1]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address == REFUSED:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        read = message_from_bytes(envelope.content, policy=default)
        assert isinstance(read, EmailMessage)
        self.came.append(read)
        self._more.set()
        return "250 OK"


@asynccontextmanager
async def mail_server(
    security: Literal["tls", "starttls", "none"] = "none",
    *,
    certificate: Path | None = None,
    login: tuple[str, str] | None = None,
) -> AsyncIterator[MailServer]:
    """certificate: a PEM file of key and certificate, for TLS. login: the one user name and password that is let in."""
    kept = MailServer()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == login, handled=False)

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # it does not know that TLS from the first byte is TLS, too
            warnings.simplefilter("ignore", UserWarning)
            return made()

    def made() -> SMTP:
        return SMTP(
            kept,
            hostname="mail.example",
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=login is not None,
            auth_require_tls=security == "starttls",
            authenticator=authenticator if login is not None else None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()
        async with asyncio.timeout(5):
            await server.wait_closed()


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 with its key, as one PEM file; and a client's context that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(addresses, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "mail.pem"
    path.write_bytes(secret + shown)
    return path, ssl.create_default_context(cadata=shown.decode())
