"""Ways in and out: what each channel can show, how what is due is sent, and one file a channel."""

from collections.abc import Mapping
from types import MappingProxyType

from channels.api import ApiChannel
from channels.base import Channel, Json, describe
from channels.outbound import Caller
from channels.web import WebChannel
from conversations.errors import NotFound


def all_channels(caller: Caller) -> Mapping[str, Channel]:
    """Every channel that is served, by name. caller: makes the calls of those that call out; its owner closes it."""
    served: tuple[Channel, ...] = (WebChannel(), ApiChannel(caller))
    return MappingProxyType({channel.name: channel for channel in served})


def channel_for(channels: Mapping[str, Channel], name: str) -> Channel:
    """Raises NotFound, naming those there are."""
    try:
        return channels[name]
    except KeyError:
        raise NotFound(
            f"There is no such channel. There are: {', '.join(sorted(channels))}.", field="channel"
        ) from None


def parse_captured(name: str, payload: bytes) -> list[Json]:
    """What a channel would make of a captured payload, in its order, without storing it; for `frontdesk parse`.

    Raises NotFound for an unknown channel, and Invalid or TooLarge as the channel would.
    """
    channel = channel_for(all_channels(Caller()), name)
    return [describe(inbound) for inbound in channel.parse(payload)]
