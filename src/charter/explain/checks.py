"""The expectations that looked at a standard, or at the sources that feed it: that night and since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from charter.base.settings import Settings
from charter.explain.models import CheckHistory, CheckTold
from charter.lake.engine import connect

_COLUMNS = (
    "suite, expectation, kind, as_of, outcome, evaluated, unexpected, period_kind, error, standard_id, table_name"
)


def checks_of(
    settings: Settings, standard_id: str | None, tables: Sequence[str], until: datetime
) -> tuple[CheckHistory, ...]:
    """The checks of a standard's threshold and agreement, and of the contracts of ``tables``, by name.

    Every night up to ``until`` (aware) of which results are kept counts.
    """
    files = sorted((settings.lake_dir / "expectation_results").glob("as_of=*/part-0.parquet"))
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
                "standard": standard_id or "",
                "tables": list(tables),
                "until": until.astimezone(UTC).replace(tzinfo=None),
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
        as_of=as_of.replace(tzinfo=UTC),
        outcome=outcome,
        evaluated=evaluated,
        unexpected=unexpected,
        period_kind=period_kind,
        error=error,
    )


def _history(nights: Sequence[CheckTold]) -> CheckHistory:
    counts = Counter(night.outcome for night in nights)
    return CheckHistory(newest=nights[-1], first_at=nights[0].as_of, outcomes=dict(sorted(counts.items())))
