"""The expectations that looked at a standard, or at the sources that feed it: that night and since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from charter.assertions.results import history_files
from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency, tables_of_standard
from charter.explain.models import CheckHistory, CheckTold
from charter.lake.engine import connect
from charter.report.facts.warehouse import aware

_COLUMNS = (
    "suite, expectation, kind, as_of, outcome, evaluated, unexpected, period_kind, error, standard_id, table_name"
)


def checks_of(settings: Settings, agency: Agency, standard_id: str, until: datetime) -> tuple[CheckHistory, ...]:
    """The checks of a standard's threshold and agreement, and of the contracts of the tables that feed it, by name.

    Every night up to ``until`` (aware) of which results are kept counts.
    """
    files = history_files(settings)
    if not files:
        return ()
    with connect() as db:
        rows = db.execute(
            f"""
            SELECT {_COLUMNS} FROM read_parquet($files, union_by_name = true, hive_partitioning = false)
            WHERE (standard_id = $standard OR (standard_id IS NULL AND list_contains($tables, table_name)))
              AND as_of <= $until
            ORDER BY suite, expectation, as_of
            """,
            {
                "files": [str(file) for file in files],
                "standard": standard_id,
                "tables": tables_of_standard(agency, standard_id),
                "until": naive_utc(until),
            },
        ).fetchall()
    by_name: dict[str, list[CheckTold]] = {}
    for row in rows:
        told = _check(row)
        by_name.setdefault(told.name, []).append(told)
    return tuple(_history(nights) for nights in by_name.values())


def _check(row: Sequence[Any]) -> CheckTold:
    suite, expectation, kind, as_of, outcome, evaluated, unexpected, period_kind, error, *_ = row
    return CheckTold(
        name=f"{suite}/{expectation}",
        kind=kind,
        as_of=aware(as_of),
        outcome=outcome,
        evaluated=evaluated,
        unexpected=unexpected,
        period_kind=period_kind,
        error=error,
    )


def _history(nights: Sequence[CheckTold]) -> CheckHistory:
    counts = Counter(night.outcome for night in nights)
    return CheckHistory(newest=nights[-1], first_at=nights[0].as_of, outcomes=dict(sorted(counts.items())))
