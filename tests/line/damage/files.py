"""Damage to delimited files: one for each day (calls, reviews), or one that grows (surveys)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st

from .model import OTHER_CONTENT, UNREADABLE, Damage, Sort, Sources, a_row, dated

Rows = list[list[str]]

_NUMBER, _SHARE = st.integers(0, 200), st.floats(0.05, 0.95)
# A day before its file's is what a call over midnight may be.
_DAYS = st.one_of(st.integers(1, 400), st.integers(-400, -2))
NO_TEXT = st.lists(st.sampled_from([0x00, 0x01, 0x80, 0xFE, 0xFF]), min_size=1, max_size=6).map(bytes)


@dataclass(frozen=True)
class Layout:
    """How the files of one source are written. ``key`` and ``opening`` are the columns of the key and of the instant at
    which a case opens."""

    path: str
    encoding: str
    delimiter: str
    key: int
    opening: int

    def read(self, file: Path) -> Rows:
        return list(csv.reader(io.StringIO(file.read_bytes().decode(self.encoding)), delimiter=self.delimiter))

    def write(self, file: Path, rows: Rows) -> None:
        text = io.StringIO()
        csv.writer(text, delimiter=self.delimiter).writerows(rows)
        file.write_bytes(text.getvalue().encode(self.encoding, "replace"))

    def a_row(self, sources: Sources, rows: Rows, number: int) -> list[str]:
        return a_row(rows[1:], lambda row: bool(sources.decisive & set(row)), number)


DAILY_CALLS = Layout("calls/calls_{last}.csv", "cp949", ",", 0, 4)
DAILY_REVIEWS = Layout("reviews/reviews_{last}.csv", "utf-8-sig", ",", 0, 4)
RESPONSES = Layout("surveys/responses.csv", "utf-8-sig", ";", 0, 6)


# ── rows and cells ──────────────────────────────────────────────────────────────────────────────


def in_rows(layout: Layout, what: str, change: Callable[[Sources, Rows], Rows]) -> Damage:
    def do(sources: Sources) -> None:
        file = sources.path(layout.path)
        layout.write(file, change(sources, layout.read(file)))

    return Damage(f"{layout.path} {what}", do)


def a_cell_reads(layout: Layout, row: int, column: int, text: str) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        cells = layout.a_row(sources, rows, row)
        cells[column % len(cells)] = text
        return rows

    return in_rows(layout, f"reads {text!r} in row {row}, column {column}", change)


def a_row_is_wiped(layout: Layout, row: int, cell: str) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        cells = layout.a_row(sources, rows, row)
        cells[:] = [cell] * len(cells)
        return rows

    return in_rows(layout, f"has row {row} wiped to delimiters with {cell!r} between", change)


def a_row_is_dated_otherwise(layout: Layout, row: int, days: int) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        cells = layout.a_row(sources, rows, row)
        cells[layout.opening] = str(dated(cells[layout.opening], sources.last + timedelta(days=days)))
        return rows

    return in_rows(layout, f"has row {row} dated {days:+} days from its day", change)


def every_row_twice(layout: Layout) -> Damage:
    return in_rows(layout, "has every row twice", lambda sources, rows: [*rows, *rows[1:]])


def rows_dated_ahead(layout: Layout, every: int, days: int) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        for cells in rows[1::every]:
            cells[layout.opening] = str(dated(cells[layout.opening], sources.last + timedelta(days=days)))
        return rows

    return in_rows(layout, f"has every {every}th row dated {days} days ahead", change)


def row_again(layout: Layout, row: int) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        again = list(layout.a_row(sources, rows, row))
        again[layout.key] = f"X{again[layout.key]}"
        return [*rows, again]

    return in_rows(layout, f"has row {row} again under a new key", change)


def row_again_in_another_case(layout: Layout, row: int) -> Damage:
    """Of those on which no verdict hangs, whose copies would count as well done."""

    def change(sources: Sources, rows: Rows) -> Rows:
        again = list(a_row(rows[1:], lambda cells: not sources.decisive & set(cells), row))
        again[layout.key] = again[layout.key].swapcase()
        return [*rows, again]

    return in_rows(layout, f"has row {row} again under its key in another case", change)


def _without(layout: Layout, sources: Sources, rows: Rows, row: int) -> Rows:
    gone = layout.a_row(sources, rows, row)
    return [each for each in rows if each is not gone]


def a_row_is_deleted(layout: Layout, row: int) -> Damage:
    return in_rows(layout, f"has lost row {row}", lambda sources, rows: _without(layout, sources, rows, row))


def the_file_before_is_given_again_without_a_row(layout: Layout, row: int) -> Damage:
    def do(sources: Sources) -> None:
        file = sources.path_before(layout.path)
        layout.write(file, _without(layout, sources, layout.read(file), row))

    return Damage(f"the file before {layout.path} is given again without row {row}", do)


def the_file_before_is_gone(layout: Layout) -> Damage:
    return Damage(f"the file before {layout.path} is gone", lambda sources: sources.path_before(layout.path).unlink())


def a_share_is_deleted(layout: Layout, share: float) -> Damage:
    """Of the rows on which a verdict hangs first."""

    def change(sources: Sources, rows: Rows) -> Rows:
        head, *body = rows
        body.sort(key=lambda row: bool(sources.decisive & set(row)))
        return [head, *body[: len(body) - int(len(body) * share)]]

    return in_rows(layout, f"has lost {share:.0%} of its rows", change)


def the_header_is_repeated(layout: Layout, row: int) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        place = 1 + row % len(rows)
        return [*rows[:place], rows[0], *rows[place:]]

    return in_rows(layout, f"has its header again at row {row}", change)


def a_heading_is_renamed(layout: Layout, column: int) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        rows[0][column % len(rows[0])] += "(신)"
        return rows

    return in_rows(layout, f"has another heading in column {column}", change)


def a_row_is_of_another_file(layout: Layout, other: Layout, row: int) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        strange = other.read(sources.path(other.path))[1:]
        rows[rows.index(layout.a_row(sources, rows, row))] = strange[row % len(strange)]
        return rows

    return in_rows(layout, f"holds a row of {other.path} in place of row {row}", change)


def keys_are_exchanged(layout: Layout, other: Layout) -> Damage:
    def do(sources: Sources) -> None:
        file, other_file = sources.path(layout.path), sources.path(other.path)
        ours, theirs = layout.read(file), other.read(other_file)
        for here, there in zip(ours[1:], theirs[1:], strict=False):
            here[layout.key], there[other.key] = there[other.key], here[layout.key]
        layout.write(file, ours)
        other.write(other_file, theirs)

    return Damage(f"{layout.path} and {other.path} have exchanged their keys", do)


def one_row_of_its_day_and_others_of_another(layout: Layout, row: int) -> Damage:
    def change(sources: Sources, rows: Rows) -> Rows:
        kept = a_row(rows[1:], lambda cells: not sources.decisive & set(cells), row)
        strange = layout.read(sources.path_before(layout.path))[1:]
        copies = [[f"X{copy}{cells[layout.key]}", *cells[1:]] for copy in (1, 2) for cells in strange]
        return [rows[0], kept, *copies]

    return in_rows(layout, f"has row {row} of its day, and the rest of another day under new keys", change)


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────


def in_bytes(path: str, what: str, change: Callable[[bytes], bytes]) -> Damage:
    def do(sources: Sources) -> None:
        file = sources.path(path)
        file.write_bytes(change(file.read_bytes()))

    return Damage(f"{path} {what}", do)


def bytes_of_no_text_stand(path: str, share: float, strange: bytes, *, is_inserted: bool) -> Damage:
    def change(content: bytes) -> bytes:
        place = int(len(content) * share)
        return content[:place] + strange + content[place if is_inserted else place + len(strange) :]

    return in_bytes(path, f"has {strange!r} {'inserted' if is_inserted else ''} at {share:.0%}", change)


def it_is_cut_off(path: str, share: float) -> Damage:
    # In the middle of a row: at its end nobody can tell that there was more.
    return in_bytes(
        path,
        f"is cut off after {share:.0%}",
        lambda content: content[: int(len(content) * share)].rstrip(b"\r\n")[:-1],
    )


def it_is_empty(path: str) -> Damage:
    return in_bytes(path, "has no byte", lambda content: b"")


def it_is_gone(path: str) -> Damage:
    return Damage(f"{path} is gone", lambda sources: sources.path(path).unlink())


def it_holds_something_else(path: str, content: bytes) -> Damage:
    return in_bytes(path, f"holds {content[:12]!r}…", lambda old: content)


def it_holds_what_the_file_before_holds(path: str) -> Damage:
    def do(sources: Sources) -> None:
        sources.path(path).write_bytes(sources.path_before(path).read_bytes())

    return Damage(f"{path} has the content of the file before it", do)


def its_year_is(path: str, year: bytes) -> Damage:
    return in_bytes(path, f"is dated {year.decode()}", lambda content: content.replace(b"2026-", year + b"-"))


def it_is_encoded_otherwise(layout: Layout, encoding: str) -> Damage:
    return in_bytes(
        layout.path,
        f"is in {encoding}",
        lambda content: content.decode(layout.encoding).encode(encoding, "replace"),
    )


# ── what is tried ───────────────────────────────────────────────────────────────────────────────


def _nothing_of_it(path: str) -> tuple[Damage, ...]:
    return (it_is_empty(path), *(it_holds_something_else(path, content) for content in OTHER_CONTENT))


def _of_any_file(layout: Layout, others: Sequence[Layout], encoding: str) -> tuple[Sort, ...]:
    path, this, other = st.just(layout.path), st.just(layout), st.sampled_from(others)
    return (
        st.builds(a_cell_reads, this, _NUMBER, _NUMBER, st.sampled_from(UNREADABLE)),
        st.builds(a_row_is_wiped, this, _NUMBER, st.sampled_from(["", " "])),
        st.builds(it_is_cut_off, path, _SHARE),
        st.sampled_from([it_is_gone(layout.path), *_nothing_of_it(layout.path)]),
        st.builds(bytes_of_no_text_stand, path, _SHARE, NO_TEXT, is_inserted=st.booleans()),
        st.just(every_row_twice(layout)),
        st.builds(row_again_in_another_case, this, _NUMBER),
        st.builds(the_header_is_repeated, this, _NUMBER),
        st.builds(a_heading_is_renamed, this, _NUMBER),
        st.builds(it_is_encoded_otherwise, this, st.sampled_from([encoding, "utf-16"])),
        st.builds(a_row_is_of_another_file, this, other, _NUMBER),
        st.builds(keys_are_exchanged, this, other),
    )


def _of_daily_files(layout: Layout, others: Sequence[Layout], encoding: str) -> tuple[Sort, ...]:
    path, this = st.just(layout.path), st.just(layout)
    return (
        *_of_any_file(layout, others, encoding),
        st.builds(a_row_is_dated_otherwise, this, _NUMBER, _DAYS),
        st.builds(its_year_is, path, st.sampled_from([b"26", b"0026", b"2062", b"2016"])),
        st.just(it_holds_what_the_file_before_holds(layout.path)),
        st.just(the_file_before_is_gone(layout)),
        st.builds(the_file_before_is_given_again_without_a_row, this, _NUMBER),
        st.builds(one_row_of_its_day_and_others_of_another, this, _NUMBER),
        st.builds(rows_dated_ahead, this, st.sampled_from([1, 2, 7]), st.integers(2, 30)),
    )


CALLS = _of_daily_files(DAILY_CALLS, [DAILY_REVIEWS, RESPONSES], "utf-8")
REVIEWS = _of_daily_files(DAILY_REVIEWS, [DAILY_CALLS, RESPONSES], "cp949")
SURVEYS = (
    *_of_any_file(RESPONSES, [DAILY_CALLS, DAILY_REVIEWS], "cp949"),
    st.builds(a_row_is_dated_otherwise, st.just(RESPONSES), _NUMBER, st.integers(1, 400)),
    st.builds(a_row_is_deleted, st.just(RESPONSES), _NUMBER),
    st.builds(a_share_is_deleted, st.just(RESPONSES), st.sampled_from([0.2, 0.3, 1.0])),
)
