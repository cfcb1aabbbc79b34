"""Checks of a deadline's part: that its clock can count its limit, and that what holds the clock can be found."""

from __future__ import annotations

from collections.abc import Iterator

from charter.base.errors import Problem
from charter.definitions.columns import Columns, closest
from charter.definitions.document import Folder, Location
from charter.definitions.models import MOMENTS, ColumnLimit, DeadlinePart, Duration, ListedLimit, Pauses

_OF_WORKING_DAYS = ("first_day", "cut_off", "ends")


def check_deadline(folder: Folder, check: Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
    """Every reason for which the part at ``place`` of charter.yaml could not be judged."""
    if part.limit is not None:
        yield from _check_limit(check, (*place, "limit"), part)
        yield from _check_counted_alike(check, place, part)
    yield from _check_working_days(check, place, part)
    yield from _check_promised_day(check, place, part)
    yield from _check_window(check, place, part)
    if part.pauses is not None:
        yield from _check_pauses(folder, check, (*place, "pauses"), part, part.pauses)


# ── the limit ───────────────────────────────────────────────────────────────────────────────────


def _durations(part: DeadlinePart) -> Iterator[tuple[Location, Duration]]:
    """Every limit that the charter names, and where below ``limit``."""
    if isinstance(part.limit, Duration):
        yield (), part.limit
        return
    if isinstance(part.limit, ListedLimit):
        yield from ((("of", value), duration) for value, duration in part.limit.of.items())
    if part.limit is not None and part.limit.otherwise is not None:
        yield ("otherwise",), part.limit.otherwise


def _check_limit(check: Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
    limit, opens_on_date = part.limit, check.is_date(part.opens)
    if isinstance(limit, ColumnLimit):
        numbers = {"integer"} if opens_on_date else {"integer", "number"}
        yield from check.column((*place, "column"), limit.column, numbers)
        if part.clock == "kr_civil_petition" and limit.unit == "days":
            yield Problem(
                "kr_civil_petition counts up to 5 days in working hours and more in working days: a column of days has"
                " no one count",
                check.document.place((*place, "unit")),
                "list the limits with 'by' and 'of', all of up to 5 days or all of 6 and more, or give hours",
            )
        yield from _check_unit(check, (*place, "unit"), part, Duration(1, limit.unit), opens_on_date)
    if isinstance(limit, ListedLimit):
        yield from _check_listed(check, place, limit)
    for where, duration in _durations(part):
        yield from _check_unit(check, (*place, *where), part, duration, opens_on_date)
    yield from _check_before(check, (*place[:-1], "before"), part, opens_on_date)
    counts = {_way_of_counting(part.clock, duration): duration for _, duration in _durations(part)}
    if isinstance(limit, ColumnLimit):
        counts.setdefault(_way_of_counting(part.clock, Duration(1, limit.unit)), Duration(1, limit.unit))
    if len(counts) > 1:
        one, other, *_ = counts.values()
        yield Problem(
            f"limits of {one} and of {other} are counted in different ways by {part.clock}",
            check.document.place(place),
            "make them parts of their own, each with its limit and a where",
        )


def _check_before(check: Columns, place: Location, part: DeadlinePart, opens_on_date: bool) -> Iterator[Problem]:
    """A limit that ends with a day has no instant of which one could say that it is too late."""
    if not part.before or part.clock == "working_days":
        return
    days = [
        duration
        for _, duration in _durations(part)
        if (opens_on_date if part.clock == "elapsed" else _way_of_counting(part.clock, duration) != "time")
    ]
    if days or (opens_on_date and part.clock == "elapsed"):
        limit = str(days[0]) if days else "days"
        yield Problem(
            f"a limit of {limit} ends with a day here, and all of that day is in time",
            check.document.place(place),
            "remove before, or give a day less",
        )


def _check_listed(check: Columns, place: Location, limit: ListedLimit) -> Iterator[Problem]:
    yield from check.column((*place, "by"), limit.by, {"code", "text", "department"})
    column = check.subject.columns.get(limit.by)
    if column is None or column.values is None:
        return
    for value in limit.of:
        if value not in column.values:
            yield Problem(
                f"'{value}' is not a value of '{limit.by}' in '{check.name}'",
                check.document.place((*place, "of", value)),
                closest(value, column.values),
            )
    missing = [value for value in column.values if value not in limit.of]
    if missing and limit.otherwise is None:
        yield Problem(
            f"'{limit.by}' may say '{missing[0]}', for which no limit is given",
            check.document.place((*place, "of")),
            "give one for each of its values, or add otherwise",
        )


def _check_unit(
    check: Columns, place: Location, part: DeadlinePart, limit: Duration, opens_on_date: bool
) -> Iterator[Problem]:
    where, petition = check.document.place(place), part.clock == "kr_civil_petition"
    of_hours = limit.unit in ("seconds", "minutes", "hours")
    if part.clock == "working_days" and limit.unit != "days":
        yield Problem(f"a limit of {limit} is not in working days", where, "give it in days, or use business_hours")
    elif part.clock == "working_days" and part.first_day == "counted" and limit.amount == 0:
        yield Problem("no working day at all has no first one", where, "give 1 day: it ends on the day of the opening")
    elif petition and opens_on_date and (of_hours or (limit.unit == "days" and limit.amount <= 5)):
        yield Problem(
            f"kr_civil_petition counts a limit of {limit} in working hours, but '{part.opens}' is only a date",
            check.document.place((*place[:-1], "opens")) if place[-1] == "limit" else where,
            "open it with an instant, or give a limit of 6 days or more",
        )
    elif part.clock == "elapsed" and opens_on_date and of_hours:
        yield cannot_run_from_a_date(check, place, limit, part.opens)
    elif petition and limit.unit == "months" and limit.amount == 0:
        yield Problem(
            f"{part.clock} counts the first day of a month: a limit of {limit} would end before it begins",
            where,
            "give at least 1 month",
        )


def cannot_run_from_a_date(check: Columns, place: Location, limit: Duration, opens: str) -> Problem:
    """What is wrong with a ``limit`` in hours (or less) of which the clock starts with the date in ``opens``."""
    return Problem(
        f"a limit of {limit} cannot run from '{opens}', which is a date",
        check.document.place(place),
        "give the limit in days or months",
    )


def _way_of_counting(clock: str, limit: Duration) -> str:
    """What a clock counts of a limit, as far as limits of one part may differ in it."""
    if limit.unit == "months":
        return "months"
    return "working days" if clock == "kr_civil_petition" and limit.unit == "days" and limit.amount >= 6 else "time"


def _check_counted_alike(check: Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
    extension, limit = part.extension, part.limit
    if extension is None:
        return
    units = {duration.unit: duration for _, duration in _durations(part)}
    if isinstance(limit, ColumnLimit):
        units.setdefault(limit.unit, Duration(1, limit.unit))
    for unit, duration in units.items():
        if extension.limit.unit != unit:
            yield Problem(
                f"an extension of {extension.limit} cannot go on counting a limit of {duration}",
                check.document.place((*place, "extension", "limit")),
                f"give the extension in {unit}",
            )


# ── working days, promised days, windows ────────────────────────────────────────────────────────


def _check_working_days(check: Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
    for key in _OF_WORKING_DAYS:
        if part.clock != "working_days" and key in part.model_fields_set:
            yield Problem(
                f"{part.clock} has no '{key}'",
                check.document.place((*place, key)),
                f"remove {key}, or use clock: working_days",
            )
    if part.clock != "working_days":
        return
    if part.cut_off is not None and check.is_date(part.opens):
        yield Problem(
            f"'{part.opens}' is only a date, and no time of day to cut off at",
            check.document.place((*place, "cut_off")),
            "open it with an instant, or remove cut_off",
        )
    if part.before:
        yield Problem(
            "a working day ends with its last instant, and no instant of it is too late",
            check.document.place((*place, "before")),
            "remove before, or give a day less",
        )
    if part.unit != "days":
        yield Problem(
            f"working days are measured in days, not in {part.unit}",
            check.document.place((*place, "unit")),
            "unit: days",
        )


def _check_promised_day(check: Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
    if not check.is_date(part.due):
        return
    if part.unit != "days":
        yield Problem(
            f"'{part.due}' is a date, and what is promised by a day is measured in days",
            check.document.place((*place, "unit")),
            "unit: days",
        )
    if part.before:
        yield Problem(
            f"'{part.due}' is a date, and all of that day is in time",
            check.document.place((*place, "before")),
            "remove before, or name an instant",
        )


def _check_window(check: Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
    if part.not_before is None:
        return
    where = check.document.place((*place, "not_before"))
    column, due = check.subject.columns.get(part.not_before), check.subject.columns.get(part.due or "")
    if part.clock != "elapsed":
        yield Problem(
            f"{part.clock} stands still, and a window is told by plain time", where, "use clock: elapsed for this part"
        )
    if part.pauses is not None or part.extension is not None or part.before:
        other = "pauses" if part.pauses else "extension" if part.extension else "before"
        yield Problem(f"a window with both ends has no {other}", where, f"remove {other}, or not_before")
    by_day = check.is_date(part.due if due is not None else part.opens)
    if column is not None and by_day and column.type == "instant":
        yield Problem(
            f"this limit ends with a day, and '{part.not_before}' is an instant", where, "name a column of type date"
        )


# ── pauses ──────────────────────────────────────────────────────────────────────────────────────


def _check_pauses(
    folder: Folder, check: Columns, place: Location, part: DeadlinePart, pauses: Pauses
) -> Iterator[Problem]:
    document, subjects = check.document, folder.subjects.subjects
    landed = {name: subject for name, subject in subjects.items() if subject.landed}
    if part.due is not None:
        yield Problem(
            f"what is promised by '{part.due}' is due then, whatever passes", document.place(place), "remove pauses"
        )
    if part.clock != "elapsed" and any(duration.unit == "months" for duration in part.limits):
        yield Problem(
            f"a month of {part.clock} that stands still has no one end", document.place(place), "give the limit in days"
        )
    if pauses.of not in landed:
        yield Problem(
            f"'{pauses.of}' is not a landed table", document.place((*place, "of")), closest(pauses.of, landed)
        )
        return
    other = Columns(document, pauses.of, landed[pauses.of])
    yield from other.column((*place, "at"), pauses.at, MOMENTS)
    yield from other.where((*place, "where"), pauses.where)
    yield from other.where((*place, "until"), pauses.until)
    if pauses.by is not None:
        yield from other.column((*place, "by"), pauses.by, {"text"})
    elif check.subject.key not in other.subject.columns:
        yield Problem(
            f"no column of '{pauses.of}' is called '{check.subject.key}', so nothing says whose clock it holds",
            document.place((*place, "of")),
            f"name with 'by' the column of '{pauses.of}' that holds '{check.subject.key}'",
        )
