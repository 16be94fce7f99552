"""Reports: what happened at the desk, each figure with what it means."""

import asyncio
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field, StringConstraints
from sqlalchemy import bindparam, select, tuple_

from conversations.errors import Invalid, TooLarge
from conversations.facts import Fact, fact_from
from conversations.store import Tx
from conversations.store.tables import conversations, facts, messages
from server.desk_commands import moment
from server.http.answers import Reply
from server.http.call import Call
from server.http.fields import Query, Shape
from server.http.routes import API, Routes
from server.measures import DEFINITIONS, KINDS, Judged, Overview, Tally, Unknown, days_between
from server.shapes import Json, iso

routes = Routes("reports")

DAY_MS = 86_400_000
USUAL_MS = 7 * DAY_MS
PERIOD_LIMIT_MS = 93 * DAY_MS
PAGE = 2_000
FACTS_LIMIT = 400_000
TEXT_LIMIT = 500

_DATE = 10
"""Characters of a day without a time: 2026-11-22."""

FACTS = (
    select(
        facts.c.id,
        facts.c.conversation_id,
        facts.c.rev,
        facts.c.kind,
        facts.c.at,
        facts.c.actor,
        facts.c.epoch,
        facts.c.data,
    )
    .join(conversations, conversations.c.id == facts.c.conversation_id)
    .where(
        conversations.c.workspace_id == bindparam("workspace_id"),
        facts.c.kind.in_(KINDS),
        facts.c.at < bindparam("ends"),
        tuple_(facts.c.at, facts.c.id)
        > tuple_(bindparam("after_at", type_=facts.c.at.type), bindparam("after_id", type_=facts.c.id.type)),
    )
    .order_by(facts.c.at, facts.c.id)
    .limit(PAGE)
)
WHY = select(messages.c.id, messages.c.understanding).where(messages.c.id.in_(bindparam("ids", expanding=True)))
ASKED = (
    select(messages.c.conversation_id, messages.c.seq, messages.c.text)
    .where(
        messages.c.conversation_id == bindparam("conversation_id"),
        messages.c.seq <= bindparam("seq"),
        messages.c.author_kind == "visitor",
        messages.c.erased_at.is_(None),
        messages.c.text != "",
    )
    .order_by(messages.c.seq.desc())
    .limit(1)
)

Moment = Annotated[str, StringConstraints(min_length=_DATE, max_length=40)]


class OverviewQuery(Query):
    """from, to: moments in ISO 8601 with their offset, or days in the time zone tz; the day `to` is in it.

    Without them the last seven days; at most 93.
    """

    from_: Moment | None = Field(default=None, alias="from")
    to: Moment | None = None
    tz: Annotated[str, StringConstraints(min_length=1, max_length=60)] = "UTC"


class SpreadShape(Shape):
    n: int
    p50_s: float | None
    p90_s: float | None


class HelpfulShape(Shape):
    yes: int
    no: int


class SurveyShape(Shape):
    n: int
    mean: float | None


class UnknownShape(Shape):
    """message_id: what the bot said to it, to be corrected."""

    text: str
    conversation_id: str
    message_id: str
    at: str


class DayShape(Shape):
    day: str
    asked: int
    answered: int
    clarified: int
    handed_off: int
    by_person: int


class OverviewShape(Shape):
    """definitions: what each figure means, by its name."""

    from_: str = Field(alias="from")
    to: str
    tz: str
    asked: int
    answered: int
    clarified: int
    handed_off: int
    by_person: int
    waits: SpreadShape
    first_answer: SpreadShape
    first_person_answer: SpreadShape
    helpful: HelpfulShape
    survey: SurveyShape
    unknown: list[UnknownShape]
    unknown_count: int
    by_day: list[DayShape]
    definitions: dict[str, str]


class ReportShape(Shape):
    name: str
    path: str
    told: str


class ReportsPage(Shape):
    reports: list[ReportShape]


@routes.get("/reports", access="reports.read", answer=ReportsPage)
async def list_reports(call: Call) -> Reply:
    """The reports there are."""
    told = "What was asked, answered and handed over, how long it took, and what the bot did not know."
    return Reply({"reports": [{"name": "overview", "path": f"{API}/reports/overview", "told": told}]})


@routes.get("/reports/overview", access="reports.read", answer=OverviewShape)
async def overview(call: Call, query: OverviewQuery) -> Reply:
    """What happened at the desk in a period, with the meaning of each figure."""
    zone = _zone(query.tz)
    begins, ends = _period(query, zone, call.desk.store.now())
    tally = Tally()
    after, count = (begins, -1), 0
    while True:
        page = await call.read(_page, call.agent.workspace_id, after, ends)
        await asyncio.to_thread(tally.add, page)
        count += len(page)
        if len(page) < PAGE:
            break
        if count >= FACTS_LIMIT:
            raise TooLarge(
                "So much happened in this period that it cannot be counted at once. Choose a shorter one.", field="from"
            )
        after = page[-1].fact.at, page[-1].fact.id
    made = await asyncio.to_thread(tally.overview, days_between(begins, ends, zone), zone)
    texts = await call.read(_asked, made.unknown)
    return Reply(_shape(made, texts) | {"from": iso(begins), "to": iso(ends), "tz": query.tz})


def _page(tx: Tx, workspace_id: str, after: tuple[int, int], ends: int) -> list[Judged]:
    where = {"workspace_id": workspace_id, "ends": ends, "after_at": after[0], "after_id": after[1]}
    found = [fact_from(row) for row in tx.all(FACTS, where)]
    said = [
        fact.data["message_id"] for fact in found if fact.kind == "message_posted" and fact.data.get("author") == "bot"
    ]
    why = {row[0]: orjson.loads(row[1]) for row in tx.all(WHY, {"ids": said}) if row[1]} if said else {}
    return [_judged(fact, why.get(fact.data.get("message_id", ""))) for fact in found]


def _judged(fact: Fact, understanding: dict[str, Any] | None) -> Judged:
    if understanding is None:
        return Judged(fact)
    return Judged(fact, understanding.get("decision"), understanding.get("reason"))


def _asked(tx: Tx, unknown: tuple[Unknown, ...]) -> dict[Unknown, str]:
    """The visitor's words to each; none for what was erased."""
    found: dict[Unknown, str] = {}
    for one in unknown:
        row = tx.one(ASKED, {"conversation_id": one.conversation_id, "seq": one.seq})
        if row is not None:
            found[one] = row[2][:TEXT_LIMIT]
    return found


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Invalid("tz is the name of a time zone, such as Europe/Brussels.", field="tz") from None


def _period(query: OverviewQuery, zone: tzinfo, now: int) -> tuple[int, int]:
    ends = _moment(query.to, zone, "to", end=True) or now + 1
    begins = _moment(query.from_, zone, "from", end=False)
    begins = ends - USUAL_MS if begins is None else begins
    if begins >= ends:
        raise Invalid("The period ends before it begins.", field="to")
    if ends - begins > PERIOD_LIMIT_MS:
        raise Invalid(f"A period has at most {PERIOD_LIMIT_MS // DAY_MS} days.", field="from")
    return begins, ends


def _moment(said: str | None, zone: tzinfo, field: str, *, end: bool) -> int | None:
    if said is None or len(said) != _DATE:
        return moment(said, field)
    try:
        day = date.fromisoformat(said) + timedelta(days=int(end))
        return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Invalid(f"{field} is a day such as 2026-05-01, or a moment with its offset.", field=field) from None


def _shape(made: Overview, texts: dict[Unknown, str]) -> Json:
    return {
        **asdict(made.counts),
        "waits": asdict(made.waits),
        "first_answer": asdict(made.first_answer),
        "first_person_answer": asdict(made.first_person_answer),
        "helpful": {"yes": made.helpful, "no": made.unhelpful},
        "survey": {"n": made.survey_n, "mean": made.survey_mean},
        "unknown": [
            {
                "text": text,
                "conversation_id": one.conversation_id,
                "message_id": one.message_id,
                "at": iso(one.at),
            }
            for one, text in texts.items()
        ],
        "unknown_count": made.unknown_count,
        "by_day": [{"day": day.isoformat(), **asdict(counts)} for day, counts in made.by_day],
        "definitions": dict(DEFINITIONS),
    }
