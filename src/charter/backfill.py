"""Runs a range of nights, or those that were missed, the earliest first, and leaves out those that are done."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from charter import line
from charter.base.errors import (
    CharterError,
    CheckError,
    DamagedWarehouse,
    DefinitionError,
    DeliveryError,
    EvidenceError,
    NightMissing,
    Problem,
    ReportError,
    SettingError,
    SourceError,
    TransformError,
)
from charter.base.moments import end_of_day, every_day, last_ended_day
from charter.evidence.chain import read_chain
from charter.telling import mendable
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
CATCH_UP = "CHARTER_CATCH_UP"
# Longer than any holiday. What lasts longer was no accident: whoever paused it says which nights are wanted.
_USUAL_CATCH_UP = 31
_log = logging.getLogger("charter.line")

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


def missed_nights(as_of: str) -> list[tuple[date, str]]:
    """The nights (business day and as-of) between the newest that was sealed and the night ``as_of``: none of them was.

    None are missed where nothing was sealed yet, or where ``as_of`` is not later than what was. Raises EvidenceError
    when the chain of seals was altered.
    """
    here = line.installation()
    sealed = [entry.as_of for entry in read_chain(here.settings.evidence_dir) if entry.kind == "nightly"]
    if not sealed:
        return []
    zone = here.agency.zone
    first = last_ended_day(max(sealed), zone) + timedelta(days=1)
    last = last_ended_day(datetime.fromisoformat(as_of), zone) - timedelta(days=1)
    return [(day, end_of_day(day, zone).isoformat()) for day in every_day(first, last)]


def catch_up(as_of: str, *, is_wanted: bool = True) -> dict[str, Any]:
    """Runs the nights that were missed before the night ``as_of``, the earliest first; none unless ``is_wanted``.

    Each is judged as of its own midnight. One that fails stops no other: ``require_caught_up`` tells it at the end.
    More than CHARTER_CATCH_UP of them (31, if not set) are left to a person, and told there, too. Raises SettingError.
    """
    most = _most_caught_up()
    nights: list[tuple[date, str]] = []
    # What was altered in the evidence is for the sealing to say.
    with suppress(EvidenceError):
        nights = missed_nights(as_of) if is_wanted else []
    if len(nights) > most:
        return {"made_up_for": 0, "problems": [_too_many(nights, most)]}
    problems: list[str] = []
    done = 0
    for run in run_nights(nights, run=_run_missed):
        done += run.error is None
        if run.error is None:
            _log.info("the night after %s was missed, and is made up for: %.0f s", run.day, run.seconds)
        else:
            _log.error("the night after %s was missed, and failed again: %s", run.day, run.error)
            problems.append(f"the night after {run.day} was missed, and failed: {run.error.problems[0].what}")
            untried = [day for day, _ in nights[run.number :]] if isinstance(run.error, _HOPELESS) else []
            problems += [f"the night after {day} was missed, and not tried" for day in untried]
    return {"made_up_for": done, "problems": problems}


def _run_missed(as_of: str) -> list[str]:
    """A missed night; what a full disk or a lack of memory does to it stops tonight's no more than our own errors."""
    try:
        return run_night(as_of)
    except Exception as error:
        found = mendable(error)
        if found is None:
            raise
        raise found from error


def require_caught_up(caught: dict[str, Any]) -> dict[str, Any]:
    """Raises NightMissing when a night that was missed is still missing after ``catch_up`` said ``caught``.

    It is told once: the night that was run since has been sealed, and the next one looks no further back.
    """
    remedy = (
        "mend what it names, then charter nightly --from its day --to the same: it is built beside what is published"
    )
    if caught["problems"]:
        raise NightMissing.of([Problem(text, "missed nights", remedy) for text in caught["problems"]])
    return {"nights still missing": 0}


def _most_caught_up() -> int:
    said = line.installation().settings.environment.get(CATCH_UP, "")
    if said and not said.isdecimal():
        raise SettingError(
            f"'{said}' cannot be used", where=CATCH_UP, remedy="give how many nights at most, such as 31"
        )
    return int(said) if said else _USUAL_CATCH_UP


def _too_many(nights: Sequence[tuple[date, str]], most: int) -> str:
    first, last = nights[0][0], nights[-1][0]
    return (
        f"the {len(nights)} nights after {first} to {last} were not run, more than are made up for by themselves"
        f" ({CATCH_UP}: {most})"
    )


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
