"""Whole runs by Airflow itself, on a line that only writes down how it was called."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from airflow.sdk.definitions.mappedoperator import MappedOperator

import charter
from charter.base.errors import CheckError, DefinitionError, SettingError, SourceAway, SourceError
from charter.base.settings import Settings
from charter.health.tasks import failed_tasks

if TYPE_CHECKING:
    from airflow.sdk import DAG

pytestmark = pytest.mark.slow

NIGHT = "2026-07-05T15:00:00+00:00"


@dataclass
class RecordingLine:
    """Stands in for charter.line. ``away`` is the source that does not answer, ``failing`` the step that fails,
    with ``error``."""

    away: str | None = None
    failing: str | None = None
    error: Exception | None = None
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def _called(self, *call: Any) -> dict[str, Any]:
        self.calls.append(call)
        if call[0] == self.failing:
            raise self.error or RuntimeError(f"{self.failing} failed")
        return {"called": call[0]}

    def resolve_night(self, as_of: str | None, due: datetime) -> str:
        assert due.tzinfo is not None
        self._called("resolve_night", as_of)
        return NIGHT

    def require_night_settings(self, as_of: str) -> None:
        assert as_of == NIGHT

    def resolve_week(self, as_of: str | None, due: datetime, week: str | None) -> str:
        assert due.tzinfo is not None
        self._called("resolve_week", as_of, week)
        return NIGHT

    def source_ids(self) -> list[str]:
        return ["voc", "telephone"]

    def extract(self, source_id: str, as_of: str, last_attempt: bool) -> dict[str, Any]:
        self._called("extract", source_id, as_of, last_attempt)
        if source_id == self.away and not last_attempt:
            raise SourceAway("no answer", where="source 'telephone'", remedy="wait")
        return {"source_id": source_id, "landed": 1}

    def __getattr__(self, step: str) -> Any:
        return lambda *arguments, **named: self._called(step, *arguments, *named.values())

    def steps(self) -> list[str]:
        return [call[0] for call in self.calls]


@pytest.fixture(scope="module")
def airflow_database() -> Iterator[None]:
    from airflow.utils.db import initdb

    initdb()
    yield


@pytest.fixture
def on_line(monkeypatch: pytest.MonkeyPatch, airflow_database: None) -> Any:
    def place(line: RecordingLine) -> RecordingLine:
        for room in ("line", "backfill"):
            monkeypatch.setattr(charter, room, line, raising=False)
        return line

    return place


@pytest.fixture
def without_pauses(dags: dict[str, DAG], monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are tried again at once."""
    for task in dags["charter_nightly"].tasks:
        if isinstance(task, MappedOperator):
            monkeypatch.setitem(task.partial_kwargs, "retry_delay", timedelta(0))
        else:
            monkeypatch.setattr(task, "retry_delay", timedelta(0))


def test_the_night_that_was_asked_for_reaches_every_step(dags: dict[str, DAG], on_line: Any) -> None:
    line = on_line(RecordingLine())

    run = dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"})

    assert run.state == "success"
    assert ("resolve_night", "2026-07-05") in line.calls
    extracts = {call for call in line.calls if call[0] == "extract"}
    assert extracts == {("extract", "voc", NIGHT, False), ("extract", "telephone", NIGHT, False)}
    after = [call for call in line.calls if call[0] not in ("resolve_night", "extract")]
    steps = ("transform", "assert_expectations", "publish", "seal_night", "build_site")
    assert after == [
        ("catch_up", NIGHT, False),
        *[(step, NIGHT) for step in steps],
        ("require_caught_up", {"called": "catch_up"}),
    ]


def test_what_was_published_is_told_with_its_night(dags: dict[str, DAG], on_line: Any) -> None:
    on_line(RecordingLine())

    run = dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"})

    assert events_of(run.run_id) == {
        "charter_lake": [
            {"source_id": source, "as_of": NIGHT, "landed": 1} for source in sorted(RecordingLine().source_ids())
        ],
        "charter_night": [{"as_of": NIGHT, "called": "publish"}],
        "charter_evidence": [{"as_of": NIGHT, "called": "seal_night"}],
        "charter_site": [{"as_of": NIGHT, "called": "build_site"}],
    }


def events_of(run_id: str) -> dict[str, list[dict[str, Any]]]:
    """What the assets were told in a run; sources are extracted in any order."""
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    found: dict[str, list[dict[str, Any]]] = {}
    with create_session() as session:
        for event in session.query(AssetEvent).filter_by(source_run_id=run_id).order_by(AssetEvent.id):
            found.setdefault(event.asset.name, []).append(event.extra)
    return {name: sorted(told, key=repr) for name, told in found.items()}


def test_a_source_that_stays_away_is_tried_four_times_and_does_not_stop_the_night(
    dags: dict[str, DAG], on_line: Any, without_pauses: None
) -> None:
    line = on_line(RecordingLine(away="telephone"))

    run = dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"})

    tries = [call[3] for call in line.calls if call[:2] == ("extract", "telephone")]
    assert tries == [False, False, False, True]
    assert run.state == "success"
    assert line.steps()[-2:] == ["build_site", "require_caught_up"]


def test_nothing_is_published_from_a_night_that_could_not_be_judged(
    dags: dict[str, DAG], on_line: Any, without_pauses: None
) -> None:
    line = on_line(RecordingLine(failing="assert_expectations"))

    run = dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"})

    assert run.state == "failed"
    assert line.steps()[-1] == "assert_expectations"
    assert not {"publish", "build_site", "seal_night"} & set(line.steps())


@pytest.mark.parametrize(
    ("step", "kind", "tries"),
    [
        ("transform", SettingError, 1),
        ("transform", DefinitionError, 1),
        ("extract", SourceError, 1),
        ("assert_expectations", CheckError, 4),
    ],
)
def test_a_mistake_that_cannot_mend_itself_is_not_tried_again(
    dags: dict[str, DAG], on_line: Any, without_pauses: None, step: str, kind: type[SettingError], tries: int
) -> None:
    line = on_line(RecordingLine(failing=step, error=kind("it is wrong", where="a file", remedy="mend it")))

    run = dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"})

    calls = [call for call in line.calls if call[0] == step and call[1] != "telephone"]
    assert (run.state, len(calls)) == ("failed", tries)


def test_a_red_task_is_kept_with_its_remedy_until_it_runs_well(
    dags: dict[str, DAG], on_line: Any, without_pauses: None, state: Path
) -> None:
    error = SettingError("there is no key", where="environment", remedy="set it")
    settings = Settings(home=state.parent, charter_dir=state.parent, var_dir=state, environment={})

    on_line(RecordingLine(failing="extract", error=error))
    dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"})
    kept = {(each.dag, each.task): (each.what, each.remedy) for each in failed_tasks(settings)}
    assert kept == {
        ("charter_nightly", "extract.0"): ("there is no key", "set it"),
        ("charter_nightly", "extract.1"): ("there is no key", "set it"),
    }

    on_line(RecordingLine())
    dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"})
    assert failed_tasks(settings) == []


def test_a_week_without_a_named_night_leaves_the_choice_to_the_line(dags: dict[str, DAG], on_line: Any) -> None:
    line = on_line(RecordingLine())

    run = dags["charter_weekly"].test()

    assert run.state == "success"
    assert line.calls[0] == ("resolve_week", None, None)
    steps = [("render_reports", NIGHT, "week", True), ("deliver", NIGHT), ("seal_week", NIGHT)]
    assert line.calls[1:] == [*steps, ("refresh_site",), ("require_settled", {"called": "render_reports"})]


def test_the_week_that_was_asked_for_is_reported(dags: dict[str, DAG], on_line: Any) -> None:
    line = on_line(RecordingLine())

    run = dags["charter_weekly"].test(run_conf={"week": "2026-W26"})

    assert run.state == "success"
    assert line.calls[0] == ("resolve_week", None, "2026-W26")
    assert line.calls[1] == ("render_reports", NIGHT, "week", False), "no other week than the one that was asked for"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (CheckError("a check errs", where="suite voc", remedy="mend it"), "suite voc: a check errs\n    → mend it"),
        (duckdb.IOException("IO Error: No space left on device"), "the disk is full"),
        (sqlite3.DatabaseError("database disk image is malformed"), "→ restore what charter verify names"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_step_that_fails_reads_in_the_log_as_on_the_command_line(
    dags: dict[str, DAG],
    on_line: Any,
    without_pauses: None,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    message: str,
) -> None:
    on_line(RecordingLine(failing="resolve_night", error=error))

    run = dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"})

    said = [record for record in caplog.records if record.levelname == "ERROR"]
    assert run.state == "failed"
    assert said and all(message in record.getMessage() for record in said)
    assert "Traceback" not in capsys.readouterr().out + caplog.text


def test_a_defect_of_ours_shows_where_it_is(
    dags: dict[str, DAG], on_line: Any, without_pauses: None, capsys: pytest.CaptureFixture[str]
) -> None:
    on_line(RecordingLine(failing="resolve_night", error=KeyError("voc")))

    assert dags["charter_nightly"].test(run_conf={"as_of": "2026-07-05"}).state == "failed"

    assert "KeyError: 'voc'" in capsys.readouterr().out
