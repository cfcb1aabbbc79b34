"""What an operator reads of the published night: every column fits, undecided results show both ends, and fates are
those of the night that was published."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from unittest.mock import PropertyMock, patch

import duckdb
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from charter.cli import main
from charter.commands.terminal import columns, counted, out, without_empty
from tests.report.builders import HOME, Scenario, usual_week

FATES = [
    ("voc", "tickets", "commitment", None, None, None, 940, 0, None, None),
    ("voc", "tickets", "not_opened", "online-aftercare", "reply", "empty:first_reply_at", 1, 0, None, "V-1"),
    ("voc", "tickets", "ahead", None, None, "dated:received_at", 4, 4, date(2026, 7, 9), "V-2"),
    ("voc", "ticket_events", "orphan", None, None, "refers_to:ticket_id", 3, 0, None, "E-1"),
]


@pytest.fixture
def week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """A published week in which a source was silent and a row was refused."""
    scenario = usual_week(tmp_path / "var")
    scenario.refused["online-voc-reply"] = 1
    scenario.fates = FATES
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))
    return scenario.build()


def charter(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("week")
def test_an_undecided_result_shows_between_which_shares_and_of_how_many() -> None:
    output = next(
        line for line in charter("results", "--period", "week").splitlines() if line.startswith("! phone-answer")
    )
    assert "not enough data: between " in output
    assert "% and " in output
    assert "(n=" in output
    assert "days without data of telephone, the first 2026-07-03" in output


def test_what_an_earlier_release_published_is_shown_without_ends(week: Scenario) -> None:
    with duckdb.connect(str(week.settings.warehouse)) as connection:
        for column in ("met_at_least", "breached_at_most", "met_at_most", "breached_at_least"):
            connection.execute(f"alter table marts.standard_results drop column {column}")
    output = charter("results", "--period", "week")
    assert "! phone-answer: days without data of telephone" in output


@pytest.mark.usefixtures("week")
def test_the_fates_of_rows_are_told_of_the_published_night_alone() -> None:
    assert "Rows that landed, as the night 2026-07-05 was published:" in charter("sources")
    earlier = charter("sources", "--as-of", "2026-07-03")
    assert "known of the published night alone (2026-07-05), not of 2026-07-03" in earlier
    assert "commitment" not in earlier
    assert "V-2" not in earlier


@pytest.mark.usefixtures("week")
def test_why_a_row_was_not_judged_is_told_in_words() -> None:
    output = [line.strip() for line in charter("sources", "rows", "voc").splitlines()]
    assert "1 not opened: first_reply_at is empty, for online-aftercare/reply, such as V-1" in output
    assert "4 ahead: by its received_at, 4 dated ahead, up to 2026-07-09, such as V-2" in output
    assert "3 orphan: what ticket_id names is not there, such as E-1" in output


@pytest.mark.usefixtures("week")
def test_rows_dated_ahead_and_rows_that_wait_have_words_of_their_own() -> None:
    heading = next(line for line in charter("sources").splitlines() if line.startswith("table "))
    assert heading.split("  ")[0] == "table"
    assert {"ahead", "not opened"} <= {each.strip() for each in heading.split("  ")}
    assert "waiting" not in heading


@pytest.mark.parametrize(("number", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1001, "1,001 rows")])
def test_one_is_counted_in_the_singular(number: int, said: str) -> None:
    assert counted(number, "row") == said


def test_a_table_that_does_not_fit_a_terminal_goes_on_below_and_nothing_is_cut(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = [("표", *(f"column {number}" for number in range(12))), ("등록부/홈닥터", *("1234567" for _ in range(12)))]
    with patch.object(type(out), "is_terminal", PropertyMock(return_value=True)), patch.object(out, "_width", 100):
        columns(table)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= 100
    assert [line.startswith("등록부/홈닥터") for line in lines if line] == [False, True, False, True]
    assert sum(line.count("1234567") for line in lines) == 12


def test_a_column_that_counts_nothing_is_not_shown() -> None:
    rows = [("feed", "read", "waiting", "merged"), ("a/b", "1", "0", "2"), ("a/c", "0", "0", "0")]
    assert without_empty(rows, keep=2) == [["feed", "read", "merged"], ["a/b", "1", "2"], ["a/c", "0", "0"]]
