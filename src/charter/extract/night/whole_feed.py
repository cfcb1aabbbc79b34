"""Reads a feed that is not made of daily files: whole, or from its cursor on."""

from __future__ import annotations

from datetime import datetime, timedelta

from charter.base.errors import Problem
from charter.definitions.models import Duration, Feed
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.mapping import FeedContract
from charter.extract.night.attempts import together
from charter.extract.night.drift import drift_of, last_landed
from charter.extract.night.gathered import check_nothing_lost, gather, leave_to_later_nights
from charter.extract.night.landing import Night
from charter.extract.night.outcome import (
    Outcome,
    decide_rows,
    doubts_about,
    keyless_of,
    keys_for_corrections,
    keys_given,
    may_vanish,
    overtaken,
    withheld_note,
    withheld_problems,
)
from charter.extract.readers import GuardedReader, Window
from charter.lake.receipts import FeedReceipt, ProblemNote
from charter.lake.versions import EVERYWHERE, Vanishing

_DAYS_OF_MONTH = 31


def extract_whole(night: Night, contract: FeedContract, reader: GuardedReader) -> Outcome:
    feed = contract.feed
    since = _since(night, contract)
    gathered = gather(night, contract, reader, Window(night.as_of, since))
    leave_to_later_nights(night, contract, [gathered])
    # A snapshot read for a past night can't tell what vanished after it.
    tells_all = feed.full and not night.after
    last = last_landed(night, feed)
    before = last.keyless if last and not night.corrections.has_keyless(contract.subject, feed.table) else 0
    doubts = doubts_about(night, {EVERYWHERE: gathered}, {EVERYWHERE: before})
    vanishing = Vanishing(gathered.seen_keys, tells_all, at_most=may_vanish(night, feed), in_doubt=doubts)
    decided = decide_rows(night, contract, [gathered], vanishing)
    withheld = [withheld_note(found) for found in decided.withheld.values()]
    problems = withheld_problems(night, feed, withheld)
    if feed.full and gathered.given == 0 and decided.known_before and not night.accept_shrunk:
        raise _suddenly_empty(night, feed, decided.known_before)
    superseded = overtaken(contract, decided)
    refused = [*gathered.refused, *superseded]
    landed, unchanged = decided.outcomes.get(None, (0, 0))
    rows = together(decided.landed, night.attempted_rows(feed), keys_given(contract, [gathered], decided))
    receipt = FeedReceipt(
        table=feed.table,
        status="landed",
        arrived=landed + unchanged + len(refused),
        landed=landed,
        unchanged=unchanged,
        quarantined=len(refused),
        waiting=gathered.waiting,
        waiting_until=gathered.waiting_until,
        caught=gathered.caught,
        left_out=gathered.rows_left_out,
        merged=gathered.merged,
        left_out_rows=gathered.left_out,
        deleted=sum(decided.deleted.values()) + rows.more_deleted,
        kept=rows.kept_of(frozenset()),
        deletions_withheld=bool(withheld),
        withheld=withheld,
        shrinking_accepted=night.accept_shrunk and not night.after,
        keyless=keyless_of(gathered, withheld, before),
        problem=ProblemNote.of(problems[0]) if problems else None,
        since=since,
        drift=drift_of(night, feed, gathered),
        read=gathered.read,
        inputs=gathered.inputs,
        contract=contract.digest,
        source_columns=sorted(gathered.names),
        observed={name: sorted(kinds) for name, kinds in gathered.observed.items()},
    )
    check_nothing_lost(gathered, landed + unchanged + len(superseded))
    return Outcome(
        receipt,
        rows.rows,
        refused,
        keys_for_corrections(night, contract, [gathered], decided, tells_all and not doubts and not withheld),
    )


def _since(night: Night, contract: FeedContract) -> datetime | None:
    """From when rows are asked for: the last landing less the overlap; everything when the contract has changed."""
    feed = contract.feed
    landed = [(at, receipt) for at, receipt in night.history(feed) if receipt.status == "landed"]
    if feed.full or not landed or landed[-1][1].contract != contract.digest:
        return None
    return landed[-1][0] - (_timedelta(feed.cursor.overlap) if feed.cursor else timedelta(0))


def _timedelta(duration: Duration) -> timedelta:
    # To look back a little too far costs nothing, so a month is its longest.
    if duration.unit == "months":
        return timedelta(days=_DAYS_OF_MONTH * duration.amount)
    return timedelta(**{duration.unit: duration.amount})


def _suddenly_empty(night: Night, feed: Feed, known: int) -> FeedFault:
    problem = Problem(
        f"the snapshot has no rows, but {known} were known: that would delete them all",
        f"source '{night.source.id}', feed '{feed.table}'",
        f"restore the source; if they really are all gone: charter extract {night.source.id} --accept-shrunk",
    )
    return FeedFault("failed", problem)
