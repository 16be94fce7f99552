"""How many visitors whom nobody knows may come from one address: each of them is rows for ever."""

from ipaddress import IPv6Address, ip_address

from server.auth.attempts import Attempts

WINDOW_S = 60.0


class Newcomers:
    """Counts them by IPv4 address, or by the /64 that one household or server has of IPv6.

    This machine's own addresses are not counted: there stands a proxy that nobody named, or who tries it out.
    """

    def __init__(self, limit: int) -> None:
        self._attempts = Attempts(limit, WINDOW_S)

    def wait_s(self, address: str) -> float:
        """0 while one more may come, else the seconds until one may."""
        key = _key(address)
        return self._attempts.left_s(key) if key is not None else 0.0

    def came(self, address: str) -> None:
        """Note one who is new."""
        key = _key(address)
        if key is not None and not self._attempts.left_s(key):
            self._attempts.count(key)


def _key(address: str) -> str | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if parsed.is_loopback:
        return None
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return address
