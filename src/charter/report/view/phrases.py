"""Figures, instants and durations as people read them, in one language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_name
from babel.numbers import format_decimal

from charter.base.languages import isolated
from charter.report.facts.models import Case, Result
from charter.report.facts.rates import Ends, Rate, points
from charter.words import Numeral, Words

# What ends a line for one program or another, and what only moves the pen.
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_UNSEEN = {"Cc", "Cf"}
_NOTHING_SEEN = "□"
# How the calendar's slots are called: 2026, 2026-07, 2026-Q3, 2026-H2.
_SLOT = re.compile(r"(?P<year>[1-9]\d{3})(-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4])|-H(?P<half>[12]))?")


def from_source(text: str) -> str:
    """``text`` that a source gave, such as a case number, so that it can neither break the line it is shown in nor turn
    round what stands beside it.

    Line breaks become a space, and what nobody sees is left out, as in PDF (□ where nothing is left). A text that is
    read from the right is isolated. Every other text stays as it is.
    """
    one_line = _BREAKS.sub(" ", text)
    seen = "".join(sign for sign in one_line if unicodedata.category(sign) not in _UNSEEN)
    if text and not seen.strip():
        return _NOTHING_SEEN
    return isolated(seen)


def percent(share: float) -> str:
    """A share between 0 and 1 with one decimal, whatever the language: ``62.5%``.

    What is not all is never shown as 100 %, nor what is some as 0 %.
    """
    return f"{points(share)}%"


# Reports show the same few numbers and days again and again.
@lru_cache(maxsize=8192)
def _written(locale: Locale, number: str) -> str:
    """A number in digits as the language writes it, with the decimals that it has."""
    return str(format_decimal(Decimal(number), locale=locale, decimal_quantization=False))


@lru_cache(maxsize=8192)
def _dated(locale: Locale, day: date, pattern: str) -> str:
    return str(format_date(day, pattern, locale))


def _is_midnight(local: datetime) -> bool:
    return local.hour == local.minute == local.second == 0


@dataclass(frozen=True)
class Phrases:
    """Puts figures into words. Instants (aware) are shown in ``zone``."""

    words: Words
    zone: ZoneInfo

    @property
    def zone_name(self) -> str:
        """The zone as people call it; by its own name where it belongs to no place (``UTC``)."""
        if self.zone.key.partition("/")[0] in ("UTC", "Etc"):
            return self.zone.key
        return get_timezone_name(self.zone, locale=self.words.locale)

    def day(self, day: date) -> str:
        return _dated(self.words.locale, day, self.words("date.day"))

    def full_day(self, day: date) -> str:
        return _dated(self.words.locale, day, self.words("date.full"))

    def short_day(self, day: date) -> str:
        """Day and month, for where little can be shown."""
        return str(format_skeleton("MMMd", day, locale=self.words.locale))

    def month(self, day: date) -> str:
        """The month that ``day`` is in, with its year."""
        return str(format_skeleton("yMMMM", day, locale=self.words.locale))

    def slot(self, subject_id: str) -> str:
        """A slot of the calendar (``2026-Q3``) as people call it; what is none stands as its source wrote it."""
        found = _SLOT.fullmatch(subject_id)
        if found is None:
            return from_source(subject_id)
        year = int(found["year"])
        if found["month"]:
            return self.month(date(year, int(found["month"]), 1))
        for kind in ("quarter", "half"):
            if found[kind]:
                return self.words(f"date.{kind}_{found[kind]}", year=year)
        return self.words("date.year", year=year)

    def whole(self, number: int) -> Numeral:
        return self.decimal(number, 0)

    def amount(self, number: float) -> Numeral:
        """A number with at most one decimal."""
        number = round(number, 1)
        return self.decimal(number, 0 if number == int(number) else 1)

    def decimal(self, number: float, decimals: int) -> Numeral:
        """A number with so many ``decimals``."""
        return Numeral(_written(self.words.locale, f"{number:.{decimals}f}"), number)

    def percent(self, share: float) -> str:
        """As ``percent``, as the language writes it."""
        return self.words.percentage(points(share))

    def moment(self, instant: datetime) -> str:
        """Day and minute; the day alone when a register gave only a date."""
        local = instant.astimezone(self.zone)
        if _is_midnight(local):
            return self.day(local.date())
        return self.words("date.moment", day=self.day(local.date()), time=f"{local:%H:%M}")

    def end(self, instant: datetime) -> str:
        """Day and minute at which something ends; midnight is 24:00 of the day that ends with it."""
        day, time = self._ending(instant)
        return self.words("date.moment", day=self.day(day), time=time)

    def as_of(self, instant: datetime) -> str:
        """As ``end``, with the year."""
        day, time = self._ending(instant)
        return self.words("date.moment", day=self.full_day(day), time=time)

    def _ending(self, instant: datetime) -> tuple[date, str]:
        local = instant.astimezone(self.zone)
        if _is_midnight(local):
            return local.date() - timedelta(days=1), "24:00"
        return local.date(), f"{local:%H:%M}"

    def week(self, start: date) -> str:
        year, number, _ = start.isocalendar()
        return self.words("date.week", year=year, number=number)

    def week_of_year(self, start: date) -> str:
        """The week without its year, for where little can be shown."""
        return self.words("date.week_of_year", number=start.isocalendar().week)

    def period(self, kind: str, start: date) -> str:
        """What a report is of: a week, or the ``month`` that begins at ``start``."""
        return self.month(start) if kind == "month" else self.week(start)

    def period_of_year(self, kind: str, start: date) -> str:
        """As ``period``, without its year."""
        if kind == "month":
            return str(format_date(start, "LLLL", self.words.locale))
        return self.week_of_year(start)

    def span(self, start: date, end: date) -> str:
        return self.words("date.span", start=self.day(start), end=self.day(end))

    def duration(self, length: timedelta) -> str:
        """Days and hours, hours and minutes, minutes, or seconds: the two largest that matter."""
        minutes = int(length.total_seconds() // 60)
        if minutes < 1:
            return self.words("duration.seconds", seconds=self.whole(int(length.total_seconds())))
        days, rest = divmod(minutes, 24 * 60)
        hours, left = divmod(rest, 60)
        if days >= 2:
            parts = [(days, "duration.days"), (hours, "duration.hours")]
        else:
            parts = [(days * 24 + hours, "duration.hours"), (left, "duration.minutes")]
        return " ".join(self.words(key, **{key.rpartition(".")[2]: self.whole(value)}) for value, key in parts if value)

    def age(self, length: timedelta) -> str:
        """As ``duration``, in whole days from two days on: nobody acts on the hours of a delay of weeks."""
        days = length // timedelta(days=1)
        return self.words("duration.days", days=self.whole(days)) if days >= 2 else self.duration(length)

    def measure(self, number: float, unit: str) -> str:
        """A number with its unit; a unit that an agency made up is shown as it stands."""
        key = f"unit.{unit}"
        shown = self.amount(number)
        return self.words(key, number=shown) if key in self.words else f"{shown} {unit}".strip()

    def interval(self, rate: Rate) -> str:
        return self.words("rate.interval", low=self.percent(rate.low), high=self.percent(rate.high))

    def ends(self, ends: Ends | None, result: Result) -> str:
        """Between which shares the truth lies, with the n of each end; nothing when all is known."""
        if ends is None:
            return ""
        return self._ends(ends, "standard.ends_open" if result == "no_data" else "standard.ends")

    def bare_ends(self, ends: Ends | None) -> str:
        """As ``ends``, for a line that names them itself."""
        return self.words("standard.ends_known") if ends is None else self._ends(ends, "standard.ends_bare")

    def _ends(self, ends: Ends, key: str) -> str:
        worst, best = ends.worst(), ends.best()
        if worst is None or best is None:
            return self.words("standard.ends_unknown")
        fewest, most = (self.whole(n) for n in sorted((worst.n, best.n)))
        n = most if fewest == most else self.words("standard.ends_n", low=fewest, high=most)
        return self.words(key, low=self.percent(worst.value), high=self.percent(best.value), n=n)

    def list(self, items: Sequence[str]) -> str:
        return self.words("list.separator").join(items)

    def dotted(self, items: Iterable[str]) -> str:
        """Parts of one line."""
        return self.words("first.separator").join(items)

    def titles(self, items: Sequence[str]) -> str:
        """As ``list``, for texts that have commas of their own."""
        return self.words("list.titles").join(items)

    def reason(self, code: str) -> str:
        """Why a source gave nothing, as it was recorded: a code of ours in words, anything else as it stands,
        since it may name a file or a value (``from_source``)."""
        return self.words.or_else(f"reason.{code}", from_source(code))

    def row_reason(self, condition: str) -> str:
        """What kept a row from being judged: ``<code>:<column>[:<values>]`` in words, anything else as it stands."""
        code, _, rest = condition.partition(":")
        column, _, values = rest.partition(":")
        key = f"row_reason.{code}"
        return self.words(key, column=column, values=values) if key in self.words else condition

    def state(self, case: Case, as_of: datetime) -> str:
        """What became of a breached commitment: how late it was, or is by now, or what was measured."""
        if case.kind in ("level", "zero", "lead_time", "measure") or case.unit == "seconds":
            return self._measured(case)
        if case.kind == "occurrence":
            return self.words("state.not_held" if case.fulfilled_at is None else "state.held_late")
        if case.due_at is None:
            return self.words("state.set_aside")
        if case.least is not None and case.measured is not None and case.measured < case.least:
            return self._measured(case)
        if case.fulfilled_at is not None and case.fulfilled_at > case.due_at:
            return self.words("state.late", late=self.duration(case.fulfilled_at - case.due_at))
        if case.correctable:
            return self.words("state.open", late=self.age(as_of - case.due_at))
        return self._measured(case)

    def _measured(self, case: Case) -> str:
        key = f"state.{case.kind}"
        one_of_one = case.kind == "coverage" and case.limit == 1
        if case.measured is None or case.limit is None or one_of_one:
            return self.words(f"{key}_missing")
        measured = self.measure(case.measured, self._unit(case))
        return self.words(f"{key}_measured", measured=measured, limit=self.limit(case))

    def limit(self, case: Case) -> str:
        """What the case is held against; empty where that is not known."""
        if case.limit is None:
            return ""
        limit = self.measure(case.limit, self._unit(case))
        if case.kind in _COUNTED:
            return limit
        least = "" if case.least is None else self.measure(case.least, self._unit(case))
        return self.words(f"comparison.{_COMPARISONS[case.comparison]}", limit=limit, least=least)

    def _unit(self, case: Case) -> str:
        return _COUNTED.get(case.kind, case.unit) if case.unit == "count" else case.unit


_COMPARISONS = {
    "<=": "at_most",
    "<": "below",
    ">=": "at_least",
    "=": "equal",
    "between": "between",
    "within": "between",
    "": "equal",
}
# What a bare count counts.
_COUNTED = {"coverage": "evidence", "zero": "incidents"}
