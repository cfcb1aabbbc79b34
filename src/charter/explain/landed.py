"""Reads what landed of single rows: their versions, and the rows that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from charter.base.moments import local_midnight, naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency, Subject
from charter.explain.models import Cell, VersionTold
from charter.explain.seals import Seals
from charter.lake.engine import connect
from charter.lake.files import landed_files, rows_of
from charter.lake.newest import ROW, version_order
from charter.transform.compile.subject_ids import SharedTables, shared_tables


@dataclass(frozen=True)
class Row:
    """The newest version of a landed row: its id as the ledger has it, and its cells, pseudonyms among them."""

    table: str
    id: str
    key: str
    source_id: str
    cells: dict[str, Cell]


class Landed:
    """The landed tables as they were known at ``known_at`` (aware). Versions, which people see, have no pseudonyms."""

    def __init__(self, settings: Settings, agency: Agency, known_at: datetime, seals: Seals) -> None:
        self._settings = settings
        self._agency = agency
        self._known_at = known_at
        self._seals = seals
        self._newest: dict[tuple[str, str, str], list[Row]] = {}

    @cached_property
    def shared(self) -> SharedTables:
        """The tables whose ids tell the source."""
        return shared_tables(self._settings, self._agency, self._known_at)

    def row_id(self, table: str, source_id: str, key: str) -> str:
        """A row's id as the ledger has it: with its source where several feed the table."""
        return f"{source_id}/{key}" if table in self.shared else key

    def may_belong(self, source_id: str, table: str, source_of_row: str) -> bool:
        """Whether a row of ``source_id`` that names a key of ``table`` can mean the row of ``source_of_row``.

        A source that feeds the table itself means its own row; the key of another is the one row's that has it.
        """
        return source_id == source_of_row or source_id not in self.shared.get(table, ())

    def versions(self, table: str, column: str, value: str, most: int | None = None) -> list[VersionTold]:
        """All versions, oldest first, of the rows one of whose versions says ``value`` in ``column``.

        ``column`` may be ``_row_key``. Of more than ``most`` rows the first ones.
        """
        limit = "" if most is None else f" LIMIT {most}"
        wanted = f"SELECT {ROW} FROM these WHERE CAST({_quoted(column)} AS VARCHAR) = $value GROUP BY ALL ORDER BY ALL"
        return self._versions(table, f"SELECT * FROM these SEMI JOIN ({wanted}{limit}) USING ({ROW})", {"value": value})

    def spelled_otherwise(self, table: str, key: str) -> list[str]:
        """The keys of a table that are ``key`` but for capitals and blanks."""
        found = self._query(
            table,
            "SELECT DISTINCT _row_key FROM these WHERE lower(trim(_row_key)) = lower(trim($key)) ORDER BY 1",
            {"key": key},
        )
        return [str(each) for (each,) in found]

    def newest(self, table: str, column: str, value: str) -> list[Row]:
        """The rows whose newest version says ``value`` in ``column``; none that were deleted.

        Each fact of a case asks for the same rows: they are read once.
        """
        asked = (table, column, value)
        if asked not in self._newest:
            test = f"CAST({_quoted(column)} AS VARCHAR) = $value"
            self._newest[asked] = self._rows(table, test, {"value": value})
        return self._newest[asked]

    def dated(self, table: str, column: str, first: date, last: date, at_most: int) -> list[Row]:
        """The rows whose newest version is dated ``first`` to ``last`` (business days) in ``column``."""
        subject, zone = self._agency.subjects[table], self._agency.zone
        if subject.columns[column].type == "date":
            between: list[Any] = [first, last + timedelta(days=1)]
        else:
            between = [naive_utc(local_midnight(day, zone)) for day in (first, last + timedelta(days=1))]
        test = f"{_quoted(column)} >= $first AND {_quoted(column)} < $end ORDER BY {_quoted(column)} LIMIT {at_most}"
        return self._rows(table, test, {"first": between[0], "end": between[1]})

    def all_of(self, table: str, at_most: int) -> list[Row]:
        """All rows of a table, in their newest version: at most so many."""
        return self._rows(table, f"true ORDER BY _row_key LIMIT {at_most}", {})

    def _versions(self, table: str, query: str, values: dict[str, Any]) -> list[VersionTold]:
        columns = _shown(self._agency.subjects[table])
        listed = ", ".join(_quoted(column) for column in columns)
        found = self._query(
            table,
            f"""
            SELECT _source_id, _row_key, _known_at, _origin, _deleted, filename,
                   row_number() OVER (PARTITION BY {ROW} ORDER BY {version_order()} DESC, _row_hash) = 1, {listed}
            FROM ({query}) ORDER BY _source_id, _row_key, {version_order()}, _row_hash DESC
            """,
            values,
        )
        return [self._version(table, columns, row) for row in found]

    def _version(self, table: str, columns: Sequence[str], row: Sequence[Any]) -> VersionTold:
        source_id, key, known_at, origin, is_deletion, file, is_used, *cells = row
        place = self._seals.place_of(file)
        return VersionTold(
            table=table,
            source_id=source_id,
            key=key,
            known_at=known_at.replace(tzinfo=UTC),
            origin=origin,
            is_deletion=is_deletion,
            is_used=is_used,
            file=place,
            seal=self._seals.sealing(place),
            cells=_cells(columns, cells),
        )

    def _rows(self, table: str, test: str, values: dict[str, Any]) -> list[Row]:
        columns = list(self._agency.subjects[table].columns)
        listed = ", ".join(_quoted(column) for column in columns)
        found = self._query(
            table,
            f"""
            WITH newest AS (
                SELECT * FROM these
                QUALIFY row_number() OVER (PARTITION BY {ROW} ORDER BY {version_order()} DESC, _row_hash) = 1
            )
            SELECT _source_id, _row_key, {listed} FROM newest WHERE NOT _deleted AND {test}
            """,
            values,
        )
        return [
            Row(table, self.row_id(table, source_id, key), key, source_id, _cells(columns, cells))
            for source_id, key, *cells in found
        ]

    def _query(self, table: str, query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        files = landed_files(self._settings, table, until=self._known_at)
        if not files:
            return []
        with connect() as db:
            db.execute(f"CREATE TEMP VIEW these AS SELECT * FROM {rows_of(files, with_file=True)}")
            return db.execute(query, values or None).fetchall()


def _shown(subject: Subject) -> list[str]:
    return [name for name, column in subject.columns.items() if column.type != "pseudonym"]


def _cells(columns: Sequence[str], values: Sequence[Any]) -> dict[str, Cell]:
    return {
        column: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for column, value in zip(columns, values, strict=True)
    }


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
