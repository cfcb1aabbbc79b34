"""Keeps each week's decided commitments as they stood on the night that closed it, so that a restatement shows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from charter.base.files import sql_text, whole_file
from charter.base.moments import closed_week, naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.transform.build.engine import opened

_COLUMNS = """
    week_start DATE, closed_at TIMESTAMP, commitment_id VARCHAR,
    standard_id VARCHAR, department_id VARCHAR, status VARCHAR
"""


def closed_weeks_dir(settings: Settings) -> Path:
    """Where the closed weeks are kept: one folder per week, written once."""
    return settings.lake_dir / "closed_weeks"


def ensure_closed_weeks(settings: Settings) -> None:
    """Writes the empty file that fixes the columns, so that dbt can read before any week has closed."""
    path = closed_weeks_dir(settings) / "_contract.parquet"
    if path.exists():
        return
    with duckdb.connect() as connection:
        connection.execute(f"create table contract ({_COLUMNS})")
        _copy(connection, "select * from contract", path)


def close_weeks(settings: Settings, agency: Agency, as_of: datetime) -> list[date]:
    """Keeps every week that had ended at ``as_of`` (aware) and was not kept before, as the published warehouse has it.

    Returns the Mondays of the weeks that this night closed.
    """
    first = agency.charter.in_force_from - timedelta(days=agency.charter.in_force_from.weekday())
    last = closed_week(as_of, agency.zone).start
    mondays = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    missing = [monday for monday in mondays if not closed_week_file(settings, monday).exists()]
    if missing:
        with opened(settings, settings.warehouse, read_only=True) as connection:
            for monday in missing:
                _copy(connection, _decided_in(monday, as_of), closed_week_file(settings, monday))
    return missing


def closed_week_file(settings: Settings, monday: date) -> Path:
    """Where the week that began on ``monday`` is kept, once a night has closed it."""
    return closed_weeks_dir(settings) / f"week={monday.isoformat()}" / "part-0.parquet"


def closed_week_files(settings: Settings) -> list[Path]:
    """The files of all weeks that are kept, the earliest week first."""
    return sorted(closed_weeks_dir(settings).glob("week=*/part-0.parquet"))


def _decided_in(monday: date, as_of: datetime) -> str:
    sunday = monday + timedelta(days=6)
    return f"""
        select
            date '{monday}' as week_start,
            timestamp '{naive_utc(as_of)}' as closed_at,
            commitment_id,
            standard_id,
            department_id,
            status
        from marts.fct_commitments
        where decided_on between date '{monday}' and date '{sunday}'
        order by commitment_id
    """


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    with whole_file(path) as growing:
        connection.execute(f"copy ({query}) to {sql_text(growing)} (format parquet, compression zstd)")
