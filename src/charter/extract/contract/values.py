"""From the text of a source's column to typed values, a whole column at a time; what can't be read is marked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from charter.base.composing import compose, composed
from charter.definitions.models import MappedColumn, Source, SubjectColumn, WallClock, Years
from charter.definitions.time_formats import NAMED_FORMATS
from charter.extract.contract.formats import Writing, read_formatted
from charter.extract.contract.instants import read_named, write_instant
from charter.extract.contract.pseudonyms import pseudonymise
from charter.extract.contract.shown import is_one_slip, resembles, shown
from charter.lake.files import arrow_type

# Typed cells of workbooks and databases travel as these texts (see readers.batch), which mean the same in any source.
TYPED_INSTANT = "%Y-%m-%dT%H:%M:%S.%f"
TYPED_UTC_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"

_DAY = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_ANY_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_PLAIN = {"%Y-%m-%d %H:%M:%S": f"^{_DAY} {_CLOCK}$", "%Y-%m-%d": f"^{_DAY}$"}
_TYPED, _TYPED_UTC = f"^{_DAY}T{_CLOCK}\\.[0-9]{{6}}$", f"^{_DAY}T{_CLOCK}\\.[0-9]{{6}}Z$"

# A token of a day (and time) means the typed cell of that moment, too.
_DAY_TOKEN = re.compile(f"^({_ANY_DAY})(?: ({_CLOCK}))?$")
# What spreadsheets show, and save as text, where a formula failed; what they save of a column that was too narrow.
_ERROR = (
    r"^(#([A-Z0-9/_ÄÖÜÉ]{1,16}[!?]|(값|이름|참조|숫자|수|널|개체|오류)[!?]|[Nn]/[Aa]|NV|GETTING_DATA)|Err:[0-9]{3})$"
)
_TOO_NARROW = "^#{3,}$"

# A column with so few values among its first rows is likely to have few in all.
_SAMPLE, _FEW = 1000, 50
_INTEGER = r"^[+-]?[0-9]{1,19}$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


@dataclass(frozen=True)
class Converted:
    """A column as stored. ``broken`` marks texts that could not be read (their value is null); ``explain`` says why.

    ``caught`` marks names of departments that none has, and that the catch-all got (None: it got none)."""

    values: pa.Array
    broken: pa.Array
    explain: Callable[[str], str]
    caught: pa.Array | None = None


@dataclass(frozen=True)
class Vocabulary:
    """What conversion needs beside the column: department names → ids, the key of pseudonyms, the country (``KR``)
    whose telephone numbers are written without its code, the years that dates may have where the source says nothing
    else (None: any), and the department of names that none has (None: they are refused)."""

    departments: dict[str, str]
    pseudonym_key: bytes | None
    country: str = ""
    years: Years | None = None
    catch_all: str | None = None


@dataclass(frozen=True)
class Reading:
    """How one column's times and numbers are read: what its mapping says, else what its source says."""

    form: str
    writing: Writing
    years: Years | None
    zone: str
    wall_clock: WallClock

    @classmethod
    def of(cls, form: str, mapped: MappedColumn, source: Source, years: Years | None) -> Reading:
        def either(ours: int | None, theirs: int | None) -> int | None:
            return theirs if ours is None else ours

        century = either(mapped.century, source.century)
        midnight_24 = bool(either(mapped.midnight_24, source.midnight_24))
        plausible = mapped.plausible_years or source.plausible_years or years
        return cls(form, Writing(century, midnight_24), plausible, source.time_zone, source.wall_clock)


def clean(texts: pa.Array, null_tokens: list[str]) -> pa.Array:
    """Composes texts, and turns those that mean nothing was entered (and empty ones) into null."""
    if pc.count_distinct(texts[:_SAMPLE]).as_py() > _FEW:
        return _cleaned(texts, null_tokens)
    # Few values that come again and again: each is cleaned once.
    encoded = texts.dictionary_encode()
    return _cleaned(encoded.dictionary, null_tokens).take(encoded.indices)


def _cleaned(texts: pa.Array, null_tokens: list[str]) -> pa.Array:
    plain = compose(texts)
    nothing = pc.is_in(plain, value_set=pa.array(["", *_as_they_arrive(null_tokens)], pa.string()))
    if not pc.any(nothing).as_py():
        return plain
    return pc.if_else(nothing, pa.scalar(None, pa.string()), plain)


def _as_they_arrive(null_tokens: list[str]) -> Iterable[str]:
    for token in map(composed, null_tokens):
        yield token
        if moment := _DAY_TOKEN.match(token):
            yield f"{moment[1]}T{moment[2] or '00:00:00'}.000000"


def convert(
    texts: pa.Array, column: SubjectColumn, mapped: MappedColumn, source: Source, words: Vocabulary
) -> Converted:
    """Reads cleaned ``texts`` as a column of the contract. What a spreadsheet writes for a failure is no value."""
    failed = failures(texts)
    if failed is None:
        return _converted(texts, column, mapped, source, words)
    rest = _converted(pc.if_else(failed, pa.scalar(None, pa.string()), texts), column, mapped, source, words)
    return dataclasses.replace(
        rest,
        broken=pc.or_(failed, rest.broken),
        explain=lambda text: failure(text) or rest.explain(text),
    )


def failure(text: str) -> str | None:
    """What a text that a spreadsheet wrote for a failure says of its cell; None of any other text."""
    if re.match(_ERROR, text):
        return f"the cell holds the error {text}"
    return "the cell shows only #: its column was too narrow when it was saved" if re.match(_TOO_NARROW, text) else None


def failures(texts: pa.Array) -> pa.Array | None:
    """Which texts a spreadsheet wrote for a failure; None when there are none."""
    suspicious = pc.or_(pc.starts_with(texts, "#"), pc.starts_with(texts, "Err:"))
    if not pc.any(suspicious).as_py():
        return None
    failed = pc.fill_null(pc.match_substring_regex(texts, f"{_ERROR}|{_TOO_NARROW}"), False)
    return failed if pc.any(failed).as_py() else None


def _converted(
    texts: pa.Array, column: SubjectColumn, mapped: MappedColumn, source: Source, words: Vocabulary
) -> Converted:
    if column.type == "boolean":
        return _booleans(texts, mapped, source)
    if mapped.values is not None:
        translation = {known: str(value) for known, value in mapped.values.items()}
        translated = _looked_up(texts, translation, f"is not one of {_listed(translation)}")
        if column.type in ("text", "code"):
            return translated
        rest = _converted(translated.values, column, mapped.model_copy(update={"values": None}), source, words)
        return Converted(rest.values, pc.or_(translated.broken, rest.broken), translated.explain)
    match column.type:
        case "code":
            known = {value: value for value in column.values or []}
            return _looked_up(texts, known, f"is not one of {_listed(known)}")
        case "department":
            return _departments(texts, words)
        case "instant":
            return _instants(texts, Reading.of(mapped.format or source.instant_format, mapped, source, words.years))
        case "date":
            reading = Reading.of(mapped.format or source.date_format, mapped, source, words.years)
            return _dates(texts, reading, mapped.ignore_time)
        case "integer":
            return _integers(texts, mapped.thousands or source.thousands)
        case "number":
            return _numbers(texts, mapped.thousands or source.thousands, mapped.decimal or source.decimal or ".")
        case "pseudonym":
            if words.pseudonym_key is None:
                raise ValueError("a personal column can't be converted without the key of pseudonyms")
            return _all_read(pseudonymise(texts, words.pseudonym_key, words.country))
        case _:
            return _all_read(texts)


def convert_instants(texts: pa.Array, mapped: MappedColumn, source: Source, years: Years | None) -> Converted:
    """Reads cleaned ``texts`` as instants of ``source`` (UTC)."""
    instant = SubjectColumn(type="instant")
    return convert(
        texts, instant, mapped.model_copy(update={"values": None}), source, Vocabulary({}, None, years=years)
    )


def nothing_entered(column: SubjectColumn, length: int) -> pa.Array:
    """The values of a column that the feed does not map."""
    return pa.nulls(length, arrow_type(column.type))


def all_alike(column: SubjectColumn, value: str | bool | int | float, length: int) -> Converted:
    """A column with one ``value`` of ours in all rows."""
    return _all_read(pa.array([value] * length, arrow_type(column.type)))


def _all_read(values: pa.Array) -> Converted:
    return Converted(values, pa.array(np.zeros(len(values), dtype=bool)), shown)


def _read(texts: pa.Array, values: pa.Array, why: str, known: Iterable[str] = ()) -> Converted:
    broken = pc.and_(pc.is_valid(texts), pc.is_null(values))
    return Converted(values, broken, lambda text: f"{shown(text, known)} {why}")


def _listed(known: dict[str, str]) -> str:
    return ", ".join(known) if known else "the values that the contract knows"


def _looked_up(texts: pa.Array, translation: dict[str, str], why: str) -> Converted:
    known = {composed(text): value for text, value in translation.items()}
    place = pc.index_in(texts, value_set=pa.array(list(known), pa.string()))
    return _read(texts, pa.array(list(known.values()), pa.string()).take(place), why, known)


def _departments(texts: pa.Array, words: Vocabulary) -> Converted:
    """Names of departments as their ids. Of those that none has the catch-all gets what may well be another one's: a
    slip of the pen in a known name, and what has no word of two letters in it, are refused."""
    named = _looked_up(texts, words.departments, "is no department's id, name or alias")
    named = dataclasses.replace(named, explain=_hinting(named.explain, words))
    if words.catch_all is None or not pc.any(named.broken).as_py():
        return named
    unknown = pc.unique(texts.filter(named.broken)).to_pylist()
    others = [name for name in unknown if re.search(r"[^\W\d_]{2}", name) and not _is_a_slip(name, words.departments)]
    caught = pc.and_(named.broken, pc.is_in(texts, value_set=pa.array(others, pa.string())))
    values = pc.if_else(caught, pa.scalar(words.catch_all, pa.string()), named.values)
    return Converted(values, pc.and_not(named.broken, caught), named.explain, caught)


def _hinting(explain: Callable[[str], str], words: Vocabulary) -> Callable[[str], str]:
    """``explain``, and which known name of a department an unknown one may be."""

    def explained(text: str) -> str:
        spelt = {composed(name).casefold(): name for name in words.departments}
        alike = get_close_matches(text.casefold(), spelt, 1) if resembles(text, words.departments) else []
        hint = f" (is it {spelt[alike[0]]}? then add it to the aliases in departments.yaml)" if alike else ""
        return f"{explain(text)}{hint}"

    return explained


def _is_a_slip(name: str, known: Iterable[str]) -> bool:
    """Whether ``name`` may be meant for a known one. Of a code (ZB) one letter is much, and yet one slip; with another
    syllable a Korean name is another one."""
    is_code = name.isascii() and any(is_one_slip(name.casefold(), each.casefold()) for each in known)
    return is_code or resembles(name, known)


def _booleans(texts: pa.Array, mapped: MappedColumn, source: Source) -> Converted:
    given = {composed(text): str(value).lower() == "true" for text, value in (mapped.values or source.booleans).items()}
    known = {"true": True, "false": False, **given}
    place = pc.index_in(texts, value_set=pa.array(list(known), pa.string()))
    values = pa.array(list(known.values()), pa.bool_()).take(place)
    return _read(texts, values, f"is not one of {', '.join(given or known)}", known)


def _integers(texts: pa.Array, thousands: str | None) -> Converted:
    plain = _without_thousands(texts, thousands)
    matching = _only_where(pc.match_substring_regex(plain, _INTEGER), plain)
    numbers = pc.cast(matching, pa.decimal128(38, 0))
    most = 2**63 - 1
    fitting = pc.and_(pc.less_equal(numbers, pa.scalar(most, pa.int64())), pc.greater_equal(numbers, -most))
    return _read(texts, pc.cast(_only_where(fitting, numbers), pa.int64()), "is not a whole number")


def _numbers(texts: pa.Array, thousands: str | None, decimal: str) -> Converted:
    plain = _with_point(_without_thousands(texts, thousands, decimal), decimal)
    numbers = pc.cast(_only_where(pc.match_substring_regex(plain, _NUMBER), plain), pa.float64())
    why = "is not a number" if decimal == "." else "is not a number such as 12,50"
    return _read(texts, _only_where(pc.is_finite(numbers), numbers), why)


def _without_thousands(texts: pa.Array, mark: str | None, decimal: str = ".") -> pa.Array:
    """Numbers without the ``mark`` between their thousands. One that stands elsewhere stays, and is no number."""
    if mark is None:
        return texts
    grouped = rf"^[+-]?[0-9]{{1,3}}({re.escape(mark)}[0-9]{{3}})+({re.escape(decimal)}[0-9]+)?$"
    return pc.if_else(pc.match_substring_regex(texts, grouped), pc.replace_substring(texts, mark, ""), texts)


def _with_point(texts: pa.Array, decimal: str) -> pa.Array:
    """Numbers with a point before their fractions. One that stands there where ``decimal`` is another is no number."""
    if decimal == ".":
        return texts
    # Turned round: a point becomes what no number has.
    return pc.replace_substring(pc.replace_substring(texts, ".", " "), decimal, ".")


def _only_where(condition: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(condition, False), values, pa.scalar(None, values.type))


def _instants(texts: pa.Array, reading: Reading) -> Converted:
    local, utc = _parsed(texts, reading)
    local, utc = _within(local, reading.years), _within(utc, reading.years)
    values = pc.coalesce(utc, _local_to_utc(local, reading.zone, reading.wall_clock))
    why = f"is not an instant such as {_example(reading.form)}"
    if "refuse" in (reading.wall_clock.twice, reading.wall_clock.never):
        why += f", or occurs twice or never when the clocks of {reading.zone} change"
    return _read_by(texts, values, why, reading)


def _dates(texts: pa.Array, reading: Reading, ignore_time: bool) -> Converted:
    local, utc = _parsed(texts, reading)
    utc = _within(utc, reading.years)
    if utc.null_count < len(utc):
        naive = pd.DatetimeIndex(utc.to_numpy(zero_copy_only=False))
        aware = naive.tz_localize("UTC").tz_convert(reading.zone).tz_localize(None)
        local = pc.coalesce(local, pa.array(aware.as_unit("us")).cast(pa.timestamp("us")))
    local = _within(local, reading.years)
    day = pc.floor_temporal(local, unit="day")
    values = pc.cast(day if ignore_time else _only_where(pc.equal(local, day), day), pa.date32())
    converted = _read_by(texts, values, f"is not a date such as {_example(reading.form)}", reading)

    def explain(text: str) -> str:
        timed = not _not_plausible(text, reading) and any(
            part.null_count == 0 for part in _parsed(pa.array([text], pa.string()), reading)
        )
        return (
            f"{shown(text)} has a time of day (ignore_time: true takes its day)" if timed else converted.explain(text)
        )

    return dataclasses.replace(converted, explain=explain)


def _within(moments: pa.Array, years: Years | None) -> pa.Array:
    """``moments`` (timestamps) of plausible years; null for others."""
    if years is None or moments.null_count == len(moments):
        return moments
    first, after = (pa.scalar(np.datetime64(f"{year:04d}", "us")) for year in (years.first, years.last + 1))
    return _only_where(pc.and_(pc.greater_equal(moments, first), pc.less(moments, after)), moments)


def _read_by(texts: pa.Array, values: pa.Array, why: str, reading: Reading) -> Converted:
    """As ``_read``; a refusal says what would have been read: an implausible year, two digits of one, 24:00, 오후."""

    def explain(text: str) -> str:
        said = _not_plausible(text, reading)
        return f"{shown(text)}: {said}" if said else f"{shown(text)} {why}{_remedy(text, reading.form)}"

    return dataclasses.replace(_read(texts, values, why), explain=explain)


def _not_plausible(text: str, reading: Reading) -> str | None:
    """Why the year of ``text`` is refused; None when it is not its year that is wrong."""
    given, years = pa.array([text], pa.string()), reading.years
    read = [part for part in _parsed(given, reading) if part.null_count == 0]
    if years is not None and any(_within(part, years).null_count for part in read):
        return f"the year is not plausible ({years.first} to {years.last}, or what plausible_years says)"
    if read or reading.form in NAMED_FORMATS or reading.writing.century is not None:
        return None
    two_digits = read_formatted(given, reading.form, Writing(2000, reading.writing.midnight_24))
    if two_digits.values.null_count:
        return None
    return "the year is not plausible: it has two digits (century: 2000 would read it)"


def _remedy(text: str, form: str) -> str:
    if re.search(r"(^|[ T])24:00(:00)?$", text):
        return " (midnight_24: true reads 24:00)"
    halves = re.search(r"오전|오후|[0-9 ][AaPp]\.?[Mm]", text)
    if halves and "%p" not in form:
        return f" (a format with %p and %I reads {'오전 and 오후' if halves[0] in ('오전', '오후') else 'AM and PM'})"
    return ""


def _parsed(texts: pa.Array, reading: Reading) -> tuple[pa.Array, pa.Array]:
    """(local timestamps, UTC timestamps): each text is read as one of the two, or as neither."""
    form = reading.form
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
    typed, typed_in_utc = _typed(texts, _TYPED, TYPED_INSTANT), _typed(texts, _TYPED_UTC, TYPED_UTC_INSTANT)
    if form in NAMED_FORMATS:
        local, utc = read_named(texts, form)
        return pc.coalesce(local, typed), pc.coalesce(utc, typed_in_utc)
    found = read_formatted(texts, form, reading.writing)
    if found.in_utc:
        return typed, pc.coalesce(found.values, typed_in_utc)
    local = pc.coalesce(found.values, typed)
    return local, _only_where(pc.is_null(local), typed_in_utc)


def _typed(texts: pa.Array, pattern: str, form: str) -> pa.Array:
    """Timestamps of typed cells, which mean the same under any format."""
    looks_typed = pc.match_substring_regex(texts, pattern.replace(_DAY, _ANY_DAY))
    if not pc.any(looks_typed).as_py():
        return pa.nulls(len(texts), pa.timestamp("us"))
    return read_formatted(_only_where(looks_typed, texts), form).values


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
