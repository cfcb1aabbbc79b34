"""Reads the published warehouse (schema ``marts``), never writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from charter.base.errors import DamagedWarehouse, ReportError
from charter.base.languages import column_in, language_of_column
from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.transform.build.builds import MadeBy, read_made_by
from charter.transform.build.engine import opened

_NAME = "agency_name"


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
    agency_name: dict[str, str]
    made_by: MadeBy | None


@dataclass(frozen=True)
class Warehouse:
    """An open, read-only connection."""

    connection: duckdb.DuckDBPyConnection
    run: Run

    def rows(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of ``query`` with ``values`` for its question marks, or by name."""
        return self.connection.execute(query, values if isinstance(values, dict) else list(values)).fetchall()

    def texts(self, name: str, table: str = "") -> str:
        """The expression that gives the text ``name`` of a row by language, from the columns of the agency's languages
        (``text_ko``)."""
        prefix = f"{table}." if table else ""
        pairs = (f"'{language}': {prefix}{column_in(name, language)}" for language in self.run.agency_name)
        return f"map {{{', '.join(pairs)}}}"


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
    except (duckdb.CatalogException, duckdb.BinderException) as error:
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
    found = connection.execute("SELECT * FROM marts.run")
    columns = [column[0] for column in found.description]
    values = found.fetchone()
    if values is None:
        raise ReportError("the warehouse is empty", where=place, remedy="build it first: charter nightly")
    row = dict(zip(columns, values, strict=True))
    if as_of is not None and row["as_of"] != naive_utc(as_of):
        raise ReportError(
            f"the warehouse was built as of {row['as_of'].isoformat()}Z, and the report is asked for as of"
            f" {naive_utc(as_of).isoformat()}Z",
            where=place,
            remedy="build it for this as-of first: charter nightly",
        )
    return Run(
        as_of=aware(row["as_of"]),
        known_at=aware(row["known_at"]),
        charter_id=row["charter_id"],
        charter_version=row["charter_version"],
        # The columns tell in which languages the warehouse has its texts.
        agency_name={
            language_of_column(column, _NAME): text for column, text in row.items() if column.startswith(f"{_NAME}_")
        },
        made_by=read_made_by(connection),
    )
