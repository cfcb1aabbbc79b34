"""The warehouse contract as a page: every published table and column, from the models' own descriptions.

``python -m charter.transform.compile.contract`` writes docs/warehouse.md anew; a test fails when the two differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from charter.base.settings import Settings

_HEAD = """# The warehouse contract

`var/warehouse.duckdb`, schema `marts`: what outsiders build on. Written from `dbt_project/models/marts/_marts.yml` by
`python -m charter.transform.compile.contract`.
Instants (`_at`) are UTC; dates (`_on`, `day`, `week_start` …) are the agency's.
A change to a table or column is told in the [changelog](../CHANGELOG.md). How the tables belong together:
[architecture](architecture.md).
"""


# Written by the assertions, not by dbt; charter.assertions.results fixes its columns.
_EXPECTATION_RESULTS = {
    "name": "expectation_results",
    "description": "What every check came to on every night so far. One row per night, suite and expectation.",
    "columns": [
        {"name": "as_of", "description": "The night, UTC."},
        {"name": "suite", "description": "Suite of expectations/suites."},
        {"name": "expectation", "description": "The check's name in its suite."},
        {
            "name": "kind",
            "description": "contract (of a source), threshold (of a standard) or agreement (of both judgements).",
        },
        {"name": "standard_id", "description": "Standard it judges; NULL for contracts."},
        {"name": "table_name", "description": "Table it looks at."},
        {"name": "source_id", "description": "Source it is about; NULL when it is about none."},
        {"name": "period_kind", "description": "The kind of period that a threshold is judged in; otherwise NULL."},
        {"name": "period_start", "description": "First day of the period."},
        {"name": "period_end", "description": "Last day of the period that had ended."},
        {"name": "description_<language>", "description": "What is expected, in the agency's own language."},
        {"name": "severity", "description": "critical (charter and statute) or warning (operational)."},
        {
            "name": "evaluated",
            "description": "Rows or commitments looked at; NULL when the check could not be evaluated.",
        },
        {"name": "unexpected", "description": "How many of them did not hold; NULL when it could not be evaluated."},
        {"name": "outcome", "description": "kept, broken, nothing_due, no_data or check_error; never one for another."},
        {"name": "error", "description": "Why there is no data, or what went wrong in the check; otherwise NULL."},
        {
            "name": "failing_ids",
            "description": "The first 20 cases of a check that is broken (commitments, or rows by their table's key); "
            "NULL where it counts what has no id, and for nights of earlier releases.",
        },
    ],
}


def contract_page(settings: Settings) -> str:
    """The page in Markdown: one table per published table, in the order of their names."""
    described = YAML(typ="safe").load(settings.home / "dbt_project" / "models" / "marts" / "_marts.yml")
    models = sorted([*described["models"], _EXPECTATION_RESULTS], key=lambda model: str(model["name"]))
    return "\n".join([_HEAD, *(_section(model) for model in models)])


def _section(model: dict[str, Any]) -> str:
    rows = [f"| `{column['name']}` | {_line(column['description'])} |" for column in model["columns"]]
    return "\n".join(
        [
            f"## `{model['name']}`",
            "",
            _line(model["description"]),
            "",
            "| column | meaning |",
            "| --- | --- |",
            *rows,
            "",
        ]
    )


def _line(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def page_path(settings: Settings) -> Path:
    """Where the page is kept."""
    return settings.home / "docs" / "warehouse.md"


if __name__ == "__main__":
    here = Settings.from_environment()
    page_path(here).write_text(contract_page(here), encoding="utf-8")
