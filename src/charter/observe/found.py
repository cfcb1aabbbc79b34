"""What is looked up when a step has ended, because its own words don't say it: commitments by status, messages by
state, and what became of each dbt model."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from charter.base.settings import Settings
from charter.observe.node_log import tell_nodes
from charter.observe.nodes import built_in, keep_nodes
from charter.runs.models import StepRun

log = logging.getLogger("charter.runs")


@dataclass(frozen=True)
class Found:
    counts: Mapping[str, int] = field(default_factory=dict)


def found_after(settings: Settings, run: StepRun) -> Found:
    """What there is to find after ``run``; nothing where it can't be read. A replay's is beside what is published."""
    look = _LOOKS.get(run.step)
    if look is None or run.replay is not None:
        return Found()
    try:
        return Found(look(settings, run))
    except Exception as error:  # a figure less to show is no reason to fail
        log.warning("what %s left could not be counted (%s)", run.name, type(error).__name__)
        return Found()


def _nodes(settings: Settings, run: StepRun) -> dict[str, int]:
    nodes = built_in(settings, run)
    tell_nodes(settings, nodes)
    return keep_nodes(settings, run, nodes)


def _commitments(settings: Settings, run: StepRun) -> dict[str, int]:
    if run.outcome != "done":
        return {}
    from charter.transform import opened

    with opened(settings, settings.warehouse, read_only=True) as connection:
        rows = connection.execute("select status, count(*) from marts.fct_commitments group by 1 order by 1").fetchall()
    return {f"commitments_{status}": count for status, count in rows}


def _messages(settings: Settings, run: StepRun) -> dict[str, int]:
    from charter.deliver import Outbox

    with Outbox.open(settings) as outbox:
        return {f"outbox_{state}": count for state, count in outbox.counts().items()}


_LOOKS: Mapping[str, Callable[[Settings, StepRun], Mapping[str, int]]] = {
    "transform": _nodes,
    "publish": _commitments,
    "reports": _messages,
    "digests": _messages,
    "deliver": _messages,
}
