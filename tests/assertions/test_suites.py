"""The suites follow the charter folder, and the files under expectations/ follow the suites."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from typing import Any

import great_expectations as gx
import pytest

from charter.assertions import SuiteDefinition, build_suites, check_suites, write_suites
from charter.assertions.threshold import needed_feeds
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.definitions.models import Words

from .builders import HOME, WORDS, Warehouse, rules_of, settings_in, whole_agency, with_ratings, with_rules

AGENCY = whole_agency()


def test_the_written_suites_are_those_that_the_charter_builds() -> None:
    for name in ("kotra", "library"):
        agency = load_agency(HOME / "charters" / name)
        assert check_suites(settings_in(HOME), agency) == [], f"run: charter --agency {name} expectations build"


def test_every_standard_has_a_threshold_for_each_period_in_which_it_is_judged() -> None:
    suite = next(suite for suite in build_suites(AGENCY, WORDS) if suite.kind == "threshold")
    assert [check.name for check in suite.checks] == [
        f"{standard.id}/{period}"
        for standard in AGENCY.charter.standards
        for period in ("day", "week", "month", "year")
    ]
    assert len(suite.checks) == 144
    assert all(check.feeds for check in suite.checks)


def test_every_landed_table_has_a_contract_and_every_source_an_account() -> None:
    suites = {suite.name: suite for suite in build_suites(AGENCY, WORDS) if suite.kind == "contract"}
    landed = [name for name, subject in AGENCY.subjects.items() if subject.landed]
    assert set(suites) == {f"contract_{name}" for name in landed} | {"contract_sources"}
    for name in landed:
        key = AGENCY.subjects[name].key
        assert {f"{key}/unique", f"{key}/not_null"} <= {check.name for check in suites[f"contract_{name}"].checks}
    assert len(suites["contract_sources"].checks) == 3 * len(AGENCY.sources)


def test_names_are_unique_in_a_suite_and_identifiers_everywhere() -> None:
    suites = build_suites(AGENCY, WORDS)
    for suite in suites:
        assert len({check.name for check in suite.checks}) == len(suite.checks), suite.name
    identifiers = [suite.check_id(check) for suite in suites for check in suite.checks]
    assert len(set(identifiers)) == len(identifiers)
    assert identifiers == [suite.check_id(check) for suite in build_suites(AGENCY, WORDS) for check in suite.checks]


@pytest.mark.parametrize("suite", build_suites(AGENCY, WORDS), ids=lambda suite: suite.name)
def test_great_expectations_takes_every_suite_as_it_is(suite: SuiteDefinition) -> None:
    import charter.assertions.judge  # noqa: F401  (registers our own expectation)

    ours = suite.as_gx()
    theirs: dict[str, Any] = gx.ExpectationSuite(**ours).to_json_dict()
    assert len(theirs["expectations"]) == len(ours["expectations"])
    for mine, taken in zip(ours["expectations"], theirs["expectations"], strict=True):
        assert {name: taken[name] for name in ("id", "type", "description", "severity")} == {
            name: mine[name] for name in ("id", "type", "description", "severity")
        }
        assert mine["kwargs"].items() <= taken["kwargs"].items()


def test_what_the_charter_promises_is_critical_and_what_we_defined_ourselves_a_warning() -> None:
    suite = next(suite for suite in build_suites(AGENCY, WORDS) if suite.kind == "threshold")
    severity = {check.standard_id: check.severity for check in suite.checks}
    assert severity["phone-answer"] == "critical"
    assert severity["info-disclosure"] == "critical", "statute"
    assert severity["visit-priority"] == "warning", "operational"


def test_a_threshold_is_worded_by_the_rule_in_force(calls: Warehouse) -> None:
    old = rules_of(calls.agency, "phone-answer")[0]
    new_words = Words(ko="벨 2번(6초) 전")
    ended = old.model_copy(update={"effective_to": date(2026, 12, 31)})
    new = old.model_copy(
        update={"version": 2, "effective_from": date(2027, 1, 1), "threshold": new_words, "basis": "operational"}
    )
    agency = with_rules(calls.agency, "phone-answer", [ended, new])

    def worded(on: date | None) -> tuple[str, str]:
        check = next(suite for suite in build_suites(agency, WORDS, on) if suite.kind == "threshold").checks[0]
        return check.description, check.severity

    assert worded(date(2026, 12, 31)) == (
        "전화는 벨이 세 번 울리기 전에 받는다 (기준: 벨 3번(9초) 전, 목표 95%, 그날)",
        "critical",
    )
    assert "벨 2번(6초) 전" in worded(date(2027, 1, 1))[0]
    assert worded(None)[1] == "warning"


def test_a_standard_needs_the_sources_of_every_table_it_is_measured_on() -> None:
    agency = with_ratings(AGENCY)
    needed = {standard.id: needed_feeds(agency, standard) for standard in agency.charter.standards}
    assert needed["phone-answer"] == (("telephone", "calls"),)
    assert needed["online-voc-reply"] == (("voc", "tickets"), ("voc", "ticket_events"), ("surveys", "survey_responses"))
    assert needed["info-website"] == (("registers", "pages"), ("registers", "page_reviews"))


def test_a_silent_survey_tool_leaves_the_standards_on_replies_alone() -> None:
    standard = next(each for each in AGENCY.charter.standards if each.id == "branch-first-reply")
    assert needed_feeds(AGENCY, standard) == (("voc", "tickets"), ("voc", "ticket_events"))


def test_drift_is_told_by_file_with_its_remedy(settings: Settings, calls: Warehouse) -> None:
    write_suites(settings, calls.agency)
    assert check_suites(settings, calls.agency) == []
    folder = settings.home / "expectations" / "suites" / calls.agency.charter.id
    changed = folder / "thresholds.json"
    changed.write_text(changed.read_text(encoding="utf-8").replace("0.95", "0.5"), encoding="utf-8")
    (folder / "contract_calls.json").unlink()
    (folder / "contract_faxes.json").write_text("{}", encoding="utf-8")
    problems = check_suites(settings, calls.agency)
    assert [problem.where for problem in problems] == [
        f"expectations/suites/{calls.agency.charter.id}/contract_calls.json",
        f"expectations/suites/{calls.agency.charter.id}/contract_faxes.json",
        f"expectations/suites/{calls.agency.charter.id}/thresholds.json",
    ]
    assert {problem.remedy for problem in problems} == {"run: charter expectations build"}
    write_suites(settings, calls.agency)
    assert check_suites(settings, calls.agency) == []


def test_a_written_suite_is_readable_and_carries_its_query(settings: Settings, calls: Warehouse) -> None:
    write_suites(settings, calls.agency)
    text = (settings.home / "expectations" / "suites" / calls.agency.charter.id / "thresholds.json").read_text(
        encoding="utf-8"
    )
    assert "전화는 벨이 세 번 울리기 전에 받는다" in text
    assert "FROM marts.fct_commitments AS commitment" in "\n".join(json.loads(text)["meta"]["query_lines"])


def test_building_suites_does_not_wait_for_great_expectations() -> None:
    program = "import sys, charter.assertions; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
