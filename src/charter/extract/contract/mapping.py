"""One feed's contract, and holding raw rows against it: typed rows on one side, refused rows on the other."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from charter.base.moments import naive_utc
from charter.definitions.models import Agency, ConstantColumn, Feed, MappedColumn, Source, Subject
from charter.definitions.waivers import ALL, SAYS_NOT_WHOM, names_whom, says_whom
from charter.extract.contract.batch import RawBatch
from charter.extract.contract.dating import Dating
from charter.extract.contract.values import (
    Converted,
    Vocabulary,
    all_alike,
    clean,
    convert,
    convert_instants,
    failure,
    nothing_entered,
)
from charter.lake.files import QUARANTINE_SCHEMA


@dataclass(frozen=True)
class FeedContract:
    """What a feed's rows must look like."""

    source: Source
    feed: Feed
    subject: Subject
    words: Vocabulary
    agency: Agency

    @classmethod
    def of(cls, agency: Agency, source: Source, feed: Feed, pseudonym_key: bytes | None) -> FeedContract:
        words = Vocabulary(
            agency.department_of_alias, pseudonym_key, agency.calendar.country_code, catch_all=agency.catch_all
        )
        return cls(source, feed, agency.subjects[feed.table], words, agency)

    def words_at(self, as_of: datetime) -> Vocabulary:
        """What conversion needs in the night ``as_of`` (aware): which years are plausible hangs on it."""
        return dataclasses.replace(self.words, years=self.agency.plausible_years(as_of.date()))

    @cached_property
    def dating(self) -> Dating | None:
        """How the rows of its daily files are dated; None when they may be of any day, or its files are not daily."""
        return Dating.of(self.agency, self.source, self.feed, self.subject)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that decides how a row of this feed is read."""
        departments = any(column.type == "department" for column in self.subject.columns.values())
        content: dict[str, object] = {
            "source": self.source.model_dump(mode="json", exclude=_without_effect(self.source) | _NOT_OF_THE_CONTRACT),
            "feed": self.feed.model_dump(mode="json", exclude=_without_effect(self.feed)) | {"columns": self._mapping},
            "key": self.subject.key,
            "columns": {
                name: column.model_dump(mode="json", exclude={"text", "refers_to", "no_earlier_than"})
                for name, column in self.subject.columns.items()
            },
            "departments": self.words.departments if departments else {},
        }
        if departments and self.words.catch_all:
            content["catch_all"] = self.words.catch_all
        if stated := names_whom(self.feed.table):
            content["stated"] = stated
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def _mapping(self) -> dict[str, object]:
        return {
            name: mapped if isinstance(mapped, str) else mapped.model_dump(mode="json", exclude=_without_effect(mapped))
            for name, mapped in self.feed.columns.items()
        }


# How a source is asked, whose it is and where its cases are seen says nothing of how its rows are read.
_NOT_OF_THE_CONTRACT = {"feeds", "text", "freshness", "requests", "limits", "owner", "case_address"}
# Younger than the digests of receipts that are already there: as long as one is not given, nothing has changed.
_YOUNGER = (
    *("dated_by", "of_any_day", "days_correct_each_other", "left_out", "deleted_when", "header_rows", "merged_cells"),
    *("century", "midnight_24", "thousands", "decimal", "plausible_years", "padded", "case_sensitive_keys"),
    *("ignore_time",),
)


def _without_effect(said: Source | Feed | MappedColumn | ConstantColumn) -> set[str]:
    # How long a feed may take, how much of it may vanish and whether that is believed say nothing of how rows are read.
    fields = {name: field for name, field in type(said).model_fields.items() if name in _YOUNGER}
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields.items()}
    return {"limits", "may_shrink_by", "deletions"} | {name for name in fields if getattr(said, name) == defaults[name]}


@dataclass(frozen=True)
class Refused:
    """A row that is not landed. ``row`` is JSON of what could be read of the mapped columns."""

    origin: str
    column: str
    reason: str
    row: str
    day: date | None = None


@dataclass(frozen=True)
class _Contradiction:
    """Rows (``flags``) of which one ``column`` can be read, and can't be true: ``said`` tells why."""

    column: str
    said: str
    flags: np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Checked:
    """A batch held against the contract.

    ``rows`` has the subject's columns, then ``_origin``, ``_recorded_at``, ``_day`` and ``_withdrawn`` (the row says
    that its key was deleted: nothing else of it counts); ``caught`` of them name a department that nobody has, which
    the catch-all got. ``seen_keys`` are the keys of refused and waiting rows: they
    did not vanish. ``keyless`` counts refused rows whose key is unknown and that may be a known row: a note under a
    table, with nothing in any required column, is none.
    """

    rows: pa.Table
    refused: list[Refused]
    waiting: int
    waiting_until: datetime | None
    seen_keys: list[str]
    keyless: int
    caught: int = 0


def check(contract: FeedContract, batch: RawBatch, as_of: datetime, day: date | None = None) -> Checked:
    """Reads a batch as its contract says. Each row is in ``rows``, in ``refused``, or counted in ``waiting``.

    A row in the file of ``day`` that is dated later than the day after can't have been known: it is refused, and does
    not wait.
    """
    texts = {name: clean(values, contract.source.null_tokens) for name, values in batch.columns.items()}
    given = _given(contract, texts)
    words = contract.words_at(as_of)
    columns = {
        name: _unread(contract, batch, name, _column(contract, given.get(name), name, len(batch), words))
        for name in contract.subject.columns
    }
    recorded = recorded_at(contract, texts, len(batch), as_of)
    if contract.feed.recorded_at:
        recorded = _with_unreadable(recorded, batch.unreadable.get(contract.feed.recorded_at, {}))
    later = _flags(pc.fill_null(pc.greater(recorded.values, pa.scalar(naive_utc(as_of), pa.timestamp("us"))), False))
    withdrawn = _withdrawn(contract, texts, len(batch))
    ahead = _dated_ahead(contract, columns, day, ~withdrawn)
    contradictions = [*_disordered(contract, columns), *ahead]
    for each in ahead:
        later &= ~each.flags
    faulty = _empty_where_required(contract, columns)
    for column in columns.values():
        faulty |= _flags(column.broken)
    for each in contradictions:
        faulty |= each.flags
    key = columns[contract.subject.key]
    faulty = np.where(withdrawn, _flags(pc.is_null(key.values)), faulty) | _flags(recorded.broken)
    if contract.feed.recorded_at:
        faulty |= _flags(pc.is_null(recorded.values))
    faulty &= ~later
    values = pa.table({name: column.values for name, column in columns.items()})
    keys = pc.cast(key.values, pa.string())
    origins = _origins(batch, keys)
    refused = list(
        _refusals(contract, batch, texts, given, columns, contradictions, recorded, values, origins, faulty, day)
    )
    refused += [Refused(f"{batch.place}:{row.position}", "", row.reason, "{}", day) for row in batch.broken]
    unseen = pa.array(faulty | later)
    caught = [_flags(column.caught) for column in columns.values() if column.caught is not None]
    return Checked(
        rows=_landable(values, origins, recorded.values, day)
        .append_column("_withdrawn", pa.array(withdrawn))
        .filter(pa.array(~faulty & ~later)),
        refused=refused,
        waiting=int(later.sum()),
        waiting_until=furthest(recorded.values, later),
        seen_keys=keys.filter(unseen).drop_null().to_pylist(),
        keyless=int((_flags(pc.is_null(keys)) & (faulty | later) & ~_notes(contract, given)).sum()) + len(batch.broken),
        caught=int((np.logical_or.reduce(caught) & ~faulty & ~later).sum()) if caught else 0,
    )


def quarantine_table(source_id: str, known_at: datetime, refused: dict[str, list[Refused]]) -> pa.Table:
    """The quarantine's rows of one source and night, from the refused rows of each table."""
    rows = [(table, row) for table in sorted(refused) for row in refused[table]]
    columns = [
        pa.array([source_id] * len(rows), pa.string()),
        *(pa.array(values, pa.string()) for values in _transposed(rows)),
        pa.array([naive_utc(known_at)] * len(rows), pa.timestamp("us")),
    ]
    return pa.Table.from_arrays(columns, schema=QUARANTINE_SCHEMA)


def row_json(row: dict[str, object]) -> str:
    """A row of the contract as JSON: instants and dates as ISO texts."""
    return json.dumps(row, ensure_ascii=False, default=_iso)


def _transposed(rows: list[tuple[str, Refused]]) -> list[list[str]]:
    return [
        [table for table, _ in rows],
        [row.origin for _, row in rows],
        [row.column for _, row in rows],
        [row.reason for _, row in rows],
        [row.row for _, row in rows],
    ]


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no type of the contract")


def _given(contract: FeedContract, texts: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """For each mapped column the texts given for it, without those that mean nothing in that column."""
    return {
        name: clean(texts[mapped.source], mapped.null_tokens) if mapped.null_tokens else texts[mapped.source]
        for name, mapped in contract.feed.mapped().items()
    }


def _column(contract: FeedContract, given: pa.Array | None, name: str, length: int, words: Vocabulary) -> Converted:
    column = contract.subject.columns[name]
    constant = contract.feed.constants().get(name)
    if constant is not None:
        return all_alike(column, constant, length)
    if given is None:
        return Converted(nothing_entered(column, length), pa.array(np.zeros(length, dtype=bool)), str)
    mapped = contract.feed.mapped()[name]
    if says_whom(contract.feed.table, name):
        named = pc.if_else(pc.equal(given, ALL), pa.scalar(None, pa.string()), given)
        # A misspelt department excuses nobody else.
        words = dataclasses.replace(words, catch_all=None)
        return _stated(given, convert(named, column, mapped, contract.source, words))
    return convert(given, column, mapped, contract.source, words)


def _stated(given: pa.Array, named: Converted) -> Converted:
    """``named``, which an empty cell breaks: only one that says so names all."""
    return Converted(
        named.values,
        pc.or_(named.broken, pc.is_null(given)),
        lambda text: named.explain(text) if text else SAYS_NOT_WHOM,
    )


def _unread(contract: FeedContract, batch: RawBatch, name: str, column: Converted) -> Converted:
    """``column`` with the cells marked that hold something that is no value."""
    mapped = contract.feed.mapped().get(name)
    return _with_unreadable(column, batch.unreadable.get(mapped.source, {}) if mapped else {})


def _with_unreadable(column: Converted, unreadable: dict[int, str]) -> Converted:
    if not unreadable:
        return column
    broken = _flags(column.broken).copy()
    broken[list(unreadable)] = True
    values = pc.if_else(pa.array(broken), pa.scalar(None, column.values.type), column.values)
    return dataclasses.replace(column, values=values, broken=pa.array(broken))


def _disordered(contract: FeedContract, columns: dict[str, Converted]) -> list[_Contradiction]:
    """For each pair of columns that must be in order, the rows in which the later one is earlier."""
    mapped = contract.feed.mapped()
    found = []
    for before, after in (pair for names in contract.feed.in_order for pair in pairwise(names)):
        flags = _flags(pc.fill_null(pc.less(columns[after].values, columns[before].values), False))
        if flags.any():
            said = f"{mapped[after].source}: is before {mapped[before].source}"
            found.append(_Contradiction(after, said, flags))
    return found


def _dated_ahead(
    contract: FeedContract,
    columns: dict[str, Converted],
    day: date | None,
    among: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> list[_Contradiction]:
    """For each day that a daily file could not know of, the rows ``among`` its own that are dated on it."""
    dating = contract.dating
    if dating is None or day is None:
        return []
    values = columns[dating.column].values
    is_ahead = _flags(dating.is_ahead(values, day)) & among
    if not is_ahead.any():
        return []
    days = dating.days(values)
    name = contract.feed.mapped()[dating.column].source
    return [
        _Contradiction(
            dating.column,
            f"{name}: is dated {found}, in the file of {day}",
            is_ahead & _flags(pc.fill_null(pc.equal(days, pa.scalar(found)), False)),
        )
        for found in pc.unique(days.filter(pa.array(is_ahead))).to_pylist()
    ]


def recorded_at(contract: FeedContract, texts: dict[str, pa.Array], length: int, as_of: datetime) -> Converted:
    """The instants at which rows were written in the source (UTC), of cleaned ``texts``; null where none is mapped."""
    name = contract.feed.recorded_at
    if name is None:
        return Converted(pa.nulls(length, pa.timestamp("us")), pa.array(np.zeros(length, dtype=bool)), str)
    written = (mapped for mapped in contract.feed.mapped().values() if mapped.source == name)
    mapped = next(written, MappedColumn(source=name))
    return convert_instants(texts[name], mapped, contract.source, contract.words_at(as_of).years)


def furthest(
    recorded: pa.Array | pa.ChunkedArray, later: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> datetime | None:
    """The last instant (aware) at which one of the rows recorded ``later`` was; None when there is none."""
    instant = pc.max(recorded.filter(pa.array(later))).as_py()
    return instant.replace(tzinfo=UTC) if instant is not None else None


def later_of(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two instants, either of which may not be there."""
    return max(filter(None, (one, other)), default=None)


def _empty_where_required(
    contract: FeedContract, columns: dict[str, Converted]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    empty = np.zeros(len(columns[contract.subject.key].values), dtype=bool)
    for name in _required(contract):
        empty |= _flags(pc.is_null(columns[name].values))
    return empty


def _withdrawn(
    contract: FeedContract, texts: dict[str, pa.Array], length: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows say that their key was deleted: every column of ``deleted_when`` has one of its values."""
    said = np.full(length, bool(contract.feed.deleted_when))
    for name, values in contract.feed.deleted_when.items():
        said &= _flags(pc.is_in(texts[name], pa.array(values, pa.string())))
    return said


def _required(contract: FeedContract) -> list[str]:
    return [
        name for name, column in contract.subject.columns.items() if column.required or name == contract.subject.key
    ]


def _notes(contract: FeedContract, given: dict[str, pa.Array]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The rows in which nothing was entered in any required column (of a table without any but its key: in any)."""
    required = [name for name in _required(contract) if name in given]
    looked_at = required if len(required) > 1 else list(given)
    empty = np.ones(len(given[looked_at[0]]), dtype=bool)
    for name in looked_at:
        empty &= _flags(pc.is_null(given[name]))
    return empty


def _origins(batch: RawBatch, keys: pa.Array) -> pa.Array:
    if batch.positions is not None:
        # Of a derived row without a line its file is known all the same.
        places = batch.places if batch.places is not None else pa.scalar(batch.place)
        return pc.binary_join_element_wise(places, pc.cast(batch.positions, pa.string()), ":", null_handling="skip")
    return pc.binary_join_element_wise(batch.place, pc.fill_null(keys, "(no key)"), ":")


def _landable(values: pa.Table, origins: pa.Array, recorded: pa.Array, day: date | None) -> pa.Table:
    days = (
        pa.nulls(len(origins), pa.date32()) if day is None else pa.array([day], pa.date32()).take(_zeros(len(origins)))
    )
    return values.append_column("_origin", origins).append_column("_recorded_at", recorded).append_column("_day", days)


def _zeros(length: int) -> pa.Array:
    return pa.array(np.zeros(length, dtype=np.int32))


def _flags(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)


def _refusals(
    contract: FeedContract,
    batch: RawBatch,
    texts: dict[str, pa.Array],
    given: dict[str, pa.Array],
    columns: dict[str, Converted],
    contradictions: list[_Contradiction],
    recorded: Converted,
    values: pa.Table,
    origins: pa.Array,
    faulty: np.ndarray[tuple[int], np.dtype[np.bool_]],
    day: date | None,
) -> Iterator[Refused]:
    places = pa.array(np.flatnonzero(faulty))
    if len(places) == 0:
        return
    faults: list[list[tuple[str, str]]] = [[] for _ in places]
    mapped = contract.feed.mapped()
    personal = _personal_texts(contract, texts)
    for name, column in columns.items():
        if name in mapped:
            found = given[name].take(places).to_pylist()
            unreadable = batch.unreadable.get(mapped[name].source, {})
            required = name in _required(contract)
            _explain(faults, name, mapped[name].source, column, places, found, unreadable, required, personal)
    if contract.feed.recorded_at:
        found = texts[contract.feed.recorded_at].take(places).to_pylist()
        unreadable = batch.unreadable.get(contract.feed.recorded_at, {})
        name = contract.feed.recorded_at
        _explain(faults, "recorded_at", name, recorded, places, found, unreadable, True, personal)
    for each in contradictions:
        for index in np.flatnonzero(each.flags[places.to_numpy()]).tolist():
            faults[index].append((each.column, each.said))
    for origin, row, reasons in zip(
        origins.take(places).to_pylist(), values.take(places).to_pylist(), faults, strict=True
    ):
        names = ", ".join(dict.fromkeys(name for name, _ in reasons))
        yield Refused(origin, names, "; ".join(reason for _, reason in reasons), row_json(row), day)


def _personal_texts(contract: FeedContract, texts: dict[str, pa.Array]) -> frozenset[str]:
    """What stands in the personal columns of the batch: should it turn up in another column, it is not named."""
    mapped = contract.feed.mapped()
    names = [
        mapped[name].source
        for name, column in contract.subject.columns.items()
        if column.type == "pseudonym" and name in mapped
    ]
    return frozenset(
        text for name in names for text in pc.unique(texts[name]).to_pylist() if text and not failure(text)
    )


def _explain(
    faults: list[list[tuple[str, str]]],
    name: str,
    source_name: str,
    column: Converted,
    places: pa.Array,
    given: list[str | None],
    unreadable: dict[int, str],
    required: bool,
    personal: frozenset[str],
) -> None:
    broken = column.broken.take(places).to_pylist()
    for index, (place, text) in enumerate(zip(places.to_pylist(), given, strict=True)):
        if place in unreadable:
            faults[index].append((name, f"{source_name}: {unreadable[place]}"))
        elif broken[index] and (text is not None or not required):
            said = (
                column.explain(text or "")
                if text not in personal
                else "a value that is personal elsewhere is not one of the column's"
            )
            faults[index].append((name, f"{source_name}: {said}"))
        elif text is None and required:
            faults[index].append((name, f"{source_name}: is empty, and required"))
