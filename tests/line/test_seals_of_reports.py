"""From a published night to the seal: of a morning's digests, and of a month's reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter import line
from charter.evidence import generate_signing_key, read_chain
from charter.evidence.chain import sealed_runs
from charter.evidence.manifest import Manifest
from charter.health.runs import last_run
from tests.line.installation import HOME
from tests.report.builders import Scenario
from tests.report.test_month import june

REPLY, TEAM = "branch-first-reply", "branch-team"
SETTINGS = {"CHARTER_MAIL_FROM": "Service charter <charter@agency.example>"}


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    """The night that ended June's first week after: a reply was late in June, and another falls due on Monday."""
    scenario = june(tmp_path / "var")
    scenario.commitment(REPLY, TEAM, "VOC-10", "pending", opened="2026-07-04 13:20", due="2026-07-06 13:20")
    scenario.build()
    said = {**SETTINGS, "CHARTER_SIGNING_KEY": generate_signing_key().decode()}
    for name, value in {**said, "CHARTER_HOME": str(HOME), "CHARTER_VAR": str(scenario.folder)}.items():
        monkeypatch.setenv(name, value)
    return scenario


def sealed(scenario: Scenario, kind: str) -> Manifest:
    folder = scenario.settings.evidence_dir
    [manifest] = sealed_runs(folder, [entry for entry in read_chain(folder) if entry.kind == kind])
    return manifest


def reported(scenario: Scenario, kind: str) -> str | None:
    """The newest period that counts as reported: whoever watches asks whether it is late."""
    known = last_run(scenario.settings, kind)
    return known.of if known is not None else None


def test_what_a_morning_told_and_to_whom_is_in_its_seal(published: Scenario) -> None:
    night = published.as_of.isoformat()
    assert line.render_digests(night)["new"] > 0
    assert line.seal_morning(night)["created"]
    manifest = sealed(published, "daily")
    assert f"digests/at-risk/2026-07-06/{TEAM}/r1/told.json" in {file.path for file in manifest.rendered}
    assert ("at-risk", "2026-07-06", "queued") in {
        (each.report, each.period, each.state) for each in manifest.deliveries
    }
    assert not line.seal_morning(night)["created"], "the same morning again adds nothing"
    assert reported(published, "working_day") == "2026-07-06"


def test_a_morning_on_which_nobody_was_told_anything_has_no_seal(published: Scenario) -> None:
    assert line.seal_morning(published.as_of.isoformat()) == {"created": False}
    assert reported(published, "working_day") == "2026-07-06", "that there was nothing to tell is no delay"


def test_what_a_month_told_and_to_whom_is_in_its_seal(published: Scenario) -> None:
    ended = "2026-06-30T15:00:00+00:00"
    said = line.render_reports(ended, "month")
    assert (said["month"], said["problems"]) == ("2026-06", [])
    assert line.seal_month(ended)["created"]
    assert reported(published, "month") == "2026-06"
    manifest = sealed(published, "monthly")
    assert f"site/reports/2026-06/{TEAM}/r1/report.pdf" in {file.path for file in manifest.rendered}
    assert {(each.report, each.period) for each in manifest.deliveries} == {("monthly", "2026-06")}
