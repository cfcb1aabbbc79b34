"""An error's text says what to mend and never quotes the data."""

from __future__ import annotations

import pytest

from charter.assertions.faults import fault_text, raised_fault


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (
            '(_duckdb.BinderException) Binder Error: Referenced column "valu" not found in FROM clause!\nLINE 1: …',
            'Binder Error: Referenced column "valu" not found in FROM clause!',
        ),
        (
            "Catalog Error: Table with name stg_calls does not exist!",
            "Catalog Error: Table with name stg_calls does not exist!",
        ),
        (
            "Binder Error: Cannot compare 'kim@example.org' with a number",
            "Binder Error: Cannot compare '…' with a number",
        ),
        ("Conversion Error: Could not convert string 'kim@example.org' to INT64", "Conversion Error"),
        ('Invalid Input Error: malformed "010-1234-5678"', "Invalid Input Error"),
        ("010-1234-5678 is odd", "an error whose message cannot be kept"),
    ],
)
def test_only_what_speaks_of_query_and_schema_is_kept(message: str, kept: str) -> None:
    assert fault_text(message) == kept


def test_an_error_of_one_of_several_metrics_is_an_error_of_the_check() -> None:
    fine = {"raised_exception": False, "exception_message": None, "exception_traceback": None}
    raised = {"raised_exception": True, "exception_message": "Parser Error: at end", "exception_traceback": "…"}
    assert raised_fault(fine) is None
    assert raised_fault({"a metric": fine, "another": raised}) == "Parser Error: at end"
    assert raised_fault(raised) == "Parser Error: at end"
