"""Damage of many sorts to the source systems of the synthetic agency, drawn by hypothesis.

Every sort is one that a careful reader of the source could notice: a cell that says something else, but as well-formed
as before, is no damage that anybody can see, and is not drawn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st
from openpyxl import load_workbook

# What stands in cells that went wrong, in sources that people and programs fill.
UNREADABLE = (
    "#N/A",
    "#REF!",
    "???",
    "26.13.45",
    "2026-02-31",
    "0026-07-01 10:00:00",
    "12:61",
    "모름",
    "\ufffd\ufffd",
    "1e999",
)


@dataclass(frozen=True)
class Damage:
    """One thing that goes wrong. ``what`` reads as a sentence in a failing example."""

    what: str
    do: Callable[[Path], None]

    def __repr__(self) -> str:
        return self.what


# ── daily files ─────────────────────────────────────────────────────────────────────────────────


def cells_of_a_file(path: str, encoding: str, row: int, column: int, text: str, delimiter: str = ",") -> Damage:
    def do(folder: Path) -> None:
        file = folder / path
        lines = file.read_bytes().decode(encoding).splitlines()
        if len(lines) < 2:
            return
        number = 1 + row % (len(lines) - 1)
        fields = lines[number].split(delimiter)
        fields[column % len(fields)] = text
        lines[number] = delimiter.join(fields)
        file.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding, "replace"))

    return Damage(f"{path}, row {row}, column {column} reads {text!r}", do)


def cut(path: str, share: float) -> Damage:
    def do(folder: Path) -> None:
        content = (folder / path).read_bytes()
        kept = content[: int(len(content) * share)]
        # In the middle of a row: at its end nobody can tell that there was more.
        (folder / path).write_bytes(kept.rstrip(b"\r\n")[:-1])

    return Damage(f"{path} is cut off after {share:.0%}", do)


def gone(path: str) -> Damage:
    return Damage(f"{path} is gone", lambda folder: (folder / path).unlink())


def empty(path: str) -> Damage:
    def do(folder: Path) -> None:
        (folder / path).write_bytes(b"")

    return Damage(f"{path} has no byte", do)


def another_days(path: str, other: str) -> Damage:
    def do(folder: Path) -> None:
        (folder / path).write_bytes((folder / other).read_bytes())

    return Damage(f"{path} has the content of {other}", do)


def one_row_among_another_days(path: str) -> Damage:
    def do(folder: Path) -> None:
        # The day before may have no file: the last that there is.
        other = max(file for file in (folder / path).parent.iterdir() if file.name < Path(path).name)
        own = (folder / path).read_bytes().splitlines(keepends=True)
        others = other.read_bytes().splitlines(keepends=True)
        (folder / path).write_bytes(
            b"".join([*own[:2], *(b"X%d" % copy + row for copy in (1, 2) for row in others[1:])])
        )

    return Damage(f"{path} has one row of its day and the rest of another day under new keys", do)


def first_row_again(path: str) -> Damage:
    def do(folder: Path) -> None:
        lines = (folder / path).read_bytes().splitlines(keepends=True)
        (folder / path).write_bytes(b"".join([*lines, b"X" + lines[1]]))

    return Damage(f"{path} has its first row again under a new key", do)


def rows_dated_ahead(path: str, day: date, every: int, by: int) -> Damage:
    ahead = day + timedelta(days=by)

    def do(folder: Path) -> None:
        head, *rows = (folder / path).read_bytes().splitlines(keepends=True)
        rows[::every] = [row.replace(f"{day}".encode(), f"{ahead}".encode()) for row in rows[::every]]
        (folder / path).write_bytes(b"".join([head, *rows]))

    return Damage(f"{path}, every {every}th row is dated {ahead}", do)


def rows_twice(path: str) -> Damage:
    def do(folder: Path) -> None:
        lines = (folder / path).read_bytes().splitlines(keepends=True)
        (folder / path).write_bytes(b"".join([*lines, *lines[1:]]))

    return Damage(f"{path} has every row twice", do)


def another_year(path: str, year: bytes) -> Damage:
    def do(folder: Path) -> None:
        (folder / path).write_bytes((folder / path).read_bytes().replace(b"2026-", year + b"-"))

    return Damage(f"{path} is dated {year.decode()}", do)


def heading_renamed(path: str, column: int, encoding: str, delimiter: str = ",") -> Damage:
    def do(folder: Path) -> None:
        head, _, rest = (folder / path).read_bytes().partition(b"\n")
        names = head.decode(encoding).rstrip("\r").split(delimiter)
        names[column % len(names)] += "(신)"
        (folder / path).write_bytes(delimiter.join(names).encode(encoding) + b"\n" + rest)

    return Damage(f"{path}, column {column} has another heading", do)


def bytes_flipped(path: str, at: float) -> Damage:
    def do(folder: Path) -> None:
        content = bytearray((folder / path).read_bytes())
        first = content.find(b"\n") + 1
        place = first + int((len(content) - first - 1) * at)
        content[place : place + 3] = b"\xff\xfe\xff"
        (folder / path).write_bytes(bytes(content))

    return Damage(f"{path} has bytes of no text at {at:.0%}", do)


# ── registers ───────────────────────────────────────────────────────────────────────────────────

_REGISTERS = "registers/registers.xlsx"


def cell_of_a_sheet(sheet: int, row: int, column: int, text: str) -> Damage:
    def do(folder: Path) -> None:
        book = load_workbook(folder / _REGISTERS)
        page = book.worksheets[sheet % len(book.worksheets)]
        filled = [cell for cells in page.iter_rows(min_row=3) for cell in cells if cell.value is not None]
        if filled:
            filled[(row * 31 + column) % len(filled)].value = text
        book.save(folder / _REGISTERS)

    return Damage(f"registers, sheet {sheet}, a cell ({row}, {column}) reads {text!r}", do)


def sheet_shrunk(sheet: int, share: float) -> Damage:
    def do(folder: Path) -> None:
        book = load_workbook(folder / _REGISTERS)
        page = book.worksheets[sheet % len(book.worksheets)]
        gone_rows = int((page.max_row - 2) * share)
        if gone_rows > 0:
            page.delete_rows(page.max_row - gone_rows + 1, gone_rows)
        book.save(folder / _REGISTERS)

    return Damage(f"registers, sheet {sheet} has lost {share:.0%} of its rows", do)


def sheet_gone(sheet: int) -> Damage:
    def do(folder: Path) -> None:
        book = load_workbook(folder / _REGISTERS)
        del book[book.sheetnames[sheet % len(book.sheetnames)]]
        book.save(folder / _REGISTERS)

    return Damage(f"registers, sheet {sheet} is gone", do)


def workbook_cut(share: float) -> Damage:
    def do(folder: Path) -> None:
        content = (folder / _REGISTERS).read_bytes()
        (folder / _REGISTERS).write_bytes(content[: int(len(content) * share)])

    return Damage(f"the workbook is cut off after {share:.0%}", do)


# ── the database ────────────────────────────────────────────────────────────────────────────────

_TABLES = {
    "tb_voc_rcpt": ("biz_gbn", "voc_gbn", "rcpt_path", "rcpt_dt", "charge_dept", "reg_dt"),
    "tb_voc_hist": ("hist_gbn", "proc_dt", "answer_pln_dt", "reg_dt"),
}


def _on_database(*statements: tuple[str, tuple[object, ...]]) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "voc.db")) as database, database:
            for statement, given in statements:
                database.execute(statement, given)

    return do


def cells_of_a_table(table: str, column: int, every: int, text: str) -> Damage:
    name = _TABLES[table][column % len(_TABLES[table])]
    return Damage(
        f"{table}.{name} of every {every}th row reads {text!r}",
        _on_database((f"UPDATE {table} SET {name} = ? WHERE rowid % ? = 0", (text, every))),
    )


def table_gone(table: str) -> Damage:
    return Damage(f"table {table} is gone", _on_database((f"DROP TABLE {table}", ())))


def column_renamed(table: str, column: int) -> Damage:
    name = _TABLES[table][column % len(_TABLES[table])]
    return Damage(
        f"{table}.{name} has another name",
        _on_database((f"ALTER TABLE {table} RENAME COLUMN {name} TO {name}_new", ())),
    )


def damages(last: date, before: date) -> st.SearchStrategy[Damage]:
    """One damage to the sources as they stand at the end of ``last``; ``before`` is the working day before."""
    calls, calls_before = f"calls/calls_{last:%Y%m%d}.csv", f"calls/calls_{before:%Y%m%d}.csv"
    reviews, reviews_before = f"reviews/reviews_{last:%Y%m%d}.csv", f"reviews/reviews_{before:%Y%m%d}.csv"
    surveys = "surveys/responses.csv"
    number, text, share = st.integers(0, 200), st.sampled_from(UNREADABLE), st.floats(0.1, 0.95)
    table = st.sampled_from(sorted(_TABLES))
    daily = st.sampled_from([calls, reviews])
    return st.one_of(
        st.builds(cells_of_a_file, st.just(calls), st.just("cp949"), number, number, text),
        st.builds(cells_of_a_file, st.just(reviews), st.just("utf-8-sig"), number, number, text),
        st.builds(cells_of_a_file, st.just(surveys), st.just("utf-8-sig"), number, number, text, st.just(";")),
        st.builds(cut, st.sampled_from([calls, reviews, surveys]), share),
        st.builds(gone, st.sampled_from([calls, calls_before, reviews, surveys, _REGISTERS, "voc.db"])),
        st.builds(empty, st.sampled_from([calls, reviews, surveys, _REGISTERS, "voc.db"])),
        st.sampled_from([another_days(calls, calls_before), another_days(reviews, reviews_before)]),
        st.builds(one_row_among_another_days, daily),
        st.builds(rows_dated_ahead, daily, st.just(last), st.sampled_from([1, 2, 7]), st.integers(2, 30)),
        st.builds(rows_twice, st.sampled_from([calls, reviews, surveys])),
        st.builds(another_year, daily, st.sampled_from([b"26", b"0026", b"2062", b"2016"])),
        st.builds(heading_renamed, st.just(calls), number, st.just("cp949")),
        st.builds(bytes_flipped, daily, share),
        st.builds(cell_of_a_sheet, number, number, number, text),
        st.builds(sheet_shrunk, number, st.floats(0.3, 1.0)),
        st.builds(sheet_gone, number),
        st.builds(workbook_cut, share),
        st.builds(cells_of_a_table, table, number, st.sampled_from([1, 2, 7]), text),
        st.builds(table_gone, table),
        st.builds(column_renamed, table, number),
    )
