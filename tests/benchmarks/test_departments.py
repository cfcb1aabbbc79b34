"""An agency that was made larger is one: its folder is sound, and its figures add up."""

from __future__ import annotations

from pathlib import Path

import duckdb
from benchmarks.departments import grown

from charter.definitions import load_agency
from tests.report.builders import usual_week

HOME = Path(__file__).parents[2]


def test_departments_that_were_added_have_rows_recipients_and_a_part_in_the_whole(tmp_path: Path) -> None:
    week = usual_week(tmp_path / "var").build()
    environment = grown(HOME, week.settings.var_dir, "kotra", 60, tmp_path / "larger")
    agency = load_agency(Path(environment["CHARTER_DIR"]))
    assert len(agency.organisation.departments) == 60
    added = next(each for each in agency.organisation.departments if each.id == "branch-team-2")
    assert [each.address for each in added.recipients] == ["branch-team-2@kotra.example"]
    with duckdb.connect(str(Path(environment["CHARTER_VAR"]) / "warehouse.duckdb"), read_only=True) as marts:

        def breached(condition: str) -> int:
            query = "SELECT sum(breached) FROM marts.standard_results WHERE standard_id = 'branch-first-reply'"
            row = marts.execute(f"{query} AND period_kind = 'week' AND {condition}").fetchone()
            assert row is not None
            return int(row[0])

        assert breached("department_id = 'branch-team-2'") == breached("department_id = 'branch-team'") > 0
        assert breached("department_id IS NULL") == breached("department_id IS NOT NULL")
        doubles = marts.execute("SELECT count(*) - count(DISTINCT commitment_id) FROM marts.fct_commitments").fetchone()
        assert doubles == (0,)
