"""Targets of each part: 80 % of applications are decided within 15 days and 95 % within 40 (tests/agencies/grants).

Every application is two commitments. Each counts towards its own target, and the standard is kept when both are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.extract.corrections.refusals import Refusal
from charter.transform.doubt.cases import cases_of
from charter.transform.doubt.doubted_case import DoubtedCase
from charter.transform.doubt.row import DoubtedRow
from tests.commitments.reading import DAY, Night, Row
from tests.commitments.warehouse import HOME, MARTS, Warehouse, compile_models

GRANTS = Path(__file__).parents[1] / "agencies" / "grants"
VIENNA = ZoneInfo("Europe/Vienna")
FIRST_DAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def grants() -> Agency:
    return load_agency(GRANTS)


@pytest.fixture(scope="module")
def office(grants: Agency, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    models, _ = compile_models(grants, tmp_path_factory.mktemp("dbt"))
    return Warehouse(grants, models, [*MARTS, "target_results"])


def on(text: str) -> date:
    """``03-02`` of 2026."""
    return date.fromisoformat(f"2026-{text}")


@dataclass
class Register:
    """Applications as they were entered, and what the year comes to."""

    warehouse: Warehouse
    rows: list[Row] = field(default_factory=list)

    def applications(self, count: int, received: str, decided: str | None, office: str = "north", **more: Any) -> None:
        """So many applications, alike."""
        for _ in range(count):
            self.rows.append(
                {
                    "application_id": f"A{len(self.rows):03}",
                    "office": office,
                    "received_on": on(received),
                    "decided_on": on(decided) if decided else None,
                    "outcome": "refused",
                    "source_id": "register",
                    "known_at": datetime(2026, 1, 1, tzinfo=UTC),
                    **more,
                }
            )

    def year(self, until: str, *, lost: Sequence[str] = (), doubted: Sequence[DoubtedCase] = ()) -> None:
        """Judges what was known at the end of a day; ``lost`` are days on which the register was silent."""
        ended = end_of_day(on(until), VIENNA)
        days = [FIRST_DAY + DAY * number for number in range((on(until) - FIRST_DAY).days + 1)]
        silent = {on(each) for each in lost}
        self.warehouse.judge(
            ["deadline"],
            {"stg_applications": self.rows},
            Night(ended, ended),
            covered={("applications", day): day not in silent for day in days},
            doubted=doubted,
            also=("compliance_daily", "standard_results", "target_results"),
        )

    def result(self, department: str | None = None, kind: str = "year") -> Any:
        """The standard's row of the latest period of its kind."""
        return self._latest("standard_results", department, kind)[-1]

    def targets(self, department: str | None = None, kind: str = "year") -> dict[str, Any]:
        """The rows of its targets by part."""
        rows = self._latest("target_results", department, kind)
        return {row["part"]: row for row in rows if row["period_start"] == rows[-1]["period_start"]}

    def verdicts(self, department: str | None = None, kind: str = "year") -> tuple[str, dict[str, str]]:
        """The standard's result, and those of its targets."""
        targets = self.targets(department, kind)
        return self.result(department, kind)["result"], {part: row["result"] for part, row in targets.items()}

    def _latest(self, mart: str, department: str | None, kind: str) -> list[dict[str, Any]]:
        rows = [
            row
            for row in self.warehouse.table(f"marts.{mart}")
            if (row["standard_id"], row["department_id"], row["period_kind"]) == ("decided", department, kind)
        ]
        return sorted(rows, key=lambda row: row["period_start"])


@pytest.fixture
def register(office: Warehouse) -> Register:
    return Register(office)


def test_one_target_is_kept_and_the_other_broken(register: Register) -> None:
    """Of 40 applications 33 are decided within 15 days, 4 within 40, and 3 later."""
    register.applications(33, "03-02", "03-17")
    register.applications(4, "03-02", "04-11")
    register.applications(3, "03-02", "04-12")
    register.year("04-30")
    in_15, in_40 = register.targets().values()
    assert (in_15["met"], in_15["breached"], in_15["rate"], in_15["target"]) == (33, 7, 0.825, 0.8)
    assert (in_40["met"], in_40["breached"], in_40["rate"], in_40["target"]) == (37, 3, 0.925, 0.95)
    assert register.verdicts() == ("broken", {"in-15": "kept", "in-40": "broken"})
    assert (register.result()["met"], register.result()["breached"]) == (70, 10)


def test_a_standard_is_kept_when_each_of_its_targets_is(register: Register) -> None:
    """Exactly the target is reached: 16 of 20 within 15 days, 19 of 20 within 40."""
    register.applications(16, "03-02", "03-17")
    register.applications(3, "03-02", "04-11")
    register.applications(1, "03-02", None)
    register.year("04-30")
    assert register.verdicts() == ("kept", {"in-15": "kept", "in-40": "kept"})


def test_what_both_count_together_is_held_against_neither(register: Register) -> None:
    """15 of 20 within 15 days miss 80 %, though of all 40 commitments 35 are met."""
    register.applications(15, "03-02", "03-17")
    register.applications(5, "03-02", "04-11")
    register.year("04-30")
    assert register.verdicts() == ("broken", {"in-15": "broken", "in-40": "kept"})


def test_a_target_of_which_nothing_is_due_yet_is_said_to_have_nothing_due(register: Register) -> None:
    """After 20 days those that were not decided have missed the first limit, and not the second."""
    register.applications(10, "03-02", None)
    register.year("03-22")
    assert register.verdicts() == ("broken", {"in-15": "broken", "in-40": "nothing_due"})


def test_each_office_has_its_targets_and_the_agency_their_sum(register: Register) -> None:
    register.applications(10, "03-02", "03-17", "north")
    register.applications(10, "03-02", "04-11", "south")
    register.year("04-30")
    assert register.verdicts("north") == ("kept", {"in-15": "kept", "in-40": "kept"})
    assert register.verdicts("south") == ("broken", {"in-15": "broken", "in-40": "kept"})
    whole = register.targets()
    assert {part: (row["met"], row["breached"]) for part, row in whole.items()} == {"in-15": (10, 10), "in-40": (20, 0)}


def test_what_was_withdrawn_counts_towards_neither(register: Register) -> None:
    register.applications(8, "03-02", "03-17")
    register.applications(2, "03-02", None, outcome="withdrawn")
    register.year("04-30")
    assert register.verdicts() == ("kept", {"in-15": "kept", "in-40": "kept"})
    assert {part: row["excluded"] for part, row in register.targets().items()} == {"in-15": 2, "in-40": 2}


def test_a_lost_day_widens_each_target_by_itself(register: Register) -> None:
    """Of a day the charter says that it decides one commitment of each part at most. 9 of 11 still reach 80 %; 9 of 10
    would miss 95 %, and 10 of 10 would not."""
    register.applications(9, "03-02", "03-17")
    register.applications(1, "03-02", None)
    register.year("03-31", lost=["03-20"])
    assert register.verdicts() == ("no_data", {"in-15": "kept", "in-40": "no_data"})
    in_15, in_40 = register.targets().values()
    assert (in_15["rate_at_least"], in_15["rate_at_most"]) == (9 / 11, 10 / 11)
    assert (in_40["rate_at_least"], in_40["rate_at_most"]) == (9 / 10, 10 / 10)


def test_a_target_that_is_missed_for_certain_breaks_the_standard_though_the_other_is_open(register: Register) -> None:
    register.applications(3, "03-02", "03-17")
    register.applications(7, "03-02", None)
    register.year("03-31", lost=["03-20"])
    assert register.verdicts() == ("broken", {"in-15": "broken", "in-40": "no_data"})


def test_a_lost_day_never_makes_a_verdict_better(register: Register) -> None:
    """19 of 24 miss 80 %, and with one more that was met they would not; a target that was kept is in doubt or kept."""
    register.applications(19, "03-02", "03-17")
    register.applications(5, "03-02", "04-11")
    register.year("04-30")
    whole, parts = register.verdicts()
    register.year("04-30", lost=["03-20"])
    damaged, damaged_parts = register.verdicts()
    assert (whole, damaged) == ("broken", "no_data")
    assert parts == {"in-15": "broken", "in-40": "kept"}
    assert damaged_parts == {"in-15": "no_data", "in-40": "kept"}


def refused(register: Register, folder: Path, until: str, unreadable: str, **row: Any) -> list[DoubtedCase]:
    """What one row of the register of which a cell could not be read may mean."""
    as_of = end_of_day(on(until), VIENNA)
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(folder)})
    refusal = Refusal("r1", "register", "applications", "", unreadable, "unreadable", row, as_of, as_of)
    return cases_of(settings, register.warehouse.agency, [], as_of, as_of, [DoubtedRow.refused(refusal)])


def test_a_row_that_could_not_be_read_may_be_one_commitment_of_each_target(register: Register, tmp_path: Path) -> None:
    """Received on 2 March, it is decided within 15 days or not, and within 40 or not."""
    row = {
        "application_id": "B1",
        "office": "north",
        "received_on": "2026-03-02",
        "decided_on": None,
        "outcome": "refused",
    }
    doubted = [
        each for each in refused(register, tmp_path, "04-30", "decided_on", **row) if each.standard_id == "decided"
    ]
    assert [(each.target_part, each.commitments, each.last_day) for each in doubted] == [
        ("in-15", 1, on("03-17")),
        ("in-40", 1, on("04-11")),
    ]
    register.applications(17, "03-02", "03-17")
    register.applications(3, "03-02", "04-11")
    register.year("04-30", doubted=doubted)
    assert register.verdicts() == ("kept", {"in-15": "kept", "in-40": "kept"})
    in_15, in_40 = register.targets().values()
    assert (in_15["met_at_least"], in_15["breached_at_most"]) == (17, 4)
    assert (in_40["met_at_least"], in_40["breached_at_most"]) == (20, 1)


def test_a_row_that_names_no_case_may_stand_for_any_of_each_target(register: Register, tmp_path: Path) -> None:
    row = {
        "application_id": None,
        "office": "north",
        "received_on": "2026-03-02",
        "decided_on": None,
        "outcome": "refused",
    }
    doubted = refused(register, tmp_path, "04-30", "application_id", **row)
    assert {each.subject_id for each in doubted} == {None}
    register.applications(16, "03-02", "03-17")
    register.applications(4, "03-02", "04-11")
    register.year("04-30", doubted=[each for each in doubted if each.standard_id == "decided"])
    assert register.verdicts() == ("no_data", {"in-15": "no_data", "in-40": "kept"})
