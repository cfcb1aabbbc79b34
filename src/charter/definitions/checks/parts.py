"""Checks of a rule's parts: the columns, limits and clocks that each kind names."""

from __future__ import annotations

from collections.abc import Iterator

from charter.base.errors import Problem
from charter.definitions.checks.counted import check_population, check_slot
from charter.definitions.checks.deadlines import cannot_run_from_a_date, check_deadline
from charter.definitions.checks.measures import check_measure
from charter.definitions.columns import Columns
from charter.definitions.document import Folder, Location
from charter.definitions.models import (
    MOMENTS,
    CoveragePart,
    DeadlinePart,
    Evidence,
    Finish,
    LeadTimePart,
    LevelPart,
    MeasurePart,
    OccurrencePart,
    Part,
    Where,
    ZeroPart,
)


def check_part(folder: Folder, check: Columns, place: Location, part: Part, scope: Where) -> Iterator[Problem]:
    """Everything that a part names; ``scope`` is the condition of its rule."""
    for key, column, types in _columns_of(part):
        yield from check.column((*place, *key), column, types)
    if isinstance(part, OccurrencePart):
        yield from check_slot(folder, (*place, "slot"), part.slot)
    if isinstance(part, LevelPart) and part.population is not None:
        yield from check_population(folder, (*place, "population"), part.population, check.name, part.item)
    if isinstance(part, LevelPart):
        yield from check.where((*place, "standing"), part.standing)
    if isinstance(part, MeasurePart):
        yield from check_measure(folder, check, place, part, scope)
    if isinstance(part, CoveragePart) and part.limit.unit not in ("days", "months") and check.is_date(part.opens):
        yield cannot_run_from_a_date(check, (*place, "limit"), part.limit, part.opens)
    if isinstance(part, CoveragePart):
        yield from _check_windows(check, (*place, "evidence"), part.evidence)
    if isinstance(part, DeadlinePart):
        for where, finish in _places_of_finishes(part):
            yield from check.where((*place, *where, "where"), finish.where)
        yield from check_deadline(folder, check, place, part)


def _check_windows(check: Columns, place: Location, pieces: list[Evidence]) -> Iterator[Problem]:
    for index, piece in enumerate(pieces):
        yield from _check_windows(check, (*place, index, "any_of"), piece.any_of or [])
        if piece.after is None or piece.within is None or piece.within.unit == "days":
            continue
        if any(map(check.is_date, (piece.column, piece.after))):
            yield Problem(
                f"'{piece.column}' within {piece.within} of '{piece.after}' cannot be told: one of them is only a date",
                check.document.place((*place, index, "within")),
                "give within in days, or name two instants",
            )


def _columns_of(part: Part) -> Iterator[tuple[Location, str, frozenset[str] | set[str] | None]]:
    """Every column a part names: where, which, and the types it may have (None: any)."""
    match part:
        case DeadlinePart():
            yield ("opens",), part.opens, MOMENTS
            for where, finish in _places_of_finishes(part):
                yield where, finish.column, MOMENTS
            if part.due is not None:
                yield ("due",), part.due, MOMENTS
            if part.not_before is not None:
                yield ("not_before",), part.not_before, MOMENTS
            if part.given_up is not None:
                yield ("given_up", "column"), part.given_up.column, {"instant"}
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
