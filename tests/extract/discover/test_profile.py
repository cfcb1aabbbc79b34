"""Profiling: the first mapping that is proposed for a new source can be used as it is, and shows nobody's data."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from ruamel.yaml import YAML

from charter.base.errors import SettingError, SourceError
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.definitions.models import Sources, Subjects
from charter.extract.contract.personal import header_sounds_personal, looks_personal, values_look_personal
from charter.extract.contract.similarity import likeness
from charter.extract.discover.profile import Asked, profile_source
from tests.definitions.folder import CharterFolder

SURNAMES, GIVEN = "김이박최정강조윤장임한오서신권황안송류전", "민준서연도윤하은지호"
PEOPLE = [f"{surname}{GIVEN[n % 9]}{GIVEN[(n + 3) % 9]}" for n, surname in enumerate(SURNAMES * 2)]


@pytest.fixture
def installation(tmp_path: Path) -> Settings:
    """The shipped charter in a folder of its own, and connections to what a test puts beside it."""
    environment = {
        "CHARTER_CONN_SHOP": f"sqlite:///{tmp_path / 'shop.db'}",
        "CHARTER_CONN_FILES": str(tmp_path / "files"),
        "CHARTER_CONN_BOOK": str(tmp_path / "book.xlsx"),
    }
    folder = CharterFolder(tmp_path)
    (tmp_path / "files").mkdir()
    return Settings(tmp_path, folder.path, tmp_path / "var", environment)


def database(settings: Settings, columns: dict[str, list[Any]], table: str = "helpdesk") -> None:
    with sqlite3.connect(settings.home / "shop.db") as connection:
        connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        rows = zip(*columns.values(), strict=True)
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
    connection.close()


def helpdesk(settings: Settings, **more: list[Any]) -> None:
    count = range(40)
    columns: dict[str, list[Any]] = {
        "ticket_no": [f"HD-{number:05}" for number in count],
        "biz_gbn": ["지사화" if number % 2 else "월드챔프" for number in count],
        "kind": ["문의" if number % 3 else "불만" for number in count],
        "channel": ["홈페이지" if number % 2 else "전화" for number in count],
        "rcpt_dt": [f"2026-06-{number % 28 + 1:02} 10:00" for number in count],
        "charge_dept": ["voc-team" if number % 2 else "london" for number in count],
        "cust_email": [f"person{number}@example.org" for number in count],
        "cust_nm": PEOPLE,
        "end_ymd": [f"2026.{number % 12 + 1:02}.01" if number % 2 else "-" for number in count],
        "content": [f"I have been waiting for an answer to my question number {number} for weeks" for number in count],
        "upd_dt": [f"2026-06-{number % 28 + 1:02} 11:00" for number in count],
    }
    database(settings, {**columns, **more})


def proposed(settings: Settings, name: str = "shop", **asked: Any) -> tuple[str, Any]:
    """(what is printed, that as YAML)"""
    text = profile_source(settings, Asked(name=name, **asked))
    return text, YAML(typ="safe").load(text)["sources"][0]


def test_the_proposal_is_a_source_that_the_loader_takes(installation: Settings) -> None:
    helpdesk(installation)

    text, entry = proposed(installation, kind="sql", place="helpdesk", table="tickets")

    Sources.model_validate(YAML(typ="safe").load(text))
    path = installation.charter_dir / "sources.yaml"
    lines = text.split("sources:\n")[1]
    path.write_text(path.read_text(encoding="utf-8").rstrip() + "\n\n" + lines, encoding="utf-8")
    source = load_agency(installation.charter_dir).source("shop")
    assert source.feeds[0].mapped()["received_at"].source == "rcpt_dt"
    assert entry["feeds"][0]["query"].endswith("FROM helpdesk")


def test_each_column_is_found_by_its_name_its_values_and_its_type(installation: Settings) -> None:
    helpdesk(installation)

    _, entry = proposed(installation, kind="sql", place="helpdesk", table="tickets")

    assert entry["instant_format"] == "%Y-%m-%d %H:%M"
    assert entry["date_format"] == "%Y.%m.%d"
    assert entry["null_tokens"] == ["", "-"]
    assert entry["feeds"][0]["columns"] == {
        "ticket_id": "ticket_no",
        "programme": {"source": "biz_gbn", "values": {"월드챔프": "champ", "지사화": "branch"}},
        "kind": {"source": "kind", "values": {"문의": "inquiry", "불만": "complaint"}},
        "channel": {"source": "channel", "values": {"전화": "phone", "홈페이지": "website"}},
        "received_at": "rcpt_dt",
        "department_id": "charge_dept",
        "customer": "cust_email",
        "project_ended_on": "end_ymd",
    }


def test_nobodys_data_are_printed(installation: Settings) -> None:
    helpdesk(
        installation,
        writer=PEOPLE,
        number=[f"010-{number:04}-5678" for number in range(40)],
        rrn=[f"9{number % 10}0101-1{number:06}" for number in range(40)],
    )

    text, _ = proposed(installation, kind="sql", place="helpdesk", table="tickets")

    for word in (*PEOPLE, "example.org", "5678", "0101-1", "waiting", "HD-0"):
        assert word not in text
    for name in ("cust_nm", "writer", "number", "rrn"):
        assert f"#   {name}: looks personal" in text
    assert "#   content: free text" in text


def test_when_a_row_was_written_and_how_to_read_only_what_moved_are_suggested(installation: Settings) -> None:
    helpdesk(installation)
    text, _ = proposed(installation, kind="sql", place="helpdesk", table="tickets")
    assert "# recorded_at: upd_dt, if it is when the source wrote the row" in text
    assert "cursor: {column: upd_dt, overlap: 6 hours}" in text


def test_what_is_not_certain_is_left_to_a_person(installation: Settings) -> None:
    helpdesk(
        installation,
        kind=["칭찬" if number % 3 else "문의" for number in range(40)],
        charge_dept=["voc-team"] * 39 + ["신설팀"],
        channel=[None] * 40,
        ticket_no=[f"HD-{number:05}" for number in range(39)] + [None],
    )

    text, entry = proposed(installation, kind="sql", place="helpdesk", table="tickets")

    assert entry["feeds"][0]["columns"]["kind"]["values"] == {"문의": "inquiry"}
    assert "# to be translated into inquiry, complaint, aftercare, proposal: 칭찬" in text
    assert "# channel: required, and no column seems to be it" in text
    assert "ticket_id" not in entry["feeds"][0]["columns"]
    assert "신설팀" not in text


def test_without_a_table_the_one_that_fits_best_is_proposed(installation: Settings) -> None:
    helpdesk(installation)
    _, entry = proposed(installation, kind="sql", place="helpdesk")
    assert entry["feeds"][0]["table"] == "tickets"


def test_a_table_that_was_chosen_is_told_with_how_to_have_a_new_one(installation: Settings) -> None:
    helpdesk(installation)
    remark = "# Into 'tickets', the declared table that fits best; for a new one: --table NEW_NAME\n"
    assert proposed(installation, kind="sql", place="helpdesk")[0].startswith(remark)
    assert remark not in proposed(installation, kind="sql", place="helpdesk", table="tickets")[0]


@pytest.fixture
def requests_alone(installation: Settings) -> Settings:
    """A folder whose one table is called requests, as that of a new agency is."""
    columns = {
        "request_id": {"type": "text", "required": True, "text": "Number."},
        "department_id": {"type": "department", "required": True, "text": "Who has it."},
        "received_at": {"type": "instant", "required": True, "text": "When it came in."},
        "answered_at": {"type": "instant", "text": "When it was answered."},
    }
    requests = {"text": "Requests", "key": "request_id", "case": "request_id", "columns": columns}
    YAML().dump({"subjects": {"requests": requests}}, installation.charter_dir / "subjects.yaml")
    (installation.charter_dir / "sources.yaml").unlink()
    lines = [f"{number},voc-team,2026-06-{number % 28 + 1:02} 10:00,2026-06-29 11:00" for number in range(40)]
    for name in ("requests.csv", "lost_property.csv"):
        text = "\n".join(["number,department,received,answered", *lines, ""])
        (installation.home / "files" / name).write_text(text, encoding="utf-8")
    return installation


def test_rows_of_a_file_with_a_name_of_its_own_are_a_new_table_of_that_name(requests_alone: Settings) -> None:
    text, entry = proposed(requests_alone, "files", kind="csv", place="lost_property.csv")
    assert text.startswith("# A new table. Should the declared 'requests' be meant: --table requests\n")
    assert entry["feeds"][0]["table"] == "lost_property"


def test_rows_of_a_file_that_is_called_as_a_declared_table_are_mapped_to_it(requests_alone: Settings) -> None:
    _, entry = proposed(requests_alone, "files", kind="csv", place="requests.csv")
    assert entry["feeds"][0]["table"] == "requests"
    assert entry["feeds"][0]["columns"]["received_at"] == "received"


def test_a_source_whose_columns_are_not_mapped_yet_is_profiled_by_its_name(installation: Settings) -> None:
    helpdesk(installation)
    path = installation.charter_dir / "sources.yaml"
    entry = """
  - id: desk
    text: {ko: 상담, en: Desk}
    kind: sql
    connection: shop
    time_zone: Asia/Seoul
    freshness: {expect: each_night}
    feeds:
      - table: tickets
        query: SELECT ticket_no, rcpt_dt, kind FROM helpdesk WHERE kind IS NOT NULL
        full: true
        columns: {}
"""
    path.write_text(path.read_text(encoding="utf-8").rstrip() + "\n" + entry, encoding="utf-8")

    _, source = proposed(installation, "desk")

    assert (source["text"]["en"], source["connection"]) == ("Desk", "shop")
    feed = source["feeds"][0]
    assert (feed["full"], feed["query"]) == (
        True,
        "SELECT ticket_no, rcpt_dt, kind FROM helpdesk WHERE kind IS NOT NULL",
    )
    assert list(feed["columns"]) == ["ticket_id", "kind", "received_at"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["", "x"])
def test_accents_are_read_as_they_were_written(installation: Settings, encoding: str, end: str) -> None:
    """An even number of bytes is some text in UTF-16, too, whatever else it is."""
    lines = ["Numéro;Agence;Début", *(f"{n};Vénissieux{end};{n + 12}/07/2026 10:00" for n in range(1, 10)), ""]
    (installation.home / "files/registre.csv").write_bytes("\r\n".join(lines).encode(encoding))
    _, entry = proposed(installation, "files", kind="csv", place="registre.csv", table="registre")
    assert (entry["encoding"], entry["delimiter"]) == (encoding, ";")
    assert list(entry["feeds"][0]["columns"].values()) == ["Numéro", "Agence", "Début"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_how_a_text_file_is_written_is_found_out(installation: Settings, encoding: str, delimiter: str) -> None:
    rows = [["통화번호", "부서", "구분", "호출시각", "종료시각", "결과", "발신번호"]]
    rows += [
        [
            f"C{n:04}",
            "voc-team",
            "수신",
            f"2026년 06월 {n + 1:02}일 10:00",
            f"2026년 06월 {n + 1:02}일 10:05",
            "응답",
            "",
        ]
        for n in range(20)
    ]
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"
    (installation.home / "files/calls_20260701.csv").write_bytes(text.encode(encoding))

    _, entry = proposed(installation, "files", kind="csv", place="calls_{day}.csv")

    found = entry.get("encoding", "utf-8-sig")
    assert found == ("cp949" if encoding == "cp949" else "utf-8-sig")
    assert entry.get("delimiter", ",") == delimiter
    assert (entry["freshness"], entry["instant_format"]) == ({"expect": "file_each_day"}, "%Y년 %m월 %d일 %H:%M")
    columns = entry["feeds"][0]["columns"]
    assert (columns["call_id"], columns["rang_at"], columns["ended_at"]) == ("통화번호", "호출시각", "종료시각")
    assert columns["direction"] == {"source": "구분", "values": {"수신": "inbound"}}


def test_in_a_workbook_the_header_is_found_below_its_title(installation: Settings) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "회의"
    for row in [["2026년 회의 관리대장"], [], ["회의번호", "회의종류", "개최일", "참석자"]]:
        sheet.append(row)
    for number in range(20):
        sheet.append(
            [f"M{number:03}", "서비스자문단" if number % 2 else "기타", f"2026-06-{number + 1:02}", PEOPLE[number]]
        )
    book.save(installation.home / "book.xlsx")

    text, entry = proposed(installation, "book", kind="workbook", place="회의", table="meetings")

    feed = entry["feeds"][0]
    assert (feed["header_row"], feed["sheet"]) == (3, "회의")
    assert feed["columns"]["meeting_id"] == "회의번호"
    assert feed["columns"]["kind"]["values"] == {"기타": "other", "서비스자문단": "advisory_group"}
    assert not any(name in text for name in PEOPLE)


def test_times_that_end_in_z_are_utc(installation: Settings) -> None:
    lines = [f"R{number:03},2026-06-01T10:{number:02}:00Z" for number in range(20)]
    (installation.home / "files/r.csv").write_text("\n".join(["response,responded_at", *lines]) + "\n")
    _, entry = proposed(installation, "files", kind="csv", place="r.csv", table="survey_responses")
    assert (entry["time_zone"], entry["instant_format"]) == ("UTC", "%Y-%m-%dT%H:%M:%SZ")


def test_a_file_whose_header_is_missing_shows_no_row_as_if_it_were_one(installation: Settings) -> None:
    (installation.home / "files/r.csv").write_text(
        "R1,김민준,010-1234-5678,2026-06-01\nR2,이서연,010-1234-9999,2026-06-02\n"
    )
    with pytest.raises(SettingError, match="what should be the header looks like data") as raised:
        proposed(installation, "files", kind="csv", place="r.csv")
    assert "김민준" not in str(raised.value)
    assert "1234" not in str(raised.value)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"name": "nothing"}, "there is no source 'nothing' in sources.yaml"),
        ({"name": "voc", "feed": 9}, "'voc' has 2 feeds"),
        ({"name": "shop", "kind": "http", "place": "/tickets"}, "a connection is profiled by its kind"),
        ({"name": "shop", "kind": "sql", "place": "helpdesk", "table": "inquiries"}, "'inquiries' is no landed table"),
        ({"name": "Shop!", "kind": "sql", "place": "helpdesk"}, "'Shop!' can't be a source's name"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(installation: Settings, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        profile_source(installation, Asked(**asked))


def test_a_source_that_cannot_be_read_is_a_source_error(installation: Settings) -> None:
    with pytest.raises(SourceError, match="can't be reached"):
        proposed(installation, kind="sql", place="helpdesk")
    helpdesk(installation)
    with pytest.raises(SourceError, match="no such table: nowhere"):
        proposed(installation, kind="sql", place="nowhere")


# ── what gives a person away ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("hong@example.org", True),
        ("call hong@example.org please", True),
        ("010-1234-5678", True),
        ("+82 10-1234-5678", True),
        ("02-3460-7114", True),
        ("my number is 010.1234.5678", True),
        ("900101-1234567", True),
        ("9001011234568", True),
        ("9001011234567", False),
        ("VOC-2026-000123", False),
        ("2026-07-01", False),
        ("20260701", False),
        ("문의", False),
        ("1248100998", False),
    ],
)
def test_addresses_and_numbers_of_persons_are_recognised(text: str, personal: bool) -> None:
    assert looks_personal(text) is personal


@pytest.mark.parametrize(
    "name", ["성명", "고객명", "휴대폰번호", "cust_nm", "custEmail", "TEL_NO", "주민등록번호", "home_address", "Name"]
)
def test_headers_about_persons_are_recognised(name: str) -> None:
    assert header_sounds_personal(name)


@pytest.mark.parametrize("name", ["rcpt_dt", "접수번호", "부서", "점수", "department", "domain", "unmapped"])
def test_other_headers_are_not(name: str) -> None:
    assert not header_sounds_personal(name)


def test_a_column_of_names_is_recognised_by_its_values_and_one_of_codes_is_not() -> None:
    assert values_look_personal(PEOPLE[:20])
    assert not values_look_personal(["문의", "불만", "제안", "이관", "정상", "신규"])


@pytest.mark.parametrize(
    ("theirs", "ours", "other"),
    [
        ("rcpt_dt", "received_at", "department_id"),
        ("접수일시", "received_at", "handled_at"),
        ("charge_dept", "department_id", "ticket_id"),
        ("종료시각", "ended_at", "rang_at"),
        ("선정일", "selected_on", "published_on"),
        ("answeredAt", "answered_at", "ended_at"),
    ],
)
def test_names_of_columns_are_compared_by_what_they_mean(theirs: str, ours: str, other: str) -> None:
    assert likeness(theirs, ours) > likeness(theirs, other)
    assert likeness(theirs, ours) >= 0.5


# ── from nothing ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def beginning(installation: Settings) -> Settings:
    """A charter folder without any table and without any source."""
    for name in ("subjects.yaml", "sources.yaml"):
        (installation.charter_dir / name).unlink()
    return installation


def csv_file(settings: Settings, columns: dict[str, list[Any]], name: str = "calls.csv") -> None:
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    (settings.home / "files" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def from_nothing(settings: Settings, columns: dict[str, list[Any]]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """(what is printed, the proposed table, the feed that fills it)"""
    csv_file(settings, columns)
    text = profile_source(settings, Asked(name="files", kind="csv", place="calls.csv"))
    entry = YAML(typ="safe").load(text)
    feed = entry["sources"][0]["feeds"][0]
    return text, entry["subjects"][feed["table"]], entry["sources"][0] | feed


COUNT = 24
NUMBERS = [f"T-{number:03}" for number in range(COUNT)]


def test_a_folder_without_tables_is_given_the_table_and_its_source(beginning: Settings) -> None:
    opened = [f"{number % 12 + 1}/{number + 1}/2026 2:30:00 PM" for number in range(COUNT)]
    status = ["Open" if number % 3 else "Closed" for number in range(COUNT)]
    text, table, feed = from_nothing(beginning, {"Ticket No": NUMBERS, "OpenedAt": opened, "Status": status})
    Subjects.model_validate({"subjects": YAML(typ="safe").load(text)["subjects"]})
    Sources.model_validate({"sources": YAML(typ="safe").load(text)["sources"]})
    assert (table["key"], table["case"]) == ("ticket_no", "ticket_no")
    assert table["columns"]["opened_at"] == {"type": "instant", "required": True, "text": "OpenedAt"}
    assert table["columns"]["status"]["values"] == ["Closed", "Open"]
    assert feed["columns"] == {"ticket_no": "Ticket No", "opened_at": "OpenedAt", "status": "Status"}


@pytest.mark.parametrize(
    ("written", "kind", "form"),
    [
        ("{month}/{day}/2026 2:05:09 PM", "instant", "%m/%d/%Y %I:%M:%S %p"),
        ("{month}/{day}/2026", "date", "%m/%d/%Y"),
        ("{day:02}.{month:02}.2026", "date", "%d.%m.%Y"),
        ("{day:02}.{month:02}.2026 14:05", "instant", "%d.%m.%Y %H:%M"),
        ("{day:02}/{month:02}/2026", "date", "%d/%m/%Y"),
        ("2026. {month:02}. {day:02}.", "date", "%Y. %m. %d."),
        ("2026년 {month}월 {day}일", "date", "%Y년 %m월 %d일"),
        ("2026{month:02}{day:02}", "date", "%Y%m%d"),
        ("2026{month:02}{day:02}235959", "instant", "%Y%m%d%H%M%S"),
        ("17{month:02}3{day:05}", "instant", "unix"),
        ("17{month:02}3{day:05}123", "instant", "unix_ms"),
    ],
)
def test_how_its_times_are_written_is_found_out(beginning: Settings, written: str, kind: str, form: str) -> None:
    times = [written.format(month=number % 12 + 1, day=number + 1) for number in range(COUNT)]
    _, table, feed = from_nothing(beginning, {"id": NUMBERS, "received": times})
    assert table["columns"]["received"]["type"] == kind
    assert feed[f"{kind}_format"] == form


def test_days_and_months_in_either_order_are_not_guessed(beginning: Settings) -> None:
    days = [f"{number % 12 + 1:02}/{(number + 5) % 12 + 1:02}/2026" for number in range(COUNT)]
    text, table, feed = from_nothing(beginning, {"id": NUMBERS, "received": days})
    assert table["columns"]["received"]["type"] == "date"
    assert "received" not in feed["columns"]
    assert 'is ambiguous: every day that was read is 12 or less, so it may be "%d/%m/%Y" or "%m/%d/%Y"' in text


@pytest.mark.parametrize(
    ("written", "marks"),
    [("{n},50", {"decimal": ","}), ("{n}.234,5", {"decimal": ",", "thousands": "."})],
)
def test_a_comma_before_fractions_is_found_out(beginning: Settings, written: str, marks: dict[str, str]) -> None:
    prices = [f'"{written.format(n=number + 1)}"' for number in range(COUNT)]
    text, table, feed = from_nothing(beginning, {"id": NUMBERS, "price": prices})
    Sources.model_validate({"sources": YAML(typ="safe").load(text)["sources"]})
    assert table["columns"]["price"]["type"] == "number"
    assert feed["columns"]["price"] == {"source": "price", **marks}


def test_a_comma_before_three_digits_is_not_guessed(beginning: Settings) -> None:
    _, table, _ = from_nothing(beginning, {"id": NUMBERS, "price": [f'"{n + 1},500"' for n in range(COUNT)]})
    assert table["columns"]["price"]["type"] == "text"


def test_ten_digits_are_a_time_only_where_the_header_says_so(beginning: Settings) -> None:
    _, table, _ = from_nothing(beginning, {"id": NUMBERS, "meter": [f"17{n:08}" for n in range(COUNT)]})
    assert table["columns"]["meter"]["type"] == "integer"


@pytest.mark.parametrize("written", ["{hour:02}:30", "{hour:02}:30:15", "{hour:02}3015"])
def test_a_time_of_day_is_told_to_belong_to_its_day(beginning: Settings, written: str) -> None:
    text, table, _ = from_nothing(
        beginning, {"id": NUMBERS, "rcpt_tm": [written.format(hour=number) for number in range(COUNT)]}
    )
    assert "rcpt_tm" not in table["columns"]
    assert "#   rcpt_tm: a time without its day" in text


def test_one_number_that_stands_twice_is_no_key(beginning: Settings) -> None:
    """Of 24 rows 23 differ. What tells the rows apart is said, and made the key by arrived_sql."""
    numbers, steps = [*NUMBERS[:-1], NUMBERS[0]], [f"step {number}" for number in range(COUNT)]
    text, table, feed = from_nothing(beginning, {"call_no": numbers, "step": [*steps[:-1], "step 1"]})
    assert (table["key"], table["case"]) == ("row_id", "call_no")
    assert feed["arrived_sql"].startswith('SELECT "call_no" || \'/\' || "step" AS row_id')
    assert feed["columns"] == {"row_id": "row_id", "call_no": "call_no", "step": "step"}
    assert "'call_no' has several rows for one number: each row is an event of it" in text


def test_rows_that_nothing_tells_apart_are_left_to_a_person(beginning: Settings) -> None:
    text, _, feed = from_nothing(beginning, {"call_no": ["C-1"] * COUNT, "step": ["rang"] * COUNT})
    assert "arrived_sql" not in feed
    assert "# row_id: required, and no column seems to be it" in text


def test_a_header_without_a_latin_letter_gives_a_name_and_keeps_its_words(beginning: Settings) -> None:
    _, table, feed = from_nothing(beginning, {"접수번호": NUMBERS})
    assert table["columns"]["text_1"] == {"type": "text", "required": True, "text": "접수번호"}
    assert feed["columns"] == {"text_1": "접수번호"}


def test_a_table_that_is_named_and_not_declared_is_proposed_under_that_name(installation: Settings) -> None:
    csv_file(installation, {"id": NUMBERS})
    text = profile_source(installation, Asked(name="files", kind="csv", place="calls.csv", table="loans"))
    assert list(YAML(typ="safe").load(text)["subjects"]) == ["loans"]
    with pytest.raises(SettingError, match="'Loans' can't be a table's name"):
        profile_source(installation, Asked(name="files", kind="csv", place="calls.csv", table="Loans"))
