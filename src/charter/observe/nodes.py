"""What became of each dbt model and test of a night's build, by dbt's own results: ``var/runs/<night>.nodes.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from charter.base.files import write_whole
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.runs.journal import runs_folder
from charter.runs.models import StepRun

_FAILED = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class NodeRun:
    """One model or test. ``status`` is dbt's word. ``rows`` are those of the table that it built (None: no table).
    ``sql`` is the compiled file, relative to the state folder. An instant that is missing was not reached."""

    kind: str
    name: str
    status: str
    began: datetime | None = None
    ended: datetime | None = None
    rows: int | None = None
    sql: str = ""

    @property
    def has_failed(self) -> bool:
        return self.status in _FAILED

    @property
    def seconds(self) -> float:
        return 0.0 if self.began is None or self.ended is None else (self.ended - self.began).total_seconds()


def keep_nodes(settings: Settings, run: StepRun, nodes: Sequence[NodeRun]) -> dict[str, int]:
    """Keeps what dbt did in ``run``; returns how many nodes failed. Where dbt was not reached nothing is kept."""
    if not nodes or run.night is None:
        return {}
    content = [_as_json(node) for node in nodes]
    write_whole(_path(settings, run.night), json.dumps(content, ensure_ascii=False).encode() + b"\n")
    failed = sum(node.has_failed for node in nodes)
    return {"failed_nodes": failed} if failed else {}


def nodes_of_night(settings: Settings, night: datetime) -> list[NodeRun]:
    """The nodes of the newest build of ``night`` (aware), the earliest first; none where nothing is kept."""
    try:
        said = json.loads(_path(settings, night).read_bytes())
    except (OSError, ValueError):
        return []
    return [_from_json(each) for each in said]


def _path(settings: Settings, night: datetime) -> Path:
    return runs_folder(settings) / f"{stamp(night)}.nodes.json"


def built_in(settings: Settings, run: StepRun) -> list[NodeRun]:
    """What dbt wrote within ``run``; results of an earlier build are none of it."""
    target = settings.work_dir / "dbt_target"
    try:
        results = json.loads((target / "run_results.json").read_bytes())
    except (OSError, ValueError):
        return []
    if datetime.fromisoformat(results["metadata"]["generated_at"]) < run.began:
        return []
    rows = _rows(settings) if run.outcome == "done" else {}
    # Reports that read the marts are nodes of dbt's, too.
    ran = [result for result in results["results"] if result["unique_id"].startswith(("model.", "test."))]
    nodes = [_node(settings, target, result, rows) for result in ran]
    return sorted(nodes, key=lambda node: (node.began or run.began, node.name))


def _node(settings: Settings, target: Path, result: dict[str, Any], rows: dict[str, int]) -> NodeRun:
    kind, project, name, *_ = result["unique_id"].split(".")
    timing = [each for each in result["timing"] if each.get("started_at") and each.get("completed_at")]
    relation = (result.get("relation_name") or "").replace('"', "").split(".", 1)[-1]
    compiled = next(iter(sorted(target.glob(f"compiled/{project}/**/{name}.sql"))), None) if _is_bad(result) else None
    return NodeRun(
        kind=kind,
        name=name,
        status=result["status"],
        began=min((datetime.fromisoformat(each["started_at"]) for each in timing), default=None),
        ended=max((datetime.fromisoformat(each["completed_at"]) for each in timing), default=None),
        rows=rows.get(relation) if kind == "model" else None,
        sql=compiled.relative_to(settings.var_dir).as_posix() if compiled is not None else "",
    )


def _is_bad(result: dict[str, Any]) -> bool:
    return result["status"] in _FAILED


def _rows(settings: Settings) -> dict[str, int]:
    """How many rows each table of the working warehouse has, by schema and name."""
    from charter.base.sql import quoted
    from charter.transform import opened

    with opened(settings, settings.work_warehouse, read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        counts = " union all ".join(
            f'select {quoted(f"{schema}.{name}")}, count(*) from "{schema}"."{name}"' for schema, name in tables
        )
        return dict(connection.execute(counts).fetchall()) if counts else {}


def _as_json(node: NodeRun) -> dict[str, Any]:
    known = {name: value for name, value in asdict(node).items() if value not in (None, "")}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in known.items()}


def _from_json(said: dict[str, Any]) -> NodeRun:
    instants = {name: datetime.fromisoformat(said[name]) for name in ("began", "ended") if name in said}
    return NodeRun(**{**said, **instants})


def slowest(nodes: Iterable[NodeRun], count: int = 10) -> list[NodeRun]:
    """The nodes that took longest, the longest first."""
    return sorted((node for node in nodes if node.seconds), key=lambda node: -node.seconds)[:count]
