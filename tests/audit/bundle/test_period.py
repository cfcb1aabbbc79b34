"""The period of a bundle, by its name."""

from __future__ import annotations

from datetime import date

import pytest

from charter.audit.bundle.period import parse_bundle_period
from charter.base.errors import SettingError


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026-q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-W27", date(2026, 6, 29), date(2026, 7, 5)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-07-05", date(2026, 7, 5), date(2026, 7, 5)),
    ],
)
def test_the_days_that_a_period_has(text: str, first: date, last: date) -> None:
    period = parse_bundle_period(text)
    assert (period.first, period.last) == (first, last)


@pytest.mark.parametrize("text", ["Q2", "W27", "FY2026", "last week", "2026-Q5", ""])
def test_a_period_without_its_days_is_refused(text: str) -> None:
    with pytest.raises(SettingError):
        parse_bundle_period(text)
