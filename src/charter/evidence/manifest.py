"""What a manifest says of a run: the models, and the one way to write them down.

A manifest holds no wall time and no rate: the same run gives the same bytes. Paths are relative to the
state folder (``var``), in POSIX form.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from charter.deliver import MessageKey


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("has no offset from UTC")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of range") from error


Kind = Literal["nightly", "weekly", "monthly", "daily", "site", "prune"]
# The runs whose reports go out by mail.
MAILED: tuple[Kind, ...] = ("weekly", "monthly", "daily")
Instant = Annotated[datetime, AfterValidator(_utc)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Stamp = Annotated[str, Field(pattern=r"^\d{8}T\d{6}Z$")]
Count = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileSeal(Part):
    """A file and its content."""

    path: str
    sha256: Sha256


class CharterSeal(Part):
    """The charter in force for the run, and its definition files."""

    id: str
    version: str
    files: tuple[FileSeal, ...]


class CodeSeal(Part):
    """The code that ran: one hash over the package, the dbt project, the expectations and the reports' files.

    ``commit`` is the git commit that was checked out, ``changed`` whether that code had changes beside it, ``lock`` the
    hash of the list of packages that it was locked to. Each is null where nobody can tell, as in older seals.
    """

    version: str
    sha256: Sha256
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")] | None = None
    changed: bool | None = None
    lock: Sha256 | None = None


class InputSeal(Part):
    """One Parquet file of landed rows (``table`` as in the lake) or of quarantined ones (``quarantine``)."""

    source: str
    table: str
    path: str
    sha256: Sha256
    rows: Count


class ReceiptSeal(Part):
    """What a source's extraction reported."""

    source: str
    path: str
    sha256: Sha256


class PartitionSeal(Part):
    """The rows of a table in one month (``2026-07``), without one (``none``), or all of them (``all``).

    ``sha256`` is over their digests in order (see ``tables``). ``mark`` is no evidence: it only tells the next sealing,
    by this engine's version, whether the rows must be hashed again.
    """

    partition: str
    rows: Count
    sha256: Sha256
    mark: str | None


class TableSeal(Part):
    """A published table: its rows and a hash of their content that doesn't depend on their order.

    ``columns`` are names and types; manifests of version 1 have neither these nor partitions.
    """

    table: str
    rows: Count
    sha256: Sha256
    columns: tuple[str, ...] = ()
    partitions: tuple[PartitionSeal, ...] = ()


class DbtNode(Part):
    """What became of one dbt node."""

    unique_id: str
    status: str


class ExpectationsSeal(Part):
    """This run's expectation results: how many of each outcome, and a hash of them all."""

    outcomes: dict[str, Count]
    sha256: Sha256


class KeySeal(Part):
    """A key of the installation, by what can be told of it: a hash of its public part, or a code made with it."""

    name: str
    sha256: Sha256


class DeliverySeal(Part):
    """What became of one message.

    ``sha256`` is that of the mail without its Date, null where the outbox does not know its content. ``log_sha256`` is
    over the first ``log`` lines of what the outbox wrote down of it. Seals of earlier releases have neither.
    """

    report: str
    period: str
    revision: int
    recipient: str
    state: str
    message_id: str
    sha256: Sha256 | None = None
    log: Count = 0
    log_sha256: Sha256 | None = None

    @property
    def key(self) -> MessageKey:
        """What the outbox knows the message by."""
        return MessageKey(report=self.report, period=self.period, revision=self.revision, recipient=self.recipient)


class PrunedKind(Part):
    """Files of one kind that were deleted because they were older than ``keep`` (``30 days``). ``size`` is in bytes."""

    kind: str
    keep: str
    files: Count
    size: Count


class ErasedFile(Part):
    """A landed file in which pseudonyms were erased. ``sealed`` is its hash until then, ``erased`` the one since.

    ``values`` is how many pseudonyms of ``columns`` are no longer in it. All else in the file is as it was.
    """

    path: str
    sealed: Sha256
    erased: Sha256
    columns: tuple[str, ...]
    values: Count


class Pruned(Part):
    """What was deleted and erased. ``rule`` is the rule, or the request, by which pseudonyms were erased; empty where
    none were. It names nobody whose data it was."""

    rule: str
    kinds: tuple[PrunedKind, ...]
    erased: tuple[ErasedFile, ...]


class KeyRotation(Part):
    """That ``at`` (wall time) the key that seals were signed with was followed by another. Both are public, in PEM."""

    at: Instant
    retired: str
    successor: str
    previous: Sha256


class Manifest(Part):
    """Everything that a run's figures rest on, and where they went. ``previous`` is the hash of the manifest
    sealed before this one, of whatever kind; null for the first.

    ``inputs`` and ``receipts`` are the lake's files of ``nights`` (stamps): those that no manifest before this run had
    named. All earlier nights are vouched for by the manifests that ``previous`` leads back to. In version 1 every
    manifest named the files of all nights up to its ``known_at``, and ``nights`` is null.

    ``kept`` are the files that this run wrote to be kept: the night's expectation results, and the weeks that it
    closed; and the time stamps of earlier nights' seals. A manifest of the kind ``site`` names the pages that were
    written (``rendered``) and are not as an earlier one named them, and those that are ``gone``. Versions 1 and 2 have
    neither, nor ``keys``. One of the kind ``prune`` names what was ``pruned``, and its as-of is when that was decided.
    """

    version: Literal[1, 2, 3] = 1
    kind: Kind
    as_of: Instant
    known_at: Instant
    charter: CharterSeal
    code: CodeSeal
    nights: tuple[Stamp, ...] | None = None
    inputs: tuple[InputSeal, ...]
    receipts: tuple[ReceiptSeal, ...]
    warehouse: tuple[TableSeal, ...]
    dbt: tuple[DbtNode, ...]
    expectations: ExpectationsSeal | None
    rendered: tuple[FileSeal, ...]
    kept: tuple[FileSeal, ...] = ()
    gone: tuple[str, ...] = ()
    keys: tuple[KeySeal, ...] = ()
    deliveries: tuple[DeliverySeal, ...]
    pruned: Pruned | None = None
    previous: Sha256 | None

    def canonical(self) -> bytes:
        """The manifest as a file: UTF-8 JSON, keys sorted, one way to write it."""
        content = self.model_dump(mode="json")
        return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()

    def covers(self, later: Manifest) -> bool:
        """Whether a manifest of the same run made ``later`` adds nothing to this one.

        What was sealed before them, the engine that marked their partitions and the keys make no difference, nor does
        another commit of the same code, or a time stamp that came since; nor do dbt nodes that the later build left
        out: an increment runs fewer tests than the full build of the same night.
        """
        return set(later.dbt) <= set(self.dbt) and self._compared() == later._compared()

    def _compared(self) -> Manifest:
        tables = tuple(_unmarked(table) for table in self.warehouse)
        code = self.code.model_copy(update={"commit": None, "changed": None})
        # Time stamps come after the seal, and when they come is the authority's matter.
        kept = tuple(file for file in self.kept if not file.path.startswith("evidence/"))
        same = {"previous": None, "dbt": (), "keys": (), "version": 3, "warehouse": tables, "code": code, "kept": kept}
        return self.model_copy(update=same)


def _unmarked(table: TableSeal) -> TableSeal:
    parts = tuple(part.model_copy(update={"mark": None}) for part in table.partitions)
    return table.model_copy(update={"partitions": parts})
