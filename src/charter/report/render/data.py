"""A report's figures as files that programs read: CSV and JSON of the same rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from charter.report.facts.figure_rows import FigureRow

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def figures_csv(rows: Sequence[FigureRow]) -> bytes:
    """The rows as CSV: UTF-8 with a mark, by which spreadsheets know it; one line each, empty where nothing is known.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\r\n")
    writer.writerow(FigureRow.model_fields)
    for row in rows:
        writer.writerow(_cell(value) for value in row.model_dump(mode="json").values())
    return (_BYTE_ORDER_MARK + content.getvalue()).encode()


def figures_json(rows: Sequence[FigureRow]) -> bytes:
    """The rows as JSON: a list of objects, null where nothing is known."""
    figures = [row.model_dump(mode="json") for row in rows]
    return (json.dumps(figures, ensure_ascii=False, indent=1) + "\n").encode()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
