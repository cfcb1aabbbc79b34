"""A column that the source does not have: every row of the feed has one value of ours."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.definitions.folder import CharterFolder
from tests.extract.builders import World, source


def walk_ins(**constants: Any) -> dict[str, Any]:
    columns = {"ticket_id": "번호", "received_at": {"source": "접수일", "format": "%Y-%m-%d %H:%M"}}
    return {"table": "tickets", "path": "desk.csv", "columns": {**columns, **constants}}


def test_every_row_has_it(world: World) -> None:
    world.file("desk.csv", "번호,접수일\nT-1,2026-07-01 09:00\nT-2,2026-07-01 10:00\n")
    feed = walk_ins(
        kind={"constant": "complaint"},
        department_id={"constant": "export"},
        urgent={"constant": True},
        count={"constant": 1},
        score={"constant": 0.5},
    )

    receipt = world.extract(source("csv", feed), "2026-07-01")

    assert (receipt.feeds[0].landed, receipt.feeds[0].quarantined) == (2, 0)
    rows = world.versions("tickets")[["kind", "department_id", "urgent", "count", "score"]]
    assert rows.to_numpy().tolist() == [["complaint", "export", True, 1, 0.5]] * 2


def test_another_constant_is_another_contract(world: World) -> None:
    world.file("desk.csv", "번호,접수일\nT-1,2026-07-01 09:00\n")
    world.extract(source("csv", walk_ins(kind={"constant": "inquiry"})), "2026-07-01")
    world.extract(source("csv", walk_ins(kind={"constant": "complaint"})), "2026-07-02")
    assert world.versions("tickets")["kind"].tolist() == ["inquiry", "complaint"]


def test_one_file_feeds_two_tables(world: World) -> None:
    world.file("desk.csv", "번호,접수일,선정일\nT-1,2026-07-01 09:00,2026-07-02\n")
    firms = {"table": "firms", "path": "desk.csv", "columns": {"firm_id": "번호", "selected_on": "선정일"}}

    receipt = world.extract(source("csv", walk_ins(kind={"constant": "inquiry"}), firms), "2026-07-01")

    assert [(feed.table, feed.landed) for feed in receipt.feeds] == [("tickets", 1), ("firms", 1)]
    assert world.versions("firms")["selected_on"].tolist() == [date(2026, 7, 2)]


DIRECTION = "{source: 구분, values: {수신: inbound, 발신: outbound}}"


@pytest.mark.parametrize(
    ("column", "constant", "problem_starts", "remedy"),
    [
        ("call_id: 통화번호", "C1", "'call_id' is the key: not one for all rows", "<source column>"),
        ("rang_at: 호출시각", "noon", "'rang_at' is of type instant: not one for all", "<source column>"),
        ("caller: 발신번호", "Kim", "'caller' is of type pseudonym: not one for all", "<source column>"),
        (f"direction: {DIRECTION}", "inbond", "'inbond' is not a value", "inbound"),
        ("department_id: 착신부서", "voc-taem", "'voc-taem' is no department's id", "voc-team"),
        ("department_id: 착신부서", "7", "7 is no department", "as 'department_id' holds it"),
    ],
)
def test_what_no_row_can_have_is_refused(
    tmp_path: Path, column: str, constant: str, problem_starts: str, remedy: str
) -> None:
    folder = CharterFolder(tmp_path)
    name = column.partition(":")[0]
    line = folder.replace("sources.yaml", column, f"{name}: {{constant: {constant}}}", nth=1)
    [problem] = [each for each in folder.problems() if each.what.startswith(problem_starts)]
    assert str(problem.where).endswith(f"sources.yaml:{line}")
    assert remedy in str(problem.remedy)
