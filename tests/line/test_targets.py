"""Nights of an agency whose one promise has two targets: built, judged a second time, and built again."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from charter.assertions import run_expectations
from charter.base.errors import SourceError
from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.cli import main
from charter.definitions import Agency, load_agency
from charter.extract import extract_source
from charter.transform import build_warehouse
from tests.line.compiled import Compiled, ask, both_judgements_agree, compile_project, compiled_builds, settings_of
from tests.line.installation import HOME

pytestmark = pytest.mark.slow

GRANTS = HOME / "tests" / "agencies" / "grants"
HEAD = "nr,office,received,decided,outcome,paid\n"
# Of ten, eight within 15 days; then one within 40.
FIRST = [*(f"A{number},north,2026-03-02,2026-03-1{number},refused," for number in range(8)), "A8,south,2026-03-02,,,"]
SECOND = [*FIRST[:-1], "A8,south,2026-03-02,2026-04-12,refused,", "A9,south,2026-03-05,2026-04-14,granted,"]
NIGHTS = {date(2026, 4, 10): FIRST, date(2026, 4, 14): SECOND}


@pytest.fixture(scope="module")
def agency() -> Agency:
    return load_agency(GRANTS)


@pytest.fixture(scope="module")
def lived(agency: Agency, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two nights, the second an increment. On the days between the register was silent."""
    folder = tmp_path_factory.mktemp("grants")
    settings = settings_of(GRANTS, folder, "register")
    for day, rows in NIGHTS.items():
        (folder / "applications.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
        as_of = end_of_day(day, agency.zone)
        for source in agency.sources:
            extract_source(settings, agency, source, as_of)
        built = build_warehouse(settings, agency, as_of, as_of)
    assert built.cases is not None, "the second night is an increment"
    return settings


def marts(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    names = ask(settings, "select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
    return {name: sorted(ask(settings, f"select * from marts.{name}"), key=repr) for (name,) in names}


def test_each_target_has_its_own_verdict(lived: Settings) -> None:
    """8 of 10 within 15 days reach 80 %; 9 of 10 within 40 miss 95 %."""
    found = ask(
        lived,
        "select part, met, breached, rate, target, result from marts.target_results"
        " where period_kind = 'year' and department_id is null order by part",
    )
    assert found == [("in-15", 8, 2, 0.8, 0.8, "kept"), ("in-40", 9, 1, 0.9, 0.95, "broken")]
    [(result,)] = ask(
        lived,
        "select result from marts.standard_results"
        " where period_kind = 'year' and department_id is null and standard_id = 'decided'",
    )
    assert result == "broken"


def test_both_judgements_agree(lived: Settings, agency: Agency) -> None:
    checks = run_expectations(lived, agency, end_of_day(max(NIGHTS), agency.zone))
    assert checks.disagreements == ()
    found = {each.expectation: each.outcome for each in checks.results if each.kind == "threshold"}
    assert (found["decided/year"], found["paid/year"]) == ("broken", "nothing_due")
    [check] = [each for each in checks.results if each.suite == "agreement_targets"]
    assert (check.expectation, check.outcome) == ("decided", "kept")


def test_the_results_tell_each_target(lived: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(lived.work_warehouse, lived.warehouse)
    for name, value in lived.environment.items():
        monkeypatch.setenv(name, value)
    shown = CliRunner().invoke(main, ["results"]).output.splitlines()
    lines = [line.split() for line in shown if line.strip().startswith("decided")]
    assert lines == [
        ["decided", "broken", "17", "3", "0", "0", "85.0%"],
        ["decided/in-15", "kept", "8", "2", "0", "80.0%", "(target", "80%)"],
        ["decided/in-40", "broken", "9", "1", "0", "90.0%", "(target", "95%)"],
    ]


@pytest.mark.parametrize(
    "change",
    [
        "update marts.target_results set result = 'kept' where part = 'in-40'",
        "update marts.target_results set target = 0.9 where part = 'in-40'",
        "update marts.target_results set rate = 0.95 where part = 'in-40' and period_kind = 'year'",
        "update marts.target_results set met = 10, breached = 0 where part = 'in-40' and period_kind = 'year'",
        "delete from marts.target_results where part = 'in-40' and period_kind = 'year'",
    ],
)
def test_what_a_target_did_not_reach_cannot_be_hidden(lived: Settings, agency: Agency, change: str) -> None:
    with duckdb.connect(str(lived.work_warehouse)) as connection:
        connection.execute("create or replace table kept_aside as select * from marts.target_results")
        connection.execute(change)
    checks = run_expectations(lived, agency, end_of_day(max(NIGHTS), agency.zone))
    with duckdb.connect(str(lived.work_warehouse)) as connection:
        connection.execute("create or replace table marts.target_results as select * from kept_aside")
        connection.execute("drop table kept_aside")
    assert [each.suite for each in checks.disagreements] == ["agreement_targets"]


def test_an_increment_gives_what_a_full_build_gives(lived: Settings, agency: Agency) -> None:
    as_of = end_of_day(max(NIGHTS), agency.zone)
    found = marts(lived)
    build_warehouse(lived, agency, as_of, as_of, anew=True)
    built = marts(lived)
    # A build leaves the table of the checks' results empty: the checks fill it.
    for told in (found, built):
        told.pop("expectation_results", None)
    assert found == built


# ── damage ──────────────────────────────────────────────────────────────────────────────────────

# Sixteen of twenty within 15 days and nineteen within 40: both targets are reached, by nobody's grace.
SOUND = [
    *(f"S{number:02},north,2026-03-02,2026-03-12,refused," for number in range(16)),
    *(f"S{number:02},south,2026-03-02,2026-04-0{number - 15},refused," for number in range(16, 19)),
    "S19,south,2026-03-02,,,",
]
CAME_ON, DAMAGED_ON = date(2026, 4, 12), date(2026, 4, 14)


@pytest.fixture(scope="module")
def compiled(agency: Agency, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return compile_project(agency, settings_of(GRANTS, tmp_path_factory.mktemp("compiled"), "register"))


def after(agency: Agency, compiled: Compiled, folder: Path, found: list[str] | None) -> dict[str, str]:
    """The year's verdicts after a night on which the register held ``found`` (None: it was not there); both judgements
    agree on them."""
    settings = settings_of(GRANTS, folder, "register")
    for day, rows in ((CAME_ON, SOUND), (DAMAGED_ON, found)):
        file = folder / "applications.csv"
        if rows is None:
            file.unlink()
        else:
            file.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
        as_of = end_of_day(day, agency.zone)
        with suppress(SourceError):
            extract_source(settings, agency, agency.sources[0], as_of)
        with compiled_builds(compiled):
            build_warehouse(settings, agency, as_of, as_of, anew=True)
    both_judgements_agree(settings, agency, as_of)
    verdicts = ask(
        settings,
        "select part, result from marts.target_results where period_kind = 'year' and department_id is null"
        " union all select 'both', result from marts.standard_results where period_kind = 'year'"
        " and department_id is null and standard_id = 'decided'",
    )
    return dict(verdicts)


def test_undamaged_both_targets_are_reached(agency: Agency, compiled: Compiled, tmp_path: Path) -> None:
    assert after(agency, compiled, tmp_path, SOUND) == {"in-15": "kept", "in-40": "kept", "both": "kept"}


@pytest.mark.parametrize(
    ("found", "in_15", "in_40"),
    [
        pytest.param(None, "no_data", "no_data", id="the register is silent"),
        pytest.param(
            ["S00,north,2026-03-02,2026-13-45,refused,", *SOUND[1:]], "no_data", "no_data", id="a date can't be read"
        ),
        pytest.param(
            [*SOUND, "T00,north,2026-03-30,2026-13-45,refused,"], "no_data", "no_data", id="a new row can't be read"
        ),
        pytest.param(
            [*SOUND, ",north,2026-03-02,2026-03-05,refused,"], "no_data", "no_data", id="a row names no application"
        ),
        pytest.param(SOUND[1:], "no_data", "no_data", id="a row is gone"),
        pytest.param(
            ["S00,north,2026-03-02,2026-01-05,refused,", *SOUND[1:]], "no_data", "no_data", id="decided long before"
        ),
        pytest.param(
            [*SOUND[:16], "S16,south,2026-03-02,2026-13-45,refused,", *SOUND[17:]], "kept", "no_data", id="a late one"
        ),
    ],
)
def test_damage_leaves_open_what_it_may_have_turned(
    agency: Agency, compiled: Compiled, tmp_path: Path, found: list[str] | None, in_15: str, in_40: str
) -> None:
    assert after(agency, compiled, tmp_path, found) == {"in-15": in_15, "in-40": in_40, "both": "no_data"}


def test_where_nothing_is_declared_a_silent_day_holds_as_many_of_a_part_as_its_largest_day(
    agency: Agency, compiled: Compiled, tmp_path: Path
) -> None:
    """On 12 March sixteen applications were decided: sixteen of each part, not thirty-two."""
    [rule] = agency.charter.standards[0].rules
    undeclared = agency.charter.standards[0].model_copy(
        update={"rules": [rule.model_copy(update={"missing_day_at_most": None})]}
    )
    charter = agency.charter.model_copy(update={"standards": [undeclared, *agency.charter.standards[1:]]})
    found = after(agency.model_copy(update={"charter": charter}), compiled, tmp_path, None)
    assert found == {"in-15": "no_data", "in-40": "no_data", "both": "no_data"}
    [(at_most,)] = ask(
        settings_of(GRANTS, tmp_path, "register"),
        "select distinct met_at_most - met from marts.target_results"
        " where period_kind = 'day' and department_id is null",
    )
    assert at_most == 16
