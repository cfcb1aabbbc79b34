"""Checks of a rule's parts: the columns, limits and clocks that each kind names."""

from __future__ import annotations

from collections.abc import Iterator

from charter.base.errors import Problem
from charter.definitions.checks.counted import check_population, check_slot
from charter.definitions.checks.measures import check_measure
from charter.definitions.columns import Columns
from charter.definitions.document import Folder, Location
from charter.definitions.models import (
    MOMENTS,
    CoveragePart,
    DeadlinePart,
    Duration,
    Evidence,
    Extension,
    Finish,
    LeadTimePart,
    LevelPart,
    MeasurePart,
    OccurrencePart,
    Part,
    ZeroPart,
)


def check_part(folder: Folder, check: Columns, place: Location, part: Part) -> Iterator[Problem]:
    for key, column, types in _columns_of(part):
        yield from check.column((*place, *key), column, types)
    if isinstance(part, OccurrencePart):
        yield from check_slot(folder, (*place, "slot"), part.slot)
    if isinstance(part, LevelPart) and part.population is not None:
        yield from check_population(folder, (*place, "population"), part.population)
    if isinstance(part, MeasurePart):
        yield from check_measure(folder, check, place, part)
    if isinstance(part, CoveragePart) and part.limit.unit != "days" and part.limit.unit != "months":
        opens = check.subject.columns.get(part.opens)
        if opens is not None and opens.type == "date":
            yield Problem(
                f"a limit of {part.limit} cannot run from '{part.opens}', which is a date",
                check.document.place((*place, "limit")),
                "give the limit in days or months",
            )
    if isinstance(part, CoveragePart):
        yield from _check_windows(check, (*place, "evidence"), part.evidence)
    if isinstance(part, DeadlinePart):
        for where, finish in _places_of_finishes(part):
            yield from check.where((*place, *where, "where"), finish.where)
    if isinstance(part, DeadlinePart) and part.limit is not None:
        if part.clock == "kr_civil_petition":
            yield from _check_petition_limit(check, place, part)
        yield from _check_counted_alike(check, place, part.clock, part.limit, part.extension)


def _check_windows(check: Columns, place: Location, pieces: list[Evidence]) -> Iterator[Problem]:
    for index, piece in enumerate(pieces):
        yield from _check_windows(check, (*place, index, "any_of"), piece.any_of or [])
        if piece.after is None or piece.within is None or piece.within.unit == "days":
            continue
        columns = (check.subject.columns.get(name) for name in (piece.column or "", piece.after))
        if any(column is not None and column.type == "date" for column in columns):
            yield Problem(
                f"'{piece.column}' within {piece.within} of '{piece.after}' cannot be told: one of them is only a date",
                check.document.place((*place, index, "within")),
                "give within in days, or name two instants",
            )


def _check_counted_alike(
    check: Columns, place: Location, clock: str, limit: Duration, extension: Extension | None
) -> Iterator[Problem]:
    if clock == "kr_civil_petition" and limit.unit == "months" and limit.amount == 0:
        yield Problem(
            f"{clock} counts the first day of a month: a limit of {limit} would end before it begins",
            check.document.place((*place, "limit")),
            "give at least 1 month",
        )
    if extension is not None and extension.limit.unit != limit.unit:
        yield Problem(
            f"an extension of {extension.limit} cannot go on counting a limit of {limit}",
            check.document.place((*place, "extension", "limit")),
            f"give the extension in {limit.unit}",
        )


def _check_petition_limit(check: Columns, place: Location, part: DeadlinePart) -> Iterator[Problem]:
    opens = check.subject.columns.get(part.opens)
    assert part.limit is not None
    short = part.limit.unit in ("seconds", "minutes", "hours") or (part.limit.unit == "days" and part.limit.amount <= 5)
    if short and opens is not None and opens.type == "date":
        yield Problem(
            f"kr_civil_petition counts a limit of {part.limit} in working hours, but '{part.opens}' is only a date",
            check.document.place((*place, "opens")),
            "open it with an instant, or give a limit of 6 days or more",
        )


def _columns_of(part: Part) -> Iterator[tuple[Location, str, frozenset[str] | set[str] | None]]:
    """Every column a part names: where, which, and the types it may have (None: any)."""
    match part:
        case DeadlinePart():
            yield ("opens",), part.opens, MOMENTS
            for where, finish in _places_of_finishes(part):
                yield where, finish.column, MOMENTS
            if part.due is not None:
                yield ("due",), part.due, {"instant"}
            if part.extension is not None:
                yield ("extension", "notified"), part.extension.notified, MOMENTS
                yield ("extension", "reason"), part.extension.reason, None
        case LeadTimePart():
            yield ("opens",), part.opens, MOMENTS
            yield ("event",), part.event, MOMENTS
            yield ("notice",), part.notice, {"instant"} if part.limit.unit == "hours" else MOMENTS
        case OccurrencePart() | ZeroPart():
            yield ("on",), part.on, {"date"}
        case LevelPart():
            yield ("item",), part.item, None
            yield ("starts",), part.starts, {"date"}
            if part.ends is not None:
                yield ("ends",), part.ends, {"date"}
            for column in part.standing:
                yield ("standing", column), column, None
        case CoveragePart():
            yield ("opens",), part.opens, MOMENTS
            for index, evidence in enumerate(part.evidence):
                yield from _columns_of_evidence(("evidence", index), evidence)


def _places_of_finishes(part: DeadlinePart) -> Iterator[tuple[Location, Finish]]:
    form = "any_of" if part.fulfilled_by.any_of else "all_of"
    for index, finish in enumerate(part.fulfilled_by.finishes()):
        yield ("fulfilled_by", form, index), finish


def _columns_of_evidence(
    place: Location, evidence: Evidence
) -> Iterator[tuple[Location, str, frozenset[str] | set[str] | None]]:
    if evidence.column is not None:
        yield (*place, "column"), evidence.column, MOMENTS if evidence.after else None
    if evidence.after is not None:
        yield (*place, "after"), evidence.after, MOMENTS
    for index, option in enumerate(evidence.any_of or []):
        yield from _columns_of_evidence((*place, "any_of", index), option)
