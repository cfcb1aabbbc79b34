"""What a source owes: keys, known codes and departments, sane numbers, ends after beginnings, a sum that adds up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from charter.base.settings import Settings

from .builders import AS_OF, LAST_DAY, Warehouse, run, small_agency


def broken(settings: Settings, warehouse: Warehouse) -> dict[str, tuple[int | None, int | None]]:
    """Evaluated and unexpected of the contract checks that are broken, by ``table: expectation``."""
    return {
        f"{suite.removeprefix('contract_')}: {name}": (each.evaluated, each.unexpected)
        for (suite, name), each in run(settings, warehouse).items()
        if each.kind == "contract" and each.outcome == "broken"
    }


def test_rows_in_order_keep_the_contract(settings: Settings, calls: Warehouse) -> None:
    calls.arrive("calls")
    calls.arrive("calls", answered_at=datetime(2026, 7, 1), outcome="answered")
    results = run(settings, calls)
    assert {each.outcome for (suite, _), each in results.items() if suite == "contract_calls"} == {"kept"}
    unique = results["contract_calls", "call_id/unique"]
    assert (unique.table_name, unique.source_id, unique.severity) == ("raw.calls", "telephone", "critical")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"call_id": "call_id-0"}, {"calls: call_id/unique": (2, 2)}),
        ({"call_id": None}, {"calls: call_id/not_null": (2, 1)}),
        ({"rang_at": None}, {"calls: rang_at/not_null": (2, 1)}),
        ({"direction": "sideways"}, {"calls: direction/in_set": (2, 1)}),
        ({"department_id": "무역관"}, {"calls: department_id/in_set": (2, 1)}),
        ({"answered_at": datetime(2026, 6, 30)}, {"calls: answered_at/not_before/rang_at": (1, 1)}),
        ({"ended_at": datetime(2026, 6, 30)}, {"calls: ended_at/not_before/rang_at": (2, 1)}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_row_that_breaks_the_contract_is_a_result(
    settings: Settings, calls: Warehouse, values: dict[str, Any], expected: dict[str, tuple[int, int]]
) -> None:
    calls.arrive("calls")
    calls.arrive("calls", **values)
    assert broken(settings, calls) == expected


def test_numbers_are_not_below_zero_and_appointments_end_after_they_begin(settings: Settings) -> None:
    registers = Warehouse(small_agency("branch-staff-training", "invest-one-stop"))
    registers.arrive("trainings", customer_meetings=-1)
    registers.arrive("secondments", to_on=date(2026, 6, 30))
    assert broken(settings, registers) == {
        "trainings: customer_meetings/at_least_0": (1, 1),
        "secondments: to_on/not_before/from_on": (1, 1),
    }


def test_rows_that_went_missing_between_arrival_and_landing_are_found(settings: Settings, calls: Warehouse) -> None:
    calls.then(f"UPDATE marts.source_status SET landed = landed - 1 WHERE day = DATE '{LAST_DAY}'")
    assert broken(settings, calls) == {"sources: telephone/adds_up": (186, 1)}


def test_rows_that_were_read_and_ended_in_no_state_are_found(settings: Settings, calls: Warehouse) -> None:
    calls.then(f"UPDATE marts.source_status SET read = read + 1 WHERE day = DATE '{LAST_DAY}'")
    assert broken(settings, calls) == {"sources: telephone/adds_up": (186, 1)}


def test_deletions_that_were_withheld_are_a_warning_until_somebody_settles_them(
    settings: Settings, calls: Warehouse
) -> None:
    calls.then(f"UPDATE marts.source_status SET withheld = 40 WHERE day = DATE '{LAST_DAY}'")
    assert broken(settings, calls) == {"sources: telephone/withheld": (186, 1)}
    assert run(settings, calls)["contract_sources", "telephone/withheld"].severity == "warning"


def test_a_source_that_did_not_speak_on_the_last_day_is_no_data_not_broken(
    settings: Settings, calls: Warehouse
) -> None:
    calls.silence("telephone", LAST_DAY)
    results = run(settings, calls)
    silent = results["contract_sources", "telephone/last_day"]
    assert (silent.outcome, silent.error) == ("no_data", "telephone 2026-07-05")
    assert (silent.period_kind, silent.period_end) == ("day", LAST_DAY)
    assert results["contract_calls", "call_id/unique"].outcome == "no_data", "an empty table of a silent source"


def test_an_empty_table_of_a_source_that_spoke_has_nothing_due(settings: Settings, calls: Warehouse) -> None:
    assert run(settings, calls)["contract_calls", "call_id/unique"].outcome == "nothing_due"


def test_rows_on_hand_are_judged_while_their_source_is_silent(settings: Settings, calls: Warehouse) -> None:
    calls.arrive("calls")
    calls.silence("telephone", LAST_DAY)
    assert run(settings, calls)["contract_calls", "call_id/unique"].outcome == "kept"


def test_a_night_looks_at_what_arrived_since_the_night_before(settings: Settings, calls: Warehouse) -> None:
    calls.arrive("calls", direction="sideways")
    assert broken(settings, calls) == {"calls: direction/in_set": (1, 1)}
    calls.as_of = AS_OF + timedelta(days=1)
    calls.arrive("calls")
    results = run(settings, calls)
    assert {
        name: (each.evaluated, each.outcome) for (suite, name), each in results.items() if suite == "contract_calls"
    }["direction/in_set"] == (1, "kept")


def test_the_same_night_again_looks_at_the_same_rows(settings: Settings, calls: Warehouse) -> None:
    calls.arrive("calls")
    first = run(settings, calls)["contract_calls", "call_id/unique"]
    assert run(settings, calls)["contract_calls", "call_id/unique"] == first
    assert first.evaluated == 1


def test_rows_of_a_night_that_was_not_judged_are_judged_by_the_next(settings: Settings, calls: Warehouse) -> None:
    run(settings, calls)
    calls.as_of = AS_OF + timedelta(days=2)
    calls.arrive("calls", _known_at=datetime(2026, 7, 6, 15), direction="sideways")
    assert broken(settings, calls) == {"calls: direction/in_set": (1, 1)}
