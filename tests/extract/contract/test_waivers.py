"""Whom a waiver is for: an empty cell excuses nobody, and all are named by saying so."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from charter.definitions.models import Source
from charter.definitions.waivers import TABLE, WAIVERS
from charter.extract.corrections.land import correct
from charter.extract.corrections.refusals import refusals
from charter.extract.corrections.rows import CorrectionError, Proposal, to_csv
from tests.extract.builders import SUBJECTS, World, agency, department, night, source

MONDAY, TUESDAY = "2026-07-06", "2026-07-07"
COLUMNS = tuple(TABLE.columns)
FEED = {"table": WAIVERS, "path": "waivers.csv", "full": True, "columns": {name: name for name in COLUMNS}}


@pytest.fixture
def register(world: World) -> World:
    world.agency = agency(subjects={**SUBJECTS, WAIVERS: TABLE.model_dump()})
    return world


def decisions(**feed: Any) -> Source:
    return source("csv", {**FEED, **feed}, encoding="utf-8")


def holds(world: World, *rows: dict[str, str]) -> None:
    lines = [",".join(row[name] for name in COLUMNS) for row in rows]
    world.file("waivers.csv", "\n".join([",".join(COLUMNS), *lines, ""]))


def waiver(**changes: str) -> dict[str, str]:
    return {
        "waiver_id": "W1",
        "standard_id": "no-leaks",
        "department_id": "export",
        "subject_id": "T1",
        "from_on": "2026-07-01",
        "to_on": "2026-07-01",
        "reason": "storm",
        "approver": "board",
        "decided_at": "2026-07-02 10:00:00",
        **changes,
    }


def refused(world: World, day: str) -> dict[str, str]:
    return {each.column: each.reason for each in refusals(world.settings, world.agency, night(day))}


@pytest.mark.parametrize("column", ["subject_id", "department_id"])
def test_a_cell_that_was_emptied_does_not_widen_the_waiver(register: World, column: str) -> None:
    holds(register, waiver())
    register.extract(decisions(), MONDAY)
    holds(register, waiver(**{column: ""}))
    register.extract(decisions(), TUESDAY)
    assert refused(register, TUESDAY) == {column: f"{column}: is empty: name one, or write * for all"}
    [landed] = register.versions(WAIVERS).to_dict("records")
    assert (landed["department_id"], landed["subject_id"]) == ("export", "T1")


def test_a_department_that_nobody_has_is_not_taken_for_the_catch_all(register: World) -> None:
    others = department("others", "그 밖의 부서") | {"catch_all": True}
    departments = {"departments": [department("export", "수출팀"), others]}
    register.agency = agency(subjects={**SUBJECTS, WAIVERS: TABLE.model_dump()}, organisation=departments)
    holds(register, waiver(department_id="Harbour Office"))
    register.extract(decisions(), MONDAY)
    assert list(refused(register, MONDAY)) == ["department_id"]


@pytest.mark.parametrize("all_of_them", ["*", " * ", "＊"])
def test_a_waiver_for_all_says_so(register: World, all_of_them: str) -> None:
    holds(register, waiver(department_id=all_of_them, subject_id=all_of_them))
    register.extract(decisions(), MONDAY)
    [landed] = register.versions(WAIVERS).to_dict("records")
    assert (landed["department_id"], landed["subject_id"]) == (None, None)


def test_what_nobody_knows_as_a_department_is_told_as_such(register: World) -> None:
    holds(register, waiver(department_id="EXP-9"))
    register.extract(decisions(), MONDAY)
    assert list(refused(register, MONDAY)) == ["department_id"]
    assert "is empty" not in refused(register, MONDAY)["department_id"]


def test_a_source_without_the_column_has_waivers_for_all(register: World) -> None:
    """Its mapping says so, and no cell can say otherwise."""
    columns = {name: name for name in COLUMNS if name != "department_id"}
    holds(register, waiver())
    register.extract(decisions(columns=columns), MONDAY)
    [landed] = register.versions(WAIVERS).to_dict("records")
    assert (landed["department_id"], landed["subject_id"]) == (None, "T1")


def test_a_steward_says_whom_too(register: World) -> None:
    holds(register, waiver(department_id="*", subject_id=""))
    register.extract(decisions(), MONDAY)
    [refusal] = refusals(register.settings, register.agency, night(MONDAY))
    [row] = csv.DictReader(io.StringIO(to_csv(register.agency, decisions().feeds[0], [refusal])))
    assert (row["department_id"], row["subject_id"]) == ("*", "")
    own = {name: row[name] for name in COLUMNS}

    def put_right(subject: str) -> None:
        proposal = Proposal(refusal.id, {**own, "subject_id": subject}, "asked the board", "corrected.csv, row 2")
        correct(register.settings, register.agency, decisions(), [proposal], by="kim", made_at=night(MONDAY))

    with pytest.raises(CorrectionError, match=r"subject_id: is empty: name one, or write \* for all"):
        put_right("")
    put_right("*")
    receipt = register.extract(decisions(), TUESDAY)
    assert [part.landed for part in receipt.corrections] == [1]
