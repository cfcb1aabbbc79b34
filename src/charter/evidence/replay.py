"""Compares a night that was built again with what was sealed of it."""

from __future__ import annotations

from datetime import datetime

from charter.errors import Problem
from charter.evidence.chain import read_chain, sealed_manifest
from charter.evidence.manifest import Kind, TableSeal, read_tables
from charter.settings import Settings


def sealed_tables(settings: Settings, kind: Kind, as_of: datetime) -> dict[str, TableSeal] | None:
    """The published tables as the newest seal of the run ``kind`` as of ``as_of`` names them; None when not sealed.

    Raises EvidenceError when that manifest was altered.
    """
    chain = read_chain(settings.evidence_dir)
    entries = [entry for entry in chain if (entry.kind, entry.as_of) == (kind, as_of)]
    if not entries:
        return None
    return {table.table: table for table in sealed_manifest(settings.evidence_dir, entries[-1]).warehouse}


def replay_differences(settings: Settings, as_of: datetime) -> list[Problem] | None:
    """How the warehouse that ``settings`` name differs from what the night ``as_of`` (aware) sealed, table by table.

    An empty list: every table is the same, row for row. None: that night was never sealed.
    """
    sealed = sealed_tables(settings, "nightly", as_of)
    if sealed is None:
        return None
    built = {table.table: table for table in read_tables(settings)}
    return [
        Problem(
            f"{name} is not what was sealed: {_shown(sealed.get(name))} then, {_shown(built.get(name))} now",
            f"night as of {as_of.isoformat()}",
            "find out whether definitions, code or landed files were changed since; the seal names each",
        )
        for name in sorted({*sealed, *built})
        if sealed.get(name) != built.get(name)
    ]


def _shown(table: TableSeal | None) -> str:
    return "absent" if table is None else f"{table.rows} rows, {table.sha256[:12]}"
