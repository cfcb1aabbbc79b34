"""From the text of a source's column to typed values, a whole column at a time; what can't be read is marked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from charter.definitions.models import MappedColumn, Source, SubjectColumn, WallClock
from charter.extract.engine import connect
from charter.extract.instants import NAMED_FORMATS, read_named, write_instant
from charter.extract.lake import arrow_type
from charter.extract.personal import may_be_a_name
from charter.extract.pseudonyms import pseudonymise

# Typed cells of workbooks and databases travel as these texts (see readers.batch), which mean the same in any source.
TYPED_INSTANT = "%Y-%m-%dT%H:%M:%S.%f"
TYPED_UTC_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"

_DAY = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_CLOCK = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_PLAIN = {"%Y-%m-%d %H:%M:%S": f"^{_DAY} {_CLOCK}$", "%Y-%m-%d": f"^{_DAY}$"}
_TYPED, _TYPED_UTC = f"^{_DAY}T{_CLOCK}\\.[0-9]{{6}}$", f"^{_DAY}T{_CLOCK}\\.[0-9]{{6}}Z$"

_LONGEST_SHOWN = 40
# A column with so few values among its first rows is likely to have few in all.
_SAMPLE, _FEW = 1000, 50
_INTEGER = r"^[+-]?[0-9]{1,19}$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_YEAR_FIRST = re.compile(r"^(19|20|99)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}")


@dataclass(frozen=True)
class Converted:
    """A column as stored. ``broken`` marks texts that could not be read (their value is null); ``explain`` says why."""

    values: pa.Array
    broken: pa.Array
    explain: Callable[[str], str]


@dataclass(frozen=True)
class Vocabulary:
    """What conversion needs beside the column: department names → ids, the key of pseudonyms, and the country (``KR``)
    whose telephone numbers are written without its code."""

    departments: dict[str, str]
    pseudonym_key: bytes | None
    country: str = ""


def shown(text: str) -> str:
    """How an unreadable value is named: as it is when short and plain, else only by its shape.

    Anything that could be a name, an address, a telephone or a registration number is never repeated.
    """
    if _YEAR_FIRST.match(text) and len(text) <= _LONGEST_SHOWN:
        return f"'{text}'"
    # A list or an object of an API: what it holds is anybody's.
    structured = text.startswith(("[", "{"))
    numbered = sum(letter.isdigit() for letter in text) > 5
    if structured or "@" in text or numbered or len(text) > _LONGEST_SHOWN or may_be_a_name(text):
        return f"a value of {len(text)} characters (not shown: it may be personal)"
    return f"'{text}'"


def clean(texts: pa.Array, null_tokens: list[str]) -> pa.Array:
    """Trims blanks, composes Hangul, and turns the texts that mean nothing was entered (and empty ones) into null."""
    if pc.count_distinct(texts[:_SAMPLE]).as_py() > _FEW:
        return _cleaned(texts, null_tokens)
    # Few values that come again and again: each is cleaned once.
    encoded = texts.dictionary_encode()
    return _cleaned(encoded.dictionary, null_tokens).take(encoded.indices)


def _cleaned(texts: pa.Array, null_tokens: list[str]) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts)
    if not pc.all(pc.string_is_ascii(trimmed)).as_py():
        trimmed = pc.utf8_normalize(trimmed, form="NFC")
    nothing = pc.is_in(trimmed, value_set=pa.array(["", *(token.strip() for token in null_tokens)], pa.string()))
    if not pc.any(nothing).as_py():
        return trimmed
    return pc.if_else(nothing, pa.scalar(None, pa.string()), trimmed)


def convert(
    texts: pa.Array, column: SubjectColumn, mapped: MappedColumn, source: Source, words: Vocabulary
) -> Converted:
    """Reads cleaned ``texts`` as a column of the contract."""
    if column.type == "boolean":
        return _booleans(texts, mapped, source)
    if mapped.values is not None:
        translation = {known: str(value) for known, value in mapped.values.items()}
        translated = _looked_up(texts, translation, f"is not one of {_listed(translation)}")
        if column.type in ("text", "code"):
            return translated
        rest = convert(
            translated.values, column, MappedColumn(source=mapped.source, format=mapped.format), source, words
        )
        return Converted(rest.values, pc.or_(translated.broken, rest.broken), translated.explain)
    match column.type:
        case "code":
            known = {value: value for value in column.values or []}
            return _looked_up(texts, known, f"is not one of {_listed(known)}")
        case "department":
            return _looked_up(texts, words.departments, "is no department's id, name or alias")
        case "instant":
            return _instants(texts, mapped.format or source.instant_format, source)
        case "date":
            return _dates(texts, mapped.format or source.date_format, source.time_zone)
        case "integer":
            return _integers(texts)
        case "number":
            return _numbers(texts)
        case "pseudonym":
            if words.pseudonym_key is None:
                raise ValueError("a personal column can't be converted without the key of pseudonyms")
            return _all_read(pseudonymise(texts, words.pseudonym_key, words.country))
        case _:
            return _all_read(texts)


def convert_instants(texts: pa.Array, source: Source, form: str | None) -> Converted:
    """Reads cleaned ``texts`` as instants of ``source`` (UTC)."""
    return _instants(texts, form or source.instant_format, source)


def nothing_entered(column: SubjectColumn, length: int) -> pa.Array:
    """The values of a column that the feed does not map."""
    return pa.nulls(length, arrow_type(column.type))


def _all_read(values: pa.Array) -> Converted:
    return Converted(values, pa.array(np.zeros(len(values), dtype=bool)), shown)


def _read(texts: pa.Array, values: pa.Array, why: str) -> Converted:
    broken = pc.and_(pc.is_valid(texts), pc.is_null(values))
    return Converted(values, broken, lambda text: f"{shown(text)} {why}")


def _listed(known: dict[str, str]) -> str:
    return ", ".join(known) if known else "the values that the contract knows"


def _looked_up(texts: pa.Array, translation: dict[str, str], why: str) -> Converted:
    place = pc.index_in(texts, value_set=pa.array(list(translation), pa.string()))
    return _read(texts, pa.array(list(translation.values()), pa.string()).take(place), why)


def _booleans(texts: pa.Array, mapped: MappedColumn, source: Source) -> Converted:
    given = {text: str(value).lower() == "true" for text, value in (mapped.values or source.booleans).items()}
    known = {"true": True, "false": False, **given}
    place = pc.index_in(texts, value_set=pa.array(list(known), pa.string()))
    values = pa.array(list(known.values()), pa.bool_()).take(place)
    return _read(texts, values, f"is not one of {', '.join(given or known)}")


def _integers(texts: pa.Array) -> Converted:
    matching = _only_where(pc.match_substring_regex(texts, _INTEGER), texts)
    numbers = pc.cast(matching, pa.decimal128(38, 0))
    most = 2**63 - 1
    fitting = pc.and_(pc.less_equal(numbers, pa.scalar(most, pa.int64())), pc.greater_equal(numbers, -most))
    return _read(texts, pc.cast(_only_where(fitting, numbers), pa.int64()), "is not a whole number")


def _numbers(texts: pa.Array) -> Converted:
    numbers = pc.cast(_only_where(pc.match_substring_regex(texts, _NUMBER), texts), pa.float64())
    return _read(texts, _only_where(pc.is_finite(numbers), numbers), "is not a number")


def _only_where(condition: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(condition, False), values, pa.scalar(None, values.type))


def _instants(texts: pa.Array, form: str, source: Source) -> Converted:
    local, utc = _parsed(texts, form)
    values = pc.coalesce(utc, _local_to_utc(local, source.time_zone, source.wall_clock))
    why = f"is not an instant such as {_example(form)}"
    if "refuse" in (source.wall_clock.twice, source.wall_clock.never):
        why += f", or occurs twice or never when the clocks of {source.time_zone} change"
    return _read(texts, values, why)


def _dates(texts: pa.Array, form: str, zone: str) -> Converted:
    local, utc = _parsed(texts, form)
    if utc.null_count < len(utc):
        aware = (
            pd.DatetimeIndex(utc.to_numpy(zero_copy_only=False)).tz_localize("UTC").tz_convert(zone).tz_localize(None)
        )
        local = pc.coalesce(local, pa.array(aware.as_unit("us")).cast(pa.timestamp("us")))
    midnight = pc.equal(local, pc.floor_temporal(local, unit="day"))
    values = pc.cast(_only_where(midnight, local), pa.date32())
    return _read(texts, values, f"is not a date such as {_example(form)}")


def _parsed(texts: pa.Array, form: str) -> tuple[pa.Array, pa.Array]:
    """(local timestamps, UTC timestamps): each text is read as one of the two, or as neither."""
    nothing = pa.nulls(len(texts), pa.timestamp("us"))
    if texts.null_count == len(texts):
        return nothing, nothing
    if (plain := _read_if_all_are(_PLAIN.get(form), texts)) is not None:
        return plain, nothing
    # A format with fractions of a second may mean the same letters otherwise.
    if "%f" not in form and (local := _read_if_all_are(_TYPED, texts)) is not None:
        return local, nothing
    if "%f" not in form and (typed_utc := _read_if_all_are(_TYPED_UTC, texts)) is not None:
        return nothing, typed_utc
    with connect() as connection:
        connection.register("given", pa.table({"text": texts}))
        # DuckDB reads words such as 'epoch' under any format. It is slow to fail, so the rare forms come last.
        query = """
            WITH plain AS (
                SELECT CASE WHEN regexp_matches(text, '[0-9]') THEN text END AS text FROM given
            ), tried AS (
                SELECT text, try_strptime(text, $form) AS formatted, ends_with(text, 'Z') AS in_utc,
                       length(text) >= 20 AND text[11] = 'T' AS looks_typed
                FROM plain
            )
            SELECT formatted,
                   CASE WHEN looks_typed AND NOT in_utc THEN try_strptime(text, $typed) END AS typed,
                   CASE WHEN looks_typed AND in_utc THEN try_strptime(text, $utc) END AS utc
            FROM tried"""
        found = connection.execute(
            query, {"form": form, "typed": TYPED_INSTANT, "utc": TYPED_UTC_INSTANT}
        ).to_arrow_table()
    columns = {name: found[name].combine_chunks() for name in found.column_names}
    if form in NAMED_FORMATS:
        local, utc = read_named(texts, form)
        return pc.coalesce(local, columns["typed"]), pc.coalesce(utc, columns["utc"])
    formatted = columns["formatted"].cast(pa.timestamp("us")) if "%z" not in form else None
    if formatted is None:
        utc = columns["formatted"].cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
        return columns["typed"], pc.coalesce(utc, columns["utc"])
    local = pc.coalesce(formatted, columns["typed"])
    return local, pc.if_else(pc.is_null(local), columns["utc"], pa.scalar(None, pa.timestamp("us")))


def _read_if_all_are(pattern: str | None, texts: pa.Array) -> pa.Array | None:
    """Timestamps of texts that all look like ``pattern`` and all exist in the calendar; else None.

    Most columns are like that, and then need not be read value by value.
    """
    if pattern is None or not pc.all(pc.match_substring_regex(texts, pattern)).as_py():
        return None
    try:
        bare = pc.replace_substring(texts, "Z", "") if pattern == _TYPED_UTC else texts
        return pc.cast(bare, pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None


def _local_to_utc(local: pa.Array, zone: str, rule: WallClock) -> pa.Array:
    """Instants of wall-clock times; null for one that occurs twice or never where ``rule`` refuses it."""
    naive = pd.DatetimeIndex(local.to_numpy(zero_copy_only=False))
    aware = naive.tz_localize(
        zone,
        ambiguous="NaT" if rule.twice == "refuse" else np.full(len(naive), rule.twice == "first"),
        nonexistent="NaT" if rule.never == "refuse" else "shift_forward",
    )
    return pa.array(aware.tz_convert("UTC").tz_localize(None).as_unit("us")).cast(pa.timestamp("us"))


def _example(form: str) -> str:
    sample = pd.Timestamp(2026, 7, 1, 9, 30, tz="UTC")
    if form in NAMED_FORMATS:
        return str(write_instant(sample.to_pydatetime(), form, ZoneInfo("UTC")))
    return sample.strftime(form)
