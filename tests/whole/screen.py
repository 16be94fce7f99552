"""What a client knows of conversations by the protocol's rules alone, and where those rules were broken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.whole.wire import Heard

Json = Any

PAGES = ("changes.after", "conversation.open", "conversation.watch")
COMPARED = {
    "visitor": ("id", "reference", "status", "channel", "agent", "last_seq", "rev", "read", "unread", "created_at"),
    "agent": (
        "id", "reference", "status", "epoch", "inbox_id", "assignee", "preferred_agent_id", "team_id", "tier",
        "category", "priority", "labels", "resolution", "previous_id", "last_seq", "rev", "read",
    ),
}  # fmt: skip


@dataclass(slots=True)
class Copy:
    """One conversation as a screen has it."""

    rev: int
    conversation: Json = field(default_factory=dict)
    messages: dict[str, Json] = field(default_factory=dict)


@dataclass
class Screen:
    """Takes in what a wire hears, and keeps each conversation at its rev.

    Visitors follow every conversation of theirs from its first rev; agents those of which they had a page, until
    `forget`. gaps: changes that were not the next one: the rule says there are none while a connection lasts.
    """

    audience: str
    copies: dict[str, Copy] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    digests: list[Json] = field(default_factory=list)

    def hear(self, heard: Heard) -> None:
        if heard.answers is not None:
            if heard.payload.get("ok"):
                self._acknowledged(heard.name, heard.answers, heard.payload)
            return
        told = heard.payload
        match heard.name:
            case "welcome" if told.get("conversation"):
                self._merge(told)
            case "message.created" | "message.updated":
                self._take(heard.name, told["conversation_id"], told["rev"], message=told)
            case "conversation.updated":
                self._take(heard.name, told["id"], told["rev"], conversation=told)
            case "read.updated":
                self._take(heard.name, told["conversation_id"], told["rev"], read=told)
            case "sync":
                self.digests.append(told)

    def forget(self, conversation_id: str) -> None:
        """Not followed any more: what comes of it is for lists."""
        self.copies.pop(conversation_id, None)

    def behind(self) -> list[str]:
        """The conversations of which a digest says that there is more."""
        return [
            key
            for digest in self.digests
            for key, rev in digest.items()
            if (self.copies[key].rev if key in self.copies else 0) < rev
        ]

    def differences(self, fresh: Json) -> list[str]:
        """Where the copy is not what a fresh reader has. fresh: a page with everything."""
        known = self.copies[fresh["conversation"]["id"]]
        mine, theirs = {**known.conversation, "rev": known.rev}, fresh["conversation"]
        found = [
            f"{name}: {mine.get(name)!r}, fresh {theirs[name]!r}"
            for name in COMPARED[self.audience]
            if mine.get(name) != theirs[name]
        ]
        messages = {one["id"]: one for one in fresh["messages"]}
        if known.messages.keys() != messages.keys():
            found.append(f"messages {sorted(known.messages.keys() ^ messages.keys())}")
        for key in known.messages.keys() & messages.keys():
            ours = known.messages[key]
            # of one's own the acknowledgement tells what the sender could not know, and nothing else
            names = ours.keys() - {"mine", "author"} if ours.get("mine") else ours.keys() | messages[key].keys()
            found += [
                f"{key} {name}: {ours.get(name)!r}, fresh {messages[key].get(name)!r}"
                for name in sorted(names - {"delivery"})
                if ours.get(name) != messages[key].get(name)
            ]
        return found

    def _acknowledged(self, name: str, sent: Json, told: Json) -> None:
        if name == "message.send" and not told["duplicate"]:
            said = told["message"]
            message = {**said, "client_id": sent["client_id"], "author": {"kind": self.audience}, "mine": True}
            if sent.get("text"):
                message["text"] = sent["text"]
            self._take("own", said["conversation_id"], said["rev"], message=message)
        elif name in PAGES and not sent.get("unnoticed"):
            self._merge(told)

    def _merge(self, page: Json) -> None:
        conversation = page["conversation"]
        copy = self.copies.setdefault(conversation["id"], Copy(page["rev"]))
        if page["rev"] >= copy.rev:
            copy.rev = page["rev"]
            copy.conversation = dict(conversation)
        for message in page["messages"]:
            copy.messages[message["id"]] = message

    def _take(
        self, name: str, key: str, rev: int, *, message: Json = None, conversation: Json = None, read: Json = None
    ) -> None:
        if key not in self.copies:
            if self.audience == "agent":
                return
            self.copies[key] = Copy(0)
        copy = self.copies[key]
        if rev <= copy.rev:
            return
        if rev != copy.rev + 1:
            self.gaps.append(f"{name} of {key} at {rev}, and {copy.rev} was known")
        copy.rev = rev
        if message is not None:
            self._add(copy, message, is_new=message["id"] not in copy.messages)
        if conversation is not None:
            copy.conversation |= conversation
        if read is not None:
            pointers = copy.conversation.setdefault("read", {"visitor": 0, "us": 0})
            pointers[read["by"]] = read["seq"]
            if self.audience == "agent" and "delivered_seq" in read:
                pointers["delivered"] = read["delivered_seq"]
            if self.audience == "visitor" and read["by"] == "visitor":
                copy.conversation["unread"] = sum(_counts(one, read["seq"]) for one in copy.messages.values())

    def _add(self, copy: Copy, message: Json, *, is_new: bool) -> None:
        copy.messages[message["id"]] = message
        if not is_new or message["seq"] is None:
            return
        seen, seq = copy.conversation, message["seq"]
        seen["last_seq"] = max(seen.get("last_seq", 0), seq)
        if message["author"]["kind"] == "agent":
            pointers = seen.setdefault("read", {"visitor": 0, "us": 0})
            pointers["us"] = max(pointers["us"], seq)
        if self.audience == "visitor" and _counts(message, 0):
            seen["unread"] = seen.get("unread", 0) + 1


def _counts(message: Json, after: int) -> bool:
    """Whether it counts as unread: said by somebody else, and no event."""
    seq: int = message["seq"]
    return seq > after and message["author"]["kind"] != "visitor" and message["kind"] != "event"
