"""Measured against planted: agreement is silent, and every way to disagree is named."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from charter.base.errors import SettingError
from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charters.kotra.demo import build_demo, compare_with_truth

HOME = Path(__file__).parents[2]
AS_OF = datetime(2026, 7, 5, 15, tzinfo=UTC)
CHANGED, WHERE = "UPDATE marts.fct_commitments SET", "WHERE commitment_id = 'champ-roadmap/roadmap/F-007'"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse and a quarantine that say exactly what was planted."""
    folder = tmp_path_factory.mktemp("compare")
    settings = Settings(home=HOME, charter_dir=HOME / "charters" / "kotra", var_dir=folder, environment={})
    build_demo(settings, date(2026, 7, 5), 0.02)
    truth = settings.demo_dir
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("CREATE SCHEMA marts")
        warehouse.execute("CREATE TABLE marts.run AS SELECT ?::TIMESTAMP AS as_of", [naive_utc(AS_OF)])
        warehouse.execute(
            f"""
            CREATE TABLE marts.fct_commitments AS
            SELECT commitment_id, status, department_id, opened_at::TIMESTAMP AS opened_at,
                   due_at::TIMESTAMP AS due_at, nullif(decided_on, '')::DATE AS decided_on,
                   nullif(exclusion_rule, '') AS exclusion_rule
            FROM read_csv('{truth}/truth.csv', all_varchar = true)
            """
        )
        warehouse.execute(
            f"""
            CREATE TABLE marts.standard_results AS
            SELECT 'year' AS period_kind, DATE '2026-01-01' AS period_start, NULL::VARCHAR AS department_id, *
            FROM read_csv('{truth}/truth_results.csv')
            """
        )
        warehouse.execute(
            f"""
            CREATE TABLE marts.actions AS
            SELECT action_id, standard_id, nullif(department_id, '') AS department_id, state
            FROM read_csv('{truth}/truth_actions.csv', all_varchar = true)
            """
        )
    quarantine = settings.lake_dir / "quarantine" / "source=all" / "as_of=20260705T150000Z"
    quarantine.mkdir(parents=True)
    with duckdb.connect() as writer:
        writer.execute(
            f"""
            COPY (
                SELECT source AS source_id, "table", origin, '' AS "column", reason, '' AS "row",
                       TIMESTAMP '2026-07-05 15:00:00' AS _known_at
                FROM read_csv('{truth}/truth_quarantine.csv')
            ) TO '{quarantine}/part-0.parquet'
            """
        )
    return settings


def test_what_was_measured_as_planted_has_no_differences(measured: Settings) -> None:
    comparison = compare_with_truth(measured, AS_OF)
    assert [str(difference) for difference in comparison.differences] == []
    assert comparison.agrees
    assert comparison.checked > 1500


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "DELETE FROM marts.fct_commitments WHERE commitment_id = 'champ-roadmap/roadmap/F-006'",
            "commitment champ-roadmap/roadmap/F-006: planted as met, but it was not measured",
        ),
        (
            "INSERT INTO marts.fct_commitments (commitment_id, status) VALUES ('champ-roadmap/roadmap/F-999', 'met')",
            "commitment champ-roadmap/roadmap/F-999: measured as met, but nothing of the kind was planted",
        ),
        (
            f"{CHANGED} status = 'met' {WHERE}",
            "commitment champ-roadmap/roadmap/F-007: status is met, planted was breached",
        ),
        (
            f"{CHANGED} department_id = 'hanoi' {WHERE}",
            "commitment champ-roadmap/roadmap/F-007: department_id is hanoi, planted was champ-team",
        ),
        (
            f"{CHANGED} due_at = due_at + INTERVAL 1 DAY {WHERE}",
            "commitment champ-roadmap/roadmap/F-007: due_at is 2026-03-01T15:00:00Z, planted was 2026-02-28T15:00:00Z",
        ),
        (
            f"{CHANGED} exclusion_rule = 'spam' {WHERE}",
            "commitment champ-roadmap/roadmap/F-007: exclusion_rule is spam, planted was nothing",
        ),
        (
            "UPDATE marts.standard_results SET result = 'kept' WHERE standard_id = 'branch-recruitment'",
            "result branch-recruitment: result is kept, planted was broken",
        ),
    ],
)
def test_a_difference_is_named(measured: Settings, tmp_path: Path, change: str, named: str) -> None:
    settings = copied(measured, tmp_path)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(change)
    assert [str(difference) for difference in compare_with_truth(settings, AS_OF).differences] == [named]


def test_rows_missing_from_quarantine_are_named(measured: Settings, tmp_path: Path) -> None:
    settings = copied(measured, tmp_path)
    next(settings.lake_dir.rglob("*.parquet")).unlink()
    named = [str(difference) for difference in compare_with_truth(settings, AS_OF).differences]
    assert "quarantine voc/tickets:VOC-2026-900101: planted as unknown_department, but it was not measured" in named


def test_a_warehouse_of_another_night_is_refused(measured: Settings) -> None:
    with pytest.raises(SettingError, match="2026-07-05T15:00:00Z"):
        compare_with_truth(measured, datetime(2026, 7, 6, 15, tzinfo=UTC))


def test_without_a_demo_there_is_nothing_to_compare(tmp_path: Path) -> None:
    settings = Settings(home=HOME, charter_dir=HOME / "charters" / "kotra", var_dir=tmp_path, environment={})
    with pytest.raises(SettingError, match="build the demo first"):
        compare_with_truth(settings, AS_OF)


def copied(measured: Settings, folder: Path) -> Settings:
    """The same installation elsewhere, to be spoiled."""
    shutil.copytree(measured.var_dir, folder / "var")
    return Settings(home=HOME, charter_dir=measured.charter_dir, var_dir=folder / "var", environment={})
