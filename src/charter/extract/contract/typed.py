"""Arrow columns of any plain type as the texts that ``values`` reads back exactly: whole columns at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType

import pyarrow as pa
import pyarrow.compute as pc

from charter.extract.contract.values import TYPED_INSTANT, TYPED_UTC_INSTANT

# Whole numbers up to here are exact as doubles.
_EXACT = float(2**53)
# In seconds since 1970: the years 1 to 9999.
_FIRST_SECOND, _AFTER_LAST_SECOND = -62_135_596_800, 253_402_300_800
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}
OUTSIDE_CALENDAR = "a day outside the years 1 to 9999"


class UnreadableTypeError(Exception):
    """A column of lists, structures or raw bytes: no column of a subject is like that. Its text is the type's name."""


def arrow_texts(column: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, frozenset[str]]:
    """Texts (null where the value is null) and the kinds of value seen, as ``as_texts`` gives them.

    Raises UnreadableTypeError.
    """
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    texts, kind = _texts(values)
    seen = values.null_count < len(values)
    return texts, frozenset({kind}) if seen else frozenset()


def _texts(values: pa.Array) -> tuple[pa.Array, str]:
    kind, types = values.type, pa.types
    if types.is_null(kind):
        return pa.nulls(len(values), pa.string()), "text"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return pc.cast(values, pa.string()), "text"
    if types.is_boolean(kind):
        return pc.if_else(values, "true", "false"), "boolean"
    if types.is_integer(kind):
        return pc.cast(values, pa.string()), "number"
    if types.is_floating(kind):
        return _numbers(pc.cast(values, pa.float64())), "number"
    if types.is_decimal(kind):
        return pc.replace_substring_regex(pc.cast(values, pa.string()), r"\.0+$", ""), "number"
    if types.is_timestamp(kind):
        return _instants(values), "instant"
    if types.is_date(kind):
        return _written_out(values), "date"
    if types.is_time(kind) or types.is_duration(kind):
        texts, kinds = as_texts(values.to_pylist())
        return texts, next(iter(kinds), "time")
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return _written(values), "text"
    raise UnreadableTypeError(str(kind).split("<")[0])


def _numbers(values: pa.Array) -> pa.Array:
    whole = pc.and_(pc.equal(values, pc.round(values)), pc.less(pc.abs(values), _EXACT))
    integers = pc.cast(pc.if_else(whole, values, pa.scalar(None, pa.float64())), pa.int64())
    rest = pc.if_else(pc.fill_null(whole, False), pa.scalar(None, pa.float64()), values).to_pylist()
    return pc.coalesce(
        pc.cast(integers, pa.string()), pa.array([None if x is None else repr(x) for x in rest], pa.string())
    )


def _instants(values: pa.Array) -> pa.Array:
    # What is below a microsecond is left out: nothing of ours is finer. Values with a zone are UTC underneath.
    return _written_out(values, "" if values.type.tz is None else "Z")


def _written_out(values: pa.Array, zone: str = "") -> pa.Array:
    """Dates and timestamps as ``2026-07-01T10:00:00.000000`` and ``zone``: much faster than by a strftime
    pattern. What is outside the years 1 to 9999 is said to be: a conversion of units would make another day of it."""
    if pa.types.is_date32(values.type):
        naive = pc.cast(values, pa.timestamp("s"))
    else:
        unit = "ms" if pa.types.is_date64(values.type) else values.type.unit
        naive = pc.cast(pc.cast(values, pa.int64()), pa.timestamp(unit))
    # A count of nanoseconds reaches from 1677 to 2262 only.
    inside = pc.is_valid(naive)
    if naive.type.unit != "ns":
        counts, per_second = pc.cast(naive, pa.int64()), _PER_SECOND[naive.type.unit]
        inside = pc.and_(
            pc.greater_equal(counts, _FIRST_SECOND * per_second), pc.less(counts, _AFTER_LAST_SECOND * per_second)
        )
    possible = pc.if_else(pc.fill_null(inside, False), naive, pa.scalar(None, naive.type))
    texts = pc.cast(pc.cast(possible, pa.timestamp("us"), safe=False), pa.string())
    written = pc.binary_join_element_wise(pc.replace_substring(texts, " ", "T", max_replacements=1), zone, "")
    return pc.if_else(pc.fill_null(pc.invert(inside), False), OUTSIDE_CALENDAR, written)


def _written(values: pa.Array) -> pa.Array:
    try:
        return pc.cast(values, pa.string())
    except pa.ArrowInvalid:
        raise UnreadableTypeError("binary") from None


def as_texts(values: Sequence[object]) -> tuple[pa.Array, frozenset[str]]:
    """Cells of any type as texts that ``values`` reads back exactly, and the kinds that were seen."""
    types = {type(value) for value in values} - {NoneType}
    kinds = frozenset(_KINDS.get(kind, "text") for kind in types)
    if types <= {str}:
        return pa.array(values, pa.string()), kinds
    texts = [None if value is None else _TEXTS.get(type(value), str)(value) for value in values]
    return pa.array(texts, pa.string()), kinds


def _instant_text(value: datetime) -> str:
    # Workbooks hold times as fractions of a day: what is below a millisecond is noise of that.
    if value.tzinfo is not None:
        return value.astimezone(UTC).strftime(TYPED_UTC_INSTANT)
    return value.isoformat(timespec="microseconds")


def _float_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _decimal_text(value: Decimal) -> str:
    return str(int(value)) if value.is_finite() and value == value.to_integral_value() else str(value)


_TEXTS: dict[type, Callable[..., str]] = {
    str: str,
    bool: lambda value: "true" if value else "false",
    float: _float_text,
    Decimal: _decimal_text,
    datetime: _instant_text,
    date: lambda value: datetime.combine(value, time()).strftime(TYPED_INSTANT),
}
_KINDS: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    Decimal: "number",
    datetime: "instant",
    date: "date",
    time: "time",
    timedelta: "duration",
}
