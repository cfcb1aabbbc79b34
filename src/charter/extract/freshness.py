"""Whether a source that answered has said anything of the time that was asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from charter.definitions.models import Agency, Feed, Subject
from charter.extract.days import Calendar
from charter.extract.lake import arrow_type
from charter.extract.mapping import FeedContract, Refused
from charter.extract.receipts import FeedReceipt, ProblemNote, SourceReceipt
from charter.moments import end_of_day, last_ended_day, local_midnight, naive_utc


def dated_by(feed: Feed, subject: Subject) -> str | None:
    """The column of ours that says on which day a row's fact happened; None when rows may be of any day.

    As the feed names it, or else the first required column that is an instant or a date.
    """
    if feed.of_any_day or feed.dated_by is not None:
        return feed.dated_by
    moments = (name for name, column in subject.columns.items() if column.type in ("instant", "date"))
    return next((name for name in moments if subject.columns[name].required and name in feed.columns), None)


def has_row_of(
    agency: Agency, contract: FeedContract, column: str, day: date, rows: Sequence[pa.Table], refused: Sequence[Refused]
) -> bool:
    """Whether any row of a daily file, in order or refused, is dated on ``day`` by its ``column``.

    By the agency's clock or the source's. A refused row counts where its date could be read: the day was told of,
    although not well.
    """
    kind = arrow_type(contract.subject.columns[column].type)
    texts = [json.loads(row.row).get(column) for row in refused]
    read = pa.array([text and text.removesuffix("Z") for text in texts], pa.string()).cast(kind)
    zones = (agency.zone, ZoneInfo(contract.source.time_zone))
    given = [*(table[column] for table in rows), read]
    return any(pc.any(_is_of(values, day, zone)).as_py() for values in given for zone in zones)


def _is_of(values: pa.Array | pa.ChunkedArray, day: date, zone: ZoneInfo) -> pa.Array | pa.ChunkedArray:
    """Which of ``values``, dates or instants (naive UTC), are of ``day`` in ``zone``; null where there is none."""
    if pa.types.is_date(values.type):
        return pc.equal(values, pa.scalar(day))
    first, end = (pa.scalar(naive_utc(instant(day, zone)), values.type) for instant in (local_midnight, end_of_day))
    return pc.and_(pc.greater_equal(values, first), pc.less(values, end))


def without_silence(calendar: Calendar, feeds: list[FeedReceipt], before: Sequence[SourceReceipt]) -> list[FeedReceipt]:
    """``feeds``, tonight's receipts, marked stale when their source had nothing new for longer than its rule allows.

    ``before`` are the source's earlier receipts, in order. News are rows that are new or changed, or gone.
    """
    at_most = calendar.source.freshness.silent_working_days
    news_at = _last_news(before)
    if at_most is None or news_at is None or any(_is_news(feed) for feed in feeds):
        return feeds
    heard = last_ended_day(news_at, calendar.agency.zone)
    since = (heard + timedelta(days=count) for count in range(1, (calendar.last - heard).days + 1))
    silent = sum(calendar.works(day) for day in since)
    if silent <= at_most:
        return feeds
    note = ProblemNote(
        what=f"nothing new since {heard}: {silent} working days, and its rule allows {at_most}",
        where=f"source '{calendar.source.id}'",
        remedy="ask its keepers whether it still gets its rows; else allow more in freshness.silent_working_days",
    )
    stale = {"status": "stale", "news_at": news_at}
    return [
        feed.model_copy(update={**stale, "problem": feed.problem or note}) if feed.status == "landed" else feed
        for feed in feeds
    ]


def _last_news(before: Sequence[SourceReceipt]) -> datetime | None:
    """The night of a source's last news, or else the first on which it answered; None when it never has."""
    answered = [night for night in before if any(feed.status in ("landed", "stale") for feed in night.feeds)]
    told = [night for night in answered if any(_is_news(feed) for feed in night.feeds)]
    return told[-1].as_of if told else answered[0].as_of if answered else None


def _is_news(feed: FeedReceipt) -> bool:
    return bool(feed.landed or feed.deleted)
