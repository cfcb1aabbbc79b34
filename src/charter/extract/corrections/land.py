"""Refused rows that a data steward put right: written down beside the source, landed as rows of the next night.

A correction never touches the source, what has landed, or a past night. It is a file of its own under
``var/corrections/<source>/``, is never changed, and names the refused row that it stands for. Of several corrections
of one row the last counts.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import pyarrow as pa
from pydantic import ValidationError

from charter.base.errors import Problem, SourceError
from charter.base.files import write_whole
from charter.base.moments import naive_utc
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.definitions.feed import place_in
from charter.definitions.models import Agency, Feed, Source, Subject, SubjectColumn
from charter.extract.contract.mapping import Refused, row_json
from charter.extract.corrections.refusals import (
    Cell,
    Refusal,
    another_has_its_key,
    is_misplaced,
    key_text,
    latest_versions,
    refusals,
    stands_for,
)
from charter.extract.corrections.rows import CorrectionError, Proposal, typed_row
from charter.lake.files import raw_schema
from charter.lake.receipts import FeedReceipt, FileDigest, Instant, Record, SourceReceipt, read_receipts
from charter.lake.versions import place_of

State = Literal["waiting", "landed", "superseded", "replaced"]


class Correction(Record):
    """One refused row put right, by whom, when and why.

    ``row`` has the subject table's columns: instants as ISO texts in UTC, dates as ISO texts. ``refused_row`` is what
    could be read of the row that it stands for; ``stands_for`` is that row's key, or its refusal when it has none of
    its own. It lands with the first night that is extracted ``after`` the last one that had been extracted when it was
    made.
    """

    id: str
    source_id: str
    table: str
    refusal: str
    stands_for: str
    origin: str
    refused_because: str
    refused_row: dict[str, Cell]
    row: dict[str, Cell]
    by: str
    reason: str
    made_at: Instant
    after: Instant

    def key(self, subject: Subject) -> str:
        return key_text(self.row[subject.key]) or ""

    def original_key(self, subject: Subject) -> str | None:
        return key_text(self.refused_row.get(subject.key))


@dataclass(frozen=True)
class GivenKeys:
    """What a feed gave in one night: the keys of rows in order, and those of rows that were refused or wait.

    ``everything``: a key that is in neither is gone at the source. ``places`` say where the rows in order stood, where
    keys belong to days.
    """

    in_order: frozenset[str]
    refused: frozenset[str]
    everything: bool = False
    places: Mapping[str, str] = field(default_factory=dict)

    def has_overtaken(self, correction: Correction, subject: Subject) -> bool:
        """Whether the source itself has given the corrected row since, or no longer has the refused one."""
        key = correction.key(subject)
        own_place = place_of(correction.origin)
        if key in self.in_order and self.places.get(key, own_place) == own_place:
            return True
        return self.everything and correction.original_key(subject) not in self.in_order | self.refused


@dataclass(frozen=True)
class DecidedCorrections:
    """What a night does with a table's corrections: those that land as rows, those that were overtaken, those that no
    longer fit their contract, and keys of earlier corrections of the same rows, which are to be deleted."""

    applied: list[Correction]
    rows: pa.Table
    superseded: list[str]
    refused: list[Refused]
    gone: list[str]


# ── what was refused ────────────────────────────────────────────────────────────────────────────


def open_refusals(settings: Settings, agency: Agency, source: Source, known_at: datetime) -> list[Refusal]:
    """The refused rows of a source that nobody has put right yet: no correction, and nothing since from the source."""
    receipts = read_receipts(settings, known_at, source.id)
    made = read_corrections(settings, source.id)
    corrected = {each.refusal for each in _standing(made, receipts)}
    found = refusals(settings, agency, known_at, source.id)
    mended = _Mended(settings, agency, source, receipts, found)
    return [each for each in found if each.id not in corrected and not mended.since(each)]


def standing_refusals(
    settings: Settings, agency: Agency, source: Source, known_at: datetime, found: Sequence[Refusal] | None = None
) -> list[Refusal]:
    """The refused rows of a source for which, up to ``known_at`` (aware), nothing in order has landed. ``found`` are
    all that were refused by then, of whichever source, where they were read already.

    A correction counts from the night in which it landed, not before. Of several refusals of one key the last stands.
    One that its source no longer gives stands, as a row that landed does, until its deletion is accepted or believed.
    Its first night is that in which its row first came, in whatever words it was refused then, since it was in order.
    """
    if found is None:
        found = refusals(settings, agency, known_at, source.id)
    found = [each for each in found if each.source_id == source.id]
    if not found:
        return []
    receipts = read_receipts(settings, known_at, source.id)
    landed: set[str] = set()
    for receipt in receipts:
        for part in receipt.corrections:
            landed = (landed | set(part.applied)) - set(part.superseded)
    corrected = {each.refusal for each in read_corrections(settings, source.id) if each.id in landed}
    mended = _Mended(settings, agency, source, receipts, found)
    standing = [each for each in found if each.id not in corrected and not mended.surely_since(each)]
    last = {
        (each.table, stands_for(each, agency.subjects[each.table])): each
        for each in sorted(standing, key=lambda each: each.last_at)
    }
    first: dict[tuple[str, str], datetime] = {}
    for each in found:
        if each.id not in corrected and not mended.in_order_since(each):
            name = _row_of(each, agency.subjects[each.table])
            first[name] = min(first.get(name, each.first_at), each.first_at)
    return [
        replace(each, first_at=first[_row_of(each, agency.subjects[each.table])])
        for each in standing
        if last[each.table, stands_for(each, agency.subjects[each.table])] is each
    ]


def _row_of(refusal: Refusal, subject: Subject) -> tuple[str, str]:
    """What row it is, whatever was wrong with it: by its key, else by what it says."""
    name = stands_for(refusal, subject)
    said = json.dumps([place_of(refusal.origin), refusal.row], ensure_ascii=False, sort_keys=True)
    return refusal.table, said if name == refusal.id else name


class _Mended:
    """Tells whether the source itself has given a refused row in order since."""

    def __init__(
        self,
        settings: Settings,
        agency: Agency,
        source: Source,
        receipts: Sequence[SourceReceipt],
        refused: Sequence[Refusal],
    ) -> None:
        self._settings = settings
        self._agency = agency
        self._feeds = {feed.table: feed for feed in source.feeds}
        self._receipts = receipts
        self._keys: dict[str, set[str]] = {}
        self._last_at: dict[tuple[str, str], datetime] = {}
        for each in refused:
            if (key := key_text(each.row.get(agency.subjects[each.table].key))) is not None:
                self._keys.setdefault(each.table, set()).add(key)
                last_at = self._last_at.get((each.table, key), each.last_at)
                self._last_at[each.table, key] = max(last_at, each.last_at)
        self._latest: dict[str, dict[str, tuple[datetime, str]]] = {}

    def since(self, refusal: Refusal) -> bool:
        """Whether the source has given it in order, or what had held it without it."""
        return self.in_order_since(refusal) or self._is_gone(refusal)

    def surely_since(self, refusal: Refusal) -> bool:
        """As ``since``; but one that is gone is mended only where deletions are believed, or a person accepted them.

        Of a row without a key of its own nobody can tell whether it is gone or mended: it is taken for mended.
        """
        subject, feed = self._agency.subjects[refusal.table], self._feeds.get(refusal.table)
        has_own_key = key_text(refusal.row.get(subject.key)) is not None and not another_has_its_key(refusal)
        if not has_own_key or is_misplaced(refusal) or feed is None or feed.deletions == "believed":
            return self.since(refusal)
        return self.in_order_since(refusal) or (self._is_gone(refusal) and self._is_accepted(refusal))

    def in_order_since(self, refusal: Refusal) -> bool:
        """Whether the source has given it in order."""
        key = key_text(refusal.row.get(self._agency.subjects[refusal.table].key))
        night, origin = self._versions(refusal.table).get(key or "", (None, ""))
        feed = self._feeds.get(refusal.table)
        is_another_day = feed is not None and feed.keys_belong_to_days and place_of(origin) not in refusal.places
        # A row of a file with another day's content stands in that day's file, when this brings its key.
        is_another_day &= not is_misplaced(refusal)
        is_later = night is not None and night > refusal.last_at
        is_in_order = is_later or (night is not None and self._is_as_before(refusal, key or "", origin))
        return is_in_order and not (another_has_its_key(refusal) or is_another_day)

    def _is_as_before(self, refusal: Refusal, key: str, origin: str) -> bool:
        """Whether the known row, which stands at ``origin``, is given again as it was. It lands no second time; but had
        it not been there when everything was given, it would have been deleted."""
        is_last = self._last_at[refusal.table, key] == refusal.last_at
        return is_last and place_of(origin) == place_of(refusal.origin) and self._is_gone(refusal)

    def _is_accepted(self, refusal: Refusal) -> bool:
        """Whether a person accepted what was gone on a night since; an earlier release asked nobody."""
        later = self._later(refusal, refusal.last_at)
        return any(receipt.shrinking_accepted or receipt.left_out is None for receipt in later)

    def _is_gone(self, refusal: Refusal) -> bool:
        feed = self._feeds.get(refusal.table)
        last = {place_of(refusal.origin): refusal.last_at}
        # In several days' files it stood several times.
        places = refusal.places if feed is not None and feed.is_daily else last
        return all(
            any(_tells_all(feed, place, receipt) for receipt in self._later(refusal, since))
            for place, since in places.items()
        )

    def _later(self, refusal: Refusal, since: datetime) -> Iterator[FeedReceipt]:
        for night in self._receipts:
            if night.as_of > since and (receipt := night.feed(refusal.table)) is not None:
                yield receipt

    def _versions(self, table: str) -> dict[str, tuple[datetime, str]]:
        if table not in self._latest:
            keys = self._keys.get(table, set())
            self._latest[table] = latest_versions(self._settings, self._receipts, table, keys) if keys else {}
        return self._latest[table]


def _tells_all(feed: Feed | None, place: str, receipt: FeedReceipt) -> bool:
    """Whether a feed gave everything anew that stood in ``place``, so that a refused row which is no longer there is
    gone. A file that tells nothing of its day, or that lacks rows which were not deleted, does not say so."""
    if feed is not None and feed.is_daily:
        lacking = {found.day for found in receipt.withheld}
        given = (day for day in receipt.days if day.status == "landed" and day.day not in lacking)
        return any(day.file is not None and place_in(feed, day.file.path) == place for day in given)
    if receipt.status != "landed" or receipt.deletions_withheld:
        return False
    return (feed is not None and feed.full) or place in {read.path for read in receipt.inputs}


# ── what a steward writes ───────────────────────────────────────────────────────────────────────


def correct(
    settings: Settings, agency: Agency, source: Source, proposals: Sequence[Proposal], *, by: str, made_at: datetime
) -> list[Correction]:
    """Holds each proposal against the contract and writes all of them down, or none; returns those that were written.

    One that says what the correction in force says already is passed over, so that a file may be handed in again.
    ``made_at`` (aware) says when the steward decided; it has no bearing on any figure. Raises CorrectionError with
    everything that is wrong.
    """
    with _writing(settings, source.id):
        receipts = read_receipts(settings, datetime.max.replace(tzinfo=UTC), source.id)
        if not receipts:
            remedy = "run a night first: charter nightly"
            raise CorrectionError("the source was never extracted", where=f"source '{source.id}'", remedy=remedy)
        after = receipts[-1].as_of
        known = {each.id: each for each in refusals(settings, agency, after, source.id)}
        existing = read_corrections(settings, source.id)
        check = _Check(settings, agency, source, receipts, existing)
        said = {each.refusal: each.row for each in _standing(existing, receipts)}
        problems: list[Problem] = []
        made: list[Correction] = []
        for proposal in proposals:
            refusal = known.get(proposal.refusal)
            if refusal is None:
                what = f"'{proposal.refusal}' is no refused row of '{source.id}'"
                problems.append(Problem(what, proposal.where, "keep the first column of charter quarantine export"))
                continue
            row, found = check.row(refusal, proposal)
            problems += found
            if said.get(refusal.id) == row:
                continue
            number = len(existing) + len(made) + 1
            made.append(
                Correction(
                    id=f"{source.id}-{number:04d}",
                    source_id=source.id,
                    table=refusal.table,
                    refusal=refusal.id,
                    stands_for=stands_for(refusal, agency.subjects[refusal.table]),
                    origin=refusal.origin,
                    refused_because=refusal.reason,
                    refused_row=refusal.row,
                    row=row,
                    by=by,
                    reason=proposal.reason,
                    made_at=made_at,
                    after=after,
                )
            )
        if problems:
            raise CorrectionError.of(problems)
        for correction in made:
            _write(settings, correction)
    return made


class _Check:
    """Holds proposed rows against their contract, and against each other."""

    def __init__(
        self,
        settings: Settings,
        agency: Agency,
        source: Source,
        receipts: Sequence[SourceReceipt],
        existing: Sequence[Correction],
    ) -> None:
        self._settings = settings
        self._agency = agency
        self._feeds = {feed.table: feed for feed in source.feeds}
        self._receipts = receipts
        self._taken = {
            (each.table, each.key(agency.subjects[each.table])): each.stands_for
            for each in in_force(existing)
            if each.table in agency.subjects
        }
        self._landed: dict[str, dict[str, tuple[datetime, str]]] = {}

    def row(self, refusal: Refusal, proposal: Proposal) -> tuple[dict[str, Cell], list[Problem]]:
        feed = self._feeds.get(refusal.table)
        if feed is None:
            what = f"the source no longer feeds '{refusal.table}'"
            return {}, [Problem(what, proposal.where, "put the feed back into sources.yaml first")]
        row, faults = typed_row(self._agency, feed, proposal.cells)
        key = key_text(row.get(self._agency.subjects[feed.table].key))
        if not faults and key is not None:
            faults = self._faults_of_key(refusal, key)
        remedy = "correct the cell; charter quarantine export shows the row as it was refused"
        return row, [Problem(fault, proposal.where, remedy) for fault in faults]

    def _faults_of_key(self, refusal: Refusal, key: str) -> list[str]:
        subject = self._agency.subjects[refusal.table]
        original = key_text(refusal.row.get(subject.key))
        if key == original and another_has_its_key(refusal):
            return [_taken(subject)]
        own = stands_for(refusal, subject)
        if self._taken.setdefault((refusal.table, key), own) != own:
            return [f"{subject.key}: the correction of another row has this key"]
        if refusal.table not in self._landed:
            self._landed[refusal.table] = latest_versions(self._settings, self._receipts, refusal.table)
        _, origin = self._landed[refusal.table].get(key, (None, None))
        if key == original:
            return [_taken(subject)] if _is_of_another_day(self._feeds[refusal.table], origin, refusal.origin) else []
        if origin is not None and not origin.endswith(f" for {refusal.origin}"):
            return [f"{subject.key}: a row with this key has landed already ({origin})"]
        if not self._feeds[refusal.table].case_sensitive_keys and self._has_in_other_case(refusal.table, key):
            return [f"{subject.key}: a row has this key already, but for upper and lower case"]
        return []

    def _has_in_other_case(self, table: str, key: str) -> bool:
        landed = self._landed[table]
        return key not in landed and any(each.lower() == key.lower() for each in landed)


# ── the files ───────────────────────────────────────────────────────────────────────────────────


def read_corrections(settings: Settings, source_id: str) -> list[Correction]:
    """Every correction of a source's rows, in the order in which they were made. Raises SourceError."""
    return [_parsed(path) for path in sorted(_folder(settings, source_id).glob("*.json"))]


def in_force(corrections: Iterable[Correction]) -> list[Correction]:
    """Of several corrections of one row the last."""
    last = {(correction.table, correction.stands_for): correction for correction in corrections}
    return sorted(last.values(), key=lambda each: each.id)


def states(corrections: Sequence[Correction], receipts: Iterable[SourceReceipt]) -> dict[str, State]:
    """What became of each correction by its id, as ``receipts`` (in the order of their nights) have it."""
    valid = {correction.id for correction in in_force(corrections)}
    found: dict[str, State] = {each.id: "waiting" if each.id in valid else "replaced" for each in corrections}
    for receipt in receipts:
        for part in receipt.corrections:
            found |= {name: "landed" for name in part.applied if found.get(name) == "waiting"}
            found |= {name: "superseded" for name in part.superseded if found.get(name) in ("waiting", "landed")}
    return found


def _standing(corrections: Sequence[Correction], receipts: Iterable[SourceReceipt]) -> list[Correction]:
    """Those that have landed or will: a row that the source mended, and broke again, is to be put right anew."""
    state = states(corrections, receipts)
    return [each for each in corrections if state[each.id] in ("waiting", "landed")]


def digest(settings: Settings, correction: Correction) -> FileDigest:
    """The correction's file, ``path`` below the state folder."""
    path = _path(settings, correction)
    content = path.read_bytes()
    place = path.relative_to(settings.var_dir).as_posix()
    return FileDigest(path=place, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _folder(settings: Settings, source_id: str) -> Path:
    return settings.var_dir / "corrections" / source_id


def _path(settings: Settings, correction: Correction) -> Path:
    return _folder(settings, correction.source_id) / f"{correction.id}.json"


def _parsed(path: Path) -> Correction:
    try:
        return Correction.model_validate_json(path.read_bytes())
    except ValidationError as error:
        remedy = "restore it from a copy: corrections are never changed, a further one replaces them"
        raise SourceError("the correction can't be read", where=str(path), remedy=remedy) from error


def _write(settings: Settings, correction: Correction) -> None:
    path = _path(settings, correction)
    content = json.dumps(correction.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_whole(path, content.encode())


@contextmanager
def _writing(settings: Settings, source_id: str) -> Iterator[None]:
    folder = _folder(settings, source_id)
    private_folder(folder)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ── the night in which they land ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class SourceCorrections:
    """The corrections that one night has to do with: all of its source, and what earlier nights did with them."""

    corrections: tuple[Correction, ...]
    before: Mapping[str, State]

    @classmethod
    def of(cls, settings: Settings, source_id: str, before: Sequence[SourceReceipt]) -> SourceCorrections:
        found = tuple(read_corrections(settings, source_id))
        _refuse_altered(settings, found, before)
        return cls(found, states(found, before))

    def of_table(self, table: str) -> list[Correction]:
        return [each for each in self.corrections if each.table == table]

    def has_keyless(self, subject: Subject, table: str) -> bool:
        """Whether a row without a key was given one: then the source's rows without a key are among the known ones."""
        standing = (each for each in self.of_table(table) if self.before[each.id] in ("waiting", "landed"))
        return any(each.original_key(subject) is None for each in standing)

    def standing(self, subject: Subject, table: str, given: GivenKeys) -> list[str]:
        """Keys that landed by correction under another key than the source's, while it still gives the refused row:
        they are not gone, although the source does not know them."""
        keys = given.in_order | given.refused
        return [
            each.key(subject)
            for each in self.of_table(table)
            if self.before[each.id] == "landed" and each.original_key(subject) in keys
        ]

    def decide(
        self, agency: Agency, feed: Feed, due: Sequence[Correction], given: GivenKeys | None, landed: Mapping[str, str]
    ) -> DecidedCorrections:
        """What this night does with the corrections ``due`` to land in ``feed``, and with those that landed before.

        ``given`` is None when the feed gave nothing. ``landed`` holds the origin of the latest known version by key.
        """
        subject = agency.subjects[feed.table]
        superseded, refused, applied, rows = [], [], [], []
        for each in [*(c for c in self.of_table(feed.table) if self.before[c.id] == "landed"), *due]:
            if given is not None and given.has_overtaken(each, subject):
                superseded.append(each.id)
            elif each in due:
                row, faults = typed_row(agency, feed, {k: v for k, v in each.row.items() if v is not None})
                key = each.key(subject)
                tonight = given.places.get(key) if given is not None else None
                if _is_of_another_day(feed, landed.get(key, tonight), each.origin):
                    faults.append(_taken(subject))
                if faults:
                    reason = "; ".join(faults)
                    refused.append(Refused(_origin(each), faults[0].split(":")[0], reason, row_json(dict(each.row))))
                else:
                    applied.append(each)
                    rows.append(row)
        return DecidedCorrections(
            applied, _table(subject, rows, applied), superseded, refused, self._gone(feed, subject, due, landed)
        )

    def _gone(self, feed: Feed, subject: Subject, due: Sequence[Correction], landed: Mapping[str, str]) -> list[str]:
        """Keys of earlier corrections of the rows in ``due``, when the new ones have other keys."""
        keys = {each.stands_for: each.key(subject) for each in due}
        return [
            each.key(subject)
            for each in self.of_table(feed.table)
            if each.stands_for in keys
            and each.key(subject) != keys[each.stands_for]
            and landed.get(each.key(subject)) == _origin(each)
        ]


def _refuse_altered(settings: Settings, corrections: Sequence[Correction], receipts: Sequence[SourceReceipt]) -> None:
    sealed = {read.path: read.sha256 for night in receipts for part in night.corrections for read in part.inputs}
    files = {file.path: file.sha256 for file in (digest(settings, each) for each in corrections)}
    for place, sha256 in sealed.items():
        if files.get(place) != sha256:
            what = "a correction that has landed was altered" if place in files else "a correction that landed is gone"
            remedy = "restore it from a copy: corrections are never changed, a further one replaces them"
            raise SourceError(what, where=str(settings.var_dir / place), remedy=remedy)


def _taken(subject: Subject) -> str:
    return f"{subject.key}: another row with this key has landed: give this one a key of its own"


def _is_of_another_day(feed: Feed, origin: str | None, refused: str) -> bool:
    """Whether the row that has a key (``origin``, if any) stands in another day's file than the one ``refused``."""
    return feed.keys_belong_to_days and origin is not None and place_of(origin) != place_of(refused)


def _origin(correction: Correction) -> str:
    return f"correction {correction.id} for {correction.origin}"


def _table(subject: Subject, rows: Sequence[Mapping[str, Cell]], applied: Sequence[Correction]) -> pa.Table:
    columns = [raw_schema(subject).field(name) for name in subject.columns]
    arrays = [
        pa.array([_stored(subject.columns[field.name], row[field.name]) for row in rows], field.type)
        for field in columns
    ]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(columns))
    return (
        table.append_column("_origin", pa.array([_origin(each) for each in applied], pa.string()))
        .append_column("_recorded_at", pa.nulls(len(rows), pa.timestamp("us")))
        .append_column("_day", pa.nulls(len(rows), pa.date32()))
    )


def _stored(column: SubjectColumn, value: Cell) -> object:
    if value is None:
        return None
    if column.type == "instant":
        return naive_utc(datetime.fromisoformat(str(value)))
    if column.type == "date":
        return date.fromisoformat(str(value))
    return value
