"""Instants under formats that no strftime pattern can say: seconds since 1970, and ISO 8601 in its variants."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from charter.definitions.time_formats import ISO, UNIX, UNIX_MS
from charter.lake.engine import connect

_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$"
# Later than 2100, or (in milliseconds) earlier than March 1973, is a number of the other unit.
_LAST_SECOND = 4_102_444_800
_FIRST_MILLISECOND = 100_000_000_000
_ISO = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?)"
    r"(Z|z|[+-][01][0-9](?::?[0-9]{2})?)?$"
)


def read_named(texts: pa.Array, form: str) -> tuple[pa.Array, pa.Array]:
    """(wall-clock times, UTC instants) of cleaned ``texts``, as timestamps: each is read as one of the two, or neither.

    ``form`` is one of NAMED_FORMATS. Numbers are seconds (``unix``, perhaps with a fraction) or milliseconds since
    1970 in UTC; ISO 8601 texts without an offset are wall-clock times.
    """
    if form == ISO:
        return _read_iso(texts)
    return pa.nulls(len(texts), pa.timestamp("us")), _read_unix(texts, form)


def write_instant(instant: datetime, form: str, zone: ZoneInfo) -> str | int:
    """An aware instant as ``form`` says: a named format (UTC), or a strftime pattern in ``zone``."""
    if form == UNIX:
        return int(instant.timestamp())
    if form == UNIX_MS:
        return int(instant.timestamp() * 1000)
    if form == ISO:
        return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return instant.astimezone(zone).strftime(form)


def _read_unix(texts: pa.Array, form: str) -> pa.Array:
    matching = pc.fill_null(pc.match_substring_regex(texts, _NUMBER), False)
    to_micros = pc.replace_substring_regex(texts, r"(\.[0-9]{6})[0-9]+$", r"\1")
    numbers = pc.cast(pc.if_else(matching, to_micros, pa.scalar(None, pa.string())), pa.decimal128(21, 6))
    if form == UNIX:
        possible = pc.less(numbers, pa.scalar(_LAST_SECOND, pa.int64()))
        scale = 1_000_000
    else:
        possible = pc.and_(
            pc.less(numbers, pa.scalar(_LAST_SECOND * 1000, pa.int64())),
            pc.greater_equal(numbers, pa.scalar(_FIRST_MILLISECOND, pa.int64())),
        )
        scale = 1_000
    kept = pc.if_else(pc.fill_null(possible, False), numbers, pa.scalar(None, numbers.type))
    micros = pc.floor(pc.multiply(kept, pa.scalar(Decimal(scale), pa.decimal128(7, 0))))
    return pc.cast(pc.cast(micros, pa.int64()), pa.timestamp("us"))


def _read_iso(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    with connect() as connection:
        connection.register("given", pa.table({"text": texts}))
        # DuckDB wants seconds, a point before their fraction, and a colon in an offset.
        found = connection.execute(
            """
            WITH shaped AS (
                SELECT replace(regexp_extract(text, $iso, 1), ',', '.') AS moment,
                       upper(regexp_extract(text, $iso, 2)) AS shift
                FROM given
            ), full_length AS (
                SELECT CASE WHEN length(moment) = 16 THEN moment || ':00' ELSE moment END AS moment,
                       regexp_replace(shift, '^([+-][0-9]{2})([0-9]{2})$', '\\1:\\2') AS shift
                FROM shaped
            )
            SELECT CASE WHEN shift = '' THEN TRY_CAST(moment AS TIMESTAMP) END AS local,
                   CASE WHEN shift <> '' THEN TRY_CAST(moment || shift AS TIMESTAMPTZ) END AS utc
            FROM full_length""",
            {"iso": _ISO},
        ).to_arrow_table()
    utc = found["utc"].combine_chunks().cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    return found["local"].combine_chunks().cast(pa.timestamp("us")), utc
