"""Published tables as evidence: digests by month that name the rows exactly, whatever their order.

A row's digest is the SHA-256 of the row as JSON. A partition's is the SHA-256 over its rows' digests (32 bytes each) in
ascending order, a table's over its columns and its partitions. A partition whose mark (row count, and sum and exclusive
or of the engine's own 64-bit row hashes) is the one that the seal before gave keeps the digest given there: a night
costs one fast pass over a table, and exact hashing of the months that it touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import duckdb

from charter.base.errors import DamagedWarehouse, EvidenceError
from charter.base.settings import Settings
from charter.evidence.manifest import PartitionSeal, TableSeal
from charter.transform.build.engine import opened

# The first of these columns that a table has splits it into months.
_SPLIT_BY = ("decided_on", "day", "week_start", "period_start", "as_of")
_BATCH = 50_000
_WHOLE = "all"
_NONE = "none"


def read_tables(settings: Settings, version: int = 2) -> tuple[TableSeal, ...]:
    """Every table of the warehouse that ``settings`` name, hashed whole as seals of ``version`` show it.

    Raises EvidenceError.
    """
    with published(settings) as warehouse:
        if version == 1:
            return tuple(_first_version(warehouse, name) for name in _names(warehouse))
        return seal_tables(warehouse, {})


def seal_tables(warehouse: duckdb.DuckDBPyConnection, before: Mapping[str, TableSeal]) -> tuple[TableSeal, ...]:
    """Every published table. ``before`` is what the seal before this one says of them, by name."""
    return tuple(_sealed(warehouse, name, before.get(name)) for name in _names(warehouse))


@contextmanager
def published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse, read-only. Raises EvidenceError when it is missing or no warehouse."""
    remedy = "run the transformation; it publishes the warehouse"
    if not settings.warehouse.exists():
        raise EvidenceError("there is no published warehouse", where=str(settings.warehouse), remedy=remedy)
    try:
        with opened(settings, settings.warehouse, read_only=True) as warehouse:
            yield warehouse
    except DamagedWarehouse as error:
        raise EvidenceError.of(list(error.problems)) from error
    except duckdb.Error as error:
        where = str(settings.warehouse)
        raise EvidenceError(f"the published warehouse cannot be read: {error}", where=where, remedy=remedy) from error


def content(warehouse: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> tuple[int, str]:
    """Rows of a query, and the hash of their content: columns with types, then each row's hash, in order."""
    digest = hashlib.sha256()
    for column, kind, *_ in warehouse.execute(f"DESCRIBE {query}", parameters).fetchall():
        digest.update(f"{column} {kind}\n".encode())
    # Each row is reduced to a hash before sorting, so that memory doesn't grow with the width of the rows.
    warehouse.execute(
        f"SELECT sha256(CAST(to_json(r) AS VARCHAR)) AS row_sha256 FROM ({query}) AS r ORDER BY row_sha256", parameters
    )
    rows = 0
    while batch := warehouse.fetchmany(_BATCH):
        rows += len(batch)
        digest.update("".join(f"{row}\n" for (row,) in batch).encode())
    return rows, digest.hexdigest()


def _first_version(warehouse: duckdb.DuckDBPyConnection, name: str) -> TableSeal:
    rows, sha256 = content(warehouse, f'SELECT * FROM marts."{name}"')
    return TableSeal(table=name, rows=rows, sha256=sha256)


def _names(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    found = warehouse.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts' ORDER BY table_name"
    ).fetchall()
    return [name for (name,) in found]


def _sealed(warehouse: duckdb.DuckDBPyConnection, name: str, before: TableSeal | None) -> TableSeal:
    described = warehouse.execute(f'DESCRIBE marts."{name}"').fetchall()
    columns = tuple(f"{column} {kind}" for column, kind, *_ in described)
    split_by = split_column(warehouse, name)
    known = {part.partition: part for part in before.partitions} if before and before.columns == columns else {}
    partitions = tuple(
        known[part.partition]
        if part.partition in known and known[part.partition].mark == part.mark
        else part.model_copy(update={"sha256": _digest(warehouse, name, split_by, part.partition)})
        for part in _marked(warehouse, name, split_by)
    )
    digest = hashlib.sha256("".join(f"{column}\n" for column in columns).encode())
    for part in partitions:
        digest.update(f"{part.partition} {part.rows} {part.sha256}\n".encode())
    return TableSeal(
        table=name,
        rows=sum(part.rows for part in partitions),
        sha256=digest.hexdigest(),
        columns=columns,
        partitions=partitions,
    )


def _marked(warehouse: duckdb.DuckDBPyConnection, name: str, split_by: str | None) -> Iterator[PartitionSeal]:
    """Every partition with its rows and mark, its digest still to be made, in order."""
    month = f"coalesce(strftime({split_by}, '%Y-%m'), '{_NONE}')" if split_by else f"'{_WHOLE}'"
    found = warehouse.execute(
        f"""
        SELECT {month} AS partition, count(*), sum(hash(r)), bit_xor(hash(r))
        FROM marts."{name}" AS r GROUP BY partition ORDER BY partition
        """
    ).fetchall()
    for partition, rows, total, either in found:
        mark = f"duckdb {duckdb.__version__} {int(total):x} {int(either):x}"
        yield PartitionSeal(partition=partition, rows=rows, sha256="0" * 64, mark=mark)


def _digest(warehouse: duckdb.DuckDBPyConnection, name: str, split_by: str | None, partition: str) -> str:
    condition, edges = bounds(split_by, partition)
    # Only the digests are sorted, 32 bytes a row, and the engine spills them to disk when they are too many.
    reader = warehouse.execute(
        f"""
        SELECT unhex(sha256(CAST(to_json(r) AS VARCHAR))) AS row_digest
        FROM marts."{name}" AS r WHERE {condition} ORDER BY row_digest
        """,
        edges,
    ).to_arrow_reader(_BATCH)
    digest = hashlib.sha256()
    for batch in reader:
        digest.update(b"".join(batch.column(0).to_pylist()))
    return digest.hexdigest()


def split_column(warehouse: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The column that splits a published table into months; None where it has none."""
    kinds = {column: kind for column, kind, *_ in warehouse.execute(f'DESCRIBE marts."{name}"').fetchall()}
    return next((column for column in _SPLIT_BY if kinds.get(column) in ("DATE", "TIMESTAMP")), None)


def bounds(split_by: str | None, partition: str) -> tuple[str, list[date]]:
    """Which rows are in a partition, as SQL and its values; ``split_by`` as ``split_column`` gives it."""
    if split_by is None:
        return "true", []
    if partition == _NONE:
        return f"{split_by} IS NULL", []
    year, month = (int(part) for part in partition.split("-"))
    following = date(year + month // 12, month % 12 + 1, 1)
    return f"{split_by} >= ? AND {split_by} < ?", [date(year, month, 1), following]
