"""One night as its checks see it: its periods, what the sources cover, and what rows in doubt may mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from charter.assertions.coverage import Coverage, read_coverage
from charter.assertions.faults import fault_text
from charter.assertions.judge import Fault
from charter.assertions.results import latest_judged
from charter.base.errors import CheckError
from charter.base.moments import Period, PeriodKind, last_ended_day, naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.lake.receipts import read_receipts
from charter.transform.build.engine import opened
from charter.transform.doubt.cases import doubted_cases
from charter.transform.doubt.doubted_case import DoubtedCase

REBUILD = "build the warehouse for this as-of first: charter nightly --as-of …"


@dataclass(frozen=True)
class Night:
    """What all checks of one run share. ``coverage`` is a Fault when marts.source_status could not be read.

    ``judged_before`` is the latest earlier night that has results; None when there is none. ``doubted`` is what the
    rows that stand in doubt may mean, read from the lake anew.
    """

    agency: Agency
    as_of: datetime
    known_at: datetime
    periods: dict[PeriodKind, Period]
    coverage: Coverage | Fault
    judged_before: datetime | None
    doubted: tuple[DoubtedCase, ...]

    @property
    def last_day(self) -> Period:
        return self.periods["day"]


def periods_until(last_day: date, agency: Agency) -> dict[PeriodKind, Period]:
    """The last ended day, and of every other kind that the charter is judged in the period to date."""
    return {kind: Period(kind, _first_day(kind, last_day, agency), last_day) for kind in agency.charter.period_kinds}


def _first_day(kind: PeriodKind, last_day: date, agency: Agency) -> date:
    match kind:
        case "day":
            return last_day
        case "week":
            return last_day - timedelta(days=last_day.weekday())
        case "month":
            return last_day.replace(day=1)
        case "quarter":
            return date(last_day.year, (last_day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(last_day.year, 1, 1)
        case "fiscal_year":
            starts = agency.calendar.fiscal_year_starts
            assert starts is not None, "charter check asks for the day on which the fiscal year starts"
            first = date(last_day.year, starts.month, starts.day)
            return first if first <= last_day else first.replace(year=last_day.year - 1)
        case "rolling_year":
            is_leap_day = (last_day.month, last_day.day) == (2, 29)
            return last_day.replace(year=last_day.year - 1, day=28 if is_leap_day else last_day.day) + timedelta(days=1)


def open_night(settings: Settings, agency: Agency, as_of: datetime, known_at: datetime) -> Night:
    """The night as of ``as_of``, from what was known at ``known_at`` (both aware).

    Raises CheckError when the working warehouse is not there or was built for another night.
    """
    last_day = last_ended_day(as_of, agency.zone)
    periods = periods_until(last_day, agency)
    if not settings.work_warehouse.exists():
        raise CheckError("there is no warehouse to check", where=str(settings.work_warehouse), remedy=REBUILD)
    with opened(settings, settings.work_warehouse, read_only=True) as connection:
        _require_run(connection, settings, as_of, known_at)
        try:
            coverage: Coverage | Fault = read_coverage(connection, agency.charter.in_force_from, last_day)
        except duckdb.Error as error:
            coverage = Fault(fault_text(str(error)))
    doubted: list[DoubtedCase] = []
    try:
        doubted = doubted_cases(settings, agency, read_receipts(settings, known_at), as_of, known_at)
    except duckdb.Error as error:
        # A landed file that can't be read: how much is in doubt is not known, and no result can be held against it.
        coverage = Fault(fault_text(str(error)))
    return Night(agency, as_of, known_at, periods, coverage, latest_judged(settings, as_of), tuple(doubted))


def _require_run(
    connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: datetime, known_at: datetime
) -> None:
    where = f"{settings.work_warehouse}, table marts.run"
    try:
        rows = connection.execute("SELECT as_of, known_at FROM marts.run").fetchall()
    except duckdb.Error as error:
        raise CheckError("the warehouse does not say what it was built for", where=where, remedy=REBUILD) from error
    wanted = (naive_utc(as_of), naive_utc(known_at))
    if rows != [wanted]:
        built = ", ".join(f"as of {each[0]:%Y-%m-%dT%H:%M:%SZ} known at {each[1]:%Y-%m-%dT%H:%M:%SZ}" for each in rows)
        raise CheckError(
            f"the warehouse was built for {built or 'nothing'}, "
            f"not as of {wanted[0]:%Y-%m-%dT%H:%M:%SZ} known at {wanted[1]:%Y-%m-%dT%H:%M:%SZ}",
            where=where,
            remedy=REBUILD,
        )
