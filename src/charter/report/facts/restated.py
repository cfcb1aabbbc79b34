"""What has changed in a week that was reported: which figures, from what to what, and why.

The reported figures are compared, not what a recomputation of them would give. The commitments say why: those that were
decided in the week when the report was made are kept beside it, and compared with tonight's ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb

from charter.base.errors import ReportError
from charter.base.files import sql_text, whole_file
from charter.base.moments import Period, naive_utc, stamp
from charter.base.settings import Settings
from charter.report.facts.figures import NOTHING_IN_DOUBT, Key
from charter.report.facts.reported import ReportedFigures, StandardFigures, differs, doubts_differ
from charter.report.facts.warehouse import Warehouse

# The causes of marts.restatements; and: a source was heard since (freshness), the charter folder says otherwise (rule),
# rows in doubt came or were put right (in_doubt), what is missing may be more or fewer (missing), a check was evaluated
# that could not be (rechecked).
Cause = Literal[
    "late_row",
    "corrected",
    "excluded",
    "transferred",
    "redecided",
    "deleted",
    "freshness",
    "rule",
    "in_doubt",
    "missing",
    "rechecked",
]


@dataclass(frozen=True)
class VerdictChange:
    """A commitment that was decided otherwise when the report was made; None: not in that week, then or now.

    ``has_news`` says that a row of its subject arrived since.
    """

    commitment_id: str
    standard_id: str
    before_status: str | None
    after_status: str | None
    before_department: str | None
    after_department: str | None
    cause: Cause
    has_news: bool

    def touches(self, members: Collection[str | None]) -> bool:
        before = self.before_status is not None and self.before_department in members
        return before or (self.after_status is not None and self.after_department in members)

    def counts_in(self) -> frozenset[Key]:
        """The figures that it counts in: its department's, then and now, and the whole agency's."""
        owners: set[str | None] = {None}
        owners |= {self.before_department} if self.before_status is not None else set()
        owners |= {self.after_department} if self.after_status is not None else set()
        return frozenset((self.standard_id, owner) for owner in owners)


@dataclass(frozen=True)
class FigureChange:
    """One standard's figures in one department (None: the whole agency), as reported and as they are; None: not named.

    ``causes`` counts the commitments by cause; freshness, rule, in_doubt, missing and rechecked may stand without any.
    """

    standard_id: str
    department_id: str | None
    before: StandardFigures | None
    after: StandardFigures | None
    causes: tuple[tuple[Cause, int], ...]

    @property
    def key(self) -> Key:
        return self.standard_id, self.department_id


@dataclass(frozen=True)
class Restatement:
    """What a revision corrects: the report made as of ``reported_as_of`` (aware), figure by figure."""

    reported_as_of: datetime
    changes: tuple[FigureChange, ...]


def keep_decided(warehouse: Warehouse, week: Period, path: Path) -> None:
    """Keeps the commitments decided in ``week``, as the warehouse has them, in a Parquet file; never twice."""
    if path.exists():
        return
    with whole_file(path) as growing:
        warehouse.connection.execute(
            f"""
            COPY (
                SELECT commitment_id, standard_id, department_id, status FROM marts.fct_commitments
                WHERE decided_on BETWEEN date '{week.start}' AND date '{week.end}' ORDER BY commitment_id
            ) TO {sql_text(growing)} (FORMAT parquet, COMPRESSION zstd)
            """
        )


def decided_figures(path: Path) -> list[StandardFigures]:
    """The counts that kept commitments give: all that is known of a week reported by a release that kept no figures.

    Raises ReportError when the file is damaged.
    """
    _require_readable(path)
    with duckdb.connect() as reader:
        rows = reader.execute(
            f"""
            SELECT standard_id, department_id, count(*) FILTER (status = 'met'),
                count(*) FILTER (status = 'breached'), count(*) FILTER (status = 'excluded')
            FROM (
                SELECT standard_id, department_id, status FROM read_parquet({sql_text(path)})
                UNION ALL SELECT standard_id, NULL, status FROM read_parquet({sql_text(path)})
            )
            GROUP BY ALL ORDER BY ALL
            """
        ).fetchall()
    return [
        StandardFigures(standard_id=row[0], department_id=row[1], met=row[2], breached=row[3], excluded=row[4])
        for row in rows
    ]


def _require_readable(decided: Path) -> None:
    try:
        with duckdb.connect() as reader:
            reader.execute(
                "SELECT max(commitment_id), max(standard_id), max(department_id), max(status) FROM read_parquet(?)",
                [str(decided)],
            )
    except (duckdb.Error, OSError) as error:
        raise ReportError(
            "what was decided in the week, as it was reported, cannot be read: no correction of this week goes out",
            where=str(decided),
            remedy="restore the file from a copy (charter verify says whether it was altered); without one, move it"
            " away: corrections then go out without saying why",
        ) from error


def verdict_changes(
    settings: Settings, warehouse: Warehouse, week: Period, decided: Path, reported_known_at: datetime
) -> list[VerdictChange]:
    """Every commitment of ``week`` whose verdict or department is not that kept in ``decided``.

    ``reported_known_at`` (aware) is the instant up to which the report knew what had arrived. Raises ReportError when
    the file is damaged.
    """
    _require_readable(decided)
    rows = warehouse.rows(
        f"""
        WITH reported AS (
            SELECT commitment_id, standard_id, department_id, status FROM read_parquet({sql_text(decided)})
        ),
        decided AS (
            SELECT commitment_id, standard_id, department_id, status FROM marts.fct_commitments
            WHERE decided_on BETWEEN $first AND $last
        ),
        compared AS (
            SELECT commitment_id, coalesce(decided.standard_id, reported.standard_id) AS standard_id,
                reported.status AS before_status, decided.status AS after_status,
                reported.department_id AS before_department, decided.department_id AS after_department
            FROM reported FULL JOIN decided USING (commitment_id)
            WHERE reported.status IS DISTINCT FROM decided.status
                OR reported.department_id IS DISTINCT FROM decided.department_id
        )
        SELECT compared.*, known.commitment_id IS NOT NULL AS is_there, known.known_at
        FROM compared LEFT JOIN marts.fct_commitments AS known USING (commitment_id)
        ORDER BY commitment_id
        """,
        {"first": week.start, "last": week.end},
    )
    gone = {_subject(commitment_id) for commitment_id, *_, is_there, _ in rows if not is_there}
    touched = _touched_since(settings, gone, reported_known_at) if gone else set()
    return [_verdict_change(row, touched, reported_known_at) for row in rows]


def _verdict_change(row: tuple[Any, ...], touched: Collection[str], reported_known_at: datetime) -> VerdictChange:
    commitment_id, standard_id, before, after, before_department, after_department, is_there, known_at = row
    has_news = _is_later(known_at, reported_known_at) if is_there else _subject(commitment_id) in touched
    cause = _cause(before, after, is_there=is_there, has_news=has_news)
    return VerdictChange(
        commitment_id, standard_id, before, after, before_department, after_department, cause, has_news
    )


def _cause(before: str | None, after: str | None, *, is_there: bool, has_news: bool) -> Cause:
    """As marts.restatements names it, against the report instead of the closing."""
    if not is_there:
        return "deleted"
    if before is None:
        return "late_row" if has_news else "redecided"
    if after is None:
        return "redecided"
    if after == before:
        return "transferred"
    return "excluded" if after == "excluded" else "corrected"


def _is_later(known_at: object, reported_known_at: datetime) -> bool:
    return isinstance(known_at, datetime) and known_at > naive_utc(reported_known_at)


def _subject(commitment_id: str) -> str:
    return commitment_id.split("/", 2)[-1]


def _touched_since(settings: Settings, subjects: Collection[str], known_at: datetime) -> set[str]:
    """Those of ``subjects`` (ids) of which a row arrived, or was found gone, after ``known_at`` (aware)."""
    since = f"as_of={stamp(known_at)}"
    files = [str(file) for file in settings.raw_dir.glob("*/source=*/as_of=*/*.parquet") if file.parent.name > since]
    if not files:
        return set()
    with duckdb.connect() as reader:
        rows = reader.execute(
            "SELECT DISTINCT _row_key FROM read_parquet(?, union_by_name = true) WHERE list_contains(?, _row_key)",
            [files, sorted(subjects)],
        ).fetchall()
    return {key for (key,) in rows}


def figure_changes(
    before: ReportedFigures, now: ReportedFigures, verdicts: Sequence[VerdictChange]
) -> list[FigureChange]:
    """The figures in ``before`` that are others in ``now``, with the causes.

    What another release makes of the same rows is no correction. Where the engines differ (or the earlier one is
    unknown), only figures in which some commitment has news are reported again.
    """
    reported = {row.key: row for row in before.standards}
    found = {row.key: row for row in now.standards}
    is_same_engine = bool(before.engine) and before.engine == now.engine
    is_same_charter = before.charter == now.charter
    with_news = {key for change in verdicts if change.has_news for key in change.counts_in()}
    return [
        FigureChange(*key, reported.get(key), found.get(key), _causes(key, reported, found, verdicts, is_same_charter))
        for key in sorted({*reported, *found}, key=lambda key: (key[0], key[1] or ""))
        if differs(reported.get(key), found.get(key)) and (is_same_engine or key in with_news)
    ]


def _causes(
    key: Key,
    reported: Mapping[Key, StandardFigures],
    found: Mapping[Key, StandardFigures],
    verdicts: Sequence[VerdictChange],
    is_same_charter: bool,
) -> tuple[tuple[Cause, int], ...]:
    before, after = reported.get(key), found.get(key)
    was_heard = before is not None and after is not None and before.days_without_data != after.days_without_data
    counts: Counter[Cause] = Counter(
        _reported_cause(change, was_heard=was_heard, is_same_charter=is_same_charter)
        for change in verdicts
        if key in change.counts_in()
    )
    if not counts:
        counts[next(_other_causes(before, after, was_heard=was_heard, is_same_charter=is_same_charter))] = 0
    elif was_heard:
        counts["freshness"] += 0
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _reported_cause(change: VerdictChange, *, was_heard: bool, is_same_charter: bool) -> Cause:
    if change.has_news:
        return change.cause
    if not is_same_charter:
        return "rule"
    return "freshness" if was_heard and change.cause == "redecided" else change.cause


def _other_causes(
    before: StandardFigures | None, after: StandardFigures | None, *, was_heard: bool, is_same_charter: bool
) -> Iterator[Cause]:
    """Why a figure changed though no commitment's verdict did, the likeliest first."""
    if was_heard:
        yield "freshness"
    if not is_same_charter:
        yield "rule"
    if before is not None and after is not None and before.excluded_by != after.excluded_by:
        yield "excluded"
    if before is not None and after is not None and doubts_differ(before, after):
        yield "in_doubt" if before.in_doubt != after.in_doubt or after.in_doubt != NOTHING_IN_DOUBT else "missing"
    yield "rechecked"
