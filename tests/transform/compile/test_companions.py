"""The figures beside a standard, as the models take them."""

from __future__ import annotations

from charter.definitions import Agency
from charter.transform.compile.companions import compile_companions
from charter.transform.compile.rule_parts import ColumnRef, Condition


def test_companions_count_a_share_or_add_up_values(agency: Agency) -> None:
    companions = {each.companion: each for each in compile_companions(agency)}
    assert companions["response-rate"].numerator == [Condition("rated_at", "not_null")]
    assert companions["mean-rating"].sum_of == "rating_score"
    assert companions["mean-rating"].on == ColumnRef("rated_at", "instant")
    assert companions["first-contact"].model == "stg_call_reviews"
