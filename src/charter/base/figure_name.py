"""The name of a figure: short enough to type from paper, and always of the same figure.

``2026-W27/first-answer/north-desk`` is what the standard ``first-answer`` came to in week 27 at the department
``north-desk``; without a department it is the whole agency's. ``2026-W27r2/…`` is the figure as the second revision of
the report had it. A part of a rule that has a target of its own follows its standard after a dot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from charter.base.errors import SettingError
from charter.base.moments import Period, PeriodKind

_NAME = re.compile(
    r"""
    (?P<period>[0-9A-Z-]+) (?: r(?P<revision>[1-9][0-9]*) )?
    / (?P<standard>[a-z][a-z0-9_-]*) (?: \.(?P<part>[a-z][a-z0-9_-]*) )?
    (?: / (?P<department>[a-z][a-z0-9_-]*) )?
    """,
    re.VERBOSE,
)
_REVISED = re.compile(r"(.+?)([rR]\d+)?")
# Each kind of period as it is written; the year of W27, Q2 and the like may be left out.
_PERIODS: tuple[tuple[PeriodKind, re.Pattern[str]], ...] = (
    ("week", re.compile(r"(?:(?P<year>\d{4})-)?W(?P<number>\d{1,2})")),
    ("quarter", re.compile(r"(?:(?P<year>\d{4})-)?Q(?P<number>[1-4])")),
    ("day", re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")),
    ("month", re.compile(r"(?P<year>\d{4})-(?P<number>\d{2})")),
    ("year", re.compile(r"(?P<year>\d{4})")),
    ("fiscal_year", re.compile(r"FY(?P<year>\d{4})(?:-(?P<month>\d{2})-(?P<day>\d{2}))?")),
    ("rolling_year", re.compile(r"RY(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")),
)
_REMEDY = (
    "write it as PERIOD/STANDARD/DEPARTMENT, such as 2026-W27/first-answer/north-desk;"
    " the whole agency's goes without DEPARTMENT"
)


@dataclass(frozen=True)
class NamedPeriod:
    """A period by its name.

    ``number`` is that of a week, quarter or month. ``year`` is None where a person left it out: then it is the newest
    such period. ``day`` is the date of a day, and the first day of a rolling year and of a fiscal year; None for a
    fiscal year that is known by its year alone.
    """

    kind: PeriodKind
    year: int | None
    number: int | None = None
    day: date | None = None

    def __str__(self) -> str:
        year = "" if self.year is None else f"{self.year}"
        match self.kind:
            case "week":
                return f"{year}-W{self.number:02d}".lstrip("-")
            case "quarter":
                return f"{year}-Q{self.number}".lstrip("-")
            case "month":
                return f"{year}-{self.number:02d}"
            case "fiscal_year":
                return f"FY{self.day or year}"
            case "rolling_year":
                return f"RY{self.day}"
            case _:
                return str(self.day or year)

    def start(self) -> date | None:
        """The first day; None where the name alone does not tell it."""
        if self.day is not None or self.year is None:
            return self.day
        match self.kind:
            case "week":
                return date.fromisocalendar(self.year, self.number or 1, 1)
            case "quarter":
                return date(self.year, 3 * (self.number or 1) - 2, 1)
            case "month":
                return date(self.year, self.number or 1, 1)
            case "year":
                return date(self.year, 1, 1)
            case _:
                return None


@dataclass(frozen=True)
class FigureName:
    """The name of one figure. ``department_id`` None is the whole agency; ``revision`` None the figure as it stands."""

    period: NamedPeriod
    standard_id: str
    department_id: str | None = None
    part: str | None = None
    revision: int | None = None

    def __str__(self) -> str:
        revision = "" if self.revision is None else f"r{self.revision}"
        part = "" if self.part is None else f".{self.part}"
        department = "" if self.department_id is None else f"/{self.department_id}"
        return f"{self.period}{revision}/{self.standard_id}{part}{department}"


def name_of_period(period: Period) -> NamedPeriod:
    """The name of a period that the warehouse has results of. Raises ValueError for another kind of period."""
    start = period.start
    match period.kind:
        case "week":
            year, week, _ = start.isocalendar()
            return NamedPeriod("week", year, week)
        case "quarter":
            return NamedPeriod("quarter", start.year, (start.month + 2) // 3)
        case "month":
            return NamedPeriod("month", start.year, start.month)
        case "year":
            return NamedPeriod("year", start.year)
        case "day" | "fiscal_year" | "rolling_year":
            return NamedPeriod(period.kind, start.year, day=start)
    raise ValueError(f"a {period.kind} has no name")


def figure_name(
    period: Period, standard_id: str, department_id: str | None, *, part: str | None = None, revision: int = 1
) -> FigureName:
    """The name under which a figure is printed: a first report's goes without its revision."""
    later = revision if revision > 1 else None
    return FigureName(name_of_period(period), standard_id, department_id, part, later)


def is_figure_name(text: str) -> bool:
    """Whether ``text`` has the form of a figure's name, with a period that there can be."""
    try:
        parse_figure_name(text)
    except SettingError:
        return False
    return True


def parse_figure_name(text: str) -> FigureName:
    """Reads a figure's name as a person types it; of letters, only the period's may be small or large.

    Raises SettingError for anything else.
    """
    period, slash, rest = text.strip().partition("/")
    found = _NAME.fullmatch(_as_printed(period) + slash + rest)
    if found is None:
        raise SettingError(f"'{text}' is not the name of a figure", where="figure", remedy=_REMEDY)
    return FigureName(
        period=parse_named_period(found["period"]),
        standard_id=found["standard"],
        department_id=found["department"],
        part=found["part"],
        revision=int(found["revision"]) if found["revision"] else None,
    )


def parse_named_period(text: str) -> NamedPeriod:
    """Reads ``2026-W27``, ``W27``, ``2026-07``, ``2026-Q2``, ``2026``, ``2026-07-05``, ``FY2026`` or ``RY2025-07-06``.

    Raises SettingError for anything else, and for a day or a week that there is none of.
    """
    for kind, pattern in _PERIODS:
        if found := pattern.fullmatch(text):
            try:
                return _period_of(kind, found.groupdict())
            except ValueError:
                break
    remedy = "a week is written 2026-W27 (or W27), a month 2026-07, a quarter 2026-Q2, a year 2026, a day 2026-07-05"
    raise SettingError(f"'{text}' is no period", where="figure", remedy=remedy)


def _as_printed(period: str) -> str:
    """``w27R2`` as it is printed: ``W27r2``."""
    found = _REVISED.fullmatch(period)
    return f"{found[1].upper()}{(found[2] or '').lower()}" if found else period


def _period_of(kind: PeriodKind, found: dict[str, str | None]) -> NamedPeriod:
    """Raises ValueError for a day, week or month that there is none of."""
    year = int(found["year"] or 0) if found.get("year") else None
    number = int(found["number"] or 0) if "number" in found else None
    day = None
    if year is not None and found.get("day"):
        day = date(year, int(found["month"] or 0), int(found["day"] or 0))
    if kind == "week" and number is not None:
        # A year that is left out may be one of 53 weeks.
        date.fromisocalendar(year or 2026, number, 1)
    named = NamedPeriod(kind, year, number, day)
    named.start()
    return named
