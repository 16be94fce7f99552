"""What happened at the desk, counted from its facts, and said as it is defined."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.facts import Fact, FactKind
from server.measures import DEFINITIONS, Judged, Tally, days_between
from tests.http.desk import Desk

DAY = 86_400_000
START = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp() * 1000)


class Story:
    """Facts told one after the other."""

    def __init__(self) -> None:
        self.told: list[Judged] = []

    def happens(self, fact_kind: FactKind, talk: str, at_s: float, why: Any = None, /, **data: Any) -> None:
        fact = Fact(len(self.told) + 1, talk, None, fact_kind, START + int(at_s * 1000), "system", 1, data)
        self.told.append(Judged(fact, *why) if why else Judged(fact))

    def asks(self, talk: str, at_s: float) -> None:
        self.happens("message_received", talk, at_s)

    def bot(self, talk: str, at_s: float, decision: str, reason: str) -> None:
        said = {"author": "bot", "message_id": f"m{len(self.told)}", "answers": [0, 1]}
        self.happens("message_posted", talk, at_s, (decision, reason), **said)

    def person(self, talk: str, at_s: float, **more: Any) -> None:
        self.happens("message_posted", talk, at_s, author="agent", **more)

    def moves(self, talk: str, at_s: float, before: str, after: str, **more: Any) -> None:
        self.happens("status_changed", talk, at_s, from_status=before, to_status=after, **more)

    def counted(self, days: int = 1) -> Any:
        tally = Tally()
        tally.add(self.told)
        return tally.overview(days_between(START, START + days * DAY, UTC))


def test_each_conversation_counts_once() -> None:
    """Answered is what the bot did alone; small talk is no answer; whoever was handed over was not answered."""
    story = Story()
    story.asks("alone", 0)
    story.bot("alone", 1, "answer", "article")
    story.asks("alone", 60)
    story.bot("alone", 61, "clarify", "ambiguous")
    story.asks("hello", 0)
    story.bot("hello", 1, "answer", "greeting")
    story.asks("handed", 0)
    story.bot("handed", 1, "answer", "intent")
    story.bot("handed", 3, "escalate", "asked")
    story.moves("handed", 3, "bot", "queued")
    story.moves("handed", 33, "queued", "assigned", waited_ms=30_000)
    story.person("handed", 40)
    story.person("unasked", 5)
    counts = story.counted().counts
    assert (counts.asked, counts.answered, counts.clarified, counts.handed_off, counts.by_person) == (3, 1, 1, 1, 1)


def test_waits_and_first_answers_are_spread() -> None:
    """Half wait at most p50, nine in ten at most p90; who was never taken is not in it."""
    story = Story()
    for number in range(10):
        story.asks(f"t{number}", 0)
        story.moves(f"t{number}", 0, "bot", "queued")
        story.moves(f"t{number}", number, "queued", "assigned", waited_ms=(number + 1) * 1000)
        story.person(f"t{number}", 2 * number + 2)
    story.moves("gone", 5, "queued", "resolved")
    made = story.counted()
    assert (made.waits.n, made.waits.p50_s, made.waits.p90_s) == (10, 5.0, 9.0)
    assert (made.first_person_answer.p50_s, made.first_answer.n) == (10.0, 10)
    assert story.counted().counts.handed_off == 10
    nothing = Story().counted()
    assert (nothing.waits.n, nothing.waits.p50_s, nothing.survey_mean) == (0, None, None)


def test_the_last_word_of_a_visitor_counts() -> None:
    """A rating that was changed, and a score that was given twice, count once."""
    story = Story()
    story.happens("message_rated", "a", 1, message_id="m1", helpful=True)
    story.happens("message_rated", "a", 2, message_id="m1", helpful=False)
    story.happens("message_rated", "a", 3, message_id="m2", helpful=True)
    story.happens("survey_submitted", "a", 4, score=1)
    story.happens("survey_submitted", "a", 5, score=4)
    story.happens("survey_submitted", "b", 5, score=5)
    made = story.counted()
    assert (made.helpful, made.unhelpful, made.survey_n, made.survey_mean) == (1, 1, 2, 4.5)


def test_notes_and_events_answer_nobody() -> None:
    """Only what was said to the visitor is an answer."""
    story = Story()
    story.asks("a", 0)
    story.person("a", 1, private=True)
    story.happens("message_posted", "a", 2, author="system", kind="event")
    assert story.counted().first_answer.n == 0


def test_days_are_those_of_the_time_zone() -> None:
    """A period touches days; a question belongs to the day on which it was asked there."""
    assert days_between(START, START + DAY, UTC) == [date(2026, 5, 1)]
    assert days_between(START, START + DAY, ZoneInfo("Europe/Brussels")) == [date(2026, 5, 1), date(2026, 5, 2)]
    story = Story()
    story.asks("a", 3600)
    story.asks("b", 24 * 3600 + 1)
    assert [(day.day, counts.asked) for day, counts in story.counted(3).by_day] == [(1, 1), (2, 1), (3, 0)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.integers(0, 10**6)), max_size=30))
def test_parts_never_exceed_the_whole(happened: list[tuple[str, int, int]]) -> None:
    """Whatever happens in whatever order: each count is at most those who asked, and the days add up to it."""
    story = Story()
    for talk, what, at in happened:
        match what:
            case 0 | 1:
                story.asks(talk, at)
            case 2:
                story.bot(talk, at, "answer", "article")
            case 3:
                story.bot(talk, at, "escalate", "not_understood")
            case 4:
                story.moves(talk, at, "bot", "queued")
            case _:
                story.person(talk, at)
    made = story.counted(2)
    counts = made.counts
    assert max(counts.answered, counts.clarified, counts.handed_off, counts.by_person) <= counts.asked
    assert counts.answered + counts.handed_off <= counts.asked
    assert sum(one.asked for _, one in made.by_day) == counts.asked


async def answered(desk: Desk, conversation_id: str) -> None:
    """Until the bot has said something."""
    async with asyncio.timeout(20):
        while True:
            found = (await desk.get(f"conversations/{conversation_id}/messages", desk.admin))["messages"]
            if any(one["author"]["kind"] == "bot" for one in found):
                return
            await asyncio.sleep(0.02)


async def test_a_day_at_the_desk_is_told(either: Desk) -> None:
    """What the bot answered, what it did not know in the visitor's words, who was handed over, with definitions."""
    desk = either
    await desk.with_bot()
    await desk.post("articles", desk.admin, {"question": "How do I pair a lamp?", "answer": "Hold the button."})
    await desk.served.house.refresh()
    sam = await desk.agent("Sam", online=True)
    known = await desk.conversation("how do I pair a lamp")
    await answered(desk, known["id"])
    riddle = await desk.conversation("quarks flavour mixing of neutrinos")
    await answered(desk, riddle["id"])
    taken = (await desk.get(f"conversations/{riddle['id']}", desk.admin))["conversation"]
    taken = await desk.command(sam, "take_over", taken)
    body = {"client_id": "c1", "text": "I will look", "epoch": taken["epoch"]}
    await desk.post(f"conversations/{riddle['id']}/messages", sam, body)
    made = await desk.get("reports/overview?tz=Europe/Brussels", desk.admin)
    assert (made["asked"], made["answered"], made["handed_off"], made["by_person"]) == (2, 1, 1, 1)
    (unknown,) = made["unknown"]
    assert (unknown["text"], unknown["conversation_id"]) == ("quarks flavour mixing of neutrinos", riddle["id"])
    assert made["first_answer"]["n"] == 2
    assert sum(day["asked"] for day in made["by_day"]) == 2
    assert made["definitions"] == dict(DEFINITIONS)
    assert set(DEFINITIONS) <= set(made)
    stranger = await desk.other_workspace()
    assert (await desk.get("reports/overview", stranger))["asked"] == 0
    past = await desk.get("reports/overview?from=2020-01-01&to=2020-01-02", desk.admin)
    assert (past["asked"], [day["day"] for day in past["by_day"]]) == (0, ["2020-01-01", "2020-01-02"])
    assert [one["name"] for one in (await desk.get("reports", desk.admin))["reports"]] == ["overview"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-02-30", "from"),
        ("to=yesterday-ish", "to"),
        ("from=2026-05-02&to=2026-05-01", "to"),
        ("from=2025-01-01&to=2026-01-01", "from"),
        ("tz=Mars/Olympus", "tz"),
        ("tz=../etc/passwd", "tz"),
        ("from=2026-05-01T08:00:00", "from"),
    ],
)
async def test_a_period_of_nonsense_is_refused(desk: Desk, query: str, field: str) -> None:
    """The field is named."""
    answer = await desk.call("GET", f"reports/overview?{query}", desk.admin)
    assert (answer.status, answer.field) == (400, field)
