"""The log of runs: each record says which step it belongs to, and no person is in it."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import pytest

from charter.runs import log as runs_log
from charter.runs.current import CurrentStep, within
from charter.runs.log import keep_log
from charter.runs.wording import place, without_persons
from tests.runs.builders import a_run, installation

ours = logging.getLogger("charter.somewhere")


@pytest.fixture(autouse=True)
def log_is_kept() -> None:
    keep_log()


def logged(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("logs/charter-*.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_record_says_to_which_run_night_step_source_and_agency_it_belongs(tmp_path: Path) -> None:
    step = CurrentStep(installation(tmp_path, CHARTER_LOG="json"), a_run("extract", source="voc"))
    with within(step):
        ours.info("%d rows", 7)

    (record,) = logged(tmp_path)

    wanted = ("level", "message", "run", "night", "step", "source", "agency", "logger")
    assert {name: record[name] for name in wanted} == {
        "level": "info",
        "message": "7 rows",
        "run": "command/1",
        "night": "2026-07-05T15:00:00+00:00",
        "step": "extract",
        "source": "voc",
        "agency": "kotra",
        "logger": "charter.somewhere",
    }


def test_text_for_people_is_a_line_a_record(tmp_path: Path) -> None:
    with within(CurrentStep(installation(tmp_path), a_run())):
        ours.warning("one\ntwo")

    (path,) = tmp_path.glob("logs/charter-*.log")
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert "warning one\\ntwo  [agency=kotra night=2026-07-05T15:00:00+00:00 step=transform run=command/1]" in line
    assert path.stat().st_mode & 0o077 == 0


def test_what_is_said_outside_of_steps_and_by_other_libraries_is_not_in_it(tmp_path: Path) -> None:
    ours.warning("outside")
    with within(CurrentStep(installation(tmp_path), a_run())):
        logging.getLogger("urllib3").warning("https://voc.example/?name=Kim")

    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    "person",
    ["kim.minsu@naver.example", "010-1234-5678", "01012345678", "+82 10-1234-5678", "02-345-6789", "0711 234 56789"],
)
def test_a_person_in_a_message_is_struck_out(tmp_path: Path, person: str) -> None:
    with within(CurrentStep(installation(tmp_path, CHARTER_LOG="json"), a_run())):
        ours.warning("row of <%s>, on 2026-07-05", person)

    (record,) = logged(tmp_path)
    assert person not in json.dumps(record)
    assert record["message"].endswith(", on 2026-07-05")


def test_of_an_error_only_its_kind_and_the_lines_of_code_are_told(tmp_path: Path) -> None:
    with within(CurrentStep(installation(tmp_path, CHARTER_LOG="json"), a_run())):
        try:
            int("김민수")
        except ValueError:
            ours.exception("a row can't be read")

    (record,) = logged(tmp_path)
    assert "김민수" not in json.dumps(record, ensure_ascii=False)
    assert record["error"]["kind"] == "ValueError"
    assert record["error"]["frames"][0].startswith("test_log.py:")


def test_dates_instants_hashes_and_counts_are_no_telephone_numbers() -> None:
    text = "2026-07-05 2026-07-05T15:00:00+00:00 20260705T150000Z 16f166f0b91d79d92 15,412 rows 0.25 s"
    assert without_persons(text) == text


def test_a_place_is_told_without_the_folders_of_this_machine(tmp_path: Path) -> None:
    here = installation(tmp_path)
    assert place(here, f"{tmp_path}/warehouse.duckdb\nmore") == "var/warehouse.duckdb"
    assert place(here, f"{here.charter_dir}/charter.yaml:7") == "charters/kotra/charter.yaml:7"


def test_log_files_older_than_set_are_removed_and_others_stay(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("charter-2026-01-01.log", "airflow_database.log"):
        (folder / name).write_text("")
    with within(CurrentStep(installation(tmp_path, CHARTER_LOG_DAYS="7"), a_run())):
        ours.info("today")

    assert sorted(path.name for path in folder.iterdir())[0] == "airflow_database.log"
    assert not (folder / "charter-2026-01-01.log").exists()
    assert len(list(folder.glob("charter-*.log"))) == 1


def test_a_log_that_grows_too_large_takes_errors_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_log, "_MOST_BYTES", 1)
    with within(CurrentStep(installation(tmp_path, CHARTER_LOG="json"), a_run())):
        ours.info("first")
        ours.info("of a loop")
        ours.error("wrong")

    assert [record["message"] for record in logged(tmp_path)] == ["first", "wrong"]


def test_several_processes_write_whole_lines_side_by_side(tmp_path: Path) -> None:
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            with within(CurrentStep(installation(tmp_path, CHARTER_LOG="json"), a_run())):
                for _ in range(50):
                    ours.info("%s", str(number) * 500)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)

    assert len(logged(tmp_path)) == 150


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("no folder")
    with within(CurrentStep(installation(tmp_path), a_run())):
        ours.error("said to nobody")

    assert (tmp_path / "logs").read_text() == "no folder"


def test_logging_can_be_switched_off(tmp_path: Path) -> None:
    with within(CurrentStep(installation(tmp_path, CHARTER_LOG="off"), a_run())):
        ours.error("said to nobody")

    assert list(tmp_path.iterdir()) == []


def test_a_warning_is_still_shown_where_no_program_has_set_up_logging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    ours.warning("waits at %s", time.strftime("%Y"))

    assert capsys.readouterr().err.startswith("waits at ")
