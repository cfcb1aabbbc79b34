"""On which day a row of a daily file is dated: by which of our columns, and on whose clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from charter.base.moments import end_of_day, local_midnight, naive_utc
from charter.definitions.models import Agency, Feed, Source, Subject


@dataclass(frozen=True)
class Dating:
    """The ``column`` of ours that dates the rows of a daily feed, read on the agency's clock and on the source's.

    Values are dates, or instants in naive UTC. An office abroad files by its own days: a row is of a day when one of
    the clocks says so, and of another one only when both do.
    """

    column: str
    agency_zone: ZoneInfo
    source_zone: ZoneInfo

    @classmethod
    def of(cls, agency: Agency, source: Source, feed: Feed, subject: Subject) -> Dating | None:
        """How the rows of ``feed`` are dated; None when its files are not daily, or hold rows of any day."""
        column = dated_by(feed, subject) if feed.is_daily else None
        return None if column is None else cls(column, agency.zone, ZoneInfo(source.time_zone))

    def is_of(self, values: pa.Array | pa.ChunkedArray, day: date) -> pa.Array | pa.ChunkedArray:
        """Which of ``values`` are of ``day`` on either clock. One that is null is of no day."""
        if pa.types.is_date(values.type):
            return pc.fill_null(pc.equal(values, pa.scalar(day)), False)
        return pc.or_(*(_is_within(values, day, zone) for zone in (self.agency_zone, self.source_zone)))

    def is_ahead(self, values: pa.Array | pa.ChunkedArray, day: date) -> pa.Array | pa.ChunkedArray:
        """Which of ``values`` are later than the day after ``day``, on both clocks."""
        first = day + timedelta(days=2)
        if pa.types.is_date(values.type):
            return pc.fill_null(pc.greater_equal(values, pa.scalar(first)), False)
        begins = max(local_midnight(first, zone) for zone in (self.agency_zone, self.source_zone))
        return pc.fill_null(pc.greater_equal(values, pa.scalar(naive_utc(begins), values.type)), False)

    def days(self, values: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The day of each of ``values`` on the agency's clock."""
        return _days(values, self.agency_zone)

    def agreed_days(self, values: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The day of each of ``values`` that both clocks agree on; null where they do not."""
        days = self.days(values)
        return pc.if_else(pc.equal(days, _days(values, self.source_zone)), days, pa.scalar(None, pa.date32()))


def dated_by(feed: Feed, subject: Subject) -> str | None:
    """The column of ours that says on which day a row's fact happened; None when rows may be of any day.

    As the feed names it, or else the first required column that is an instant or a date.
    """
    if feed.of_any_day or feed.dated_by is not None:
        return feed.dated_by
    moments = (name for name, column in subject.columns.items() if column.is_moment)
    return next((name for name in moments if subject.columns[name].required and name in feed.columns), None)


def _is_within(values: pa.Array | pa.ChunkedArray, day: date, zone: ZoneInfo) -> pa.Array | pa.ChunkedArray:
    first, end = (pa.scalar(naive_utc(instant(day, zone)), values.type) for instant in (local_midnight, end_of_day))
    return pc.fill_null(pc.and_(pc.greater_equal(values, first), pc.less(values, end)), False)


def _days(values: pa.Array | pa.ChunkedArray, zone: ZoneInfo) -> pa.Array:
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_date(whole.type):
        return whole
    instants = pd.DatetimeIndex(whole.to_numpy(zero_copy_only=False)).tz_localize("UTC")
    local = instants.tz_convert(zone).tz_localize(None).as_unit("us")
    return pa.array(local).cast(pa.timestamp("us")).cast(pa.date32())
