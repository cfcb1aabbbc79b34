"""The plainest fast ways, which everything is held against. Imports nothing of the project: its start is not theirs."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

SQL = Path(__file__).parent / "sql"
Counts = dict[str, int]


def hand_written_rows(lake: str, file: str, as_of: str) -> dict[str, int]:
    """Writes the commitments on tickets and calls known at ``as_of`` (naive UTC) into a table of ``file``."""
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).unlink(missing_ok=True)
    with _hand_written(lake, file, as_of) as (connection, query):
        connection.execute(f"create table commitments as {query}")
        return {"rows": _count(connection.execute("select count(*) from commitments"))}


def hand_written_counts(lake: str, file: str, as_of: str) -> Counts:
    """The same query, counting by standard and status instead of writing."""
    with _hand_written(lake, ":memory:", as_of) as (connection, query):
        return counts_of(connection, f"({query})")


def counts_of(connection: duckdb.DuckDBPyConnection, relation: str) -> Counts:
    """How many commitments of each standard have each status."""
    query = f"select standard_id || ' ' || status, count(*) from {relation} group by 1 order by 1"
    return {str(key): int(count) for key, count in connection.execute(query).fetchall()}


@contextmanager
def _hand_written(lake: str, database: str, as_of: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """A session with the memory that dbt has too, and the query."""
    memory = os.environ.get("CHARTER_MEMORY_LIMIT", "4GB")
    with duckdb.connect(database, config={"memory_limit": memory, "temp_directory": f"{lake}/../temp"}) as connection:
        for table in ("tickets", "ticket_events", "calls"):
            connection.execute(f"set variable {table} = ?", [f"{lake}/raw/{table}/**/*.parquet"])
        connection.execute("set variable as_of = ?::timestamp", [as_of])
        yield connection, (SQL / "hand_written.sql").read_text(encoding="utf-8")


def calls(source: str, target: str) -> dict[str, int]:
    """DuckDB's CSV reader straight into Parquet: no contract, no pseudonyms, no versions."""
    query = f"copy (from read_csv('{source}')) to '{target}' (format parquet, compression zstd)"
    with duckdb.connect() as connection:
        return {"rows": _count(connection.execute(query))}


def events(address: str, columns: str, target: str) -> dict[str, int]:
    """COPY out of PostgreSQL, through Arrow's CSV reader, into Parquet."""
    import psycopg
    import pyarrow.csv
    import pyarrow.parquet

    content = io.BytesIO()
    query = f"copy (select {columns} from tb_voc_hist) to stdout (format csv, header)"
    with psycopg.connect(address) as database, database.cursor().copy(query) as rows:
        for block in rows:
            content.write(block)
    content.seek(0)
    table = pyarrow.csv.read_csv(content)
    pyarrow.parquet.write_table(table, target, compression="zstd")
    return {"rows": table.num_rows}


def _count(result: duckdb.DuckDBPyConnection) -> int:
    row = result.fetchone()
    assert row is not None
    return int(row[0])
