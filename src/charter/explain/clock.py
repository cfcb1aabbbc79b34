"""The arithmetic of a deadline, step by step: from the opening to the due time, as a person would count it.

``counting`` of the rule's part says what is counted (see charter.transform.compile.counting). The models look due times
up in tables; here they are walked to, day by day. ``due_of`` is a second reading of the same definitions, and the
explanation compares the two.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from charter.base.moments import end_of_day, local_date, local_midnight, shown_at
from charter.explain.models import StepTold
from charter.transform.compile.calendar import ClockRules
from charter.transform.compile.rule_parts import RulePart

# Steps that list single days: more of them nobody reads.
MOST_DAYS = 40
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pause:
    """A stretch in which the clock stands still; ``until`` is None while it does. Instants are aware."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Opening:
    """What a deadline is counted from.

    ``calendar`` is the one that working time is counted on, None where the clock never stands still; ``known_on`` the
    day as of which it is looked at. ``limit`` counts what the part's ``counting`` says; ``prolonged`` is with the
    extension, which was notified at ``extended_at``.
    """

    part: RulePart
    opened_at: datetime
    limit: int | None
    zone: ZoneInfo
    calendar: ClockRules | None = None
    known_on: date | None = None
    prolonged: int | None = None
    extended_at: datetime | None = None
    promised_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class Walk:
    """The steps of a count, and where it ends; ``due_at`` None where nothing says so yet."""

    steps: tuple[StepTold, ...]
    due_at: datetime | None


class BeyondCalendarError(Exception):
    """The count runs over the calendar's end."""


def due_of(opening: Opening) -> Walk:
    """Walks from the opening to the due time; through the extension, where one was notified in time."""
    first = _walk(opening)
    if opening.extended_at is None or opening.prolonged is None:
        return first
    in_time = first.due_at is not None and opening.opened_at <= opening.extended_at < first.due_at
    told = StepTold(kind="extended" if in_time else "not_extended", at=opening.extended_at, until=first.due_at)
    if not in_time:
        return Walk((*first.steps, told), first.due_at)
    longer = _walk(replace(opening, limit=opening.prolonged))
    return Walk((*first.steps, told, *longer.steps[1:]), longer.due_at)


def _walk(opening: Opening) -> Walk:
    part = opening.part
    steps = [StepTold(kind="opens", at=opening.opened_at)]
    if part.counting in ("promised", "promised_day"):
        steps.append(StepTold(kind="promised", at=opening.promised_at, what=part.due.name if part.due else ""))
        return _ending(opening, steps, opening.promised_at)
    if opening.limit is None:
        return Walk((*steps, StepTold(kind="no_due", what="no_limit")), None)
    try:
        match part.counting:
            case "working_seconds":
                return _working_seconds(opening, steps)
            case "working_days":
                return _working_days(opening, steps)
            case "rolled_months":
                return _rolled_months(opening, steps)
        return _elapsed(opening, steps)
    except BeyondCalendarError:
        return Walk((*steps, StepTold(kind="no_due", what="beyond_calendar")), None)


# ── clocks that never stand still on days off ───────────────────────────────────────────────────────────────────────


def _elapsed(opening: Opening, steps: list[StepTold]) -> Walk:
    assert opening.limit is not None
    steps.append(_limit(opening))
    return _ending(opening, steps, elapsed_due(opening))


def elapsed_due(opening: Opening) -> datetime:
    """The due time of a limit in plain seconds, days or months, before any pause."""
    assert opening.limit is not None
    part, zone = opening.part, opening.zone
    if part.counting == "seconds":
        return opening.opened_at + timedelta(seconds=opening.limit)
    if ends_with_a_day(part):
        return end_of_day(last_day_of(part.counting, local_date(opening.opened_at, zone), opening.limit), zone)
    local = opening.opened_at.astimezone(zone)
    second = local.hour * 3600 + local.minute * 60 + local.second
    day = months_later(local.date(), opening.limit)
    return shown_at(day, second, zone) + timedelta(microseconds=local.microsecond)


def last_day_of(counting: str, day: date, count: int) -> date:
    """The last day of ``count`` days or months from ``day`` on; of a negative count, before it."""
    return months_later(day, count) if counting == "months" else day + timedelta(days=count)


def months_later(day: date, count: int) -> date:
    """The same day of the month ``count`` months later, or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def ends_with_a_day(part: RulePart) -> bool:
    """Whether an elapsed limit ends with a day, rather than at an instant."""
    return part.counting in ("days", "promised_day") or (part.counting == "months" and part.granularity == "date")


def _ending(opening: Opening, steps: list[StepTold], due_at: datetime | None) -> Walk:
    """Moves an elapsed due time by the pauses that begin before it."""
    moved, zone = timedelta(0), opening.zone
    by_day = ends_with_a_day(opening.part)
    for pause in opening.pauses if due_at is not None else ():
        assert due_at is not None
        begins = _earlier(pause.since, moved, zone, by_day=by_day)
        if begins >= due_at:
            continue
        if pause.until is None:
            return Walk((*steps, StepTold(kind="stands_still", at=pause.since)), None)
        days = local_date(pause.until, zone) - local_date(pause.since, zone)
        length = days if by_day else pause.until - pause.since
        moved += length
        amount = length.days if by_day else length.total_seconds()
        unit = "days" if by_day else "seconds"
        steps.append(StepTold(kind="pause", at=pause.since, until=pause.until, amount=amount, unit=unit))
    if due_at is not None and moved:
        due_at = end_of_day(local_date(due_at - _DAY, zone) + moved, zone) if by_day else due_at + moved
    return Walk((*steps, _due(due_at)), due_at)


def _earlier(instant: datetime, by: timedelta, zone: ZoneInfo, *, by_day: bool) -> datetime:
    return local_midnight(local_date(instant, zone) - by, zone) if by_day else instant - by


# ── clocks that stand still on days off ─────────────────────────────────────────────────────────────────────────────


def _working_seconds(opening: Opening, steps: list[StepTold]) -> Walk:
    assert opening.limit is not None
    steps.append(_limit(opening))
    wanted, paused = float(opening.limit), 0.0
    for pause in opening.pauses:
        reached = worked_seconds(opening, opening.opened_at, pause.since) - paused
        if reached >= wanted:
            continue
        if pause.until is None:
            return Walk((*steps, StepTold(kind="stands_still", at=pause.since)), None)
        length = worked_seconds(opening, pause.since, pause.until)
        paused += length
        steps.append(StepTold(kind="pause", at=pause.since, until=pause.until, amount=length, unit="working_seconds"))
    total, wanted = 0.0, wanted + paused
    for shown, (begin, end) in enumerate(_worked(opening, opening.opened_at), start=1):
        seconds = (end - begin).total_seconds()
        if total + seconds >= wanted and (wanted > 0 or seconds > 0):
            due_at = begin + timedelta(seconds=wanted - total)
            steps.append(_works(begin, due_at, wanted - total, wanted))
            return Walk((*steps, _due(due_at)), due_at)
        total += seconds
        if shown <= MOST_DAYS:
            steps.append(_works(begin, end, seconds, total))
    raise BeyondCalendarError


def _works(begin: datetime, end: datetime, seconds: float, total: float) -> StepTold:
    return StepTold(kind="works", at=begin, until=end, amount=seconds, total=total)


def worked_seconds(opening: Opening, since: datetime, until: datetime) -> float:
    """The working time between two instants, in seconds."""
    total = 0.0
    for begin, end in _worked(opening, since):
        if begin >= until:
            break
        total += (min(end, until) - begin).total_seconds()
    return total


def _worked(opening: Opening, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of working time from ``since`` on, each once also where two of them overlap."""
    calendar, known_on = opening.calendar, opening.known_on
    assert calendar is not None and known_on is not None
    at = since
    # A shift that began the day before may still run.
    for day in _days(local_date(since, calendar.zone) - _DAY, calendar.last_day):
        for block in calendar.working_time.blocks(day, known_on):
            begin = max(shown_at(day, block.start, calendar.zone), at)
            end = shown_at(day, block.end, calendar.zone)
            if begin < end:
                yield begin, end
                at = end


def _working_days(opening: Opening, steps: list[StepTold]) -> Walk:
    assert opening.limit is not None and opening.calendar is not None
    part, zone = opening.part, opening.calendar.zone
    opened_on = opening_day(opening)
    if part.cut_off_seconds is not None and opened_on != local_date(opening.opened_at, zone):
        steps.append(StepTold(kind="counts_from", day=opened_on))
    days = _working_days_from(opening, opened_on)
    first = next(days)
    if not part.counts_first_day:
        steps.append(StepTold(kind="skipped", day=first))
        first = next(days)
    steps.append(_limit(opening))
    length, still = _paused_days(opening, first, steps)
    if still is not None:
        return Walk((*steps, still), None)
    wanted, day, number = opening.limit + length, first, 1
    while number < wanted:
        if number <= MOST_DAYS:
            steps.append(StepTold(kind="working_day", day=day, total=number))
        following = next(days)
        number += 1
        off = (following - day).days - 1
        if off and number <= MOST_DAYS:
            steps.append(StepTold(kind="day_off", day=day + _DAY, amount=off, unit="days"))
        day = following
    steps.append(StepTold(kind="working_day", day=day, total=wanted))
    due_at = _end_of_working_day(opening, day)
    return Walk((*steps, _due(due_at)), due_at)


def opening_day(opening: Opening) -> date:
    """The day on which a count of working days begins: what opens after the cut-off belongs to the next."""
    part = opening.part
    assert opening.calendar is not None
    if part.granularity == "date":
        return local_date(opening.opened_at, opening.zone)
    later = timedelta(seconds=0 if part.cut_off_seconds is None else 86400 - part.cut_off_seconds)
    local = opening.opened_at.astimezone(opening.calendar.zone).replace(tzinfo=None)
    return (local + later).date()


def _paused_days(opening: Opening, first: date, steps: list[StepTold]) -> tuple[int, StepTold | None]:
    """How many working days pass in the pauses that begin within the limit, and whether the clock still stands."""
    assert opening.limit is not None and opening.calendar is not None
    zone, paused = opening.calendar.zone, 0
    for pause in opening.pauses:
        since = local_date(pause.since, zone)
        reached = _number_of(opening, first, since) - paused
        if reached >= opening.limit:
            continue
        if pause.until is None:
            return paused, StepTold(kind="stands_still", at=pause.since)
        until = local_date(pause.until, zone)
        length = _number_of(opening, first, until) - _number_of(opening, first, since)
        paused += length
        steps.append(StepTold(kind="pause", at=pause.since, until=pause.until, amount=length, unit="working_days"))
    return paused, None


def _number_of(opening: Opening, first: date, day: date) -> int:
    """How many working days lie from ``first`` to before the next one from ``day`` on; negative before it."""
    if day <= first:
        return -_between(opening, day, first)
    return _between(opening, first, day)


def _between(opening: Opening, since: date, until: date) -> int:
    return sum(1 for day in _days(since, until - _DAY) if _works_on(opening, day))


def _rolled_months(opening: Opening, steps: list[StepTold]) -> Walk:
    assert opening.limit is not None and opening.calendar is not None
    zone = opening.zone if opening.part.granularity == "date" else opening.calendar.zone
    opened_on = local_date(opening.opened_at, zone)
    steps.append(_limit(opening))
    same_day = months_later(opened_on, opening.limit)
    eve = opening.part.counts_first_day and same_day.day == opened_on.day
    ends_on = same_day - _DAY if eve else same_day
    day = next(_working_days_from(opening, ends_on))
    if day != ends_on:
        steps.append(StepTold(kind="rolls", day=ends_on, at=local_midnight(day, zone)))
    due_at = end_of_day(day, zone)
    return Walk((*steps, _due(due_at)), due_at)


def _end_of_working_day(opening: Opening, day: date) -> datetime:
    assert opening.calendar is not None and opening.known_on is not None
    part, zone = opening.part, opening.calendar.zone
    if part.ends_at_closing:
        blocks = opening.calendar.working_time.blocks(day, opening.known_on)
        return max(shown_at(day, block.end, zone) for block in blocks)
    return end_of_day(day, opening.zone if part.granularity == "date" else zone)


def _working_days_from(opening: Opening, day: date) -> Iterator[date]:
    """The working days from ``day`` on. Raises BeyondCalendarError at the calendar's end."""
    assert opening.calendar is not None
    for each in _days(day, opening.calendar.last_day):
        if _works_on(opening, each):
            yield each
    raise BeyondCalendarError


def _works_on(opening: Opening, day: date) -> bool:
    assert opening.calendar is not None and opening.known_on is not None
    return bool(opening.calendar.working_time.blocks(day, opening.known_on))


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _limit(opening: Opening) -> StepTold:
    return StepTold(kind="limit", amount=opening.limit, unit=opening.part.counting)


def _due(due_at: datetime | None) -> StepTold:
    return StepTold(kind="no_due" if due_at is None else "due", at=due_at)


def union_of(pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    """Pauses that overlap or touch, joined; in order."""
    joined: list[Pause] = []
    for pause in sorted(pauses, key=lambda each: each.since):
        last = joined[-1] if joined else None
        if last is not None and (last.until is None or pause.since <= last.until):
            until = None if last.until is None or pause.until is None else max(last.until, pause.until)
            joined[-1] = Pause(last.since, until)
        else:
            joined.append(pause)
    return tuple(joined)
