"""One source, one night: read each feed, hold it against its contract, land what is new, seal it with a receipt."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from charter.base.errors import CharterError, Problem, SourceError
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.definitions.models import Agency, Duration, Feed, Source
from charter.extract.contract.arrived import merged_reasons
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.mapping import FeedContract, Refused, quarantine_table
from charter.extract.corrections.land import Correction, GivenKeys, SourceCorrections, digest
from charter.extract.corrections.refusals import latest_versions
from charter.extract.night.attempts import together
from charter.extract.night.daily import (
    as_one,
    drift_of_days,
    extract_days,
    faults_of_days,
    mark_copied,
    mark_undated,
    missing_days,
    place_of_days,
    read_days,
    refuse_misplaced,
)
from charter.extract.night.day_plan import Calendar
from charter.extract.night.drift import drift_of, last_landed, mapped_columns
from charter.extract.night.freshness import without_silence
from charter.extract.night.gathered import (
    Gathered,
    check_nothing_lost,
    gather,
    gather_day,
    landed_without,
    leave_to_later_nights,
    rows_in_order,
    without_missing,
)
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
from charter.extract.readers import GuardedFiles, GuardedReader, Window, open_reader
from charter.extract.readers.opening import connection_address, require_connection
from charter.lake.files import Landing, landing, raw_schema
from charter.lake.receipts import (
    READ_STATUSES,
    CorrectionReceipt,
    Drift,
    FeedReceipt,
    FeedStatus,
    LeftOutRows,
    ProblemNote,
    SourceReceipt,
    gravest,
    later_receipts,
    read_receipt,
    read_receipts,
)
from charter.lake.versions import CORRECTION_OF, EVERYWHERE, Known, Vanishing, decide, place_of

log = logging.getLogger(__name__)

PSEUDONYM_KEY = "CHARTER_PSEUDONYM_KEY"
KEY_BYTES = 32
_DAYS_OF_MONTH = 31


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
    _refuse_table_fed_twice(source)
    connection_address(settings, source)
    key = _pseudonym_key(settings, agency, source)
    with landing(settings, source.id, as_of) as lake:
        prior = read_receipt(settings, source.id, as_of)
        force = force or (accept_shrunk and prior is not None)
        if prior is not None and prior.status == "landed" and not force:
            return prior
        after = later_receipts(settings, as_of, source.id)
        if force and after:
            raise _too_late_to_force(source, as_of, after[-1])
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


def require_settings(settings: Settings, agency: Agency, source: Source) -> None:
    """Raises CharterError with what is missing or malformed of the source's address, its secret, and the key of
    pseudonyms if it has personal columns. Asks nobody."""
    problems: list[Problem] = []
    needed: list[Callable[[], object]] = [
        lambda: require_connection(settings, source),
        lambda: _pseudonym_key(settings, agency, source),
    ]
    for need in needed:
        try:
            need()
        except CharterError as error:
            problems += error.problems
    if problems:
        raise SourceError.of(problems)


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
    _refuse_table_fed_twice(source)
    connection_address(settings, source)
    key = _pseudonym_key(settings, agency, source)
    before = [receipt for receipt in read_receipts(settings, as_of, source.id) if receipt.as_of < as_of]
    corrections = SourceCorrections.of(settings, source.id, before)
    night = Night(settings, agency, source, as_of, key, False, before, [], corrections)
    with _opened(night) as reader:
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
        failed = _failed(night, contract, fault)
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


def replay_corrections(settings: Settings, agency: Agency, source: Source, as_of: datetime) -> SourceReceipt:
    """Lands the corrections of a source's refused rows in the night ``as_of`` (aware), the last that was extracted.

    The source is not asked, and what it gave that night stays as it is. Raises SourceError when that night was not
    extracted, or a later one was: what a past night knew is not changed.
    """
    as_of = as_of.astimezone(UTC)
    with landing(settings, source.id, as_of) as lake:
        prior = read_receipt(settings, source.id, as_of)
        if prior is None:
            raise SourceError(
                f"the night {stamp(as_of)} was not extracted yet",
                where=f"source '{source.id}'",
                remedy="run that night: corrections land with it",
            )
        if after := later_receipts(settings, as_of, source.id):
            raise _too_late_to_force(source, as_of, after[-1])
        before = [receipt for receipt in read_receipts(settings, as_of, source.id) if receipt.as_of < as_of]
        corrections = SourceCorrections.of(settings, source.id, before)
        night = Night(settings, agency, source, as_of, None, False, before, [], corrections)
        feeds = [feed for feed in prior.feeds if feed.table in {wanted.table for wanted in source.feeds}]
        outcomes = [Outcome(feed, None, [], _keys_given_before(night, feed, prior)) for feed in feeds]
        settled, refused = _land_corrections(lake, night, outcomes, prior, up_to=as_of)
        quarantined = quarantine_table(source.id, as_of, refused)
        kept = _kept_quarantine(night, feeds, prior, quarantined.schema, {})
        # Corrections that were refused before are judged anew.
        of_source = kept.filter(pc.invert(pc.match_substring_regex(kept["origin"], f"^{CORRECTION_OF}")))
        quarantined = pa.concat_tables([of_source, quarantined])
        receipt = prior.model_copy(update={"corrections": settled, "quarantine": lake.put_quarantine(quarantined)})
        lake.put_receipt(receipt)
        return receipt


def _keys_given_before(night: Night, feed: FeedReceipt, prior: SourceReceipt) -> GivenKeys:
    """What a feed gave in a night that was extracted before, as far as the lake tells: what was new or changed."""
    subject = night.agency.subjects[feed.table]
    paths = [night.settings.lake_dir / file.path for file in feed.files]
    columns = ["_row_key", "_deleted", "_origin"]
    tables = [pq.read_table(path, partitioning=None, columns=columns) for path in paths]
    rows = [row for table in tables for row in table.to_pylist() if not row["_deleted"]]
    landed = {row["_row_key"]: place_of(row["_origin"]) for row in rows}
    overtaken = {name for part in prior.corrections for name in part.superseded}
    keys = {each.key(subject) for each in night.corrections.of_table(feed.table) if each.id in overtaken}
    return GivenKeys(frozenset(landed.keys() | keys), frozenset(), places=landed)


def _land_corrections(
    lake: Landing, night: Night, outcomes: list[Outcome], prior: SourceReceipt | None, up_to: datetime | None = None
) -> tuple[list[CorrectionReceipt], dict[str, list[Refused]]]:
    """Lands this night's corrections: those made before it was extracted, or up to ``up_to``, and not settled yet.

    A night that later ones build on takes no more in: they have, and knew it first.
    """
    settled, refused = [], {}
    again = {name for part in (prior.corrections if prior else []) for name in part.applied}
    for outcome in outcomes:
        table = outcome.receipt.table
        feed = next(feed for feed in night.source.feeds if feed.table == table)
        due = [
            each
            for each in night.corrections.of_table(table)
            if night.corrections.before[each.id] == "waiting"
            and (
                each.id in again
                or (not night.after and (each.after < night.as_of or (up_to is not None and each.after <= up_to)))
            )
        ]
        found, refused[table] = _land_due(lake, night, feed, due, outcome.given_keys)
        settled += [found] if found else []
    return settled, refused


def _land_due(
    lake: Landing, night: Night, feed: Feed, due: list[Correction], given: GivenKeys | None
) -> tuple[CorrectionReceipt | None, list[Refused]]:
    if not night.corrections.of_table(feed.table):
        lake.put_corrected(feed.table, raw_schema(night.agency.subjects[feed.table]).empty_table())
        return None, []
    origins = {key: origin for key, (_, origin) in latest_versions(night.settings, night.before, feed.table).items()}
    settled = night.corrections.decide(night.agency, feed, due, given, origins)
    # Their keys were held against all others when they were written.
    known = Known(night.sealed_files(feed), night.agency.subjects[feed.table], case_sensitive=True)
    decided = decide(settled.rows, known, Vanishing([], gone=settled.gone), night.source.id, night.as_of)
    landed, unchanged = decided.outcomes.get(None, (0, 0))
    files = lake.put_corrected(feed.table, decided.landed)
    if not (settled.applied or settled.superseded or settled.refused):
        return None, []
    receipt = CorrectionReceipt(
        table=feed.table,
        arrived=landed + unchanged + len(settled.refused),
        landed=landed,
        unchanged=unchanged,
        quarantined=len(settled.refused),
        applied=[each.id for each in settled.applied],
        superseded=settled.superseded,
        inputs=[digest(night.settings, each) for each in due],
        files=files,
    )
    return receipt, settled.refused


def _extract_feeds(night: Night, kept: set[str]) -> list[Outcome]:
    wanted = [feed for feed in night.source.feeds if feed.table not in kept]
    with _opened(night) as reader:
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
    corrections, not_corrected = _land_corrections(lake, night, outcomes, prior)
    corrections += [
        part for part in (prior.corrections if prior else []) if part.table in {feed.table for feed in kept}
    ]
    refused = {o.receipt.table: [*o.refused, *not_corrected[o.receipt.table]] for o in outcomes}
    quarantined = quarantine_table(night.source.id, night.as_of, refused)
    places = {outcome.receipt.table: outcome.places_that_stay for outcome in outcomes}
    quarantined = pa.concat_tables([_kept_quarantine(night, kept, prior, quarantined.schema, places), quarantined])
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


def _kept_quarantine(
    night: Night,
    kept: list[FeedReceipt],
    prior: SourceReceipt | None,
    schema: pa.Schema,
    places: Mapping[str, Collection[str]],
) -> pa.Table:
    """The rows that an earlier attempt refused: of the feeds ``kept``, and by table those that stood in ``places``."""
    if prior is None or prior.quarantine is None:
        return schema.empty_table()
    path = night.settings.lake_dir / prior.quarantine.path
    if not path.exists():
        return schema.empty_table()
    rows = pq.read_table(path, partitioning=None)
    tables = {feed.table for feed in kept}
    stays = [
        table in tables or place_of(origin) in places.get(table, ())
        for table, origin in zip(rows["table"].to_pylist(), rows["origin"].to_pylist(), strict=True)
    ]
    return rows.filter(pa.array(stays, pa.bool_()))


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
        return _extract_whole(night, contract, reader)
    except FeedFault as fault:
        without = without_missing(night.agency, feed, fault)
        if without is None or isinstance(reader, FeedFault):
            return Outcome(_failed(night, contract, fault), None, [])
        outcome = _extract_feed(night, without, reader)
        return dataclasses.replace(outcome, receipt=_with_missing(outcome.receipt, fault))


def _with_missing(receipt: FeedReceipt, fault: FeedFault) -> FeedReceipt:
    """The receipt of a feed that was read without the columns that ``fault`` tells of."""
    missing = sorted({*receipt.drift.missing, *fault.missing_columns})
    problem = receipt.problem or ProblemNote.of(landed_without(fault))
    return receipt.model_copy(
        update={"drift": receipt.drift.model_copy(update={"missing": missing}), "problem": problem}
    )


def _failed(night: Night, contract: FeedContract, fault: FeedFault) -> FeedReceipt:
    last = last_landed(night, contract.feed)
    known = set(last.source_columns) if last else set()
    new = sorted(set(fault.source_columns) - known - mapped_columns(contract.feed)) if last else []
    return FeedReceipt(
        table=contract.feed.table,
        status=fault.status,
        drift=Drift(missing=list(fault.missing_columns), new=new),
        problem=ProblemNote.of(fault.problem),
        contract=contract.digest,
    )


def _extract_whole(night: Night, contract: FeedContract, reader: GuardedReader) -> Outcome:
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


@contextmanager
def _opened(night: Night) -> Iterator[GuardedReader | FeedFault]:
    """The source's reader, or the fault for which none of its feeds can be read."""
    try:
        reader = open_reader(night.settings, night.source)
    except FeedFault as fault:
        yield fault
        return
    try:
        yield reader
    finally:
        reader.close()


def _pseudonym_key(settings: Settings, agency: Agency, source: Source) -> bytes | None:
    subjects = {feed.table: agency.subjects[feed.table] for feed in source.feeds}
    personal = any(
        subjects[feed.table].columns[name].type == "pseudonym" for feed in source.feeds for name in feed.columns
    )
    if not personal:
        return None
    try:
        return settings.secret(PSEUDONYM_KEY, at_least=KEY_BYTES)
    except CharterError as error:
        raise SourceError.of(list(error.problems)) from error


def _refuse_table_fed_twice(source: Source) -> None:
    tables = [feed.table for feed in source.feeds]
    for table in tables:
        if tables.count(table) > 1:
            raise SourceError(
                f"two feeds bring rows of '{table}'",
                where=f"source '{source.id}'",
                remedy="make them one feed (UNION in its query), or two sources",
            )


def _too_late_to_force(source: Source, as_of: datetime, later: SourceReceipt) -> SourceError:
    return SourceError(
        f"the night {stamp(as_of)} can't be extracted again: {stamp(later.as_of)} builds on it",
        where=f"source '{source.id}'",
        remedy="extract the latest night again instead; corrections of the source arrive with it as new versions",
    )


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


def _suddenly_empty(night: Night, feed: Feed, known: int) -> FeedFault:
    problem = Problem(
        f"the snapshot has no rows, but {known} were known: that would delete them all",
        f"source '{night.source.id}', feed '{feed.table}'",
        f"restore the source; if they really are all gone: charter extract {night.source.id} --accept-shrunk",
    )
    return FeedFault("failed", problem)
