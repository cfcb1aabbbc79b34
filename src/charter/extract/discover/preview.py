"""What a source would give tonight: read as the night reads it, held against its contract, nothing written anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from charter.base.settings import Settings
from charter.definitions.models import Agency, Source, Subject
from charter.extract.contract.mapping import Refused
from charter.extract.contract.personal import header_sounds_personal, values_look_personal
from charter.extract.night.try_source import Tried, try_source
from charter.lake.receipts import READ_STATUSES, Drift, FeedStatus, LeftOutRows, ProblemNote

ROWS_SHOWN = 10
CAUSES_SHOWN = 20
PLACES_SHOWN = 3
FILES_READ = 7
_SHORT = 8
_HIDDEN = "(looks personal)"


@dataclass(frozen=True)
class ColumnPreview:
    """One column of the contract: its source's column (None: not mapped), and how many of the rows in order lack it.

    ``looks_personal``: it is kept as it is, and its values or its header look like somebody's name, address or number.
    """

    name: str
    type: str
    source: str | None
    empty: int
    looks_personal: bool


@dataclass(frozen=True)
class RefusedCause:
    """Rows of which the same is said (of a value that is not shown, its shape): their count, and the first places."""

    reason: str
    count: int
    places: tuple[str, ...]


@dataclass(frozen=True)
class RefusedGroup:
    """Rows refused by one column: the most frequent causes, the number of all causes, and the count of all rows."""

    column: str
    causes: tuple[RefusedCause, ...]
    different: int
    count: int


@dataclass(frozen=True)
class FeedPreview:
    """What one feed would do tonight.

    ``read`` rows came from the source; ``given`` = ``new`` + ``known`` + ``refused`` is what the contract is held to
    (fewer, where ``arrived_sql`` stands between); ``waiting`` rows belong to a later night. ``fruitless`` names the
    files of which ``arrived_sql`` keeps none, although they hold rows; what it ``left_out`` and ``merged`` is as in a
    receipt (see receipts.Counts). ``unread`` are the source's columns that neither the mapping nor the SQL reads.
    ``sample`` holds the first rows in order as texts, in the order of ``columns``.
    """

    table: str
    status: FeedStatus
    problem: ProblemNote | None
    drift: Drift
    read: int
    given: int
    new: int
    known: int
    refused: int
    waiting: int
    files: int | None
    fruitless: tuple[str, ...]
    left_out: tuple[LeftOutRows, ...]
    merged: int
    unread: tuple[str, ...]
    columns: tuple[ColumnPreview, ...]
    sample: tuple[tuple[str, ...], ...]
    groups: tuple[RefusedGroup, ...]

    @property
    def would_land(self) -> bool:
        """Whether the feed can be read as its contract says, and not every row of it is refused."""
        return self.status in READ_STATUSES and (self.given == 0 or self.refused < self.given)


def preview_source(
    settings: Settings, agency: Agency, source: Source, as_of: datetime, table: str | None = None
) -> Iterator[FeedPreview]:
    """Reads a source's feeds (or the one into ``table``) whole, as known at ``as_of`` (aware), one after the other.

    Of daily files the last ``FILES_READ`` are read. Nothing is written: not even a lock. Raises SourceError when
    settings are unusable.
    """
    for tried in try_source(settings, agency, source, as_of, table=table, files=FILES_READ):
        yield _preview(agency.subjects[tried.feed.table], tried)


def _preview(subject: Subject, tried: Tried) -> FeedPreview:
    mapped, constants = tried.feed.mapped(), tried.feed.constants()
    columns = tuple(
        ColumnPreview(
            name,
            column.type,
            mapped[name].source if name in mapped else f"always {constants[name]}" if name in constants else None,
            tried.rows[name].null_count,
            column.type == "text" and name in mapped and _is_personal(mapped[name].source, tried.rows[name]),
        )
        for name, column in subject.columns.items()
    )
    return FeedPreview(
        table=tried.feed.table,
        status=tried.status,
        problem=ProblemNote.of(tried.problem) if tried.problem else None,
        drift=tried.drift,
        read=tried.read,
        given=tried.new + tried.known + len(tried.refused),
        new=tried.new,
        known=tried.known,
        refused=len(tried.refused),
        waiting=tried.waiting,
        files=tried.files,
        fruitless=tried.fruitless,
        left_out=tried.left_out,
        merged=tried.merged,
        unread=tried.unread,
        columns=columns,
        sample=_sample(tried.rows, columns),
        groups=_grouped(tried.refused),
    )


def _is_personal(header: str, values: pa.ChunkedArray) -> bool:
    distinct = values.unique().drop_null().to_pylist()
    return bool(distinct) and (header_sounds_personal(header) or values_look_personal(distinct))


def _sample(rows: pa.Table, columns: tuple[ColumnPreview, ...]) -> tuple[tuple[str, ...], ...]:
    first = rows.slice(0, ROWS_SHOWN)
    cells = [[_shown(value, column) for value in first[column.name].to_pylist()] for column in columns]
    return tuple(zip(*cells, strict=True))


def _shown(value: object, column: ColumnPreview) -> str:
    if value is None:
        return "·"
    if column.looks_personal:
        return _HIDDEN
    if column.type == "pseudonym":
        return f"{str(value)[:_SHORT]}…"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds") + "Z"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _grouped(refused: list[Refused]) -> tuple[RefusedGroup, ...]:
    """By the columns that broke, and in each by what is said, the most frequent first."""
    columns: dict[str, dict[str, list[str]]] = {}
    for row in refused:
        columns.setdefault(row.column or "the row as a whole", {}).setdefault(row.reason, []).append(row.origin)
    groups = [_group(column, places) for column, places in columns.items()]
    return tuple(sorted(groups, key=lambda group: -group.count))


def _group(column: str, places: dict[str, list[str]]) -> RefusedGroup:
    causes = [RefusedCause(reason, len(found), tuple(found[:PLACES_SHOWN])) for reason, found in places.items()]
    frequent = sorted(causes, key=lambda cause: -cause.count)
    return RefusedGroup(column, tuple(frequent[:CAUSES_SHOWN]), len(causes), sum(cause.count for cause in causes))
