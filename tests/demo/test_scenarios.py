"""Every planted case gets the verdict that its name says, on the first and on the last night for which it holds."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from charter.base.moments import end_of_day
from charter.definitions import load_agency
from charter.definitions.models import Agency
from charters.kotra.demo.simulate import simulate
from charters.kotra.demo.truth import Judge, Verdict
from charters.kotra.demo.world import Expectation, Scenario, World

HOME = Path(__file__).parents[2]
AGENCY = load_agency(HOME / "charters" / "kotra")
WORLD = simulate(AGENCY, size=0.01, seed=7)


class Nights:
    """The verdicts of each night, judged once."""

    def __init__(self, agency: Agency, world: World) -> None:
        self._agency = agency
        self._world = world
        self._judged: dict[date, dict[str, Verdict]] = {}

    def verdict(self, commitment_id: str, night: date) -> Verdict | None:
        if night not in self._judged:
            judge = Judge(self._world, self._agency, end_of_day(night, self._agency.zone))
            self._judged[night] = {each.commitment_id: each for each in judge.verdicts()}
        return self._judged[night].get(commitment_id)


@pytest.fixture(scope="module")
def nights() -> Nights:
    return Nights(AGENCY, WORLD)


@pytest.mark.parametrize("scenario", WORLD.scenarios, ids=lambda scenario: scenario.name)
def test_the_planted_case_is_judged_as_its_name_says(scenario: Scenario, nights: Nights) -> None:
    for expected in scenario.expects:
        for night in {expected.from_night, expected.to_night}:
            found = nights.verdict(expected.commitment_id, night)
            status = Expectation.ABSENT if found is None else found.status
            assert status == expected.status, f"{expected.commitment_id} on {night}: {found}"
            if expected.department_id:
                assert found is not None and found.department_id == expected.department_id
            if expected.exclusion_rule:
                assert found is not None and found.exclusion_rule == expected.exclusion_rule


def test_scenario_names_are_told_apart() -> None:
    names = [scenario.name for scenario in WORLD.scenarios]
    assert len(names) == len(set(names))


def test_every_standard_of_the_charter_is_judged(nights: Nights) -> None:
    nights.verdict("", date(2026, 12, 31))
    judged: dict[str, set[str]] = defaultdict(set)
    for verdict in nights._judged[date(2026, 12, 31)].values():
        judged[verdict.standard_id].add(verdict.part)
    promised = {standard.id: {part.id for part in standard.rules[0].parts} for standard in AGENCY.charter.standards}
    assert judged == promised


def test_the_kinds_of_broken_rows_are_all_there() -> None:
    reasons = {broken.reason for broken in WORLD.broken}
    assert reasons == {"field_count", "unparsable", "unknown_department", "unknown_code", "missing_value"}


def test_a_call_file_is_missing_in_the_last_week_of_june_and_one_for_ever() -> None:
    assert WORLD.late_files[date(2026, 7, 2)] is not None
    assert WORLD.late_files[date(2026, 3, 18)] is None
