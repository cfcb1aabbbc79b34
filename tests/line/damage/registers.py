"""Damage to the workbook in which departments keep their registers, a sheet each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from charter.definitions.waivers import ALL

from .files import bytes_of_no_text_stand, it_holds_something_else, it_is_cut_off, it_is_empty, it_is_gone
from .model import OTHER_CONTENT, UNREADABLE, Damage, Sort, Sources, a_row, another_spelling, dated, day_of

_PATH = "registers/registers.xlsx"
_NUMBER, _SHARE, _DAYS = st.integers(0, 200), st.floats(0.05, 0.95), st.integers(2, 400)

Row = tuple[Cell | MergedCell, ...]


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out: in which row its headings stand, what opens a case and what answers it, and of which
    column distinct items are counted."""

    sheet: str
    header_row: int
    opening: str | None = None
    answers: tuple[str, ...] = ()
    item: str | None = None


_SHEETS = (
    Layout("모집공고", 2, "공고일"),
    Layout("선정회차", 2, "선정일"),
    # What is told before it is decided is early, and no mistake that a reader must see.
    Layout("사업변경", 1, "결정일"),
    Layout("참여기업", 2, "선정일", ("로드맵확정일",)),
    Layout("파견관", 2, item="파견기관"),
    Layout("홈닥터", 1, item="분야"),
    Layout("입주기업", 1, item="기업번호"),
    Layout("홈페이지목록", 1),
    Layout("홈페이지점검", 1, item="페이지번호"),
    Layout("정보공개", 3, "접수일", ("결정통지일",)),
    Layout("개인정보사고", 1, "발생일"),
    Layout("창구점검", 1, "점검일"),
    Layout("고객제안", 1, "채택일", ("보상일",)),
    Layout("불만처리", 2, "확인일시", ("시정일시",)),
    Layout("방문상담", 2, "종료일시"),
)
_WAIVERS = Layout("적용제외", 1)


@dataclass(frozen=True)
class Register:
    """One sheet of the open workbook."""

    layout: Layout
    page: Worksheet
    decisive: frozenset[str]

    def rows(self) -> list[Row]:
        return [row for row in self.page.iter_rows(min_row=self.layout.header_row + 1) if row[0].value is not None]

    def headings(self) -> list[object]:
        return [cell.value for cell in self.page[self.layout.header_row]]

    def place_of(self, row: Row) -> int:
        return int(row[0].row or 0)

    def a_row(self, number: int) -> Row:
        return a_row(self.rows(), self.is_decisive, number)

    def is_decisive(self, row: Row) -> bool:
        return any(cell.value in self.decisive for cell in row)

    def cell(self, row: Row, heading: str) -> Cell | MergedCell:
        return row[self.headings().index(heading)]


def in_every_sheet(what: str, change: Callable[[Register, Sources], None]) -> Damage:
    """The same in each sheet, each with standards of its own: damage to one hides nothing of another."""

    def do(sources: Sources) -> None:
        book = load_workbook(sources.path(_PATH))
        for layout in _SHEETS:
            change(Register(layout, book[layout.sheet], sources.decisive), sources)
        book.save(sources.path(_PATH))

    return Damage(f"registers: in every sheet {what}", do)


def a_cell_reads(row: int, column: int, text: str) -> Damage:
    def change(register: Register, sources: Sources) -> None:
        cells = register.a_row(row)
        cells[column % len(cells)].value = text

    return in_every_sheet(f"row {row}, column {column} reads {text!r}", change)


def a_row_is_wiped(row: int, text: str | None) -> Damage:
    def change(register: Register, sources: Sources) -> None:
        for cell in register.a_row(row):
            cell.value = text

    return in_every_sheet(f"row {row} is wiped, with {text!r} in its cells", change)


def a_row_stands_again_in_another_case(row: int) -> Damage:
    """Of those on which no verdict hangs, whose copies would count as well done."""

    def change(register: Register, sources: Sources) -> None:
        key, *others = a_row(register.rows(), lambda cells: not register.is_decisive(cells), row)
        register.page.append([str(key.value).swapcase(), *(cell.value for cell in others)])

    return in_every_sheet(f"row {row} stands again under its key in another case", change)


def a_waiver_says_no_longer_whom(row: int, column: str) -> Damage:
    """Its department or its case is emptied: of the waivers that name one."""

    def do(sources: Sources) -> None:
        book = load_workbook(sources.path(_PATH))
        register = Register(_WAIVERS, book[_WAIVERS.sheet], sources.decisive)
        a_row(register.rows(), lambda cells: register.cell(cells, column).value != ALL, row)[
            register.headings().index(column)
        ].value = None
        book.save(sources.path(_PATH))

    return Damage(f"registers: {column} of waiver {row} is emptied", do)


def a_row_is_deleted(row: int) -> Damage:
    def change(register: Register, sources: Sources) -> None:
        register.page.delete_rows(register.place_of(register.a_row(row)))

    return in_every_sheet(f"row {row} is deleted", change)


def a_share_is_deleted(share: float) -> Damage:
    """Of the rows on which a verdict hangs first."""

    def change(register: Register, sources: Sources) -> None:
        rows = sorted(register.rows(), key=lambda row: not register.is_decisive(row))
        for place in sorted((register.place_of(row) for row in rows[: int(len(rows) * share)]), reverse=True):
            register.page.delete_rows(place)

    return in_every_sheet(f"{share:.0%} of the rows are deleted", change)


def a_case_opens_after_the_night(row: int, days: int) -> Damage:
    def change(register: Register, sources: Sources) -> None:
        if register.layout.opening is not None:
            cell = register.cell(register.a_row(row), register.layout.opening)
            # One that could not be read, and can be now, is mended: nobody sees that it says something else.
            if day_of(cell.value) is not None:
                cell.value = dated(cell.value, sources.last + timedelta(days=days))

    return in_every_sheet(f"row {row} opens {days} days after the night", change)


def a_case_is_answered_before_it_opens(row: int, days: int) -> Damage:
    def change(register: Register, sources: Sources) -> None:
        cells = register.a_row(row)
        opening = register.layout.opening and day_of(register.cell(cells, register.layout.opening).value)
        for heading in register.layout.answers if opening else ():
            assert opening
            cell = register.cell(cells, heading)
            cell.value = dated(cell.value, opening - timedelta(days=days))

    return in_every_sheet(f"row {row} is answered {days} days before it opens", change)


def an_item_is_spelled_otherwise(row: int, how: int) -> Damage:
    def change(register: Register, sources: Sources) -> None:
        if register.layout.item is not None:
            cell = register.cell(register.rows()[row % len(register.rows())], register.layout.item)
            cell.value = another_spelling(str(cell.value), how)

    return in_every_sheet(f"the item of row {row} is spelled otherwise ({how})", change)


def the_header_is_repeated(row: int) -> Damage:
    def change(register: Register, sources: Sources) -> None:
        place = register.place_of(register.a_row(row))
        register.page.insert_rows(place)
        for column, heading in enumerate(register.headings(), start=1):
            register.page.cell(place, column).value = str(heading)

    return in_every_sheet(f"the headings stand again at row {row}", change)


def rows_are_exchanged_between_sheets(row: int) -> Damage:
    def do(sources: Sources) -> None:
        book = load_workbook(sources.path(_PATH))
        for here, there in _pairs(book, sources):
            ours, theirs = here.a_row(row), there.a_row(row)
            for mine, other in zip(ours, theirs, strict=False):
                _exchange(mine, other)
        book.save(sources.path(_PATH))

    return Damage(f"registers: sheets have exchanged row {row}", do)


def keys_are_exchanged_between_sheets() -> Damage:
    def do(sources: Sources) -> None:
        book = load_workbook(sources.path(_PATH))
        for here, there in _pairs(book, sources):
            for mine, other in zip(here.rows(), there.rows(), strict=False):
                _exchange(mine[0], other[0])
        book.save(sources.path(_PATH))

    return Damage("registers: sheets have exchanged their keys", do)


def _exchange(one: Cell | MergedCell, other: Cell | MergedCell) -> None:
    one.value, other.value = other.value, one.value


def _pairs(book: Workbook, sources: Sources) -> Iterator[tuple[Register, Register]]:
    registers = [Register(layout, book[layout.sheet], sources.decisive) for layout in _SHEETS]
    yield from zip(registers[::2], registers[1::2], strict=False)


def a_sheet_is_gone(number: int) -> Damage:
    def do(sources: Sources) -> None:
        book = load_workbook(sources.path(_PATH))
        del book[_SHEETS[number % len(_SHEETS)].sheet]
        book.save(sources.path(_PATH))

    return Damage(f"registers: the sheet {_SHEETS[number % len(_SHEETS)].sheet} is gone", do)


REGISTERS: tuple[Sort, ...] = (
    st.builds(a_cell_reads, _NUMBER, _NUMBER, st.sampled_from(UNREADABLE)),
    st.builds(a_row_is_wiped, _NUMBER, st.sampled_from([None, " "])),
    st.builds(a_row_stands_again_in_another_case, _NUMBER),
    st.builds(a_waiver_says_no_longer_whom, _NUMBER, st.sampled_from(["부서", "대상"])),
    st.builds(a_row_is_deleted, _NUMBER),
    st.builds(a_share_is_deleted, st.just(0.2)),
    st.builds(a_share_is_deleted, st.floats(0.25, 1.0)),
    st.builds(a_case_opens_after_the_night, _NUMBER, st.integers(1, 400)),
    st.builds(a_case_is_answered_before_it_opens, _NUMBER, _DAYS),
    st.builds(an_item_is_spelled_otherwise, _NUMBER, _NUMBER),
    st.builds(the_header_is_repeated, _NUMBER),
    st.builds(rows_are_exchanged_between_sheets, _NUMBER),
    st.just(keys_are_exchanged_between_sheets()),
    st.builds(a_sheet_is_gone, _NUMBER),
    st.builds(it_is_cut_off, st.just(_PATH), _SHARE),
    st.sampled_from([it_is_gone(_PATH), it_is_empty(_PATH)]),
    st.builds(
        bytes_of_no_text_stand,
        st.just(_PATH),
        _SHARE,
        st.binary(min_size=1, max_size=8),
        is_inserted=st.booleans(),
    ),
    st.builds(it_holds_something_else, st.just(_PATH), st.sampled_from(OTHER_CONTENT)),
)
