"""The fast way out of PostgreSQL: COPY, read by Arrow, where every column is of a plain type."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from charter.extract.contract.typed import arrow_texts
from charter.extract.readers.allowance import Allowance

_BATCH_BYTES = 1 << 24
_NUMERIC = 1700
# PostgreSQL's numbers of the types that Arrow reads as PostgreSQL writes them.
_TYPES: dict[int, pa.DataType] = {
    **dict.fromkeys((18, 19, 25, 1042, 1043, 2950), pa.string()),
    **dict.fromkeys((20, 21, 23), pa.int64()),
    **dict.fromkeys((700, 701), pa.float64()),
    _NUMERIC: pa.string(),
    16: pa.bool_(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
Texts = list[tuple[pa.Array, frozenset[str]]]


def copied(
    connection: Connection, statement: str, parameters: Mapping[str, object], allowance: Allowance
) -> Iterator[Texts] | None:
    """The rows of a SELECT in batches: for each column its texts and the kinds seen, as ``batch.as_texts`` gives them.

    None when this way is not open: another database, a type that is not plain, or a value that Arrow has no room for
    (infinity, years before Christ). Raises sqlalchemy's OperationalError when the database fails, and FeedFault when it
    gives more than the ``allowance``.
    """
    if connection.dialect.name != "postgresql" or connection.dialect.driver != "psycopg":
        return None
    import psycopg

    compiled = sa.text(statement).bindparams(**parameters).compile(dialect=connection.dialect)
    raw: Any = connection.connection.driver_connection
    content = io.BytesIO()
    try:
        with raw.cursor() as cursor:
            cursor.execute(f"SELECT * FROM (\n{compiled}\n) described LIMIT 0", compiled.params)
            kinds = [column.type_code for column in cursor.description or ()]
            if not kinds or not set(kinds) <= set(_TYPES):
                return None
            with cursor.copy(f"COPY (\n{compiled}\n) TO STDOUT (FORMAT csv)", compiled.params) as blocks:
                for block in blocks:
                    content.write(block)
                    allowance.require_time()
                    allowance.require_size(content.tell(), "what the query gives")
    except psycopg.Error as error:
        raise OperationalError(statement, None, error, connection_invalidated=bool(raw.broken)) from error
    try:
        return iter([_texts(batch, kinds) for batch in _batches(content, kinds)])
    except pa.ArrowInvalid:
        return None


def _batches(content: io.BytesIO, kinds: list[int]) -> Iterator[pa.RecordBatch]:
    buffer = pa.py_buffer(content.getbuffer())
    if buffer.size == 0:
        return
    names = [str(index) for index in range(len(kinds))]
    yield from pa_csv.open_csv(
        pa.BufferReader(buffer),
        read_options=pa_csv.ReadOptions(column_names=names, block_size=max(_BATCH_BYTES, 1)),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types={name: _TYPES[kind] for name, kind in zip(names, kinds, strict=True)},
            # Nothing is nothing; an empty text stands in quotes.
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _texts(batch: pa.RecordBatch, kinds: list[int]) -> Texts:
    return [
        _numeric(column) if kind == _NUMERIC else arrow_texts(column) for column, kind in zip(batch, kinds, strict=True)
    ]


def _numeric(column: pa.Array) -> tuple[pa.Array, frozenset[str]]:
    seen = column.null_count < len(column)
    return pc.replace_substring_regex(column, r"\.0+$", ""), frozenset({"number"}) if seen else frozenset()
