"""Damage to any feed of any agency: it is read and written as a grid of cells, whatever its source is.

What is done is known by its name in ``SORTS``. It is done to a row on which a verdict hangs, where there is any.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from openpyxl import load_workbook

from charter.base.settings import Settings
from charter.definitions import Agency
from charter.definitions.models import Feed, Source

from .model import UNREADABLE, a_row

Cells = list[Any]
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4}")


@dataclass
class Grid:
    """The headings and rows of one feed tonight, and how to write them back."""

    feed: Feed
    headings: list[str]
    rows: list[Cells]
    write: Callable[[Grid], None]


def grids(settings: Settings, agency: Agency, last: date) -> list[Grid]:
    """Every feed of the agency whose file or table is there on the day ``last``."""
    return [
        grid
        for source in agency.sources
        for feed in source.feeds
        if (grid := _grid(source, feed, settings.environment[f"CHARTER_CONN_{source.connection.upper()}"], last))
    ]


def _grid(source: Source, feed: Feed, address: str, last: date) -> Grid | None:
    if source.kind == "sql":
        return _of_table(feed, address.removeprefix("sqlite:///"))
    if source.kind == "workbook":
        return _of_sheet(feed, Path(address))
    file = Path(address) / str(feed.path).format(day=f"{last:%Y%m%d}")
    return _of_file(source, feed, file) if file.exists() else None


def _of_file(source: Source, feed: Feed, file: Path) -> Grid:
    text = file.read_bytes().decode(source.encoding)
    headings, *rows = csv.reader(io.StringIO(text), delimiter=source.delimiter)

    def write(grid: Grid) -> None:
        out = io.StringIO()
        csv.writer(out, delimiter=source.delimiter).writerows([grid.headings, *grid.rows])
        file.write_bytes(out.getvalue().encode(source.encoding, "replace"))

    return Grid(feed, headings, [list(row) for row in rows], write)


def _of_sheet(feed: Feed, file: Path) -> Grid:
    page = load_workbook(file)[str(feed.sheet)]
    headings, *rows = ([cell.value for cell in row] for row in page.iter_rows(min_row=feed.header_row))

    def write(grid: Grid) -> None:
        book = load_workbook(file)
        sheet = book[str(feed.sheet)]
        sheet.delete_rows(feed.header_row, sheet.max_row)
        for offset, row in enumerate([grid.headings, *grid.rows]):
            for column, value in enumerate(row, start=1):
                sheet.cell(feed.header_row + offset, column).value = value
        book.save(file)

    return Grid(feed, [str(each) for each in headings], [row for row in rows if row[0] is not None], write)


def _of_table(feed: Feed, file: str) -> Grid:
    table = str(feed.query).rpartition(" FROM ")[2]
    with closing(sqlite3.connect(file)) as database:
        found = database.execute(str(feed.query))
        headings = [column for column, *_ in found.description]
        rows = [list(row) for row in found.fetchall()]

    def write(grid: Grid) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(f"DROP TABLE {table}")
            connection.execute(f"CREATE TABLE {table} ({', '.join(grid.headings)})")
            marks = ", ".join("?" * len(headings))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", grid.rows)

    return Grid(feed, headings, rows, write)


Change = Callable[[Grid, Cells, int, Random], None]


def _a_cell_is_unreadable(grid: Grid, row: Cells, column: int, random: Random) -> None:
    row[column] = random.choice(UNREADABLE)


def _a_cell_is_emptied(grid: Grid, row: Cells, column: int, random: Random) -> None:
    row[column] = None


def _the_row_is_deleted(grid: Grid, row: Cells, column: int, random: Random) -> None:
    grid.rows = [each for each in grid.rows if each is not row]


def _half_is_deleted(grid: Grid, row: Cells, column: int, random: Random) -> None:
    kept = random.sample(range(len(grid.rows)), len(grid.rows) // 2)
    grid.rows = [grid.rows[place] for place in sorted(kept) if grid.rows[place] is not row]


def _all_are_deleted(grid: Grid, row: Cells, column: int, random: Random) -> None:
    grid.rows = []


def _every_row_twice(grid: Grid, row: Cells, column: int, random: Random) -> None:
    grid.rows = [*grid.rows, *grid.rows]


def _a_heading_is_another(grid: Grid, row: Cells, column: int, random: Random) -> None:
    grid.headings[column] = f"{grid.headings[column]}_new"


def _the_row_is_dated_ahead(grid: Grid, row: Cells, column: int, random: Random) -> None:
    """All its dates and instants: beyond any night of these tests."""
    row[:] = [_moved(cell, timedelta(days=random.choice((400, 500)))) for cell in row]


def _a_column_is_unreadable(grid: Grid, row: Cells, column: int, random: Random) -> None:
    for each in grid.rows:
        each[column] = random.choice(UNREADABLE)


def _moved(cell: Any, days: timedelta) -> Any:
    if isinstance(cell, datetime | date):
        return cell + days
    if not isinstance(cell, str) or not (found := _DATE.match(cell)):
        return cell
    form = "%Y-%m-%d" if "-" in found[0] else "%d.%m.%Y"
    return f"{datetime.strptime(found[0], form) + days:{form}}{cell[found.end() :]}"


SORTS: dict[str, Change] = {
    "a cell is unreadable": _a_cell_is_unreadable,
    "a cell is emptied": _a_cell_is_emptied,
    "the row is deleted": _the_row_is_deleted,
    "half is deleted": _half_is_deleted,
    "all are deleted": _all_are_deleted,
    "every row is there twice": _every_row_twice,
    "a heading is another": _a_heading_is_another,
    "the row is dated ahead": _the_row_is_dated_ahead,
    "a column is unreadable": _a_column_is_unreadable,
}


def damage_some(settings: Settings, agency: Agency, last: date, decisive: frozenset[str], seed: int) -> list[str]:
    """Damages about half of the feeds, each in another way, and says what was done. The others must be sound: where
    all are in doubt nothing could be kept."""
    random = Random(seed)
    found, done = grids(settings, agency, last), list[str]()
    for grid in found:
        if not grid.rows or (len(found) > 1 and random.random() < 0.5):
            continue
        name = random.choice(list(SORTS))
        column = random.randrange(len(grid.headings))
        row = a_row(grid.rows, lambda cells: any(str(cell) in decisive for cell in cells), random.randrange(100))
        SORTS[name](grid, row, column, random)
        grid.write(grid)
        done.append(f"{grid.feed.table}: {name} (column {grid.headings[column]}, row {row})")
    return done
