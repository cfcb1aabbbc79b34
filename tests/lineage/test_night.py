"""The lineage of a whole night: from the source's column to the published figure, and what the checks said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from charter import line
from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.lineage.emit import lineage_file
from charter.lineage.read import origins
from charter.transform.build.docs import document_models
from tests.lineage.valid import problems_of_event

pytestmark = [pytest.mark.slow, pytest.mark.long]

HOME = Path(__file__).resolve().parents[2]
AS_OF = datetime(2026, 3, 20, 23, tzinfo=UTC)
APPLICATIONS = """nr,office,received,decided,outcome,paid
A1,north,2026-03-01,2026-03-05,granted,2026-03-08
A2,north,2026-03-02,,,
"""


@dataclass(frozen=True)
class Night:
    path: Path
    text: str
    events: list[dict[str, Any]]

    def completed(self, job: str) -> dict[str, Any]:
        return next(each for each in self.events if each["job"]["name"] == job and each["eventType"] == "COMPLETE")

    def comes_from(self, table: str, column: str) -> set[str]:
        """The columns of sources that a column is made of, by way of every table between."""
        return {str(each.column) for each in origins(self.path, table, column) if each.column.is_source}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("grants")
    (folder / "applications.csv").write_text(APPLICATIONS, encoding="utf-8")
    environment = {
        "CHARTER_HOME": str(HOME),
        "CHARTER_DIR": str(HOME / "tests" / "agencies" / "grants"),
        "CHARTER_VAR": str(folder / "var"),
        "CHARTER_CONN_REGISTER": str(folder),
        "CHARTER_LINEAGE": "",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        as_of = AS_OF.isoformat()
        line.extract("register", as_of)
        line.transform(as_of)
        line.assert_expectations(as_of)
        line.publish(as_of)
        path = lineage_file(Settings.from_environment(), AS_OF)
        text = path.read_text(encoding="utf-8")
        yield Night(path, text, [json.loads(each) for each in text.splitlines()])


def test_every_event_is_as_the_standard_says(night: Night) -> None:
    assert len(night.events) > 100
    assert [found for event in night.events if (found := problems_of_event(event))] == []


def test_every_step_and_every_model_begins_and_ends(night: Night) -> None:
    states: dict[str, list[str]] = {}
    for event in night.events:
        states.setdefault(event["job"]["name"], []).append(event["eventType"])
    assert {"grants.extract.register", "grants.transform", "grants.assert", "grants.publish"} <= states.keys()
    assert "grants.transform.standard_results" in states
    assert {tuple(each) for each in states.values()} == {("START", "COMPLETE")}


def test_a_model_is_part_of_the_transformation(night: Night) -> None:
    parent = night.completed("grants.transform.standard_results")["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == night.completed("grants.transform")["run"]["runId"]


def test_a_published_column_leads_to_the_sources_own(night: Night) -> None:
    assert night.comes_from("warehouse.fct_commitments", "opened_at") >= {"register.applications.received"}
    assert night.comes_from("warehouse.fct_commitments", "department_id") == {"register.applications.office"}
    fulfilled = night.comes_from("warehouse.fct_commitments", "fulfilled_at")
    assert fulfilled >= {"register.applications.decided", "register.applications.paid"}
    assert "register.applications.office" not in fulfilled


def test_a_column_that_nobody_wrote_is_told_with_those_that_there_are(night: Night) -> None:
    with pytest.raises(SettingError, match="no step wrote a column") as told:
        origins(night.path, "marts.run", "as_off")
    assert "as_of," in str(told.value)


def test_what_the_checks_said_stands_with_their_tables(night: Night) -> None:
    checked = {each["name"]: each for each in night.completed("grants.assert")["inputs"]}
    said = checked["raw.applications"]["inputFacets"]["dataQualityAssertions"]["assertions"]
    key = next(each for each in said if each["name"] == "contract_applications/application_id/unique")
    assert (key["assertion"], key["column"], key["success"]) == ("unique", "application_id", True)
    thresholds = checked["marts.fct_commitments"]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert next(each for each in thresholds if each["name"] == "thresholds/decided/year")["success"] is False


def test_the_models_are_documented_in_a_page_that_loads_nothing(night: Night) -> None:
    here = line.installation()
    results = here.settings.work_dir / "dbt_target" / "run_results.json"
    before, page = results.read_bytes(), night.path.parent / "models.html"
    document_models(here.settings, here.agency, page)
    said = page.read_text(encoding="utf-8")
    assert "exposure.charter.weekly_report" in said
    assert not re.search(r"""<(script|link|img|iframe)[^>]*(src|href)=["']?(https?:)?//""", said)
    assert '"send_anonymous_usage_stats": false' in said or '"send_anonymous_usage_stats":false' in said
    assert results.read_bytes() == before, "documenting is no build"


def test_no_row_is_told(night: Night) -> None:
    assert "A1" not in night.text
    assert str(HOME) not in night.text
