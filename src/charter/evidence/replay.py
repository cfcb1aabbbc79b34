"""Compares a night that was built again with what was sealed of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from charter.base.errors import Problem
from charter.base.settings import Settings
from charter.evidence.chain import read_chain, sealed_manifest, seals_of
from charter.evidence.manifest import Kind, Manifest, PartitionSeal, TableSeal
from charter.evidence.tables import read_tables


def newest_seal(settings: Settings, kind: Kind, as_of: datetime) -> Manifest | None:
    """The newest manifest of the run ``kind`` as of ``as_of``; None when it was never sealed.

    Raises EvidenceError when that manifest was altered.
    """
    entries = seals_of(read_chain(settings.evidence_dir), kind, as_of)
    return sealed_manifest(settings.evidence_dir, entries[-1]) if entries else None


def replay_differences(settings: Settings, as_of: datetime) -> list[Problem] | None:
    """How the warehouse that ``settings`` name differs from what the night ``as_of`` (aware) sealed, table by table.

    A problem names the table, and the months of it that differ. Every row is hashed again. An empty list: every table
    is the same, row for row. None: that night was never sealed.
    """
    seal = newest_seal(settings, "nightly", as_of)
    if seal is None:
        return None
    remedy = "find out whether definitions, code or landed files were changed since; the seal names each"
    return table_differences(seal, read_tables(settings, seal.version), remedy)


def table_differences(seal: Manifest, tables: Iterable[TableSeal], remedy: str) -> list[Problem]:
    """How ``tables`` differ from those of ``seal``; each problem names a table, and its months that differ."""
    sealed = {table.table: table for table in seal.warehouse}
    built = {table.table: table for table in tables}
    return [
        Problem(
            f"{name} is not what was sealed: {_shown(sealed.get(name))} then, {_shown(built.get(name))} now"
            f"{_where(sealed.get(name), built.get(name))}",
            f"night as of {seal.as_of.isoformat()}",
            remedy,
        )
        for name in sorted({*sealed, *built})
        if _content(sealed.get(name)) != _content(built.get(name))
    ]


def _content(table: TableSeal | None) -> tuple[int, str] | None:
    return None if table is None else (table.rows, table.sha256)


def _shown(table: TableSeal | None) -> str:
    return "absent" if table is None else f"{table.rows} rows, {table.sha256[:12]}"


def _where(sealed: TableSeal | None, built: TableSeal | None) -> str:
    """The months that differ, with their rows then and now; nothing where tables have no months to tell apart."""
    if sealed is None or built is None:
        return ""
    if sealed.columns != built.columns:
        return "; its columns differ"
    parts = list(_parts(sealed, built))
    return f"; in {', '.join(parts)}" if parts else ""


def _parts(sealed: TableSeal, built: TableSeal) -> Iterator[str]:
    then = {part.partition: part for part in sealed.partitions}
    now = {part.partition: part for part in built.partitions}
    for name in sorted({*then, *now}):
        if _rows(then.get(name)) != _rows(now.get(name)):
            counts = [str(part.rows) if part else "0" for part in (then.get(name), now.get(name))]
            yield f"{name} ({counts[0]} rows then, {counts[1]} now)"


def _rows(part: PartitionSeal | None) -> tuple[int, str] | None:
    return None if part is None else (part.rows, part.sha256)
