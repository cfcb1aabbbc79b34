"""Tables as a workbook: typed cells, a header that stays in view, and a filter on every column.

A text is a text whatever it begins with, so that no cell of a source becomes a formula; the same rows give the same
bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from charter.base.moments import naive_utc
from charter.report.view.phrases import from_source
from charter.report.view.sheets import Cell, CellKind, Sheet

# Excel cuts a text that is longer, and refuses a name that is.
_LONGEST_TEXT = 32_767
_LONGEST_NAME = 31
_FORMATS: dict[CellKind, str] = {
    "text": "@",
    "number": "#,##0",
    "share": "0.0##%",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
}


def workbook(sheets: Sequence[Sheet], zone: ZoneInfo, made: datetime, *, right_to_left: bool = False) -> bytes:
    """The sheets as an xlsx file. Moments are shown on the clocks of ``zone``; ``made`` (aware) is the instant that the
    file says it was made at."""
    content = BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.set_properties({"created": naive_utc(made)})
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {
        kind: book.add_format({"num_format": pattern, "text_wrap": kind == "text", "valign": "top"})
        for kind, pattern in _FORMATS.items()
    }
    for sheet in sheets:
        page = book.add_worksheet(sheet.name[:_LONGEST_NAME])
        if right_to_left:
            page.right_to_left()
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width)
            page.write_string(0, place, column.title, heading)
        for line, row in enumerate(sheet.rows, start=1):
            for place, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
                _write(page, (line, place), cell, column.kind, formats[column.kind], zone)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.columns) - 1)
    book.close()
    return content.getvalue()


def _write(page: Any, at: tuple[int, int], cell: Cell, kind: CellKind, style: Any, zone: ZoneInfo) -> None:
    match cell:
        case None:
            page.write_blank(*at, None, style)
        case str():
            page.write_string(*at, _shown(cell), style)
        case datetime():
            page.write_datetime(*at, cell.astimezone(zone).replace(tzinfo=None), style)
        case date():
            page.write_datetime(*at, cell, style)
        case _:
            page.write_number(*at, cell, style)


# The same few texts stand in most rows.
@lru_cache(maxsize=8192)
def _shown(text: str) -> str:
    shown = "\n".join(from_source(line) for line in text.split("\n"))
    return shown if len(shown) <= _LONGEST_TEXT else f"{shown[: _LONGEST_TEXT - 1]}…"
