"""The lineage of a whole night: from the source's column to the published figure, and what the checks said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from charter import line
from charter.base.settings import Settings
from charter.lineage.emit import lineage_file
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
    text: str
    events: list[dict[str, Any]]

    def completed(self, job: str) -> dict[str, Any]:
        return next(each for each in self.events if each["job"]["name"] == job and each["eventType"] == "COMPLETE")

    def comes_from(self, table: str, column: str) -> set[tuple[str, str, str]]:
        """The columns of sources that a column is made of, by way of every table between."""
        made_of: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        for event in self.events:
            for output in event["outputs"]:
                facet = output["facets"].get("columnLineage", {"fields": {}})
                for name, field in facet["fields"].items():
                    read = [(each["namespace"], each["name"], each["field"]) for each in field["inputFields"]]
                    made_of.setdefault((output["name"], name), []).extend(read)
        found: set[tuple[str, str, str]] = set()
        seen, waiting = set(), [("charter.grants", table, column)]
        while waiting:
            namespace, name, of = waiting.pop()
            if (name, of) in seen:
                continue
            seen.add((name, of))
            if namespace.endswith(".sources"):
                found.add((namespace, name, of))
            waiting += made_of.get((name, of), [])
        return found


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
        text = lineage_file(Settings.from_environment(), AS_OF).read_text(encoding="utf-8")
        yield Night(text, [json.loads(each) for each in text.splitlines()])


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
    register = ("charter.grants.sources", "register.applications")
    assert (*register, "decided") in night.comes_from("warehouse.fct_commitments", "fulfilled_at")
    assert (*register, "received") in night.comes_from("warehouse.fct_commitments", "opened_at")
    assert (*register, "office") in night.comes_from("warehouse.fct_commitments", "department_id")
    assert night.comes_from("warehouse.fct_commitments", "opened_at") != night.comes_from(
        "warehouse.fct_commitments", "fulfilled_at"
    )


def test_what_the_checks_said_stands_with_their_tables(night: Night) -> None:
    checked = {each["name"]: each for each in night.completed("grants.assert")["inputs"]}
    said = checked["raw.applications"]["inputFacets"]["dataQualityAssertions"]["assertions"]
    key = next(each for each in said if each["name"] == "contract_applications/application_id/unique")
    assert (key["assertion"], key["column"], key["success"]) == ("unique", "application_id", True)
    thresholds = checked["marts.fct_commitments"]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert next(each for each in thresholds if each["name"] == "thresholds/decided/year")["success"] is False


def test_no_row_is_told(night: Night) -> None:
    assert "A1" not in night.text
    assert str(HOME) not in night.text
