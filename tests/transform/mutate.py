"""Do the unit tests notice? Changes one comparison, bound or fallback of a model at a time, and looks.

    python -m tests.transform.mutate [model …]        a minute to compile, then seconds to minutes for each model

Every unit test is compiled by dbt once. A mutant is that SQL with one thing changed in the model's own part (the mocked
inputs stay); it is noticed when some test of the model gives other rows in the columns that the test expects.
"""

from __future__ import annotations

import re
import sys
import tempfile
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

Rows = Counter[tuple[Any, ...]] | None

PROJECT = Path(__file__).parents[2] / "dbt_project"

# What is changed, and into what. Each match of each pattern is one mutant.
CHANGES: tuple[tuple[str, str], ...] = (
    (r"<=", "<"),
    (r"(?<![<>=!])<(?![=>])", "<="),
    (r">=", ">"),
    (r"(?<![<>=!])>(?!=)", ">="),
    (r"(?<![<>=!])=(?= *('|\d|true|false))", "<>"),
    (r"\+ 1\b", "+ 0"),
    (r"- 1\b", "- 0"),
    (r"-0\.000001", "0"),
    (r"\bleast\(", "greatest("),
    (r"\bgreatest\(", "least("),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\bis null\b", "is not null"),
    (r"\bis not null\b", "is null"),
    (r"\band\b(?! unbounded| current)", "or"),
    (r"\bor\b", "and"),
    (r"\bnot (?!null)", ""),
    (r"\bbetween (\S+) and\b", r"> \1 and 1 = 1 and {left} <="),
    (r"\bthen 1\b", "then 0"),
    (r"\bthen 0\b", "then 1"),
    (r"\belse 0\b", "else 1"),
    (r", 0\)", ", 1)"),
    (r"\bleft join\b", "inner join"),
    (r"\bdesc\b", "asc"),
    (r"\bwhen '(\w+)' then", r"when 'never \1' then"),
    (r"\bthen '(\w+)'", "then 'mutant'"),
    (r"\belse '(\w+)'", "else 'mutant'"),
    (r"\bcoalesce\((\S+), ([\w.]+)\)", r"\1"),
)

# Changes that change nothing, by what they are made in, and why no row can show them.
WITHOUT_EFFECT: tuple[tuple[str, str], ...] = (
    (r"least\((\w+\.)?due_at, coalesce\(", "least() leaves NULL out by itself"),
    (r"→ greatest\( .* least\(subject\.\*\)", "a single option is its own least and greatest"),
    (r"→ greatest\( .* least\((case when|timezone)", "a single option is its own least and greatest"),
    (
        r"subjects_evidence: .* least\(case$",
        "which of two in-time options came first is not asked of an instant at the opening",
    ),
    (r"then cast\(null as timestamp\)", "both branches are NULL"),
    (r"then false .*else false end", "both branches are false"),
    (r"(min|max)\((level\.)?source_id\)", "any of the sources will do"),
    (r"int_waivers: .* min\(subject\.\*\) as source_id", "it is read where there is one source alone"),
    (r"commitments_level: .* left join \w+int_level_items", "an item that does not count stands for nothing"),
    (r"commitments_occurrence: .* when fulfilled_at < due_at", "an activity of the slot lies before its end"),
    (r"int_inquiries: .* left join firsts on event", "an event's ticket has events"),
    (r"int_horizons: .* heard\.horizon_at < run\.as_of", "at the same instant they are the same"),
    (r"max\(case when not covered", "any of the sources will do"),
    (r"cast\(sum\(coalesce\(per_day\.opened", "NULL is left out of the sum"),
    (r"uncovered\.days_without_data > 0", "a row of days without data has at least one"),
    (r"max\(reason\)", "any of the reasons will do"),
    (
        r"subjects_level: .* where true and subject\.\* is not null",
        "the agency of a secondment is required by its contract",
    ),
    (r"subjects_evidence: .* cast\(timezone", "evidence of subjects out of force finds no subject"),
    (r"evidence\.recorded_at < evidence\.opened_at", "at the same instant they are the same"),
    (r"subjects_companions: .* and subject\.\* is not null", "the figures' own conditions say the same"),
)


@dataclass(frozen=True)
class Case:
    """One compiled unit test: the SQL of its mocked inputs, the model's own SQL, and the columns it looks at."""

    name: str
    model: str
    inputs: str
    body: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Mutant:
    """One change: the ``occurrence`` of ``pattern`` in every line of the same ``shape``.

    A model that loops over the charter's rules repeats its lines with other names; what they share is the shape.
    """

    model: str
    shape: str
    pattern: str
    replacement: str
    occurrence: int

    def apply(self, body: str) -> str:
        """The model's SQL with the change made."""
        return "\n".join(self._changed(line) if _shape(line) == self.shape else line for line in body.splitlines())

    def _changed(self, line: str) -> str:
        match = list(re.finditer(self.pattern, _code(line)))[self.occurrence]
        left = line[: match.start()].split()[-1:] or [""]
        return line[: match.start()] + match.expand(self.replacement).replace("{left}", left[0]) + line[match.end() :]

    def __str__(self) -> str:
        return (
            f"{self.model}: {self.pattern} → {self.replacement} (number {self.occurrence + 1}) in: {self.shape.strip()}"
        )


def _code(line: str) -> str:
    return line.split("--")[0]


def _shape(line: str) -> str:
    return re.sub(r"subject\.\w+", "subject.*", re.sub(r"'[^']*'", "'*'", re.sub(r"cast\(\d+", "cast(*", line)))


def _split(compiled: str) -> tuple[str, str]:
    """The compiled SQL up to the end of the last mocked input, and the model's own part."""
    start = compiled.rindex("-- Fixture for")
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


def _cases(target: Path, models: list[str]) -> Iterator[Case]:
    for file in sorted((PROJECT / "models").rglob("_*.yml")):
        for test in (YAML(typ="safe").load(file.read_text("utf-8")) or {}).get("unit_tests", []):
            if models and test["model"] not in models:
                continue
            place = file.relative_to(PROJECT)
            compiled = target / "compiled/charter" / place / place.parent / f"{test['name']}.sql"
            inputs, body = _split(compiled.read_text("utf-8"))
            yield Case(test["name"], test["model"], inputs, body, tuple(test["expect"]["rows"][0]))


def _mutants(model: str, body: str) -> Iterator[Mutant]:
    seen: set[str] = set()
    for line in body.splitlines():
        if _shape(line) not in seen:
            seen.add(_shape(line))
            for pattern, replacement in CHANGES:
                for occurrence, _ in enumerate(re.finditer(pattern, _code(line))):
                    yield Mutant(model, _shape(line), pattern, replacement, occurrence)


def _has_no_effect(mutant: Mutant) -> bool:
    return any(re.search(pattern, str(mutant)) for pattern, _ in WITHOUT_EFFECT)


def _rows(connection: duckdb.DuckDBPyConnection, case: Case, body: str) -> Rows:
    columns = ", ".join(f'"{column}"' for column in case.columns)
    try:
        found = connection.execute(f"with tested as ({case.inputs}{body}) select {columns} from tested")
        return Counter(map(tuple, found.fetchall()))
    except duckdb.Error:
        return None


def _is_noticed(connection: duckdb.DuckDBPyConnection, mutant: Mutant, cases: dict[Case, Rows]) -> bool:
    return any(_rows(connection, case, mutant.apply(case.body)) != rows for case, rows in cases.items())


@dataclass(frozen=True)
class Outcome:
    """Of one model: how many mutants there are, those that change nothing by ``WITHOUT_EFFECT``, and the rest of those
    that no unit test notices."""

    model: str
    count: int
    without_effect: int
    unnoticed: tuple[Mutant, ...]


def outcomes(target: Path, models: list[str]) -> Iterator[Outcome]:
    """What became of the mutants of ``models`` (of all, when empty), model by model.

    ``target`` is dbt's target folder after their unit tests have run there.
    """
    by_model: dict[str, list[Case]] = {}
    for case in _cases(target, models):
        by_model.setdefault(case.model, []).append(case)
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for model, cases in by_model.items():
            expected = {case: _rows(connection, case, case.body) for case in cases}
            mutants = list(dict.fromkeys(mutant for case in cases for mutant in _mutants(model, case.body)))
            unnoticed = [mutant for mutant in mutants if not _is_noticed(connection, mutant, expected)]
            surviving = tuple(mutant for mutant in unnoticed if not _has_no_effect(mutant))
            yield Outcome(model, len(mutants), len(unnoticed) - len(surviving), surviving)


def main(models: list[str]) -> int:
    """Builds an empty warehouse, runs the unit tests and prints the survivors; 1 when there are any."""
    with tempfile.TemporaryDirectory(prefix="charter-mutate-") as folder:
        settings = Settings.from_environment({"CHARTER_HOME": str(PROJECT.parent), "CHARTER_VAR": folder})
        agency = load_agency(settings.charter_dir)
        as_of = datetime(2026, 7, 5, 15, tzinfo=UTC)
        build_warehouse(settings, agency, as_of, as_of)
        chosen = [f"{model},test_type:unit" for model in models] or ["test_type:unit"]
        run_dbt(settings, agency, ["test", "--select", *chosen])
        survived = 0
        for each in outcomes(settings.work_dir / "dbt_target", models):
            survived += len(each.unnoticed)
            print(*each.unnoticed, sep="\n", end="\n" if each.unnoticed else "")
            print(
                f"{each.model}: {each.count} changes, {each.without_effect} without effect,"
                f" {len(each.unnoticed)} that no unit test notices",
                flush=True,
            )
    return int(bool(survived))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
