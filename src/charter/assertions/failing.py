"""The cases behind a check that is broken: the ids of its rows or commitments, no values of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from charter.assertions.suites import Check, SuiteDefinition
from charter.base.moments import Period
from charter.base.settings import Settings
from charter.base.sql import quoted
from charter.definitions.models import Agency
from charter.transform.build.engine import opened

# A result names so many cases at most; how many there are is its count of unexpected rows.
MOST_CASES = 20


@dataclass(frozen=True)
class Broken:
    """A check that is broken: its place among the night's results, what its suite looked at, a threshold's period."""

    place: int
    suite: SuiteDefinition
    check: Check
    query: str | None
    period: Period | None


def failing_ids(settings: Settings, agency: Agency, broken: Iterable[Broken]) -> dict[int, tuple[str, ...] | None]:
    """The first ids of what breaks each check, by its place: of rows by their table's key, of commitments by their own.

    None where a check counts what has no id of its own (accounts and sums), or its rows can't be read again.
    """
    found: dict[int, tuple[str, ...] | None] = {}
    with opened(settings, settings.work_warehouse, read_only=True) as connection:
        for each in broken:
            try:
                found[each.place] = _ids(connection, agency, each)
            except duckdb.Error:
                found[each.place] = None
    return found


def _ids(connection: duckdb.DuckDBPyConnection, agency: Agency, broken: Broken) -> tuple[str, ...] | None:
    suite, check, period = broken.suite, broken.check, broken.period
    if suite.kind == "threshold" and period is not None:
        found = connection.execute(
            f"""
            SELECT commitment_id FROM marts.fct_commitments
            WHERE standard_id = ? AND status = 'breached' AND decided_on BETWEEN ? AND ?
            ORDER BY decided_on DESC, commitment_id LIMIT {MOST_CASES}
            """,
            [check.standard_id, period.start, period.end],
        ).fetchall()
        return tuple(commitment_id for (commitment_id,) in found)
    if suite.table is None or broken.query is None or (failing := _failing(check)) is None:
        return None
    key = _column(agency.subjects[suite.table.removeprefix("raw.")].key)
    found = connection.execute(
        f"""
        WITH looked_at AS ({broken.query})
        SELECT DISTINCT CAST({key} AS VARCHAR) AS id FROM looked_at
        WHERE {failing} AND {key} IS NOT NULL ORDER BY id LIMIT {MOST_CASES}
        """
    ).fetchall()
    return tuple(row_id for (row_id,) in found)


def _failing(check: Check) -> str | None:
    """Which rows break a check of a table's columns, as a condition of SQL."""
    kwargs = check.kwargs
    match check.type:
        case "expect_column_values_to_be_unique":
            column = _column(kwargs["column"])
            return f"{column} IN (SELECT {column} FROM looked_at GROUP BY {column} HAVING count(*) > 1)"
        case "expect_column_values_to_not_be_null":
            return f"{_column(kwargs['column'])} IS NULL"
        case "expect_column_values_to_be_in_set":
            return f"{_column(kwargs['column'])} NOT IN ({_values(kwargs['value_set'])})"
        case "expect_column_values_to_be_between":
            return f"{_column(kwargs['column'])} < {kwargs['min_value']}"
        case "expect_column_pair_values_a_to_be_greater_than_b":
            return f"{_column(kwargs['column_A'])} < {_column(kwargs['column_B'])}"
    return None


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _values(values: Sequence[str]) -> str:
    return ", ".join(quoted(value) for value in values)
