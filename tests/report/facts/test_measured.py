"""The figures of a measure, slot after slot: whose they are, and what has none."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from charter.definitions import load_agency
from charter.report.facts.measured import MOST_SLOTS, MeasuredTables
from charter.report.facts.tables import load_week
from tests.report.builders import HOME, MONDAY, Scenario

LIBRARY = HOME / "charters" / "library"
WAIT, DESK = "phone-wait", "voc-team"


@pytest.fixture
def library(tmp_path: Path) -> Scenario:
    """An agency that has promised the library's measures, too."""
    scenario = Scenario(tmp_path / "var")
    charter = scenario.agency.charter
    measures = [
        standard.model_copy(update={"pledge": charter.pledges[0].id})
        for standard in load_agency(LIBRARY).charter.standards
        if standard.kind == "measure"
    ]
    charter = charter.model_copy(update={"standards": [*charter.standards, *measures]})
    scenario.agency = scenario.agency.model_copy(update={"charter": charter})
    return scenario


def weekly(scenario: Scenario, back: int, status: str, measured: float | None, *, part: str = "median") -> None:
    """The figure of the week ``back`` weeks before the closed one."""
    start = MONDAY - timedelta(weeks=back)
    scenario.commitment(
        WAIT,
        DESK,
        f"{start:%G-W%V}",
        status,
        opened=f"{start} 00:00",
        due=f"{start + timedelta(days=6)} 24:00",
        measured=measured,
        limit=45,
        part=part,
    )


def read(scenario: Scenario) -> MeasuredTables:
    scenario.build()
    return load_week(scenario.settings, scenario.agency, scenario.as_of).measured


def test_a_slot_without_data_is_unknown_and_one_of_too_few_rows_has_no_figure(library: Scenario) -> None:
    for back, status, measured in (
        (3, "met", 40.0),
        (2, "breached", 90.0),
        (1, "pending", 30.0),
        (0, "excluded", 50.0),
    ):
        weekly(library, back, status, measured)
    [series] = read(library)[WAIT, DESK]
    assert [(figure.value, figure.unknown) for figure in series.figures] == [
        (40.0, False),
        (90.0, False),
        (None, True),
        (None, False),
    ]
    assert (series.limit, series.better, series.unit) == (45, "low", "seconds")
    assert (series.figures[-1].first_on, series.figures[-1].last_on) == (MONDAY, MONDAY + timedelta(days=6))


def test_each_part_has_a_series_of_its_own_and_a_slot_that_goes_on_is_not_in_it(library: Scenario) -> None:
    weekly(library, 0, "met", 40.0)
    weekly(library, 0, "met", 55.0, part="mean")
    weekly(library, -1, "pending", 20.0)
    assert [(each.part, len(each.figures)) for each in read(library)[WAIT, DESK]] == [("mean", 1), ("median", 1)]


def test_the_last_half_year_of_weeks_is_shown(library: Scenario) -> None:
    for back in range(MOST_SLOTS + 4):
        weekly(library, back, "met", float(back))
    [series] = read(library)[WAIT, DESK]
    assert [figure.value for figure in series.figures][:1] == [float(MOST_SLOTS - 1)]


def test_the_agency_has_a_figure_only_where_one_department_has_it(library: Scenario) -> None:
    weekly(library, 0, "met", 40.0)
    for branch in ("branch-team", "champ-team"):
        library.commitment(
            "classes-reached",
            branch,
            f"{branch}/2026-H1",
            "met",
            opened="2026-01-01 00:00",
            due="2026-06-30 24:00",
            measured=95.0,
            limit=90,
        )
    found = read(library)
    assert [key for key in found if key[1] is None] == [(WAIT, None)]
    assert ("classes-reached", "champ-team") in found


def test_a_rolling_window_is_no_series(library: Scenario) -> None:
    library.commitment(
        "few-reminders",
        DESK,
        "R-1",
        "met",
        opened="2026-05-01 00:00",
        due="2026-06-30 24:00",
        measured=1,
    )
    assert read(library) == {}


def test_an_agency_without_a_measure_has_none(empty: Scenario) -> None:
    assert date(2026, 7, 5) == empty.as_of_day
    assert read(empty) == {}
