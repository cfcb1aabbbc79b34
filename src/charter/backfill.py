"""Runs a range of nights, the earliest first, and leaves out those that are done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from charter import line
from charter.base.errors import (
    CharterError,
    CheckError,
    DamagedWarehouse,
    DefinitionError,
    DeliveryError,
    EvidenceError,
    Problem,
    ReportError,
    SettingError,
    SourceError,
    TransformError,
)
from charter.base.moments import every_day
from charter.evidence.chain import read_chain
from charter.transform import published_as_of

# The first that occurred is the exit status of the whole range.
GRAVEST: tuple[type[CharterError], ...] = (
    EvidenceError,
    DefinitionError,
    SettingError,
    TransformError,
    CheckError,
    SourceError,
    ReportError,
    DeliveryError,
)
# These do not mend themselves: every later night would end as this one did.
_HOPELESS = (DefinitionError, SettingError, SourceError)


@dataclass(frozen=True)
class NightRun:
    """What became of one night: its place in the range (from 1), its business day, how it ended and in what time.

    ``left`` is about how many seconds the nights still to be run will take; None when nothing tells yet. ``notes`` say
    which sources had something wrong.
    """

    number: int
    of: int
    day: date
    outcome: Literal["done", "was_done", "failed"]
    seconds: float
    left: float | None
    notes: tuple[str, ...] = ()
    error: CharterError | None = None


def nights_between(first: date, last: date, due: datetime) -> list[tuple[date, str]]:
    """Each business day from ``first`` to ``last`` with the as-of of its night, the earliest first.

    Raises SettingError for a range that ends before it begins, or holds a night that cannot be judged (``due`` is the
    wall's clock, aware).
    """
    if last < first:
        raise SettingError(
            f"{last} is before {first}", where="--from, --to", remedy="give the first day, then the last one"
        )
    days = every_day(first, last)
    # The ends first: a mistyped year shall not be told for each of its days.
    for day in (days[0], days[-1]):
        line.resolve_night(day.isoformat(), due)
    return [(day, line.resolve_night(day.isoformat(), due)) for day in days]


def run_nights(
    nights: Sequence[tuple[date, str]],
    *,
    stop_on_error: bool = False,
    run: Callable[[str], list[str]] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[NightRun]:
    """Runs each of ``nights`` in their order, and tells of each when it has ended.

    A night that was sealed and published is left alone, so that a range that was interrupted can be given again. After
    a night that failed the next one is run, unless ``stop_on_error``, or unless its mistake can't mend itself.
    """
    waiting = [as_of for _, as_of in nights if not is_done(as_of)]
    spent: list[float] = []
    for number, (day, as_of) in enumerate(nights, start=1):
        if as_of not in waiting:
            yield NightRun(number, len(nights), day, "was_done", 0.0, _left(spent, len(waiting)))
            continue
        waiting.remove(as_of)
        start = clock()
        try:
            notes = (run or run_night)(as_of)
        except CharterError as error:
            seconds = clock() - start
            yield NightRun(number, len(nights), day, "failed", seconds, _left(spent, len(waiting)), error=error)
            if stop_on_error or isinstance(error, _HOPELESS):
                return
            continue
        spent.append(clock() - start)
        left = _left(spent, len(waiting))
        yield NightRun(number, len(nights), day, "done", spent[-1], left, tuple(dict.fromkeys(notes)))


def run_night(as_of: str) -> list[str]:
    """One night from the sources to its seal (without the pages); returns what was wrong with sources and calendar.

    What its settings lack is told before the first step; every source is extracted before one that turns out unusable
    stops the night. Raises CharterError.
    """
    with line.alone_for_night(as_of):
        return _run_night(as_of)


def _run_night(as_of: str) -> list[str]:
    line.require_night_settings(as_of)
    notes: list[str] = []
    problems: list[Problem] = []
    for source_id in line.source_ids():
        try:
            notes += line.extract(source_id, as_of)["problems"]
        except SourceError as error:
            problems += error.problems
    if problems:
        raise SourceError.of(problems)
    steps: tuple[Callable[[str], dict[str, Any]], ...] = (
        line.transform,
        line.assert_expectations,
        line.publish,
        line.seal_night,
    )
    for step in steps:
        notes += step(as_of).get("problems", [])
    return notes


def is_done(as_of: str) -> bool:
    """Whether the night was sealed, and it or a later one is published."""
    settings = line.installation().settings
    instant = datetime.fromisoformat(as_of)
    try:
        published = published_as_of(settings)
    except DamagedWarehouse:
        return False
    if published is None or published < instant:
        return False
    return any(entry.kind == "nightly" and entry.as_of == instant for entry in read_chain(settings.evidence_dir))


def gravest(errors: Sequence[CharterError]) -> CharterError | None:
    """The error that gives a whole range its exit status; None when there was none."""
    return next((error for kind in GRAVEST for error in errors if isinstance(error, kind)), next(iter(errors), None))


def _left(spent: Sequence[float], waiting: int) -> float | None:
    return sum(spent) / len(spent) * waiting if spent else None
