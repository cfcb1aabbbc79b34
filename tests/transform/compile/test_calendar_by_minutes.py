"""Working time of drawn calendars, beside a slow reading that looks at every minute of them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charter.base.moments import local_midnight, naive_utc
from charter.definitions.models import Block, Schedule
from charter.definitions.models.working_time import DayOff, WorkingTime
from charter.transform.compile.calendar import BLOCK_SECONDS, Clock, ClockDay, ClockRules, WorkingSpan, build_clock

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SEOUL = ZoneInfo("Asia/Seoul")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Days on which clocks change (Lord Howe's by half an hour), and a leap year's end of February.
CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/Los_Angeles", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Asia/Seoul", date(2024, 2, 28)),
)


@dataclass(frozen=True)
class Said:
    """A calendar as somebody wrote it, in plain values."""

    zone: ZoneInfo
    first: date
    last: date
    schedules: list[dict[str, Any]]
    days_off: list[dict[str, Any]]

    @property
    def days(self) -> list[date]:
        return [self.first + DAY * number for number in range((self.last - self.first).days + 1)]

    def rules(self) -> ClockRules:
        return ClockRules(
            "drawn",
            self.zone,
            SEOUL,
            WorkingTime(
                tuple(Schedule.model_validate(each) for each in self.schedules),
                tuple(_day_off(**each) for each in self.days_off),
            ),
            self.first,
            self.last,
        )


def _day_off(day: date, known_on: date, hours: list[str], public: bool) -> DayOff:
    return DayOff(day, known_on, tuple(Block.parse(text) for text in hours), public)


TIMES = st.integers(0, 47).map(lambda half: f"{half // 2:02d}:{half % 2 * 30:02d}")
BLOCKS = (
    st.tuples(TIMES, st.one_of(TIMES, st.just("24:00")))
    .filter(lambda edges: edges[0] != edges[1])
    .map(lambda edges: f"{edges[0]}-{edges[1]}")
)
DAY_NAMES = st.one_of(
    st.sampled_from(WEEK),
    st.tuples(st.sampled_from(WEEK), st.sampled_from(WEEK)).map("-".join),
    st.sampled_from(("mon-sun", "mon-fri", "holiday")),
)


@st.composite
def calendars(draw: st.DrawFn) -> Said:
    zone, change = draw(st.sampled_from(CHANGES))
    first = change - DAY * draw(st.integers(1, 4))
    last = change + DAY * draw(st.integers(1, 4))
    dates = st.integers(-2, (last - first).days + 2).map(lambda number: first + DAY * number)

    def schedule() -> dict[str, Any]:
        said: dict[str, Any] = {"hours": draw(st.dictionaries(DAY_NAMES, st.lists(BLOCKS, max_size=3), max_size=3))}
        if draw(st.booleans()):
            said["from"] = draw(dates)
            if draw(st.booleans()):
                said["known_on"] = said["from"] - DAY * draw(st.integers(0, 4))
        if draw(st.booleans()):
            said["to"] = max(draw(dates), said.get("from", date.min))
        if draw(st.booleans()):
            said["season"] = {"from": f"{draw(dates):%m-%d}", "to": f"{draw(dates):%m-%d}"}
        return said

    def day_off() -> dict[str, Any]:
        day = draw(dates)
        hours = draw(st.lists(BLOCKS, max_size=2))
        known = min(draw(dates), day) if hours else draw(dates)
        return {"day": day, "known_on": known, "hours": hours, "public": draw(st.booleans())}

    return Said(
        ZoneInfo(zone),
        first,
        last,
        [schedule() for _ in range(draw(st.integers(1, 3)))],
        [day_off() for _ in range(draw(st.integers(0, 4)))],
    )


# ── the slow reading: nothing of the product's, a look at every minute ──────────────────────────


def minutes_of(text: str) -> tuple[int, int]:
    start, end = (int(each[:2]) * 60 + int(each[3:]) for each in text.split("-"))
    return start, end if end > start else end + 24 * 60


def names_day(name: str, day: date) -> bool:
    if name == "holiday":
        return False
    first, _, last = name.partition("-")
    at, wanted = WEEK.index(first), {WEEK.index(first)}
    while WEEK[at] != (last or first):
        at = (at + 1) % 7
        wanted.add(at)
    return day.weekday() in wanted


def in_season(season: dict[str, str], day: date) -> bool:
    at = f"{day:%m-%d}"
    if season["from"] <= season["to"]:
        return season["from"] <= at <= season["to"]
    return at >= season["from"] or at <= season["to"]


def hours_on(said: Said, day: date, known_on: date) -> list[str]:
    """What is written for a day, by what is known on a date."""
    off = None
    for each in said.days_off:
        if each["day"] == day and each["known_on"] <= known_on:
            off = each
    if off is not None and (off["hours"] or not off["public"]):
        return list(off["hours"])
    hours: dict[str, list[str]] = {}
    for each in said.schedules:
        begins, ends = each.get("from", date.min), each.get("to", date.max)
        holds = begins <= day <= ends and each.get("known_on", date.min) <= known_on
        if holds and ("season" not in each or in_season(each["season"], day)):
            hours = each["hours"]
    if off is not None:
        return hours.get("holiday", [])
    return [block for name, blocks in hours.items() if names_day(name, day) for block in blocks]


@lru_cache(maxsize=200)
def minutes_around(zone: ZoneInfo, first: date, last: date) -> tuple[list[datetime], list[datetime]]:
    """Every minute from two days before to two days after, and the latest that local clocks have shown by then."""
    at, latest = datetime.combine(first - DAY * 2, time(), UTC), datetime.min
    minutes, shown = [], []
    while at < datetime.combine(last + DAY * 3, time(), UTC):
        latest = max(latest, at.astimezone(zone).replace(tzinfo=None))
        minutes.append(at.replace(tzinfo=None))
        shown.append(latest)
        at += MINUTE
    return minutes, shown


def worked_minutes(said: Said, known_on: date) -> list[datetime]:
    """The minutes that somebody works in: from the first minute at which clocks show the start of a stretch, or are
    past it, until the first at which they show its end, or are past it."""
    minutes, shown = minutes_around(said.zone, said.first, said.last)
    worked: set[datetime] = set()
    for day in said.days:
        for text in hours_on(said, day, known_on):
            midnight = datetime.combine(day, time())
            begin, end = (bisect_left(shown, midnight + MINUTE * edge) for edge in minutes_of(text))
            worked |= set(minutes[begin:end])
    last = naive_utc(local_midnight(said.last + DAY, said.zone))
    return sorted(at for at in worked if at < last)


def versions_of(said: Said) -> list[date]:
    """The dates on which something became known that changes a day."""
    dates = {each["known_on"] for each in said.days_off} | {each.get("known_on", said.first) for each in said.schedules}
    found = [said.first]
    for known_on in sorted(each for each in dates if said.first < each <= said.last):
        before, after = ([sorted(hours_on(said, day, at)) for day in said.days] for at in (found[-1], known_on))
        if before != after:
            found.append(known_on)
    return found


# ── both readings agree ─────────────────────────────────────────────────────────────────────────

SLOW = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(calendars())
def test_every_version_of_a_calendar_works_in_the_minutes_that_are_written(said: Said) -> None:
    built = build_clock(said.rules(), said.last)
    known = versions_of(said)
    assert [each.known_at for each in built.versions] == [naive_utc(local_midnight(each, SEOUL)) for each in known]
    for number, known_on in enumerate(known, start=1):
        days, spans = of_version(built, number)
        assert minutes_in(spans) == worked_minutes(said, known_on)
        works = [day for day in said.days if hours_on(said, day, known_on)]
        assert [each.day for each in days] == said.days
        assert [each.day for each in days if each.is_working] == works
        assert (spans[0].starts_at, spans[-1].next_starts_at) == (days[0].starts_at, days[-1].ends_at)
        for before, after in pairwise(days):
            assert before.ends_at == after.starts_at
        for day in days:
            assert day.working_day_number == sum(each <= day.day for each in works)
            assert day.next_working_day == min((each for each in works if each >= day.day), default=None)
            assert (day.closes_at is None) is not day.is_working


@SLOW
@given(calendars())
def test_spans_follow_each_other_with_running_totals(said: Said) -> None:
    built = build_clock(said.rules(), said.last)
    for version in built.versions:
        _, spans = of_version(built, version.version)
        for span, following in pairwise(spans):
            assert span.next_starts_at == following.starts_at
            assert following.seconds_before == span.seconds_before + span.seconds
        for span in spans:
            ends_at = span.starts_at + timedelta(seconds=span.seconds)
            assert span.utc_day == span.starts_at.date()
            assert ends_at <= span.next_starts_at <= datetime.combine(span.utc_day + DAY, time())
            assert span.block == span.seconds_before // BLOCK_SECONDS
            assert span.seconds_before + span.seconds <= (span.block + 1) * BLOCK_SECONDS


@SLOW
@given(calendars(), st.data())
def test_a_limit_in_working_time_ends_with_the_minute_that_counting_comes_to(said: Said, data: st.DataObject) -> None:
    """What the deadline model looks up: the one span that a total falls into, found by its block."""
    built = build_clock(said.rules(), said.last)
    _, spans = of_version(built, built.versions[-1].version)
    worked = worked_minutes(said, versions_of(said)[-1])
    if not worked:
        return
    opened = data.draw(st.sampled_from([each.starts_at for each in spans] + worked))
    left = [at for at in worked if at >= opened]
    if not left:
        return
    limit = data.draw(st.integers(1, len(left)))
    (inside,) = (each for each in spans if each.starts_at <= opened < each.next_starts_at)
    spent = inside.seconds_before + min(inside.seconds, int((opened - inside.starts_at).total_seconds()))
    wanted = spent + limit * 60
    (found,) = (
        each
        for each in spans
        if each.block == -(-wanted // BLOCK_SECONDS) - 1
        and each.seconds_before < wanted <= each.seconds_before + each.seconds
    )
    assert found.starts_at + timedelta(seconds=wanted - found.seconds_before) == left[limit - 1] + MINUTE


def of_version(built: Clock, number: int) -> tuple[list[ClockDay], list[WorkingSpan]]:
    """The days and spans that hold for a version, in the order of time."""
    days = [each for each in built.days if each.first_version <= number <= each.last_version]
    spans = [each for each in built.spans if each.first_version <= number <= each.last_version]
    return sorted(days, key=lambda day: day.starts_at), sorted(spans, key=lambda span: span.starts_at)


def minutes_in(spans: list[WorkingSpan]) -> list[datetime]:
    """The minutes that spans cover."""
    return [each.starts_at + MINUTE * number for each in spans for number in range(each.seconds // 60)]
