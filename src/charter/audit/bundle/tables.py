"""The published tables in a bundle: the very lines that their seal was made of, and CSV and Parquet beside them.

A sealed partition is a hash over its rows' hashes, and a row's hash is over the row as JSON. With those lines a program
that knows no DuckDB can hash the table again. The CSV holds the same values, line for line.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb

from charter.audit.bundle.contents import BundledPartition
from charter.audit.bundle.verify_bundle import cell
from charter.base.files import sql_text, write_whole
from charter.evidence.manifest import TableSeal
from charter.evidence.tables import bounds, split_column

# A table with more rows is bundled for the months of the period alone, and for what has no month.
MOST_ROWS = 100_000


def write_tables(
    warehouse: duckdb.DuckDBPyConnection, seals: Sequence[TableSeal], folder: Path, first: date, last: date
) -> Iterator[BundledPartition]:
    """Writes each table's partitions of the period, ``first`` to ``last``, below ``folder/marts``."""
    for seal in seals:
        split_by = split_column(warehouse, seal.table)
        wanted = [part for part in seal.partitions if seal.rows <= MOST_ROWS or _is_of(part.partition, first, last)]
        for part in wanted:
            yield _write(warehouse, seal.table, split_by, part.partition, folder)


def _is_of(partition: str, first: date, last: date) -> bool:
    return partition in ("all", "none") or f"{first:%Y-%m}" <= partition <= f"{last:%Y-%m}"


def _write(
    warehouse: duckdb.DuckDBPyConnection, table: str, split_by: str | None, partition: str, folder: Path
) -> BundledPartition:
    condition, values = bounds(split_by, partition)
    stem = folder / "marts" / table / partition
    stem.parent.mkdir(parents=True, exist_ok=True)
    rows = warehouse.execute(
        f'SELECT CAST(to_json(r) AS VARCHAR) FROM marts."{table}" AS r WHERE {condition} ORDER BY 1', values
    ).fetchall()
    lines = [line for (line,) in rows]
    content = "".join(f"{line}\n" for line in lines).encode()
    write_whole(stem.with_suffix(".jsonl.gz"), gzip.compress(content, mtime=0))
    write_whole(stem.with_suffix(".csv"), _as_csv(_columns(warehouse, table), lines))
    target = sql_text(stem.with_suffix(".parquet"))
    warehouse.execute(f'COPY (SELECT * FROM marts."{table}" WHERE {condition} ORDER BY ALL) TO {target}', values)
    path = stem.with_suffix(".jsonl.gz").relative_to(folder).as_posix()
    return BundledPartition(table=table, partition=partition, path=path, rows=len(lines))


def _columns(warehouse: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [column for column, *_ in warehouse.execute(f'DESCRIBE marts."{table}"').fetchall()]


def _as_csv(columns: Sequence[str], lines: Sequence[str]) -> bytes:
    """The lines of JSON as CSV, in their order: an empty cell is null, a text stands as it is, all else as in JSON."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    for line in lines:
        row = json.loads(line, parse_float=str, parse_int=str)
        writer.writerow([cell(row[column]) for column in columns])
    return written.getvalue().encode()
