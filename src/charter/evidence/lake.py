"""The lake's files night by night: which nights have landed, and what their files hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import duckdb

from charter.base.errors import EvidenceError
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.evidence.erased import Erased, hash_now
from charter.evidence.files import hash_of, place_of
from charter.evidence.manifest import InputSeal, ReceiptSeal
from charter.lake.receipts import FileDigest, SourceReceipt

_AS_OF = re.compile(r"as_of=(\d{8}T\d{6}Z)")
_PREFIX = "as_of="


@dataclass(frozen=True)
class Landed:
    """What the lake holds of ``nights`` (stamps, in order)."""

    nights: tuple[str, ...]
    inputs: tuple[InputSeal, ...]
    receipts: tuple[ReceiptSeal, ...]


def night_of(place: Path | PurePosixPath) -> str | None:
    """The stamp of the night that a file of the lake belongs to (its folder tells); None when it tells none."""
    found = _AS_OF.fullmatch(place.parent.name)
    return found[1] if found else None


def landed(settings: Settings, known_at: datetime, vouched: Collection[str], erased: Erased) -> Landed:
    """The files of every night known by ``known_at`` (aware) that is not among ``vouched`` (stamps).

    Only names are read of the nights that are vouched for; the others' files are hashed whole. Raises EvidenceError
    when a file cannot be read, or is not what its receipt says that the extraction wrote (but for what was ``erased``
    of it since).
    """
    nights = tuple(sorted({night for night in _nights(settings) if night <= stamp(known_at)}.difference(vouched)))
    receipts = [file for night in nights for file in sorted(_receipt_folder(settings, night).glob("*.json"))]
    files = sorted(file for night in nights for file in _input_files(settings, night))
    rows = _row_counts(files)
    inputs = tuple(
        InputSeal(
            source=file.parent.parent.name.removeprefix("source="),
            table=file.parent.parent.parent.name,
            path=place_of(settings, file),
            sha256=hash_of(file),
            rows=rows[file],
        )
        for file in files
    )
    _require_as_received(settings, inputs, receipts, erased)
    return Landed(
        nights=nights,
        inputs=inputs,
        receipts=tuple(
            ReceiptSeal(source=file.stem, path=place_of(settings, file), sha256=hash_of(file)) for file in receipts
        ),
    )


def lake_files(settings: Settings, until: str) -> Iterator[Path]:
    """Every landed, refused and receipt file of the nights up to the stamp ``until``."""
    for night in _nights(settings):
        if night <= until:
            yield from _input_files(settings, night)
            yield from _receipt_folder(settings, night).glob("*.json")


def _source_folders(settings: Settings) -> Iterator[Path]:
    yield from settings.raw_dir.glob("*/source=*")
    yield from settings.lake_dir.glob("quarantine/source=*")


def _receipt_folder(settings: Settings, night: str) -> Path:
    return settings.lake_dir / "receipts" / f"{_PREFIX}{night}"


def _nights(settings: Settings) -> list[str]:
    """Every night that anything lies of. One listing of names a folder: no file is opened."""
    found: set[str] = set()
    for folder in (settings.lake_dir / "receipts", *_source_folders(settings)):
        if folder.is_dir():
            found.update(each.name.removeprefix(_PREFIX) for each in folder.iterdir() if _AS_OF.fullmatch(each.name))
    return sorted(found)


def _input_files(settings: Settings, night: str) -> Iterator[Path]:
    for folder in _source_folders(settings):
        yield from (folder / f"{_PREFIX}{night}").glob("*.parquet")


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


def _require_as_received(
    settings: Settings, inputs: Sequence[InputSeal], receipts: Sequence[Path], erased: Erased
) -> None:
    received = {
        place_of(settings, settings.lake_dir / digest.path): digest.sha256
        for file in receipts
        for digest in _digests(file)
    }
    for each in inputs:
        written = received.get(each.path, each.sha256)
        if hash_now(erased, each.path, written) != each.sha256:
            raise EvidenceError(
                "a landed file is not what its extraction wrote",
                where=each.path,
                remedy="find out who changed it; restore it from a copy, or extract that night again",
            )


def _digests(file: Path) -> Iterator[FileDigest]:
    try:
        receipt = SourceReceipt.model_validate_json(file.read_bytes())
    except ValueError as error:
        raise EvidenceError(
            "a receipt cannot be read", where=str(file), remedy="restore it from a copy, or extract that night again"
        ) from error
    for feed in receipt.feeds:
        yield from feed.files
    if receipt.quarantine is not None:
        yield receipt.quarantine
