"""A sheet as a table: its headings, its rows, and what its cells hold that is no value."""

from __future__ import annotations

import io
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import openpyxl
from python_calamine import CalamineWorkbook

from charter.base.composing import composed, heading
from charter.extract.readers.file.sheet_scan import NO_VALUE, Range, SheetScan, scan_sheet

# A rectangle of so many cells, of which few are filled, is not held in memory.
_MOST_CELLS, _CELLS_A_VALUE = 200_000, 4
_WIDEST = 256
# What stands further below is no row of the table, but a stray value: it may stand a million rows down.
_LARGEST_GAP = 1000


@dataclass(frozen=True)
class Sheet:
    """The filled rows of a sheet, by their number (from 1), and what the scan says of its cells."""

    cells: dict[int, Sequence[object]]
    scan: SheetScan

    def headings(self, first: int, count: int) -> list[str]:
        """The columns' names on ``count`` rows from ``first`` on. A heading that is merged downwards ends there, too;
        one that is merged over several columns stands over each, when there are rows below to tell them apart."""
        numbers = range(first, first + count)
        width = max((len(self.cells.get(number, ())) for number in numbers), default=0)
        rows = [[heading(self._value(number, index)) for index in range(width)] for number in numbers]
        for area in self.scan.merged:
            shown = heading(self._value(area.first_row, area.first_column - 1))
            for number in numbers:
                if area.first_row <= number <= area.last_row:
                    last = area.last_column if number < numbers[-1] else area.first_column
                    for index in range(area.first_column - 1, min(last, width)):
                        rows[number - first][index] = shown
        return [" ".join(dict.fromkeys(filter(None, names))) for names in zip(*rows, strict=True)]

    def rows_below(self, last_heading: int) -> list[int]:
        """The numbers of the filled rows below the headings."""
        return [number for number in self.cells if number > last_heading]

    def blank_rows(self, rows: Sequence[int], last_heading: int, indexes: Collection[int]) -> list[int]:
        """The rows of the table in which nothing was entered: those above its last row with something in a column of
        ``indexes`` (counted from 0), unless a merge that begins further up covers all of these. ``rows`` are filled."""
        last = max((number for number in rows if self._has_any(number, indexes)), default=0)
        table = [last_heading, *(number for number in rows if number <= last)]
        gaps = (range(above + 1, below) for above, below in pairwise(table) if below - above - 1 <= _LARGEST_GAP)
        return [number for gap in gaps for number in gap if not self._is_covered(number, indexes)]

    def _has_any(self, number: int, indexes: Collection[int]) -> bool:
        return number in self.scan.failed or any(not _is_empty(self._value(number, index)) for index in indexes)

    def _is_covered(self, number: int, indexes: Collection[int]) -> bool:
        areas = [area for area in self.scan.merged if area.first_row < number <= area.last_row]
        return bool(areas) and all(
            any(area.first_column <= index + 1 <= area.last_column for area in areas) for index in indexes
        )

    def column(self, index: int, rows: Sequence[int], *, fill: bool) -> tuple[list[object], dict[int, str]]:
        """(the cells of a column, counted from 0, in ``rows``; what those that can't be read hold, by their place among
        the rows). Cells under a merge can't be read, unless it shows nothing, or they are to be filled with it."""
        cells = [_read(self._value(number, index)) for number in rows]
        faults: dict[int, str] = {}
        place_of = {number: place for place, number in enumerate(rows)} if self.scan.failed else {}
        for (number, column), error in self.scan.errors.items():
            if column == index + 1 and number in place_of:
                cells[place_of[number]] = error
        for number, column in self.scan.valueless:
            if column == index + 1 and number in place_of:
                faults[place_of[number]] = NO_VALUE
        for area in self.scan.merged:
            if area.first_column <= index + 1 <= area.last_column:
                for place in range(bisect_left(rows, area.first_row), bisect_right(rows, area.last_row)):
                    if (rows[place], index + 1) != (area.first_row, area.first_column):
                        self._under(area, place, cells, faults, fill=fill)
        return cells, faults

    def _under(self, area: Range, place: int, cells: list[object], faults: dict[int, str], *, fill: bool) -> None:
        corner = (area.first_row, area.first_column)
        shown = self.scan.errors.get(corner) or _read(self._value(area.first_row, area.first_column - 1))
        if corner in self.scan.valueless:
            faults[place] = NO_VALUE
        elif _is_empty(shown):
            return
        elif fill:
            cells[place] = shown
        else:
            faults[place] = f"the cell is under the merge {area.shown} (merged_cells: fill would take its value)"

    def _value(self, number: int, index: int) -> object:
        row = self.cells.get(number, ())
        return row[index] if index < len(row) else ""


def read_sheet(content: bytes, workbook: CalamineWorkbook, name: str) -> Sheet:
    """The sheet called ``name``. Raises UnreadableSheetError, CalamineError or ValueError when it can't be read."""
    scan = scan_sheet(content, name)
    if scan.last_row * scan.last_column > max(_MOST_CELLS, _CELLS_A_VALUE * scan.filled):
        rows = _sparse_rows(content, name, scan)
    else:
        rows = enumerate(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False), start=1)
    return Sheet({number: row for number, row in rows if number in scan.failed or _holds(row)}, scan)


def _sparse_rows(content: bytes, name: str, scan: SheetScan) -> Iterator[tuple[int, Sequence[object]]]:
    """The filled rows of a sheet with a value far from all others, as far to the right as registers go.

    A row whose only value is further to the right has a mark there, so that it is seen, and refused.
    """
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        width = min(scan.last_column, _WIDEST)
        for number, row in enumerate(book[name].iter_rows(min_row=1, max_col=width, values_only=True), start=1):
            if number < len(scan.rows) and scan.rows[number]:
                last = max((place for place, cell in enumerate(row, start=1) if cell is not None), default=0)
                cells = ["" if cell is None else cell for cell in row[:last]]
                yield number, cells or [*[""] * width, "…"]
    finally:
        book.close()


def _holds(row: Sequence[object]) -> bool:
    return any(not _is_empty(cell) for cell in row)


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not composed(cell))


def _read(cell: object) -> object:
    """Instants to the millisecond: workbooks hold them as fractions of a day, and what is below that is noise."""
    if isinstance(cell, datetime):
        rounded = cell + timedelta(microseconds=500)
        return rounded.replace(microsecond=rounded.microsecond // 1000 * 1000)
    return cell
