"""Workbooks as people keep them: titles, gaps, typed cells and texts in one column."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from charter.extract import read_quarantine

from .builders import CALLS, World, night, source

SHEET = {"table": "calls", "sheet": "통화", "header_row": 3, "full": True, "columns": CALLS}


def fill(world: World, *rows: tuple[Any, ...]) -> None:
    world.workbook(통화=[("통화 대장",), (), ("번호 ", "부서", "호출", "발신", "비고"), *rows])


def test_origins_are_the_row_numbers_that_the_workbook_shows(world: World) -> None:
    first = ("C1", "수출팀", "2026-07-01 09:00:00", None, None)
    fill(world, first, (), (None, " ", None, None, None), ("C2", "수출팀", "2026-07-01 09:00:00", None, None))
    feed = world.extract(source("workbook", SHEET), "2026-07-01").feeds[0]
    assert feed.arrived == 2
    assert world.versions("calls")._origin.tolist() == ["registers.xlsx/통화:4", "registers.xlsx/통화:7"]


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        (datetime(2026, 7, 1, 9, 0), datetime(2026, 7, 1, 0, 0)),
        (datetime(2026, 7, 1, 9, 59, 59), datetime(2026, 7, 1, 0, 59, 59)),
        (datetime(2026, 7, 1, 17, 20, 1), datetime(2026, 7, 1, 8, 20, 1)),
        (date(2026, 7, 1), datetime(2026, 6, 30, 15)),
        ("2026-07-01 09:00:00", datetime(2026, 7, 1)),
    ],
)
def test_typed_and_written_times_mean_the_same(world: World, cell: object, stored: datetime) -> None:
    fill(world, ("C1", "수출팀", cell, None, None))
    world.extract(source("workbook", SHEET), "2026-07-01")
    assert world.versions("calls").rang_at.tolist() == [stored]


def test_numbers_as_keys_are_texts_without_a_decimal_point(world: World) -> None:
    fill(world, (1001, "수출팀", datetime(2026, 7, 1, 9), 1012345678, None))
    world.extract(source("workbook", SHEET), "2026-07-01")
    assert world.versions("calls").call_id.tolist() == ["1001"]


def test_a_refused_row_is_found_by_its_row_number(world: World) -> None:
    fill(world, ("C1", "수출팀", "아침", None, None))
    world.extract(source("workbook", SHEET), "2026-07-01")
    refused = read_quarantine(world.settings, night("2026-07-01")).iloc[0]
    assert refused.origin == "registers.xlsx/통화:4"
    assert refused.reason == "호출: '아침' is not an instant such as 2026-07-01 09:30:00"


def test_a_workbook_may_stand_in_a_folder(world: World) -> None:
    fill(world, ("C1", "수출팀", "2026-07-01 09:00:00", None, None))
    feeding = source("workbook", {**SHEET, "path": "registers.xlsx"}, connection="a-csv")
    (world.folder / "files").mkdir()
    (world.folder / "registers.xlsx").rename(world.folder / "files" / "registers.xlsx")
    assert world.extract(feeding, "2026-07-01").status == "landed"
