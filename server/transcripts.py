"""A conversation to take along: what its visitor saw of it, as text or as a page that runs nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Literal

import orjson

from conversations import own_words, reading
from conversations.model import Conversation, Message
from conversations.statements import message_from
from conversations.store import Tx
from conversations.texts import nearest, say
from server import workspace
from server.shapes import contact_shape, reference

Format = Literal["text", "html"]

MESSAGES_LIMIT = 2_000
TEXT_LIMIT = 2_000_000
"""Characters; of a longer conversation the latest are told."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message. said_at: in UTC, to the minute. details: choices that it offered, names of files."""

    said_at: str
    author: str
    text: str
    details: tuple[str, ...]
    is_event: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """locale: of its words. note: that the beginning is left off, where it is."""

    title: str
    subject: str
    reference: str
    locale: str
    note: str | None
    lines: tuple[Line, ...]


def transcript_of(tx: Tx, conversation: Conversation, usual_locale: str) -> Transcript:
    """What the visitor saw, in their language. usual_locale: where the conversation has none."""
    locale = nearest(conversation.locale or usual_locale)
    own = own_words.of_locale(tx, conversation.inbox_id, locale)
    words = _Words(locale, {f"{locale}.{key}": text for key, text in own.items()})
    company = workspace.find(tx, conversation.workspace_id).name
    contact = contact_shape(tx.one(reading.CONTACT, {"id": conversation.contact_id})) or {}
    messages, whole = _messages(tx, conversation)
    named = {"reference": reference(conversation), "company": company}
    return Transcript(
        title=words.say("transcript.title", named),
        subject=words.say("mail.transcript.subject", named),
        reference=named["reference"],
        locale=locale,
        note=None if whole else words.say("transcript.left_off"),
        lines=tuple(_line(message, words, contact.get("name")) for message in messages),
    )


def as_text(transcript: Transcript) -> str:
    """Plain text: a line for who and when, then what they said."""
    parts = [transcript.title, *([transcript.note] if transcript.note else [])]
    for line in transcript.lines:
        said = "\n".join([*([line.text] if line.text else []), *(f"- {one}" for one in line.details)])
        parts.append(f"[{line.said_at}] {line.author}\n{said}" if line.author else f"[{line.said_at}] * {said}")
    return "\n\n".join(parts) + "\n"


def as_html(transcript: Transcript) -> str:
    """A page of its own: every word escaped, no link, no script, nothing loaded."""
    direction = "rtl" if transcript.locale == "ar" else "ltr"
    title = escape(transcript.title)
    note = f"<p><em>{escape(transcript.note)}</em></p>" if transcript.note else ""
    return (
        f'<!doctype html>\n<html lang="{transcript.locale}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f'<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1 dir="auto">{title}</h1>\n{note}'
        + "".join(map(_article, transcript.lines))
        + "</body>\n</html>\n"
    )


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#1c1e21;"
    "background:#fff}h1{font-size:1.25rem}article{margin:1.25rem 0}header{color:#5a6068;font-size:.875rem}"
    "p{margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}.event{color:#5a6068;font-style:italic}"
)


def _article(line: Line) -> str:
    who = f"<strong>{escape(line.author)}</strong> " if line.author else ""
    kind = ' class="event"' if line.is_event else ""
    said = f'<p dir="auto">{escape(line.text)}</p>' if line.text else ""
    details = "".join(f'<li dir="auto">{escape(one)}</li>' for one in line.details)
    told = f"<ul>{details}</ul>" if details else ""
    return f'<article{kind}><header dir="auto">{who}<time>{line.said_at}</time></header>{said}{told}</article>\n'


@dataclass(frozen=True, slots=True)
class _Words:
    locale: str
    own: Mapping[str, str]

    def say(self, key: str, params: Mapping[str, str] | None = None) -> str:
        return say(key, self.locale, params, self.own)


def _messages(tx: Tx, conversation: Conversation) -> tuple[Sequence[Message], bool]:
    """What the visitor may see, oldest first; and whether that is all of it."""
    found: list[Message] = []
    size, before = 0, conversation.last_seq + 1
    while before > 1:
        where = {"conversation_id": conversation.id, "seq": before, "limit": reading.PAGE_LIMIT}
        rows = tx.all(reading.BEFORE_SEQ, where)
        for row in rows:
            message = message_from(row)
            size += len(message.text)
            if size > TEXT_LIMIT or len(found) >= MESSAGES_LIMIT:
                return found[::-1], False
            found.append(message)
        if len(rows) < reading.PAGE_LIMIT:
            break
        before = found[-1].seq or 1
    return found[::-1], True


def _line(message: Message, words: _Words, visitor: str | None) -> Line:
    moment = datetime.fromtimestamp(message.created_at / 1000, UTC)
    text, details = message.text, []
    if message.erased_at is not None:
        text = words.say("transcript.withdrawn")
    elif message.content is not None:
        content = orjson.loads(message.content)
        details = [str(one["title"]) for one in content.get("choices", ())]
        files = content.get("attachments", ())
        details += [words.say("transcript.file", {"name": str(one["name"])}) for one in files]
    author = _author(message, words, visitor)
    return Line(f"{moment:%Y-%m-%d %H:%M} UTC", author, text, tuple(details), message.kind == "event")


def _author(message: Message, words: _Words, visitor: str | None) -> str:
    match message.author_kind:
        case "visitor":
            return message.author_name or visitor or words.say("transcript.visitor")
        case "bot":
            return message.author_name or words.say("transcript.bot")
        case "agent":
            return message.author_name or words.say("transcript.agent")
        case "system":
            return ""
