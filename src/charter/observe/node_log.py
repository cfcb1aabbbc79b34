"""What Airflow's log of ``transform`` says of dbt: the slowest models and tests, each of them, and SQL that failed."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from charter.base.settings import Settings
from charter.observe.nodes import NodeRun

_SLOWEST = 10
_SQL_LINES = 80
log = logging.getLogger("charter.transform")


def tell_nodes(settings: Settings, nodes: Sequence[NodeRun]) -> None:
    """Tells the log of an Airflow task. A terminal has a line for a step, and would drown in these."""
    told = [node for node in nodes if node.kind in ("model", "test")]
    if not told or "AIRFLOW_CTX_DAG_RUN_ID" not in os.environ:
        return
    log.info("%s", slowest(told))
    log.info("%s", each(told))
    for node in told:
        if node.has_failed and node.sql:
            log.info("%s", sql_of(settings, node))


def slowest(nodes: Sequence[NodeRun]) -> str:
    """How much there was to do, and what took longest."""
    models = sum(node.kind == "model" for node in nodes)
    seconds = sum(node.seconds for node in nodes)
    top = sorted(nodes, key=lambda node: -node.seconds)[:_SLOWEST]
    head = f"dbt: models {models}, tests {len(nodes) - models}; {seconds:.1f} s of work; the slowest {len(top)}:"
    return "\n".join([head, *(_line(node) for node in top)])


def each(nodes: Sequence[NodeRun]) -> str:
    """Every model and test with its outcome, time and rows: what failed first, then as they began."""
    return "\n".join(["dbt: every model and test", *map(_line, sorted(nodes, key=lambda node: not node.has_failed))])


def sql_of(settings: Settings, node: NodeRun) -> str:
    """The SQL of a model or test that failed, as it ran; a long one is cut, and its file has the rest."""
    try:
        lines = (settings.var_dir / node.sql).read_text(encoding="utf-8").strip().splitlines()
    except OSError:
        lines = []
    rest = [f"… {len(lines) - _SQL_LINES} lines more"] if len(lines) > _SQL_LINES else []
    return "\n".join([f"{node.kind} {node.name} ran, from {node.sql}:", *lines[:_SQL_LINES], *rest])


def _line(node: NodeRun) -> str:
    rows = "" if node.rows is None else f"{node.rows:>12,} rows"
    return f"{node.status:<8}{node.seconds:>8.2f} s  {node.kind:<5} {node.name:<60}{rows}".rstrip()
