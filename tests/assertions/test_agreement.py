"""Two judgements of the same commitments agree, and every account adds up; a planted disagreement is found."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from charter.base.settings import Settings

from .builders import AS_OF, LAST_DAY, Warehouse, rules_of, run, with_rules

STATUS = ("agreement_status", "phone-answer")
BEFORE_AS_OF = AS_OF.replace(tzinfo=None) - timedelta(hours=1)


def broken(settings: Settings, warehouse: Warehouse) -> set[str]:
    """The agreement checks that are broken, as ``suite: expectation``."""
    return {
        f"{suite}: {name}"
        for (suite, name), each in run(settings, warehouse).items()
        if each.kind == "agreement" and each.outcome == "broken"
    }


def test_a_warehouse_in_order_agrees_with_itself(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 4)
    calls.promise("phone-answer", 4, decided_on=LAST_DAY - timedelta(days=3))
    calls.break_promise("phone-answer")
    calls.promise("phone-answer", decided_on=None)
    calls.promise("phone-answer", status="excluded", exclusion_rule="waiver:W1")
    calls.arrive("calls")
    results = run(settings, calls)
    agreement = [each for each in results.values() if each.kind == "agreement"]
    assert {each.outcome for each in agreement} == {"kept"}
    assert results["agreement_accounting", "phone-answer"].evaluated == 11


@pytest.mark.parametrize(
    ("status", "measured_value"),
    [("met", 90.0), ("met", None), ("breached", 1.0), ("pending", 1.0)],
    ids=["met but late", "met but never fulfilled", "breached but in time", "decided but pending"],
)
def test_a_status_that_the_measured_value_contradicts_is_found(
    settings: Settings, calls: Warehouse, status: str, measured_value: float | None
) -> None:
    calls.promise("phone-answer", 4)
    calls.promise("phone-answer", status=status, measured_value=measured_value)
    found = run(settings, calls)[STATUS]
    assert (found.outcome, found.evaluated, found.unexpected) == ("broken", 5, 1)
    assert found.severity == "critical"


def test_a_commitment_left_pending_after_its_due_time_is_found(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", decided_on=None, due_at=BEFORE_AS_OF)
    found = run(settings, calls)[STATUS]
    assert (found.outcome, found.evaluated, found.unexpected) == ("broken", 1, 1)


def test_pending_past_its_due_time_is_right_while_the_source_is_silent(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", decided_on=None, due_at=BEFORE_AS_OF)
    calls.silence("telephone", LAST_DAY)
    assert run(settings, calls)[STATUS].outcome == "nothing_due"


@pytest.mark.parametrize(
    ("planted", "expected"),
    [
        (
            "UPDATE marts.fct_commitments SET commitment_id = 'same'",
            {"agreement_columns: commitment_id/unique"},
        ),
        (
            "UPDATE marts.fct_commitments SET part = 'unheard-of' WHERE status = 'excluded'",
            {"agreement_commitments: has_rule_part"},
        ),
        (
            "UPDATE marts.fct_commitments SET decided_at = TIMESTAMP '2026-07-05 15:00:01' WHERE status = 'met'",
            {"agreement_commitments: decided_by_as_of", "agreement_results: phone-answer"},
        ),
        (
            "UPDATE marts.fct_commitments SET decided_at = NULL WHERE status = 'excluded'",
            {"agreement_commitments: decided_unless_pending"},
        ),
        (
            "UPDATE marts.fct_commitments SET exclusion_rule = 'spam' WHERE status = 'met'",
            {"agreement_commitments: exclusion_has_rule", "agreement_results: phone-answer"},
        ),
        (
            "UPDATE marts.fct_commitments SET status = 'waived' WHERE status = 'excluded'",
            {
                "agreement_columns: status/in_set",
                "agreement_accounting: phone-answer",
                "agreement_commitments: exclusion_has_rule",
                "agreement_daily: phone-answer",
                "agreement_results: phone-answer",
            },
        ),
        ("UPDATE marts.compliance_daily SET met = met + 1", {"agreement_daily: phone-answer"}),
        ("UPDATE marts.compliance_daily SET pending = 0", {"agreement_daily: phone-answer"}),
        ("DELETE FROM marts.compliance_daily", {"agreement_daily: phone-answer"}),
        ("UPDATE marts.standard_results SET breached = 0", {"agreement_results: phone-answer"}),
    ],
)
def test_accounts_that_do_not_add_up_are_found(
    settings: Settings, calls: Warehouse, planted: str, expected: set[str]
) -> None:
    calls.promise("phone-answer", 2)
    calls.break_promise("phone-answer")
    calls.promise("phone-answer", decided_on=None)
    calls.promise("phone-answer", status="excluded", exclusion_rule="abandoned-within-limit")
    calls.then(planted)
    assert broken(settings, calls) == expected


def test_days_after_the_last_ended_one_are_not_compared(settings: Settings, calls: Warehouse) -> None:
    calls.as_of = AS_OF + timedelta(hours=10)
    calls.promise("phone-answer", decided_on=date(2026, 7, 6), decided_at=datetime(2026, 7, 5, 20), opened_on=LAST_DAY)
    calls.then("UPDATE marts.compliance_daily SET met = 7")
    calls.then(
        f"INSERT INTO marts.compliance_daily VALUES (DATE '{LAST_DAY}', 'phone-answer', 'branch-team', 0, 0, 0, 1)"
    )
    assert "agreement_daily: phone-answer" not in broken(settings, calls)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("commitment_id", None, {"commitment_id/not_null": (3, 3)}),
        ("standard_id", None, {"standard_id/not_null": (3, 3)}),
        ("standard_id", "no-such-promise", {"standard_id/in_set": (3, 3)}),
        ("department_id", None, {"department_id/not_null": (3, 3)}),
        ("department_id", "no-such-office", {"department_id/in_set": (3, 3)}),
        ("status", None, {"status/not_null": (3, 3)}),
        ("commitment_id", "same", {"commitment_id/unique": (3, 3)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_column_of_the_commitments_must_hold(
    settings: Settings, calls: Warehouse, column: str, value: str | None, expected: dict[str, tuple[int, int]]
) -> None:
    calls.promise("phone-answer", 3)
    given = "NULL" if value is None else f"'{value}'"
    calls.then(f"UPDATE marts.fct_commitments SET {column} = {given}")
    found = {
        name: (each.evaluated, each.unexpected)
        for (suite, name), each in run(settings, calls).items()
        if suite == "agreement_columns" and each.outcome == "broken"
    }
    assert found == expected


def test_only_the_commitments_that_share_an_id_are_counted_as_not_unique(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 5)
    calls.then("UPDATE marts.fct_commitments SET commitment_id = 'same' WHERE commitment_id < 'phone-answer/2'")
    found = run(settings, calls)["agreement_columns", "commitment_id/unique"]
    assert (found.outcome, found.evaluated, found.unexpected) == ("broken", 5, 2)


def two_versions(calls: Warehouse, first_target: float, second_target: float) -> None:
    """Version 1 of the rule until 30 June, version 2 since."""
    old = rules_of(calls.agency, "phone-answer")[0]
    first = old.model_copy(update={"effective_to": date(2026, 6, 30), "target": first_target})
    second = old.model_copy(update={"version": 2, "effective_from": date(2026, 7, 1), "target": second_target})
    calls.agency = with_rules(calls.agency, "phone-answer", [first, second])


RESULTS = ("agreement_results", "phone-answer")


def test_a_period_is_broken_when_any_version_missed_its_own_target(settings: Settings, calls: Warehouse) -> None:
    two_versions(calls, 0.5, 0.9)
    calls.promise("phone-answer", 99, rule_version=1)
    calls.promise("phone-answer", 8, rule_version=2)
    calls.break_promise("phone-answer", 2, rule_version=2)
    assert run(settings, calls)[RESULTS].outcome == "kept", "the results say broken, and so does the recount"
    calls.then("UPDATE marts.standard_results SET result = 'kept'")
    assert run(settings, calls)[RESULTS].outcome == "broken", "107 of 109 would have reached either target"


def test_what_an_ended_version_still_decides_is_held_against_its_own_target(
    settings: Settings, calls: Warehouse
) -> None:
    two_versions(calls, 0.5, 1.0)
    calls.promise("phone-answer", rule_version=1)
    calls.break_promise("phone-answer", rule_version=1)
    assert run(settings, calls)[RESULTS].outcome == "kept"
    calls.then("UPDATE marts.standard_results SET result = 'broken'")
    assert run(settings, calls)[RESULTS].outcome == "broken", "one of two reaches the 50 % that it opened under"


def test_a_result_at_its_target_to_the_last_one_is_not_broken(settings: Settings, calls: Warehouse) -> None:
    two_versions(calls, 0.55, 0.55)
    calls.promise("phone-answer", 55, rule_version=1)
    calls.break_promise("phone-answer", 45, rule_version=1)
    calls.then("UPDATE marts.standard_results SET result = 'kept'")
    assert run(settings, calls)[RESULTS].outcome == "kept"


def test_a_landed_row_whose_fate_nobody_tells_is_named_by_its_table(settings: Settings, calls: Warehouse) -> None:
    calls.arrive("calls")
    calls.arrive("calls")
    calls.then("UPDATE marts.row_fates SET row_count = 1")
    result = run(settings, calls)["agreement_row_fates", "calls"]
    assert (result.outcome, result.evaluated, result.unexpected) == ("broken", 2, 1)


def test_a_row_under_a_rule_without_a_commitment_is_no_fate(settings: Settings, calls: Warehouse) -> None:
    calls.arrive("calls")
    calls.then("UPDATE marts.row_fates SET fate = 'unjudged'")
    assert run(settings, calls)["agreement_row_fates", "calls"].outcome == "broken"
