"""Kept, broken, nothing due, no data and an error of a check are five different things."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from charter.assertions import run_expectations
from charter.base.errors import CheckError
from charter.base.settings import Settings

from .builders import LAST_DAY, Warehouse, run, small_agency, whole_agency, with_ratings, written_results

DAY, WEEK, YEAR = (("thresholds", f"phone-answer/{kind}") for kind in ("day", "week", "year"))


def test_a_standard_is_kept_when_its_commitments_are_within_the_limit(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 3)
    results = run(settings, calls)
    assert [results[key].outcome for key in (DAY, WEEK, YEAR)] == ["kept"] * 3
    assert (results[DAY].evaluated, results[DAY].unexpected) == (3, 0)


def test_a_standard_is_broken_when_too_many_were_never_fulfilled(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 18)
    calls.break_promise("phone-answer", 2)
    broken = run(settings, calls)[DAY]
    assert (broken.outcome, broken.evaluated, broken.unexpected, broken.error) == ("broken", 20, 2, None)


def test_nothing_is_due_where_nothing_was_decided(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", decided_on=None)
    assert run(settings, calls)[DAY].outcome == "nothing_due"


def test_silence_of_the_source_is_no_data_and_names_the_days(settings: Settings, calls: Warehouse) -> None:
    calls.silence("telephone", LAST_DAY)
    silent = run(settings, calls)[DAY]
    assert (silent.outcome, silent.error) == ("no_data", "telephone 2026-07-05")


def test_one_silent_day_leaves_week_and_year_without_an_answer_but_not_the_day(
    settings: Settings, calls: Warehouse
) -> None:
    calls.promise("phone-answer", 3)
    calls.silence("telephone", date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 3))
    results = run(settings, calls)
    assert [results[key].outcome for key in (DAY, WEEK, YEAR)] == ["kept", "no_data", "no_data"]
    assert results[WEEK].error == "telephone 2026-06-30–2026-07-01, 2026-07-03"


def test_what_is_broken_even_if_all_that_is_missing_was_met_is_broken(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 3, decided_on=LAST_DAY - timedelta(days=1))
    calls.break_promise("phone-answer")
    calls.silence("telephone", LAST_DAY)
    assert run(settings, calls)[DAY].outcome == "broken", "3 of 4 at best"


def test_a_day_that_nobody_wrote_down_is_not_covered(settings: Settings, calls: Warehouse) -> None:
    calls.then(f"DELETE FROM control.feed_days WHERE day = DATE '{LAST_DAY}'")
    assert run(settings, calls)[DAY].outcome == "no_data"


def test_one_silent_source_of_several_is_enough(settings: Settings) -> None:
    replies = Warehouse(small_agency("branch-first-reply", of=with_ratings(whole_agency())))
    replies.promise("branch-first-reply")
    replies.silence("surveys", LAST_DAY)
    silent = run(settings, replies)["thresholds", "branch-first-reply/day"]
    assert (silent.outcome, silent.error) == ("no_data", "surveys 2026-07-05")


def test_days_before_the_charter_came_into_force_are_not_missed(settings: Settings, calls: Warehouse) -> None:
    charter = calls.agency.charter.model_copy(update={"in_force_from": LAST_DAY - timedelta(days=1)})
    calls.agency = calls.agency.model_copy(update={"charter": charter})
    calls.promise("phone-answer")
    results = run(settings, calls)
    assert [results[key].outcome for key in (DAY, WEEK, YEAR)] == ["kept"] * 3
    assert (results[WEEK].period_start, results[YEAR].period_start) == (date(2026, 6, 29), date(2026, 1, 1))


def test_a_check_that_cannot_be_evaluated_is_an_error_and_never_a_breach(settings: Settings, calls: Warehouse) -> None:
    calls.break_promise("phone-answer", 5)
    calls.then("ALTER TABLE marts.fct_commitments RENAME measured_value TO value_measured")
    with pytest.raises(CheckError, match="suite thresholds, expectations phone-answer/day, phone-answer/week"):
        run(settings, calls)
    results = written_results(settings)
    assert results[DAY].outcome == "check_error"
    assert (results[DAY].evaluated, results[DAY].unexpected) == (None, None)
    assert "measured_value" in str(results[DAY].error)
    assert results["agreement_accounting", "phone-answer"].outcome == "kept", "the other checks were finished"
    assert results["contract_sources", "telephone/last_day"].outcome == "kept"


def test_a_landed_file_that_cannot_be_read_is_an_error_of_its_checks_and_of_the_thresholds(
    settings: Settings, calls: Warehouse
) -> None:
    calls.arrive("calls")
    calls.write(settings)
    next(settings.raw_dir.glob("calls/source=*/as_of=*/part-0.parquet")).write_bytes(b"no parquet")
    with pytest.raises(CheckError, match="suite contract_calls") as raised:
        run_expectations(settings, calls.agency, calls.as_of)
    assert str(settings.home) not in str(raised.value)
    results = written_results(settings)
    errors = {suite for (suite, _), each in results.items() if each.outcome == "check_error"}
    # Who counts the lake's rows can't, either; and what stands in doubt there is not known, so that nothing is kept.
    assert errors == {"contract_calls", "agreement_row_fates", "thresholds"}


def test_without_a_word_on_the_sources_nothing_is_said_to_be_kept(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 3)
    calls.then("DROP TABLE control.feed_days")
    with pytest.raises(CheckError):
        run(settings, calls)
    assert written_results(settings)[DAY].outcome == "check_error"


def test_a_commitment_without_a_known_limit_cannot_be_judged(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 3)
    calls.promise("phone-answer", limit_value=None)
    with pytest.raises(CheckError, match="1 commitments of rule version 1 have no comparison or limit"):
        run(settings, calls)
    assert written_results(settings)[DAY].outcome == "check_error"


@pytest.mark.slow
def test_the_whole_charter_is_checked_without_an_error(settings: Settings) -> None:
    kotra = Warehouse(whole_agency())
    for standard in kotra.agency.charter.standards:
        kotra.promise(standard.id, 20)
        kotra.break_promise(standard.id)
    for name, subject in kotra.agency.subjects.items():
        if subject.landed:
            kotra.arrive(name)
    results = run(settings, kotra)
    assert {each.outcome for each in results.values() if each.kind == "threshold"} == {"kept", "broken"}
    rest = {key: each.outcome for key, each in results.items() if each.kind != "threshold"}
    optional = {key for key, outcome in rest.items() if outcome == "nothing_due"}
    assert all("/not_before/" in name or name.endswith(("/in_set", "/at_least_0")) for _, name in optional), optional
    assert {key: outcome for key, outcome in rest.items() if key not in optional and outcome != "kept"} == {}
