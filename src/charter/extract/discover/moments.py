"""How a column of times is written: the format that reads it, or those of which only a person knows the right one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from charter.definitions.models import MappedColumn, Source, SubjectColumn
from charter.definitions.time_formats import UNIX, UNIX_MS
from charter.extract.contract.values import Vocabulary, convert

FITTING = 0.9

_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
# Day and month may stand in either order: of the two formats in a line one reads what the other may, too.
_EITHER_ORDER = (("%d/%m/%Y", "%m/%d/%Y"), ("%d.%m.%Y", "%m.%d.%Y"), ("%d-%m-%Y", "%m-%d-%Y"))
DATE_FORMATS = (
    *(("%Y-%m-%d",), ("%Y.%m.%d",), ("%Y.%m.%d.",), ("%Y. %m. %d.",), ("%Y/%m/%d",), ("%Y년 %m월 %d일",), ("%Y%m%d",)),
    *_EITHER_ORDER,
)
INSTANT_FORMATS = (
    *(("%Y-%m-%d %H:%M:%S",), ("%Y-%m-%d %H:%M",), ("%Y-%m-%dT%H:%M:%SZ",), ("%Y-%m-%dT%H:%M:%S%z",)),
    *(("%Y-%m-%dT%H:%M:%S",), ("%Y-%m-%dT%H:%M",), ("%Y-%m-%d %H:%M:%S.%f",), ("%Y/%m/%d %H:%M:%S",)),
    *(("%Y/%m/%d %H:%M",), ("%Y.%m.%d %H:%M:%S",), ("%Y.%m.%d %H:%M",), ("%Y. %m. %d. %H:%M",)),
    *(("%Y년 %m월 %d일 %H시 %M분",), ("%Y년 %m월 %d일 %H:%M",), ("%Y. %m. %d. %p %I:%M",)),
    *(("%Y%m%d%H%M%S",), ("%Y%m%d %H%M%S",), ("%Y%m%d%H%M",)),
    *(tuple(f"{day} {clock}" for day in days) for days in _EITHER_ORDER for clock in _CLOCKS),
)
# Digits alone: read as times only where all of them are times of our days.
_COMPACT = {
    "%Y%m%d": r"^(19|20)[0-9]{6}$",
    "%Y%m%d%H%M": r"^(19|20)[0-9]{10}$",
    "%Y%m%d%H%M%S": r"^(19|20)[0-9]{12}$",
    "%Y%m%d %H%M%S": r"^(19|20)[0-9]{6} [0-9]{6}$",
}
# Seconds since 1970, from 2001 to 2033; a number of ten digits is a time only where its header says so.
_UNIX = {UNIX: r"^1[0-9]{9}$", UNIX_MS: r"^1[0-9]{12}$"}
_OF_TIMES = re.compile(
    r"time|date|stamp|epoch|unix|created|updated|modified|opened|closed|received|_at$|_ts$|^ts$|_dt$|일시|시각|시간",
    re.IGNORECASE,
)
_TIME_OF_DAY = r"^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?( ?[AaPp][Mm])?$"
_COMPACT_TIME_OF_DAY = r"^([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]$"
_HEADER_OF_TIMES_OF_DAY = re.compile(r"time|(^|_)tm$|시각|시간", re.IGNORECASE)
_FIRST = 50


@dataclass(frozen=True)
class Moment:
    """What a column of times is: ``formats`` that read it equally well (none of typed cells), and the share of its
    values that they do not read. Of a day and a month in either order both are named, for neither is sure."""

    kind: Literal["instant", "date"]
    formats: tuple[str, ...]
    misfits: float

    @property
    def form(self) -> str | None:
        """The one format; None of typed cells, and when there is a choice."""
        return self.formats[0] if len(self.formats) == 1 else None


def moment_of(source: Source, name: str, values: pa.Array, kinds: frozenset[str]) -> Moment | None:
    """What the column called ``name`` is if its ``values`` (no nulls) are instants or dates, else None."""
    typed = bool(kinds) and kinds <= {"instant", "date"}
    known: tuple[tuple[Literal["instant", "date"], tuple[tuple[str, ...], ...]], ...] = (
        ("date", DATE_FORMATS),
        ("instant", INSTANT_FORMATS),
    )
    for kind, forms in known:
        if typed:
            misfits = misfitting(source, values, kind, None)
            if misfits <= 1 - FITTING:
                return Moment(kind, (), misfits)
            continue
        for alternatives in forms:
            if (found := _best(source, values, kind, alternatives)) is not None:
                return found
    if _OF_TIMES.search(name):
        for form, looks in _UNIX.items():
            if pc.all(pc.match_substring_regex(values, looks)).as_py():
                return Moment("instant", (form,), 0.0)
    return None


def is_time_of_day(name: str, values: pa.Array) -> bool:
    """Whether ``values`` are times without a day: 14:30, 2:30 PM, or 143000 where the header says that it is a time."""
    forms = [_TIME_OF_DAY, *([_COMPACT_TIME_OF_DAY] if _HEADER_OF_TIMES_OF_DAY.search(name) else [])]
    return any(pc.all(pc.match_substring_regex(values, form)).as_py() for form in forms)


def misfitting(
    source: Source, values: pa.Array, kind: str, form: str | None, marks: Mapping[str, str] | None = None
) -> float:
    """The share of ``values`` that the extraction would not read as a column of that kind; ``marks`` are those of its
    numbers, as a mapping says them."""
    column = SubjectColumn.model_validate({"type": kind})
    mapped = MappedColumn.model_validate({"source": "c", "format": form, **(marks or {})})
    read = convert(values, column, mapped, source, Vocabulary({}, None))
    return float(pc.mean(pc.cast(read.broken, pa.float64())).as_py())


def _best(
    source: Source, values: pa.Array, kind: Literal["instant", "date"], alternatives: tuple[str, ...]
) -> Moment | None:
    """The formats among ``alternatives`` that read most of the values: more than one when they read equally many."""
    misfits = {}
    for form in alternatives:
        if form in _COMPACT and not pc.all(pc.match_substring_regex(values, _COMPACT[form])).as_py():
            continue
        if misfitting(source, values[:_FIRST], kind, form) < 1:
            misfits[form] = misfitting(source, values, kind, form)
    fewest = min(misfits.values(), default=1.0)
    if fewest > 1 - FITTING:
        return None
    return Moment(kind, tuple(form for form, share in misfits.items() if share == fewest), fewest)
