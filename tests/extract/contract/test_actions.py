"""Entries of the register of actions: what cannot be read is refused, and an empty cell answers for nobody."""

from __future__ import annotations

import pytest

from charter.definitions.actions import ACTIONS, TABLES
from charter.extract.corrections.refusals import refusals
from tests.extract.builders import SUBJECTS, World, agency, night, source

MONDAY, TUESDAY = "2026-07-06", "2026-07-07"
TABLE = TABLES[ACTIONS]
COLUMNS = tuple(TABLE.columns)
FEED = {"table": ACTIONS, "path": "actions.csv", "full": True, "columns": {name: name for name in COLUMNS}}


@pytest.fixture
def register(world: World) -> World:
    world.agency = agency(subjects={**SUBJECTS, ACTIONS: TABLE.model_dump()})
    return world


def holds(world: World, *rows: dict[str, str]) -> None:
    lines = [",".join(row[name] for name in COLUMNS) for row in rows]
    world.file("actions.csv", "\n".join([",".join(COLUMNS), *lines, ""]))


def action(**changes: str) -> dict[str, str]:
    return {
        **{"action_id": "A1", "standard_id": "no-leaks", "department_id": "export", "from_on": "2026-07-01"},
        **{"to_on": "", "cause": "one desk", "measure": "two desks", "owner": "export"},
        **{"due_on": "2026-07-31", "done_on": ""},
        **changes,
    }


def refused(world: World, day: str) -> dict[str, str]:
    return {each.column: each.reason for each in refusals(world.settings, world.agency, night(day))}


def test_an_action_lands(register: World) -> None:
    holds(register, action())
    register.extract(source("csv", FEED, encoding="utf-8"), MONDAY)
    [landed] = register.versions(ACTIONS).to_dict("records")
    assert (landed["department_id"], landed["cause"], landed["owner"]) == ("export", "one desk", "export")


@pytest.mark.parametrize("column", ["cause", "measure", "owner", "due_on", "from_on", "department_id"])
def test_an_empty_cell_is_no_answer(register: World, column: str) -> None:
    holds(register, action(**{column: ""}))
    register.extract(source("csv", FEED, encoding="utf-8"), MONDAY)
    assert list(refused(register, MONDAY)) == [column]


def test_an_action_for_all_departments_says_so(register: World) -> None:
    holds(register, action(department_id="*"))
    register.extract(source("csv", FEED, encoding="utf-8"), MONDAY)
    [landed] = register.versions(ACTIONS).to_dict("records")
    assert landed["department_id"] is None


def test_a_due_date_in_words_is_refused_and_what_was_said_before_stays(register: World) -> None:
    holds(register, action())
    register.extract(source("csv", FEED, encoding="utf-8"), MONDAY)
    holds(register, action(due_on="soon"))
    register.extract(source("csv", FEED, encoding="utf-8"), TUESDAY)
    assert list(refused(register, TUESDAY)) == ["due_on"]
    [landed] = register.versions(ACTIONS).to_dict("records")
    assert str(landed["due_on"])[:10] == "2026-07-31"
