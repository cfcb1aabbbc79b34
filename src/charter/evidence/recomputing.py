"""Builds a sealed night again from the rows that landed, in a place of its own, and compares it with its seal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import duckdb

from charter.assertions import run_expectations
from charter.base.errors import EvidenceError, Problem
from charter.base.files import sql_text
from charter.base.moments import last_ended_day, naive_utc, stamp
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.evidence.chain import read_chain
from charter.evidence.code import code_digest
from charter.evidence.collect import definition_seals
from charter.evidence.manifest import Manifest
from charter.evidence.replay import newest_seal, table_differences
from charter.evidence.tables import published, read_tables
from charter.transform import build_warehouse, publish_warehouse

_COUNTS = ("met", "breached", "pending", "excluded", "met_at_least", "breached_at_least")
_SHOWN = 20


def sealed_nights(settings: Settings, agency: Agency, first: date | None, last: date | None) -> list[datetime]:
    """The nights (as-of, aware UTC) that were sealed, from that after ``first`` to that after ``last``, in order.

    Without either there is no such end. Raises EvidenceError when the chain was altered.
    """
    chain = read_chain(settings.evidence_dir)
    nights = sorted({entry.as_of for entry in chain if entry.kind == "nightly"})
    return [
        night for night in nights if (first or date.min) <= last_ended_day(night, agency.zone) <= (last or date.max)
    ]


def recompute(settings: Settings, agency: Agency, as_of: datetime) -> list[Problem]:
    """How the night ``as_of`` (aware), built again from raw versions alone, differs from what was sealed of it.

    A problem names the table and the months that differ; where that night is the published one, also the figures, as
    they are published and as they are recomputed. Nothing of the installation is changed. Raises EvidenceError for a
    night that was never sealed, and as building and judging a night do.
    """
    seal = newest_seal(settings, "nightly", as_of)
    if seal is None:
        raise EvidenceError(
            f"the night as of {as_of.isoformat()} was never sealed",
            where=str(settings.evidence_dir),
            remedy="name a night that was",
        )
    beside = replace(settings, replay=f"recomputed-{stamp(as_of)}")
    try:
        build_warehouse(beside, agency, as_of, as_of, anew=True)
        run_expectations(beside, agency, as_of, as_of, keep=False)
        publish_warehouse(beside)
        return [
            *table_differences(seal, read_tables(beside, seal.version), _remedy(settings, seal)),
            *_figures(settings, beside, as_of),
        ]
    finally:
        shutil.rmtree(beside.warehouse.parent, ignore_errors=True)


def _remedy(settings: Settings, seal: Manifest) -> str:
    """What to look at first, where a night built again is another one."""
    others = []
    if definition_seals(settings) != seal.charter.files:
        others.append("the charter's folder")
    if code_digest(settings) != seal.code.sha256:
        others.append("the code")
    if others:
        return f"{' and '.join(others)} changed since that night was sealed: recompute with what was in force then"
    return "charter and code are those of the seal: find out which of its landed files or published tables were changed"


def _figures(settings: Settings, beside: Settings, as_of: datetime) -> Iterator[Problem]:
    """The figures that are published otherwise than they are recomputed."""
    if not settings.warehouse.exists():
        return
    where = f"{settings.warehouse}, marts.standard_results"
    try:
        with published(settings) as warehouse:
            if warehouse.execute("SELECT as_of FROM marts.run").fetchall() != [(naive_utc(as_of),)]:
                return
            rows = _differing_figures(warehouse, beside)
    except (EvidenceError, duckdb.Error) as error:
        yield Problem(f"the published figures cannot be compared: {error}", where, "restore the file from a copy")
        return
    for kind, start, standard, department, now, then in rows[:_SHOWN]:
        name = f"{standard}, {kind} of {start}, {department or 'the whole agency'}"
        yield Problem(f"{name}: published as {now}, recomputed as {then}", where, "find out who changed it and why")
    if len(rows) > _SHOWN:
        yield Problem(f"and {len(rows) - _SHOWN} more figures", where, "find out who changed them and why")


def _differing_figures(warehouse: duckdb.DuckDBPyConnection, beside: Settings) -> list[tuple[object, ...]]:
    """Kind and start of the period, standard, department, and what is said of it in the one and in the other."""
    warehouse.execute(f"ATTACH {sql_text(beside.warehouse)} AS recomputed (READ_ONLY)")
    counts = ", ', ', ".join(f"{name}, ' {name.replace('_', ' ')}'" for name in _COUNTS)
    # The whole agency has no department: an empty text compares as other names do.
    figures = f"""
        SELECT period_kind, period_start, standard_id, coalesce(department_id, '') AS department,
            concat(result, ': ', {counts}) AS said
        FROM
    """
    return warehouse.execute(
        f"""
        WITH now AS ({figures} marts.standard_results), again AS ({figures} recomputed.marts.standard_results)
        SELECT period_kind, period_start, standard_id, department,
            coalesce(now.said, 'nothing'), coalesce(again.said, 'nothing')
        FROM now FULL JOIN again USING (period_kind, period_start, standard_id, department)
        WHERE now.said IS DISTINCT FROM again.said
        ORDER BY ALL
        """
    ).fetchall()
