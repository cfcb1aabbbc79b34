"""A threshold is judged on measured values, exactly at its edges, by the rule each commitment was opened under."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.assertions.judge import Finding, opened_judge
from charter.assertions.night import periods_until
from charter.assertions.queries import Parameters, render_query
from charter.assertions.threshold import threshold_suite
from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions.models.hours import DayOfYear
from charter.transform.doubt.doubted_case import DoubtedCase
from tests.effort import examples

from .builders import (
    AS_OF,
    LAST_DAY,
    OFFICER,
    WORDS,
    Warehouse,
    comparison_of,
    rules_of,
    run,
    settings_in,
    small_agency,
    with_rules,
)

DAY, WEEK, YEAR = (("thresholds", f"phone-answer/{kind}") for kind in ("day", "week", "year"))


@pytest.mark.parametrize(
    ("within", "beyond", "outcome"), [(19, 1, "kept"), (18, 1, "broken"), (38, 2, "kept"), (37, 2, "broken")]
)
def test_a_target_of_95_in_100_holds_to_the_last_one(
    settings: Settings, calls: Warehouse, within: int, beyond: int, outcome: str
) -> None:
    calls.promise("phone-answer", within)
    calls.break_promise("phone-answer", beyond)
    assert run(settings, calls)[DAY].outcome == outcome


def test_every_comparison_at_its_limit(settings: Settings) -> None:
    limits = Warehouse(small_agency("phone-answer", "branch-first-reply", "invest-one-stop", "info-confidentiality"))
    values = {
        "phone-answer": ("<", 8.999, 9.0),
        "branch-first-reply": ("<=", 9.0, 9.001),
        "invest-one-stop": (">=", 9.0, 8.999),
        "info-confidentiality": ("<=", 9.0, 9.001),
    }
    for standard_id, (comparison, holds, fails) in values.items():
        assert comparison_of(rules_of(limits.agency, standard_id)[0].parts[0]) == comparison
        limits.promise(standard_id, measured_value=holds, limit_value=9.0)
        limits.break_promise(standard_id, measured_value=fails, limit_value=9.0)
    results = run(settings, limits)
    for standard_id in values:
        found = results["thresholds", f"{standard_id}/day"]
        assert (found.evaluated, found.unexpected) == (2, 1), standard_id
        assert results["agreement_status", standard_id].outcome == "kept", standard_id


def test_the_status_is_not_believed(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", status="met", measured_value=90.0)
    assert run(settings, calls)[DAY].outcome == "broken"


@pytest.mark.parametrize(("early", "outcome"), [(1, "kept"), (2, "no_data")])
def test_no_answer_dated_more_than_a_day_before_its_opening_is_counted_on(
    settings: Settings, calls: Warehouse, early: int, outcome: str
) -> None:
    opened = naive_utc(AS_OF) - timedelta(hours=3)
    calls.promise("phone-answer", 20 - early, opened_at=opened, fulfilled_at=opened - timedelta(hours=24))
    calls.promise("phone-answer", early, opened_at=opened, fulfilled_at=opened - timedelta(hours=24, seconds=1))
    assert run(settings, calls)[DAY].outcome == outcome, "19 of 20 are enough"


@pytest.mark.parametrize(("unknown", "outcome"), [(1, "kept"), (2, "no_data")])
def test_a_row_without_its_limit_may_be_kept_or_broken(
    settings: Settings, calls: Warehouse, unknown: int, outcome: str
) -> None:
    calls.promise("phone-answer", 20 - unknown)
    calls.promise(
        "phone-answer", unknown, status="pending", due_basis="no_limit", due_at=None, decided_at=None, decided_on=None,
        measured_value=None, limit_value=None, opened_on=LAST_DAY,
    )  # fmt: skip
    assert run(settings, calls)[DAY].outcome == outcome, "19 of 20 are enough"


def test_a_window_is_held_against_both_its_ends(settings: Settings, calls: Warehouse) -> None:
    """One before the window, one at each of its ends, and one after it."""
    calls.then("update marts.dim_rule_part set comparison = 'within'")
    for measured in (3.999, 4.0, 10.0, 10.001):
        calls.promise("phone-answer", measured_value=measured, lower_limit_value=4.0, limit_value=10.0)
    found = run(settings, calls)[DAY]
    assert (found.evaluated, found.unexpected) == (4, 2)


def test_what_a_rule_took_out_is_not_counted(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer")
    calls.promise("phone-answer", 9, status="excluded", exclusion_rule="abandoned-within-limit", measured_value=None)
    found = run(settings, calls)[DAY]
    assert (found.evaluated, found.outcome) == (1, "kept")


def test_a_commitment_counts_in_the_periods_in_which_it_was_decided(settings: Settings, calls: Warehouse) -> None:
    monday, sunday_before = date(2026, 6, 29), date(2026, 6, 28)
    for day in (LAST_DAY, monday, sunday_before, date(2026, 1, 1)):
        calls.promise("phone-answer", decided_on=day)
    results = run(settings, calls)
    assert [results[key].evaluated for key in (DAY, WEEK, YEAR)] == [1, 2, 4]
    assert [(results[key].period_start, results[key].period_end) for key in (DAY, WEEK, YEAR)] == [
        (LAST_DAY, LAST_DAY),
        (monday, LAST_DAY),
        (date(2026, 1, 1), LAST_DAY),
    ]


@pytest.mark.parametrize(
    ("last_day", "month", "quarter", "fiscal_year", "rolling_year"),
    [
        ("2024-02-28", "2024-02-01", "2024-01-01", "2023-03-16", "2023-03-01"),
        ("2024-02-29", "2024-02-01", "2024-01-01", "2023-03-16", "2023-03-01"),
        ("2025-03-15", "2025-03-01", "2025-01-01", "2024-03-16", "2024-03-16"),
        ("2025-03-16", "2025-03-01", "2025-01-01", "2025-03-16", "2024-03-17"),
        ("2026-12-31", "2026-12-01", "2026-10-01", "2026-03-16", "2026-01-01"),
    ],
)
def test_periods_to_date_begin(last_day: str, month: str, quarter: str, fiscal_year: str, rolling_year: str) -> None:
    periods = {"month", "quarter", "fiscal_year", "rolling_year"}
    charter = AGENCY.charter.model_copy(update={"periods": sorted(periods)})
    calendar = AGENCY.calendar.model_copy(update={"fiscal_year_starts": DayOfYear(3, 16)})
    agency = AGENCY.model_copy(update={"charter": charter, "calendar": calendar})
    found = periods_until(date.fromisoformat(last_day), agency)
    assert {kind: str(each.start) for kind, each in found.items() if kind in periods} == {
        "month": month,
        "quarter": quarter,
        "fiscal_year": fiscal_year,
        "rolling_year": rolling_year,
    }


def test_each_rule_version_must_reach_its_own_target(settings: Settings, calls: Warehouse) -> None:
    old = rules_of(calls.agency, "phone-answer")[0]
    first = old.model_copy(update={"effective_to": date(2026, 6, 30), "target": 0.5})
    second = old.model_copy(update={"version": 2, "effective_from": date(2026, 7, 1), "target": 0.9})
    calls.agency = with_rules(calls.agency, "phone-answer", [first, second])
    calls.promise("phone-answer", 1, rule_version=1)
    calls.break_promise("phone-answer", 1, rule_version=1)
    calls.promise("phone-answer", 9, rule_version=2)
    calls.break_promise("phone-answer", 1, rule_version=2)
    kept = run(settings, calls)[DAY]
    assert (kept.outcome, kept.evaluated, kept.unexpected) == ("kept", 12, 2)
    calls.break_promise("phone-answer", 1, rule_version=2)
    assert run(settings, calls)[DAY].outcome == "broken"


AGENCY = small_agency("phone-answer", "branch-first-reply", "invest-one-stop", "visit-comfort")
TARGETS = {standard.id: rules_of(AGENCY, standard.id)[0].target for standard in AGENCY.charter.standards}
HOLDS = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">=": lambda value, limit: value >= limit,
}

commitments = st.lists(
    st.fixed_dictionaries(
        {
            "standard_id": st.sampled_from(sorted(TARGETS)),
            "decided_on": st.sampled_from(
                [None, *(LAST_DAY - timedelta(days=back) for back in (0, 1, 6, 7, 185, 186))]
            ),
            "measured_value": st.one_of(st.none(), st.sampled_from([9.0, 9.5, 10.0, 10.5])),
            "exclusion_rule": st.sampled_from([None, None, None, "spam"]),
            "times": st.integers(min_value=1, max_value=25),
        }
    ),
    max_size=25,
)


SILENT_DAY = LAST_DAY - timedelta(days=2)


def by_hand(given_commitments: list[dict[str, Any]], refused: int, silent: bool) -> dict[str, Finding]:
    """The same judgement in plain Python: no SQL, no Great Expectations.

    ``refused`` rows of LAST_DAY may each be one more commitment of every standard; with ``silent`` nobody heard of
    SILENT_DAY.
    """
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    by_day: dict[tuple[str, date], int] = defaultdict(int)
    for each in given_commitments:
        comparison = comparison_of(rules_of(AGENCY, each["standard_id"])[0].parts[0])
        value = each["measured_value"]
        fails = value is None or not HOLDS[comparison](value, 10.0)
        day = each["decided_on"]
        if each["exclusion_rule"] is None and day is not None:
            by_day[each["standard_id"], day] += each["times"]
            for kind, period in periods_until(LAST_DAY, AGENCY).items():
                if period.start <= day <= period.end:
                    counts[each["standard_id"], kind][0] += each["times"]
                    counts[each["standard_id"], kind][1] += each["times"] if fails else 0
    found = {}
    for standard_id, target in TARGETS.items():
        before = [
            number
            for (standard, day), number in by_day.items()
            if standard == standard_id and timedelta(0) < SILENT_DAY - day <= timedelta(days=91)
        ]
        for kind, period in periods_until(LAST_DAY, AGENCY).items():
            evaluated, unexpected = counts[standard_id, kind]
            missing = max(before, default=None) if silent and period.start <= SILENT_DAY else 0
            share = Fraction(str(target))
            if missing is None:
                possible, certain = share < 1 or unexpected == 0, False
            else:
                everything = evaluated + refused + missing
                possible = everything - unexpected >= share * everything
                certain = evaluated - unexpected >= share * everything
            found[f"{standard_id}/{kind}"] = Finding(evaluated, unexpected, possible, certain)
    return found


@pytest.mark.slow
@effort(max_examples=examples(10, 30), deadline=None)
@given(commitments, st.integers(min_value=0, max_value=3), st.booleans())
def test_great_expectations_judges_as_one_would_by_hand(
    given_commitments: list[dict[str, Any]], refused: int, silent: bool
) -> None:
    warehouse = Warehouse(AGENCY)
    for each in given_commitments:
        values = {name: value for name, value in each.items() if name not in ("standard_id", "times")}
        warehouse.promise(each["standard_id"], each["times"], **values)
    periods = tuple(periods_until(LAST_DAY, AGENCY).values())
    rules = {standard.id: rules_of(AGENCY, standard.id)[0] for standard in AGENCY.charter.standards}
    parameters = Parameters(
        AS_OF,
        LAST_DAY,
        periods,
        judged_until=(("phone-answer", None),),
        sources=("telephone",),
        departments=(),
        # every one as a promise to somebody: days of a level are counted in test_bounds
        rules=tuple((standard_id, rule.version, "deadline", None) for standard_id, rule in rules.items()),
        silent=tuple((standard_id, 1, SILENT_DAY, None) for standard_id in TARGETS) if silent else (),
        doubted=tuple(
            DoubtedCase(f"{number}", standard_id, 1, f"new {number}", OFFICER, False, False, 1, LAST_DAY, LAST_DAY, 1)
            for standard_id in TARGETS
            for number in range(refused)
        ),
        zone="Asia/Seoul",
    )
    with TemporaryDirectory() as folder:
        settings = settings_in(Path(folder))
        warehouse.write(settings)
        with opened_judge(settings.work_warehouse) as judge:
            found = judge.evaluate(threshold_suite(AGENCY, WORDS), render_query("thresholds", parameters)).found
    assert found == by_hand(given_commitments, refused, silent)
