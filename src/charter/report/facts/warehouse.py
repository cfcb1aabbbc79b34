"""Reads the published warehouse (schema ``marts``), never writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from charter.base.errors import DamagedWarehouse, ReportError
from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.transform.build.builds import MadeBy, read_made_by
from charter.transform.build.engine import opened


def aware(instant: datetime) -> datetime:
    """An instant as tables hold it, made aware."""
    return instant.replace(tzinfo=UTC)


def aware_or_none(instant: datetime | None) -> datetime | None:
    return None if instant is None else aware(instant)


@dataclass(frozen=True)
class Run:
    """What the warehouse was built from, and by. Instants are aware UTC."""

    as_of: datetime
    known_at: datetime
    charter_id: str
    charter_version: str
    agency_name_ko: str
    agency_name_en: str
    made_by: MadeBy | None


@dataclass(frozen=True)
class Warehouse:
    """An open, read-only connection."""

    connection: duckdb.DuckDBPyConnection
    run: Run

    def rows(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of ``query`` with ``values`` for its question marks, or by name."""
        return self.connection.execute(query, values if isinstance(values, dict) else list(values)).fetchall()


@contextmanager
def open_warehouse(settings: Settings, as_of: datetime | None = None) -> Iterator[Warehouse]:
    """The published warehouse, which must be that of ``as_of`` if one is named.

    Raises ReportError when it does not exist, is no warehouse of ours, or was built for another as-of.
    """
    place = settings.warehouse.name
    if not settings.warehouse.exists():
        raise ReportError("the warehouse does not exist", where=place, remedy="build it first: charter nightly")
    try:
        with opened(settings, settings.warehouse, read_only=True) as connection:
            yield Warehouse(connection, _run(connection, as_of, place))
    except DamagedWarehouse as error:
        raise ReportError.of(list(error.problems)) from error
    except duckdb.CatalogException as error:
        raise ReportError(
            f"the warehouse lacks what reports need ({str(error).splitlines()[0]})",
            where=place,
            remedy="build it anew with this version: charter nightly",
        ) from error
    except duckdb.IOException as error:
        raise ReportError(
            f"the warehouse cannot be opened ({str(error).splitlines()[0]})",
            where=place,
            remedy="wait until it is published, or see that this user may read it",
        ) from error


def _run(connection: duckdb.DuckDBPyConnection, as_of: datetime | None, place: str) -> Run:
    row = connection.execute(
        "SELECT as_of, known_at, charter_id, charter_version, agency_name_ko, agency_name_en FROM marts.run"
    ).fetchone()
    if row is None:
        raise ReportError("the warehouse is empty", where=place, remedy="build it first: charter nightly")
    if as_of is not None and row[0] != naive_utc(as_of):
        raise ReportError(
            f"the warehouse was built as of {row[0].isoformat()}Z, and the report is asked for as of"
            f" {naive_utc(as_of).isoformat()}Z",
            where=place,
            remedy="build it for this as-of first: charter nightly",
        )
    found = dict(zip(("charter_id", "charter_version", "agency_name_ko", "agency_name_en"), row[2:], strict=True))
    return Run(as_of=aware(row[0]), known_at=aware(row[1]), made_by=read_made_by(connection), **found)
