"""What is told of a step that runs: how it ended, what it did, why it failed; never the words of data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from charter.base.errors import SourceError, TransformError
from charter.observe import observed, show_now
from charter.runs import StepRun, began, runs_of_night
from tests.runs.builders import HOME, NIGHT, a_run, installation

AS_OF = "2026-07-06T00:00:00+09:00"


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path))
    monkeypatch.delenv("AIRFLOW_CTX_DAG_RUN_ID", raising=False)


@observed("extract")
def extract(source_id: str, as_of: str, said: dict[str, Any] | BaseException) -> dict[str, Any]:
    if isinstance(said, BaseException):
        raise said
    return said


def told(folder: Path) -> StepRun:
    (run,) = runs_of_night(installation(folder), NIGHT)
    return run


def log_text(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.glob("logs/*"))


def test_a_step_that_is_done_tells_its_night_its_source_and_what_it_counted(tmp_path: Path) -> None:
    said = {"source_id": "voc", "status": "landed", "arrived": 7, "created": True, "problems": ["one"], "rate": 0.5}

    assert extract("voc", AS_OF, said) == said

    run = told(tmp_path)
    assert (run.name, run.agency, run.outcome) == ("extract voc", "kotra", "done")
    assert run.counts == {"status": "landed", "arrived": 7, "created": 1, "problems": 1}
    assert run.seconds is not None and run.peak_bytes is not None
    assert "extract voc done after" in log_text(tmp_path)
    assert 'charter_source_rows{agency="kotra",source="voc",fate="arrived"} 7' in (
        tmp_path / "metrics" / "charter.prom"
    ).read_text(encoding="utf-8")


def test_a_step_that_fails_tells_the_kind_of_its_error_and_the_place(tmp_path: Path) -> None:
    error = TransformError("model a: it broke", where=f"{HOME}/dbt_project/a.sql", remedy="mend it")
    with pytest.raises(TransformError):
        extract("voc", AS_OF, error)

    run = told(tmp_path)
    assert run.outcome == "failed"
    assert run.error is not None
    assert (run.error.kind, run.error.where) == ("TransformError", "./dbt_project/a.sql")
    assert "model a: it broke" in log_text(tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("김민수"),
        SourceError("row 7 has '김민수'", where="voc", remedy="ask its owner"),
        KeyboardInterrupt("김민수"),
    ],
)
def test_the_words_of_an_error_that_may_hold_data_are_told_nowhere(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        extract("voc", AS_OF, error)

    assert told(tmp_path).outcome == "failed"
    kept = [path.read_bytes().decode() for path in tmp_path.rglob("*") if path.is_file()]
    assert all("김민수" not in text for text in kept)


def test_a_run_of_airflow_is_called_as_airflow_calls_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CTX_DAG_ID", "charter_nightly")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "scheduled__2026-07-05T17:00:00+00:00")
    extract("voc", AS_OF, {})

    assert told(tmp_path).run == "charter_nightly/scheduled__2026-07-05T17:00:00+00:00"


def test_a_state_folder_that_cannot_be_written_stops_no_step(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")

    assert extract("voc", AS_OF, {"arrived": 1}) == {"arrived": 1}


def test_observing_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_RUNS", "off")
    extract("voc", AS_OF, {})

    assert list(tmp_path.iterdir()) == []


def test_what_was_killed_is_shown_without_a_further_step(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        began(installation(tmp_path), a_run("transform"))
        os._exit(9)
    os.waitpid(child, 0)

    show_now(installation(tmp_path))

    figures = (tmp_path / "metrics" / "charter.prom").read_text(encoding="utf-8")
    assert 'charter_step_outcome{agency="kotra",step="transform",outcome="unfinished"} 1' in figures
    assert "broken off" in (tmp_path / "status" / "index.en.html").read_text(encoding="utf-8")


def test_nothing_is_written_into_the_state_of_another_charter(tmp_path: Path) -> None:
    (tmp_path / "charter.json").write_text('{"charter": "library", "formats": {}, "release": "0.5.0"}')
    extract("voc", AS_OF, {})

    assert [path.name for path in tmp_path.iterdir()] == ["charter.json"]
