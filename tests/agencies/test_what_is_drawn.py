"""The folders that are drawn at random: `charter check` accepts them, and between them they use every form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from charter.definitions import load_agency
from tests.agencies.drawn import draw

SOME = range(40)
MANY = range(200)
# Each form by the place at which charter.yaml or calendar.yaml says it.
FORMS = {
    *(f"kind={kind}" for kind in ("deadline", "lead_time", "occurrence", "level", "coverage", "zero", "measure")),
    *(f"clock={clock}" for clock in ("elapsed", "business_hours", "kr_civil_petition", "working_days", "calendar")),
    *("due", "not_before", "cut_off", "first_day=counted", "ends=closing", "extension", "pauses", "at_most"),
    *("limit.by", "limit.column", "limit.otherwise", "rolling", "per.department", "per.column"),
    *(f"figure.{name}" for name in ("count", "sum", "mean", "median", "percentile", "share", "ratio")),
    *(f"slot={slot}" for slot in ("week", "month", "quarter", "half", "year", "fiscal_year", "term")),
    *("season", "working_day", "offices", "closures.hours", "working_hours.known_on", "hours.holiday"),
    *("periods", "companions", "exclude", "effective_to", "rules.target", "parts.target", "unit=minutes"),
}


@pytest.mark.parametrize("number", SOME)
def test_is_accepted(number: int, tmp_path: Path) -> None:
    draw(number).write(tmp_path / "agency")
    load_agency(tmp_path / "agency")


def test_every_form_is_drawn() -> None:
    said = {form for number in MANY for file in ("charter", "calendar") for form in _forms(draw(number).files[file])}
    assert FORMS - said == set()


def _forms(content: Any, parent: str = "") -> Iterator[str]:
    """Each key that says something, with what it says and below which key."""
    if isinstance(content, dict):
        for key, value in content.items():
            if value not in ([], {}):
                yield from (key, f"{key}={value}", f"{parent}.{key}")
            yield from _forms(value, key)
    elif isinstance(content, list):
        for each in content:
            yield from _forms(each, parent)
