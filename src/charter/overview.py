"""What an operator asks first: what became of each standard, which sources were heard, which rows were refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import duckdb

from charter.definitions import Agency
from charter.errors import SettingError
from charter.extract import read_quarantine, read_receipts
from charter.moments import last_ended_day
from charter.settings import Settings

PeriodKind = Literal["day", "week", "year"]


@dataclass(frozen=True)
class StandardFigures:
    """One standard, agency-wide, in one period: the result, its reason when a source is silent, the components."""

    standard_id: str
    result: str
    met: int
    breached: int
    pending: int
    excluded: int
    reason: str | None


@dataclass(frozen=True)
class PeriodFigures:
    """Every standard in one period (``start`` to ``end``, both included), in the charter's order."""

    start: date
    end: date
    standards: tuple[StandardFigures, ...]

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
class RefusedRow:
    """One place of a source whose row was refused, and the first and last night on which it was (business days)."""

    source_id: str
    table: str
    origin: str
    reason: str
    first_on: date
    last_on: date


def standard_figures(settings: Settings, kind: PeriodKind) -> PeriodFigures:
    """The latest period of ``kind`` in the published warehouse. Raises SettingError when nothing was published."""
    if not settings.warehouse.exists():
        raise SettingError(
            "nothing has been published yet",
            where=str(settings.warehouse),
            remedy="run a night first: charter nightly --as-of DATE",
        )
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        rows = connection.execute(
            """
            select period_start, period_end, standard_id, result, met, breached, pending, excluded, reason
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
    if not rows:
        raise SettingError(
            f"the published warehouse holds no {kind}", where=str(settings.warehouse), remedy="run a night first"
        )
    return PeriodFigures(rows[0][0], rows[0][1], tuple(StandardFigures(*row[2:]) for row in rows))


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


def refused_rows(settings: Settings, agency: Agency, known_at: datetime) -> list[RefusedRow]:
    """Every row refused up to ``known_at`` (aware), once, though a source read whole gives it every night."""
    nights: dict[tuple[str, str, str, str], list[date]] = {}
    rows = read_quarantine(settings, known_at)
    columns = (rows[name].tolist() for name in ("source_id", "table", "origin", "reason", "_known_at"))
    for source_id, table, origin, reason, instant in zip(*columns, strict=True):
        night = last_ended_day(instant.tz_localize("UTC").to_pydatetime(), agency.zone)
        nights.setdefault((source_id, table, origin, reason), []).append(night)
    order = {source.id: position for position, source in enumerate(agency.sources)}
    found = [RefusedRow(*key, min(days), max(days)) for key, days in nights.items()]
    return sorted(found, key=lambda row: (order.get(row.source_id, len(order)), row.table))
