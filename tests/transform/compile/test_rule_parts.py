"""A condition of the charter, as the models take it."""

from __future__ import annotations

import pytest

from charter.definitions.models import Comparison, Scalar
from charter.transform.compile.rule_parts import Condition, conditions


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [
        ("voc", Condition("column", "in", ["voc"])),
        (True, Condition("column", "in", [True])),
        (["website", "voc"], Condition("column", "in", ["website", "voc"])),
        (Comparison(not_in=["email"]), Condition("column", "not_in", ["email"])),
        (Comparison(at_least=1), Condition("column", "at_least", [1])),
        (Comparison(at_least=0), Condition("column", "at_least", [0])),
        (Comparison(at_most=365), Condition("column", "at_most", [365])),
        (Comparison(is_null=True), Condition("column", "null")),
        (Comparison(is_null=False), Condition("column", "not_null")),
    ],
)
def test_a_condition_on_a_column(wanted: Scalar | list[Scalar] | Comparison, condition: Condition) -> None:
    assert conditions({"column": wanted}) == [condition]
