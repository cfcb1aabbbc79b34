"""Reports that several processes render are those that one renders, and a helper that fails costs time alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.report.facts.tables import load_week
from charter.report.rendering import RenderJob, processes, rendering
from charter.report.week import RenderedReport, Renderer, WeekReport, week_reports

from .builders import Scenario

HELPED = {"CHARTER_PROCESSES": "2"}


class Idle(Renderer):
    """A process that renders nothing itself."""

    def report(self, week: object, report: WeekReport, revision: int) -> RenderedReport:
        raise AssertionError(f"the helper gave no report of {report.department_id}")


@pytest.fixture(scope="module")
def jobs(usual: Scenario) -> Sequence[RenderJob]:
    tables = load_week(usual.settings, usual.agency, usual.as_of)
    return [RenderJob(tables.week, report) for report in week_reports(tables)][-2:]


def helped(usual: Scenario) -> Settings:
    return replace(usual.settings, environment={**usual.settings.environment, **HELPED})


def test_a_helper_renders_the_same_bytes(usual: Scenario, jobs: Sequence[RenderJob]) -> None:
    own = Renderer(usual.settings, usual.agency, "0" * 64)
    with rendering(Idle(helped(usual), usual.agency, "0" * 64), jobs, fewest=1) as under_way:
        last = under_way.report(1)
    assert last == own.report(jobs[1].week, jobs[1].report, 1)


@pytest.mark.parametrize("program", ["pass", "import sys; sys.stdin.buffer.read(1); sys.stdout.write('no report')"])
def test_what_a_helper_does_not_give_is_rendered_here(usual: Scenario, jobs: Sequence[RenderJob], program: str) -> None:
    renderer = Renderer(helped(usual), usual.agency)
    with rendering(renderer, jobs, fewest=1, command=(sys.executable, "-c", program)) as under_way:
        made = [under_way.report(place) for place in range(len(jobs))]
    assert [each.department_id for each in made] == [job.report.department_id for job in jobs]


def test_a_number_of_processes_that_is_none_is_refused(tmp_path: Path) -> None:
    for given in ("0", "two", "-1"):
        with pytest.raises(SettingError, match="CHARTER_PROCESSES"):
            processes(Settings(tmp_path, tmp_path, tmp_path, environment={"CHARTER_PROCESSES": given}))
    assert processes(Settings(tmp_path, tmp_path, tmp_path, environment={"CHARTER_PROCESSES": "3"})) == 3
