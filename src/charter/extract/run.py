"""One source, one night: read each feed, hold it against its contract, land what is new, seal it with a receipt."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from charter.definitions.models import Agency, Duration, Feed, Source
from charter.errors import CharterError, Problem, SourceError
from charter.extract.arrived import contract_of_derived, derive, merged_reasons
from charter.extract.attempts import days_that_stay, together
from charter.extract.corrections import Correction, Docket, Heard, digest
from charter.extract.days import Calendar, SaidOfDay, day_of_file, last_said, place_in, plan_days, standing_withheld
from charter.extract.faults import FeedFault
from charter.extract.freshness import another_days_content, without_silence
from charter.extract.lake import Landing, landing, raw_schema
from charter.extract.mapping import FeedContract, Refused, check, later_of, quarantine_table, row_json
from charter.extract.needs import dispensable
from charter.extract.personal import may_be_personal
from charter.extract.readers import GuardedFiles, GuardedReader, Window, open_reader
from charter.extract.readers.batch import wanted_columns
from charter.extract.readers.opening import connection_address, require_connection
from charter.extract.receipts import (
    READ_STATUSES,
    CorrectionReceipt,
    DayReceipt,
    DayStatus,
    Drift,
    FeedReceipt,
    FeedStatus,
    FileDigest,
    LeftOutRows,
    ProblemNote,
    SourceReceipt,
    WithheldBecause,
    WithheldDeletions,
    gravest,
    later_receipts,
    read_receipt,
    read_receipts,
)
from charter.extract.refusals import latest_versions
from charter.extract.shown import is_heading, shape
from charter.extract.versions import (
    CORRECTION_OF,
    EVERYWHERE,
    NOT_HEARD_OF,
    OF_ANOTHER_DAY,
    SUPERSEDED,
    Decided,
    Known,
    Vanishing,
    Withheld,
    decide,
    known_otherwise,
    place_of,
    told_alike,
)
from charter.moments import stamp
from charter.settings import Settings

log = logging.getLogger(__name__)

PSEUDONYM_KEY = "CHARTER_PSEUDONYM_KEY"
KEY_BYTES = 32
_DAYS_OF_MONTH = 31
_DAYS_SHOWN = 5
_OWN_FILE = "ask the source's keepers for the day's own file; it is brought in the next night"
_ANY_DAY = "if its files are not by that date, say so in its feed: of_any_day: true"
_BECAUSE: dict[WithheldBecause, str] = {
    "shrunk": "they are more than {share:.0%} at once",
    "rows_without_key": "rows without a readable key may be some of them",
    "no_row_of_day": "their day's file tells nothing of its day",
}


@dataclass(frozen=True)
class _Night:
    """One extraction, with what the receipts of other nights say."""

    settings: Settings
    agency: Agency
    source: Source
    as_of: datetime
    pseudonym_key: bytes | None
    accept_shrunk: bool
    before: list[SourceReceipt]
    after: list[SourceReceipt]
    docket: Docket
    attempted: SourceReceipt | None = None
    forced: bool = False

    def attempt(self, feed: Feed) -> FeedReceipt | None:
        """What an earlier attempt of this very night made of a feed, if there was one."""
        return self.attempted.feed(feed.table) if self.attempted is not None else None

    def attempted_rows(self, feed: Feed) -> pa.Table:
        """The rows that landed at an earlier attempt of this very night."""
        attempt = self.attempt(feed)
        paths = [self.settings.lake_dir / file.path for file in attempt.files] if attempt is not None else []
        tables = [pq.read_table(path, partitioning=None) for path in paths if path.exists()]
        return pa.concat_tables([raw_schema(self.agency.subjects[feed.table]).empty_table(), *tables])

    def history(self, feed: Feed) -> list[tuple[datetime, FeedReceipt]]:
        """The earlier receipts of a feed, in order."""
        return [(night.as_of, receipt) for night in self.before if (receipt := night.feed(feed.table))]

    def sealed_files(self, feed: Feed) -> list[Path]:
        """The landed files that an earlier receipt vouches for. What a crash left behind is not among them."""
        return [self.settings.lake_dir / file.path for night in self.before for file in night.landed_files(feed.table)]

    @property
    def inserted_before(self) -> datetime | None:
        """The next night, when it was extracted before this one was asked for."""
        return self.after[0].as_of if self.after else None

    def known_next(self, feed: Feed) -> list[Path]:
        """The landed files of a feed that the next night, extracted before this one, knew of."""
        first = self.inserted_before
        known = [*self.before, *self.after] if first else []
        nights = [night for night in known if first is not None and night.is_known(first)]
        return [self.settings.lake_dir / file.path for night in nights for file in night.landed_files(feed.table)]


@dataclass
class _Gathered:
    """What was read of a feed, or of one day of it, and held against the contract.

    ``lacking`` tells of columns that are gone, and that no standard needs: the rows landed without them. ``stale`` says
    why a day's file, although it was read, tells nothing of its day; ``is_misplaced`` when that is because it holds
    another day's content, of which ``repeated`` rows are known alike and stand in ``rows`` no more.
    """

    day: date | None = None
    rows: list[pa.Table] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: int = 0
    waiting_until: datetime | None = None
    left_out: list[LeftOutRows] = field(default_factory=list)
    merged: int = 0
    seen_keys: list[str] = field(default_factory=list)
    keyless: int = 0
    names: tuple[str, ...] = ()
    observed: dict[str, set[str]] = field(default_factory=dict)
    inputs: list[FileDigest] = field(default_factory=list)
    read: int = 0
    fault: FeedFault | None = None
    lacking: FeedFault | None = None
    stale: Problem | None = None
    is_misplaced: bool = False
    repeated: int = 0
    status: DayStatus = "landed"

    @property
    def the_day(self) -> date:
        """The day of a daily file."""
        if self.day is None:
            raise ValueError("a daily file belongs to a day")
        return self.day

    @property
    def rows_left_out(self) -> int:
        return sum(rows.rows for rows in self.left_out)

    @property
    def in_order(self) -> int:
        standing: int = sum(rows.num_rows for rows in self.rows)
        return standing + self.repeated

    @property
    def given(self) -> int:
        return self.in_order + len(self.refused) + self.waiting


@dataclass(frozen=True)
class _Outcome:
    """A feed's receipt (without the lake's files) and what goes into the lake."""

    receipt: FeedReceipt
    landed: pa.Table | None
    refused: list[Refused]
    heard: Heard | None = None
    places_that_stay: frozenset[str] = frozenset()


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
    no longer given really is gone, however much it is; where deletions were withheld, this night or before, its feeds
    are read again.
    A source that is down, late or changed is a receipt that says so; one bad feed does not stop the others.
    Raises SourceError when settings are unusable: no address, no key for pseudonyms, one table fed twice.
    """
    as_of = as_of.astimezone(UTC)
    _refuse_table_fed_twice(source)
    connection_address(settings, source)
    key = _pseudonym_key(settings, agency, source)
    with landing(settings, source.id, as_of) as lake:
        prior = read_receipt(settings, source.id, as_of)
        force = force or (accept_shrunk and prior is not None and any(feed.withheld for feed in prior.feeds))
        if prior is not None and prior.status == "landed" and not force:
            return prior
        after = later_receipts(settings, as_of, source.id)
        if force and after:
            raise _too_late_to_force(source, as_of, after[-1])
        if prior is not None and after:
            # The later nights know it as it is.
            return prior
        before = [receipt for receipt in read_receipts(settings, as_of, source.id) if receipt.as_of < as_of]
        docket = Docket.of(settings, source.id, before)
        night = _Night(settings, agency, source, as_of, key, accept_shrunk, before, after, docket, prior, force)
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

    ``read`` rows came from the source; ``arrived_sql`` may make fewer of them, and makes none of those in ``fruitless``
    (files, or the query's table).
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
    docket = Docket.of(settings, source.id, before)
    night = _Night(settings, agency, source, as_of, key, False, before, [], docket)
    with _opened(night) as reader:
        for feed in source.feeds:
            if table in (None, feed.table):
                yield _try_feed(night, feed, reader, files)


def _try_feed(night: _Night, feed: Feed, reader: GuardedReader | FeedFault, files: int) -> Tried:
    contract = FeedContract.of(night.agency, night.source, feed, night.pseudonym_key)
    try:
        if isinstance(reader, FeedFault):
            raise reader
        parts, problem = _try_parts(night, contract, reader, files)
    except FeedFault as fault:
        if not isinstance(reader, FeedFault) and (without := _without_missing(night.agency, feed, fault)):
            tried = _try_feed(night, without, reader, files)
            missing = Drift(missing=sorted(fault.missing_columns), new=tried.drift.new, retyped=tried.drift.retyped)
            return dataclasses.replace(tried, drift=missing, problem=tried.problem or fault.problem)
        failed = _failed(night, contract, fault)
        rows = _arrived(contract, [])
        return Tried(feed, failed.status, fault.problem, failed.drift, rows, [], 0, 0, 0, None, 0, ())
    read = [part for part in parts if part.fault is None]
    if feed.is_daily:
        _mark_undated(Calendar(night.agency, night.source, night.as_of), contract, parts)
        _refuse_misplaced(night, contract, read)
    seen = [key for part in read for key in part.seen_keys]
    decided = _decide(night, contract, read, Vanishing(seen))
    if feed.is_daily:
        _mark_copied(night, contract, parts, decided)
        problem = _as_one(found, _place_of(night, feed)) if (found := _faults_of_days(night, feed, parts)) else problem
    refused = [row for part in read for row in part.refused] + _overtaken(contract, decided)
    status = parts[-1].status
    return Tried(
        feed=feed,
        status="landed" if status == "none_expected" else status,
        problem=problem,
        drift=_drift_of_days(night, feed, parts) if feed.is_daily else _drift(night, feed, parts[0]),
        rows=_arrived(contract, read),
        refused=refused,
        new=sum(new for new, _ in decided.outcomes.values()),
        known=sum(known for _, known in decided.outcomes.values()) + sum(part.repeated for part in read),
        waiting=sum(part.waiting for part in read),
        files=len(read) if feed.is_daily else None,
        read=sum(part.read for part in read),
        fruitless=tuple(_place_of_part(feed, part) for part in read if part.read and not part.given),
    )


def _place_of_part(feed: Feed, part: _Gathered) -> str:
    return ", ".join(file.path for file in part.inputs) or feed.path or feed.table


def _try_parts(
    night: _Night, contract: FeedContract, reader: GuardedReader, files: int
) -> tuple[list[_Gathered], Problem | None]:
    """The feed as one part, or the last daily files as one each, and what is wrong with some of these."""
    feed = contract.feed
    if not feed.is_daily:
        return [_gather(night, contract, reader, Window(night.as_of))], None
    if not isinstance(reader, GuardedFiles):
        raise TypeError("daily files are read from a storage of files")
    calendar = Calendar(night.agency, night.source, night.as_of)
    there = sorted(day for day in reader.files_by_day(feed) if day <= calendar.last)[-files:]
    parts = [_gather_day(night, contract, reader, day) for day in there]
    if not there:
        raise FeedFault("missing", _missing_days(night, feed, [_Gathered(day=calendar.last, status="missing")])[0])
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
        docket = Docket.of(settings, source.id, before)
        night = _Night(settings, agency, source, as_of, None, False, before, [], docket)
        feeds = [feed for feed in prior.feeds if feed.table in {wanted.table for wanted in source.feeds}]
        outcomes = [_Outcome(feed, None, [], _heard_before(night, feed, prior)) for feed in feeds]
        settled, refused = _land_corrections(lake, night, outcomes, prior, up_to=as_of)
        quarantined = quarantine_table(source.id, as_of, refused)
        kept = _kept_quarantine(night, feeds, prior, quarantined.schema, {})
        # Corrections that were refused before are judged anew.
        of_source = kept.filter(pc.invert(pc.match_substring_regex(kept["origin"], f"^{CORRECTION_OF}")))
        quarantined = pa.concat_tables([of_source, quarantined])
        receipt = prior.model_copy(update={"corrections": settled, "quarantine": lake.put_quarantine(quarantined)})
        lake.put_receipt(receipt)
        return receipt


def _heard_before(night: _Night, feed: FeedReceipt, prior: SourceReceipt) -> Heard:
    """What a feed gave in a night that was extracted before, as far as the lake tells: what was new or changed."""
    subject = night.agency.subjects[feed.table]
    paths = [night.settings.lake_dir / file.path for file in feed.files]
    columns = ["_row_key", "_deleted", "_origin"]
    tables = [pq.read_table(path, partitioning=None, columns=columns) for path in paths]
    rows = [row for table in tables for row in table.to_pylist() if not row["_deleted"]]
    landed = {row["_row_key"]: place_of(row["_origin"]) for row in rows}
    overtaken = {name for part in prior.corrections for name in part.superseded}
    keys = {each.key(subject) for each in night.docket.of_table(feed.table) if each.id in overtaken}
    return Heard(frozenset(landed.keys() | keys), frozenset(), places=landed)


def _land_corrections(
    lake: Landing, night: _Night, outcomes: list[_Outcome], prior: SourceReceipt | None, up_to: datetime | None = None
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
            for each in night.docket.of_table(table)
            if night.docket.before[each.id] == "waiting"
            and (
                each.id in again
                or (not night.after and (each.after < night.as_of or (up_to is not None and each.after <= up_to)))
            )
        ]
        found, refused[table] = _settle(lake, night, feed, due, outcome.heard)
        settled += [found] if found else []
    return settled, refused


def _settle(
    lake: Landing, night: _Night, feed: Feed, due: list[Correction], heard: Heard | None
) -> tuple[CorrectionReceipt | None, list[Refused]]:
    if not night.docket.of_table(feed.table):
        lake.put_corrected(feed.table, raw_schema(night.agency.subjects[feed.table]).empty_table())
        return None, []
    origins = {key: origin for key, (_, origin) in latest_versions(night.settings, night.before, feed.table).items()}
    settled = night.docket.settle(night.agency, feed, due, heard, origins)
    known = Known(night.sealed_files(feed), night.agency.subjects[feed.table])
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


def _extract_feeds(night: _Night, kept: set[str]) -> list[_Outcome]:
    wanted = [feed for feed in night.source.feeds if feed.table not in kept]
    with _opened(night) as reader:
        return [_extract_feed(night, feed, reader) for feed in wanted]


def _seal(
    lake: Landing, night: _Night, kept: list[FeedReceipt], outcomes: list[_Outcome], prior: SourceReceipt | None
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
    night: _Night,
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


def _gave_nothing(night: _Night, outcome: _Outcome) -> bool:
    """Whether a feed could not be read, of which an earlier attempt of this night has landed something."""
    before = night.attempted.feed(outcome.receipt.table) if night.attempted is not None else None
    had_something = before is not None and (before.files or before.status in READ_STATUSES or _read_days(before))
    return bool(had_something) and outcome.receipt.status not in READ_STATUSES and not _read_days(outcome.receipt)


def _as_before(night: _Night, outcome: _Outcome) -> FeedReceipt:
    """The receipt of the earlier attempt, which stands, with what was wrong this time."""
    before = night.attempted.feed(outcome.receipt.table) if night.attempted is not None else None
    if before is None:
        raise ValueError("there was no earlier attempt")
    return before.model_copy(update={"problem": outcome.receipt.problem or before.problem})


def _read_days(receipt: FeedReceipt) -> list[DayReceipt]:
    return [day for day in receipt.days if day.status in READ_STATUSES]


def _extract_feed(night: _Night, feed: Feed, reader: GuardedReader | FeedFault) -> _Outcome:
    contract = FeedContract.of(night.agency, night.source, feed, night.pseudonym_key)
    try:
        if isinstance(reader, FeedFault):
            raise reader
        _refuse_unanswerable(night, feed)
        if feed.is_daily:
            return _extract_days(night, contract, reader)
        return _extract_whole(night, contract, reader)
    except FeedFault as fault:
        without = _without_missing(night.agency, feed, fault)
        if without is None or isinstance(reader, FeedFault):
            return _Outcome(_failed(night, contract, fault), None, [])
        outcome = _extract_feed(night, without, reader)
        return dataclasses.replace(outcome, receipt=_with_missing(outcome.receipt, fault))


def _without_missing(agency: Agency, feed: Feed, fault: FeedFault) -> Feed | None:
    """The feed without the columns that are gone, when no standard needs any of them; else None."""
    gone = {name for name, mapped in feed.mapped().items() if mapped.source in fault.missing_columns}
    if feed.arrived_sql or fault.status != "drifted" or not gone or not gone <= dispensable(agency, feed):
        return None
    # The receipt has this mapping's digest: when the column is back, everything is asked for again.
    return feed.model_copy(update={"columns": {n: mapped for n, mapped in feed.columns.items() if n not in gone}})


def _landed_without(fault: FeedFault) -> Problem:
    problem = fault.problem
    return Problem(f"{problem.what}: landed without it, as no standard needs it", problem.where, problem.remedy)


def _with_missing(receipt: FeedReceipt, fault: FeedFault) -> FeedReceipt:
    """The receipt of a feed that was read without the columns that ``fault`` tells of."""
    missing = sorted({*receipt.drift.missing, *fault.missing_columns})
    problem = receipt.problem or ProblemNote.of(_landed_without(fault))
    return receipt.model_copy(
        update={"drift": receipt.drift.model_copy(update={"missing": missing}), "problem": problem}
    )


def _failed(night: _Night, contract: FeedContract, fault: FeedFault) -> FeedReceipt:
    last = _last_landed(night, contract.feed)
    known = set(last.source_columns) if last else set()
    new = sorted(set(fault.source_columns) - known - _mapped(contract.feed)) if last else []
    return FeedReceipt(
        table=contract.feed.table,
        status=fault.status,
        drift=Drift(missing=list(fault.missing_columns), new=new),
        problem=ProblemNote.of(fault.problem),
        contract=contract.digest,
    )


def _extract_whole(night: _Night, contract: FeedContract, reader: GuardedReader) -> _Outcome:
    feed = contract.feed
    since = _since(night, contract)
    gathered = _gather(night, contract, reader, Window(night.as_of, since))
    _leave_to_later_nights(night, contract, [gathered])
    # A snapshot read for a past night can't tell what vanished after it.
    tells_all = feed.full and not night.after
    last = _last_landed(night, feed)
    before = last.keyless if last and not night.docket.has_keyless(contract.subject, feed.table) else 0
    doubts = _doubts(night, {EVERYWHERE: gathered}, {EVERYWHERE: before})
    vanishing = Vanishing(gathered.seen_keys, tells_all, at_most=_at_most(night, feed), in_doubt=doubts)
    decided = _decide(night, contract, [gathered], vanishing)
    withheld = [_withheld(found) for found in decided.withheld.values()]
    problems = _not_deleted(night, feed, withheld)
    if feed.full and gathered.given == 0 and decided.known_before and not night.accept_shrunk:
        raise _suddenly_empty(night, feed, decided.known_before)
    superseded = _overtaken(contract, decided)
    refused = [*gathered.refused, *superseded]
    landed, unchanged = decided.outcomes.get(None, (0, 0))
    rows = together(decided.landed, night.attempted_rows(feed), _keys_given(contract, [gathered], decided))
    receipt = FeedReceipt(
        table=feed.table,
        status="landed",
        arrived=landed + unchanged + len(refused),
        landed=landed,
        unchanged=unchanged,
        quarantined=len(refused),
        waiting=gathered.waiting,
        waiting_until=gathered.waiting_until,
        left_out=gathered.rows_left_out,
        merged=gathered.merged,
        left_out_rows=gathered.left_out,
        deleted=sum(decided.deleted.values()) + rows.more_deleted,
        kept=rows.kept_of(frozenset()),
        deletions_withheld=bool(withheld),
        withheld=withheld,
        shrinking_accepted=night.accept_shrunk and tells_all,
        keyless=_keyless(gathered, withheld, before),
        problem=ProblemNote.of(problems[0]) if problems else None,
        since=since,
        drift=_drift(night, feed, gathered),
        read=gathered.read,
        inputs=gathered.inputs,
        contract=contract.digest,
        source_columns=sorted(gathered.names),
        observed={name: sorted(kinds) for name, kinds in gathered.observed.items()},
    )
    _check_nothing_lost(gathered, landed + unchanged + len(superseded))
    return _Outcome(
        receipt,
        rows.rows,
        refused,
        _heard(night, contract, [gathered], decided, tells_all and not doubts and not withheld),
    )


def _extract_days(night: _Night, contract: FeedContract, reader: GuardedReader) -> _Outcome:
    if not isinstance(reader, GuardedFiles):
        raise TypeError("daily files are read from a storage of files")
    feed = contract.feed
    calendar = Calendar(night.agency, night.source, night.as_of)
    history = [receipt for _, receipt in night.history(feed)]
    not_deleted = standing_withheld(history)
    attempt = night.attempt(feed)
    earlier = [attempt] if attempt is not None else []
    again = set(not_deleted) if night.accept_shrunk else set()
    again |= {day.day for receipt in earlier for day in _read_days(receipt)} if night.forced else set()
    is_same = partial(reader.is_same, feed)
    plans = plan_days(calendar, reader.files_by_day(feed), [*history, *earlier], contract.digest, is_same, again)
    days = [
        _gather_day(night, contract, reader, day) if plan == "read" else _Gathered(day=day, status=plan)
        for day, plan in plans.items()
    ]
    read = [day for day in days if day.status == "landed"]
    said = last_said(history)
    corrected = {
        place_in(feed, day.inputs[0].path): day for day in read if day.the_day in said and said[day.the_day].read
    }
    keyless = {path: before.keyless for path, day in corrected.items() if (before := said[day.the_day].read)}
    _leave_to_later_nights(night, contract, read)
    stay = [day for receipt in earlier for day in _read_days(receipt) if day.day not in {part.day for part in read}]
    places = frozenset(place_in(feed, day.file.path) for day in stay if day.file is not None)
    before = night.attempted_rows(feed)
    standing_rows = before.filter(pa.array([place_of(o) in places for o in before["_origin"].to_pylist()], pa.bool_()))
    _mark_undated(calendar, contract, read)
    _refuse_misplaced(night, contract, read, standing_rows)
    seen = [key for day in read for key in day.seen_keys]
    vanishing = Vanishing(seen, places=list(corrected), at_most=_at_most(night, feed))
    vanishing = dataclasses.replace(vanishing, in_doubt=_doubts(night, corrected, keyless))
    decided = _decide(night, contract, read, vanishing, standing_rows)
    rows = together(decided.landed, before, _keys_given(contract, read, decided))
    _mark_copied(night, contract, read, decided)
    superseded = _overtaken(contract, decided)
    withheld = {path: _withheld(found, corrected[path].day) for path, found in decided.withheld.items()}
    not_deleted = {day: found for day, found in not_deleted.items() if day not in {part.day for part in read}}
    made = [_day_receipt(feed, day, decided, superseded, withheld, keyless) for day in days]
    for gathered, of_day in zip(days, made, strict=True):
        _check_nothing_lost(gathered, of_day.arrived - len(gathered.refused))
    of_attempt = days_that_stay(made, attempt)
    receipts = sorted(
        [*of_attempt, *(day for day in made if day.day not in {each.day for each in of_attempt})],
        key=lambda day: day.day,
    )
    withheld_before = [found for receipt in earlier for found in receipt.withheld if found.day in {d.day for d in stay}]
    newest = read[-1] if read else None
    last = _last_landed(night, feed)
    standing = [*not_deleted.values(), *withheld.values()]
    said = last_said([*history, *earlier])
    new = [day for day in days if day.day not in {each.day for each in of_attempt}]
    status, problem = _state_of_days(night, feed, new, said, _not_deleted(night, feed, [*withheld_before, *standing]))
    receipt = FeedReceipt(
        table=feed.table,
        status=status,
        arrived=sum(day.arrived for day in receipts),
        landed=sum(day.landed for day in receipts),
        unchanged=sum(day.unchanged for day in receipts),
        quarantined=sum(day.quarantined for day in receipts),
        waiting=sum(day.waiting for day in receipts),
        waiting_until=max((day.waiting_until for day in read if day.waiting_until), default=None),
        left_out=sum(day.left_out or 0 for day in receipts),
        merged=sum(day.merged for day in receipts),
        left_out_rows=merged_reasons(
            [
                *(left for receipt in earlier if stay for left in receipt.left_out_rows),
                *(left for day in days for left in day.left_out),
            ]
        ),
        deleted=sum(decided.deleted.values()) + rows.more_deleted,
        kept=rows.kept_of(places),
        deletions_withheld=bool(withheld or withheld_before),
        withheld=[*withheld_before, *withheld.values()],
        shrinking_accepted=night.accept_shrunk and bool(corrected),
        days=receipts,
        drift=_drift_of_days(night, feed, days),
        problem=ProblemNote.of(problem) if problem else None,
        read=sum(day.read for day in receipts),
        inputs=[*(day.file for day in stay if day.file), *(file for day in read for file in day.inputs)],
        contract=contract.digest,
        source_columns=sorted(newest.names) if newest else last.source_columns if last else [],
        observed=_sorted(newest.observed) if newest else last.observed if last else {},
    )
    refused = [row for day in days for row in day.refused] + superseded
    return _Outcome(receipt, rows.rows, refused, _heard(night, contract, read, decided), places)


def _keys_given(contract: FeedContract, parts: list[_Gathered], decided: Decided) -> set[str]:
    """The keys of the rows in order, without those that were refused for their key."""
    misplaced = pa.array(decided.of_another_day["_origin"].to_pylist(), pa.string())
    rows = [rows.filter(pc.invert(pc.is_in(rows["_origin"], misplaced))) for part in parts for rows in part.rows]
    return {str(name) for table in rows for name in table[contract.subject.key].to_pylist()}


def _kept_names(source: Source, contract: FeedContract, names: Iterable[str]) -> Iterable[str]:
    """The source's columns as a receipt may keep them: one that may be no name of a column, but somebody's, is told by
    its shape. The names of a database and of a Parquet file are a schema."""
    if source.kind in ("sql", "parquet"):
        return names
    wanted = wanted_columns(contract.feed)
    in_a_table = source.kind not in ("http", "limesurvey")
    return [
        name
        if name in wanted or is_heading(name, wanted) or (in_a_table and not may_be_personal(name))
        else shape(name)
        for name in names
    ]


def _gather_day(night: _Night, contract: FeedContract, reader: GuardedReader, day: date) -> _Gathered:
    try:
        return _gather(night, contract, reader, Window(night.as_of, day=day))
    except FeedFault as fault:
        if without := _without_missing(night.agency, contract.feed, fault):
            gathered = _gather_day(night, dataclasses.replace(contract, feed=without), reader, day)
            gathered.lacking = fault
            return gathered
        status: DayStatus = "failed"
        if fault.status == "missing" or fault.status == "drifted":
            status = fault.status
        return _Gathered(day=day, status=status, fault=fault)


def _gather(night: _Night, contract: FeedContract, reader: GuardedReader, window: Window) -> _Gathered:
    gathered = _Gathered(day=window.day)
    batches = reader.read(contract.feed, window)
    if contract.feed.arrived_sql:
        where = f"source '{night.source.id}', feed '{contract.feed.table}'"
        derived = derive(contract, batches, window.as_of, window.day, where)
        gathered.refused = list(derived.refused)
        gathered.keyless = len(derived.refused)
        gathered.waiting = derived.waiting
        gathered.waiting_until = derived.waiting_until
        gathered.left_out = derived.left_out
        gathered.merged = derived.merged
        gathered.inputs = derived.inputs
        gathered.read = derived.read
        contract, batches = contract_of_derived(contract), iter([derived.batch])
    for batch in batches:
        checked = check(contract, batch, window.as_of, window.day)
        gathered.rows.append(checked.rows)
        gathered.refused += checked.refused
        gathered.waiting += checked.waiting
        gathered.waiting_until = later_of(gathered.waiting_until, checked.waiting_until)
        gathered.seen_keys += checked.seen_keys
        gathered.keyless += checked.keyless
        gathered.names = tuple(dict.fromkeys([*gathered.names, *_kept_names(night.source, contract, batch.names)]))
        if not contract.feed.arrived_sql:
            gathered.read += len(batch) + len(batch.broken)
        if batch.input is not None and batch.input not in gathered.inputs:
            gathered.inputs.append(batch.input)
        for name, kinds in batch.observed.items():
            gathered.observed.setdefault(name, set()).update(kinds)
    return gathered


def _leave_to_later_nights(night: _Night, contract: FeedContract, parts: list[_Gathered]) -> None:
    """Takes out, as waiting, what the next night knew otherwise: a row that was changed since tells nothing of a night
    before that."""
    if not night.after:
        return
    known = Known(night.known_next(contract.feed), contract.subject)
    for part in parts:
        rows = _arrived(contract, [part])
        is_other = known_otherwise(rows, known)
        later = rows.filter(is_other)
        part.rows = [rows.filter(pc.invert(is_other))]
        part.waiting += later.num_rows
        part.seen_keys += later[contract.subject.key].cast(pa.string()).to_pylist()


def _arrived(contract: FeedContract, parts: list[_Gathered]) -> pa.Table:
    """The rows in order, in reading order, with the columns of mapping.Checked.rows."""
    lineage = [
        *(("_origin", pa.string()), ("_recorded_at", pa.timestamp("us"))),
        *(("_day", pa.date32()), ("_withdrawn", pa.bool_())),
    ]
    columns = [raw_schema(contract.subject).field(name) for name in contract.subject.columns]
    schema = pa.schema([*columns, *(pa.field(name, kind) for name, kind in lineage)])
    return pa.concat_tables([schema.empty_table(), *(rows.cast(schema) for part in parts for rows in part.rows)])


def _decide(
    night: _Night,
    contract: FeedContract,
    parts: list[_Gathered],
    vanishing: Vanishing,
    attempted: pa.Table | None = None,
) -> Decided:
    """Decides what lands; ``attempted`` rows landed at an earlier attempt of this night, and are known."""
    subject = contract.subject
    arrived = _arrived(contract, parts)
    known = Known(night.sealed_files(contract.feed), subject, _day_of_file(night, contract.feed, parts))
    known = dataclasses.replace(
        known, days_correct=contract.feed.days_correct_each_other, attempted=attempted if attempted else None
    )
    if heard := _heard(night, contract, parts, None):
        standing = night.docket.standing(subject, contract.feed.table, heard)
        vanishing = dataclasses.replace(vanishing, seen=[*vanishing.seen, *standing])
    try:
        return decide(arrived, known, vanishing, night.source.id, night.as_of)
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise SourceError(
            f"what landed on earlier nights can't be read: {str(error).splitlines()[0]}",
            where=f"source '{night.source.id}', lake/raw/{contract.feed.table}",
            remedy="restore the file from a copy; charter verify names every file that was altered",
        ) from error


def _heard(
    night: _Night, contract: FeedContract, parts: list[_Gathered], decided: Decided | None, everything: bool = False
) -> Heard | None:
    """The keys that a feed gave; None when no correction asks for them. Before it is ``decided``, those in order are
    taken at their word."""
    if not night.docket.of_table(contract.feed.table):
        return None
    key = contract.subject.key
    misplaced = set(decided.of_another_day["_origin"].to_pylist()) if decided else set()
    rows = [rows.select([key, "_origin"]) for part in parts for rows in part.rows]
    given = [
        (str(name), origin)
        for table in rows
        for name, origin in zip(*(column.to_pylist() for column in table.columns), strict=True)
    ]
    places = {name: place_of(origin) for name, origin in given if origin not in misplaced}
    refused = frozenset(name for part in parts for name in part.seen_keys)
    refused |= {name for name, origin in given if origin in misplaced}
    return Heard(frozenset(places), refused, everything, places if contract.feed.keys_belong_to_days else {})


def _day_of_file(night: _Night, feed: Feed, parts: list[_Gathered]) -> dict[str, date]:
    """The day of every file that a daily feed has given, tonight's too, by its path."""
    attempt = night.attempt(feed)
    receipts = [*(receipt for _, receipt in night.history(feed)), *([attempt] if attempt is not None else [])]
    tonight = {file.path: part.day for part in parts for file in part.inputs if part.day is not None}
    return {place_in(feed, path): day for path, day in {**day_of_file(receipts), **tonight}.items()}


def _overtaken(contract: FeedContract, decided: Decided) -> list[Refused]:
    """The rows in order whose key another row has: a newer one of the same extraction, or one of another day."""
    key = contract.subject.key
    newer = f"{SUPERSEDED}: another row with this {key} was recorded later, or stands further down"
    refused = []
    for row in decided.superseded.to_pylist():
        origin, day = row.pop("_origin"), row.pop("_day")
        refused.append(Refused(origin, key, newer, row_json(row), day))
    for row in decided.of_another_day.to_pylist():
        origin, day, held_by = row.pop("_origin"), row.pop("_day"), row.pop("_held_by")
        other = f"{OF_ANOTHER_DAY}: a row with this {key} and other content stands in another day's file, {held_by}"
        refused.append(Refused(origin, key, other, row_json(row), day))
    return refused


def _mark_undated(calendar: Calendar, contract: FeedContract, days: list[_Gathered]) -> None:
    """Marks the days whose file was read and tells nothing of them."""
    for part in days:
        if part.status != "landed":
            continue
        if part.in_order or part.refused:
            if why := another_days_content(contract, part.the_day, part.rows, part.refused):
                part.is_misplaced = True
                _mark_stale(calendar.source, part, why, f"{_OWN_FILE}; {_ANY_DAY}")
        elif not part.waiting and not calendar.may_be_quiet(part.the_day):
            _mark_stale(calendar.source, part, f"the file has no rows, and {part.the_day} is a working day", _OWN_FILE)


def _refuse_misplaced(
    night: _Night, contract: FeedContract, days: list[_Gathered], attempted: pa.Table | None = None
) -> None:
    """Takes out of files with another day's content the rows that are not of their day: known ones say nothing new,
    and others are refused, lest they make another day better than its own file does."""
    misplaced = [part for part in days if part.is_misplaced]
    if not misplaced or contract.dating is None:
        return
    column, strange = contract.dating.column, []
    for part in misplaced:
        rows = _arrived(contract, [part])
        is_own = contract.dating.is_of(rows[column], part.the_day)
        strange.append(rows.filter(pc.invert(is_own)))
        part.rows = [rows.filter(is_own)]
    known = Known(night.sealed_files(contract.feed), contract.subject, attempted=attempted)
    others = _arrived(contract, days)
    for part, rows in zip(misplaced, strange, strict=True):
        is_alike = told_alike(rows, others, known)
        part.repeated = is_alike.to_pylist().count(True)
        part.refused += _misplaced(contract, part.the_day, rows.filter(pc.invert(is_alike)))
        part.seen_keys += rows[contract.subject.key].cast(pa.string()).to_pylist()


def _misplaced(contract: FeedContract, day: date, rows: pa.Table) -> Iterator[Refused]:
    if contract.dating is None:
        return
    dates = contract.dating.days(rows[contract.dating.column]).to_pylist()
    contents = rows.select(list(contract.subject.columns)).to_pylist()
    for origin, found, content in zip(rows["_origin"].to_pylist(), dates, contents, strict=True):
        dated = f"dated {found}" if found else "without a date"
        reason = f"{NOT_HEARD_OF}: {dated}, in the file of {day}, which has another day's content"
        # Every cell of it could be read, and is believed where the row is counted as unknown.
        yield Refused(origin, "", reason, row_json(content), day)


def _mark_copied(night: _Night, contract: FeedContract, days: list[_Gathered], decided: Decided) -> None:
    """Marks the days whose rows no column dates, and are all known from other days' files."""
    if contract.dating is not None:
        return
    for part in days:
        if part.status == "landed" and part.in_order and decided.elsewhere.get(part.day, 0) == part.in_order:
            _mark_stale(night.source, part, "all of its rows are known from other days' files", _OWN_FILE)


def _mark_stale(source: Source, part: _Gathered, why: str, remedy: str) -> None:
    part.stale = Problem(why, f"source '{source.id}', {part.inputs[0].path}", remedy)
    part.status = "stale"


def _at_most(night: _Night, feed: Feed) -> float:
    """The share of the known keys that may vanish at once."""
    return 1.0 if night.accept_shrunk else feed.may_shrink_by


def _doubts(night: _Night, parts: dict[str, _Gathered], keyless: dict[str, int]) -> dict[str, WithheldBecause]:
    """Why nothing can be said of the keys that are not in a part; ``keyless`` rows were there before, without a key."""
    if night.accept_shrunk:
        return {}
    doubts: dict[str, WithheldBecause] = {}
    for place, part in parts.items():
        if part.keyless > keyless[place]:
            doubts[place] = "rows_without_key"
        elif part.day is not None and (part.stale or not part.given):
            doubts[place] = "no_row_of_day"
    return doubts


def _withheld(found: Withheld, day: date | None = None) -> WithheldDeletions:
    return WithheldDeletions(day=day, missed=found.missed, known=found.known, because=found.because)


def _keyless(part: _Gathered, withheld: Iterable[WithheldDeletions], before: int) -> int:
    """How many rows without a key are there while no key is missing that may be theirs."""
    return before if any(found.because == "rows_without_key" for found in withheld) else part.keyless


def _not_deleted(night: _Night, feed: Feed, withheld: Sequence[WithheldDeletions]) -> list[Problem]:
    """What is no longer given and was not deleted, with the reason."""
    return [
        Problem(
            f"{found.missed} of {found.known} known rows are no longer given, and were not deleted: "
            + _BECAUSE[found.because].format(share=feed.may_shrink_by),
            f"source '{night.source.id}', feed '{feed.table}'" + (f", {found.day}" if found.day else ""),
            f"restore them at the source; if they really are gone: charter extract {night.source.id} --accept-shrunk",
        )
        for found in withheld
    ]


def _day_receipt(
    feed: Feed,
    day: _Gathered,
    decided: Decided,
    superseded: list[Refused],
    withheld: dict[str, WithheldDeletions],
    keyless: dict[str, int],
) -> DayReceipt:
    path = place_in(feed, day.inputs[0].path) if day.inputs else ""
    landed, unchanged = decided.outcomes.get(day.day, (0, 0)) if day.status in READ_STATUSES else (0, 0)
    unchanged += day.repeated
    quarantined = len(day.refused) + sum(row.day == day.day for row in superseded)
    return DayReceipt(
        day=day.the_day,
        status=day.status,
        arrived=landed + unchanged + quarantined,
        landed=landed,
        unchanged=unchanged,
        quarantined=quarantined,
        waiting=day.waiting,
        left_out=day.rows_left_out,
        merged=day.merged,
        read=day.read,
        deleted=decided.deleted.get(path, 0),
        keyless=_keyless(day, [withheld[path]] if path in withheld else [], keyless.get(path, 0)),
        file=day.inputs[0] if day.inputs else None,
    )


def _state_of_days(
    night: _Night, feed: Feed, days: list[_Gathered], said: dict[date, SaidOfDay], not_deleted: list[Problem]
) -> tuple[FeedStatus, Problem | None]:
    """The state of the latest expected day, and what is wrong with the days that did not land."""
    statuses: dict[date, DayStatus] = {day: found.status for day, found in said.items()}
    statuses |= {day.day: day.status for day in days if day.day}
    latest = max((day for day, status in statuses.items() if status != "none_expected"), default=None)
    found = statuses[latest] if latest else "landed"
    status: FeedStatus = "landed" if found == "none_expected" else found
    problems = [*_faults_of_days(night, feed, days), *_missing_days(night, feed, days), *not_deleted]
    return status, _as_one(problems, _place_of(night, feed)) if problems else None


def _place_of(night: _Night, feed: Feed) -> str:
    return f"source '{night.source.id}', {feed.path}"


def _faults_of_days(night: _Night, feed: Feed, days: list[_Gathered]) -> list[Problem]:
    problems = [day.fault.problem for day in days if day.fault]
    problems += [_landed_without(day.lacking) for day in days if day.lacking]
    problems += [day.stale for day in days if day.stale]
    if len(problems) <= _DAYS_SHOWN:
        return problems
    what = f"{len(problems) - _DAYS_SHOWN} earlier files are not as they should be either"
    return [Problem(what, _place_of(night, feed), problems[0].remedy), *problems[-_DAYS_SHOWN:]]


def _missing_days(night: _Night, feed: Feed, days: list[_Gathered]) -> list[Problem]:
    missing = [day.day for day in days if day.status == "missing" and day.day]
    if not missing:
        return []
    shown = ", ".join(str(day) for day in missing[-_DAYS_SHOWN:])
    what = f"{len(missing)} expected file{'s are' if len(missing) > 1 else ' is'} missing, the last for: {shown}"
    remedy = "ask the source's keepers for them; what comes late is brought in the next night"
    return [Problem(what, _place_of(night, feed), remedy)]


def _as_one(problems: list[Problem], where: str) -> Problem:
    """One problem that tells all of them, each with the file it is about."""
    if len(problems) == 1:
        return problems[0]
    files = [problem.where.rpartition(", ")[2] for problem in problems]
    what = "; ".join(f"{file}: {problem.what}" for file, problem in zip(files, problems, strict=True))
    return Problem(what, where, "; ".join(dict.fromkeys(problem.remedy for problem in problems)))


def _drift_of_days(night: _Night, feed: Feed, days: list[_Gathered]) -> Drift:
    faults = [fault for day in days for fault in (day.fault, day.lacking) if fault]
    drifts = [_drift(night, feed, day) for day in days if day.names]
    return Drift(
        missing=sorted({name for fault in faults for name in fault.missing_columns}),
        new=sorted({name for drift in drifts for name in drift.new}),
        retyped=sorted({name for drift in drifts for name in drift.retyped}),
    )


def _drift(night: _Night, feed: Feed, gathered: _Gathered) -> Drift:
    """Against the last landing; a first one has nothing to differ from."""
    last = _last_landed(night, feed)
    if last is None:
        return Drift()
    new = set(gathered.names) - set(last.source_columns) - _mapped(feed)
    then = {name: set(kinds) for name, kinds in last.observed.items() if kinds}
    retyped = [name for name, now in gathered.observed.items() if now and name in then and not (now & then[name])]
    return Drift(new=sorted(new), retyped=sorted(retyped))


def _last_landed(night: _Night, feed: Feed) -> FeedReceipt | None:
    return next((receipt for _, receipt in reversed(night.history(feed)) if receipt.source_columns), None)


def _mapped(feed: Feed) -> set[str]:
    try:
        return set(wanted_columns(feed))
    except FeedFault:
        # Its own SQL can't be read: the receipt says so already.
        return set()


def _sorted(observed: dict[str, set[str]]) -> dict[str, list[str]]:
    return {name: sorted(kinds) for name, kinds in observed.items()}


def _since(night: _Night, contract: FeedContract) -> datetime | None:
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
def _opened(night: _Night) -> Iterator[GuardedReader | FeedFault]:
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


def _check_nothing_lost(gathered: _Gathered, accounted: int) -> None:
    if gathered.in_order != accounted:
        raise AssertionError(f"{gathered.in_order} rows are in order and {accounted} accounted for")


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


def _refuse_unanswerable(night: _Night, feed: Feed) -> None:
    """A source without instants of recording can't say what it held on a night that is asked for after a later one:
    what it holds now, it may have learned since."""
    if feed.recorded_at is None and night.after:
        problem = Problem(
            "a later night was extracted already, and the source does not say when its rows were recorded",
            f"source '{night.source.id}', feed '{feed.table}', {stamp(night.as_of)}",
            "nothing is lost: the later night brought what there was; map recorded_at if past nights must be read",
        )
        raise FeedFault("not_known", problem)


def _suddenly_empty(night: _Night, feed: Feed, known: int) -> FeedFault:
    problem = Problem(
        f"the snapshot has no rows, but {known} were known: that would delete them all",
        f"source '{night.source.id}', feed '{feed.table}'",
        f"restore the source; if they really are all gone: charter extract {night.source.id} --accept-shrunk",
    )
    return FeedFault("failed", problem)
