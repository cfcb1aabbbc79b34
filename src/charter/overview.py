"""What an operator asks first: what became of each standard, which sources were heard, which rows were refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import duckdb

from charter.base.errors import SettingError
from charter.base.moments import PeriodKind, last_ended_day
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract import read_receipts
from charter.extract.corrections.land import (
    State,
    in_force,
    open_refusals,
    read_corrections,
    standing_refusals,
    states,
)
from charter.extract.corrections.refusals import refusals
from charter.report.facts.figures import components_of, ends_of
from charter.report.facts.models import Result
from charter.report.facts.rates import Components, Ends
from charter.transform import opened
from charter.transform.build.publish import published_as_of


@dataclass(frozen=True)
class PartFigures:
    """What one part with a target of its own came to, under one version of the rule."""

    part: str
    rule_version: int
    target: float
    result: Result
    components: Components


@dataclass(frozen=True)
class StandardFigures:
    """One standard, agency-wide, in one period: the result, its reason, the components, and the two ends between which
    the truth lies (None when all is known); and its ``parts``, where they have targets of their own."""

    standard_id: str
    result: Result
    components: Components
    reason: str | None
    ends: Ends | None
    parts: tuple[PartFigures, ...] = ()


@dataclass(frozen=True)
class PeriodFigures:
    """Every standard in one period (``start`` to ``end``, both included), in the charter's order.

    ``set_aside`` is how many commitments are pending because the calendar ends before they fall due.
    """

    start: date
    end: date
    standards: tuple[StandardFigures, ...]
    set_aside: int = 0

    def results(self) -> Counter[str]:
        """How many standards ended in each result."""
        return Counter(standard.result for standard in self.standards)


@dataclass(frozen=True)
class SourceStanding:
    """One source: the last night it was asked and how that ended, and the last night it had wholly landed.

    Nights are named by the business day that they ended; None when there was none yet.
    """

    source_id: str
    kind: str
    expect: str
    asked_on: date | None
    status: str | None
    heard_on: date | None
    problems: tuple[str, ...]


@dataclass(frozen=True)
class RowFate:
    """What became of some rows of one source and table, as the last published night has it (see marts.row_fates).

    ``rows_dated_ahead`` of them hold a fact that lies after that night, at the furthest on ``furthest_on``.
    """

    source_id: str
    table: str
    fate: str
    standard_id: str | None
    part: str | None
    condition: str | None
    rows: int
    rows_dated_ahead: int
    furthest_on: date | None
    example_key: str | None


@dataclass(frozen=True)
class RowFates:
    """What became of every row that landed, as the night that ended ``night`` (a business day) was published."""

    night: date
    rows: tuple[RowFate, ...]


@dataclass(frozen=True)
class RefusedRow:
    """A row of a source that was refused, and the first and last night on which it was (business days).

    ``correction`` names the correction that stands for it, if somebody put it right, and ``state`` what became of it.
    ``mended``: nobody had to, for its source has given the row in order since, or has deleted it and is believed.
    """

    source_id: str
    table: str
    origin: str
    reason: str
    first_on: date
    last_on: date
    mended: bool
    correction: str | None = None
    state: State | None = None


@dataclass(frozen=True)
class CorrectionStanding:
    """A refused row that was put right: by whom, why, and what became of that."""

    id: str
    source_id: str
    table: str
    origin: str
    by: str
    reason: str
    state: State


def standard_figures(settings: Settings, kind: PeriodKind) -> PeriodFigures:
    """The latest period of ``kind`` in the published warehouse. Raises SettingError when nothing was published."""
    if not settings.warehouse.exists():
        raise SettingError(
            "nothing has been published yet",
            where=str(settings.warehouse),
            remedy="run a night first: charter nightly --as-of DATE",
        )
    with opened(settings, settings.warehouse, read_only=True) as connection:
        rows = connection.execute(
            f"""
            select period_start, period_end, standard_id, result, met, breached, pending, excluded, reason,
                   {_ends_columns(connection)}
            from marts.standard_results
            inner join (
                select standard_id, min(position) as position from marts.dim_standard group by standard_id
            ) using (standard_id)
            where period_kind = $kind and department_id is null and period_start = (
                select max(period_start) from marts.standard_results where period_kind = $kind
            )
            order by position
            """,
            {"kind": kind},
        ).fetchall()
        (set_aside,) = connection.execute(
            "select count(*) from marts.fct_commitments where due_basis = 'beyond_calendar' and status = 'pending'"
        ).fetchall()[0]
        parts = _part_figures(connection, kind) if rows else {}
    if not rows:
        raise SettingError(
            f"the published warehouse holds no {kind}",
            where=str(settings.warehouse),
            remedy=f"run a night first; if charter.yaml does not name it, with {kind} among its periods",
        )
    standards = (_figures(row[2:]) for row in rows)
    told = tuple(replace(each, parts=parts.get(each.standard_id, ())) for each in standards)
    return PeriodFigures(rows[0][0], rows[0][1], told, set_aside)


def _part_figures(connection: duckdb.DuckDBPyConnection, kind: PeriodKind) -> dict[str, tuple[PartFigures, ...]]:
    """The parts with targets of their own, by standard. A release before such targets may have published none."""
    if not connection.execute("select 1 from duckdb_tables() where table_name = 'target_results'").fetchall():
        return {}
    rows = connection.execute(
        """
        select standard_id, part, rule_version, target, result, met, breached, 0, excluded from marts.target_results
        where period_kind = $kind and department_id is null and period_start = (
            select max(period_start) from marts.standard_results where period_kind = $kind
        )
        order by standard_id, rule_version, part
        """,
        {"kind": kind},
    ).fetchall()
    parts: dict[str, tuple[PartFigures, ...]] = {}
    for standard_id, part, version, target, result, *counts in rows:
        found = PartFigures(part, version, target, result, components_of(counts))
        parts[standard_id] = (*parts.get(standard_id, ()), found)
    return parts


def _ends_columns(connection: duckdb.DuckDBPyConnection) -> str:
    """The columns of the two ends; of a warehouse that an earlier release published, what is known stands for both."""
    found = connection.execute(
        "select 1 from duckdb_columns() where table_name = 'standard_results' and column_name = 'met_at_least'"
    ).fetchall()
    return "met_at_least, breached_at_most, met_at_most, breached_at_least" if found else "met, breached, met, breached"


def _figures(row: Sequence[Any]) -> StandardFigures:
    standard_id, result, *counts, reason = row[:7]
    components = components_of(counts)
    return StandardFigures(standard_id, result, components, reason, ends_of(components, row[7:11]))


def source_standings(settings: Settings, agency: Agency, known_at: datetime) -> list[SourceStanding]:
    """Every source, as the receipts up to ``known_at`` (aware) have it, in the order of sources.yaml."""
    standings = []
    for source in agency.sources:
        receipts = read_receipts(settings, known_at, source.id)
        last = receipts[-1] if receipts else None
        landed = [receipt for receipt in receipts if receipt.status == "landed"]
        problems = [feed.problem for feed in last.feeds if feed.problem is not None] if last else []
        standings.append(
            SourceStanding(
                source_id=source.id,
                kind=source.kind,
                expect=source.freshness.expect,
                asked_on=last_ended_day(last.as_of, agency.zone) if last else None,
                status=last.status if last else None,
                heard_on=last_ended_day(landed[-1].as_of, agency.zone) if landed else None,
                problems=tuple(dict.fromkeys(f"{problem.where}: {problem.what}" for problem in problems)),
            )
        )
    return standings


def row_fates(settings: Settings, agency: Agency) -> RowFates | None:
    """What became of every row that landed by the published night, in the order of sources.yaml; None when no night of
    a release that counts them was published yet."""
    published = published_as_of(settings)
    if published is None:
        return None
    with opened(settings, settings.warehouse, read_only=True) as connection:
        # A release before this table may have published the warehouse.
        if not connection.execute("select 1 from duckdb_tables() where table_name = 'row_fates'").fetchall():
            return None
        rows = connection.execute("""
            select source_id, table_name, fate, standard_id, part, condition, row_count, rows_dated_ahead,
                   furthest_on, example_key
            from marts.row_fates order by all""").fetchall()
    order = {source.id: position for position, source in enumerate(agency.sources)}
    fates = sorted((RowFate(*row) for row in rows), key=lambda each: order.get(each.source_id, len(order)))
    return RowFates(last_ended_day(published, agency.zone), tuple(fates))


def refused_rows(settings: Settings, agency: Agency, known_at: datetime) -> list[RefusedRow]:
    """Every row refused up to ``known_at`` (aware), once, though a source read whole gives it every night."""
    corrected: dict[tuple[str, str], tuple[str, State]] = {}
    unmended: set[tuple[str, str]] = set()
    for source in agency.sources:
        made = [each for each in read_corrections(settings, source.id) if each.after <= known_at]
        state = states(made, read_receipts(settings, known_at, source.id))
        corrected |= {(source.id, each.refusal): (each.id, state[each.id]) for each in in_force(made)}
        # A row that is gone is nobody's to put right, and stands in doubt all the same.
        left = open_refusals(settings, agency, source, known_at) + standing_refusals(settings, agency, source, known_at)
        unmended |= {(source.id, each.id) for each in left}
    return [
        RefusedRow(
            each.source_id,
            each.table,
            each.origin,
            each.reason,
            last_ended_day(each.first_at, agency.zone),
            last_ended_day(each.last_at, agency.zone),
            (each.source_id, each.id) not in unmended | corrected.keys(),
            *corrected.get((each.source_id, each.id), (None, None)),
        )
        for each in refusals(settings, agency, known_at)
    ]


def correction_standings(settings: Settings, agency: Agency, known_at: datetime) -> list[CorrectionStanding]:
    """Every correction that was made by ``known_at`` (aware), in the order of sources.yaml, then of their making."""
    standings = []
    for source in agency.sources:
        made = [each for each in read_corrections(settings, source.id) if each.after <= known_at]
        state = states(made, read_receipts(settings, known_at, source.id))
        standings += [
            CorrectionStanding(each.id, source.id, each.table, each.origin, each.by, each.reason, state[each.id])
            for each in made
        ]
    return standings
