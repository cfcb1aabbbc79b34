"""One source, one night: read each feed, hold it against its contract, land what is new, seal it with a receipt."""

from __future__ import annotations

import dataclasses
import logging
from datetime import UTC, datetime

import pyarrow as pa

from charter.base.errors import Problem
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.definitions.models import Agency, Feed, Source
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.mapping import FeedContract, quarantine_table
from charter.extract.corrections.land import SourceCorrections
from charter.extract.night.daily import extract_days, read_days
from charter.extract.night.day_plan import Calendar
from charter.extract.night.freshness import without_silence
from charter.extract.night.gathered import without_missing
from charter.extract.night.land_corrections import kept_quarantine, land_corrections, too_late_to_force
from charter.extract.night.landing import Night
from charter.extract.night.outcome import Outcome
from charter.extract.night.readiness import opened_reader, pseudonym_key_of, refuse_table_fed_twice
from charter.extract.night.unread_feed import unread_receipt, with_missing
from charter.extract.night.whole_feed import extract_whole
from charter.extract.readers import GuardedReader
from charter.extract.readers.opening import connection_address
from charter.lake.files import Landing, landing, raw_schema
from charter.lake.receipts import (
    READ_STATUSES,
    FeedReceipt,
    SourceReceipt,
    gravest,
    later_receipts,
    read_receipt,
    read_receipts,
)

log = logging.getLogger(__name__)


def extract_source(
    settings: Settings,
    agency: Agency,
    source: Source,
    as_of: datetime,
    *,
    force: bool = False,
    accept_shrunk: bool = False,
) -> SourceReceipt:
    """Brings one source's rows, as known at ``as_of`` (aware), into the lake and returns the sealed receipt.

    A night that has wholly landed is returned as it stands, without reading anything; of one that has not, only the
    feeds that failed are tried again, and none once a later night was extracted. What landed at an earlier attempt
    stays. ``force`` reads everything again, and is refused once a later night was extracted. ``accept_shrunk``: what is
    no longer given, this night or before, really is gone, however much it is; the feeds are read again.
    A source that is down, late or changed is a receipt that says so; one bad feed does not stop the others.
    Raises SourceError when settings are unusable: no address, no key for pseudonyms, one table fed twice.
    """
    as_of = as_of.astimezone(UTC)
    refuse_table_fed_twice(source)
    connection_address(settings, source)
    key = pseudonym_key_of(settings, agency, source)
    with landing(settings, source.id, as_of) as lake:
        prior = read_receipt(settings, source.id, as_of)
        force = force or (accept_shrunk and prior is not None)
        if prior is not None and prior.status == "landed" and not force:
            return prior
        after = later_receipts(settings, as_of, source.id)
        if force and after:
            raise too_late_to_force(source, as_of, after[-1])
        if prior is not None and after:
            # The later nights know it as it is.
            return prior
        before = [receipt for receipt in read_receipts(settings, as_of, source.id) if receipt.as_of < as_of]
        corrections = SourceCorrections.of(settings, source.id, before)
        night = Night(settings, agency, source, as_of, key, accept_shrunk, before, after, corrections, prior, force)
        kept = [] if force or prior is None else [feed for feed in prior.feeds if feed.status == "landed"]
        tried = _extract_feeds(night, {feed.table for feed in kept})
        kept += [_as_before(night, outcome) for outcome in tried if _gave_nothing(night, outcome)]
        outcomes = [outcome for outcome in tried if not _gave_nothing(night, outcome)]
        return _seal(lake.inserted_before(night.inserted_before), night, kept, outcomes, prior)


def _extract_feeds(night: Night, kept: set[str]) -> list[Outcome]:
    wanted = [feed for feed in night.source.feeds if feed.table not in kept]
    with opened_reader(night) as reader:
        return [_extract_feed(night, feed, reader) for feed in wanted]


def _seal(
    lake: Landing, night: Night, kept: list[FeedReceipt], outcomes: list[Outcome], prior: SourceReceipt | None
) -> SourceReceipt:
    """Writes the files of every outcome, then the receipt that makes them count."""
    receipts = {feed.table: feed for feed in kept}
    for outcome in outcomes:
        table = outcome.receipt.table
        rows = outcome.landed if outcome.landed is not None else raw_schema(night.agency.subjects[table]).empty_table()
        receipts[table] = outcome.receipt.model_copy(update={"files": lake.put_rows(table, rows)})
    corrections, not_corrected = land_corrections(lake, night, outcomes, prior)
    corrections += [
        part for part in (prior.corrections if prior else []) if part.table in {feed.table for feed in kept}
    ]
    refused = {o.receipt.table: [*o.refused, *not_corrected[o.receipt.table]] for o in outcomes}
    quarantined = quarantine_table(night.source.id, night.as_of, refused)
    places = {outcome.receipt.table: outcome.places_that_stay for outcome in outcomes}
    quarantined = pa.concat_tables([kept_quarantine(night, kept, prior, quarantined.schema, places), quarantined])
    given = [receipts[feed.table] for feed in night.source.feeds]
    feeds = without_silence(Calendar(night.agency, night.source, night.as_of), given, night.before)
    receipt = SourceReceipt(
        source_id=night.source.id,
        as_of=night.as_of,
        status=gravest(feeds),
        feeds=feeds,
        inserted_before=night.inserted_before,
        corrections=sorted(corrections, key=lambda part: part.table),
        quarantine=lake.put_quarantine(quarantined),
    )
    lake.put_receipt(receipt)
    for feed in feeds:
        log.info(
            "%s/%s %s: %s, arrived %d = landed %d + unchanged %d + quarantined %d",
            *(night.source.id, feed.table, stamp(night.as_of), feed.status),
            *(feed.arrived, feed.landed, feed.unchanged, feed.quarantined),
        )
        if feed.problem is not None:
            log.info("%s: %s → %s", feed.problem.where, feed.problem.what, feed.problem.remedy)
    return receipt


def _gave_nothing(night: Night, outcome: Outcome) -> bool:
    """Whether a feed could not be read, of which an earlier attempt of this night has landed something."""
    before = night.attempted.feed(outcome.receipt.table) if night.attempted is not None else None
    had_something = before is not None and (before.files or before.status in READ_STATUSES or read_days(before))
    return bool(had_something) and outcome.receipt.status not in READ_STATUSES and not read_days(outcome.receipt)


def _as_before(night: Night, outcome: Outcome) -> FeedReceipt:
    """The receipt of the earlier attempt, which stands, with what was wrong this time."""
    before = night.attempted.feed(outcome.receipt.table) if night.attempted is not None else None
    if before is None:
        raise ValueError("there was no earlier attempt")
    return before.model_copy(update={"problem": outcome.receipt.problem or before.problem})


def _extract_feed(night: Night, feed: Feed, reader: GuardedReader | FeedFault) -> Outcome:
    contract = FeedContract.of(night.agency, night.source, feed, night.pseudonym_key)
    try:
        if isinstance(reader, FeedFault):
            raise reader
        _refuse_unanswerable(night, feed)
        if feed.is_daily:
            return extract_days(night, contract, reader)
        return extract_whole(night, contract, reader)
    except FeedFault as fault:
        without = without_missing(night.agency, feed, fault)
        if without is None or isinstance(reader, FeedFault):
            return Outcome(unread_receipt(night, contract, fault), None, [])
        outcome = _extract_feed(night, without, reader)
        return dataclasses.replace(outcome, receipt=with_missing(outcome.receipt, fault))


def _refuse_unanswerable(night: Night, feed: Feed) -> None:
    """A source without instants of recording can't say what it held on a night that is asked for after a later one:
    what it holds now, it may have learned since."""
    if feed.recorded_at is None and night.after:
        problem = Problem(
            "a later night was extracted already, and the source does not say when its rows were recorded",
            f"source '{night.source.id}', feed '{feed.table}', {stamp(night.as_of)}",
            "nothing is lost: the later night brought what there was; map recorded_at if past nights must be read",
        )
        raise FeedFault("not_known", problem)
