"""``charter actions``: what is overdue, what nobody has given a cause for, and that an agency may have no register."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from charter.cli import main
from tests.report.builders import HOME, KOTRA, Scenario

VISITS, TEAM = "visit-priority", "voc-team"


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_DIR", str(KOTRA))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path))
    scenario = Scenario(tmp_path)
    scenario.commitment(VISITS, TEAM, "V-1", "breached", opened="2026-07-01 09:00", due="2026-07-01 09:10")
    return scenario


def actions(scenario: Scenario, *arguments: str) -> Result:
    scenario.build()
    return CliRunner().invoke(main, ["actions", *arguments])


def test_a_broken_standard_without_a_cause_is_named(scenario: Scenario) -> None:
    result = actions(scenario)
    assert result.exit_code == 0
    assert "no cause on record: visit-priority of voc-team, broken in 1 week since 2026-06-29" in result.output


def test_overdue_actions_come_first(scenario: Scenario) -> None:
    scenario.action(VISITS, TEAM)
    scenario.action(VISITS, TEAM, due=date(2026, 6, 30))
    result = actions(scenario)
    assert result.output.index("A-2") < result.output.index("A-1")
    assert "1 action overdue, 1 open" in result.output
    assert "no cause on record" not in result.output


def test_programs_read_the_same(scenario: Scenario) -> None:
    scenario.unread_entry(None)
    found = json.loads(actions(scenario, "--json").output)
    assert found["unread"] == 1
    assert [(each["standard_id"], each["unread"]) for each in found["asked"]] == [(VISITS, True)]
