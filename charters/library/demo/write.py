"""Writes the library's systems as they stand at a midnight: a database, lists with semicolons, a workbook."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from zlib import crc32

from openpyxl import Workbook

from charter.base.files import whole_file, write_whole
from charter.definitions.models import Agency, Feed, Source
from charter.demonstration import without_clock

from .clocks import BERLIN, day_of, days, opening
from .questions import DESK
from .rows import TABLES, DeskCall, Row
from .world import FIRST_DAY, LOST_FILE, REFUSED, World

Cell = str | int | float | date | datetime | None

LABEL = "Synthetische Daten, mit niemandem verwandt / synthetic data"
# The tables of the loan system's database.
_LOANS = {
    "holds": "vormerkung",
    "hold_events": "vorgang",
    "interlibrary": "fernleihe",
    "interlibrary_events": "fernleihe_vorgang",
    "questions": "anfrage",
    "question_steps": "anfrage_schritt",
    "reminders": "mahnung",
}


class Clerk:
    """Writes the rows of one feed in its source's own words, as sources.yaml has them."""

    def __init__(self, agency: Agency, source: Source, feed: Feed) -> None:
        self._source = source
        self._types = {name: column.type for name, column in agency.subjects[feed.table].columns.items()}
        self._mapped = feed.mapped()
        self._names = {each.id: [each.name.root["de"], *each.aliases] for each in agency.organisation.departments}
        self.header = list(dict.fromkeys(mapping.source for mapping in self._mapped.values()))

    def cells(self, row: Row) -> dict[str, Cell]:
        """By the source's column: texts, numbers, dates and instants on Berlin's clocks."""
        return {mapping.source: self._cell(row, name) for name, mapping in self._mapped.items()}

    def _cell(self, row: Row, name: str) -> Cell:
        value = getattr(row, name)
        if value is None:
            return None
        if self._types[name] == "department":
            names = self._names[value]
            return names[crc32(f"{row.key}/{name}".encode()) % len(names)]
        if isinstance(value, datetime):
            return value.astimezone(BERLIN).replace(tzinfo=None)
        words = {ours: theirs for theirs, ours in (self._mapped[name].values or {}).items()}
        said: Cell = words.get(value, value)
        return said

    def texts(self, row: Row) -> list[str]:
        """As the fields of a list: German dates, a comma before the cents."""
        unreadable = {self._mapped[name].source: text for name, text in REFUSED.get(row.key, {}).items()}
        return [unreadable.get(name, self._text(cell)) for name, cell in self.cells(row).items()]

    def _text(self, cell: Cell) -> str:
        match cell:
            case None:
                return self._source.null_tokens[-1]
            case datetime():
                return cell.strftime(self._source.instant_format)
            case date():
                return cell.strftime(self._source.date_format)
            case float():
                return f"{cell:.2f}".replace(".", ",")
            case _:
                return str(cell)

    def sheet_cells(self, row: Row) -> list[Cell]:
        """As the cells of a sheet: days as dates, moments as somebody typed them."""
        return [self._text(cell) if isinstance(cell, datetime) else cell for cell in self.cells(row).values()]


def write_sources(folder: Path, world: World, agency: Agency, now: datetime) -> None:
    """Every source system as it stands at ``now``."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_database(folder / "ausleihe.db", world, agency, now)
    for source in agency.sources:
        if source.kind == "csv":
            for feed in source.feeds:
                _write_lists(folder / source.id, world, Clerk(agency, source, feed), source, feed, now)
    _write_workbook(folder / "programm.xlsx", world, agency, now)
    write_whole(folder / "LIESMICH.txt", f"{LABEL}\nStand: {now.astimezone(BERLIN):%d.%m.%Y %H:%M}\n".encode())


def _seen(world: World, feed: Feed, now: datetime) -> Iterable[Row]:
    return world.shown(TABLES[feed.table], now)


def _write_database(path: Path, world: World, agency: Agency, now: datetime) -> None:
    source = agency.source("ausleihsystem")
    with whole_file(path) as growing:
        database = sqlite3.connect(growing)
        for feed in source.feeds:
            clerk, table = Clerk(agency, source, feed), _LOANS[feed.table]
            database.execute(f"CREATE TABLE {table} ({', '.join(clerk.header)})")
            rows = [
                [str(cell) if isinstance(cell, date) else cell for cell in clerk.cells(row).values()]
                for row in _seen(world, feed, now)
            ]
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(clerk.header))})", rows)
        database.commit()
        database.close()


def _write_lists(folder: Path, world: World, clerk: Clerk, source: Source, feed: Feed, now: datetime) -> None:
    """One list, or one for each working day."""
    rows = list(_seen(world, feed, now))
    if not feed.is_daily:
        _write_list(folder / str(feed.path), clerk, source, rows)
        return
    of_day: dict[date, list[Row]] = {
        day: []
        for day in days(FIRST_DAY, day_of(now) - timedelta(days=1))
        if opening(day, DESK, day) is not None and day != LOST_FILE
    }
    for row in rows:
        if isinstance(row, DeskCall) and day_of(row.rang_at) in of_day:
            of_day[day_of(row.rang_at)].append(row)
    for day, its_rows in of_day.items():
        _write_list(folder / str(feed.path).format(day=f"{day:%Y%m%d}"), clerk, source, its_rows)


def _write_list(path: Path, clerk: Clerk, source: Source, rows: Iterable[Row]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=source.delimiter, lineterminator="\r\n")
    writer.writerow(clerk.header)
    writer.writerows(clerk.texts(row) for row in rows)
    write_whole(path, buffer.getvalue().encode(source.encoding))


def _write_workbook(path: Path, world: World, agency: Agency, now: datetime) -> None:
    source = agency.source("programm")
    book = Workbook(write_only=True)
    for feed in source.feeds:
        sheet = book.create_sheet(feed.sheet)
        for _ in range(feed.header_row - 1):
            sheet.append([LABEL])
        clerk = Clerk(agency, source, feed)
        sheet.append(clerk.header)
        for row in _seen(world, feed, now):
            sheet.append(clerk.sheet_cells(row))
    buffer = io.BytesIO()
    book.save(buffer)
    write_whole(path, without_clock(buffer.getvalue()))
