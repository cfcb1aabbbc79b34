"""An incident in doubt breaks one day at most, and mends none that another one broke: the ends say as much.

Accidents of advice centres, of which none may happen on any day, each centre for itself. Some of them are refused, or
dated ahead, and the same night is judged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract.corrections.refusals import Cell, Refusal
from charter.transform.doubt.cases import cases_of
from charter.transform.doubt.row import DoubtedRow
from tests.commitments.reading import DAY, Night, Row, begins
from tests.commitments.warehouse import HOME, Warehouse
from tests.effort import examples

# 120 days of two centres, and 69 of Weststadt, which stands from 10 February to 19 April.
FIRST, LAST = date(2026, 2, 1), date(2026, 5, 31)
CENTRES = ("nordstadt", "suedstadt", "weststadt")
UNREADABLE = ("happened_on", "accident_id", "centre", "centre, happened_on", "accident_id, happened_on")
ENDS = ("met_at_least", "breached_at_most", "met_at_most", "breached_at_least")

Results = dict[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Damage:
    """One row refused: which, which columns nobody could read, and whether a version of another day stands instead.

    Only a row without its key and its day may be a version of any: of others the reading asks what had landed.
    """

    number: int
    unreadable: str
    older: bool


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    var = tmp_path_factory.mktemp("lake")
    return Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(var)})


def accident(number: int, centre: str, day: date) -> Row:
    return {"accident_id": f"A{number}", "centre": centre, "happened_on": day}


def in_doubt(row: Row, unreadable: str, agency: Agency) -> DoubtedRow:
    lost = unreadable.split(", ")
    cells: dict[str, Cell] = {name: None if name in lost else str(value) for name, value in row.items()}
    night, name = begins(LAST + DAY, agency.zone), f"r/{row['accident_id']}"
    return DoubtedRow.refused(Refusal(name, "centres", "accidents", "", unreadable, "unreadable", cells, night, night))


def ahead(row: Row, agency: Agency) -> DoubtedRow:
    refused = in_doubt(row, "happened_on", agency)
    return replace(refused, because="ahead", misdated=frozenset({"happened_on"}))


def judge(
    counts: Warehouse, agency: Agency, lake: Settings, rows: Sequence[Row], doubted: Sequence[DoubtedRow]
) -> Results:
    end = begins(LAST + DAY, agency.zone)
    counts.judge(
        ["zero"],
        {"stg_accidents": list(rows)},
        Night(end, end),
        covered={("accidents", FIRST + DAY * number): True for number in range(120)},
        doubted=cases_of(lake, agency, [], end, end, doubted) if doubted else [],
        also=("compliance_daily", "standard_results"),
    )
    return {
        (row["period_kind"], row["period_start"], row["department_id"]): row
        for row in counts.table("marts.standard_results")
        if row["standard_id"] == "no-accident"
    }


def ends(results: Results, department: str | None) -> tuple[int, ...]:
    """The ends of the year."""
    row = results["year", date(2026, 1, 1), department]
    return tuple(row[name] for name in ENDS)


class TestOneIncidentInDoubt:
    """Eleven of Nordstadt's 120 days are broken; 119 of 120 would be the promise."""

    @pytest.fixture
    def accidents(self) -> list[Row]:
        return [accident(number, "nordstadt", FIRST + DAY * 9 * number) for number in range(11)]

    def test_undamaged_the_ends_are_what_was_decided(
        self, counts: Warehouse, branches: Agency, lake: Settings, accidents: list[Row]
    ) -> None:
        results = judge(counts, branches, lake, accidents, [])
        assert ends(results, "nordstadt") == (109, 11, 109, 11)
        assert ends(results, None) == (298, 11, 298, 11)

    def test_dated_ahead_it_breaks_one_day_more_at_most(
        self, counts: Warehouse, branches: Agency, lake: Settings, accidents: list[Row]
    ) -> None:
        one = ahead(accident(99, "nordstadt", LAST), branches)
        results = judge(counts, branches, lake, accidents, [one])
        year = results["year", date(2026, 1, 1), "nordstadt"]
        assert (ends(results, "nordstadt"), year["result"], year["ahead"]) == ((108, 12, 109, 11), "broken", 1)
        assert ends(results, "suedstadt") == (120, 0, 120, 0), "it names its centre"

    def test_whose_it_is_nobody_knows_it_may_be_of_each_and_of_one_alone(
        self, counts: Warehouse, branches: Agency, lake: Settings, accidents: list[Row]
    ) -> None:
        one = in_doubt(accident(99, "nordstadt", LAST), "centre, happened_on", branches)
        results = judge(counts, branches, lake, accidents, [one])
        assert ends(results, "nordstadt") == (108, 12, 109, 11)
        assert ends(results, "suedstadt") == (119, 1, 120, 0)
        assert ends(results, "weststadt") == (68, 1, 69, 0)
        assert ends(results, None) == (297, 12, 298, 11), "the agency counts it once"

    def test_without_its_key_it_may_be_the_one_that_broke_a_day(
        self, counts: Warehouse, branches: Agency, lake: Settings, accidents: list[Row]
    ) -> None:
        one = in_doubt(accident(99, "nordstadt", LAST), "accident_id, happened_on", branches)
        results = judge(counts, branches, lake, accidents, [one])
        assert ends(results, "nordstadt") == (108, 12, 110, 10)

    def test_of_two_on_one_day_it_is_one_at_most(
        self, counts: Warehouse, branches: Agency, lake: Settings, accidents: list[Row]
    ) -> None:
        again = [accident(number + 20, "nordstadt", FIRST + DAY * 9 * number) for number in range(11)]
        one = in_doubt(accident(99, "nordstadt", LAST), "accident_id, happened_on", branches)
        results = judge(counts, branches, lake, [*accidents, *again], [one])
        assert ends(results, "nordstadt") == (108, 12, 109, 11)

    def test_more_rows_than_days_break_every_day(
        self, counts: Warehouse, branches: Agency, lake: Settings, accidents: list[Row]
    ) -> None:
        rows = [ahead(accident(number, "nordstadt", LAST), branches) for number in range(100, 230)]
        results = judge(counts, branches, lake, accidents, rows)
        assert ends(results, "nordstadt") == (0, 120, 109, 11)


days = st.integers(0, 119).map(lambda number: FIRST + DAY * number)
histories = st.lists(
    st.tuples(st.sampled_from(CENTRES), days | days.map(lambda day: min(day, FIRST + DAY))), max_size=12
)
damages = st.lists(
    st.builds(Damage, st.integers(0, 99), st.sampled_from(UNREADABLE), st.booleans()), min_size=1, max_size=4
)


@pytest.mark.slow
@effort(max_examples=examples(6, 12), deadline=None)
@given(histories, damages)
def test_the_truth_lies_between_the_two_ends(
    counts: Warehouse, branches: Agency, lake: Settings, history: list[tuple[str, date]], damage: list[Damage]
) -> None:
    rows = {number: accident(number, *each) for number, each in enumerate(history)}
    left, doubted = dict(rows), []
    for each in damage:
        number = each.number % max(len(rows), 1)
        if number not in left or left[number] is not rows[number]:
            continue
        doubted.append(in_doubt(rows[number], each.unreadable, branches))
        if each.older and each.unreadable == "accident_id, happened_on":
            left[number] = accident(number, CENTRES[each.number % 3], FIRST + DAY * (each.number % 120))
        else:
            del left[number]
    whole = judge(counts, branches, lake, list(rows.values()), [])
    bounded = judge(counts, branches, lake, list(left.values()), doubted)
    assert whole.keys() == bounded.keys()
    for key, truth in whole.items():
        between = bounded[key]
        assert between["met_at_least"] <= truth["met"] <= between["met_at_most"], f"{key}: {between} of {truth}"
        assert between["breached_at_least"] <= truth["breached"] <= between["breached_at_most"], f"{key}: {between}"
        assert between["result"] in (truth["result"], "no_data"), f"{key}: damage made it {between['result']}"
