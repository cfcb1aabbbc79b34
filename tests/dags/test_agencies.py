"""The DAGs of several agencies in one installation."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

HOME = Path(__file__).parents[2]
LOOK = """
import json, sys
sys.path.insert(0, "dags")
from airflow.dag_processing.dagbag import DagBag
bag = DagBag("dags")
print(json.dumps({
    "errors": bag.import_errors,
    "dags": {
        dag_id: {
            "zone": str(dag.timezone), "scheduled": dag.schedule is not None, "said": dag.description,
            "tags": sorted(dag.tags), "sources": sources(dag) if dag.schedule is not None else [],
            "assets": sorted({given.name for task in dag.tasks for given in task.outlets}),
        }
        for dag_id, dag in bag.dags.items()
    },
}))
"""
SOURCES = """
def sources(dag):
    return dag.get_task("source_ids").python_callable() if "source_ids" in dag.task_ids else []
"""


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow finds with three agencies, of which one's folder is torn."""
    home = tmp_path_factory.mktemp("home")
    (home / "reports").symlink_to(HOME / "reports")
    shutil.copytree(HOME / "charters" / "kotra", home / "charters" / "kotra")
    shutil.copytree(HOME / "tests" / "agencies" / "parcels", home / "charters" / "parcels")
    (home / "charters" / "torn").mkdir()
    environment = {**os.environ, "CHARTER_HOME": str(home), "CHARTER_AGENCIES": "kotra,parcels,torn"}
    done = subprocess.run(
        [sys.executable, "-c", SOURCES + LOOK], env=environment, cwd=HOME, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert not found["errors"]
    return dict(found["dags"])


def test_each_agency_has_a_night_and_the_reports_that_it_declares_by_its_own_clocks(scheduled: dict[str, Any]) -> None:
    assert {dag_id: dag["zone"] for dag_id, dag in scheduled.items()} == {
        "charter_daily_kotra": "Asia/Seoul",
        "charter_monthly_kotra": "Asia/Seoul",
        "charter_nightly_kotra": "Asia/Seoul",
        "charter_nightly_parcels": "Europe/Berlin",
        "charter_nightly_torn": "UTC",
        "charter_watch_kotra": "Asia/Seoul",
        "charter_watch_parcels": "Europe/Berlin",
        "charter_watch_torn": "UTC",
        "charter_weekly_kotra": "Asia/Seoul",
        "charter_weekly_parcels": "Europe/Berlin",
        "charter_weekly_torn": "UTC",
    }
    assert scheduled["charter_nightly_parcels"]["tags"] == ["charter", "nightly", "parcels"]


def test_its_tasks_work_for_it_and_for_no_other(scheduled: dict[str, Any]) -> None:
    assert "depots" in scheduled["charter_nightly_parcels"]["sources"]
    assert "voc" in scheduled["charter_nightly_kotra"]["sources"]
    assert "depots" not in scheduled["charter_nightly_kotra"]["sources"]


def test_its_assets_are_its_own(scheduled: dict[str, Any]) -> None:
    assert "charter_night_parcels" in scheduled["charter_nightly_parcels"]["assets"]
    assert not {"charter_night_parcels", "charter_night"} & set(scheduled["charter_nightly_kotra"]["assets"])


def test_an_agency_whose_folder_is_torn_says_so_and_stops_nobody(scheduled: dict[str, Any]) -> None:
    assert not scheduled["charter_nightly_torn"]["scheduled"]
    assert "no time zone is found" in scheduled["charter_nightly_torn"]["said"]
    assert scheduled["charter_nightly_kotra"]["scheduled"]


def test_its_operators_are_told_of_the_torn_folder(scheduled: dict[str, Any]) -> None:
    assert scheduled["charter_watch_torn"]["scheduled"]
