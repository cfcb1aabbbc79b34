"""Names of departments that nobody has: one department may be the catch-all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.extract import read_quarantine
from tests.definitions.folder import CharterFolder
from tests.extract.builders import World, agency, department, night, ticket, tickets_source

OTHERS = department("others", "그 밖의 부서") | {"catch_all": True}


@pytest.fixture
def with_catch_all(world: World) -> World:
    departments = [department("export", "수출팀", "Export Desk", "EDX"), OTHERS]
    world.agency = agency(organisation={"departments": departments})
    return world


def test_a_name_that_nobody_has_is_the_catch_alls_and_is_counted(with_catch_all: World) -> None:
    with_catch_all.database([ticket("1"), ticket("2", dept="수입팀"), ticket("3", dept="Harbour Office")])

    receipt = with_catch_all.extract(tickets_source(), "2026-07-01")

    assert with_catch_all.versions("tickets")["department_id"].tolist() == ["export", "others", "others"]
    assert (receipt.feeds[0].landed, receipt.feeds[0].quarantined, receipt.feeds[0].caught) == (3, 0, 2)


@pytest.mark.parametrize("name", ["Export Dsek", "???", "#N/A", "N/A", "x", "12", "EXD", "EX", "EDXP"])
def test_a_slip_in_a_known_name_and_what_is_no_name_are_refused(with_catch_all: World, name: str) -> None:
    with_catch_all.database([ticket("1"), ticket("2", dept=name)])

    receipt = with_catch_all.extract(tickets_source(), "2026-07-01")

    assert (receipt.feeds[0].landed, receipt.feeds[0].quarantined, receipt.feeds[0].caught) == (1, 1, 0)


def test_an_empty_cell_names_nobody(with_catch_all: World) -> None:
    with_catch_all.database([ticket("1", dept=None)])
    with_catch_all.extract(tickets_source(), "2026-07-01")
    assert with_catch_all.versions("tickets")["department_id"].isna().tolist() == [True]


def test_without_a_catch_all_every_such_name_is_refused(world: World) -> None:
    world.database([ticket("1", dept="Harbour Office")])
    receipt = world.extract(tickets_source(), "2026-07-01")
    assert (receipt.feeds[0].quarantined, receipt.feeds[0].caught) == (1, 0)


def test_two_catch_alls_are_refused(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path)
    for nth in (1, 2):
        folder.replace("departments.yaml", "    kind: ", "    catch_all: true\n    kind: ", nth=nth)
    [problem] = folder.problems()
    assert "both get the names that no department has" in problem.what


@pytest.mark.parametrize("name", ["EXPORT DESK", "Export Dsek"])
def test_a_name_that_resembles_a_known_one_is_refused_with_that(with_catch_all: World, name: str) -> None:
    with_catch_all.database([ticket("1"), ticket("2", dept=name)])
    with_catch_all.extract(tickets_source(), "2026-07-01")
    (reason,) = read_quarantine(with_catch_all.settings, night("2026-07-01")).reason
    assert reason.endswith("alias (is it Export Desk? then add it to the aliases in departments.yaml)")
