"""The days and times at which clocks go wrong, and rows that stand on them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st

from charter.definitions import Agency
from charter.definitions.models import DeadlinePart
from tests.commitments.reading import DAY, Calendars, Moment, Night, Row, begins, day_of, instant_of, read_deadline

# The same cases every time, in a few large batches; COMMITMENT_EXAMPLES=200 looks deeper. A failure names one
# commitment, so that nothing need be shrunk.
PROPERTY = settings(
    max_examples=int(os.environ.get("COMMITMENT_EXAMPLES", "8")),
    deadline=None,
    derandomize=True,
    verbosity=Verbosity.quiet,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
SEOUL = ZoneInfo("Asia/Seoul")
TICK = timedelta(microseconds=1)
LATE = datetime(2027, 12, 1, tzinfo=UTC)
HEARD_ALL = Night(LATE, LATE)
LANDED_AT = datetime(2024, 1, 1, tzinfo=UTC)
DEPARTMENTS = ("voc-team", "branch-team", "champ-team")
# Departments whose working time is their own (clocks.yaml).
OFFICES = ("frankfurt", "silicon-valley", "sydney")

TIMES = (
    time(0),
    time(0, 0, 0, 1),
    time(8, 59, 59, 999999),
    time(9),
    time(9, 0, 0, 1),
    time(10, 30),
    time(11, 59, 59, 999999),
    time(12),
    time(12, 30),
    time(13),
    time(14, 20, 30, 123457),
    time(17, 59, 59, 999999),
    time(18),
    time(18, 0, 0, 1),
    time(21, 15),
    time(23, 59, 59, 999999),
)

TURNS = (
    *(date(2024, 2, day) for day in (26, 27, 28, 29)),
    *(date(2024, 3, day) for day in (1, 29, 30, 31)),
    *(date(2025, 1, day) for day in (28, 29, 30, 31)),
    *(date(2025, 2, day) for day in (27, 28)),
    *(date(2024, 12, day) for day in (28, 29, 30, 31)),
    *(date(2026, 12, day) for day in (30, 31)),
    *(date(2026, 6, day) for day in (29, 30)),
    date(2024, 4, 30),
    date(2024, 5, 31),
    date(2026, 7, 1),
    date(2027, 1, 1),
    date(2027, 1, 31),
)


def seoul(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An instant given by Seoul's clock."""
    return datetime(year, month, day, hour, minute, second, tzinfo=SEOUL).astimezone(UTC)


def on(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SEOUL).astimezone(UTC)


def holiday_edges(agency: Agency) -> list[date]:
    """The day before, on and after every day off of the calendar, but for its last weeks, that nothing follows."""
    off = {each.day for each in (*agency.calendar.holidays, *agency.calendar.closures)}
    around = {day + DAY * step for day in off for step in (-1, 0, 1)}
    return sorted(day for day in around if date(2024, 1, 8) <= day <= date(2027, 9, 30))


def known_days(agency: Agency) -> list[date]:
    """The day before, on and after every date on which a day off of 2024 to 2027 became known while clocks ran."""
    calendar = agency.calendar
    off = [*calendar.holidays, *calendar.closures, *(each for office in calendar.offices for each in office.holidays)]
    around = {each.known_on + DAY * step for each in off for step in (-1, 0, 1)}
    return sorted(day for day in around if date(2024, 1, 8) <= day <= date(2027, 9, 30))


def clock_changes(agency: Agency) -> list[date]:
    """The day before, on and after every change of clocks in the zones of the offices, 2024 to 2027."""
    found: set[date] = set()
    zones = {each.id: ZoneInfo(each.time_zone) for each in agency.organisation.departments}
    for office in agency.calendar.offices:
        zone = zones[office.department]
        days = [date(2024, 1, 8) + DAY * number for number in range(1360)]
        changes = [day for day in days if begins(day + DAY, zone) - begins(day, zone) != DAY]
        found |= {day + DAY * step for day in changes for step in (-1, 0, 1)}
    return sorted(found)


def edge_days(agency: Agency) -> list[date]:
    return sorted({*holiday_edges(agency), *known_days(agency), *clock_changes(agency), *TURNS})


def deadline_parts(agency: Agency, standard_id: str, version: int = 1) -> list[DeadlinePart]:
    """The parts of one rule of a deadline standard."""
    standard = next(each for each in agency.charter.standards if each.id == standard_id)
    rule = next(each for each in standard.rules if each.version == version)
    return [part for part in rule.parts if isinstance(part, DeadlinePart)]


def deadline_part(agency: Agency, standard_id: str, part_id: str) -> DeadlinePart:
    """One of them."""
    return next(part for part in deadline_parts(agency, standard_id) if part.id == part_id)


@dataclass
class Rows:
    """Builds rows of one subject table: every column there, numbered keys, a source and a landing."""

    agency: Agency
    table: str

    def __post_init__(self) -> None:
        subject = self.agency.subjects[self.table]
        self._key = subject.key
        self._empty = dict.fromkeys(subject.columns)
        self._count = 0

    def add(self, **values: Any) -> Row:
        """One more row."""
        unknown = values.keys() - self._empty.keys()
        assert not unknown, f"{self.table} has no columns {sorted(unknown)}"
        self._count += 1
        return {**self._empty, **self._numbered(self._count), **values}

    def again(self, rows: Sequence[Row], *, keep: Collection[str] = ()) -> list[Row]:
        """The same rows numbered from one, so that a batch is the same whatever was built before it."""
        return [
            {**row, **{column: value for column, value in self._numbered(number).items() if column not in keep}}
            for number, row in enumerate(rows, 1)
        ]

    def _numbered(self, number: int) -> dict[str, Any]:
        """What follows from a row's number: its key, its department, from where and when it landed."""
        columns: dict[str, Any] = {
            self._key: f"{self.table}-{number:05d}",
            "source_id": f"source-{number % 2}",
            "known_at": LANDED_AT + timedelta(minutes=number),
            "origin": "test",
        }
        return columns | ({"department_id": DEPARTMENTS[number % 3]} if "department_id" in self._empty else {})


def due_of(part: DeadlinePart, row: Row, calendars: Calendars) -> datetime:
    """When a row falls due by one part, extension included; whatever has happened since."""
    far = datetime(2027, 12, 31, tzinfo=UTC)
    return read_deadline(part, row, calendars, Night(far, far), row.get("department_id")).due_at


def pick(options: Sequence[Any], number: int) -> Any:
    return options[number % len(options)]


def batches(
    rows: Rows, case: st.SearchStrategy[Row], least: int, most: int, *, keep: Collection[str] = ()
) -> st.SearchStrategy[list[Row]]:
    """Many cases at once, numbered from one."""
    return st.lists(case, min_size=least, max_size=most).map(lambda drawn: rows.again(drawn, keep=keep))


# ── what hypothesis draws ───────────────────────────────────────────────────────────────────────

STEPS = (timedelta(), -TICK, TICK, timedelta(seconds=1), -timedelta(seconds=1), timedelta(hours=1), -DAY, DAY)


def instants(days: Sequence[date]) -> st.SearchStrategy[datetime]:
    """Mostly edges of the working day on days that matter; sometimes any instant."""
    edges = st.builds(on, st.sampled_from(days), st.sampled_from(TIMES))
    anywhere = st.datetimes(
        datetime(2024, 1, 8),
        datetime(2027, 6, 30),
        timezones=st.just(UTC),
    )
    return st.one_of(edges, edges, edges, anywhere)


@dataclass(frozen=True)
class NightChoice:
    """An as_of near one of the moments that some rows speak of, and how long the sources had been silent then."""

    number: int
    step: timedelta
    ends_the_day: bool
    silence: timedelta
    is_over: bool

    def near(self, moments: Iterable[Moment | None]) -> Night:
        if self.is_over:
            return HEARD_ALL
        known = sorted({instant_of(moment, SEOUL) for moment in moments if moment is not None})
        moment = pick(known, self.number)
        as_of = begins(day_of(moment, SEOUL) + DAY, SEOUL) if self.ends_the_day else moment + self.step
        return Night(as_of, as_of - self.silence)


def nights() -> st.SearchStrategy[NightChoice]:
    """Mostly the midnight after something happened; sometimes that very instant, a tick beside it, or days later."""
    return st.builds(
        NightChoice,
        st.integers(0, 200),
        st.sampled_from(STEPS),
        st.booleans(),
        st.sampled_from((timedelta(), timedelta(), timedelta(), DAY, 3 * DAY, timedelta(hours=7), TICK)),
        st.sampled_from((False, False, True)),
    )


def moments_of(*tables: Sequence[Row]) -> list[Moment]:
    """Every date and instant in some rows, but for when they landed."""
    return [
        value
        for rows in tables
        for row in rows
        for column, value in row.items()
        if column != "known_at" and isinstance(value, date)
    ]
