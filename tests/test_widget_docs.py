"""docs/widget.md tells what the SDK has, and the policy that the browsers' tests hold a site to."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.sites import STRICT

ROOT = Path(__file__).parents[1]
TOLD = (ROOT / "docs" / "widget.md").read_text()
SDK = (ROOT / "web_widget" / "loader" / "sdk.ts").read_text()
PROTOCOL = (ROOT / "web_widget" / "loader" / "protocol.ts").read_text()


def members(interface: str) -> list[str]:
    """What an interface of sdk.ts has."""
    body = re.search(rf"export interface {interface}[^{{]*{{(.*?)\n}}", SDK, re.DOTALL)
    assert body is not None, interface
    return re.findall(r"^  (\w+)[(?:]", body[1], re.MULTILINE)


def test_every_call_is_told() -> None:
    """Each function of window.Frontdesk stands in docs/widget.md, and each attribute of the tag."""
    calls = members("Asked") + members("Sdk")
    assert {"open", "identify", "boot", "on"} <= set(calls)
    assert [name for name in calls if not re.search(rf"\b{name}\(|`{name}`", TOLD)] == []
    assert [name for name in members("Options") if f"`data-{name}`" not in TOLD] == []


def test_every_event_is_told() -> None:
    """Each event that a site can listen to stands in docs/widget.md."""
    unions = re.findall(r"export type (?:EventName|FrameEvent) = (.*?);", SDK + PROTOCOL)
    events = re.findall(r'"(\w+)"', " ".join(unions))
    assert {"ready", "message", "destroy"} <= set(events)
    assert [name for name in events if f"`{name}`" not in TOLD] == []


def test_the_policy_told_is_the_one_tried() -> None:
    """The sources that docs/widget.md asks of a strict site are those of the site in the browsers' tests."""
    told = dict(re.findall(r"^(\w+-src) +(\S+);$", TOLD, re.MULTILINE))
    tried = dict(one.split(" ", 1) for one in STRICT.split("; "))
    of_the_desk = {name: value for name, value in tried.items() if "{desk}" in value}
    assert set(told) == set(of_the_desk)
