"""The status pages: each of the agency's languages, no script, nothing loaded from elsewhere, what failed with a
remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner

from charter.base.settings import Settings
from charter.cli import main
from charter.definitions import Agency, load_agency
from charter.observe.nodes import built_in, keep_nodes, nodes_of_night, slowest
from charter.observe.status import write_status
from charter.observe.status.gantt import Bar, placed
from charter.runs import StepError, StepRun, began, ended
from tests.report.site.test_accessibility import RULES
from tests.runs.builders import BEGAN, HOME, NIGHT, a_run, installation
from tests.tooling.browser import REMEDY, browser, chromium

NOW = datetime(2026, 7, 6, 0, tzinfo=UTC)


def tell(settings: Settings, *runs: StepRun) -> None:
    for run in runs:
        running, _ = began(settings, replace(run, ended=None, outcome="running"))
        ended(settings, running, run)


def dbt_results(settings: Settings, *nodes: tuple[str, str, float]) -> None:
    """dbt's own results: unique id, status, and how many seconds it took, one after the other."""
    at = BEGAN + timedelta(seconds=10)
    results = []
    for unique_id, status, seconds in nodes:
        start, at = at, at + timedelta(seconds=seconds)
        timing = [{"name": "execute", "started_at": start.isoformat(), "completed_at": at.isoformat()}]
        results.append({"unique_id": unique_id, "status": status, "timing": timing, "relation_name": None})
    target = settings.work_dir / "dbt_target"
    compiled = target / "compiled" / "charter" / "models" / "fct_commitments.sql"
    compiled.parent.mkdir(parents=True)
    compiled.write_text("select 1")
    content = {"metadata": {"generated_at": at.isoformat()}, "results": results}
    (target / "run_results.json").write_text(json.dumps(content))


ERROR = StepError("TransformError", "dbt_project/models/a.sql")
FAILED = replace(a_run("transform", seconds=40), outcome="failed", error=ERROR)


@cache
def kotra() -> Agency:
    return load_agency(HOME / "charters" / "kotra")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Settings]:
    settings = installation(tmp_path)
    dbt_results(
        settings,
        ("model.charter.dim_standard", "success", 0.5),
        ("model.charter.fct_commitments", "error", 3),
        ("test.charter.grain.1f", "pass", 1),
    )
    voc = {"status": "landed", "arrived": 9, "landed": 8, "unchanged": 0, "quarantined": 1}
    away = {"status": "missing", "arrived": 0, "landed": 0, "unchanged": 0, "quarantined": 0}
    keep_nodes(settings, FAILED, built_in(settings, FAILED))
    tell(
        settings,
        a_run("extract", source="voc", minute=-2, seconds=5, counts=voc),
        a_run("extract", source="telephone", minute=-1, seconds=5, counts=away),
        FAILED,
    )
    yield settings


def pages(settings: Settings) -> dict[str, str]:
    written = write_status(settings, kotra(), NOW)
    folder = settings.var_dir / "status"
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in written}


def test_there_is_a_page_of_all_nights_and_one_of_each_in_every_language(here: Settings) -> None:
    assert set(pages(here)) == {"index.html", "index.en.html", "nights/2026-07-05.html", "nights/2026-07-05.en.html"}


def test_the_first_page_tells_a_failed_night_with_its_sources(here: Settings) -> None:
    page = pages(here)["index.en.html"]

    assert "5 Jul 2026 · failed" in page
    assert "1 of 2 landed" in page
    assert "missing: Telephone exchange call records" in page
    assert "not sealed" in page


def test_a_failed_model_is_told_with_its_sql_and_what_to_do(here: Settings) -> None:
    page = pages(here)["nights/2026-07-05.en.html"]

    assert "dbt_project/models/a.sql" in page
    assert "model fct_commitments: error" in page
    assert "var/work/dbt_target/compiled/charter/models/fct_commitments.sql" in page
    assert "charter nightly --as-of 2026-07-05" in page
    assert "2 models, 1 test; 1 failed" in page


@pytest.mark.parametrize(
    ("kind", "period", "command"), [("week", "2026-W27", "weekly"), ("month", "2026-06", "monthly")]
)
def test_reports_that_failed_are_run_again_as_what_they_are(
    tmp_path: Path, kind: str, period: str, command: str
) -> None:
    settings = installation(tmp_path)
    refused = replace(
        a_run("deliver", minute=2, seconds=1), outcome="failed", error=StepError("DeliveryError", "outbox")
    )
    tell(settings, a_run("reports", minute=1, seconds=9, counts={kind: period}), refused)

    page = pages(settings)["nights/2026-07-05.en.html"]
    assert f"charter {command} --as-of 2026-07-05" in page


def test_the_pages_load_nothing_run_nothing_and_ask_no_search_engine(here: Settings) -> None:
    for page in pages(here).values():
        assert "<script" not in page
        assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page) == []
        assert '<meta name="robots" content="noindex">' in page


def test_pages_of_nights_that_are_shown_no_more_are_removed(here: Settings) -> None:
    old = here.var_dir / "status" / "nights" / "2025-01-01.html"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    pages(here)

    assert not old.exists()


def test_a_step_that_failed_writes_the_pages_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from charter import line

    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path))
    with pytest.raises(Exception, match="CHARTER_"):
        line.require_night_settings(NIGHT.isoformat())

    assert "실패" in (tmp_path / "status" / "index.html").read_text(encoding="utf-8")


def test_results_of_an_earlier_build_are_not_taken_for_this_ones(here: Settings) -> None:
    later = a_run("transform", minute=600, seconds=1, night=NIGHT + timedelta(days=1))

    assert keep_nodes(here, later, built_in(here, later)) == {}
    assert nodes_of_night(here, NIGHT + timedelta(days=1)) == []


def test_the_slowest_come_first(here: Settings) -> None:
    assert [node.name for node in slowest(nodes_of_night(here, NIGHT), 2)] == ["fct_commitments", "grain"]


def test_bars_lie_on_one_scale() -> None:
    second = timedelta(seconds=1)
    bars = placed([Bar("a", "", BEGAN, BEGAN + second, ""), Bar("b", "", BEGAN + 3 * second, BEGAN + 4 * second, "")])

    assert [(bar.start, bar.width) for bar in bars] == [(0.0, 25.0), (75.0, 25.0)]


def test_a_bar_of_no_time_is_seen_and_does_not_leave_the_scale() -> None:
    end = BEGAN + timedelta(seconds=100)
    bars = placed([Bar("a", "", BEGAN, end, ""), Bar("b", "", end, end, "")])

    assert bars[1].width > 0
    assert bars[1].start + bars[1].width <= 100


def run(here: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(here.var_dir))
    result = CliRunner().invoke(main, ["runs", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_terminal_tells_the_last_nights(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(here, monkeypatch)

    assert re.search(
        r"2026-07-05 +failed +50.0 s +1 of 2 +no +3 +transform: TransformError at dbt_project/models/a.sql", said
    )


def test_the_terminal_tells_a_nights_steps_and_its_failed_model(
    here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run(here, monkeypatch, "show", "2026-07-05")

    assert re.search(r"extract voc +2026-07-06 01:58:00 +5.0 s +done +arrived 9, landed 8", said)
    assert "model fct_commitments error: var/work/dbt_target/compiled/charter/models/fct_commitments.sql" in said


def test_programs_get_the_runs_as_json(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (night,) = [night for night in json.loads(run(here, monkeypatch, "--json")) if night["steps"]]
    steps = json.loads(run(here, monkeypatch, "show", "2026-07-05", "--json"))

    assert (night["day"], night["state"]) == ("2026-07-05", "failed")
    assert [step["step"] for step in steps] == ["extract", "extract", "transform"]
    assert steps[2]["error"] == {"kind": "TransformError", "where": "dbt_project/models/a.sql"}


@pytest.mark.slow
@pytest.mark.skipif(chromium() is None, reason=REMEDY)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(here: Settings) -> None:
    pages(here)
    found = []
    with browser() as started:
        for scheme, width in (("light", 1280), ("dark", 320)):
            context = started.new_context(viewport={"width": width, "height": 812}, color_scheme=scheme)  # type: ignore[arg-type]
            view = context.new_page()
            for path in sorted((here.var_dir / "status").rglob("*.html")):
                view.goto(path.as_uri())
                violations = Axe().run(view, options={"runOnly": RULES}).response["violations"]
                found += [(path.name, scheme, each["id"], each["nodes"][0]["html"]) for each in violations]
                wide = view.evaluate("document.documentElement.scrollWidth")
                found += [(path.name, scheme, "wider than the screen", wide)] if wide > width else []
            context.close()

    assert found == []
