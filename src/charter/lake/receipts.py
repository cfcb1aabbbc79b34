"""What arrived from a source one night: the record that a horizon, a coverage and a manifest are computed from."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from charter.base.errors import Problem, SourceError
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.definitions.models import Words

# ``not_known``: the night was asked for after a later one, and the source can't say what it held then.
# ``stale``: it answered, and with nothing of the time that was asked for. Its rows have landed all the same.
FeedStatus = Literal["landed", "missing", "unreachable", "drifted", "failed", "stale", "not_known"]
DayStatus = Literal["landed", "missing", "none_expected", "drifted", "failed", "stale"]
# Why keys that are no longer given were not deleted: too many at once; rows without a readable key may be some of
# them; their day's file tells nothing of its day.
WithheldBecause = Literal["shrunk", "rows_without_key", "no_row_of_day"]
# The days whose file was read: what it holds is in the lake or in quarantine.
READ_STATUSES: frozenset[DayStatus] = frozenset({"landed", "stale"})

# The first that occurs names the state of the whole source.
_PRECEDENCE: tuple[FeedStatus, ...] = ("unreachable", "failed", "drifted", "missing", "not_known", "stale", "landed")
# What may come right by itself when it is tried again.
_RETRYABLE = {"unreachable", "missing"}


def _to_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant in a receipt has its offset from UTC")
    return instant.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_to_utc)]


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProblemNote(Record):
    """What is wrong, where, and how to mend it."""

    what: str
    where: str
    remedy: str

    @classmethod
    def of(cls, problem: Problem) -> ProblemNote:
        return cls(what=problem.what, where=problem.where, remedy=problem.remedy)


class FileDigest(Record):
    """A file: one of the source's (``path`` as the source names it) or of the lake's (``path`` below the lake)."""

    path: str
    size: int
    sha256: str


class Counts(Record):
    """Rows: ``arrived`` = ``landed`` (new or changed) + ``unchanged`` + ``quarantined``.

    ``read`` rows came from the source: ``arrived`` + ``waiting`` + ``left_out`` + ``merged``. ``waiting`` rows were
    recorded after as_of and are not among the arrived ones: they belong to a later night. ``left_out`` rows were left
    out by the feed's own SQL, or are padding (None in receipts before release 0.3.0, which did not count them).
    ``merged`` is how many more rows the SQL read than it made of them: five events of one call are one row and four
    merged; it is negative where the SQL makes several rows of one.
    """

    read: int = Field(default=0, ge=0)
    arrived: int = Field(default=0, ge=0)
    landed: int = Field(default=0, ge=0)
    unchanged: int = Field(default=0, ge=0)
    quarantined: int = Field(default=0, ge=0)
    waiting: int = Field(default=0, ge=0)
    left_out: int | None = Field(default=None, ge=0)
    merged: int = 0

    @model_validator(mode="after")
    def _adds_up(self) -> Counts:
        if self.arrived != self.landed + self.unchanged + self.quarantined:
            raise ValueError(
                f"arrived {self.arrived} is not landed {self.landed} + unchanged {self.unchanged} "
                f"+ quarantined {self.quarantined}"
            )
        if self.left_out is not None and self.read != self.arrived + self.waiting + self.left_out + self.merged:
            raise ValueError(
                f"read {self.read} is not arrived {self.arrived} + waiting {self.waiting} "
                f"+ left out {self.left_out} + merged {self.merged}"
            )
        return self

    @property
    def read_and_left_out(self) -> tuple[int, int]:
        """(rows read, rows left out). A receipt of a release that kept neither counts the rows that arrived."""
        return (self.arrived + self.waiting, 0) if self.left_out is None else (self.read, self.left_out)


class LeftOutRows(Record):
    """Rows that a feed's own SQL left out, or that are none: why, how many, and where the first of them stood.

    ``declared`` ones have a reason in sources.yaml (``because``). Of others it is only known that the SQL did not use
    them (``not_used``), or, of SQL that does not tell which rows it used, that it made no row of their key
    (``no_row_of_key``), or not even that (``not_told``: they may be merged). ``padding`` are
    lines of only delimiters under a text file's last row, and a sheet's blank rows, of a source that is ``padded``.
    Examples name the place, and the key.
    """

    why: Literal["declared", "not_used", "no_row_of_key", "not_told", "padding"]
    because: Words | None = None
    rows: int = Field(ge=1)
    examples: list[str] = Field(default_factory=list)


class WithheldDeletions(Record):
    """``missed`` keys, of those ``known``, that a snapshot no longer gives (of a daily feed, the file of ``day``) and
    that were not deleted."""

    day: date | None = None
    missed: int = Field(ge=1)
    known: int = Field(ge=1)
    because: WithheldBecause


class DayReceipt(Counts):
    """One business day of a feed that comes as a file for each day. ``deleted`` and ``keyless`` as in a feed.

    Of its rows in order, ``of_other_days`` are dated on other days than the file's: they count there.
    """

    day: date
    status: DayStatus
    deleted: int = Field(default=0, ge=0)
    keyless: int = Field(default=0, ge=0)
    of_other_days: int = Field(default=0, ge=0)
    file: FileDigest | None = None


class Drift(Record):
    """How the source's columns differ from the contract and from the last landing.

    ``missing`` mapped columns are not there. ``new`` ones are not mapped and were not there before. ``retyped`` mapped
    columns hold another kind of value than before.
    """

    new: list[str] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)
    retyped: list[str] = Field(default_factory=list)


class FeedReceipt(Counts):
    """One feed. ``deleted`` counts the keys that vanished from a full snapshot (or from a corrected day's file).

    ``deletions_withheld``: keys may have vanished, and that was not decided; ``withheld`` says how many and why
    (receipts before release 0.3.0 do not). ``shrinking_accepted``: a person said that what vanished, that night or
    before, really is gone. ``kept`` rows landed at an earlier attempt of this night, and the last one did not give
    them: they stay, and are in no other count. ``keyless`` rows have no readable key, and were there while no key was
    missing: they are none of those that vanish.
    ``status`` of a daily-file feed is that of its latest expected day; the days are in ``days``, each once: when it
    landed, is missing, or none was expected. ``inputs`` are the source's files, ``files`` the lake's.
    ``waiting_until`` is the furthest instant at which a waiting row was recorded. ``left_out_rows`` say why.
    ``caught`` rows in order name a department that nobody has: the catch-all got them.
    ``news_at``, of a stale feed that is asked each night, is the night of its last news: it was heard until then.
    ``contract`` is the SHA-256 of the mapping in force, ``observed`` the kinds of value seen in each mapped column.
    """

    table: str
    status: FeedStatus
    deleted: int = Field(default=0, ge=0)
    deletions_withheld: bool = False
    withheld: list[WithheldDeletions] = Field(default_factory=list)
    shrinking_accepted: bool = False
    kept: int = Field(default=0, ge=0)
    keyless: int = Field(default=0, ge=0)
    since: Instant | None = None
    news_at: Instant | None = None
    days: list[DayReceipt] = Field(default_factory=list)
    drift: Drift = Field(default_factory=Drift)
    problem: ProblemNote | None = None
    inputs: list[FileDigest] = Field(default_factory=list)
    files: list[FileDigest] = Field(default_factory=list)
    waiting_until: Instant | None = None
    caught: int = Field(default=0, ge=0)
    left_out_rows: list[LeftOutRows] = Field(default_factory=list)
    contract: str
    source_columns: list[str] = Field(default_factory=list)
    observed: dict[str, list[str]] = Field(default_factory=dict)

    @property
    def is_shrunk(self) -> bool:
        """Whether the whole snapshot lacks more known rows than may go at once."""
        return any(each.because == "shrunk" and each.day is None for each in self.withheld)

    @model_validator(mode="after")
    def _days_add_up(self) -> FeedReceipt:
        for name in Counts.model_fields:
            of_days = sum(getattr(day, name) or 0 for day in self.days)
            if self.days and of_days != (getattr(self, name) or 0):
                raise ValueError(f"{name} of the days is {of_days}, of the feed {getattr(self, name)}")
        return self


class CorrectionReceipt(Counts):
    """Rows that a data steward put right, into one table. They arrived from the corrections, not from the source.

    ``applied`` names the corrections that landed (or said what was known already), ``superseded`` those that the
    source's own row has overtaken. ``inputs`` are the corrections' files (``path`` below the state folder).
    """

    table: str
    applied: list[str] = Field(default_factory=list)
    superseded: list[str] = Field(default_factory=list)
    inputs: list[FileDigest] = Field(default_factory=list)
    files: list[FileDigest] = Field(default_factory=list)


class SourceReceipt(Record):
    """One source, one night. ``status`` is the gravest of its feeds'. ``quarantine`` is its file of refused rows.

    ``inserted_before`` is the next night that had been extracted already when this one was first asked for. That night
    and all after it were built without this one, and hold what there was: for them it does not exist.
    """

    source_id: str
    as_of: Instant
    status: FeedStatus
    feeds: list[FeedReceipt]
    inserted_before: Instant | None = None
    corrections: list[CorrectionReceipt] = Field(default_factory=list)
    quarantine: FileDigest | None = None

    def feed(self, table: str) -> FeedReceipt | None:
        """The feed into ``table``, if the source had one that night."""
        return next((feed for feed in self.feeds if feed.table == table), None)

    def landed_files(self, table: str) -> list[FileDigest]:
        """The lake's files of this night for ``table``: the source's rows, then the corrected ones."""
        parts: list[FeedReceipt | CorrectionReceipt] = [*self.feeds, *self.corrections]
        return [file for part in parts if part.table == table for file in part.files]

    def is_known(self, known_at: datetime) -> bool:
        """Whether a night that knows what was known at ``known_at`` knows of this one."""
        return self.as_of <= known_at and (self.inserted_before is None or known_at < self.inserted_before)

    def total(self, name: str) -> int:
        """The sum of one count (``arrived`` …) over the feeds and the corrections."""
        return sum(getattr(part, name) for part in (*self.feeds, *self.corrections))


def gravest(feeds: list[FeedReceipt]) -> FeedStatus:
    """The status of a source whose feeds ended as ``feeds``."""
    statuses = {feed.status for feed in feeds}
    return next(status for status in _PRECEDENCE if status in statuses)


def is_retryable(receipt: SourceReceipt) -> bool:
    """Whether trying again may help without anybody mending anything: something was missing or unreachable."""
    return any(feed.status in _RETRYABLE for feed in receipt.feeds)


def receipt_path(settings: Settings, source_id: str, as_of: datetime) -> Path:
    return settings.lake_dir / "receipts" / f"as_of={stamp(as_of)}" / f"{source_id}.json"


def to_json(receipt: SourceReceipt) -> bytes:
    """Canonical: the same receipt is the same bytes."""
    content = receipt.model_dump(mode="json")
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def read_receipt(settings: Settings, source_id: str, as_of: datetime) -> SourceReceipt | None:
    """The receipt of one source and night, or None when that night was not extracted."""
    path = receipt_path(settings, source_id, as_of)
    return _read(path) if path.exists() else None


def read_receipts(settings: Settings, known_at: datetime, source_id: str | None = None) -> list[SourceReceipt]:
    """All receipts that are known at ``known_at`` (of one source, when named), by as_of and source."""
    found = [_read(path) for path in _receipt_paths(settings, source_id) if _stamp_of(path) <= stamp(known_at)]
    return [receipt for receipt in found if receipt.is_known(known_at)]


def later_receipts(settings: Settings, as_of: datetime, source_id: str) -> list[SourceReceipt]:
    """The receipts of a source for nights after ``as_of``, in their order."""
    return [_read(path) for path in _receipt_paths(settings, source_id) if _stamp_of(path) > stamp(as_of)]


def _receipt_paths(settings: Settings, source_id: str | None) -> list[Path]:
    return sorted((settings.lake_dir / "receipts").glob(f"as_of=*/{source_id or '*'}.json"))


def _stamp_of(path: Path) -> str:
    # Stamps sort as their instants do.
    return path.parent.name.removeprefix("as_of=")


def _read(path: Path) -> SourceReceipt:
    try:
        return SourceReceipt.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise SourceError(
            "the receipt can't be read",
            where=str(path),
            remedy="restore it from a copy (see charter verify)",
        ) from error
