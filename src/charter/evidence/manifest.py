"""What a manifest says of a run, and how each part is taken from the installation.

A manifest holds no wall time and no rate: the same run gives the same bytes. Paths are relative to the
state folder (``var``), in POSIX form.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import duckdb
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

import charter
from charter.deliver import DeliveryRecord
from charter.errors import EvidenceError
from charter.moments import naive_utc, stamp
from charter.settings import Settings

_BATCH = 50_000
_AS_OF = re.compile(r"as_of=(\d{8}T\d{6}Z)")
# What tools leave beside the code; it changes without the code changing.
_NOT_CODE = {"__pycache__", "target", "logs", "dbt_packages"}


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("has no offset from UTC")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is out of range") from error


Kind = Literal["nightly", "weekly"]
Instant = Annotated[datetime, AfterValidator(_utc)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileSeal(_Part):
    """A file and its content."""

    path: str
    sha256: Sha256


class CharterSeal(_Part):
    """The charter in force for the run, and its definition files."""

    id: str
    version: str
    files: tuple[FileSeal, ...]


class CodeSeal(_Part):
    """The code that ran: one hash over the package, the dbt project, the expectations and the reports' files."""

    version: str
    sha256: Sha256


class InputSeal(_Part):
    """One Parquet file of landed rows (``table`` as in the lake) or of quarantined ones (``quarantine``)."""

    source: str
    table: str
    path: str
    sha256: Sha256
    rows: Count


class ReceiptSeal(_Part):
    """What a source's extraction reported."""

    source: str
    path: str
    sha256: Sha256


class TableSeal(_Part):
    """A published table: its rows and a hash of their content that doesn't depend on their order."""

    table: str
    rows: Count
    sha256: Sha256


class DbtNode(_Part):
    """What became of one dbt node."""

    unique_id: str
    status: str


class ExpectationsSeal(_Part):
    """This run's expectation results: how many of each outcome, and a hash of them all."""

    outcomes: dict[str, Count]
    sha256: Sha256


class DeliverySeal(_Part):
    """What became of one message."""

    report: str
    period: str
    revision: int
    recipient: str
    state: str
    message_id: str


class Manifest(_Part):
    """Everything that a run's figures rest on, and where they went. ``previous`` is the hash of the manifest
    sealed before this one, of whatever kind; null for the first."""

    kind: Kind
    as_of: Instant
    known_at: Instant
    charter: CharterSeal
    code: CodeSeal
    inputs: tuple[InputSeal, ...]
    receipts: tuple[ReceiptSeal, ...]
    warehouse: tuple[TableSeal, ...]
    dbt: tuple[DbtNode, ...]
    expectations: ExpectationsSeal | None
    rendered: tuple[FileSeal, ...]
    deliveries: tuple[DeliverySeal, ...]
    previous: Sha256 | None

    def canonical(self) -> bytes:
        """The manifest as sealed: UTF-8 JSON, keys sorted, one way to write it."""
        content = self.model_dump(mode="json")
        return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()

    def says_the_same_as(self, other: Manifest) -> bool:
        """Whether both tell the same, whatever was sealed before them."""
        return self.model_copy(update={"previous": None}) == other.model_copy(update={"previous": None})


def collect(
    settings: Settings,
    kind: Kind,
    as_of: datetime,
    known_at: datetime,
    rendered: Iterable[Path],
    deliveries: Iterable[DeliveryRecord],
) -> Manifest:
    """The manifest of a run as the installation stands now, with ``previous`` still null.

    Raises EvidenceError when the published warehouse is missing or was built for another as-of, or when a
    file cannot be read.
    """
    with _published(settings) as warehouse:
        charter_id, charter_version = _run(settings, warehouse, as_of, known_at)
        return Manifest(
            kind=kind,
            as_of=as_of,
            known_at=known_at,
            charter=CharterSeal(id=charter_id, version=charter_version, files=_definitions(settings)),
            code=CodeSeal(version=charter.__version__, sha256=_code(settings)),
            inputs=_inputs(settings, known_at),
            receipts=_receipts(settings, known_at),
            warehouse=_tables(warehouse),
            dbt=_dbt(settings),
            expectations=_expectations(warehouse, as_of),
            rendered=_rendered(settings, rendered),
            deliveries=_deliveries(deliveries),
            previous=None,
        )


def read_tables(settings: Settings) -> tuple[TableSeal, ...]:
    """Every table of the warehouse that ``settings`` name, as a seal shows it. Raises EvidenceError."""
    with _published(settings) as warehouse:
        return _tables(warehouse)


def file_sha256(path: Path) -> str:
    """Hash of a file's content, 64 hexadecimal digits. Raises OSError when it can't be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- the parts -----------------------------------------------------------------------------------------


def _definitions(settings: Settings) -> tuple[FileSeal, ...]:
    files = sorted(settings.charter_dir.glob("*.yaml"))
    return tuple(FileSeal(path=file.name, sha256=_hash(file)) for file in files)


def _code(settings: Settings) -> str:
    roots = {
        "src/charter": Path(charter.__file__).parent,
        **{name: settings.home / name for name in ("dbt_project", "expectations", "reports")},
    }
    digest = hashlib.sha256()
    for name, root in roots.items():
        for file in sorted(root.rglob("*")):
            place = file.relative_to(root)
            ignored = any(part in _NOT_CODE or part.startswith(".") for part in place.parts)
            if file.is_file() and not ignored:
                digest.update(f"{name}/{place.as_posix()}\0{_hash(file)}\n".encode())
    return digest.hexdigest()


def _inputs(settings: Settings, known_at: datetime) -> tuple[InputSeal, ...]:
    raw = settings.raw_dir.glob("*/source=*/as_of=*/*.parquet")
    quarantine = settings.lake_dir.glob("quarantine/source=*/as_of=*/*.parquet")
    files = [file for file in sorted((*raw, *quarantine)) if is_known(file, known_at)]
    rows = _row_counts(files)
    return tuple(
        InputSeal(
            source=file.parent.parent.name.removeprefix("source="),
            table=file.parent.parent.parent.name,
            path=_place(settings, file),
            sha256=_hash(file),
            rows=rows[file],
        )
        for file in files
    )


def _row_counts(files: Sequence[Path]) -> dict[Path, int]:
    if not files:
        return {}
    try:
        with duckdb.connect() as reader:
            counted = reader.execute(
                "SELECT file_name, num_rows FROM parquet_file_metadata(?)", [[str(file) for file in files]]
            ).fetchall()
    except duckdb.Error as error:
        raise EvidenceError(
            f"a landed file is not readable Parquet: {error}",
            where="lake",
            remedy="restore the file named from a copy, or extract that night again",
        ) from error
    return {Path(file): int(rows) for file, rows in counted}


def _receipts(settings: Settings, known_at: datetime) -> tuple[ReceiptSeal, ...]:
    files = sorted(settings.lake_dir.glob("receipts/as_of=*/*.json"))
    return tuple(
        ReceiptSeal(source=file.stem, path=_place(settings, file), sha256=_hash(file))
        for file in files
        if is_known(file, known_at)
    )


def is_known(place: Path | PurePosixPath, known_at: datetime) -> bool:
    """Whether a file of the lake (its path tells its night) had arrived by ``known_at``."""
    found = _AS_OF.fullmatch(place.parent.name)
    # Stamps have one length and no zone but UTC, so their order is that of the instants.
    return found is not None and found[1] <= stamp(known_at)


@contextmanager
def _published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    remedy = "run the transformation; it publishes the warehouse"
    if not settings.warehouse.exists():
        raise EvidenceError("there is no published warehouse", where=str(settings.warehouse), remedy=remedy)
    try:
        with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
            warehouse.execute("SET TimeZone = 'UTC'")
            yield warehouse
    except duckdb.Error as error:
        where = str(settings.warehouse)
        raise EvidenceError(f"the published warehouse cannot be read: {error}", where=where, remedy=remedy) from error


def _run(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, as_of: datetime, known_at: datetime
) -> tuple[str, str]:
    found = warehouse.execute("SELECT as_of, known_at, charter_id, charter_version FROM marts.run").fetchall()
    if len(found) != 1 or found[0][:2] != (naive_utc(as_of), naive_utc(known_at)):
        built = ", ".join(f"as of {row[0]}, known at {row[1]}" for row in found) or "nothing"
        raise EvidenceError(
            f"the published warehouse holds another run ({built}; UTC)",
            where=f"{settings.warehouse}, marts.run",
            remedy=f"transform as of {stamp(as_of)}, known at {stamp(known_at)}, then seal",
        )
    return str(found[0][2]), str(found[0][3])


def _tables(warehouse: duckdb.DuckDBPyConnection) -> tuple[TableSeal, ...]:
    names = warehouse.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts' ORDER BY table_name"
    ).fetchall()
    return tuple(_table(warehouse, name) for (name,) in names)


def _table(warehouse: duckdb.DuckDBPyConnection, name: str) -> TableSeal:
    rows, sha256 = _content(warehouse, f'SELECT * FROM marts."{name}"')
    return TableSeal(table=name, rows=rows, sha256=sha256)


def _content(warehouse: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> tuple[int, str]:
    """Rows of a query, and the hash of their content: columns with types, then each row's hash, in order."""
    digest = hashlib.sha256()
    for column, kind, *_ in warehouse.execute(f"DESCRIBE {query}", parameters).fetchall():
        digest.update(f"{column} {kind}\n".encode())
    # Each row is reduced to a hash before sorting, so that memory doesn't grow with the width of the rows.
    warehouse.execute(
        f"SELECT sha256(CAST(to_json(r) AS VARCHAR)) AS row_sha256 FROM ({query}) AS r ORDER BY row_sha256", parameters
    )
    rows = 0
    while batch := warehouse.fetchmany(_BATCH):
        rows += len(batch)
        digest.update("".join(f"{row}\n" for (row,) in batch).encode())
    return rows, digest.hexdigest()


def _expectations(warehouse: duckdb.DuckDBPyConnection, as_of: datetime) -> ExpectationsSeal | None:
    query = "SELECT * FROM marts.expectation_results WHERE as_of = ?"
    instant = [naive_utc(as_of)]
    try:
        outcomes = warehouse.execute(f"SELECT outcome, count(*) FROM ({query}) GROUP BY outcome", instant).fetchall()
    except duckdb.CatalogException:
        return None
    return ExpectationsSeal(outcomes=dict(outcomes), sha256=_content(warehouse, query, instant)[1])


def _dbt(settings: Settings) -> tuple[DbtNode, ...]:
    path = settings.work_dir / "dbt_target" / "run_results.json"
    if not path.exists():
        return ()
    try:
        # Timings and messages differ from run to run; what ran and how it ended does not.
        nodes = [
            DbtNode(unique_id=node["unique_id"], status=node["status"])
            for node in json.loads(path.read_bytes())["results"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            "dbt's results cannot be read", where=str(path), remedy="run the transformation again"
        ) from error
    return tuple(sorted(nodes, key=lambda node: node.unique_id))


def _rendered(settings: Settings, files: Iterable[Path]) -> tuple[FileSeal, ...]:
    places = {_place(settings, file): file for file in files}
    return tuple(FileSeal(path=place, sha256=_hash(places[place])) for place in sorted(places))


def _deliveries(records: Iterable[DeliveryRecord]) -> tuple[DeliverySeal, ...]:
    seals = [
        DeliverySeal(**record.key.model_dump(), state=record.state.value, message_id=record.message_id)
        for record in records
    ]
    return tuple(sorted(seals, key=lambda seal: (seal.report, seal.period, seal.recipient, seal.revision)))


def _place(settings: Settings, file: Path) -> str:
    try:
        return file.resolve().relative_to(settings.var_dir.resolve()).as_posix()
    except ValueError as error:
        raise EvidenceError(
            "a file to be sealed lies outside the state folder",
            where=str(file),
            remedy=f"write it under {settings.var_dir}",
        ) from error


def _hash(file: Path) -> str:
    try:
        return file_sha256(file)
    except OSError as error:
        raise EvidenceError(
            f"a file to be sealed cannot be read ({error.strerror})",
            where=str(file),
            remedy="make it again by running the step that writes it",
        ) from error
