"""`charter check` on what a source of files says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.folder import CharterFolder

CALLS = "        path: calls_{day}.csv\n"
NAMES = "통화번호, 착신부서, 구분, 호출시각, 응답시각, 종료시각, 결과, 발신번호"
SQL = f"        arrived_sql: SELECT {NAMES}, _line FROM arrived\n"
LEFT_OUT = "        left_out: [{{where: {}, because: {{ko: 발신, en: outbound}}}}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> CharterFolder:
    return CharterFolder(tmp_path)


def test_a_feed_with_sql_that_gives_what_is_mapped_is_sound(folder: CharterFolder) -> None:
    folder.replace("sources.yaml", CALLS, CALLS + SQL)
    assert folder.problems() == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (CALLS, CALLS + SQL.replace("구분, ", ""), "arrived_sql gives no column '구분'"),
        (CALLS, CALLS + SQL.replace("SELECT", "SELEC"), "syntax error"),
        (CALLS, CALLS + SQL.replace("arrived\n", "calls\n"), "Table with name calls does not exist"),
        (CALLS, CALLS + SQL.replace("SELECT ", "SELECT now() AS at, "), "'now' gives another answer each time"),
        (CALLS, CALLS + LEFT_OUT.format("구분 ="), "left_out is what arrived_sql does not see"),
        (CALLS, CALLS + SQL + LEFT_OUT.format("구분 ="), "the condition can't be asked: Parser Error"),
        (CALLS, CALLS + "        log: cdr\n", "a csv source has no log"),
        (CALLS, CALLS + "        names: [통화번호, 착신부서]\n", "'구분' is not a column of the file"),
        (CALLS, CALLS + "        names: [a]\n        fewest: 2\n", "fewest is 2, of 1 names"),
        ("[rang_at, ended_at]]", "[rang_at, caller]]", "rang_at, caller are not of one type"),
        ("[rang_at, ended_at]]", "[rang_at, rung_at]]", "'rung_at' is not mapped"),
        (CALLS, "        path: calls_{day}*.csv\n", "has both {day} and * or ?"),
        (CALLS, CALLS + "        dated_by: outcome\n", "'outcome' is of type code"),
        (CALLS, CALLS + "        dated_by: rung_at\n", "'rung_at' is not mapped"),
        (
            CALLS,
            CALLS + "        dated_by: rang_at\n        of_any_day: true\n",
            "rows of any day are dated by no column",
        ),
        (
            "      - table: tickets\n",
            "      - table: tickets\n        dated_by: received_at\n",
            "'dated_by' is said of daily",
        ),
        (
            "{expect: file_each_day}",
            "{expect: file_each_day, silent_working_days: 3}",
            "freshness 'file_each_day' has no 'silent_working_days'",
        ),
        (CALLS, "        path: ../calls_{day}.csv\n", "leads out of the source's folder"),
        (CALLS, "        path: /srv/calls_{day}.csv\n", "leads out of the source's folder"),
        (CALLS, CALLS + "        limits: {size: 2 gigs}\n", "is not a size such as '500 MB'"),
        (CALLS, CALLS + "        limits: {time: 2 days}\n", "time is given in seconds, minutes or hours"),
        (
            "kind: csv\n    connection: telephone",
            "kind: asterisk\n    connection: telephone",
            "says which log it reads",
        ),
        (
            "kind: csv\n    connection: telephone",
            "kind: csv\n    wall_clock: {twice: third}\n    connection: telephone",
            "'third'",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(folder: CharterFolder, old: str, new: str, what: str) -> None:
    folder.replace("sources.yaml", old, new)
    problems = folder.problems()
    assert any(what in problem.what or what in problem.remedy for problem in problems), problems
    assert all(problem.where.startswith("kotra/sources.yaml:") for problem in problems)


def test_a_source_feeds_a_table_once(folder: CharterFolder) -> None:
    """Its second feed would write over what its first one landed."""
    folder.replace("sources.yaml", "table: ticket_events", "table: tickets")
    [problem] = [each for each in folder.problems() if "feeds 'tickets' twice" in each.what]
    assert problem.where.startswith("kotra/sources.yaml:")


RECEIVED = 'received_on: {source: 접수일, format: "%Y.%m.%d"}'
TELEPHONE = "kind: csv\n    connection: telephone\n"
ZONE = "connection: voc\n    time_zone: Asia/Seoul\n"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (RECEIVED, RECEIVED.replace("%Y.", ""), "lacks the year"),
        (RECEIVED, RECEIVED.replace(".%d", ""), "lacks the day"),
        (RECEIVED, RECEIVED.replace("%Y.%m.%d", "%H:%M"), "lacks the year and the month and the day"),
        (RECEIVED, RECEIVED.replace(".%d", ".%e"), "has %e, which is not read"),
        (ZONE, ZONE + '    instant_format: "%Y-%m-%d"\n', "lacks the hour"),
        (ZONE, ZONE + '    instant_format: "%m-%d %H:%M"\n', "lacks the year"),
        (ZONE, ZONE + '    instant_format: "%Y-%m-%d %I:%M"\n', "which half of the day"),
        (ZONE, ZONE + '    instant_format: "%Y-%m-%d %p %H:%M"\n', "which half of the day"),
        (ZONE, ZONE + '    date_format: "%Y-%m"\n', "lacks the day"),
        (ZONE, ZONE + "    century: 1800\n", "1800"),
        (ZONE, ZONE + "    plausible_years: {first: 2030, last: 2020}\n", "first is later than last"),
        (ZONE, ZONE + '    decimal: ","\n', "is for text files"),
        (TELEPHONE, TELEPHONE + '    decimal: ","\n    thousands: ","\n', "both decimal and thousands"),
        ("{수신: inbound, 발신: outbound}", '{수신: inbound, "수신\\u200b": outbound}', "is translated twice"),
    ],
)
def test_a_format_that_would_make_something_up_is_refused(folder: CharterFolder, old: str, new: str, what: str) -> None:
    folder.replace("sources.yaml", old, new)
    problems = folder.problems()
    assert any(what in f"{problem.what} {problem.remedy}" for problem in problems), problems


@pytest.mark.parametrize(
    "form", ["%y.%m.%d", "%Y년 %m월 %d일", "%d %b %Y", "%Y%m%d", "%Y. %m. %d.", "%Y-%m-%d(%a)", "unix"]
)
def test_a_format_with_year_month_and_day_is_sound(folder: CharterFolder, form: str) -> None:
    folder.replace("sources.yaml", RECEIVED, RECEIVED.replace("%Y.%m.%d", form))
    assert folder.problems() == []
