"""Reads a source as a first night would, and writes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from charter.base.errors import Problem
from charter.base.settings import Settings
from charter.definitions.models import Agency, Feed, Source
from charter.extract.contract.arrived import merged_reasons
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.mapping import FeedContract, Refused
from charter.extract.corrections.land import SourceCorrections
from charter.extract.night.daily import (
    as_one,
    drift_of_days,
    faults_of_days,
    mark_copied,
    mark_undated,
    missing_days,
    place_of_days,
    refuse_misplaced,
)
from charter.extract.night.day_plan import Calendar
from charter.extract.night.drift import drift_of, mapped_columns
from charter.extract.night.gathered import Gathered, gather, gather_day, rows_in_order, without_missing
from charter.extract.night.landing import Night
from charter.extract.night.outcome import decide_rows, overtaken
from charter.extract.night.readiness import opened_reader, pseudonym_key_of, refuse_table_fed_twice
from charter.extract.night.unread_feed import unread_receipt
from charter.extract.readers import GuardedFiles, GuardedReader, Window
from charter.extract.readers.opening import connection_address
from charter.lake.receipts import Drift, FeedStatus, LeftOutRows, read_receipts
from charter.lake.versions import Vanishing


@dataclass(frozen=True)
class Tried:
    """What a feed gives, read as a first night would and held against its contract. ``rows`` are those in order (see
    mapping.Checked), of which ``new`` would land and ``known`` are in the lake already. ``files``: daily ones read.

    ``read`` rows came from the source; ``arrived_sql`` may make fewer of them (``left_out`` and ``merged`` tell why),
    and makes none of those in ``fruitless`` (files, or the query's table). ``unread`` are the source's columns that the
    feed does not ask for.
    """

    feed: Feed
    status: FeedStatus
    problem: Problem | None
    drift: Drift
    rows: pa.Table
    refused: list[Refused]
    new: int
    known: int
    waiting: int
    files: int | None
    read: int
    fruitless: tuple[str, ...]
    left_out: tuple[LeftOutRows, ...] = ()
    merged: int = 0
    unread: tuple[str, ...] = ()


def try_source(
    settings: Settings, agency: Agency, source: Source, as_of: datetime, *, table: str | None, files: int
) -> Iterator[Tried]:
    """Reads each feed of a source (or the one into ``table``) whole, of daily files the last ``files``; writes nothing.

    Raises SourceError as :func:`extract_source` does, when settings are unusable.
    """
    as_of = as_of.astimezone(UTC)
    refuse_table_fed_twice(source)
    connection_address(settings, source)
    key = pseudonym_key_of(settings, agency, source)
    before = [receipt for receipt in read_receipts(settings, as_of, source.id) if receipt.as_of < as_of]
    corrections = SourceCorrections.of(settings, source.id, before)
    night = Night(settings, agency, source, as_of, key, False, before, [], corrections)
    with opened_reader(night) as reader:
        for feed in source.feeds:
            if table in (None, feed.table):
                yield _try_feed(night, feed, reader, files)


def _try_feed(night: Night, feed: Feed, reader: GuardedReader | FeedFault, files: int) -> Tried:
    contract = FeedContract.of(night.agency, night.source, feed, night.pseudonym_key)
    try:
        if isinstance(reader, FeedFault):
            raise reader
        parts, problem = _try_parts(night, contract, reader, files)
    except FeedFault as fault:
        if not isinstance(reader, FeedFault) and (without := without_missing(night.agency, feed, fault)):
            tried = _try_feed(night, without, reader, files)
            missing = Drift(missing=sorted(fault.missing_columns), new=tried.drift.new, retyped=tried.drift.retyped)
            return dataclasses.replace(tried, drift=missing, problem=tried.problem or fault.problem)
        failed = unread_receipt(night, contract, fault)
        rows = rows_in_order(contract, [])
        return Tried(feed, failed.status, fault.problem, failed.drift, rows, [], 0, 0, 0, None, 0, ())
    read = [part for part in parts if part.fault is None]
    if feed.is_daily:
        mark_undated(Calendar(night.agency, night.source, night.as_of), contract, parts)
        refuse_misplaced(night, contract, read)
    seen = [key for part in read for key in part.seen_keys]
    decided = decide_rows(night, contract, read, Vanishing(seen))
    if feed.is_daily:
        mark_copied(night, contract, parts, decided)
        problem = (
            as_one(found, place_of_days(night, feed)) if (found := faults_of_days(night, feed, parts)) else problem
        )
    refused = [row for part in read for row in part.refused] + overtaken(contract, decided)
    status, asked = parts[-1].status, mapped_columns(feed)
    return Tried(
        feed=feed,
        status="landed" if status == "none_expected" else status,
        problem=problem,
        drift=drift_of_days(night, feed, parts) if feed.is_daily else drift_of(night, feed, parts[0]),
        rows=rows_in_order(contract, read),
        refused=refused,
        new=sum(new for new, _ in decided.outcomes.values()),
        known=sum(known for _, known in decided.outcomes.values()) + sum(part.repeated for part in read),
        waiting=sum(part.waiting for part in read),
        files=len(read) if feed.is_daily else None,
        read=sum(part.read for part in read),
        fruitless=tuple(_place_of_part(feed, part) for part in read if part.read > part.padding and not part.given),
        left_out=tuple(merged_reasons(left for part in read for left in part.left_out)),
        merged=sum(part.merged for part in read),
        unread=tuple(name for name in parts[-1].names if name not in asked),
    )


def _place_of_part(feed: Feed, part: Gathered) -> str:
    return ", ".join(file.path for file in part.inputs) or feed.path or feed.table


def _try_parts(
    night: Night, contract: FeedContract, reader: GuardedReader, files: int
) -> tuple[list[Gathered], Problem | None]:
    """The feed as one part, or the last daily files as one each, and what is wrong with some of these."""
    feed = contract.feed
    if not feed.is_daily:
        return [gather(night, contract, reader, Window(night.as_of))], None
    if not isinstance(reader, GuardedFiles):
        raise TypeError("daily files are read from a storage of files")
    calendar = Calendar(night.agency, night.source, night.as_of)
    there = sorted(day for day in reader.files_by_day(feed) if day <= calendar.last)[-files:]
    parts = [gather_day(night, contract, reader, day) for day in there]
    if not there:
        raise FeedFault("missing", missing_days(night, feed, [Gathered(day=calendar.last, status="missing")])[0])
    return parts, None
