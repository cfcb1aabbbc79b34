"""What is read of a feed, or of one day of it, and held against its contract."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from charter.base.errors import Problem
from charter.definitions.models import Agency, Feed, Source
from charter.extract.contract.arrived import contract_of_derived, derive, merged_reasons
from charter.extract.contract.batch import wanted_columns
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.mapping import FeedContract, Refused, check, later_of
from charter.extract.contract.needs import columns_no_verdict_needs
from charter.extract.contract.personal import may_be_personal
from charter.extract.contract.shown import is_heading, shape
from charter.extract.contract.torn import refuse_torn
from charter.extract.night.landing import Night
from charter.extract.readers import GuardedReader, Window
from charter.lake.files import raw_schema
from charter.lake.receipts import DayStatus, FileDigest, LeftOutRows
from charter.lake.versions import Known, known_otherwise


@dataclass
class Gathered:
    """What was read of a feed, or of one day of it, and held against the contract.

    ``lacking`` tells of columns that are gone, and that no standard needs: the rows landed without them. ``stale`` says
    why a day's file, although it was read, tells nothing of its day; ``is_misplaced`` when that is because it holds
    another day's content, of which ``repeated`` rows are known alike and stand in ``rows`` no more. Of those that do,
    ``of_other_days`` are dated on other days than the file's, and ``caught`` name a department that nobody has.
    """

    day: date | None = None
    rows: list[pa.Table] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: int = 0
    waiting_until: datetime | None = None
    left_out: list[LeftOutRows] = field(default_factory=list)
    merged: int = 0
    seen_keys: list[str] = field(default_factory=list)
    keyless: int = 0
    caught: int = 0
    names: tuple[str, ...] = ()
    observed: dict[str, set[str]] = field(default_factory=dict)
    inputs: list[FileDigest] = field(default_factory=list)
    read: int = 0
    fault: FeedFault | None = None
    lacking: FeedFault | None = None
    stale: Problem | None = None
    is_misplaced: bool = False
    repeated: int = 0
    of_other_days: int = 0
    status: DayStatus = "landed"

    @property
    def the_day(self) -> date:
        """The day of a daily file."""
        if self.day is None:
            raise ValueError("a daily file belongs to a day")
        return self.day

    @property
    def rows_left_out(self) -> int:
        return sum(rows.rows for rows in self.left_out)

    @property
    def padding(self) -> int:
        """How many of its lines are no rows."""
        return sum(rows.rows for rows in self.left_out if rows.why == "padding")

    @property
    def in_order(self) -> int:
        """How many rows are as their contract says."""
        standing: int = sum(rows.num_rows for rows in self.rows)
        return standing + self.repeated

    @property
    def given(self) -> int:
        """How many rows were held against the contract, and those that wait."""
        return self.in_order + len(self.refused) + self.waiting


def gather_day(night: Night, contract: FeedContract, reader: GuardedReader, day: date) -> Gathered:
    """Reads one day's file. One that can't be read, or has changed its columns, has a ``fault``."""
    try:
        return gather(night, contract, reader, Window(night.as_of, day=day))
    except FeedFault as fault:
        if without := without_missing(night.agency, contract.feed, fault):
            gathered = gather_day(night, dataclasses.replace(contract, feed=without), reader, day)
            gathered.lacking = fault
            return gathered
        status: DayStatus = "failed"
        if fault.status == "missing" or fault.status == "drifted":
            status = fault.status
        return Gathered(day=day, status=status, fault=fault)


def gather(night: Night, contract: FeedContract, reader: GuardedReader, window: Window) -> Gathered:
    """Reads a feed, or the day of ``window``, through its own SQL where it has some. Raises FeedFault."""
    gathered = Gathered(day=window.day)
    batches = reader.read(contract.feed, window)
    if contract.feed.arrived_sql:
        where = f"source '{night.source.id}', feed '{contract.feed.table}'"
        derived = derive(contract, batches, window.as_of, window.day, where)
        gathered.refused = list(derived.refused)
        gathered.keyless = len(derived.refused)
        gathered.waiting = derived.waiting
        gathered.waiting_until = derived.waiting_until
        gathered.left_out = derived.left_out
        gathered.merged = derived.merged
        gathered.inputs = derived.inputs
        gathered.read = derived.read
        contract, batches = contract_of_derived(contract), iter([derived.batch])
    for batch in batches:
        checked = check(contract, batch, window.as_of, window.day)
        where = f"source '{night.source.id}', {batch.place}"
        refuse_torn(contract.feed, contract.subject.key, batch, checked.refused, where)
        gathered.rows.append(checked.rows)
        gathered.refused += checked.refused
        gathered.waiting += checked.waiting
        gathered.waiting_until = later_of(gathered.waiting_until, checked.waiting_until)
        gathered.seen_keys += checked.seen_keys
        gathered.keyless += checked.keyless
        gathered.caught += checked.caught
        gathered.names = tuple(dict.fromkeys([*gathered.names, *_kept_names(night.source, contract, batch.names)]))
        if not contract.feed.arrived_sql:
            gathered.read += batch.given
            gathered.left_out = merged_reasons([*gathered.left_out, *batch.left_out])
        if batch.input is not None and batch.input not in gathered.inputs:
            gathered.inputs.append(batch.input)
        for name, kinds in batch.observed.items():
            gathered.observed.setdefault(name, set()).update(kinds)
    return gathered


def _kept_names(source: Source, contract: FeedContract, names: Iterable[str]) -> Iterable[str]:
    """The source's columns as a receipt may keep them: one that may be no name of a column, but somebody's, is shown by
    its shape. The names of a database and of a Parquet file are a schema."""
    if source.kind in ("sql", "parquet"):
        return names
    wanted = wanted_columns(contract.feed)
    in_a_table = source.kind not in ("http", "limesurvey")
    return [
        name
        if name in wanted or is_heading(name, wanted) or (in_a_table and not may_be_personal(name))
        else shape(name)
        for name in names
    ]


def without_missing(agency: Agency, feed: Feed, fault: FeedFault) -> Feed | None:
    """The feed without the columns that are gone, when no standard needs any of them; else None."""
    gone = {name for name, mapped in feed.mapped().items() if mapped.source in fault.missing_columns}
    if feed.arrived_sql or fault.status != "drifted" or not gone or not gone <= columns_no_verdict_needs(agency, feed):
        return None
    # The receipt has this mapping's digest: when the column is back, everything is asked for again.
    return feed.model_copy(update={"columns": {n: mapped for n, mapped in feed.columns.items() if n not in gone}})


def landed_without(fault: FeedFault) -> Problem:
    """That a feed landed although columns are gone: none that a standard needs."""
    problem = fault.problem
    return Problem(f"{problem.what}: landed without it, as no standard needs it", problem.where, problem.remedy)


def leave_to_later_nights(night: Night, contract: FeedContract, parts: list[Gathered]) -> None:
    """Takes out, as waiting, what the next night knew otherwise: a row that was changed since tells nothing of a night
    before that."""
    if not night.after:
        return
    known = Known(night.known_next(contract.feed), contract.subject)
    for part in parts:
        rows = rows_in_order(contract, [part])
        is_other = known_otherwise(rows, known)
        later = rows.filter(is_other)
        part.rows = [rows.filter(pc.invert(is_other))]
        part.waiting += later.num_rows
        part.seen_keys += later[contract.subject.key].cast(pa.string()).to_pylist()


def rows_in_order(contract: FeedContract, parts: list[Gathered]) -> pa.Table:
    """The rows in order, in reading order, with the columns of mapping.Checked.rows."""
    lineage = [
        *(("_origin", pa.string()), ("_recorded_at", pa.timestamp("us"))),
        *(("_day", pa.date32()), ("_withdrawn", pa.bool_())),
    ]
    columns = [raw_schema(contract.subject).field(name) for name in contract.subject.columns]
    schema = pa.schema([*columns, *(pa.field(name, kind) for name, kind in lineage)])
    return pa.concat_tables([schema.empty_table(), *(rows.cast(schema) for part in parts for rows in part.rows)])


def check_nothing_lost(gathered: Gathered, accounted: int) -> None:
    """Raises AssertionError when rows in order would end in no state."""
    if gathered.in_order != accounted:
        raise AssertionError(f"{gathered.in_order} rows are in order and {accounted} accounted for")
