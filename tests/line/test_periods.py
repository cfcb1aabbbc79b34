"""Results by month, quarter, fiscal year and rolling year: tests/agencies/letters names them all."""

from __future__ import annotations

import shutil
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from charter.assertions import run_expectations
from charter.assertions.run import ExpectationRun
from charter.base.moments import PERIOD_KINDS, end_of_day
from charter.base.settings import Settings
from charter.cli import main
from charter.definitions import load_agency
from tests.line.compiled import ask, compile_project, compiled_builds, night
from tests.line.installation import HOME

pytestmark = pytest.mark.slow

LETTERS = HOME / "tests" / "agencies" / "letters"
DAY = date(2026, 4, 1)
# Each letter was answered, or late, on the day that its name tells.
REGISTER = """\
letter,office,received,answered
2025-04-01 in time,North,2025-03-25,2025-04-01
2025-04-02 in time,North,2025-03-25,2025-04-02
2025-12-31 too late,South,2025-12-16,2026-02-01
2026-01-05 in time,South,2026-01-01,2026-01-05
2026-03-30 in time,North,2026-03-20,2026-03-30
2026-04-01 in time,South,2026-03-20,2026-04-01
"""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, ExpectationRun]:
    folder = tmp_path_factory.mktemp("letters")
    (folder / "letters.csv").write_text(REGISTER, encoding="utf-8")
    agency = load_agency(LETTERS)
    settings, elsewhere = (
        Settings.from_environment(
            {
                "CHARTER_HOME": str(HOME),
                "CHARTER_DIR": str(LETTERS),
                "CHARTER_VAR": str(folder / name),
                "CHARTER_CONN_REGISTER": str(folder),
            }
        )
        for name in ("var", "compiled")
    )
    as_of = end_of_day(DAY, agency.zone)
    with compiled_builds(compile_project(agency, elsewhere)):
        night(settings, agency, as_of)
    return settings, run_expectations(settings, agency, as_of)


def latest(settings: Settings) -> dict[str, tuple[Any, ...]]:
    """Of each kind the period that ends with the last day: first day, met, breached and result."""
    rows = ask(
        settings,
        "select period_kind, period_start, met, breached, result from marts.standard_results"
        f" where department_id is null and period_end = '{DAY}'",
    )
    return {kind: tuple(values) for kind, *values in rows}


def test_every_kind_of_period_counts_its_own_days(judged: tuple[Settings, ExpectationRun]) -> None:
    assert latest(judged[0]) == {
        "day": (date(2026, 4, 1), 1, 0, "kept"),
        "week": (date(2026, 3, 30), 2, 0, "kept"),
        "month": (date(2026, 4, 1), 1, 0, "kept"),
        "quarter": (date(2026, 4, 1), 1, 0, "kept"),
        "year": (date(2026, 1, 1), 3, 0, "kept"),
        "fiscal_year": (date(2026, 4, 1), 1, 0, "kept"),
        "rolling_year": (date(2025, 4, 2), 4, 1, "kept"),
    }


def test_periods_that_have_ended_keep_their_result(judged: tuple[Settings, ExpectationRun]) -> None:
    earlier = ask(
        judged[0],
        "select period_kind, period_start, met, breached, result from marts.standard_results"
        " where department_id is null and met + breached > 0 and period_end = '2026-03-31' order by all",
    )
    assert earlier == [
        ("fiscal_year", date(2025, 4, 1), 4, 1, "kept"),
        ("month", date(2026, 3, 1), 1, 0, "kept"),
        ("quarter", date(2026, 1, 1), 2, 0, "kept"),
    ]


def test_the_results_of_a_period_are_told(
    judged: tuple[Settings, ExpectationRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = judged
    shutil.copy(settings.work_warehouse, settings.warehouse)
    for name, value in settings.environment.items():
        monkeypatch.setenv(name, value)
    shown = CliRunner().invoke(main, ["results", "--period", "rolling_year"])
    assert "2025-04-02 to 2026-04-01: of 1 standard 1 kept" in shown.output


def test_both_judgements_agree_in_every_period(judged: tuple[Settings, ExpectationRun]) -> None:
    settings, checks = judged
    again = {each.period_kind: each for each in checks.results if each.kind == "threshold"}
    assert set(again) == set(PERIOD_KINDS)
    assert {kind: (each.period_start, each.outcome) for kind, each in again.items()} == {
        kind: (first, result) for kind, (first, _, _, result) in latest(settings).items()
    }
    assert checks.disagreements == ()
