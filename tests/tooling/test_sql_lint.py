"""The SQL linter sees what dbt sees."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from dbt_project.lint.variables import RULES_OF_A_KIND, of_a_run
from sqlfluff.core import FluffConfig, Linter

HOME = Path(__file__).parents[2]
DEADLINES = HOME / "dbt_project" / "models" / "subjects" / "subjects_deadline.sql"


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)


def test_loops_run_over_real_rules_of_every_measure_kind() -> None:
    kinds = Counter(rule["kind"] for rule in of_a_run()["rules"])

    assert set(kinds) == {"deadline", "lead_time", "occurrence", "level", "coverage", "zero", "measure"}
    assert max(kinds.values()) == RULES_OF_A_KIND


def test_a_model_is_linted_as_it_is_compiled() -> None:
    linter = Linter(config=FluffConfig.from_root())

    rendered = linter.render_string(
        DEADLINES.read_text(encoding="utf-8"), str(DEADLINES), linter.config, encoding="utf-8"
    )

    assert not rendered.templater_violations
    sql = str(rendered.templated_variants[0])
    assert sql.count("union all") == RULES_OF_A_KIND, "one after each rule; the last is followed by no rows at all"
    assert "where false" in sql.rpartition("union all")[2], "a charter without such rules still compiles"
    assert "to_seconds(32400)" in sql, "a macro dispatched by adapter is the one for DuckDB"


def test_a_mistake_inside_a_loop_is_found() -> None:
    linter = Linter(config=FluffConfig.from_root())
    bad = "{% for part in parts_of('deadline') %}\nSELECT 1 as one\n{{ 'union all' if not loop.last }}\n{% endfor %}\n"

    found = linter.lint_string(bad, str(DEADLINES)).get_violations()

    assert [(violation.rule_code(), violation.line_no) for violation in found] == [("CP01", 2)]
