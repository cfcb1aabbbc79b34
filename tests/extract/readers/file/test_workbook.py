"""Workbooks as people keep them: titles, gaps, typed cells and texts in one column."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from charter.extract import read_quarantine
from tests.extract.builders import CALLS, FIRMS, World, night, source

SHEET = {"table": "calls", "sheet": "통화", "header_row": 3, "full": True, "columns": CALLS}


def fill(world: World, *rows: tuple[Any, ...]) -> None:
    world.workbook(통화=[("통화 대장",), (), ("번호 ", "부서", "호출", "발신", "비고"), *rows])


def test_origins_are_the_row_numbers_that_the_workbook_shows(world: World) -> None:
    first = ("C1", "수출팀", "2026-07-01 09:00:00", None, None)
    fill(world, first, (), (None, " ", None, None, None), ("C2", "수출팀", "2026-07-01 09:00:00", None, None))
    feed = world.extract(source("workbook", SHEET, padded=True), "2026-07-01").feeds[0]
    assert feed.arrived == 2
    assert world.versions("calls")._origin.tolist() == ["registers.xlsx/통화:4", "registers.xlsx/통화:7"]


def call(key: str) -> tuple[Any, ...]:
    return (key, "수출팀", "2026-07-01 09:00:00", None, None)


class TestARowThatIsWiped:
    """A row of a sheet in which nothing is left stands between rows that have something."""

    @pytest.mark.parametrize("wiped", [(), (None, " ", "\u200b", "", None)])
    @pytest.mark.parametrize("place", [0, 1])
    def test_is_refused_with_its_number(self, world: World, wiped: tuple[Any, ...], place: int) -> None:
        rows = [call("C1"), call("C2")]
        rows.insert(place, wiped)
        fill(world, *rows)
        feed = world.extract(source("workbook", SHEET), "2026-07-01").feeds[0]
        assert (feed.read, feed.landed, feed.quarantined) == (3, 2, 1)
        refused = read_quarantine(world.settings, night("2026-07-01")).iloc[0]
        assert refused.origin == f"registers.xlsx/통화:{4 + place}"
        assert refused.reason == (
            "has nothing in any cell, between rows that have (padded: true takes such rows for no rows)"
        )

    def test_is_left_out_and_counted_where_the_source_is_padded(self, world: World) -> None:
        fill(world, call("C1"), (), (), call("C2"))
        feed = world.extract(source("workbook", SHEET, padded=True), "2026-07-01").feeds[0]
        assert (feed.read, feed.landed, feed.quarantined, feed.left_out) == (4, 2, 0, 2)
        [left] = feed.left_out_rows
        assert (left.why, left.examples) == ("padding", ["registers.xlsx/통화:5", "registers.xlsx/통화:6"])

    def test_is_nothing_below_the_last_row(self, world: World) -> None:
        """Whether a row ever stood there nobody can tell."""
        fill(world, call("C1"), (), (None, " ", None, None, None))
        feed = world.extract(source("workbook", SHEET), "2026-07-01").feeds[0]
        assert (feed.read, feed.landed, feed.quarantined) == (1, 1, 0)

    def test_is_nothing_above_what_stands_beside_the_table(self, world: World) -> None:
        """A memo in a column that nobody maps is a row that is refused, and the table ends above it."""
        fill(world, call("C1"), (), (None, None, None, None, "memo"))
        feed = world.extract(source("workbook", SHEET), "2026-07-01").feeds[0]
        assert (feed.read, feed.landed, feed.quarantined) == (2, 1, 1)

    def test_is_none_where_the_row_above_is_merged_over_it(self, world: World) -> None:
        """One entry over two rows of the sheet."""
        fill(world, call("C1"), (), call("C2"))
        merge(world, "A4:A5", "B4:B5", "C4:C5", "D4:D5")
        assert world.extract(source("workbook", SHEET), "2026-07-01").feeds[0].quarantined == 0

    def test_is_one_where_only_some_of_it_is_merged(self, world: World) -> None:
        fill(world, call("C1"), (), call("C2"))
        merge(world, "A4:A5")
        assert world.extract(source("workbook", SHEET), "2026-07-01").feeds[0].quarantined == 1

    @pytest.mark.parametrize(("wiped", "refused"), [(1000, 1000), (1001, 0)])
    def test_is_none_where_more_than_a_thousand_are_blank(self, world: World, wiped: int, refused: int) -> None:
        """What stands below so many is a stray value, and no row of the table."""
        fill(world, call("C1"), *[()] * wiped, call("C2"))
        assert world.extract(source("workbook", SHEET), "2026-07-01").feeds[0].quarantined == refused


def merge(world: World, *areas: str) -> None:
    path = world.folder / "registers.xlsx"
    book = openpyxl.load_workbook(path)
    for area in areas:
        book["통화"].merge_cells(area)
    book.save(path)


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
    assert refused.reason == "호출: a value of the shape 가가 is not an instant such as 2026-07-01 09:30:00"


def test_a_workbook_may_stand_in_a_folder(world: World) -> None:
    fill(world, ("C1", "수출팀", "2026-07-01 09:00:00", None, None))
    feeding = source("workbook", {**SHEET, "path": "registers.xlsx"}, connection="a-csv")
    (world.folder / "files").mkdir()
    (world.folder / "registers.xlsx").rename(world.folder / "files" / "registers.xlsx")
    assert world.extract(feeding, "2026-07-01").status == "landed"


# ── what is no value is never read as empty ─────────────────────────────────────────────────────

FIRM_SHEET = {"table": "firms", "sheet": "기업", "full": True, "columns": FIRMS}
HEADINGS = ("기업번호", "선정일", "전문위원", "비고")
SELECTED = date(2026, 5, 1)


def keep(world: World, *rows: tuple[Any, ...], change: Callable[[Worksheet], None] | None = None) -> Path:
    """A register of firms, with the headings in its first row."""
    world.workbook(기업=[HEADINGS, *rows])
    path = world.folder / "registers.xlsx"
    if change is not None:
        book = openpyxl.load_workbook(path)
        change(book["기업"])
        book.save(path)
    return path


def read_rows(world: World, **feed: Any) -> tuple[list[str], dict[str, str]]:
    """(the firms that landed, the reason for each row that was refused, by its row number)."""
    receipt = world.extract(source("workbook", {**FIRM_SHEET, **feed}), "2026-07-01")
    assert receipt.status == "landed", receipt.feeds[0].problem
    rows = world.versions("firms")
    refused = read_quarantine(world.settings, night("2026-07-01"))
    reasons = {origin.rpartition(":")[2]: reason for origin, reason in zip(refused.origin, refused.reason, strict=True)}
    return (rows.firm_id.tolist() if len(rows) else []), reasons


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
@pytest.mark.parametrize("column", [0, 1, 2], ids=["key", "date", "person"])
def test_a_cell_whose_formula_failed_refuses_its_row(world: World, error: str, column: int) -> None:
    bad: list[Any] = ["F-2", SELECTED, "홍길동"]
    bad[column] = error
    keep(world, ("F-1", SELECTED, None), (*bad, None))
    assert read_rows(world) == (["F-1"], {"3": f"{HEADINGS[column]}: the cell holds the error {error}"})


def test_a_failed_cell_of_a_column_that_is_not_mapped_is_nobodys_matter(world: World) -> None:
    keep(world, ("F-1", SELECTED, None, "#N/A"))
    assert read_rows(world) == (["F-1"], {})


@pytest.mark.parametrize("column", [0, 1, 2], ids=["key", "date", "person"])
def test_a_formula_that_nobody_computed_refuses_its_row(world: World, column: int) -> None:
    bad: list[Any] = ["F-2", SELECTED, "홍길동"]
    bad[column] = "=A1"
    keep(world, ("F-1", SELECTED, None), (*bad, None))
    assert read_rows(world) == (["F-1"], {"3": f"{HEADINGS[column]}: the cell holds a formula without a value"})


def test_a_formula_that_gives_an_empty_text_is_empty(world: World) -> None:
    path = keep(world, ("F-1", SELECTED, '=""'))
    rewrite(path, "xl/worksheets/sheet1.xml", '<c r="C2"><f>', '<c r="C2" t="str"><f>')
    assert read_rows(world) == (["F-1"], {})


def test_a_cell_under_a_merge_is_refused(world: World) -> None:
    keep(
        world,
        ("F-1", SELECTED, None),
        ("F-2", None, None),
        ("F-3", SELECTED, None),
        change=lambda sheet: sheet.merge_cells("B2:B3"),
    )
    under = "선정일: the cell is under the merge B2:B3 (merged_cells: fill would take its value)"
    assert read_rows(world) == (["F-1", "F-3"], {"3": under})


def test_cells_under_a_merge_may_be_filled_with_what_it_shows(world: World) -> None:
    keep(world, ("F-1", SELECTED), ("F-2", None), ("F-3", date(2026, 6, 1)), change=lambda s: s.merge_cells("B2:B3"))
    assert read_rows(world, merged_cells="fill") == (["F-1", "F-2", "F-3"], {})
    assert world.versions("firms").selected_on.tolist() == [SELECTED, SELECTED, date(2026, 6, 1)]


def test_what_a_merge_shows_may_be_no_value_either(world: World) -> None:
    keep(world, ("F-1", "#N/A"), ("F-2", None), change=lambda sheet: sheet.merge_cells("B2:B3"))
    reason = "선정일: the cell holds the error #N/A"
    assert read_rows(world, merged_cells="fill") == ([], {"2": reason, "3": reason})


def test_a_merge_that_shows_nothing_is_empty(world: World) -> None:
    keep(world, ("F-1", SELECTED, None), ("F-2", SELECTED, None), change=lambda sheet: sheet.merge_cells("C2:C3"))
    assert read_rows(world) == (["F-1", "F-2"], {})


def test_a_note_merged_over_the_whole_row_lands_nothing(world: World) -> None:
    keep(world, ("F-1", SELECTED), ("합계 1건", None), change=lambda sheet: sheet.merge_cells("A3:D3"))
    landed, reasons = read_rows(world)
    assert landed == ["F-1"]
    assert "선정일: the cell is under the merge A3:D3" in reasons["3"]


@pytest.mark.parametrize("corner", ["XFD1048576", "A1048576", "XFD2"])
def test_a_value_in_the_sheets_last_corner_costs_one_row_at_most(world: World, corner: str) -> None:
    def put(sheet: Worksheet) -> None:
        sheet[corner] = "x"

    keep(world, ("F-1", SELECTED, None), ("F-2", SELECTED, None), change=put)
    landed, reasons = read_rows(world)
    assert landed == ["F-1", "F-2"]
    assert set(reasons) == ({"1048576"} if corner.endswith("1048576") else set())


def test_headings_on_two_rows_are_read_together_where_it_is_said(world: World) -> None:
    world.workbook(
        기업=[("기업 관리대장",), ("기업", None, "전문위원"), ("번호", "선정일", None), ("F-1", SELECTED, "홍길동")]
    )
    path = world.folder / "registers.xlsx"
    book = openpyxl.load_workbook(path)
    book["기업"].merge_cells("A2:B2")
    book["기업"].merge_cells("C2:C3")
    book.save(path)
    columns = {"firm_id": "기업 번호", "selected_on": "기업 선정일", "adviser": "전문위원"}
    assert read_rows(world, header_row=2, header_rows=2, columns=columns) == (["F-1"], {})


@pytest.mark.parametrize("spelt", ["기업\n번호", "기업\u00a0번호", "\u200b기업 번호", "기업 번호"])
def test_a_heading_has_one_spelling(world: World, spelt: str) -> None:
    world.workbook(기업=[(spelt, "선정일", "전문위원"), ("F-1", SELECTED, None)])
    assert read_rows(world, columns={**FIRMS, "firm_id": "기업 번호"}) == (["F-1"], {})


def test_a_sheets_name_has_one_spelling(world: World) -> None:
    world.workbook(**{"기업 ": [HEADINGS, ("F-1", SELECTED, None)]})
    assert read_rows(world, sheet="기업") == (["F-1"], {})


@pytest.mark.parametrize(
    ("cell", "form"),
    [(0, "yyyy-mm-dd"), (-1, "yyyy-mm-dd"), (0.5, "yyyy-mm-dd"), (46204, "General"), (3_000_000, "yyyy-mm-dd")],
    ids=["day-0", "negative", "a-time", "serial-number", "beyond-9999"],
)
def test_a_number_that_is_no_day_is_refused_in_a_column_of_dates(world: World, cell: float, form: str) -> None:
    def put(sheet: Worksheet) -> None:
        sheet["B2"] = cell
        sheet["B2"].number_format = form

    keep(world, ("F-1", None, None), change=put)
    landed, reasons = read_rows(world)
    assert landed == []
    assert "선정일: " in reasons["2"]


def test_a_workbook_that_counts_days_from_1904_is_read_by_its_own_count(world: World) -> None:
    world.workbook(기업=[HEADINGS])
    book = openpyxl.load_workbook(world.folder / "registers.xlsx")
    book.epoch = CALENDAR_MAC_1904
    book["기업"].append(("F-1", SELECTED))
    book.save(world.folder / "registers.xlsx")
    assert read_rows(world)[0] == ["F-1"]
    assert world.versions("firms").selected_on.tolist() == [SELECTED]


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0 an old workbook", b"PK\x03\x04 cut off", b"<html>", b""])
def test_what_is_no_workbook_is_told_with_its_remedy(world: World, content: bytes) -> None:
    (world.folder / "registers.xlsx").write_bytes(content)
    receipt = world.extract(source("workbook", FIRM_SHEET), "2026-07-01")
    assert receipt.status == "failed"
    assert "save it as .xlsx" in str(receipt.feeds[0].problem)


def test_a_sheet_that_declares_entities_is_refused(world: World) -> None:
    path = keep(world, ("F-1", SELECTED, None))
    rewrite(path, "xl/worksheets/sheet1.xml", "<worksheet", '<!DOCTYPE a [<!ENTITY b "c">]><worksheet')
    receipt = world.extract(source("workbook", FIRM_SHEET), "2026-07-01")
    assert receipt.status == "failed"


def rewrite(path: Path, part: str, old: str, new: str) -> None:
    """Writes the workbook anew with other XML in one of its parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part].decode()
    parts[part] = parts[part].decode().replace(old, new, 1).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
