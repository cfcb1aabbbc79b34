"""What became of every row that a source gave, feed by feed: for whoever looks at the sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from charter.base.moments import last_ended_day
from charter.base.settings import Settings
from charter.definitions.models import Agency, Source
from charter.lake.receipts import (
    CorrectionReceipt,
    FeedReceipt,
    FeedStatus,
    LeftOutRows,
    SourceReceipt,
    WithheldDeletions,
    read_receipts,
)


@dataclass(frozen=True)
class FeedFates:
    """What became of the rows of one feed in one night: ``read`` = ``landed`` + ``unchanged`` + ``refused`` +
    ``waiting`` + ``left_out`` + ``merged`` (see receipts.Counts).

    ``of_other_days`` of its rows in order stand in the file of another day than they are dated on, and count there.
    ``caught`` name a department that nobody has: the catch-all got them.
    ``night`` is the business day that it ended. ``waiting_until`` is the furthest instant (aware) that a waiting row is
    dated. ``left_out_rows`` are None where the receipt is an earlier release's and did not count them. ``deleted``
    known rows were no longer given; those ``withheld`` stand all the same. ``corrected`` rows were put right by people.
    """

    source_id: str
    table: str
    night: date
    status: FeedStatus
    read: int
    landed: int
    unchanged: int
    refused: int
    waiting: int
    waiting_until: datetime | None
    left_out: int
    left_out_rows: tuple[LeftOutRows, ...] | None
    merged: int
    deleted: int
    withheld: tuple[WithheldDeletions, ...]
    corrected: int
    of_other_days: int
    caught: int


def feed_fates(settings: Settings, agency: Agency, known_at: datetime) -> list[FeedFates]:
    """Every feed's last night by ``known_at`` (aware), in the order of sources.yaml; none of a source never asked."""
    return [fates for source in agency.sources for fates in _of_source(settings, agency, source, known_at)]


def _of_source(settings: Settings, agency: Agency, source: Source, known_at: datetime) -> Iterator[FeedFates]:
    receipts = read_receipts(settings, known_at, source.id)
    if not receipts:
        return
    last = receipts[-1]
    for feed in last.feeds:
        corrected = [part for part in last.corrections if part.table == feed.table]
        yield _fates(agency, last, feed, corrected)


def _fates(
    agency: Agency, night: SourceReceipt, feed: FeedReceipt, corrected: Sequence[CorrectionReceipt]
) -> FeedFates:
    read, left_out = feed.read_and_left_out
    return FeedFates(
        source_id=night.source_id,
        table=feed.table,
        night=last_ended_day(night.as_of, agency.zone),
        status=feed.status,
        read=read,
        landed=feed.landed,
        unchanged=feed.unchanged,
        refused=feed.quarantined,
        waiting=feed.waiting,
        waiting_until=feed.waiting_until,
        left_out=left_out,
        left_out_rows=None if feed.left_out is None else tuple(feed.left_out_rows),
        merged=feed.merged,
        deleted=feed.deleted,
        withheld=tuple(feed.withheld),
        corrected=sum(part.landed + part.unchanged for part in corrected),
        of_other_days=sum(day.of_other_days for day in feed.days),
        caught=feed.caught,
    )
