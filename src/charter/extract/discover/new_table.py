"""A table for subjects.yaml that a source's rows would fit, where no declared one does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc

from charter.definitions.models import Subject, SubjectColumn
from charter.extract.discover.guesses import Column, Guess, Sample

_TYPES: dict[Guess, str] = {
    "instant": "instant",
    "date": "date",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "department": "department",
    "code": "code",
    "text": "text",
}
_MAY_BE_KEY: tuple[Guess, ...] = ("text", "integer", "code")
_TELLS_ROWS_APART: tuple[Guess, ...] = (*_MAY_BE_KEY, "instant", "date", "ambiguous")
# The end of a header that numbers something: callNo, ticket_id, 접수번호.
_NUMBERS = re.compile(r"(?i:(^|[_ .-])(id|no|nr|num|number|key|code|ref))$|번호$|(?<=[a-z])(ID|Id|No|Nr|Num|Number)$")
_COMMON_ROWS = 0.98


@dataclass(frozen=True)
class NewTable:
    """A table that is proposed: the source's column behind each of its columns (but a key that is made), and what
    stands between: ``arrived_sql`` that makes the key, and ``advice`` on what a row is, line by line."""

    name: str
    subject: Subject
    columns: Mapping[str, Column]
    arrived_sql: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def key_is_made(self) -> bool:
        return self.subject.key not in self.columns


def new_table(name: str, columns: Sequence[Column], sample: Sample) -> NewTable:
    """The table called ``name`` for ``columns`` (those of ``sample``).

    Its key is a column of which no value was read twice. Where there is none, rows are events of a case: the key is
    then made of the case and what tells its rows apart, if two columns do.
    """
    used = [each for each in columns if each.read_as in _TYPES]
    names = _named(used)
    key = _key(used)
    if key is not None:
        ours = {names[each.name]: each for each in used}
        return NewTable(name, _subject(name, ours, names[key.name], names[key.name]), ours)
    return _of_events(name, used, names, sample)


def column_name(header: str) -> str:
    """``header`` as a column of ours is called; empty when nothing of it can be."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header)
    plain = unicodedata.normalize("NFKD", apart).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")


def _named(columns: Sequence[Column]) -> dict[str, str]:
    """Our name for each of the source's columns: as its header says, or numbered where no letter of it can be kept."""
    names: dict[str, str] = {}
    for index, each in enumerate(columns, start=1):
        name = column_name(each.name) or f"{each.read_as}_{index}"
        names[each.name] = name if name not in names.values() else f"{name}_{index}"
    return names


def _key(columns: Sequence[Column]) -> Column | None:
    unique = [each for each in columns if each.may_be_key and each.guess in _MAY_BE_KEY]
    return next((each for each in unique if _NUMBERS.search(each.name)), unique[0] if unique else None)


def _subject(name: str, used: Mapping[str, Column], key: str, case: str | None, key_is_made: bool = False) -> Subject:
    """The declaration; only the key is required, and the first moment that every row has."""
    columns = {key: SubjectColumn(type="text", required=True)} if key_is_made else {}
    opens = next(
        (name for name, each in used.items() if each.read_as in ("instant", "date") and each.filled == 1), None
    )
    for ours, each in used.items():
        kind = "text" if ours in (key, case) else _TYPES[each.read_as]
        said = {"type": kind, "values": list(each.codes)} if kind == "code" else {"type": kind}
        columns[ours] = SubjectColumn.model_validate({**said, "required": ours in (key, opens), "text": each.name})
    return Subject(text=f"Rows of {name}", key=key, case=case, columns=columns)


def _of_events(name: str, used: Sequence[Column], names: Mapping[str, str], sample: Sample) -> NewTable:
    """A table of which no column is a key: its rows are events of the case that a column of it numbers, if one does."""
    ours = {names[each.name]: each for each in used}
    key = next(free for free in ("row_id", "row_key", "key_of_row") if free not in ours)
    case = _case(used)
    if case is None:
        advice: tuple[str, ...] = ("No column is a key: say in query or arrived_sql what makes a row one.",)
        return NewTable(name, _subject(name, ours, key, None, key_is_made=True), ours, advice=advice)
    subject = _subject(name, ours, key, names[case.name], key_is_made=True)
    apart = _apart(case, used, sample)
    rows = f"'{case.name}' has several rows for one number: each row is an event of it, and no column is a key."
    if not apart:
        advice = (
            rows,
            "Nor do two more columns tell its rows apart: say in query or arrived_sql what makes a row one.",
        )
        return NewTable(name, subject, ours, advice=advice)
    parts = [case.name, *(each.name for each in apart)]
    remarks = (
        rows,
        f"In all rows that were read these are one row's alone: {', '.join(parts)}.",
        "What became of a case (its first event, say) is told by a derived table: docs/tables.md",
    )
    return NewTable(name, subject, ours, _select(parts, key, used), remarks)


def _case(used: Sequence[Column]) -> Column | None:
    """The column that numbers what several rows are about."""
    numbers = [
        each
        for each in used
        if each.guess in _MAY_BE_KEY and each.filled >= _COMMON_ROWS and _NUMBERS.search(each.name)
    ]
    return max(numbers, key=lambda each: each.different, default=None)


def _apart(case: Column, used: Sequence[Column], sample: Sample) -> tuple[Column, ...]:
    """The fewest further columns (one or two) that, with the case, no two rows have alike; none if there are none."""
    others = [each for each in used if each.name != case.name and each.guess in _TELLS_ROWS_APART and each.filled == 1]
    for count in (1, 2):
        for chosen in combinations(others, count):
            if _are_unique([sample.texts[each.name] for each in (case, *chosen)]):
                return chosen
    return ()


def _are_unique(texts: Sequence[pa.Array]) -> bool:
    together = pc.binary_join_element_wise(*(pc.fill_null(each, "") for each in texts), "\x1f")
    return bool(pc.count_distinct(together).as_py() == len(together))


def _select(parts: Sequence[str], key: str, used: Sequence[Column]) -> tuple[str, ...]:
    made = " || '/' || ".join(_quoted(part) for part in parts)
    given = ", ".join(_quoted(each.name) for each in used)
    return (f"SELECT {made} AS {key},", f"  {given}, _line, _row", "FROM arrived")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
