"""Whether a source that answered has said anything of the time that was asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from charter.base.moments import last_ended_day
from charter.extract.contract.mapping import FeedContract, Refused
from charter.extract.night.day_plan import Calendar
from charter.lake.files import arrow_type
from charter.lake.receipts import FeedReceipt, ProblemNote, SourceReceipt


def another_days_content(
    contract: FeedContract, day: date, rows: Sequence[pa.Table], refused: Sequence[Refused]
) -> str | None:
    """Why a daily file holds another day's content than that of ``day``; None when it does not.

    It holds no row of its day, by the agency's clock or the source's; or more than half of its rows are dated on one
    other day, by both. A refused row counts where its date could be read: there is news of the day, although not good.
    Of a file whose rows may be of any day nothing is said.
    """
    dating = contract.dating
    if dating is None:
        return None
    kind = arrow_type(contract.subject.columns[dating.column].type)
    texts = [json.loads(row.row).get(dating.column) for row in refused]
    read = pa.array([text and text.removesuffix("Z") for text in texts], pa.string()).cast(kind)
    given = pa.chunked_array([*(chunk for table in rows for chunk in table[dating.column].chunks), read], kind)
    if not pc.any(dating.is_of(given, day)).as_py():
        return f"none of its rows is dated {day} ({dating.column})"
    days = dating.agreed_days(given)
    others = Counter(days.filter(pc.fill_null(pc.not_equal(days, pa.scalar(day)), False)).to_pylist())
    other, count = others.most_common(1)[0] if others else (day, 0)
    dated = len(given) - given.null_count
    return f"{count} of its {dated} rows are dated {other} ({dating.column})" if 2 * count > dated else None


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
    with_news = [night for night in answered if any(_is_news(feed) for feed in night.feeds)]
    return with_news[-1].as_of if with_news else answered[0].as_of if answered else None


def _is_news(feed: FeedReceipt) -> bool:
    return bool(feed.landed or feed.deleted)
