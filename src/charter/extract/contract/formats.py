"""Times by strptime patterns, read strictly: a year of four digits is one, and a part that is not there is not made up.

DuckDB's own reading takes two digits for the year 26 and fills in the first of January.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from charter.base.composing import composed
from charter.definitions.time_formats import PIECES, directive, parts_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_NUMBERS = frozenset("YymdHIMSfgn")
_SECOND, _MINUTE, _HOUR, _DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Writing:
    """How times are written beside their pattern. ``century`` (such as 2000): years may have two digits, which belong
    to it. ``midnight_24``: 24:00 is the midnight at the end of its day."""

    century: int | None = None
    midnight_24: bool = False


@dataclass(frozen=True)
class Moments:
    """Timestamps (us, null where a text does not fit): on the source's clock, or in UTC if texts bear an offset."""

    values: pa.Array
    in_utc: bool


def read_formatted(texts: pa.Array, form: str, writing: Writing = Writing()) -> Moments:
    """Reads ``texts`` (composed) by the pattern ``form``. Whoever checks the charter refuses unknown directives."""
    in_utc = "offset" in parts_of(form)
    found = pc.extract_regex(texts, pattern=_expression(form, writing))
    parts = {field.name: pc.struct_field(found, field.name) for field in found.type}
    valid = np.asarray(pc.is_valid(found))
    if not valid.any():
        return Moments(pa.nulls(len(texts), pa.timestamp("us")), in_utc)
    micros, exists = _since_1970(parts, len(texts), writing)
    return Moments(pa.array(micros.astype("datetime64[us]"), pa.timestamp("us"), mask=~(valid & exists)), in_utc)


@lru_cache(maxsize=64)
def _expression(form: str, writing: Writing) -> str:
    """The pattern as a regular expression of RE2, whose groups are named as the parts are."""
    pieces = PIECES.findall(form)
    seen: set[str] = set()
    written = []
    for index, piece in enumerate(pieces):
        if not piece.startswith("%") or piece == "%%":
            written.append(_literal("%" if piece == "%%" else piece))
            continue
        letter = piece[-1]
        part, alone, beside_digits = directive(letter)
        beside = any(
            0 <= other < len(pieces) and pieces[other][:1] == "%" and pieces[other][-1] in _NUMBERS
            for other in (index - 1, index + 1)
        )
        looks = beside_digits if beside and letter in _NUMBERS else alone
        if letter == "Y" and writing.century is not None:
            looks = f"{looks}|[0-9]{{2}}"
        if letter == "H" and writing.midnight_24:
            looks = f"24|{looks}"
        written.append(f"(?P<{part}>{looks})" if part and part not in seen else f"(?:{looks})")
        seen.add(part)
    return "^" + "".join(written) + "$"


def _literal(text: str) -> str:
    """The letters of a pattern between its directives, spelt as texts are; blanks are any number of blanks."""
    blank_first = " " if text[:1].isspace() else ""
    blank_last = " " if text[-1:].isspace() else ""
    spelt = f"{blank_first}{composed(text)}{blank_last}" if composed(text) else " "
    return r"\s+".join(re.escape(word) for word in re.split(r"\s+", spelt))


def _since_1970(
    parts: dict[str, pa.Array], length: int, writing: Writing
) -> tuple[Integers, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """(microseconds since 1970, whether the calendar has that day and the clock that hour)."""
    year = _number(parts, "year", length)
    two_digits = np.asarray(pc.fill_null(pc.equal(pc.utf8_length(_text(parts, "year", length)), 2), False))
    year = np.where(two_digits, (writing.century or 2000) + year, year)
    month = _number(parts, "month", length, 1)
    if "month_name" in parts:
        names = pc.utf8_lower(pc.utf8_slice_codeunits(parts["month_name"], 0, 3))
        month = np.asarray(pc.fill_null(pc.index_in(names, value_set=pa.array(_MONTHS)), 0)).astype(np.int64) + 1
    day = _number(parts, "day", length, 1)
    months = (year - 1970) * 12 + month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    hour = _hour(parts, length)
    minute, second = _number(parts, "minute", length), _number(parts, "second", length)
    fraction = _fraction(parts, length)
    exists = (day <= after - first) & ((hour < 24) | ((minute == 0) & (second == 0) & (fraction == 0)))
    of_day = hour * _HOUR + minute * _MINUTE + second * _SECOND + fraction
    return (first + day - 1) * _DAY + of_day - _shift(parts, length), exists


def _hour(parts: dict[str, pa.Array], length: int) -> Integers:
    if "hour_of_12" not in parts:
        return _number(parts, "hour", length)
    after_noon = pc.match_substring_regex(_text(parts, "meridiem", length), "^(오후|[pP])")
    return _number(parts, "hour_of_12", length) % 12 + 12 * np.asarray(pc.fill_null(after_noon, False)).astype(np.int64)


def _fraction(parts: dict[str, pa.Array], length: int) -> Integers:
    """Microseconds; what is below is left out."""
    if "fraction" not in parts:
        return np.zeros(length, np.int64)
    return _integers(pc.utf8_slice_codeunits(pc.utf8_rpad(parts["fraction"], 6, "0"), 0, 6))


def _shift(parts: dict[str, pa.Array], length: int) -> Integers:
    """How far the clock of a text is before UTC, in microseconds."""
    if "offset" not in parts:
        return np.zeros(length, np.int64)
    digits = pc.utf8_rpad(pc.replace_substring_regex(parts["offset"], "[^0-9]", ""), 4, "0")
    hours, minutes = (_integers(pc.utf8_slice_codeunits(digits, start, start + 2)) for start in (0, 2))
    shift: Integers = hours * _HOUR + minutes * _MINUTE
    return np.where(np.asarray(pc.fill_null(pc.starts_with(parts["offset"], "-"), False)), -shift, shift)


def _text(parts: dict[str, pa.Array], name: str, length: int) -> pa.Array:
    return parts.get(name, pa.nulls(length, pa.string()))


def _number(parts: dict[str, pa.Array], name: str, length: int, otherwise: int = 0) -> Integers:
    return _integers(parts[name]) if name in parts else np.full(length, otherwise, np.int64)


def _integers(texts: pa.Array) -> Integers:
    filled = pc.if_else(pc.equal(pc.fill_null(texts, ""), ""), "0", texts)
    return np.asarray(pc.cast(filled, pa.int64()))
