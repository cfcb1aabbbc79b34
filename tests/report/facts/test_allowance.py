"""How many more breaches the year can bear: exact, at the present volume, and never more by damage."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.report.facts.allowance import allowance, duty_state, is_nearly_used_up
from charter.report.facts.department_week import whole_week
from charter.report.facts.models import Allowance
from charter.report.facts.rates import Components, Ends
from charter.report.facts.tables import load_week

from ..builders import Scenario

NEW_YEAR, MID_YEAR = date(2026, 1, 1), date(2026, 7, 1)


def borne(met: int, breached: int, target: float = 0.95, last: date = MID_YEAR, ends: Ends | None = None) -> Allowance:
    found = allowance(Components(met=met, breached=breached), ends, target, NEW_YEAR, last)
    assert found is not None
    return found


def test_the_year_bears_its_share_of_what_it_will_decide() -> None:
    """1,820 in 182 days are 3,650 in 365; of these 182 may be breached, and 100 are."""
    found = borne(1720, 100)
    assert (found.projected, found.bearable, found.left) == (3650, 182, 82)
    # 100 in 182 days: the 82 left last 149 days more.
    assert found.used_up_on == MID_YEAR + timedelta(days=149)


def test_what_lasts_the_year_is_never_used_up() -> None:
    assert borne(1790, 30).used_up_on is None


def test_what_is_used_up_says_by_how_many() -> None:
    found = borne(1500, 320)
    assert (found.left, found.used_up_on) == (-138, None)


def test_a_target_is_exact() -> None:
    """Of 20 in a year that is over, 1 may be breached at 95 %; 0.95 as a binary fraction would bear none."""
    assert borne(19, 1, last=date(2026, 12, 31)).left == 0
    assert borne(18, 2, last=date(2026, 12, 31)).left == -1


def test_a_target_of_all_bears_nothing_and_has_no_allowance() -> None:
    assert allowance(Components(met=5), None, 1.0, NEW_YEAR, MID_YEAR) is None
    assert allowance(Components(), None, 0.95, NEW_YEAR, MID_YEAR) is None


def test_what_is_not_known_counts_as_breached() -> None:
    ends = Ends(met_at_least=1720, breached_at_most=140, met_at_most=1760, breached_at_least=100)
    found = borne(1720, 100, ends=ends)
    # Forty more that may have been decided make room for two.
    assert (found.unknown, found.bearable, found.left) == (40, 184, 44)


def test_what_was_decided_and_is_in_doubt_counts_as_breached_too() -> None:
    """The figures that are told add up to what is left."""
    ends = Ends(met_at_least=1718, breached_at_most=142, met_at_most=1760, breached_at_least=98)
    found = borne(1720, 100, ends=ends)
    assert (found.projected, found.bearable, found.unknown, found.left) == (3690, 184, 42, 42)
    assert found.left == found.bearable - found.breached - (found.unknown or 0)


def test_without_a_bound_nothing_can_be_told() -> None:
    ends = Ends(met_at_least=1720, breached_at_most=None, met_at_most=None, breached_at_least=100)
    assert (borne(1720, 100, ends=ends).left, borne(1720, 100, ends=ends).used_up_on) == (None, None)


counts = st.integers(0, 3000)
targets = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
days = st.integers(0, 364).map(lambda at: NEW_YEAR + timedelta(days=at))


@given(counts, counts, targets, days)
def test_what_is_left_keeps_the_target_and_no_more(met: int, breached: int, target: float, last: date) -> None:
    found = allowance(Components(met=met, breached=breached), None, target, NEW_YEAR, last)
    if found is None or found.left is None:
        return
    kept = found.projected - breached - found.left
    assert kept >= Fraction(str(target)) * found.projected
    assert kept - 1 < Fraction(str(target)) * found.projected


@given(counts, counts, targets, days, st.integers(0, 50))
def test_damage_never_leaves_more(met: int, breached: int, target: float, last: date, lost: int) -> None:
    """``lost`` of the kept rows become unreadable."""
    lost = min(lost, met)
    whole = allowance(Components(met=met, breached=breached), None, target, NEW_YEAR, last)
    ends = Ends(met_at_least=met - lost, breached_at_most=breached + lost, met_at_most=met, breached_at_least=breached)
    damaged = allowance(Components(met=met - lost, breached=breached), ends, target, NEW_YEAR, last)
    if whole is None or damaged is None:
        return
    assert damaged.left is not None and whole.left is not None
    assert damaged.left <= whole.left


@given(counts, st.integers(1, 500), targets, days)
def test_it_is_used_up_within_the_days_that_are_left(met: int, breached: int, target: float, last: date) -> None:
    found = borne(met, breached, target, last)
    if found.used_up_on is not None:
        assert found.left is not None and found.left > 0
        assert last <= found.used_up_on <= date(2026, 12, 31)


@pytest.mark.parametrize(
    ("left", "used_up_on", "expected"),
    [
        (25, date(2026, 8, 30), True),
        (25, date(2026, 10, 30), False),
        (25, None, False),
        (0, None, True),
        (-1, None, False),
        (None, None, False),
    ],
)
def test_what_the_year_can_bear_is_nearly_used_up_two_months_before(
    left: int | None, used_up_on: date | None, expected: bool
) -> None:
    found = Allowance(projected=2000, bearable=100, breached=75, unknown=0, left=left, used_up_on=used_up_on)
    assert is_nearly_used_up(found, date(2026, 7, 5)) is expected


def test_a_small_volume_that_can_bear_none_is_not_used_up() -> None:
    found = Allowance(projected=15, bearable=0, breached=0, unknown=0, left=0, used_up_on=None)
    assert not is_nearly_used_up(found, date(2026, 7, 5))


@pytest.mark.parametrize(
    ("status", "in_days", "expected"),
    [
        ("met", -10, "done"),
        ("breached", -10, "missed"),
        ("pending", -1, "no_data"),
        ("pending", 20, "at_risk"),
        ("pending", 60, "due"),
    ],
)
def test_a_duty_is_done_missed_at_risk_or_due(status: str, in_days: int, expected: str) -> None:
    as_of = datetime(2026, 7, 5, 15, tzinfo=UTC)
    assert duty_state(status, as_of + timedelta(days=in_days), as_of) == expected


def test_a_slot_can_be_kept_until_its_last_day(empty: Scenario) -> None:
    opened, due = "2026-07-01 00:00", "2026-07-31 24:00"
    empty.commitment("branch-recruitment", "branch-team", "2026-07", "pending", opened=opened, due=due)
    duties = whole_week(load_week(empty.build().settings, empty.agency, empty.as_of)).whole.duties
    found = [(duty.subject_id, duty.last_day, duty.state) for duty in duties]
    assert found == [("2026-07", date(2026, 7, 31), "at_risk")]
