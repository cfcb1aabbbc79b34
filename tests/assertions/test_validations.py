"""Great Expectations' own results are kept of every night: whole, small, the same each time, and without values."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult

from charter.assertions.failing import MOST_CASES
from charter.assertions.suites import Check, SuiteDefinition
from charter.assertions.validations import not_validated, read_validations, validations_path
from charter.base.errors import CheckError
from charter.base.settings import Settings

from .builders import AS_OF, Warehouse, run


def of_suite(settings: Settings, name: str) -> dict[str, Any]:
    return next(each for each in read_validations(settings, AS_OF) if each["suite_name"] == name)


def test_every_check_of_the_night_is_in_the_file_with_its_counts(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 3)
    found = run(settings, calls)
    kept = {
        (suite["suite_name"], each["expectation_config"]["meta"]["name"]): each
        for suite in read_validations(settings, AS_OF)
        for each in suite["results"]
    }
    assert kept.keys() == found.keys()
    counted = kept["thresholds", "phone-answer/year"]["result"]
    assert (counted["element_count"], counted["unexpected_count"]) == (3, 0)


def test_great_expectations_reads_what_is_kept(settings: Settings, calls: Warehouse) -> None:
    run(settings, calls)
    content = of_suite(settings, "thresholds")
    results = [ExpectationValidationResult(**each) for each in content.pop("results")]
    validation = ExpectationSuiteValidationResult(results=results, **content)
    assert validation.success
    assert len(validation.results) == len(results) > 0


def test_the_same_night_gives_the_same_file_and_it_is_small(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 3)
    run(settings, calls)
    before = validations_path(settings, AS_OF).read_bytes()
    run(settings, calls)
    assert validations_path(settings, AS_OF).read_bytes() == before
    assert len(before) < len(gzip.decompress(before)) / 4
    assert str(settings.var_dir) not in gzip.decompress(before).decode()


def test_a_value_of_a_row_is_in_no_result_and_the_row_is_named_by_its_key(settings: Settings, calls: Warehouse) -> None:
    calls.arrive("calls", call_id="C-7", direction="kim@example.org")
    calls.arrive("calls", call_id="C-8")
    broken = run(settings, calls)["contract_calls", "direction/in_set"]
    assert (broken.outcome, broken.unexpected, broken.failing_ids) == ("broken", 1, ("C-7",))
    assert "kim@example.org" not in gzip.decompress(validations_path(settings, AS_OF).read_bytes()).decode()


def test_a_broken_threshold_names_the_first_of_its_breached_commitments(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 3)
    for _ in range(MOST_CASES + 3):
        calls.break_promise("phone-answer")
    found = run(settings, calls)
    broken = found["thresholds", "phone-answer/year"]
    assert broken.unexpected == MOST_CASES + 3
    assert len(broken.failing_ids or ()) == MOST_CASES
    assert found["agreement_status", "phone-answer"].failing_ids is None, "it is kept"


def test_an_error_is_kept_without_what_it_quotes(settings: Settings, calls: Warehouse) -> None:
    calls.then("ALTER TABLE marts.fct_commitments RENAME COLUMN measured_value TO measured")
    with pytest.raises(CheckError):
        run(settings, calls)
    raised = [each["exception_info"] for each in of_suite(settings, "thresholds")["results"]]
    assert all(each["raised_exception"] and each["exception_traceback"] is None for each in raised)
    assert all("Binder Error" in each["exception_message"] for each in raised)


def test_a_suite_that_could_not_be_validated_at_all_is_in_no_result_a_success() -> None:
    check = Check("id/unique", "expect_column_values_to_be_unique", {"column": "id"}, "id: unique")
    suite = SuiteDefinition("agency", "contract_calls", "contract", "", (check,), table="raw.calls")
    kept = not_validated(suite, "IO Error")
    assert (kept["success"], kept["statistics"]["unsuccessful_expectations"]) == (False, 1)
    assert kept["results"][0]["exception_info"]["exception_message"] == "IO Error"


def test_a_night_that_is_not_kept_or_damaged_is_named(settings: Settings, calls: Warehouse) -> None:
    with pytest.raises(CheckError, match=r"(?s)no validation of the night 20260705T150000Z is kept.*none is kept"):
        read_validations(settings, AS_OF)
    run(settings, calls)
    path = validations_path(settings, AS_OF)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CheckError, match="cannot be read"):
        read_validations(settings, AS_OF)


def test_the_file_is_plain_lines_of_json(settings: Settings, calls: Warehouse) -> None:
    run(settings, calls)
    lines = gzip.decompress(validations_path(settings, AS_OF).read_bytes()).decode().splitlines()
    assert [json.loads(line)["meta"]["night"]["as_of"] for line in lines] == ["20260705T150000Z"] * len(lines)
