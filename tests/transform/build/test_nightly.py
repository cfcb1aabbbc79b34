"""One night's build: what it takes into account, what it describes, and what it says when it fails."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

from charter.base.errors import TransformError
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract import ensure_contract_tables
from charter.transform import BuildReceipt, build_warehouse, publish_warehouse
from charter.transform.build.nightly import dbt_variables, run_dbt
from charter.transform.build.project import table_models
from tests.transform.conftest import HOME

pytestmark = pytest.mark.slow

SATURDAY_NIGHT = datetime(2026, 7, 4, 15, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 7, 5, 15, tzinfo=UTC)
MODELS = HOME / "dbt_project" / "models"
SCHEMAS = ("staging", "intermediate", "subjects", "commitments", "results", "marts")

# Two inquiries of 1 July that nobody answered, in subjects, commitments and figures.
TWO_BREACHES = """
create temp table late as
select 'branch-first-reply' as standard_id, 1 as rule_version, 'first-reply' as part, 'inquiries' as subject_table,
    subject_id, 'branch-team' as department_id, timestamp '2026-07-01' as opened_at, date '2026-07-01' as opened_on
from (values ('T1'), ('T2')) as subjects(subject_id);
create table subjects.held as from subjects.subjects_deadline;
drop view subjects.subjects_deadline;
create table subjects.subjects_deadline as from subjects.held;
insert into subjects.subjects_deadline by name select * from late;
insert into marts.fct_commitments by name
select *, subject_id as commitment_id, timestamp '2026-07-03' as due_at, timestamp '2026-07-03' as original_due_at,
    'limit' as due_basis, timestamp '2026-07-03' as decided_at, date '2026-07-03' as decided_on, 'breached' as status,
    48 as limit_value, 'hours' as unit
from late;
insert into marts.compliance_daily values
    (date '2026-07-01', 'branch-first-reply', 'branch-team', 0, 0, 2, 0),
    (date '2026-07-03', 'branch-first-reply', 'branch-team', 0, 2, 0, 0),
    (date '2026-07-05', 'branch-first-reply', 'branch-team', 0, 0, 0, 0);
insert into marts.compliance_weekly values
    (date '2026-06-29', date '2026-07-05', 'branch-first-reply', 'branch-team', 0, 2, 0, 0)
"""


@dataclass(frozen=True)
class Built:
    """A warehouse of a few meetings, built for the night of Sunday, 5 July 2026."""

    settings: Settings
    receipt: BuildReceipt

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.work_warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def land(settings: Settings, as_of: datetime, *rows: tuple[str, str, bool]) -> None:
    """Versions of meetings (key, date, whether it vanished) that came on the night of ``as_of``."""
    folder = settings.raw_dir / "meetings" / "source=registers" / f"as_of={as_of:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    values = ", ".join(
        f"('{key}', 'advisory_group', date '{held_on}', 'registers', timestamp '{as_of:%Y-%m-%d %H:%M:%S}', "
        f"'{key}', '{held_on}', 'registers.xlsx/회의:2', {deleted})"
        for key, held_on, deleted in rows
    )
    columns = "meeting_id, kind, held_on, _source_id, _known_at, _row_key, _row_hash, _origin, _deleted"
    duckdb.sql(f"copy (select * from (values {values}) as rows({columns})) to '{folder / 'part-0.parquet'}'")


@pytest.fixture(scope="module")
def built(agency: Agency, tmp_path_factory: pytest.TempPathFactory) -> Built:
    var = tmp_path_factory.mktemp("built")
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(var)})
    ensure_contract_tables(settings, agency)
    monday = datetime(2026, 7, 6, 15, tzinfo=UTC)
    land(
        settings,
        SATURDAY_NIGHT,
        ("kept", "2026-06-01", False),
        ("corrected", "2026-06-02", False),
        ("deleted", "2026-06-03", False),
        ("corrected tomorrow", "2026-06-04", False),
    )
    land(settings, SUNDAY_NIGHT, ("corrected", "2026-06-20", False), ("deleted", "2026-06-03", True))
    land(settings, monday, ("corrected tomorrow", "2026-06-24", False), ("new tomorrow", "2026-06-25", False))
    return Built(settings, build_warehouse(settings, agency, SUNDAY_NIGHT, SUNDAY_NIGHT))


def model_folders(settings: Settings) -> tuple[Path, Path]:
    """Our own models, and those written for the agency's tables."""
    return MODELS, table_models(settings)


def copied(built: Built, tmp_path: Path) -> Settings:
    """The same warehouse in a folder of its own, with a copy of the project to break."""
    shutil.copytree(HOME / "dbt_project", tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    settings = replace(built.settings, home=tmp_path, var_dir=tmp_path / "var")
    settings.work_dir.mkdir(parents=True)
    shutil.copyfile(built.settings.work_warehouse, settings.work_warehouse)
    return settings


def test_the_receipt_counts_models_and_the_tests_that_passed(built: Built) -> None:
    assert built.receipt.models == sum(len(list(folder.rglob("*.sql"))) for folder in model_folders(built.settings))
    assert built.receipt.tests > 60


def test_a_row_is_its_latest_version_known_that_night(built: Built) -> None:
    rows = built.query("select meeting_id, cast(held_on as varchar) from staging.stg_meetings order by meeting_id")
    assert rows == [("corrected", "2026-06-20"), ("corrected tomorrow", "2026-06-04"), ("kept", "2026-06-01")]


def test_every_table_and_column_is_described_and_nothing_else_is(built: Built) -> None:
    described: dict[str, dict[str, str]] = {}
    for file in (file for folder in model_folders(built.settings) for file in sorted(folder.rglob("_*.yml"))):
        for model in (YAML(typ="safe").load(file) or {}).get("models", []):
            assert model["description"].strip(), model["name"]
            described[model["name"]] = {
                each["name"].replace("<language>", language): each["description"].strip()
                for each in model["columns"]
                for language in (("ko", "en") if "<language>" in each["name"] else ("",))
            }
            assert all(described[model["name"]].values()), model["name"]
    places = ", ".join(f"'{schema}'" for schema in SCHEMAS)
    columns = built.query(
        f"select table_name, column_name from duckdb_columns() where schema_name in ({places}) "
        "order by table_name, column_index"
    )
    stands: dict[str, list[str]] = {}
    for table, column in columns:
        stands.setdefault(table, []).append(column)
    assert {table: list(names) for table, names in sorted(described.items())} == stands


def test_every_model_is_tested_for_its_grain(built: Built) -> None:
    """All but views, whose rows are tested where they are written: as commitments_tonight."""
    tested = {
        model["name"]
        for folder in model_folders(built.settings)
        for file in folder.rglob("_*.yml")
        for model in (YAML(typ="safe").load(file) or {}).get("models", [])
        if any("grain" in test for test in model.get("data_tests", []) if isinstance(test, dict))
    }
    written = [file for folder in model_folders(built.settings) for file in folder.rglob("*.sql")]
    views = {file.stem for file in written if "materialized='view'" in file.read_text("utf-8")}
    # Stretches of days in which an item stands may overlap, and be the same.
    assert {file.stem for file in MODELS.rglob("*.sql")} - tested <= views | {"subjects_level"}


def test_columns_are_named_for_what_they_hold(built: Built) -> None:
    """Instants end in _at and have no zone, dates end in _on; others are edges of periods, validities, ownership."""
    instants = {"as_of", "owned_from", "owned_until"}
    dates = {"day", "week_start", "week_end", "period_start", "period_end", "valid_from", "valid_to"}
    dates |= {"effective_from", "effective_to", "in_force_from"}
    columns = built.query(
        "select column_name, data_type from duckdb_columns() where schema_name in ('marts', 'commitments')"
    )
    for name, kind in columns:
        assert (kind == "TIMESTAMP") == (name.endswith("_at") or name in instants), name
        assert (kind == "DATE") == (name.endswith("_on") or name in dates), name
        assert "WITH TIME ZONE" not in kind, name


def test_the_published_marts_are_those_of_the_contract(built: Built, tmp_path: Path) -> None:
    settings = copied(built, tmp_path)
    contract = (HOME / "docs" / "architecture.md").read_text("utf-8").split("## Marts")[1]
    for table in publish_warehouse(settings):
        assert f"| `{table}` |" in contract


def test_the_environment_is_left_as_it_was(built: Built) -> None:
    assert not {"CHARTER_WORK_WAREHOUSE", "CHARTER_TEMP_DIR"} & set(os.environ)


def test_the_variables_change_with_the_charter_and_never_with_the_night(agency: Agency, built: Built) -> None:
    """Otherwise dbt would read the whole project anew every night."""
    variables = dbt_variables(built.settings, agency)
    assert set(variables) == {
        *("time_zone", "languages", "utc_offset_seconds", "lake_dir", "rules", "companions"),
        *("answer_may_precede_seconds", "fate_tables", "shared_standards", "table_ids", "registers"),
    }
    assert variables == dbt_variables(built.settings, agency)


def test_a_model_that_fails_is_named_with_its_place_its_sql_and_a_remedy(
    agency: Agency, built: Built, tmp_path: Path
) -> None:
    settings = copied(built, tmp_path)
    (tmp_path / "dbt_project/models/intermediate/int_waivers.sql").write_text(
        "select no_such_column from control.run\n"
    )
    with pytest.raises(TransformError, match="no_such_column") as error:
        run_dbt(settings, agency, ["run", "--select", "int_waivers"])
    (problem,) = error.value.problems
    assert "model int_waivers" in problem.what
    assert problem.where == "dbt_project/models/intermediate/int_waivers.sql"
    place = problem.remedy.split(" is in ")[1].split(",")[0]
    assert "no_such_column" in (settings.var_dir.parent / place).read_text(encoding="utf-8")


def test_a_test_that_fails_is_named_with_how_many_rows_break_it(agency: Agency, built: Built, tmp_path: Path) -> None:
    settings = copied(built, tmp_path)
    with duckdb.connect(str(settings.work_warehouse)) as connection:
        connection.execute(
            "insert into staging.stg_meetings select * from staging.stg_meetings where meeting_id = 'kept'"
        )
        connection.execute("update staging.stg_meetings set held_on = null where meeting_id = 'corrected'")
    with pytest.raises(TransformError, match="Got 2 results") as error:
        run_dbt(settings, agency, ["test", "--select", "stg_meetings"])
    (problem,) = error.value.problems
    assert "test grain_of_stg_meetings" in problem.what
    assert problem.where.endswith("work/models/staging/_staging.yml")
    assert not problem.where.startswith(("/", "."))


# What each account of the warehouse's books notices.
DAMAGE = {
    "no_subject_is_lost": "delete from marts.fct_commitments where subject_id = 'T1'",
    "commitments_are_judged_consistently": "update marts.fct_commitments set decided_at = null where subject_id = 'T2'",
    "daily_figures_sum_the_commitments": "update marts.compliance_daily set met = met + 1",
    "weekly_figures_sum_the_days": "update marts.compliance_weekly set breached = breached + 1",
    "agency_results_sum_the_departments": "update marts.standard_results set met = 7 where department_id is null",
    "every_standard_has_a_result_in_every_period": "delete from marts.standard_results where standard_id like 'phone%'",
    "arrived_rows_are_accounted_for": "update marts.source_status set arrived = 1",
}


def test_each_account_of_the_books_notices_damage(agency: Agency, built: Built, tmp_path: Path) -> None:
    settings = copied(built, tmp_path)
    books = ["test", "--select", *DAMAGE]
    with duckdb.connect(str(settings.work_warehouse)) as connection:
        for statement in TWO_BREACHES.split(";"):
            connection.execute(statement)
    assert run_dbt(settings, agency, books).tests == len(DAMAGE)
    with duckdb.connect(str(settings.work_warehouse)) as connection:
        for damage in DAMAGE.values():
            connection.execute(damage)
    with pytest.raises(TransformError) as error:
        run_dbt(settings, agency, books)
    failed = {problem.what.split(":")[0].removeprefix("test ") for problem in error.value.problems}
    assert failed == set(DAMAGE)


def test_a_project_that_cannot_be_read_is_one_error_with_a_remedy(agency: Agency, built: Built, tmp_path: Path) -> None:
    settings = copied(built, tmp_path)
    (tmp_path / "dbt_project/models/intermediate/int_waivers.sql").write_text("select {% if %} 1\n")
    with pytest.raises(TransformError, match="int_waivers") as error:
        run_dbt(settings, agency, ["run", "--select", "int_waivers"])
    assert error.value.exit_code == 4
    assert "dbt.log" in error.value.problems[0].remedy


def test_a_damaged_working_warehouse_is_built_anew_and_said_so(built: Built, agency: Agency, tmp_path: Path) -> None:
    settings = replace(built.settings, var_dir=tmp_path / "var")
    shutil.copytree(built.settings.lake_dir, settings.lake_dir)
    settings.work_dir.mkdir(parents=True)
    settings.work_warehouse.write_bytes(b"")

    receipt = build_warehouse(settings, agency, SUNDAY_NIGHT, SUNDAY_NIGHT)

    assert receipt.models == built.receipt.models
    assert "the warehouse is damaged" in receipt.problems[0].what
    assert "it was built anew from the lake" in receipt.problems[0].remedy
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        [(because,)] = connection.execute("select rebuilt_because from control.built").fetchall()
    assert "not a valid DuckDB database" in because


def test_damage_in_the_middle_of_the_ledger_is_found_by_the_build_that_reads_it(
    built: Built, agency: Agency, tmp_path: Path
) -> None:
    settings = copied(built, tmp_path)
    shutil.copytree(built.settings.lake_dir, settings.lake_dir)
    content = settings.work_warehouse.read_bytes()
    settings.work_warehouse.write_bytes(content[: len(content) // 4] + bytes(len(content) - len(content) // 4))

    receipt = build_warehouse(settings, agency, SUNDAY_NIGHT, SUNDAY_NIGHT)

    assert [problem for problem in receipt.problems if "damaged" in problem.what]


def test_dbt_writes_below_its_own_folders_and_nowhere_else(built: Built) -> None:
    """What it compiles of a model goes to a path made of the model's: one that began with ``..`` led out of the state
    where the project lies deep in the file system and the state elsewhere."""
    manifest = json.loads((built.settings.work_dir / "dbt_target" / "manifest.json").read_bytes())
    ours = [node for node in manifest["nodes"].values() if node["package_name"] == "charter"]

    assert {node["original_file_path"].split("/")[0] for node in ours} == {"models", "tests", "tables"}
    assert not [node for node in ours if ".." in node["original_file_path"]]
    assert {path.name for path in built.settings.var_dir.iterdir()} == {"lake", "work"}
