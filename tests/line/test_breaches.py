"""Nights of an agency that promises something where a promise was broken (tests/agencies/refunds)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.assertions import run_expectations
from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.extract import extract_source
from charter.transform import build_warehouse, close_weeks, publish_warehouse
from charter.transform.build import nightly
from charter.transform.build.nightly import run_dbt
from tests.line.compiled import ask, compile_project, compiled_builds, night
from tests.line.installation import HOME
from tests.transform.test_increment import differences, marts

pytestmark = pytest.mark.slow

REFUNDS = HOME / "tests" / "agencies" / "refunds"
DAY = date(2026, 4, 8)
FILES = {
    "complaints": """\
complaint,office,received,answered
C-1,North,2026-03-02,2026-03-10
C-2,North,2026-03-02,2026-03-16
C-3,South,2026-03-06,
C-4,South,2026-03-16,2026-03-27
C-5,South,2026-03-18,2026-03-28
C-6,North,2026-03-20,2026-04-02
""",
    "payments": """\
payment,complaint,what,paid,euro
P-1,C-2,compensation,2026-03-26,20
P-2,C-2,each_day,2026-03-30,20
P-3,C-3,compensation,2026-04-02,20
P-4,C-4,compensation,2026-04-01,20
P-5,C-4,each_day,2026-04-01,5
P-6,C-3,again,2026-04-07,20
""",
    "letters": """\
letter,complaint,sent
L-1,C-2,2026-03-17 12:00
L-2,C-3,2026-03-18 12:00
L-3,C-4,2026-03-31 12:00
""",
}
UNDECIDED = ("broken", "no_data", "check_error")
Verdicts = dict[tuple[str, str, str, str | None], str]


@pytest.fixture(scope="module")
def agency() -> Agency:
    return load_agency(REFUNDS)


@pytest.fixture(scope="module")
def before(agency: Agency, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The night before, and builds of what was compiled for the agency."""
    folder = tmp_path_factory.mktemp("refunds")
    settings = installation(folder)
    write(settings, FILES)
    with compiled_builds(compile_project(agency, replace(settings, var_dir=folder / "compiled"))):
        night(settings, agency, end_of_day(DAY - timedelta(days=1), agency.zone))
        yield settings


@pytest.fixture(scope="module")
def built(before: Settings, agency: Agency, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The night on which all is heard."""
    return tonight(before, agency, tmp_path_factory.mktemp("tonight"), FILES)


def tonight(before: Settings, agency: Agency, folder: Path, files: dict[str, str]) -> Settings:
    """An installation in ``folder`` that knows what was known the night before, and reads ``files`` tonight."""
    settings = installation(folder)
    shutil.copytree(before.lake_dir, settings.lake_dir)
    write(settings, files)
    night(settings, agency, end_of_day(DAY, agency.zone))
    return settings


def installation(folder: Path) -> Settings:
    return Settings.from_environment(
        {
            "CHARTER_HOME": str(HOME),
            "CHARTER_DIR": str(REFUNDS),
            "CHARTER_VAR": str(folder / "var"),
            "CHARTER_CONN_REGISTER": str(folder / "register"),
        }
    )


def write(settings: Settings, files: dict[str, str]) -> None:
    register = Path(settings.environment["CHARTER_CONN_REGISTER"])
    register.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (register / f"{name}.csv").write_text(text, encoding="utf-8")


def verdicts(settings: Settings) -> Verdicts:
    rows = ask(
        settings,
        "select period_kind, period_start::varchar, standard_id, department_id, result from marts.standard_results",
    )
    return {(kind, start, standard, department): result for kind, start, standard, department, result in rows}


def test_every_breach_has_what_follows_from_it(built: Settings) -> None:
    found = ask(built, "select commitment_id, status from marts.fct_commitments where standard_id <> 'answered'")
    assert dict(found) == {
        "compensated/paid/C-2": "met",
        "compensated/paid/C-3": "breached",
        "compensated/paid/C-4": "met",
        "compensated/paid/C-6": "pending",
        "each-day/paid/C-2": "met",
        "each-day/paid/C-4": "met",
        "each-day/paid/C-6": "pending",
        "apologised/letter/C-2": "met",
        "apologised/letter/C-3": "met",
        "apologised/letter/C-4": "met",
        "apologised/letter/C-6": "breached",
        "compensated-again/paid/C-3": "met",
    }


def test_both_judgements_agree(built: Settings, agency: Agency) -> None:
    checks = run_expectations(built, agency, end_of_day(DAY, agency.zone))
    assert checks.disagreements == ()
    assert {each.outcome for each in checks.results if each.kind != "threshold"} <= {"kept", "nothing_due"}


def test_an_increment_restates_what_follows_from_a_breach_that_went_away(
    agency: Agency, before: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-2's answer was entered late: it had come in time. C-1 turns out to have been answered late, C-3 is answered at
    last, and C-6 is paid. All other complaints are left alone."""
    changed = {
        "complaints": FILES["complaints"]
        .replace("2026-03-02,2026-03-16", "2026-03-02,2026-03-11")
        .replace("2026-03-02,2026-03-10", "2026-03-02,2026-03-20")
        .replace("C-3,South,2026-03-06,", "C-3,South,2026-03-06,2026-04-07"),
        "payments": FILES["payments"] + "P-7,C-6,compensation,2026-04-08,20\n",
    }
    settings = installation(tmp_path / "increments")
    write(settings, FILES)
    first = end_of_day(DAY - timedelta(days=1), agency.zone)
    night(settings, agency, first)
    publish_warehouse(settings)
    close_weeks(settings, agency, first)
    full = tonight(settings, agency, tmp_path / "full", {**FILES, **changed})

    write(settings, changed)
    as_of = end_of_day(DAY, agency.zone)
    for source in agency.sources:
        extract_source(settings, agency, source, as_of)
    monkeypatch.setattr(nightly, "run_dbt", run_dbt)
    receipt = build_warehouse(settings, agency, as_of, as_of)

    assert receipt.cases == 12  # four complaints, in three subject tables
    assert differences(marts(settings), marts(full)) == {}
    restated = ask(
        settings,
        "select commitment_id, before_status, after_status, cause from marts.restatements"
        " where commitment_id in ('answered/soon/C-2', 'compensated/paid/C-2') order by all",
    )
    assert restated == [
        ("answered/soon/C-2", "breached", "met", "corrected"),
        ("compensated/paid/C-2", "met", None, "deleted"),
    ]


# What nobody could have meant: an empty, unreadable or future cell, a case that is not there.
CELLS = ("", "????", "2026-13-45", "2031-01-01", "C-9", "-5")
TOO_EARLY = "2026-02-01"


@st.composite
def damages(draw: st.DrawFn) -> dict[str, str]:
    """The files with one to three cells or rows that are not what they were."""
    lines = {name: [line.split(",") for line in text.splitlines()] for name, text in FILES.items()}
    for _ in range(draw(st.integers(1, 3))):
        rows = lines[draw(st.sampled_from(sorted(lines)))]
        number = draw(st.integers(1, len(rows) - 1))
        match draw(st.sampled_from(("cell", "cell", "cell", "gone", "twice"))):
            case "cell":
                column = draw(st.integers(0, len(rows[number]) - 1))
                is_opening = rows[0][column] == "received"
                rows[number][column] = draw(st.sampled_from(CELLS if is_opening else (*CELLS, TOO_EARLY)))
            case "gone" if len(rows) > 2:
                del rows[number]
            case _:
                rows.append(list(rows[number]))
    return {name: "\n".join(map(",".join, rows)) + "\n" for name, rows in lines.items()}


def test_an_answer_that_is_dated_too_early_leaves_open_what_follows(
    before: Settings, agency: Agency, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """C-6 was answered late and got no letter. Its answer is moved before the complaint itself: one of the two dates is
    wrong, and whether a letter is owed is not known."""
    files = {**FILES, "complaints": FILES["complaints"].replace("2026-03-20,2026-04-02", "2026-03-20,2026-03-01")}
    settings = tonight(before, agency, tmp_path_factory.mktemp("early"), files)
    year = ask(
        settings,
        "select result, reason, met, breached, met_at_least, breached_at_most, breached_at_least"
        " from marts.standard_results"
        " where standard_id = 'apologised' and period_kind = 'year' and department_id is null",
    )
    assert year == [("no_data", "early:1", 3, 0, 3, 1, 0)]


@given(files=damages())
@effort(
    max_examples=int(os.environ.get("BREACH_EXAMPLES", "4")),
    deadline=None,
    derandomize="BREACH_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_damage_never_improves_a_verdict(
    before: Settings, built: Settings, agency: Agency, tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]
) -> None:
    """Neither that of the broken promise, nor that of what follows from it."""
    settings = tonight(before, agency, tmp_path_factory.mktemp("damaged"), files)
    after = verdicts(settings)
    improved = {key for key, result in verdicts(built).items() if result in UNDECIDED and after.get(key) == "kept"}
    assert improved == set()
    if "BREACH_EXAMPLES" in os.environ:
        assert run_expectations(settings, agency, end_of_day(DAY, agency.zone)).disagreements == ()
