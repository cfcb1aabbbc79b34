"""What Airflow's log of transform tells of dbt's models and tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from charter.base.settings import Settings
from charter.observe.node_log import each, slowest, sql_of, tell_nodes
from charter.observe.nodes import NodeRun

BEGAN = datetime(2026, 7, 5, 17, tzinfo=UTC)


def node(name: str, kind: str = "model", status: str = "success", seconds: float = 0, **own: object) -> NodeRun:
    return NodeRun(kind, name, status, BEGAN, BEGAN + timedelta(seconds=seconds), **own)  # type: ignore[arg-type]


NODES = [
    *(node(f"model_{number}", seconds=number / 10, rows=12_034 if number == 3 else None) for number in range(12)),
    node("grain_of_calls", kind="test", status="pass", seconds=5),
    node("no_subject_is_lost", kind="test", status="fail", sql="work/lost.sql"),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "lost.sql").write_text("select *\nfrom lost\n", encoding="utf-8")
    return Settings(home=tmp_path, charter_dir=tmp_path, var_dir=tmp_path)


def test_the_slowest_ten_are_named_the_slowest_first() -> None:
    head, *lines = slowest(NODES).splitlines()

    assert head == "dbt: models 12, tests 2; 11.6 s of work; the slowest 10:"
    models = [f"model_{number}" for number in range(11, 2, -1)]
    assert [line.split()[4] for line in lines] == ["grain_of_calls", *models]


def test_each_is_told_with_outcome_time_and_rows_what_failed_first() -> None:
    _, first, *others = each(NODES).splitlines()

    assert first.split() == ["fail", "0.00", "s", "test", "no_subject_is_lost"]
    assert len(others) == len(NODES) - 1
    assert [line.split()[5:] for line in others if "model_3" in line] == [["12,034", "rows"]]
    assert [line.split()[5:] for line in others if "model_4" in line] == [[]], "a view has no rows of its own"


def test_the_sql_of_what_failed_is_told_and_a_long_one_is_cut(settings: Settings) -> None:
    assert sql_of(settings, NODES[-1]).splitlines() == [
        "test no_subject_is_lost ran, from work/lost.sql:",
        "select *",
        "from lost",
    ]

    (settings.var_dir / "work" / "lost.sql").write_text("\n".join(["select"] * 100), encoding="utf-8")
    assert sql_of(settings, NODES[-1]).splitlines()[-1] == "… 20 lines more"


def test_a_task_of_airflow_is_told_and_a_terminal_is_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    exposure = node("weekly_report", kind="exposure", status="no-op")
    with caplog.at_level("INFO", "charter.transform"):
        monkeypatch.delenv("AIRFLOW_CTX_DAG_RUN_ID", raising=False)
        tell_nodes(settings, [*NODES, exposure])
        assert not caplog.records

        monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "scheduled__2026-07-05")
        tell_nodes(settings, [*NODES, exposure])

    told = [record.getMessage().splitlines()[0] for record in caplog.records]
    assert told[1:] == ["dbt: every model and test", "test no_subject_is_lost ran, from work/lost.sql:"]
    assert "weekly_report" not in caplog.text
