"""Which addresses may be called: the public ones, and those that the operator opened."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from channels.outbound import is_allowed

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
