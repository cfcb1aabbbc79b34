"""What a source would give tonight: read as the night reads it, held against its contract, nothing written anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from charter.definitions.models import Agency, Source, Subject
from charter.extract.mapping import Refused
from charter.extract.personal import header_sounds_personal, values_look_personal
from charter.extract.receipts import READ_STATUSES, Drift, FeedStatus, ProblemNote
from charter.extract.run import Tried, try_source
from charter.settings import Settings

ROWS_SHOWN = 10
REFUSED_SHOWN = 20
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
class RefusedGroup:
    """Rows refused for one reason: the places of the first ones, with what each said, and the count of all."""

    reason: str
    places: tuple[tuple[str, str], ...]
    count: int


@dataclass(frozen=True)
class FeedPreview:
    """What one feed would do tonight. ``read`` = ``new`` + ``known`` + ``refused``; ``waiting`` rows belong to a later
    night. ``sample`` holds the first rows in order as texts, in the order of ``columns``."""

    table: str
    status: FeedStatus
    problem: ProblemNote | None
    drift: Drift
    read: int
    new: int
    known: int
    refused: int
    waiting: int
    files: int | None
    columns: tuple[ColumnPreview, ...]
    sample: tuple[tuple[str, ...], ...]
    groups: tuple[RefusedGroup, ...]

    @property
    def would_land(self) -> bool:
        """Whether the feed can be read as its contract says, and not every row of it is refused."""
        return self.status in READ_STATUSES and (self.read == 0 or self.refused < self.read)


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
    mapped = tried.feed.mapped()
    columns = tuple(
        ColumnPreview(
            name,
            column.type,
            mapped[name].source if name in mapped else None,
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
        read=tried.new + tried.known + len(tried.refused),
        new=tried.new,
        known=tried.known,
        refused=len(tried.refused),
        waiting=tried.waiting,
        files=tried.files,
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
    """By the columns that broke, the most frequent first: values differ from row to row, the cause seldom does."""
    groups: dict[str, list[Refused]] = {}
    for row in refused:
        groups.setdefault(row.column or "the row as a whole", []).append(row)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return tuple(
        RefusedGroup(column, tuple((row.origin, row.reason) for row in rows[:REFUSED_SHOWN]), len(rows))
        for column, rows in ordered
    )
