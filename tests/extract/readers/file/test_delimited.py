"""Delimited files: every line is landed, refused with its number, or empty; none is lost and none moves another."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charter.definitions.models import Source
from charter.extract import read_quarantine
from charter.extract.readers.allowance import Allowance
from charter.extract.readers.file.delimited import Layout, _parsed, _parsed_by_line, _parsed_by_record
from charter.extract.readers.storage import FolderStorage
from tests.extract.builders import CALLS, World, night, source

HEADER = "번호,부서,호출,발신"
EMPTY = "has nothing in any field (padded: true takes such lines under a file's last row for no rows)"


def daily_calls(**changes: object) -> Source:
    """A file of calls for each day."""
    feed = {"table": "calls", "path": "calls_{day}.csv", "columns": CALLS}
    return source("csv", feed, freshness={"expect": "file_each_day"}, **changes)


def responses(**changes: object) -> Source:
    return source("csv", {"table": "calls", "path": "calls.csv", "columns": CALLS}, **changes)


def call(no: str, department: str = "수출팀", rang: str = "2026-07-01 10:00:00", caller: str = "010-1234-5678") -> str:
    return f"{no},{department},{rang},{caller}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_files_are_read_in_their_encoding(world: World, encoding: str) -> None:
    world.file("calls.csv", f"{HEADER}\r\n{call('C1')}\r\n", encoding)
    receipt = world.extract(responses(encoding=encoding), "2026-07-01")
    assert (receipt.status, receipt.feeds[0].landed) == ("landed", 1)
    assert world.versions("calls").department_id.tolist() == ["export"]


def test_broken_lines_are_refused_with_their_number_and_shift_no_other(world: World) -> None:
    lines = [HEADER, call("C1"), "C2,수출팀", "", call("C3"), call("C4") + ",more", ",,,", call("C5")]
    world.file("calls.csv", "\n".join(lines) + "\n")
    feed = world.extract(responses(), "2026-07-01").feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (6, 3, 3)
    assert world.versions("calls")._origin.tolist() == ["calls.csv:2", "calls.csv:5", "calls.csv:8"]
    refused = read_quarantine(world.settings, night("2026-07-01"))
    assert refused.origin.tolist() == ["calls.csv:3", "calls.csv:6", "calls.csv:7"]
    assert refused.reason.tolist() == ["has 2 fields, 4 were expected", "has 5 fields, 4 were expected", EMPTY]


# ── rows in which nothing stands ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wiped", [",,,", " , ,, ", '"","","",""', '"",,"",'])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("note", ["x", '"on two\nlines"'])
def test_a_row_that_is_wiped_to_delimiters_is_refused_wherever_it_stands(
    world: World, wiped: str, place: int, note: str
) -> None:
    rows = [f"C1,수출팀,2026-07-01 10:00:00,{note}", f"C2,수출팀,2026-07-01 10:00:00,{note}"]
    rows.insert(place, wiped)
    world.file("calls.csv", "\n".join([HEADER, *rows]) + "\n")
    feed = world.extract(responses(), "2026-07-01").feeds[0]
    assert (feed.read, feed.landed, feed.quarantined, feed.keyless) == (3, 2, 1, 1)
    refused = read_quarantine(world.settings, night("2026-07-01"))
    line = 2 + place + "".join(rows[:place]).count("\n")
    assert (refused.origin.tolist(), refused.reason.tolist()) == ([f"calls.csv:{line}"], [EMPTY])


def test_the_only_row_of_a_day_that_is_wiped_is_refused_on_its_day(world: World) -> None:
    daily = daily_calls()
    world.file("calls_20260701.csv", f"{HEADER}\n,,,")
    (day,) = world.extract(daily, "2026-07-01").feeds[0].days
    assert (day.read, day.quarantined, day.keyless) == (1, 1, 1)


@pytest.mark.parametrize("wiped", ["\t\t\t", "\t"])
def test_a_delimiter_that_is_a_blank_makes_no_blank_line(world: World, wiped: str) -> None:
    lines = [HEADER, call("C1"), call("C2")]
    text = "\n".join(line.replace(",", "\t") for line in lines)
    world.file("calls.csv", f"{text}\n{wiped}\n")
    feed = world.extract(responses(delimiter="\t"), "2026-07-01").feeds[0]
    assert (feed.read, feed.landed, feed.quarantined) == (3, 2, 1)


@pytest.mark.parametrize("note", ["x", '"on two\nlines"'])
def test_a_line_without_a_delimiter_and_with_nothing_but_blanks_is_no_row(world: World, note: str) -> None:
    row = f"C1,수출팀,2026-07-01 10:00:00,{note}"
    world.file("calls.csv", f"{HEADER}\n\n   \n{row}\n\t\n\n")
    feed = world.extract(responses(), "2026-07-01").feeds[0]
    assert (feed.read, feed.landed) == (1, 1)


def test_a_blank_line_of_a_file_whose_rows_may_end_early_is_no_row_either(world: World) -> None:
    first = "C1|수출팀|2026-07-01 10:00:00"
    world.file("calls.txt", f"{first}\n\n  \n|\n{first.replace('C1', 'C2')}|010\n")
    feed = world.extract(headless(fewest=1), "2026-07-01").feeds[0]
    assert (feed.read, feed.landed, feed.quarantined) == (3, 2, 1)
    assert read_quarantine(world.settings, night("2026-07-01")).origin.tolist() == ["calls.txt:4"]


@pytest.mark.parametrize("padding", [",,,\n" * 4, '" ",,,\n' * 4])
def test_where_a_source_is_padded_lines_under_the_last_row_are_left_out_and_counted(world: World, padding: str) -> None:
    world.file("calls.csv", f"{HEADER}\n{call('C1')}\n,,,\n{call('C2')}\n{padding}")
    feed = world.extract(responses(padded=True), "2026-07-01").feeds[0]
    assert (feed.read, feed.landed, feed.quarantined, feed.left_out) == (7, 2, 1, 4)
    assert read_quarantine(world.settings, night("2026-07-01")).origin.tolist() == ["calls.csv:3"]
    (left,) = feed.left_out_rows
    assert (left.why, left.rows, left.examples) == ("padding", 4, ["calls.csv:5", "calls.csv:6", "calls.csv:7"])


def test_padding_of_several_files_is_counted_together(world: World) -> None:
    for number in (1, 2):
        world.file(f"calls_{number}.csv", f"{HEADER}\n{call(f'C{number}')}\n,,,\n,,,\n")
    padded = source("csv", {"table": "calls", "path": "calls_*.csv", "columns": CALLS}, padded=True)
    feed = world.extract(padded, "2026-07-01").feeds[0]
    assert (feed.read, feed.landed, feed.left_out, len(feed.left_out_rows)) == (6, 2, 4, 1)


@pytest.mark.parametrize("last", ["C3,수출팀", "\ufffd"])
def test_nothing_above_a_row_that_can_not_be_read_is_padding(world: World, last: str) -> None:
    path = world.file("calls.csv", f"{HEADER}\n{call('C1')}\n,,,\n", "cp949")
    path.write_bytes(path.read_bytes() + (b"\xff\xff" if last == "\ufffd" else last.encode("cp949")) + b"\n")
    feed = world.extract(responses(encoding="cp949", padded=True), "2026-07-01").feeds[0]
    assert (feed.read, feed.landed, feed.quarantined, feed.left_out) == (3, 1, 2, 0)


def test_a_feeds_own_sql_sees_no_padding_and_no_empty_row(world: World) -> None:
    world.file("calls.csv", f"{HEADER}\n{call('C1')}\n,,,\n{call('C2')}\n,,,\n")
    feed = {
        **{"table": "calls", "path": "calls.csv", "columns": CALLS},
        "arrived_sql": """SELECT "번호", "부서", "호출", "발신", _row FROM arrived WHERE "번호" = 'C1' """,
    }
    found = world.extract(source("csv", feed, padded=True), "2026-07-01").feeds[0]
    assert (found.read, found.landed, found.quarantined, found.left_out) == (4, 1, 1, 2)
    assert [(left.why, left.rows) for left in found.left_out_rows] == [("padding", 1), ("not_used", 1)]


# ── what else is written in a file ──────────────────────────────────────────────────────────────


def test_cells_over_several_lines_keep_the_line_numbers_of_an_editor(world: World) -> None:
    text = f'{HEADER},비고\n{call("C1")},"one\ntwo, three"\n{call("C2")},"say ""hi"""\n{call("C3")},x\n'
    world.file("calls.csv", text)
    world.extract(responses(), "2026-07-01")
    assert world.versions("calls")._origin.tolist() == ["calls.csv:2", "calls.csv:4", "calls.csv:5"]


def test_an_unclosed_quote_costs_its_own_line_only(world: World) -> None:
    world.file("calls.csv", f'{HEADER}\n{call("C1")}\nC2,"수출팀,2026-07-01 10:00:00,1\n{call("C3")}\n{call("C4")}\n')
    feed = world.extract(responses(), "2026-07-01").feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (4, 3, 1)
    assert read_quarantine(world.settings, night("2026-07-01")).origin.tolist() == ["calls.csv:3"]


def test_a_line_in_another_encoding_is_refused_alone(world: World) -> None:
    path = world.file("calls.csv", f"{HEADER}\n{call('C1')}\n", "cp949")
    path.write_bytes(
        path.read_bytes() + call("C2").encode("cp949") + b"\xff\xff\n" + call("C3").encode("cp949") + b"\n"
    )
    feed = world.extract(responses(encoding="cp949"), "2026-07-01").feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (3, 2, 1)
    assert read_quarantine(world.settings, night("2026-07-01")).reason.tolist() == ["is not cp949"]


def test_a_whole_file_in_another_encoding_is_drift(world: World) -> None:
    world.file("calls.csv", f"{HEADER}\n{call('C1')}\n", "cp949")
    feed = world.extract(responses(), "2026-07-01").feeds[0]
    assert feed.status == "drifted"
    assert feed.problem is not None
    assert "the header is not utf-8-sig" in feed.problem.what


def test_other_delimiters_and_a_title_above_the_header(world: World) -> None:
    world.file("calls.csv", "통화 기록;;;\n번호;부서;호출;발신\n" + call("C1").replace(",", ";") + "\n")
    feed = {"table": "calls", "path": "calls.csv", "header_row": 2, "columns": CALLS}
    world.extract(source("csv", feed, delimiter=";"), "2026-07-01")
    assert world.versions("calls")._origin.tolist() == ["calls.csv:3"]


def test_a_missing_file_and_a_missing_folder_are_told_apart(world: World) -> None:
    assert world.extract(responses(), "2026-07-01").status == "unreachable"
    world.file("other.csv", "")
    receipt = world.extract(responses(), "2026-07-01")
    assert receipt.status == "missing"
    assert receipt.feeds[0].problem is not None
    assert "calls.csv is not in" in receipt.feeds[0].problem.what


def test_an_empty_file_is_a_failure_not_an_empty_landing(world: World) -> None:
    world.file("calls.csv", "")
    assert world.extract(responses(), "2026-07-01").status == "failed"


def test_packed_files_are_unpacked_in_memory_and_known_by_what_is_stored(world: World) -> None:
    path = world.file("calls.csv.gz", "")
    path.write_bytes(gzip.compress(f"{HEADER}\n{call('C1')}\n".encode("cp949")))
    packed = {"table": "calls", "path": "calls.csv.gz", "columns": CALLS}
    feed = world.extract(source("csv", packed, encoding="cp949"), "2026-07-01").feeds[0]
    assert (feed.landed, feed.inputs[0].size) == (1, path.stat().st_size)
    assert world.versions("calls")._origin.tolist() == ["calls.csv.gz:2"]


def test_a_packed_file_that_is_cut_off_lands_nothing(world: World) -> None:
    path = world.file("calls.csv", "")
    path.write_bytes(gzip.compress(f"{HEADER}\n{call('C1')}\n".encode() * 100)[:-9])
    feed = world.extract(responses(), "2026-07-01").feeds[0]
    assert (feed.status, feed.arrived) == ("failed", 0)
    assert feed.problem is not None
    assert "cut off" in feed.problem.what


def headless(**changes: object) -> Source:
    feed = {"table": "calls", "path": "calls.txt", "columns": CALLS, "names": HEADER.split(","), **changes}
    return source("csv", feed, delimiter="|", quoted=False)


def test_a_file_without_a_header_has_the_names_that_the_feed_gives(world: World) -> None:
    world.file("calls.txt", call("C1").replace(",", "|") + "\n" + call('C"2').replace(",", "|") + "\n")
    feed = world.extract(headless(), "2026-07-01").feeds[0]
    assert (feed.landed, feed.quarantined) == (2, 0)
    assert world.versions("calls")._origin.tolist() == ["calls.txt:2", "calls.txt:1"]
    assert world.versions("calls").call_id.tolist() == ['C"2', "C1"]


@pytest.mark.parametrize("first", ["C1|수출팀|2026-07-01 10:00:00", "C1|수출팀|2026-07-01 10:00:00|010"])
def test_what_a_row_lacks_at_its_end_is_empty_down_to_the_fewest_fields(world: World, first: str) -> None:
    rows = [first, "C2|수출팀|2026-07-01 10:00:00", "C3|수출팀|2026-07-01 10:00:00|010", "C4|수출팀", "C5|a|b|c|d"]
    world.file("calls.txt", "\n".join(rows) + "\n")
    feed = world.extract(headless(fewest=3), "2026-07-01").feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (5, 3, 2)
    refused = read_quarantine(world.settings, night("2026-07-01"))
    assert refused.reason.tolist() == ["has 2 fields, 3 to 4 were expected", "has 5 fields, 3 to 4 were expected"]
    assert world.versions("calls").caller.notna().tolist() == [first.endswith("010"), False, True]


def test_all_files_that_match_are_one_feed(world: World) -> None:
    for name, numbers in (("calls_1.csv", ("C1", "C2")), ("calls_2.csv", ("C2", "C3")), ("other.csv", ("C9",))):
        world.file(name, "\n".join([HEADER, *map(call, numbers)]) + "\n")
    feed = world.extract(
        source("csv", {"table": "calls", "path": "calls_*.csv", "columns": CALLS}), "2026-07-01"
    ).feeds[0]
    assert (feed.arrived, feed.landed, feed.unchanged) == (4, 3, 1)
    assert [file.path for file in feed.inputs] == ["calls_1.csv", "calls_2.csv"]


def test_a_file_that_no_longer_matches_takes_its_rows_out_of_a_full_feed(world: World) -> None:
    feed = {"table": "calls", "path": "calls_?.csv", "columns": CALLS, "full": True}
    world.file("calls_1.csv", f"{HEADER}\n{call('C1')}\n")
    gone = world.file("calls_2.csv", f"{HEADER}\n{call('C2')}\n")
    world.extract(source("csv", feed), "2026-07-01")
    gone.unlink()
    assert world.extract(source("csv", feed), "2026-07-02").feeds[0].deleted == 1


def test_a_pattern_that_no_file_matches_is_missing(world: World) -> None:
    world.file("readme.txt", "")
    receipt = world.extract(source("csv", {"table": "calls", "path": "calls_*", "columns": CALLS}), "2026-07-01")
    assert receipt.status == "missing"


def test_a_daily_file_known_unchanged_is_not_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    daily = daily_calls()
    read: list[str] = []
    read_whole = FolderStorage.read

    def counted(storage: FolderStorage, path: str, allowance: Allowance) -> bytes:
        read.append(path)
        return read_whole(storage, path, allowance)

    monkeypatch.setattr(FolderStorage, "read", counted)
    nights = {}
    for day in ("01", "02", "03", "04"):
        world.file(f"calls_202607{day}.csv", f"{HEADER}\n{call('C' + day, rang=f'2026-07-{day} 10:00:00')}\n")
        read.clear()
        world.extract(daily, f"2026-07-{day}")
        nights[day] = sorted({name[-6:-4] for name in read})
    # Once when it comes, once more the night after; a clock's tick may have hidden a second writing.
    assert nights == {"01": ["01"], "02": ["01", "02"], "03": ["02", "03"], "04": ["03", "04"]}
    world.file("calls_20260701.csv", f"{HEADER}\n{call('C01', department='투자팀')}\n")
    world.file("calls_20260705.csv", f"{HEADER}\n{call('C05', rang='2026-07-05 10:00:00')}\n")
    assert world.extract(daily, "2026-07-05").feeds[0].landed == 2
    assert world.versions("calls").department_id.tolist().count("invest") == 1


def test_a_line_longer_than_any_block_is_read(world: World) -> None:
    note = "가" * 3_000_000
    world.file("calls.csv", f"{HEADER},비고\n{call('C1')},x\n{call('C2')},{note}\n{call('C3')},y\n")
    assert world.extract(responses(), "2026-07-01").feeds[0].landed == 3


cells = st.text(alphabet='ab,"\n ', max_size=4)


@given(
    rows=st.lists(st.lists(cells, min_size=3, max_size=3).filter(lambda row: any(c.strip() for c in row)), max_size=8)
)
@settings(max_examples=150, deadline=None)
def test_whatever_a_csv_writer_wrote_is_read_back_on_its_line(rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    lines = []
    for row in rows:
        lines.append(text.getvalue().count("\n") + 2)
        writer.writerow(row)
    parsed = _parsed(text.getvalue().encode(), 3, Layout(","))
    assert not parsed.broken
    assert [list(row) for row in zip(*(column.to_pylist() for column in parsed.columns), strict=True)] == rows
    assert parsed.lines.tolist() == lines


@given(lines=st.lists(st.text(alphabet="ab, ", max_size=6), max_size=12))
@settings(max_examples=150, deadline=None)
def test_the_fast_and_the_slow_reader_agree_on_every_line(lines: list[str]) -> None:
    body = "\n".join(lines).encode()
    fast, slow = (read(body, 3, Layout(","), [0, 1, 2]) for read in (_parsed_by_line, _parsed_by_record))
    wanted = {number for number, line in enumerate(lines, start=2) if line.strip(" ,") and line.count(",") == 2}
    for rows in (fast, slow):
        found = dict(zip(rows.lines.tolist(), zip(*(c.to_pylist() for c in rows.columns), strict=True), strict=True))
        assert {line for line, cells in found.items() if any(cell.strip() for cell in cells)} == wanted
    broken = {n for n, line in enumerate(lines, start=2) if line.strip() and line.count(",") != 2}
    assert {row.position for row in fast.broken} == broken
    assert {row.position for row in slow.broken} >= broken


# ── headings over lines, cells of any length ────────────────────────────────────────────────────


@pytest.mark.parametrize("broken", ['"호\n출"', '"호\r\n출"', '"호 \n\n 출"'])
def test_a_heading_in_quotes_may_go_over_lines_and_moves_no_line_number(world: World, broken: str) -> None:
    lines = broken.count("\n")
    world.file("calls.csv", f"번호,부서,{broken},발신\n{call('C1')}\nC2,수출팀\n{call('C3')}\n")
    given = source("csv", {"table": "calls", "path": "calls.csv", "columns": {**CALLS, "rang_at": "호 출"}})
    feed = world.extract(given, "2026-07-01").feeds[0]
    assert (feed.status, feed.landed, feed.quarantined) == ("landed", 2, 1)
    assert world.versions("calls")._origin.tolist() == [f"calls.csv:{2 + lines}", f"calls.csv:{4 + lines}"]


def test_a_quote_that_never_closes_in_the_headings_swallows_no_row(world: World) -> None:
    world.file("calls.csv", f'{HEADER},"비고\n{call("C1")},x\n')
    feed = world.extract(responses(), "2026-07-01").feeds[0]
    assert (feed.status, feed.landed) == ("landed", 1)


def test_headings_on_two_lines_are_read_together_where_it_is_said(world: World) -> None:
    world.file("calls.csv", f"통화 대장,,,\n통화,부서,호출,발신\n번호,,(시각),\n{call('C1')}\n")
    columns = {**CALLS, "call_id": "통화 번호", "rang_at": "호출 (시각)"}
    feed = {"table": "calls", "path": "calls.csv", "header_row": 2, "header_rows": 2, "columns": columns}
    world.extract(source("csv", feed), "2026-07-01")
    assert world.versions("calls")._origin.tolist() == ["calls.csv:4"]


@pytest.mark.parametrize("spelt", ["\u200b번호", "번호\u00a0", "번호", '"번호 "'])
def test_a_heading_has_one_spelling(world: World, spelt: str) -> None:
    world.file("calls.csv", f"{spelt},부서,호출,발신\n{call('C1')}\n")
    assert world.extract(responses(), "2026-07-01").feeds[0].landed == 1


@pytest.mark.parametrize("cell", ["x" * 200_000, '"' + "x\n" * 100_000 + '"'], ids=["one-line", "many-lines"])
@pytest.mark.parametrize("place", ["heading", "cell"])
def test_a_cell_of_any_length_is_read(world: World, cell: str, place: str) -> None:
    heading, value = (cell, "y") if place == "heading" else ("비고", cell)
    world.file("calls.csv", f"{HEADER},{heading}\n{call('C1')},{value}\n{call('C2')},z\n")
    assert world.extract(responses(), "2026-07-01").feeds[0].landed == 2


def test_quotes_that_open_again_and_again_are_told_and_not_read_without_end(world: World) -> None:
    lines = ['a","b"x,"' for _ in range(20_000)] + ['a","b' for _ in range(20_000)]
    world.file("calls.csv", "\n".join([HEADER, *lines]) + "\n")
    feed = world.extract(responses(), "2026-07-01").feeds[0]
    assert feed.status == "failed"
    assert "the quotes do not close as they should" in str(feed.problem)


def test_one_key_in_two_spellings_is_one_key(world: World) -> None:
    spellings = ["００１２３", '"=""00123"""', "00123\u200b"]
    for day, spelt in enumerate(spellings, start=1):
        world.file("calls.csv", f"{HEADER}\n{call(spelt)}\n")
        world.extract(responses(), f"2026-07-0{day}")
    assert world.versions("calls").call_id.tolist() == ["00123"]


@pytest.mark.parametrize("end", ["C3,수출", "C3,수출팀,2026-07-0"])
def test_a_file_that_ends_in_the_middle_of_a_row_has_not_come(world: World, end: str) -> None:
    """How many rows there were after it, and how many promises they would have broken, nobody knows."""
    whole = "번호,부서,호출,발신\nC1,수출팀,2026-07-01 10:00:00,1\nC2,수출팀,2026-07-01 10:00:00,2\n"
    world.file("calls_20260701.csv", whole + end, "cp949")
    daily = daily_calls(encoding="cp949")
    (feed,) = world.extract(daily, "2026-07-01").feeds
    assert (feed.status, feed.landed) == ("failed", 0)
    assert feed.problem is not None
    assert "ends in the middle of a row (line 4)" in feed.problem.what


def test_a_last_line_without_its_end_is_a_row_like_others(world: World) -> None:
    world.file("calls_20260701.csv", "번호,부서,호출,발신\nC1,수출팀,2026-07-01 10:00:00,1", "cp949")
    daily = daily_calls(encoding="cp949")
    (feed,) = world.extract(daily, "2026-07-01").feeds
    assert (feed.status, feed.landed) == ("landed", 1)
