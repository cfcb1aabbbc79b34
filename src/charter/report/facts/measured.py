"""The figures of a measure (a mean, a share, a count by slot), slot after slot, as a chart shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from charter.base.moments import Period, end_of_day, local_date, naive_utc
from charter.definitions.models import Agency, MeasurePart
from charter.report.facts.figures import Key
from charter.report.facts.models import MeasuredFigure, MeasuredSeries
from charter.report.facts.warehouse import Warehouse, aware

# As many slots as a chart of shares has weeks.
MOST_SLOTS = 26

MeasuredTables = Mapping[Key, tuple[MeasuredSeries, ...]]


class _Row(NamedTuple):
    """A slot's figure as the warehouse has it: ``due`` is the instant (naive UTC) at which the slot ends."""

    standard_id: str
    rule_version: int
    part: str
    department_id: str | None
    opened: datetime
    due: datetime
    status: str
    value: float | None


def read_measured(warehouse: Warehouse, agency: Agency, week: Period) -> MeasuredTables:
    """The last MOST_SLOTS figures to the end of ``week`` of each measure with one limit, by standard and department.

    A rolling window has a figure for each row and no series, and between two limits there is no better side. Where
    several units of one department have figures of their own, none of them is the department's. The agency (None) has
    a series where one department alone has one: a mean of means would be a figure that nobody promised.
    """
    parts = _charted(agency)
    if not parts:
        return {}
    rows = warehouse.rows(
        """
        SELECT standard_id, rule_version, part, department_id, opened_at, due_at, status, measured_value
        FROM marts.fct_commitments
        WHERE list_contains(?, standard_id) AND due_at <= ?
        ORDER BY standard_id, part, department_id, due_at, subject_id
        """,
        [sorted({standard_id for standard_id, _, _ in parts}), naive_utc(end_of_day(week.end, agency.zone))],
    )
    found: dict[Key, dict[str, list[_Row]]] = defaultdict(lambda: defaultdict(list))
    for values in rows:
        row = _Row(*values)
        if (row.standard_id, row.rule_version, row.part) in parts:
            for owner in {row.department_id, None}:
                found[row.standard_id, owner][row.part].append(row)
    made = {
        key: tuple(
            _series(of_part, parts[key[0], of_part[-1].rule_version, of_part[-1].part], agency.zone)
            for of_part in by_part.values()
            if len({row.due for row in of_part}) == len(of_part)
        )
        for key, by_part in found.items()
    }
    return {key: series for key, series in made.items() if series}


def _charted(agency: Agency) -> dict[tuple[str, int, str], MeasurePart]:
    return {
        (standard.id, rule.version, part.id): part
        for standard in agency.charter.standards
        if standard.kind == "measure"
        for rule in standard.rules
        for part in rule.parts
        if part.slot is not None and (part.at_least is None or part.at_most is None)
    }


def _series(rows: Sequence[_Row], part: MeasurePart, zone: ZoneInfo) -> MeasuredSeries:
    shown = rows[-MOST_SLOTS:]
    limit = part.at_most if part.at_least is None else part.at_least
    assert limit is not None
    better: Literal["high", "low"] = "low" if part.at_least is None else "high"
    versions = [row.rule_version for row in shown]
    return MeasuredSeries(
        standard_id=shown[-1].standard_id,
        department_id=shown[-1].department_id,
        part=part.id,
        part_text=part.text.root if part.text else {},
        unit=part.measured_in,
        limit=limit,
        better=better,
        figures=tuple(_figure(row, zone) for row in shown),
        rebased_at=tuple(at for at in range(1, len(versions)) if versions[at] != versions[at - 1]),
    )


def _figure(row: _Row, zone: ZoneInfo) -> MeasuredFigure:
    return MeasuredFigure(
        first_on=local_date(aware(row.opened), zone),
        last_on=_last_day(aware(row.due), zone),
        value=row.value if row.status in ("met", "breached") else None,
        unknown=row.status == "pending",
    )


def _last_day(ends: datetime, zone: ZoneInfo) -> date:
    """A slot ends at the midnight that ends its last day."""
    return local_date(ends - timedelta(seconds=1), zone)
