"""Schedules in cron's form: what Airflow can read, and what it would stumble over."""

from __future__ import annotations

import pytest

from charter.base.cron import is_cron


@pytest.mark.parametrize(
    "text", ["0 7 * * MON", "30 7 * * *", "*/5 8-18 * * mon-fri", "0 7 1,15 * *", "0 7 L JAN-MAR 7", "0 0-23/2 31 12 0"]
)
def test_a_schedule_of_five_fields_is_read(text: str) -> None:
    assert is_cron(text)


@pytest.mark.parametrize(
    "text",
    [
        *("every morning", "", "0 7 * *", "0 7 * * * *", "0  7 * * *", 7, None),
        *("60 7 * * *", "0 24 * * *", "0 7 0 * *", "0 7 * 13 *", "0 7 * * 8"),
        *("0 7 * * FOO", "0 7 * MON *", "*/0 7 * * *", "0 7 , * *"),
    ],
)
def test_what_names_no_time_is_no_schedule(text: object) -> None:
    assert not is_cron(text)
