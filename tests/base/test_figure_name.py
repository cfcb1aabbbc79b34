"""A figure's name: what is printed is what can be typed, and nothing else is taken for one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.base.errors import SettingError
from charter.base.figure_name import (
    FigureName,
    NamedPeriod,
    figure_name,
    is_figure_name,
    name_of_period,
    parse_figure_name,
    parse_named_period,
)
from charter.base.moments import Period, parse_week

WEEK = parse_week("2026-W27")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        (figure_name(WEEK, "phone-answer", "voc-team"), "2026-W27/phone-answer/voc-team"),
        (figure_name(WEEK, "phone-answer", None), "2026-W27/phone-answer"),
        (figure_name(WEEK, "phone-answer", "voc-team", revision=2), "2026-W27r2/phone-answer/voc-team"),
        (figure_name(WEEK, "first-reply", "voc-team", part="written"), "2026-W27/first-reply.written/voc-team"),
        (figure_name(Period("quarter", date(2026, 4, 1), date(2026, 6, 30)), "survey", None), "2026-Q2/survey"),
        (figure_name(Period("month", date(2026, 7, 1), date(2026, 7, 31)), "survey", None), "2026-07/survey"),
        (figure_name(Period("year", date(2026, 1, 1), date(2026, 7, 5)), "survey", None), "2026/survey"),
        (figure_name(Period("day", date(2026, 7, 5), date(2026, 7, 5)), "survey", None), "2026-07-05/survey"),
        (figure_name(Period("fiscal_year", date(2026, 4, 1), date(2026, 7, 5)), "x", None), "FY2026-04-01/x"),
        (figure_name(Period("rolling_year", date(2025, 7, 6), date(2026, 7, 5)), "x", None), "RY2025-07-06/x"),
    ],
)
def test_a_figure_is_printed_under_a_name_that_reads_back_as_itself(name: FigureName, printed: str) -> None:
    assert str(name) == printed
    assert parse_figure_name(printed) == name


def test_the_year_may_be_left_out_and_the_period_typed_in_small_letters() -> None:
    assert parse_figure_name("w27R2/phone-answer/voc-team") == FigureName(
        NamedPeriod("week", None, 27), "phone-answer", "voc-team", revision=2
    )
    assert str(parse_figure_name("q2/survey")) == "Q2/survey"
    assert parse_figure_name("FY2026/survey").period == NamedPeriod("fiscal_year", 2026)


@pytest.mark.parametrize(
    "text",
    [
        "phone-answer",
        "2026-W27",
        "2026-W54/phone-answer",
        "2025-W53/phone-answer",
        "2026-13/phone-answer",
        "2026-02-30/phone-answer",
        "2026-Q5/survey",
        "2026-W27r0/survey",
        "2026-W27/Phone/voc-team",
        "2026-W27/phone-answer/voc-team/x",
        "2026-W27/phone-answer/",
        "",
    ],
)
def test_what_names_no_figure_is_refused_with_the_way_to_write_it(text: str) -> None:
    assert not is_figure_name(text)
    with pytest.raises(SettingError) as refused:
        parse_figure_name(text)
    assert refused.value.problems[0].remedy


@given(st.dates(date(1970, 1, 1), date(2999, 12, 31)), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_every_period_of_the_warehouse_is_found_again_by_its_name(day: date, kind: str) -> None:
    start = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1),
        "year": day.replace(month=1, day=1),
    }[kind]
    named = name_of_period(Period(kind, start, day))
    assert parse_named_period(str(named)) == named
    assert named.start() == start
