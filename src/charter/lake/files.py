"""The lake's files: their places, their columns, and writing them so that a kill at any instant leaves no half file."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from charter.base.files import sql_text, write_whole
from charter.base.moments import stamp
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.definitions.models import Agency, ColumnType, Subject
from charter.lake.receipts import FileDigest, SourceReceipt, read_receipts, receipt_path, to_json

_TYPES: dict[ColumnType, pa.DataType] = {
    "instant": pa.timestamp("us"),
    "date": pa.date32(),
    "text": pa.string(),
    "code": pa.string(),
    "department": pa.string(),
    "pseudonym": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}
_LINEAGE = [
    ("_source_id", pa.string()),
    ("_known_at", pa.timestamp("us")),
    ("_row_key", pa.string()),
    ("_row_hash", pa.string()),
    ("_origin", pa.string()),
    ("_deleted", pa.bool_()),
]
# The name of a file of rows that nights from an instant on do not know of (see SourceReceipt.inserted_before).
_INSERTED = re.compile(r"before-(?P<first>[0-9TZ]+)-.*")
# Rows by which the writer judges a column.
_SAMPLE = 1000
QUARANTINE_SCHEMA = pa.schema(
    [
        ("source_id", pa.string()),
        ("table", pa.string()),
        ("origin", pa.string()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("row", pa.string()),
        ("_known_at", pa.timestamp("us")),
    ]
)


def arrow_type(column_type: ColumnType) -> pa.DataType:
    """How a column of that type is stored."""
    return _TYPES[column_type]


def raw_schema(subject: Subject) -> pa.Schema:
    """The columns of a landed table: the subject's, in order, then where each row came from."""
    columns = [(name, _TYPES[column.type]) for name, column in subject.columns.items()]
    return pa.schema([*columns, *_LINEAGE])


def raw_partition(
    settings: Settings, table: str, source_id: str, as_of: datetime, name: str = "part-0.parquet"
) -> Path:
    return settings.raw_dir / table / f"source={source_id}" / f"as_of={stamp(as_of)}" / name


def quarantine_partition(settings: Settings, source_id: str, as_of: datetime) -> Path:
    return settings.lake_dir / "quarantine" / f"source={source_id}" / f"as_of={stamp(as_of)}" / "part-0.parquet"


def contract_path(settings: Settings, table: str) -> Path:
    """The file without rows that fixes a landed table's columns."""
    return settings.raw_dir / table / "_contract.parquet"


def landed_files(settings: Settings, table: str, *, after: datetime | None = None, until: datetime) -> list[Path]:
    """The files of rows that landed in ``table`` later than ``after`` and by ``until`` (as-of instants), in order.

    Without those of nights that were inserted before a later one, where ``until`` is that night or after it.
    """
    first = stamp(after) if after else ""
    files = (settings.raw_dir / table).glob("source=*/as_of=*/*.parquet")
    # Stamps sort as their instants do.
    known = [(file.parent.name.removeprefix("as_of="), file) for file in files]
    return [file for at, file in sorted(known) if first < at <= stamp(until) and _is_known(file, until)]


def _is_known(file: Path, known_at: datetime) -> bool:
    inserted = _INSERTED.fullmatch(file.name)
    return inserted is None or stamp(known_at) < inserted["first"]


def rows_of(files: Sequence[Path], *, with_file: bool = False) -> str:
    """A table expression for DuckDB: the rows of ``files`` of one landed table, columns matched by name.

    ``with_file`` adds ``filename``. The folders' names are not taken for columns.
    """
    listed = ", ".join(sql_text(file) for file in files)
    options = "union_by_name = true, hive_partitioning = false"
    return f"read_parquet([{listed}], {options}{', filename = true' if with_file else ''})"


def ensure_contract_tables(settings: Settings, agency: Agency) -> None:
    """Writes ``raw/<table>/_contract.parquet`` for every landed subject: no rows, all columns with their types."""
    for table, subject in agency.subjects.items():
        if subject.landed:
            path = contract_path(settings, table)
            content = parquet_bytes(raw_schema(subject).empty_table())
            if not path.exists() or path.read_bytes() != content:
                _write(settings, path, content, "contracts")


def read_quarantine(settings: Settings, known_at: datetime) -> pd.DataFrame:
    """Every row refused at or before ``known_at``: source_id, table, origin, column, reason, row, _known_at (UTC).

    ``row`` is the JSON of the mapped columns that could be read, personal ones as pseudonyms.
    """
    digests = [receipt.quarantine for receipt in read_receipts(settings, known_at) if receipt.quarantine]
    tables = [pq.read_table(settings.lake_dir / digest.path, partitioning=None) for digest in digests]
    rows: pd.DataFrame = pa.concat_tables([QUARANTINE_SCHEMA.empty_table(), *tables]).to_pandas()
    return rows


class Landing:
    """Writes the files of one source and night. Each appears whole; the receipt comes last and seals the others."""

    def __init__(
        self, settings: Settings, source_id: str, as_of: datetime, inserted_before: datetime | None = None
    ) -> None:
        self._prefix = f"before-{stamp(inserted_before)}-" if inserted_before else ""
        self._settings = settings
        self._source_id = source_id
        self._as_of = as_of

    def inserted_before(self, later: datetime | None) -> Landing:
        """The same night, of which the night ``later`` (if any) and those after it do not know."""
        return Landing(self._settings, self._source_id, self._as_of, later)

    def put_rows(self, table: str, rows: pa.Table) -> list[FileDigest]:
        """Replaces this night's rows of ``table``; without rows there is no file."""
        name = f"{self._prefix}part-0.parquet"
        return self._put(raw_partition(self._settings, table, self._source_id, self._as_of, name), rows)

    def put_corrected(self, table: str, rows: pa.Table) -> list[FileDigest]:
        """Replaces this night's corrected rows of ``table``; without rows there is no file."""
        place = raw_partition(self._settings, table, self._source_id, self._as_of, "corrected-0.parquet")
        return self._put(place, rows)

    def put_quarantine(self, rows: pa.Table) -> FileDigest | None:
        """Replaces this night's refused rows; without any there is no file."""
        files = self._put(quarantine_partition(self._settings, self._source_id, self._as_of), rows)
        return files[0] if files else None

    def put_receipt(self, receipt: SourceReceipt) -> None:
        _write(self._settings, receipt_path(self._settings, self._source_id, self._as_of), to_json(receipt), self._name)

    def _put(self, path: Path, rows: pa.Table) -> list[FileDigest]:
        if rows.num_rows == 0:
            path.unlink(missing_ok=True)
            return []
        content = parquet_bytes(rows)
        _write(self._settings, path, content, self._name)
        place = path.relative_to(self._settings.lake_dir).as_posix()
        return [FileDigest(path=place, size=len(content), sha256=hashlib.sha256(content).hexdigest())]

    @property
    def _name(self) -> str:
        return self._source_id


@contextmanager
def landing(settings: Settings, source_id: str, as_of: datetime) -> Iterator[Landing]:
    """The right to write one source's files: only one process at a time has it, others wait."""
    incoming = _incoming(settings, source_id)
    private_folder(settings.lake_dir)
    incoming.parent.mkdir(parents=True, exist_ok=True)
    with incoming.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(incoming, ignore_errors=True)
        yield Landing(settings, source_id, as_of)
        shutil.rmtree(incoming, ignore_errors=True)


def _incoming(settings: Settings, name: str) -> Path:
    # Beside raw, not in it: no reader's pattern may meet a half-written file.
    return settings.lake_dir / "incoming" / name


def parquet_bytes(table: pa.Table) -> memoryview:
    """A table as the lake writes it."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=_repeating(table))
    return memoryview(sink.getvalue()).cast("B")


def _repeating(table: pa.Table) -> list[str]:
    """The columns whose values come again and again: a dictionary of the others would only cost time."""
    return [name for name in table.column_names if pc.count_distinct(table[name][:_SAMPLE]).as_py() <= _SAMPLE // 2]


def _write(settings: Settings, path: Path, content: bytes | memoryview, name: str) -> None:
    write_whole(path, content, half=_incoming(settings, name) / f"{path.stem}-{os.getpid()}")
