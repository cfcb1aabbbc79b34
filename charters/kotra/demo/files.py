"""truth.csv, truth_quarantine.csv, truth_results.csv and truth_actions.csv: the planted verdicts as files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from charter.definitions.models import Agency, Feed, Source
from charter.planted import iso, write_table

from .mending import ActionTruth
from .truth import Verdict
from .unknown import YearResult
from .world import Line, World, key_of, lines
from .write import WORKBOOKS, daily_lines

TRUTH_HEADER = [
    "commitment_id", "standard_id", "part", "department_id", "status", "opened_at", "due_at", "fulfilled_at",
    "decided_at", "decided_on", "exclusion_rule",
]  # fmt: skip
QUARANTINE_HEADER = ["source", "table", "origin", "reason"]
ACTIONS_HEADER = ["action_id", "standard_id", "department_id", "state"]
RESULTS_HEADER = ["standard_id", "result", "met", "breached", "pending", "excluded"]


@dataclass(frozen=True, order=True)
class Refusal:
    """A row that must be in quarantine: where it stands, and why."""

    source: str
    table: str
    origin: str
    reason: str


def refusals(world: World, agency: Agency, when: datetime) -> list[Refusal]:
    """Every broken row that the sources show at ``when``, with the place where it stands."""
    found = [
        Refusal(source.id, feed.table, origin, line.broken.reason)
        for source in agency.sources
        for feed in source.feeds
        for origin, line in _placed(world, agency, source, feed, when)
        if line.broken is not None
    ]
    return sorted(found)


def _placed(world: World, agency: Agency, source: Source, feed: Feed, when: datetime) -> Iterable[tuple[str, Line]]:
    if source.kind == "sql":
        for line in lines(world, feed.table, when):
            key = next(iter(line.broken.raw)) if line.broken else ""
            keyless = line.broken is not None and line.broken.reason == "missing_value" and key.endswith("_id")
            yield f"{feed.table}:{'(no key)' if keyless else key_of(line.row)}", line
    elif feed.path is not None and "{day}" in feed.path:
        for day, rows in daily_lines(world, agency, feed.table, when).items():
            name = feed.path.format(day=f"{day:%Y%m%d}")
            yield from ((f"{name}:{number}", line) for number, line in enumerate(rows, start=2))
    else:
        place = feed.path or f"{Path(WORKBOOKS[source.id]).name}/{feed.sheet}"
        first = feed.header_row + 1
        for number, line in enumerate(lines(world, feed.table, when), start=first):
            yield f"{place}:{number}", line


def write_truth(
    folder: Path,
    verdicts: list[Verdict],
    refused: list[Refusal],
    results: list[YearResult],
    actions: list[ActionTruth],
) -> None:
    """Writes the four files."""
    write_table(
        folder / "truth_actions.csv",
        ACTIONS_HEADER,
        ([each.action_id, each.standard_id, each.department_id or "", each.state] for each in actions),
    )
    write_table(
        folder / "truth.csv",
        TRUTH_HEADER,
        (
            [
                verdict.commitment_id,
                verdict.standard_id,
                verdict.part,
                verdict.department_id,
                verdict.status,
                iso(verdict.opened_at),
                iso(verdict.due_at),
                iso(verdict.fulfilled_at),
                iso(verdict.decided_at),
                verdict.decided_on.isoformat() if verdict.decided_on else "",
                verdict.exclusion_rule or "",
            ]
            for verdict in verdicts
        ),
    )
    write_table(
        folder / "truth_quarantine.csv",
        QUARANTINE_HEADER,
        ([each.source, each.table, each.origin, each.reason] for each in refused),
    )
    write_table(
        folder / "truth_results.csv",
        RESULTS_HEADER,
        (
            [each.standard_id, each.result, str(each.met), str(each.breached), str(each.pending), str(each.excluded)]
            for each in results
        ),
    )
