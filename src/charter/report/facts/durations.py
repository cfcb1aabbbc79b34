"""How long answers took against their limit: counts in bins, never single cases."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from charter.base.moments import Period
from charter.report.facts.figures import Key
from charter.report.facts.warehouse import Warehouse

DURATION_WEEKS = 13
# The shares of its limit at which a bin ends, its end included; the last bin is beyond them all.
EDGES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Durations:
    """Commitments by the share of their limit that they took: one count for each of EDGES, one beyond, and those that
    were breached without an answer until now."""

    counts: tuple[int, ...]
    unanswered: int

    @property
    def n(self) -> int:
        return sum(self.counts) + self.unanswered


def read_durations(warehouse: Warehouse, week: Period) -> dict[Key, Durations]:
    """Of each standard with a deadline, by department and (None) in all: what was decided in the 13 weeks to ``week``.

    How long an answer took is its ``measured_value`` over its ``limit_value``, in whatever unit both are.
    """
    edges = " ".join(f"WHEN taken <= {edge} THEN {at}" for at, edge in enumerate(EDGES))
    rows = warehouse.rows(
        f"""
        SELECT standard_id, department_id,
               CASE {edges} WHEN taken IS NULL THEN -1 ELSE {len(EDGES)} END AS place, count(*)
        FROM (
            SELECT c.standard_id, c.department_id, c.measured_value / c.limit_value AS taken
            FROM marts.fct_commitments AS c
            JOIN marts.dim_standard AS s USING (standard_id, rule_version)
            WHERE s.kind = 'deadline' AND c.status IN ('met', 'breached') AND c.limit_value > 0
                AND c.decided_on BETWEEN ? AND ?
        )
        GROUP BY ALL ORDER BY ALL
        """,
        [week.start - timedelta(weeks=DURATION_WEEKS - 1), week.end],
    )
    found: dict[Key, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for standard_id, department_id, place, count in rows:
        # What nobody owns is in the agency's alone.
        for owner in {department_id, None}:
            found[standard_id, owner][place] += count
    return {
        key: Durations(tuple(counts[place] for place in range(len(EDGES) + 1)), counts[-1])
        for key, counts in found.items()
    }
