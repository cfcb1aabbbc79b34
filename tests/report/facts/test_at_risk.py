"""What is at risk on a working day's morning, and what came of what was told before."""

from __future__ import annotations

from datetime import date

import pytest

from charter.definitions import load_agency
from charter.report.facts.at_risk import AtRiskDay, AtRiskTables, Scope, ToldCase, department_scopes, whole_scope
from charter.report.facts.models import Department
from charter.report.facts.warehouse import open_warehouse

from ..builders import KOTRA, MONDAY, Scenario, rule_on

REPLY, TEAM = "branch-first-reply", "branch-team"
PART = rule_on(load_agency(KOTRA), REPLY, MONDAY).parts[0].id
FRIDAY = date(2026, 7, 3)
# What becomes of a case after it was told; the status in which the night finds it.
FATES = {
    "in_time": ("met", TEAM, "2026-07-05 10:00"),
    "late": ("breached", TEAM, "2026-07-05 10:00"),
    "excluded": ("excluded", TEAM, None),
    "handed_on": ("pending", "hanoi", None),
    "later": ("pending", TEAM, None),
}


def morning(scenario: Scenario, covers: str | None = TEAM, told: list[ToldCase] | None = None) -> AtRiskDay:
    """What is told on Monday 6 July; ``told`` is what the digest of Friday had."""
    with open_warehouse(scenario.settings) as warehouse:
        tables = AtRiskTables(scenario.settings, scenario.agency, warehouse)
        scope = Scope(tables.departments[covers], frozenset([covers])) if covers else whole_scope(tables.departments)
        return tables.day_of(scope, (FRIDAY, told) if told is not None else None)


def told(subject: str, standing: str = "due") -> ToldCase:
    return ToldCase.model_validate(
        {
            "commitment_id": f"{REPLY}/{PART}/{subject}",
            "standard_id": REPLY,
            "subject_id": subject,
            "standing": standing,
            "due_at": None,
        }
    )


def cases(day: AtRiskDay) -> dict[str, tuple[str, str | None]]:
    return {each.case.subject_id: (each.standing, each.change) for each in day.cases}


def test_due_is_what_falls_due_before_the_next_working_day_begins(empty: Scenario) -> None:
    for subject, due in (("TODAY", "07-06 18:00"), ("AT-NINE", "07-07 09:00"), ("LATER", "07-07 09:01")):
        empty.commitment(REPLY, TEAM, subject, "pending", opened="2026-07-04 09:00", due=f"2026-{due}")
    assert cases(morning(empty.build())) == {"TODAY": ("due", None), "AT-NINE": ("due", None)}


def test_overdue_is_what_was_broken_and_can_still_be_mended_however_old(empty: Scenario) -> None:
    empty.commitment(REPLY, TEAM, "OLD", "breached", opened="2026-03-01 09:00", due="2026-03-03 09:00")
    empty.commitment(
        *(REPLY, TEAM, "ANSWERED", "breached"), opened="2026-07-01 09:00", due="2026-07-03 09:00",
        fulfilled="2026-07-04 09:00",
    )  # fmt: skip
    empty.commitment("phone-answer", TEAM, "RANG", "breached", opened="2026-07-03 10:00", due="2026-07-03 10:00:09")
    assert cases(morning(empty.build())) == {"OLD": ("overdue", None)}


def test_what_is_past_due_and_unheard_of_is_neither_overdue_nor_kept(empty: Scenario) -> None:
    empty.commitment(REPLY, TEAM, "SILENT", "pending", opened="2026-07-02 09:00", due="2026-07-04 09:00")
    empty.gaps["voc", date(2026, 7, 5)] = "missing"
    day = morning(empty.build())
    assert cases(day) == {"SILENT": ("awaiting", None)}
    assert [item.source_id for item in day.missing] == ["voc"]


def test_a_case_is_new_or_lapsed_or_as_it_was_told(empty: Scenario) -> None:
    for subject in ("NEW", "LAPSED", "SAME"):
        empty.commitment(REPLY, TEAM, subject, "breached", opened="2026-07-02 09:00", due="2026-07-04 09:00")
    day = morning(empty.build(), told=[told("LAPSED", "due"), told("SAME", "overdue")])
    assert cases(day) == {"NEW": ("overdue", "new"), "LAPSED": ("overdue", "lapsed"), "SAME": ("overdue", "same")}
    assert [each.case.subject_id for each in day.cases][-1] == "SAME", "what is new comes first"
    assert day.since == FRIDAY


@pytest.mark.parametrize("outcome", FATES)
def test_what_came_of_a_told_case_is_told(empty: Scenario, outcome: str) -> None:
    status, owner, fulfilled = FATES[outcome]
    part_due = {"later": "2026-07-20 09:00", "in_time": "2026-07-06 09:00"}.get(outcome, "2026-07-04 09:00")
    empty.commitment(
        *(REPLY, owner, "CASE", status), opened="2026-07-02 09:00", due=part_due, fulfilled=fulfilled,
        excluded_by="spam" if status == "excluded" else None,
    )  # fmt: skip
    name = empty.commitments[0]["commitment_id"]
    day = morning(empty.build(), told=[told("CASE").model_copy(update={"commitment_id": name})])
    assert [each.outcome for each in day.resolved] == [outcome]


def test_a_told_case_that_is_not_there_any_more_is_gone_and_never_kept(empty: Scenario) -> None:
    assert [each.outcome for each in morning(empty.build(), told=[told("LOST")]).resolved] == ["gone"]


def test_every_told_case_is_either_at_risk_or_resolved_and_never_both(empty: Scenario) -> None:
    for number, (status, owner, fulfilled) in enumerate([*FATES.values(), ("breached", TEAM, None)]):
        empty.commitment(
            *(REPLY, owner, f"C{number}", status), opened="2026-07-02 09:00", due="2026-07-04 09:00",
            fulfilled=fulfilled, excluded_by="spam" if status == "excluded" else None,
        )  # fmt: skip
    before = [
        told(each["subject_id"]).model_copy(update={"commitment_id": each["commitment_id"]})
        for each in empty.commitments
    ]
    before.append(told("LOST"))
    day = morning(empty.build(), told=before)
    at_risk = [each.case.commitment_id for each in day.cases]
    resolved = [each.told.commitment_id for each in day.resolved]
    assert sorted([*at_risk, *resolved]) == sorted(each.commitment_id for each in before)


def test_every_case_is_told_to_exactly_one_department(usual: Scenario) -> None:
    with open_warehouse(usual.settings) as warehouse:
        tables = AtRiskTables(usual.settings, usual.agency, warehouse)
    readers = {"branch-team", "president"}
    top = next(each.id for each in tables.departments.values() if each.parent_id is None)
    scopes = department_scopes(tables.departments, lambda name: name in readers | {top})
    covered = [name for scope in scopes for name in scope.covers]
    assert sorted(covered, key=str) == sorted([*tables.departments, None], key=str)


def test_what_nobody_reads_is_told_to_the_next_department_above_that_has_readers() -> None:
    tree = {"agency": None, "division": "agency", "desk": "division"}
    departments = {
        name: Department(id=name, name={"en": name}, kind="unit", parent_id=parent) for name, parent in tree.items()
    }
    scopes = department_scopes(departments, lambda name: name != "desk")
    assert {scope.department.id: scope.covers for scope in scopes} == {
        "agency": frozenset(["agency", None]),
        "division": frozenset(["division", "desk"]),
    }


def test_the_same_night_and_the_same_digest_before_give_the_same_fingerprint(usual: Scenario) -> None:
    assert morning(usual, told=[]).fingerprint() == morning(usual, told=[]).fingerprint()
    assert morning(usual, told=[]).fingerprint() != morning(usual, told=[told("LOST")]).fingerprint()
