"""A file that was cut off within its last cell says nothing of what followed."""

from __future__ import annotations

import pytest

from tests.extract.builders import CALLS, World, source

HEADER = "번호,부서,발신,호출"
WHOLE = ["C1,수출팀,010-1234-5678,2026-07-01 10:00:00", "C2,수출팀,010-1234-5678,2026-07-01 11:00:00"]


def read(world: World, *lines: str, end: str = "") -> tuple[str, int, str]:
    world.file("calls.csv", "\n".join([HEADER, *lines]) + end)
    feed = world.extract(source("csv", {"table": "calls", "path": "calls.csv", "columns": CALLS}), "2026-07-01").feeds[
        0
    ]
    return feed.status, feed.landed, feed.problem.what if feed.problem else ""


@pytest.mark.parametrize("cell", ["2", "2026-07", "2026-07-01 1", "2026-07-01 10:0", ""])
def test_a_cell_that_begins_as_others_do_was_cut_off(world: World, cell: str) -> None:
    status, landed, said = read(world, *WHOLE, f"C3,수출팀,010-1234-5678,{cell}")
    assert (status, landed) == ("failed", 0)
    assert said == "the file ends within the last cell of line 4: it was cut off, and what followed is unknown"


@pytest.mark.parametrize("cell", ["미정", "2026/07/01", "2026-07-01 25:00:00"])
def test_a_cell_of_another_kind_is_refused_with_its_row_alone(world: World, cell: str) -> None:
    assert read(world, *WHOLE, f"C3,수출팀,010-1234-5678,{cell}") == ("landed", 2, "")


def test_a_line_that_ends_is_a_line(world: World) -> None:
    assert read(world, *WHOLE, "C3,수출팀,010-1234-5678,2026-07", end="\n") == ("landed", 2, "")


def test_a_file_whose_last_line_has_no_end_is_whole_when_its_row_can_be_read(world: World) -> None:
    assert read(world, *WHOLE) == ("landed", 2, "")


def test_a_total_under_a_table_has_no_key_and_cuts_nothing_off(world: World) -> None:
    assert read(world, *WHOLE, ",,합계,2") == ("landed", 2, "")
