"""What became of each of dbt's models and tests in one build, in words for a task's log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SLOWEST = 10
_SQL_LINES = 80
_FAILED = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class NodeRun:
    """A model or a test of dbt: its name, how it ended in dbt's word, and in how many seconds.

    ``rows`` are those of a model's table after the build, or those that a test found fault with; None of a view, and of
    a test that found none. ``sql`` is what ran, where it failed.
    """

    kind: str
    name: str
    status: str
    seconds: float
    rows: int | None = None
    sql: str | None = None

    @property
    def has_failed(self) -> bool:
        return self.status in _FAILED

    def line(self) -> str:
        rows = "" if self.rows is None else f"{self.rows:>12,} rows"
        return f"{self.status:<8}{self.seconds:>8.2f} s  {self.kind:<5} {self.name:<60}{rows}".rstrip()


def node_runs(results: Iterable[Any], rows: Mapping[str, int]) -> list[NodeRun]:
    """dbt's ``results`` in the order in which they ended; ``rows`` are those of the tables by their names."""
    return [
        NodeRun(
            kind=str(result.node.resource_type),
            name=result.node.name,
            status=str(result.status),
            seconds=float(result.execution_time or 0),
            rows=rows.get(result.node.name) if result.node.resource_type == "model" else result.failures or None,
            sql=getattr(result.node, "compiled_code", None) if str(result.status) in _FAILED else None,
        )
        for result in results
    ]


def slowest(runs: Sequence[NodeRun]) -> str:
    """How much there was to do, and what took longest."""
    models = sum(run.kind == "model" for run in runs)
    seconds = sum(run.seconds for run in runs)
    top = sorted(runs, key=lambda run: -run.seconds)[:_SLOWEST]
    head = f"dbt: models {models}, tests {len(runs) - models}; {seconds:.1f} s of work; the slowest {len(top)}:"
    return "\n".join([head, *(run.line() for run in top)])


def each(runs: Sequence[NodeRun]) -> str:
    """Every model and test with its outcome, what failed first, then as they ended."""
    return "\n".join(["dbt: every model and test", *(run.line() for run in sorted(runs, key=_failed_first))])


def sql_of(run: NodeRun) -> str:
    """The SQL of a model or test that failed, as it ran; a long one is cut, and its file has the rest."""
    lines = (run.sql or "").strip().splitlines()
    rest = [f"… {len(lines) - _SQL_LINES} lines more"] if len(lines) > _SQL_LINES else []
    return "\n".join([f"{run.kind} {run.name} ran:", *lines[:_SQL_LINES], *rest])


def _failed_first(run: NodeRun) -> bool:
    return not run.has_failed
