"""A report has the sections that its entry in reports.yaml names; what the verdict says is no section."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from charter.definitions.models import ReportDefinition, ReportPeriod
from charter.definitions.models.reports import SECTIONS, Reports
from charter.report import agency_week, week_facts
from charter.report.render.mail import render_mail, render_page
from charter.report.view.models import ReportView
from charter.report.view.report import PAPER, agency_view, department_view
from charter.words import Words
from tests.report.builders import Scenario

# What of a report's view each section is.
PLACES = {
    "breaches": "breaches",
    "overdue": "still_open",
    "due": "due_next",
    "changes": "changes",
    "standards": "groups",
    "calendar": "duties",
    "charts": "charts",
    "felt": "felt",
    "companions": "companions",
    "exclusions": "exclusions",
}
ALWAYS = ("headline", "counts", "summary", "todo", "missing", "notes", "proof")


def view_of(scenario: Scenario, sections: Sequence[str] | None, period: ReportPeriod = "week") -> ReportView:
    report = ReportDefinition(id="weekly", period=period, sections=list(sections) if sections else None)
    agency = scenario.agency.model_copy(update={"reports": Reports(reports=[report])})
    facts = next(week for week in week_facts(scenario.settings, agency, scenario.as_of) if is_team(week.department.id))
    return department_view(Words.load(scenario.settings, "ko"), agency, facts, PAPER)


def is_team(department_id: str) -> bool:
    return department_id == "branch-team"


def without(section: str) -> list[str]:
    return [each for each in SECTIONS["week"] if each != section]


def test_an_entry_without_sections_is_the_whole_report(usual: Scenario) -> None:
    assert view_of(usual, None) == view_of(usual, SECTIONS["week"])


@pytest.mark.parametrize(
    "section", ["breaches", "overdue", "due", "standards", "calendar", "charts", "companions", "exclusions"]
)
def test_a_section_that_is_not_named_is_not_shown_and_all_else_stays(usual: Scenario, section: str) -> None:
    whole, view = view_of(usual, None), view_of(usual, without(section))
    for name, place in PLACES.items():
        if name == section:
            assert getattr(whole, place), f"the week must have {place}, else this shows nothing"
            assert not getattr(view, place)
        else:
            assert getattr(view, place) == getattr(whole, place)


def test_whatever_is_left_out_the_verdict_and_what_is_missing_stand(usual: Scenario) -> None:
    whole, view = view_of(usual, None), view_of(usual, ["companions"])
    assert [getattr(view, name) for name in ALWAYS] == [getattr(whole, name) for name in ALWAYS]
    assert view.missing, "the week has a day without data"


def test_no_medium_says_that_nothing_was_broken_or_is_due_where_the_section_is_left_out(usual: Scenario) -> None:
    view = view_of(usual, ["standards"])
    labels = view.labels
    page = render_page(usual.settings, view)
    for said in (labels["breaches"], labels["no_breaches"], labels["none_due_next"], view.mending.title):
        assert f">{said}<" not in page.html
        assert f"■ {said}" not in page.text
        assert said not in render_mail(usual.settings, view).text.splitlines()
    assert labels["standards"] in page.text


def test_actions_and_comments_are_shown_or_not_each_by_itself(usual: Scenario) -> None:
    assert view_of(usual, ["actions"]).mending.asked, "broken standards without a cause"
    assert not view_of(usual, ["comments"]).mending.any


def test_the_agency_can_do_without_its_overview(usual: Scenario) -> None:
    report = ReportDefinition(id="weekly", period="week", sections=without("overview"))
    agency = usual.agency.model_copy(update={"reports": Reports(reports=[report])})
    facts = agency_week(usual.settings, agency, usual.as_of)
    view = agency_view(Words.load(usual.settings, "ko"), agency, facts, PAPER)
    assert view.overview is None
    assert view.below
