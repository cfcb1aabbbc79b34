"""What a column of an unknown source seems to be, by its header and its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from charter.definitions.models import Agency, Source
from charter.extract.contract.personal import header_sounds_personal, values_look_personal
from charter.extract.contract.values import clean
from charter.extract.discover.moments import FITTING, is_time_of_day, misfitting, moment_of

Guess = Literal[
    "empty",
    "instant",
    "date",
    "ambiguous",
    "time_of_day",
    "integer",
    "number",
    "boolean",
    "department",
    "code",
    "personal",
    "free_text",
    "text",
]

BOOLEANS = (
    ("Y", "N"),
    ("O", "X"),
    ("예", "아니오"),
    ("예", "아니요"),
    ("유", "무"),
    ("ja", "nein"),
    ("Ja", "Nein"),
    ("J", "N"),
    ("T", "F"),
    ("true", "false"),
    ("TRUE", "FALSE"),
)
# Texts that mean nothing was entered: the first wherever they stand, the others among values of a kind.
NULLS = ("-", "--", "NULL", "null", "N/A", "n/a", "\\N")
NULLS_AMONG_TYPED = ("없음", "해당없음", "해당 없음", "미정", ".", "0000-00-00", "0000-00-00 00:00:00", "00000000")
_FILLED_OF_A_KEY = 0.98
_UNKNOWN_DEPARTMENTS = 0.2
_MOST_CODES, _LONGEST_CODE, _ROWS_PER_CODE = 20, 20, 3
_LONG_TEXT = 40
# How numbers are written where a comma stands before their fractions.
_COMMAS = ((("decimal", ","),), (("decimal", ","), ("thousands", ".")))
_BIRTH = ("생년", "birth", "dob")


@dataclass(frozen=True)
class Column:
    """What a source's column seems to be. ``codes`` are the values of a code or boolean; ``filled`` is the share of
    rows that have a value, ``different`` and ``misfits`` the shares of the values that differ and that do not fit the
    guess; ``nulls`` are the texts in it that mean nothing was entered. Of an ``ambiguous`` date or instant ``formats``
    are those that read its values equally well: only a person knows which is meant. ``marks`` are those of a number
    that is written with a comma before its fraction, as a mapping says them."""

    name: str
    guess: Guess
    format: str | None = None
    codes: tuple[str, ...] = ()
    different: float = 0.0
    filled: float = 0.0
    misfits: float = 0.0
    nulls: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def read_as(self) -> Guess:
        """The guess, but of an ambiguous column what it is in any case: an instant, or a date."""
        if self.guess != "ambiguous":
            return self.guess
        return "instant" if any(":" in form for form in self.formats) else "date"

    @property
    def may_be_key(self) -> bool:
        """Whether no value was read twice, and nearly all rows have one: a row without a key is refused."""
        return self.different == 1 and self.filled >= _FILLED_OF_A_KEY


@dataclass(frozen=True)
class Sample:
    """Some rows of a feed as cleaned texts by column, the kinds of value that were seen, and headers that stand there
    twice (which can't be mapped)."""

    texts: dict[str, pa.Array]
    observed: dict[str, frozenset[str]]
    twice: tuple[str, ...]
    rows: int


def guessed(agency: Agency, source: Source, name: str, sample: Sample) -> Column:
    """What the column called ``name`` seems to be."""
    texts = sample.texts[name]
    nulls = [token for token in NULLS if pc.any(pc.equal(texts, token)).as_py()]
    column = _typed(agency, source, name, clean(texts, ["", *nulls]), sample.observed[name], nulls)
    if column.guess in ("text", "code"):
        # Perhaps all but a word for nothing is of one kind.
        more = [token for token in NULLS_AMONG_TYPED if pc.any(pc.equal(texts, token)).as_py()]
        if more:
            words = [*nulls, *more]
            again = _typed(agency, source, name, clean(texts, ["", *words]), sample.observed[name], words)
            if again.guess in ("instant", "date", "integer", "number", "boolean"):
                return again
    return column


def _typed(
    agency: Agency, source: Source, name: str, texts: pa.Array, kinds: frozenset[str], nulls: Sequence[str]
) -> Column:
    values = texts.drop_null()
    if len(values) == 0:
        return Column(name, "empty")
    distinct: list[str] = pc.unique(values).to_pylist()
    different = len(distinct) / len(values) if len(values) > 1 else 0.0
    filled = len(values) / len(texts)

    def column(guess: Guess, form: str | None = None, codes: Sequence[str] = (), misfits: float = 0.0) -> Column:
        return Column(name, guess, form, tuple(codes), different, filled, misfits, tuple(nulls))

    unknown = [text for text in distinct if text not in agency.department_of_alias]
    rows_of_unknown = pc.sum(pc.is_in(values, value_set=pa.array(unknown, pa.string()))).as_py()
    if min(len(unknown) / len(distinct), rows_of_unknown / len(values)) <= _UNKNOWN_DEPARTMENTS:
        return column("department", misfits=len(unknown) / len(distinct))
    if not any(word in name.casefold() for word in _BIRTH):
        found = moment_of(source, name, values, kinds)
        if found is not None:
            guessed_as = column("ambiguous" if len(found.formats) > 1 else found.kind, found.form, (), found.misfits)
            return replace(guessed_as, formats=found.formats)
        if is_time_of_day(name, values):
            return column("time_of_day")
    if header_sounds_personal(name) or values_look_personal(distinct):
        return column("personal")
    for yes, no in BOOLEANS:
        if {yes, no} == set(distinct) or (kinds == {"boolean"} and {yes, no} >= set(distinct)):
            return column("boolean", codes=(yes, no))
    guess: Guess
    for guess in ("integer", "number"):
        if (misfits := misfitting(source, values, guess, None)) <= 1 - FITTING:
            return column(guess, misfits=misfits)
    for marks in _COMMAS if source.kind == "csv" and _has_fractions_after_a_comma(values) else ():
        if (misfits := misfitting(source, values, "number", None, dict(marks))) <= 1 - FITTING:
            return replace(column("number", misfits=misfits), marks=marks)
    lengths = [len(text) for text in distinct]
    few = len(distinct) <= _MOST_CODES and len(distinct) * _ROWS_PER_CODE <= len(values)
    if few and max(lengths) <= _LONGEST_CODE:
        return column("code", codes=sorted(distinct))
    if sum(lengths) / len(lengths) > _LONG_TEXT or any("\n" in text for text in distinct):
        return column("free_text")
    return column("text")


def _has_fractions_after_a_comma(values: pa.Array) -> bool:
    """Whether some comma stands before other than three digits: of 1,234 alone nobody knows what its comma means."""
    return bool(pc.any(pc.match_substring_regex(values, r"[0-9],([0-9]{1,2}|[0-9]{4,})$")).as_py())
