"""From the receipts of every night: which days each source covers, and how far its silence lets clocks run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime

from charter.base.moments import end_of_day, every_day, last_ended_day, local_date, local_midnight, naive_utc
from charter.definitions.models import Agency, Source
from charter.extract import Counts, FeedReceipt, SourceReceipt
from charter.lake.receipts import READ_STATUSES
from charter.transform.compile.calendar import working_days

# Why a day is not covered whose feed was read all the same: much of what it gave before is missing.
SHRUNK = "shrunk"


@dataclass(frozen=True)
class Figures:
    """Rows of one feed on one business day: ``read`` = ``arrived`` + ``waiting`` + ``left_out`` + ``merged``, and
    ``arrived`` = ``landed`` + ``unchanged`` + ``quarantined`` (see extract.receipts.Counts). Known keys that were no
    longer given were ``deleted``; those that are ``withheld`` stand as they were, by what the source said last."""

    read: int = 0
    arrived: int = 0
    landed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    waiting: int = 0
    left_out: int = 0
    merged: int = 0
    deleted: int = 0
    withheld: int = 0

    @classmethod
    def of(cls, counts: Counts, deleted: int = 0) -> Figures:
        """The counts of a receipt; of an earlier release's, which did not tell what its rows became, as far as known.

        The rows of corrections arrive without having been read from the source: they are counted as read here.
        """
        read, left_out = counts.read_and_left_out
        return cls(
            read=read,
            arrived=counts.arrived,
            landed=counts.landed,
            unchanged=counts.unchanged,
            quarantined=counts.quarantined,
            waiting=counts.waiting,
            left_out=left_out,
            merged=counts.merged,
            deleted=deleted,
        )

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class FeedDay:
    """What one source gave for one table on one business day (see :class:`Figures`), and whether the day is covered.

    ``reason`` tells why a day is not covered.
    """

    source_id: str
    table_name: str
    day: date
    covered: bool
    arrived: int
    landed: int
    unchanged: int
    quarantined: int
    reason: str | None
    read: int = 0
    waiting: int = 0
    left_out: int = 0
    merged: int = 0
    deleted: int = 0
    withheld: int = 0


@dataclass(frozen=True)
class Horizon:
    """How far a landed table has been heard of: naive UTC; the day the charter came into force if never."""

    table_name: str
    horizon_at: datetime


def feed_days(agency: Agency, receipts: list[SourceReceipt], as_of: datetime) -> list[FeedDay]:
    """One row per source, table and business day from the charter's first day to the last day ended at ``as_of``."""
    nights: dict[str, list[SourceReceipt]] = defaultdict(list)
    for receipt in sorted(receipts, key=lambda each: each.as_of):
        nights[receipt.source_id].append(receipt)
    return [
        row
        for source in agency.sources
        for feed in source.feeds
        for row in _feed_days(agency, source, feed.table, nights[source.id], as_of)
    ]


def _feed_days(
    agency: Agency, source: Source, table: str, nights: list[SourceReceipt], as_of: datetime
) -> Iterable[FeedDay]:
    feeds = [(night, feed) for night in nights for feed in night.feeds if feed.table == table]
    days = every_day(agency.charter.in_force_from, last_ended_day(as_of, agency.zone))
    corrected = _corrected(agency, table, nights)
    if source.freshness.expect == "each_night":
        return _nightly(agency, source.id, table, feeds, days, corrected)
    without_file = _without_file(agency, source, as_of) if feeds else frozenset()
    return _by_file(source.id, table, feeds, days, without_file, corrected)


def _corrected(agency: Agency, table: str, nights: list[SourceReceipt]) -> defaultdict[date, Figures]:
    """What arrived from corrections of refused rows, on the business day that their night ended."""
    counts: defaultdict[date, Figures] = defaultdict(Figures)
    for night in nights:
        for part in night.corrections:
            if part.table == table:
                day = last_ended_day(night.as_of, agency.zone)
                counts[day] += Figures.of(part)
    return counts


def _nightly(
    agency: Agency,
    source_id: str,
    table: str,
    feeds: list[tuple[SourceReceipt, FeedReceipt]],
    days: list[date],
    counts: defaultdict[date, Figures],
) -> Iterable[FeedDay]:
    heard_until = _heard_until(feeds)
    silence = "stale" if _said_last(feeds) == "stale" else "not_extracted"
    problem: dict[date, str] = {}
    withheld: dict[date, int] = {}
    for night, feed in feeds:
        day = last_ended_day(night.as_of, agency.zone)
        counts[day] += Figures.of(feed, feed.deleted)
        if feed.status in READ_STATUSES:
            withheld = {day: sum(each.missed for each in feed.withheld)}
        if feed.status != "landed":
            problem[day] = feed.status
        elif feed.is_shrunk:
            problem[day] = SHRUNK
    for day in days:
        covered = heard_until is not None and end_of_day(day, agency.zone) <= heard_until
        reason = None if covered else problem.get(day, silence)
        yield _row(source_id, table, day, counts[day], reason, withheld.get(day, 0))


def _heard_until(feeds: Iterable[tuple[SourceReceipt, FeedReceipt]]) -> datetime | None:
    """Until when a feed that is asked each night was heard: its last answer, or its last news when it is stale.

    A snapshot that lacks many known rows may lack new ones as well: it is no answer.
    """
    heard = None
    for night, feed in feeds:
        if feed.status in READ_STATUSES and not feed.is_shrunk:
            heard = night.as_of if feed.status == "landed" else feed.news_at
    return heard


def _said_last(feeds: Iterable[tuple[SourceReceipt, FeedReceipt]]) -> str | None:
    """The status of a feed's last answer; None when it never answered."""
    answers = [feed.status for _, feed in feeds if feed.status in READ_STATUSES]
    return answers[-1] if answers else None


def _without_file(agency: Agency, source: Source, as_of: datetime) -> frozenset[date]:
    """The days off on which a source that speaks each working day owes no file."""
    if source.freshness.expect != "file_each_working_day":
        return frozenset()
    flags = working_days(agency.calendar, local_date(as_of, agency.zone))
    return frozenset(day for day, works in flags if not works)


def _by_file(
    source_id: str,
    table: str,
    feeds: list[tuple[SourceReceipt, FeedReceipt]],
    days: list[date],
    without_file: frozenset[date],
    counts: defaultdict[date, Figures],
) -> Iterable[FeedDay]:
    status: dict[date, str] = dict.fromkeys(without_file, "none_expected")
    withheld: dict[date, int] = {}
    for _, feed in feeds:
        not_deleted = {each.day: each.missed for each in feed.withheld}
        for each in feed.days:
            if status.get(each.day) != "landed" and each.status != "none_expected":
                status[each.day] = each.status
            counts[each.day] += Figures.of(each, each.deleted)
            if each.status in READ_STATUSES:
                withheld[each.day] = not_deleted.get(each.day, 0)
        if feed.status not in ("landed", "missing", "stale"):
            for day in days:
                status.setdefault(day, feed.status)
    for day in days:
        state = status.get(day, "not_extracted")
        reason = None if state in ("landed", "none_expected") else state
        yield _row(source_id, table, day, counts[day], reason, withheld.get(day, 0))


def _row(source_id: str, table: str, day: date, figures: Figures, reason: str | None, withheld: int) -> FeedDay:
    counts = asdict(replace(figures, withheld=withheld))
    return FeedDay(source_id, table, day, covered=reason is None, reason=reason, **counts)


def _by_feed(receipts: list[SourceReceipt]) -> dict[tuple[str, str], list[tuple[SourceReceipt, FeedReceipt]]]:
    """The receipts of each source and table, in the order of their nights."""
    found: dict[tuple[str, str], list[tuple[SourceReceipt, FeedReceipt]]] = defaultdict(list)
    for night in sorted(receipts, key=lambda each: each.as_of):
        for feed in night.feeds:
            found[night.source_id, feed.table].append((night, feed))
    return found


def horizons(agency: Agency, days: list[FeedDay], receipts: list[SourceReceipt]) -> list[Horizon]:
    """The horizon of every landed table that some source feeds (the earliest of its sources')."""
    nightly = {source.id for source in agency.sources if source.freshness.expect == "each_night"}
    start = local_midnight(agency.charter.in_force_from, agency.zone)
    latest: dict[tuple[str, str], datetime] = {}
    for row in days:
        key = (row.source_id, row.table_name)
        latest.setdefault(key, start)
        if row.source_id not in nightly and row.covered:
            latest[key] = max(latest[key], end_of_day(row.day, agency.zone))
    for key, feeds in _by_feed(receipts).items():
        heard = _heard_until(feeds)
        if key[0] in nightly and key in latest and heard is not None:
            latest[key] = max(latest[key], heard)
    of_table: dict[str, datetime] = {}
    for (_, table), instant in latest.items():
        of_table[table] = min(of_table.get(table, instant), instant)
    return [Horizon(table, naive_utc(instant)) for table, instant in sorted(of_table.items())]
