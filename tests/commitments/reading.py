"""A second, plain reading of the charter: what each promise means, as an auditor would work it out by hand.

It shares nothing with the warehouse but the charter's words (``charter.definitions.models``). Where the SQL joins and
looks up, this walks: from day to day, from one stretch of working time to the next. Instants are aware, in any zone; a
``date`` is the agency's.
"""

from __future__ import annotations

import calendar as months
import statistics
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from charter.definitions.models import (
    CalendarDefinition,
    ColumnLimit,
    Comparison,
    CoveragePart,
    DeadlinePart,
    Duration,
    Evidence,
    Exclusion,
    Figure,
    Finish,
    LeadTimePart,
    LevelPart,
    ListedLimit,
    MeasurePart,
    OccurrencePart,
    Organisation,
    SlotKind,
    Where,
    ZeroPart,
)
from tests.commitments.pauses import Ran, Stretch, marks_in, move_day, move_instant, run_instants, stretches

Moment = date | datetime
Row = Mapping[str, Any]
DAY = timedelta(days=1)
# When something falls due of which the calendar does not tell: after every night.
BEYOND = datetime.max.replace(tzinfo=UTC)


class CalendarEndsError(Exception):
    """A day was asked for that the calendar does not hold."""


# ── days and instants ───────────────────────────────────────────────────────────────────────────


def is_date(moment: Moment) -> bool:
    """A register's date, not an instant."""
    return not isinstance(moment, datetime)


@cache
def by_the_clock(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant at which local clocks show a time on a day."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def begins(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a business date begins."""
    return by_the_clock(day, time(), zone)


def day_of(moment: Moment, zone: ZoneInfo) -> date:
    """The business date of an instant; a date is its own."""
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def instant_of(moment: Moment, zone: ZoneInfo) -> datetime:
    """A date stands for the midnight it begins with."""
    return moment if isinstance(moment, datetime) else begins(moment, zone)


def months_later(day: date, count: int) -> date:
    """The same day of a later (or earlier) month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def length(limit: Duration) -> timedelta:
    """A limit in seconds, minutes, hours or days of 24 hours."""
    return timedelta(**{limit.unit: limit.amount})


# ── working time ────────────────────────────────────────────────────────────────────────────────


# The stretches of working time that begin on a day, from and to, in seconds since its midnight by local clocks; one
# that runs over midnight ends behind the day's last second.
Hours = tuple[tuple[int, int], ...]


@cache
def clock_shows(day: date, second: int, zone: ZoneInfo) -> datetime:
    """The instant at which local clocks show a time of ``day``, or of the day after: of a time that comes twice the
    first, of one that clocks jump over the instant of the jump."""
    wanted = datetime.combine(day, time()) + timedelta(seconds=second)
    found = min(wanted.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if found.astimezone(zone).replace(tzinfo=None) == wanted:
        return found
    before = found.astimezone(zone).utcoffset()
    while found.astimezone(zone).utcoffset() == before:
        found += timedelta(minutes=1)
    return found.replace(second=0)


@dataclass(frozen=True)
class Calendar:
    """From when to when somebody works on each day (a day off has no hours), and how long a day of working time is."""

    zone: ZoneInfo
    hours: Mapping[date, Hours]
    first_day: date
    last_day: date
    day_length: timedelta = timedelta(hours=8)

    def works_on(self, day: date) -> bool:
        return bool(self.hours.get(day))

    def closes_at(self, day: date) -> datetime:
        """When the working time of a working day ends."""
        return clock_shows(day, max(end for _, end in self.hours[day]), self.zone)

    def working_day_from(self, day: date) -> date:
        """``day``, or the next working day after a day off. Raises CalendarEndsError when the calendar holds none."""
        while not self.works_on(day):
            day += DAY
            if not self.first_day <= day <= self.last_day:
                raise CalendarEndsError
        return day

    def nth_working_day(self, first: date, number: int) -> date:
        """Working day ``number`` when ``first`` (or the next working day) is number one."""
        day = self.working_day_from(first)
        for _ in range(number - 1):
            day = self.working_day_from(day + DAY)
        return day

    def sessions_from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Every stretch of working time that begins on the eve of ``day`` or later, to the calendar's last day."""
        day -= DAY
        while day <= self.last_day:
            for start, end in sorted(self.hours.get(day, ())):
                yield clock_shows(day, start, self.zone), clock_shows(day, end, self.zone)
            day += DAY

    def after_working_time(self, start: datetime, amount: timedelta) -> datetime:
        """The instant at which ``amount`` of working time has run since ``start``."""
        for begin, end in self.sessions_from(day_of(start, self.zone)):
            begin = max(begin, start)
            if begin >= end:
                continue
            if amount <= end - begin:
                return begin + amount
            amount -= end - begin
        raise CalendarEndsError

    def working_time(self, start: datetime, finish: datetime) -> timedelta:
        """How much working time lies between two instants; negative when they come the other way round."""
        if finish < start:
            return -self.working_time(finish, start)
        total = timedelta()
        for begin, end in self.sessions_from(day_of(start, self.zone)):
            if begin >= finish:
                return total
            total += max(min(end, finish) - max(begin, start), timedelta())
        return total

    def working_day_ordinal(self, first: date, day: date) -> int:
        """Which working day since ``first`` (number one) a day is; a day off counts with the working day after it."""
        first, day = self.working_day_from(first), self.working_day_from(day)
        count = 1
        while first < day:
            first = self.working_day_from(first + DAY)
            count += 1
        while day < first:
            day = self.working_day_from(day + DAY)
            count -= 1
        return count

    def working_days_before(self, day: date, count: int) -> date | None:
        """Working day number ``count`` on the way back from ``day``, which is not counted; None: it is not known."""
        if not self.first_day <= day <= self.last_day:
            return None
        while count:
            day -= DAY
            if day < self.first_day:
                return None
            count -= self.works_on(day)
        return day

    def working_days_between(self, first: date, end: date) -> float | None:
        """The working days from ``first`` to the eve of ``end``, negative when they come the other way round; None
        where the calendar ends before both do."""
        if max(first, end) > self.last_day:
            return None
        if end < first:
            back = self.working_days_between(end, first)
            return None if back is None else -back
        return float(sum(self.works_on(first + DAY * number) for number in range((end - first).days)))


@dataclass(frozen=True)
class Known:
    """A calendar as it was known from an instant on."""

    since: datetime
    calendar: Calendar


@dataclass(frozen=True)
class Calendars:
    """The agency's own working days (``business_hours``), the law's, which knows no closures of an agency, and those of
    offices with hours of their own, by department. Each as it came to be known, the earliest first."""

    agency: tuple[Known, ...]
    statutory: tuple[Known, ...]
    offices: Mapping[str, tuple[Known, ...]]

    def of(self, clock: str, department: str | None) -> tuple[Known, ...]:
        """The calendar that a clock counts on; one that never stands still only needs to know where midnight is."""
        if clock == "elapsed":
            return self.agency[:1]
        if clock == "kr_civil_petition":
            return self.statutory
        return self.offices.get(department or "", self.agency)

    def agency_works_on(self, day: date) -> bool:
        """Whether the agency worked on a day: what became known after it had passed cannot change it."""
        return known_at(self.agency, begins(day + DAY, self.zone) - timedelta(microseconds=1)).works_on(day)

    @property
    def zone(self) -> ZoneInfo:
        return self.agency[0].calendar.zone


def known_at(versions: Sequence[Known], moment: datetime) -> Calendar:
    """The calendar as it was known at an instant; before anything was known, what was known first."""
    return [each for each in versions if each.since <= moment or each is versions[0]][-1].calendar


@dataclass(frozen=True)
class Night:
    """What the judging knows: facts dated by ``as_of``, from sources heard of until ``heard_until``."""

    as_of: datetime
    heard_until: datetime

    @property
    def judged_at(self) -> datetime:
        return min(self.as_of, self.heard_until)

    def has_come(self, moment: Moment, zone: ZoneInfo) -> bool:
        """Whether something dated had come to pass: a date once its day had begun, an instant at the latest now."""
        if isinstance(moment, datetime):
            return moment <= self.as_of
        return begins(moment, zone) < self.as_of


# ── when a limit ends ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class LimitEnd:
    """Where a limit ends: with a whole day (``last_day``), or at an instant. ``value`` is the limit in its unit.
    An end BEYOND the calendar has none."""

    value: float
    at: datetime
    last_day: date | None = None
    end_is_late: bool = False
    zone: ZoneInfo | None = None
    held_by: tuple[Stretch, ...] = ()
    stands_still: bool = False
    first_day: date | None = None

    def keeps(self, finish: datetime) -> bool:
        """Whether something finished at ``finish`` was in time."""
        if self.last_day is not None and self.zone is not None:
            return day_of(finish, self.zone) <= self.last_day
        return finish < self.at if self.end_is_late else finish <= self.at

    def still_runs(self, moment: datetime) -> bool:
        """Whether the limit had not run out at ``moment``."""
        return moment < self.at


def unit_length(part: DeadlinePart, working_day: timedelta = DAY) -> timedelta:
    """What one unit of the measured value is; ``working_day`` is how long a day of working time is."""
    if part.unit == "days":
        return working_day
    unit: str = part.unit
    return timedelta(**{unit: 1})


def counts_working_days(clock: str, limit: Duration) -> bool:
    """The statutory clock counts a limit of six days or more in working days, shorter ones in working hours."""
    return clock == "kr_civil_petition" and limit.unit == "days" and limit.amount >= 6


def counts_working_time(clock: str, limit: Duration) -> bool:
    return clock != "elapsed" and limit.unit != "months" and not counts_working_days(clock, limit)


def limit_end(part: DeadlinePart, limit: Duration, opened: Moment, calendar: Calendar, agency: ZoneInfo) -> LimitEnd:
    """Where ``limit`` ends by the part's clock when it starts to run at ``opened``. A date in a register is the
    agency's; an instant falls on a day by the clocks of those who count."""
    zone = agency if is_date(opened) else calendar.zone
    opened_on, opened_at = day_of(opened, zone), instant_of(opened, agency)

    def with_day(last_day: date, value: float | None = None) -> LimitEnd:
        value = (last_day - opened_on).days if value is None else value
        return LimitEnd(float(value), begins(last_day + DAY, zone), last_day, zone=zone)

    def with_instant(at: datetime, value: float | None = None) -> LimitEnd:
        value = (at - opened_at) / unit_length(part) if value is None else value
        return LimitEnd(value, at, None, part.before)

    if part.clock == "elapsed":
        if limit.unit == "months":
            same_day = months_later(opened_on, limit.amount)
            if is_date(opened):
                return with_day(same_day)
            time_of_day = opened_at.astimezone(zone).time()
            return with_instant(by_the_clock(same_day, time_of_day, zone))
        if is_date(opened):
            assert limit.unit == "days", "a date has no hours to count from"
            return with_day(opened_on + limit.amount * DAY)
        return with_instant(opened_at + length(limit))

    if limit.unit == "months":
        # A month ends with the same day of a later month, or its last; the law counts the first day: on the eve.
        last_day = months_later(opened_on, limit.amount)
        if part.clock == "kr_civil_petition" and last_day.day == opened_on.day:
            last_day -= DAY
        try:
            return with_day(calendar.working_day_from(last_day))
        except CalendarEndsError:
            return LimitEnd(0, BEYOND, date.max, zone=zone)
    assert isinstance(part.limit, Duration)
    if part.clock == "working_days":
        first = opened_on
        if part.cut_off is not None and opened_at.astimezone(zone).time() >= part.cut_off:
            first += DAY
        try:
            first = calendar.working_day_from(first)
            last = calendar.nth_working_day(first, limit.amount + (part.first_day == "not_counted"))
        except CalendarEndsError:
            return LimitEnd(0, BEYOND, date.max, zone=zone)
        if part.ends == "closing":
            closing = calendar.closes_at(last)
            return LimitEnd(float(limit.amount), closing, None, zone=zone, first_day=first)
        return replace(with_day(last, limit.amount), first_day=first)
    if counts_working_days(part.clock, part.limit):  # an extension goes on counting as its limit does
        try:
            return with_day(calendar.nth_working_day(opened_on, limit.amount), limit.amount)
        except CalendarEndsError:
            return LimitEnd(0, BEYOND, date.max, zone=zone)
    amount = calendar.day_length * limit.amount if limit.unit == "days" else length(limit)
    value = amount / unit_length(part, calendar.day_length)
    try:
        return with_instant(calendar.after_working_time(opened_at, amount), value)
    except CalendarEndsError:
        return LimitEnd(0, BEYOND)


def held(end: LimitEnd, part: DeadlinePart, limit: Duration, opened: Moment, run: Clockwork) -> LimitEnd:
    """The same limit's end when the clock stood still for the stretches of ``run``."""
    if not run.stopped or end.at == BEYOND:
        return end
    calendar, zone = run.calendar, end.zone or run.agency
    opened_at = instant_of(opened, run.agency)

    def until_day(moved: Ran) -> LimitEnd:
        if moved.at is None:
            return replace(end, at=BEYOND, held_by=moved.counted, stands_still=True)
        if part.clock == "working_days" and part.ends == "closing":
            closing = calendar.closes_at(moved.at)
            return replace(end, at=closing, held_by=moved.counted)
        return replace(end, at=begins(moved.at + DAY, zone), last_day=moved.at, held_by=moved.counted)

    def until_instant(moved: Ran) -> LimitEnd:
        stands = moved.at is None
        return replace(end, at=BEYOND if stands else moved.at, held_by=moved.counted, stands_still=stands)

    assert isinstance(part.limit, Duration)
    try:
        if part.clock == "working_days" or counts_working_days(part.clock, part.limit):
            last = day_of(end.at, zone) if end.last_day is None else end.last_day
            return until_day(
                move_day(
                    last,
                    run.stopped,
                    lambda at: calendar.working_day_from(day_of(at, zone)),
                    lambda day, one, other: calendar.nth_working_day(day, calendar.working_day_ordinal(one, other)),
                )
            )
        if end.last_day is not None:
            return until_day(
                move_day(
                    end.last_day, run.stopped, lambda at: day_of(at, zone), lambda day, one, other: day + (other - one)
                )
            )
        if part.clock != "elapsed":
            amount = calendar.day_length * limit.amount if limit.unit == "days" else length(limit)
            return until_instant(
                run_instants(opened_at, amount, run.stopped, calendar.working_time, calendar.after_working_time)
            )
        if limit.unit == "months":
            return until_instant(move_instant(end.at, run.stopped))
        return until_instant(
            run_instants(
                opened_at, length(limit), run.stopped, lambda one, other: other - one, lambda at, left: at + left
            )
        )
    except CalendarEndsError:
        return replace(end, at=BEYOND)


@dataclass(frozen=True)
class Clockwork:
    """What a clock runs by: a calendar, and the stretches for which it stands still."""

    calendar: Calendar
    agency: ZoneInfo
    stopped: tuple[Stretch, ...]


def _working_days_held(end: LimitEnd, calendar: Calendar, zone: ZoneInfo) -> int:
    days = 0
    for each in end.held_by:
        assert each.ends is not None
        days += calendar.working_day_ordinal(day_of(each.begins, zone), day_of(each.ends, zone)) - 1
    return days


def _time_held(end: LimitEnd, ran: Any) -> timedelta:
    return sum((ran(each.begins, each.ends) for each in end.held_by if each.ends is not None), timedelta())


def measure(
    part: DeadlinePart, end: LimitEnd, opened: Moment, finish: datetime, calendar: Calendar, agency: ZoneInfo
) -> float:
    """What a fulfilment is measured at, in the part's unit: comparable with the limit's value."""
    if part.clock == "working_days" and part.limit is not None:
        assert end.first_day is not None
        zone = agency if is_date(opened) else calendar.zone
        days = calendar.working_day_ordinal(end.first_day, day_of(finish, zone)) - (part.first_day == "not_counted")
        days -= _working_days_held(end, calendar, zone)
        return float(max(days, end.value + 1) if finish > end.at else days)
    assert part.limit is None or isinstance(part.limit, Duration)
    if part.limit is not None and counts_working_days(part.clock, part.limit):
        first, day = day_of(opened, agency), day_of(finish, agency)
        return float(calendar.working_day_ordinal(first, day) - _working_days_held(end, calendar, calendar.zone))
    if end.last_day is not None and end.zone is not None:
        days = (day_of(finish, end.zone) - day_of(opened, end.zone)).days
        for each in end.held_by:
            assert each.ends is not None
            days -= (day_of(each.ends, end.zone) - day_of(each.begins, end.zone)).days
        return float(days)
    if part.limit is not None and counts_working_time(part.clock, part.limit):
        unit = unit_length(part, calendar.day_length)
        held_for = _time_held(end, calendar.working_time)
        value = (calendar.working_time(instant_of(opened, agency), finish) - held_for) / unit
        # work after the limit and outside working time is at least a second of working time late
        return max(value, end.value + timedelta(seconds=1) / unit) if finish > end.at else value
    held_for = _time_held(end, lambda one, other: other - one)
    return (finish - instant_of(opened, agency) - held_for) / unit_length(part)


# ── one commitment ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Verdict:
    """What the reading says of one commitment. ``decided_on`` is the business date a decision counts on; ``due_at`` may
    be BEYOND the calendar."""

    opened_at: datetime
    opened_on: date
    original_due_at: datetime
    due_at: datetime
    due_basis: str
    fulfilled_at: datetime | None
    status: str
    decided_at: datetime | None
    decided_on: date | None
    measured_value: float | None
    limit_value: float | None
    exclusion_rule: str | None = None
    fulfilled_by: str | None = None
    lower_limit_value: float | None = None
    paused_count: int = 0
    paused_seconds: float = 0.0
    missing_evidence: str | None = None
    waited_seconds: float | None = None


def judge(verdict: Verdict, in_time: bool, night: Night, zone: ZoneInfo) -> Verdict:
    """Adds the status, and the instant and day of the decision: the earlier of fulfilment and due time."""
    finish, due = verdict.fulfilled_at, verdict.due_at
    if due == BEYOND:  # set aside, whatever became of it
        return replace(verdict, status="pending")
    if in_time:
        status = "met"
    elif finish is not None or night.judged_at >= due:
        status = "breached"
    else:
        return replace(verdict, status="pending")
    if finish is not None and finish < due:
        decided_at, decided_on = finish, day_of(finish, zone)
    else:
        # a due time at midnight belongs to the day that ends with it
        at_midnight = begins(day_of(due, zone), zone) == due
        decided_at, decided_on = due, day_of(due, zone) - (DAY if at_midnight else timedelta())
    return replace(
        verdict,
        status=status,
        decided_at=max(decided_at, verdict.opened_at),
        decided_on=max(decided_on, verdict.opened_on),
    )


def limit_of(part: DeadlinePart, row: Row, working_day: timedelta) -> Duration | None:
    """The limit that a row has: the charter's, or what it says itself; None when it says none that can be used."""
    limit = part.limit
    if isinstance(limit, ListedLimit):
        return limit.of.get(str(row[limit.by]), limit.otherwise)
    if not isinstance(limit, ColumnLimit):
        return limit
    said = row[limit.column]
    if said is None:
        return limit.otherwise
    ten_years = timedelta(days=3653)
    if said < 0 or length(Duration(1, limit.unit)) * said > ten_years:
        return None
    if int(said) == said:
        return Duration(int(said), limit.unit)
    day = working_day if part.clock == "business_hours" else DAY
    one = day if limit.unit == "days" else length(Duration(1, limit.unit))
    return Duration(round((one * said).total_seconds()), "seconds")


def read_deadline(
    part: DeadlinePart,
    row: Row,
    calendars: Calendars,
    night: Night,
    department: str | None = None,
    events: Sequence[Row] = (),
) -> Verdict:
    """The start event must be followed by the finish event within the limit, or by the moment promised.

    ``department`` is who owned the subject when it opened: a clock in business hours runs while its office works.
    ``events`` are the rows that may hold its clock.
    """
    zone = calendars.zone
    opened: Moment = row[part.opens]
    opened_at = instant_of(opened, zone)
    finish = _finish(part, row, night, zone)
    limit = limit_of(part, row, calendars.agency[0].calendar.day_length)
    verdict = Verdict(
        opened_at=opened_at,
        opened_on=day_of(opened, zone),
        original_due_at=BEYOND,
        due_at=BEYOND,
        due_basis="no_limit",
        fulfilled_at=finish,
        fulfilled_by=None if finish is None else _finished_by(part, row, night, zone, finish),
        status="pending",
        decided_at=None,
        decided_on=None,
        measured_value=None,
        limit_value=None,
        waited_seconds=_waited_in_vain(part, row, night, opened_at) if finish is None else None,
    )
    earliest = row[part.not_before] if part.not_before else None
    if (part.due is None and limit is None) or (part.not_before and earliest is None):
        return verdict
    if part.due is not None:
        promised, due = row[part.due], instant_of(row[part.due], zone)
        if is_date(promised):
            days = (promised - day_of(opened, zone)).days
            end = LimitEnd(float(days), begins(promised + DAY, zone), promised, zone=zone)
        else:
            end = LimitEnd((due - opened_at) / unit_length(part), due, None, part.before)
        run = Running(part, opened, zone, calendars.agency[0].calendar, end)
        basis = "promised"
    else:
        assert limit is not None
        part = part.model_copy(update={"limit": limit})
        stopped = _stopped(part, events, night, zone, opened_at, finish)
        run = _run_out(part, limit, row, calendars, night, department, finish, stopped)
        basis = "extended" if run.is_extended else "calendar" if run.end.at != run.original_due_at else "limit"
        if basis == "calendar" and _is_moved(part, run, opened):
            basis = "paused"
        basis = "paused" if run.end.stands_still else "beyond_calendar" if run.end.at == BEYOND else basis
    in_time = finish is not None and run.end.keeps(finish)
    lower = None
    if earliest is not None:
        if run.end.last_day is not None:
            lower = float((day_of(earliest, zone) - day_of(opened, zone)).days)
            in_time = in_time and day_of(finish or opened_at, zone) >= day_of(earliest, zone)
        else:
            lower = (instant_of(earliest, zone) - opened_at) / unit_length(part)
            in_time = in_time and (finish or opened_at) >= instant_of(earliest, zone)
    verdict = replace(
        verdict,
        original_due_at=run.original_due_at or run.end.at,
        due_at=run.end.at,
        due_basis=basis,
        measured_value=None if finish is None else measure(part, run.end, opened, finish, run.calendar, zone),
        limit_value=None if run.end.at == BEYOND else run.end.value,
        lower_limit_value=lower,
        paused_count=len(run.end.held_by),
        paused_seconds=sum(((each.ends or night.as_of) - each.begins).total_seconds() for each in run.end.held_by),
    )
    return judge(verdict, in_time, night, zone)


def _waited_in_vain(part: DeadlinePart, row: Row, night: Night, opened_at: datetime) -> float | None:
    """How long the customer waited before giving up, in seconds."""
    given_up = row[part.given_up.column] if part.given_up else None
    if given_up is None or given_up < opened_at or given_up > night.as_of:
        return None
    return float((given_up - opened_at).total_seconds())


def _stopped(
    part: DeadlinePart,
    events: Sequence[Row],
    night: Night,
    zone: ZoneInfo,
    opened_at: datetime,
    finish: datetime | None,
) -> tuple[Stretch, ...]:
    """The stretches between the opening and the finish in which the part's clock stands still."""
    if part.pauses is None:
        return ()
    at = part.pauses.at
    known = [row for row in events if row[at] is not None and night.has_come(row[at], zone)]
    marks = marks_in(part.pauses, known, meets, lambda moment: instant_of(moment, zone))
    within = (each.within(opened_at, finish) for each in stretches(marks, night.as_of))
    return tuple(each for each in within if each is not None)


def _is_moved(part: DeadlinePart, run: Running, opened: Moment) -> bool:
    """Whether pauses moved the due time, rather than a day off that became known."""
    assert isinstance(part.limit, Duration)
    return limit_end(part, part.limit, opened, run.calendar, run.agency).at != run.end.at


@dataclass
class Running:
    """A clock that runs: where it ends as things stand, and where it would have ended as they stood at first."""

    part: DeadlinePart
    opened: Moment
    agency: ZoneInfo
    calendar: Calendar
    end: LimitEnd
    is_extended: bool = False
    original_due_at: datetime | None = None


def _run_out(
    part: DeadlinePart,
    limit: Duration,
    row: Row,
    calendars: Calendars,
    night: Night,
    department: str | None,
    finish: datetime | None,
    stopped: tuple[Stretch, ...],
) -> Running:
    """Lives through what can move the due time, in the order in which it happened: a day off that becomes known, and
    the one extension. Neither moves what is decided, by the fulfilment or by the due time itself."""
    zone = calendars.zone
    opened: Moment = row[part.opens]
    opened_at = instant_of(opened, zone)
    versions = calendars.of(part.clock, department)
    calendar = known_at(versions, opened_at)
    longer = limit
    if part.extension is not None:
        assert part.extension.limit.unit == limit.unit, "an extension continues the count of its limit"
        longer = Duration(limit.amount + part.extension.limit.amount, limit.unit)

    def end_of(amount: Duration, known: Calendar) -> LimitEnd:
        end = limit_end(part, amount, opened, known, zone)
        return held(end, part, amount, opened, Clockwork(known, zone, stopped))

    first = end_of(limit, calendar)
    original = limit_end(part, limit, opened, calendar, zone)
    run = Running(part, opened, zone, calendar, first, False, original.at)
    happened: list[tuple[datetime, int, Calendar | None]] = [
        (each.since, 0, each.calendar) for each in versions[1:] if opened_at < each.since <= night.as_of
    ]
    notified = _extension_notified(part, row, night, zone)
    if notified is not None and notified >= opened_at:
        happened.append((notified, 1, None))
    for at, _, known in sorted(happened, key=lambda each: each[:2]):
        if known is None and first.still_runs(at):
            run.is_extended = True
        elif known is not None and run.end.still_runs(at) and (finish is None or at < finish):
            run.calendar = known
            first = end_of(limit, known)
        run.end = end_of(longer if run.is_extended else limit, run.calendar)
    return run


def _finish(part: DeadlinePart, row: Row, night: Night, zone: ZoneInfo) -> datetime | None:
    """The first of ``any_of``; the last of ``all_of`` once all are there."""
    named = part.fulfilled_by.any_of or part.fulfilled_by.all_of
    there = [at for _, at in _finishes(part, row, night, zone)]
    if part.fulfilled_by.any_of:
        return min(there, default=None)
    return max(there) if len(there) == len(named) else None


def _finishes(part: DeadlinePart, row: Row, night: Night, zone: ZoneInfo) -> list[tuple[str, datetime]]:
    """What counts as a finish, column and instant, in the charter's order: it has come, and is as the charter asks."""
    found = []
    for named in part.fulfilled_by.any_of or part.fulfilled_by.all_of:
        column, where = (named.column, named.where) if isinstance(named, Finish) else (named, {})
        if row[column] is not None and night.has_come(row[column], zone) and meets(row, where):
            found.append((column, instant_of(row[column], zone)))
    return found


def _finished_by(part: DeadlinePart, row: Row, night: Night, zone: ZoneInfo, finish: datetime) -> str:
    """The first of the columns named that holds the finish."""
    return next(column for column, at in _finishes(part, row, night, zone) if at == finish)


def _extension_notified(part: DeadlinePart, row: Row, night: Night, zone: ZoneInfo) -> datetime | None:
    """When an extension was notified, by as_of and with a reason."""
    if part.extension is None or row[part.extension.notified] is None or row[part.extension.reason] is None:
        return None
    notified, opened = row[part.extension.notified], row[part.opens]
    if isinstance(opened, datetime) and notified == opened.astimezone(zone).date():
        return opened  # a notice that is only a day came after what opened on it
    return instant_of(notified, zone) if night.has_come(notified, zone) else None


def read_lead_time(
    part: LeadTimePart, row: Row, calendars: Calendars, night: Night, department: str | None = None
) -> Verdict:
    """The notice must be given on or before the last day that is still early enough; by a limit in hours, at or before
    an instant. ``department`` is who owned the subject when it opened: working days are its office's."""
    zone = calendars.zone
    opened_at = instant_of(row[part.opens], zone)
    event: Moment = row[part.event]
    notice: Moment | None = row[part.notice]
    if notice is not None and not night.has_come(notice, zone):
        notice = None
    event_on, notice_on = day_of(event, zone), None if notice is None else day_of(notice, zone)
    measured: float | None
    if part.limit.unit == "hours":
        due, limit = instant_of(event, zone) - length(part.limit), float(part.limit.amount)
        in_time = notice is not None and instant_of(notice, zone) <= due
        measured = None if notice is None else (instant_of(event, zone) - instant_of(notice, zone)) / timedelta(hours=1)
    else:
        last_day: date | None
        if part.clock == "working_days":
            calendar = known_at(calendars.of(part.clock, department), opened_at)
            last_day = calendar.working_days_before(event_on, part.limit.amount)
            limit = float(part.limit.amount)
            measured = None if notice_on is None else calendar.working_days_between(notice_on, event_on)
        else:
            months = part.limit.unit == "months"
            last_day = months_later(event_on, -part.limit.amount) if months else event_on - part.limit.amount * DAY
            limit = float((event_on - last_day).days)
            measured = None if notice_on is None else float((event_on - notice_on).days)
        due = BEYOND if last_day is None else begins(last_day + DAY, zone)
        in_time = notice_on is not None and last_day is not None and notice_on <= last_day
    verdict = Verdict(
        opened_at=opened_at,
        opened_on=day_of(row[part.opens], zone),
        original_due_at=due,
        due_at=due,
        due_basis="beyond_calendar" if due == BEYOND else "limit",
        fulfilled_at=None if notice is None else instant_of(notice, zone),
        fulfilled_by=None if notice is None else part.notice,
        status="",
        decided_at=None,
        decided_on=None,
        measured_value=measured,
        limit_value=None if due == BEYOND else limit,
    )
    return judge(verdict, in_time, night, zone)


def read_coverage(part: CoveragePart, row: Row, calendars: Calendars, night: Night) -> Verdict:
    """Every piece of evidence must be on record when the limit ends; what was there before counts from the opening."""
    zone = calendars.zone
    opened: Moment = row[part.opens]
    opened_at, opened_on = instant_of(opened, zone), day_of(opened, zone)
    last_day: date | None = None
    if part.limit.unit == "months":
        same_day = months_later(opened_on, part.limit.amount)
        if is_date(opened):
            last_day = same_day
        else:
            due = by_the_clock(same_day, opened_at.astimezone(zone).time(), zone)
    elif is_date(opened):
        last_day = opened_on + part.limit.amount * DAY
    else:
        due = opened_at + length(part.limit)
    if last_day is not None:
        due = begins(last_day + DAY, zone)
    recorded = [_on_record(piece, row, opened_at, night, zone) for piece in part.evidence]
    there = [max(at, opened_at) for at in recorded if at is not None]

    def is_in_time(at: datetime | None) -> bool:
        at = None if at is None else max(at, opened_at)
        return at is not None and (at <= due if last_day is None else day_of(at, zone) <= last_day)

    in_time = [at for at in recorded if is_in_time(at)]
    missing = [piece for piece, at in zip(part.evidence, recorded, strict=True) if not is_in_time(at)]
    waits = [wait for piece in missing if (wait := _waited_for(piece, row, night)) is not None]
    verdict = Verdict(
        opened_at=opened_at,
        opened_on=opened_on,
        original_due_at=due,
        due_at=due,
        due_basis="limit",
        fulfilled_at=max(there) if len(there) == len(part.evidence) else None,
        status="",
        decided_at=None,
        decided_on=None,
        measured_value=float(len(in_time)),
        limit_value=float(len(part.evidence)),
        missing_evidence=",".join(piece.name for piece in missing) or None,
        waited_seconds=max(waits, default=None),
    )
    return judge(verdict, len(in_time) == len(part.evidence), night, zone)


def _on_record(piece: Evidence, row: Row, opened_at: datetime, night: Night, zone: ZoneInfo) -> datetime | None:
    """When a piece came on record: a moment at its time; anything else, if filled and not false, at the opening."""
    if piece.any_of is not None:
        found = [_on_record(option, row, opened_at, night, zone) for option in piece.any_of]
        return min((at for at in found if at is not None), default=None)
    assert piece.column is not None
    value = row[piece.column]
    if value is None or value is False:
        return None
    if piece.after is not None and not _in_window(value, row[piece.after], piece.within, zone):
        return None
    if isinstance(value, date):
        return instant_of(value, zone) if night.has_come(value, zone) else None
    return opened_at


def _waited_for(piece: Evidence, row: Row, night: Night) -> float | None:
    """How long it took from the moment that the piece counts from, in seconds: of the first column that has one."""
    for option in piece.any_of or [piece]:
        assert option.column is not None
        if option.after is None:
            continue
        begun, at = row[option.after], row[option.column]
        if any(isinstance(moment, date) and not isinstance(moment, datetime) for moment in (begun, at)):
            continue
        if begun is None or at is None or begun > at or at > night.as_of or begun > night.as_of:
            return None
        return float((at - begun).total_seconds())
    return None


def _in_window(moment: Moment, after: Moment | None, within: Duration | None, zone: ZoneInfo) -> bool:
    """Whether a moment comes at or after another, and by the end of ``within``; a date is a whole day."""
    if after is None:
        return False
    if is_date(moment) or is_date(after):
        day, first = day_of(moment, zone), day_of(after, zone)
        return first <= day and (within is None or day <= first + DAY * within.amount)
    begun, at = instant_of(after, zone), instant_of(moment, zone)
    return begun <= at and (within is None or at <= begun + length(within))


def read_occurrence(
    part: OccurrencePart, first_day: date, last_day: date, rows: Iterable[Row], calendars: Calendars, night: Night
) -> Verdict:
    """The n-th activity dated in the slot must have come by its end. ``rows`` are those that may count."""
    zone = calendars.zone
    days = sorted(row[part.on] for row in rows if first_day <= row[part.on] <= last_day)
    days = [day for day in days if night.has_come(day, zone)]
    nth = days[part.nth - 1] if len(days) >= part.nth else None
    due = begins(last_day + DAY, zone)
    verdict = Verdict(
        opened_at=begins(first_day, zone),
        opened_on=first_day,
        original_due_at=due,
        due_at=due,
        due_basis="limit",
        fulfilled_at=None if nth is None else begins(nth, zone),
        status="",
        decided_at=None,
        decided_on=None,
        measured_value=float(len(days)),
        limit_value=float(part.nth),
    )
    return judge(verdict, nth is not None, night, zone)


def slot_on(kind: SlotKind, day: date, calendar: CalendarDefinition) -> tuple[str, int] | None:
    """The slot of a kind in which a day lies, by its name and its number in the year; terms and years have none (0)."""
    year, week, _ = day.isocalendar()
    match kind:
        case "week":
            return f"{year}-W{week:02d}", week
        case "month":
            return f"{day:%Y-%m}", day.month
        case "quarter":
            return f"{day.year}-Q{-(-day.month // 3)}", -(-day.month // 3)
        case "half":
            return f"{day.year}-H{1 if day.month <= 6 else 2}", 1 if day.month <= 6 else 2
        case "year":
            return str(day.year), 0
        case "fiscal_year":
            starts = calendar.fiscal_year_starts
            assert starts is not None
            began = day.year if (day.month, day.day) >= (starts.month, starts.day) else day.year - 1
            is_calendar_year = (starts.month, starts.day) == (1, 1)
            return f"FY{began}" if is_calendar_year else f"FY{began}-{(began + 1) % 100:02d}", 0
        case "term":
            return next(((term.name, 0) for term in calendar.terms if term.first_day <= day <= term.last_day), None)


def slots(
    kind: SlotKind, only: Collection[int], calendar: CalendarDefinition, first: date, last: date
) -> Iterator[tuple[str, date, date]]:
    """The slots that begin on one of these days: name, first and last day. Found by walking from day to day."""
    day = first
    while day <= last:
        here = slot_on(kind, day, calendar)
        if here is not None and slot_on(kind, day - DAY, calendar) != here and (not only or here[1] in only):
            end = day
            while slot_on(kind, end + DAY, calendar) == here:
                end += DAY
            yield here[0], day, end
        day += DAY


def stands(organisation: Organisation, department_id: str, day: date) -> bool:
    """Whether a department, and whatever it stands under, has a place on a day."""
    department = next(each for each in organisation.departments if each.id == department_id)
    for place in department.placements:
        if place.effective_from <= day and (place.effective_to is None or day <= place.effective_to):
            return place.parent is None or stands(organisation, place.parent, day)
    return False


def standing(part: LevelPart, key: str, day: date, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """What stands on a day: each item with the rows that show it."""
    shown: dict[str, list[Row]] = {}
    if part.valid_for is None:
        assert part.ends is not None
        for row in rows:
            item = _item(part, row[part.item])
            if item and _spans(row, part.starts, part.ends, day):
                shown.setdefault(item, []).append(row)
        return shown
    latest: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row[part.starts], row[key])):
        item = _item(part, row[part.item])
        if item and row[part.starts] <= day:
            latest[item] = row
    for item, row in latest.items():
        if meets(row, part.standing) and (day - row[part.starts]).days <= part.valid_for.amount:
            shown[item] = [row]
    return shown


def _item(part: LevelPart, text: Any) -> Any:
    """One item however its letters and digits are set; of a population, whose items are keys, the very text."""
    if part.population is not None or text is None:
        return text
    # The Korean araea is typed as a dot between two words, in either of its two codes.
    letters = (letter for letter in str(text).lower() if letter not in {"\u318d", "\u119e"})
    return "".join(letter for letter in letters if unicodedata.category(letter)[0] in "LMN")


def _spans(row: Row, starts: str, ends: str, day: date) -> bool:
    return bool(row[starts] <= day and (row[ends] is None or day <= row[ends]))


def read_level(
    part: LevelPart, day: date, shown: dict[str, list[Row]], population: Sequence[Row], zone: ZoneInfo
) -> Verdict:
    """Enough must stand on that day: a number, every one named, or all that should."""
    if part.population is not None:
        starts, ends = part.population.starts, part.population.ends
        should = {row[part.population.item] for row in population if _spans(row, starts, ends, day)} - {None}
        value = 100 * len(should & shown.keys()) / len(should) if should else 100.0
        needed = 100.0
    elif part.every is not None:
        value, needed = float(len(shown.keys() & {_item(part, each) for each in part.every})), float(len(part.every))
    else:
        assert part.at_least is not None
        value, needed = float(len(shown)), float(part.at_least)
    return _of_day(day, value, needed, value >= needed, zone)


def read_zero(part: ZeroPart, day: date, rows: Sequence[Row], zone: ZoneInfo) -> Verdict:
    """No incident may fall on that day."""
    count = sum(row[part.on] == day for row in rows)
    return _of_day(day, float(count), 0.0, count == 0, zone)


def _of_day(day: date, value: float, needed: float, holds: bool, zone: ZoneInfo) -> Verdict:
    end = begins(day + DAY, zone)
    return Verdict(
        opened_at=begins(day, zone),
        opened_on=day,
        original_due_at=end,
        due_at=end,
        due_basis="limit",
        fulfilled_at=end if holds else None,
        status="met" if holds else "breached",
        decided_at=end,
        decided_on=day,
        measured_value=value,
        limit_value=needed,
    )


# ── measures ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Measured:
    """A figure (None of nothing), what it was divided by if it was, and whether there were rows enough for one."""

    value: float | None
    is_enough: bool = True


def read_figure(part: MeasurePart, rows: Sequence[Row], over: int, population: Collection[Any]) -> Measured:
    """The figure of a slot's rows; ``over`` is how many rows a ratio is taken over."""
    figure = part.figure
    if figure.count is not None:
        column = figure.count.distinct
        return Measured(float(len(rows) if column is None else len({row[column] for row in rows} - {None})))
    values = sorted(Fraction(str(row[figure.value])) for row in rows) if figure.value else []
    if figure.sum is not None:
        return Measured(float(sum(values)))
    if figure.ratio is not None:
        per = 100 if part.unit == "percent" else 1
        return Measured(float(Fraction(per * len(rows), over)) if over else None, over >= part.least)
    if figure.share is not None and figure.share.of is not None:
        reached = {row[str(figure.share.item)] for row in rows} & set(population)
        there = len(set(population))
        return Measured(float(Fraction(100 * len(reached), there)) if there else None, there >= part.least)
    if not rows:
        return Measured(None, is_enough=False)
    return Measured(_of_rows(part.figure, rows, values), len(rows) >= part.least)


def _of_rows(figure: Figure, rows: Sequence[Row], values: Sequence[Fraction]) -> float:
    """A share of some rows, or a figure of their values in order."""
    if figure.share is not None:
        assert figure.share.where is not None
        hits = sum(meets(row, figure.share.where) for row in rows)
        return float(Fraction(100 * hits, len(rows)))
    if figure.mean is not None:
        return float(statistics.mean(values))
    if figure.median is not None:
        return float(statistics.median(values))
    assert figure.percentile is not None
    wanted = Fraction(str(figure.percentile.p)) * len(values)
    return float(next(value for value in values if wanted <= 100 * sum(other <= value for other in values)))


def read_measure(
    part: MeasurePart, first: date, last: date, measured: Measured, *, is_known: bool, night: Night, zone: ZoneInfo
) -> Verdict:
    """A figure of the days ``first`` to ``last``, held against its limits when they are over and every day is known."""
    start, end = begins(first, zone), begins(last + DAY, zone)
    is_over = end <= night.as_of and is_known
    value = measured.value
    holds = (
        value is not None
        and (part.at_least is None or value >= part.at_least)
        and (part.at_most is None or value <= part.at_most)
    )
    verdict = Verdict(
        opened_at=start,
        opened_on=first,
        original_due_at=end,
        due_at=end,
        due_basis="limit",
        fulfilled_at=end if is_over and holds and measured.is_enough else None,
        status="pending",
        decided_at=None,
        decided_on=None,
        measured_value=value,
        limit_value=float(part.at_most if part.at_most is not None else str(part.at_least)),
    )
    if not is_over:
        return verdict
    if not measured.is_enough:
        before_the_end = end - timedelta(microseconds=1)
        return replace(
            verdict,
            status="excluded",
            decided_at=before_the_end,
            decided_on=last,
            exclusion_rule="figure:too_few_rows",
        )
    return replace(verdict, status="met" if holds else "breached", decided_at=end, decided_on=last)


def window_begins(window: Duration, last: date) -> date:
    """The first day of a rolling window that ends with ``last``."""
    if window.unit == "months":
        return months_later(last, -window.amount) + DAY
    return last - DAY * (window.amount - 1)


# ── conditions, exclusions, waivers, ownership ──────────────────────────────────────────────────


def meets(row: Row, where: Where) -> bool:
    """Whether a row meets every condition. Nothing entered meets no condition but ``is_null``."""
    return all(_meets(row, row[column], wanted) for column, wanted in where.items())


def _meets(row: Row, value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Comparison):
        if wanted.is_null is not None:
            return (value is None) == wanted.is_null
        if value is None:
            return False
        if wanted.not_in is not None:
            return value not in wanted.not_in
        if wanted.later_than is not None:
            other = row[wanted.later_than]
            return other is not None and bool(value > other)
        for bound, sign in ((wanted.at_least, 1), (wanted.at_most, -1)):
            other = row[bound] if isinstance(bound, str) else bound
            if bound is not None and (other is None or sign * value < sign * other):
                return False
        return True
    if value is None:
        return False
    return value in (wanted if isinstance(wanted, list) else [wanted])


@dataclass(frozen=True)
class Waiver:
    """A decision that a standard does not apply to what opened from ``from_on`` to ``to_on``."""

    waiver_id: str
    standard_id: str
    department_id: str | None
    subject_id: str | None
    from_on: date
    to_on: date
    decided_at: datetime


@dataclass(frozen=True)
class Transfer:
    """A subject handed on to another department."""

    subject_id: str
    department_id: str
    at: datetime
    event_id: str = ""


def excluded_by(
    exclusions: Sequence[tuple[str, Exclusion]], row: Row, verdict: Verdict, night: Night, zone: ZoneInfo
) -> Verdict | None:
    """The commitment as the first exclusion that holds takes it out; None when none does.

    An exclusion dated after as_of has not been made yet; one that asks for an end before the limit needs that end.
    """
    for name, exclusion in exclusions:
        if not meets(row, exclusion.where):
            continue
        if exclusion.ended_before_limit is not None:
            ended = row[exclusion.ended_before_limit]
            if ended is None or not night.has_come(ended, zone):
                continue
            if verdict.due_at == BEYOND or instant_of(ended, zone) >= verdict.due_at:
                continue
        made = row[exclusion.at] if exclusion.at else None
        if made is not None and not night.has_come(made, zone):
            continue
        made_at = verdict.opened_at if made is None else instant_of(made, zone)
        return taken_out(verdict, name, made_at, zone)
    return None


def waived_by(
    waivers: Iterable[Waiver],
    standard_id: str,
    subject_id: str,
    owner: str,
    verdict: Verdict,
    night: Night,
    zone: ZoneInfo,
) -> Verdict | None:
    """The commitment as the earliest waiver that covers it takes it out; None when none does."""
    for waiver in sorted(waivers, key=lambda waiver: (waiver.decided_at, waiver.waiver_id)):
        if (
            waiver.standard_id == standard_id
            and waiver.department_id in (None, owner)
            and waiver.subject_id in (None, subject_id)
            and waiver.from_on <= verdict.opened_on <= waiver.to_on
            and waiver.decided_at <= night.as_of
        ):
            return taken_out(verdict, f"waiver:{waiver.waiver_id}", waiver.decided_at, zone)
    return None


def taken_out(verdict: Verdict, rule: str, made_at: datetime, zone: ZoneInfo) -> Verdict:
    """Excluded, on the day on which that was decided; its times and its measured value stay."""
    at = max(made_at, verdict.opened_at)
    return replace(verdict, status="excluded", exclusion_rule=rule, decided_at=at, decided_on=day_of(at, zone))


def owner_at(first_owner: str, received_at: datetime, transfers: Iterable[Transfer], moment: datetime) -> str:
    """Who owned a subject at an instant: a transfer at that very instant has happened. The subject is its first owner's
    when it is received, whatever is dated before that."""
    owner, since = first_owner, received_at
    for transfer in sorted(transfers, key=lambda transfer: (transfer.at, transfer.event_id)):
        is_overtaken = since <= moment and transfer.at < since
        if transfer.at <= moment and not is_overtaken:
            owner, since = transfer.department_id, transfer.at
    return owner


# ── counting days ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Counts:
    """What a day shows for one standard and department; ``pending`` is what was open when the day ended."""

    met: int = 0
    breached: int = 0
    pending: int = 0
    excluded: int = 0


def count_day(day: date, verdicts: Iterable[Verdict]) -> Counts:
    """Decided and excluded commitments count on their day; open ones on every day at whose end they were open."""
    verdicts = list(verdicts)
    decided = [verdict.status for verdict in verdicts if verdict.decided_on == day]
    open_at_end = [
        verdict
        for verdict in verdicts
        if verdict.opened_on <= day and (verdict.decided_on is None or verdict.decided_on > day)
    ]
    return Counts(
        met=decided.count("met"),
        breached=decided.count("breached"),
        pending=len(open_at_end),
        excluded=decided.count("excluded"),
    )


# ── targets ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Reached:
    """How many of a target's commitments were met and breached, and whether that reaches it."""

    met: int
    breached: int
    result: str


def read_target(target: float, verdicts: Iterable[Verdict], last_day: date) -> Reached:
    """What one target comes to of the commitments that count towards it, decided by the end of ``last_day``."""
    decided = [each.status for each in verdicts if each.decided_on is not None and each.decided_on <= last_day]
    met, breached = decided.count("met"), decided.count("breached")
    if met + breached == 0:
        return Reached(0, 0, "nothing_due")
    return Reached(met, breached, "kept" if met >= Fraction(str(target)) * (met + breached) else "broken")


def read_standard(targets: Iterable[Reached]) -> str:
    """A standard is broken when one of its targets is, and kept when all that had something due are."""
    results = {each.result for each in targets}
    return next((result for result in ("broken", "kept") if result in results), "nothing_due")


# ── inquiries ───────────────────────────────────────────────────────────────────────────────────


def read_inquiry(ticket: Row, events: Iterable[Row], night: Night, zone: ZoneInfo) -> Row:
    """What had become of a ticket by as_of. An internal note is no reply; reopening does not touch the first clock; an
    interim notice counts only before the first reply and if it promises an instant after itself; a mark counts while it
    stands, and reopening takes both marks back."""
    known = [event for event in events if event["ticket_id"] == ticket["ticket_id"]]
    known = sorted(
        (event for event in known if event["occurred_at"] <= night.as_of),
        key=lambda event: (event["occurred_at"], event["event_id"]),
    )

    def first(kind: str) -> datetime | None:
        return next((event["occurred_at"] for event in known if event["kind"] == kind), None)

    reply = first("public_reply")
    notice = next(
        (
            event
            for event in known
            if event["kind"] == "interim_notice"
            and (reply is None or event["occurred_at"] < reply)
            and event["promised_at"] is not None
            and event["promised_at"] > event["occurred_at"]
        ),
        None,
    )
    ended = ticket["project_ended_on"]
    return {
        **ticket,
        "days_since_project_end": None if ended is None else (day_of(ticket["received_at"], zone) - ended).days,
        "first_reply_at": reply,
        "interim_notice_at": notice["occurred_at"] if notice else None,
        "interim_promised_at": notice["promised_at"] if notice else None,
        "handled_at": first("handled"),
        "spam_marked_at": _standing_since(known, "marked_spam", ("unmarked_spam", "reopened")),
        "duplicate_marked_at": _standing_since(known, "marked_duplicate", ("unmarked_duplicate", "reopened")),
        "rating_invited_at": first("rating_invited"),
        "reopened_at": first("reopened"),
        "reopen_count": sum(event["kind"] == "reopened" for event in known),
        "transfer_count": sum(event["kind"] == "transferred" for event in known),
    }


def _standing_since(events: Sequence[Row], sets: str, takes_back: Sequence[str]) -> datetime | None:
    """Since when a mark stands after the last of ``events``; None when it was never set, or was taken back since.

    Of what happened at one instant, taking back comes last.
    """
    since: datetime | None = None
    for event in sorted(events, key=lambda event: (event["occurred_at"], event["kind"] in takes_back)):
        if event["kind"] in takes_back:
            since = None
        elif event["kind"] == sets and since is None:
            since = event["occurred_at"]
    return since


def read_transfers(events: Iterable[Row], night: Night) -> list[Transfer]:
    """The transfers known by as_of; one that names no department leaves the owner as it was."""
    return [
        Transfer(event["ticket_id"], event["department_id"], event["occurred_at"], event["event_id"])
        for event in events
        if event["kind"] == "transferred" and event["department_id"] is not None and event["occurred_at"] <= night.as_of
    ]
