"""The models' unit tests as a jury: dbt compiles each once, and a mutant is that SQL with one thing changed in the
model's own part (the mocked inputs stay)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from ruamel.yaml import YAML

from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.transform import build_warehouse
from charter.transform.build.nightly import run_dbt
from tests.mutants.changes import MODELS, Mutant

Rows = Counter[tuple[Any, ...]] | None
PROJECT = MODELS.parent
TOWN = PROJECT.parent / "tests" / "agencies" / "town"


@dataclass(frozen=True)
class Case:
    """One compiled unit test: the SQL of its mocked inputs, the model's own SQL, and the columns it looks at."""

    name: str
    model: str
    inputs: str
    body: str
    columns: tuple[str, ...]


class UnitTests:
    """Notices a mutant when a unit test of its model gives other rows in the columns that the test expects."""

    def __init__(self, cases: dict[str, list[Case]]) -> None:
        self.cases = cases
        self._connection = duckdb.connect(config={"threads": 2})
        self._connection.execute("set TimeZone = 'UTC'")
        self._expected = {case: self._rows(case, case.body) for of_model in cases.values() for case in of_model}

    def notices(self, mutant: Mutant) -> bool:
        return any(
            changed != case.body and self._rows(case, changed) != self._expected[case]
            for case in self.cases.get(mutant.model, [])
            for changed in [mutant.of(case.body)]
        )

    def _rows(self, case: Case, body: str) -> Rows:
        columns = ", ".join(f'"{column}"' for column in case.columns)
        try:
            found = self._connection.execute(f"with tested as ({case.inputs}{body}) select {columns} from tested")
            return Counter(map(tuple, found.fetchall()))
        except duckdb.Error:
            return None


def compiled_cases(folder: Path) -> dict[str, list[Case]]:
    """Every unit test, by model, as dbt compiles it in ``folder``: on an empty warehouse of the agency it speaks of."""
    settings = Settings.from_environment(
        {"CHARTER_HOME": str(PROJECT.parent), "CHARTER_DIR": str(TOWN), "CHARTER_VAR": str(folder)}
    )
    agency = load_agency(settings.charter_dir)
    as_of = datetime(2026, 7, 5, 15, tzinfo=UTC)
    build_warehouse(settings, agency, as_of, as_of)
    run_dbt(settings, agency, ["test", "--select", "test_type:unit"])
    cases: dict[str, list[Case]] = {}
    for case in cases_below(settings.work_dir / "dbt_target"):
        cases.setdefault(case.model, []).append(case)
    return cases


def cases_below(target: Path, models: frozenset[str] = frozenset()) -> Iterator[Case]:
    """The unit tests of ``models`` (of all, when empty) that dbt has run in its folder ``target``."""
    for file in sorted(MODELS.rglob("_*.yml")):
        for test in (YAML(typ="safe").load(file.read_text("utf-8")) or {}).get("unit_tests", []):
            if models and test["model"] not in models:
                continue
            place = file.relative_to(PROJECT)
            compiled = target / "compiled/charter" / place / place.parent / f"{test['name']}.sql"
            inputs, body = _split(compiled.read_text("utf-8"))
            yield Case(test["name"], test["model"], inputs, body, tuple(test["expect"]["rows"][0]))


def _split(compiled: str) -> tuple[str, str]:
    """The compiled SQL up to the end of the last mocked input, and the model's own part."""
    start = max(match.end() for match in re.finditer(r"__dbt__cte__\w+ as \(", compiled))
    depth = 1
    quoted = False
    for offset, letter in enumerate(compiled[start:]):
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == 0:
                return compiled[: start + offset], compiled[start + offset :]
    raise ValueError("the last mocked input has no end")
