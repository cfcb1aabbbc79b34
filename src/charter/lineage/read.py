"""Reads a night's events back: of which columns a column is made, table by table, down to the sources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charter.base.errors import SettingError, StateError
from charter.base.settings import Settings


@dataclass(frozen=True, order=True)
class TracedColumn:
    """A column of a dataset. ``is_source``: of a source system, from which nothing leads on."""

    dataset: str
    column: str
    is_source: bool = False
    is_masked: bool = False

    def __str__(self) -> str:
        return f"{self.dataset}.{self.column}"


@dataclass(frozen=True)
class Origin:
    """A column, ``depth`` steps behind the one that was asked for. ``is_repeated``: what it is made of stands above."""

    column: TracedColumn
    depth: int
    is_repeated: bool


def newest_lineage(settings: Settings) -> Path:
    """The events of the newest night. Raises SettingError when no night has told any."""
    files = sorted((settings.var_dir / "lineage").glob("*.ndjson"))
    if files:
        return files[-1]
    where = str(settings.var_dir / "lineage")
    raise SettingError("no night has told its lineage yet", where=where, remedy="run one: charter nightly")


def origins(path: Path, dataset: str, column: str) -> list[Origin]:
    """The column and all that it is made of, each below what it is part of.

    Raises SettingError when no step of the night wrote it, StateError when the file can't be read.
    """
    made_of = _made_of(path)
    first = TracedColumn(dataset, column)
    if (dataset, column) not in made_of:
        known = sorted(name for table, name in made_of if table == dataset)
        remedy = f"it has: {', '.join(known)}" if known else "name it as marts.standard_results.met"
        raise SettingError(f"no step wrote a column '{first}'", where=path.name, remedy=remedy)
    return list(_behind(first, made_of, 0, set()))


def _behind(
    column: TracedColumn,
    made_of: Mapping[tuple[str, str], tuple[TracedColumn, ...]],
    depth: int,
    seen: set[TracedColumn],
) -> Iterator[Origin]:
    of = () if column.is_source else made_of.get((column.dataset, column.column), ())
    yield Origin(column, depth, bool(of) and column in seen)
    if column not in seen:
        seen.add(column)
        for each in of:
            yield from _behind(each, made_of, depth + 1, seen)


def _made_of(path: Path) -> dict[tuple[str, str], tuple[TracedColumn, ...]]:
    try:
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found: dict[tuple[str, str], dict[TracedColumn, None]] = {}
        for event in events:
            for output in event.get("outputs", []):
                for name, field in output["facets"].get("columnLineage", {"fields": {}})["fields"].items():
                    place = found.setdefault((output["name"], name), {})
                    place |= dict.fromkeys(map(_column, field["inputFields"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "move the file away: the next night tells its own"
        raise StateError("the night's lineage can't be read", where=str(path), remedy=remedy) from error
    return {place: tuple(of) for place, of in found.items()}


def _column(field: Mapping[str, Any]) -> TracedColumn:
    is_masked = any(each.get("masking") for each in field.get("transformations") or ())
    return TracedColumn(field["name"], field["field"], field["namespace"].endswith(".sources"), is_masked)
