"""The shipped charters say how far a plan may lie ahead: what is dated ten years later is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.definitions import load_agency
from charter.definitions.models import Agency
from charter.definitions.waivers import WAIVERS
from charter.transform.compile.rules import compile_rules

CHARTERS = Path(__file__).parents[2] / "charters"


def planned_columns(agency: Agency) -> set[tuple[str, str]]:
    """The tables and columns of the events that lead times announce, and of the days of waivers."""
    found = {(WAIVERS, "from_on"), (WAIVERS, "to_on")}
    for part in compile_rules(agency):
        if part.kind == "lead_time" and part.event is not None:
            found.add((part.subject_table, part.event.name))
    return found


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CHARTERS.glob("*/charter.yaml")))
def test_a_plan_reaches_a_year_beyond_the_calendar_at_most(name: str) -> None:
    """Whoever freezes a further year of the calendar says so of the plans, too."""
    agency = load_agency(CHARTERS / name)
    planned = planned_columns(agency)
    assert len(planned) > 2
    for source in agency.sources:
        for feed in source.feeds:
            for column, mapped in feed.mapped().items():
                if (feed.table, column) in planned:
                    years = mapped.plausible_years or source.plausible_years
                    assert years is not None, f"{source.id}/{feed.table}.{column}"
                    assert years.last == agency.calendar.last_day.year + 1, f"{source.id}/{feed.table}.{column}"
