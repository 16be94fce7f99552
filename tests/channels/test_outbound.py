"""Which addresses may be called: the public ones, and those that the operator opened."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from channels.outbound import Caller, Network, NotAllowed, Unreachable, is_allowed
from tests.channels.house import LOOPBACK, FarEnd, far_end

INSIDE = [ip_network("10.20.0.0/16"), ip_network("fd00:20::/32")]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2001:0:4136:e378:8000:63bf:5601:5601",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    """Loopback, private, link-local, shared, reserved and multicast addresses, also in IPv6 clothes."""
    assert not is_allowed(address, ())


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07::1", "64:ff9b::808:808"])
def test_public_addresses_are_allowed(address: str) -> None:
    """An address that the world can reach may be called."""
    assert is_allowed(address, ())


def test_only_the_networks_that_were_opened_are_open() -> None:
    """Opening a network opens that one, also by its mapped address; the cloud's metadata stays closed."""
    assert is_allowed("10.20.3.4", INSIDE)
    assert is_allowed("::ffff:10.20.3.4", INSIDE)
    assert is_allowed("fd00:20::7", INSIDE)
    assert not is_allowed("10.21.0.1", INSIDE)
    assert not is_allowed("169.254.169.254", INSIDE)


# calling -------------------------------------------------------------------------------------


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "far.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@asynccontextmanager
async def calling(*, inside: Sequence[Network] = ()) -> AsyncIterator[Caller]:
    caller = Caller(inside=inside, timeout_s=5)
    try:
        yield caller
    finally:
        await caller.close()


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(self_signed: ssl.SSLContext) -> None:
    """Where TLS cannot prove who answers nothing is sent, and it may be mended: try again."""
    async with far_end(ssl_context=self_signed) as far, calling(inside=LOOPBACK) as caller:
        with pytest.raises(Unreachable, match="certificate"):
            await caller.post(far.url.replace("http:", "https:"), b"{}", {})
        assert far.calls == []


async def test_a_far_end_that_speaks_no_tls_is_unreachable(far: FarEnd) -> None:
    """Plain HTTP behind an https address is a failed call."""
    async with calling(inside=LOOPBACK) as caller:
        with pytest.raises(Unreachable):
            await caller.post(far.url.replace("http:", "https:"), b"{}", {})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "2130706433", "0x7f.1"])
async def test_no_name_for_this_machine_is_a_way_in(host: str, far: FarEnd) -> None:
    """Whatever a name or number resolves to, the socket is not made for an address that is not public."""
    async with calling() as caller:
        with pytest.raises(NotAllowed):
            await caller.post(f"https://{host}:{far.port}/", b"{}", {})
    assert far.calls == []


async def test_without_tls_only_opened_networks_are_called(far: FarEnd) -> None:
    """Plain HTTP is for networks of the operator's own: never to a public address, never without leave."""
    async with calling() as caller:
        with pytest.raises(NotAllowed, match="https"):
            await caller.post(far.url, b"{}", {})
    async with calling(inside=LOOPBACK) as caller:
        with pytest.raises(NotAllowed, match="not https"):
            await caller.post("http://192.0.2.1/", b"{}", {})
        with pytest.raises(NotAllowed, match="not https"):
            await caller.post("http://8.8.8.8/", b"{}", {})


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example/", "https:///x", "https://a.example:99999/", "https://[::1", "//a"]
)
async def test_what_is_no_address_is_said_to_be_none(url: str) -> None:
    """An address that cannot be one is refused with the remedy, whatever is wrong with it."""
    async with calling() as caller:
        with pytest.raises(NotAllowed, match="https://"):
            await caller.post(url, b"{}", {})
