"""What each department of a kind promises for itself: SQL and reading agree, also on a centre without any row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.definitions import Agency
from tests.commitments.compare import compare
from tests.commitments.edges import PROPERTY, Rows, batches
from tests.commitments.reading import DAY, Calendars, Night, Row, begins, day_of
from tests.commitments.warehouse import Warehouse

pytestmark = pytest.mark.slow

FIRST = date(2026, 2, 1)
CENTRES = ("nordstadt", "suedstadt", "suedstadt", "weststadt", "head-office")
days = st.integers(0, 110).map(lambda number: FIRST - 5 * DAY + number * DAY)
centres = st.sampled_from(CENTRES)


@st.composite
def nights(draw: st.DrawFn, agency: Agency) -> Night:
    """The end of a day of the first four months, or some hours later."""
    end = begins(FIRST + DAY * draw(st.integers(0, 120)), agency.zone)
    return Night(end + timedelta(hours=draw(st.sampled_from((0, 0, 5)))), end)


def heard(tables: list[str], night: Night, agency: Agency, silent: set[int]) -> Mapping[tuple[str, date], bool]:
    ended = (day_of(night.as_of, agency.zone) - FIRST).days
    return {(table, FIRST + DAY * number): number not in silent for table in tables for number in range(ended)}


def test_events_in_slots_of_every_kind(branches: Agency, counts: Warehouse, their_calendars: Calendars) -> None:
    rows = Rows(branches, "events")
    case = st.builds(lambda centre, day: rows.add(centre=centre, held_on=day), centres, days)

    @PROPERTY
    @given(batches(rows, case, 0, 60), nights(branches))
    def holds(events: list[Row], night: Night) -> None:
        compare(counts, their_calendars, night, ["occurrence"], {"events", "events-of-all"}, {"events": events})

    holds()


def test_what_stands_and_what_must_not_happen_on_each_day(
    branches: Agency, counts: Warehouse, their_calendars: Calendars
) -> None:
    counter, check, accident = Rows(branches, "counters"), Rows(branches, "checks"), Rows(branches, "accidents")
    counters = st.builds(
        lambda centre, service, day, lasts: counter.add(
            centre=centre, service=service, open_from=day, open_to=None if lasts is None else day + DAY * lasts
        ),
        *(centres, st.sampled_from(("advice", "Advice ", "forms", "cash")), days, st.none() | st.integers(0, 30)),
    )
    checks = st.builds(
        lambda centre, lift, day, passed: check.add(centre=centre, lift=lift, checked_on=day, passed=passed),
        *(centres, st.sampled_from(("A", "B")), days, st.sampled_from((True, True, False))),
    )
    accidents = st.builds(lambda centre, day: accident.add(centre=centre, happened_on=day), centres, days)
    tables = ["counters", "checks", "accidents"]

    @PROPERTY
    @given(
        *(batches(counter, counters, 0, 25), batches(check, checks, 0, 25), batches(accident, accidents, 0, 25)),
        *(nights(branches), st.sets(st.integers(0, 110), max_size=4)),
    )
    def holds(counters: list[Row], checks: list[Row], accidents: list[Row], night: Night, silent: set[int]) -> None:
        compare(
            counts,
            their_calendars,
            night,
            ["level", "zero"],
            {"counters", "lifts", "no-accident"},
            dict(zip(tables, (counters, checks, accidents), strict=True)),
            covered=heard(tables, night, branches, silent),
        )

    holds()


def test_a_centre_that_holds_nothing_is_broken_and_not_absent(branches: Agency, counts: Warehouse) -> None:
    """March: Nordstadt held two events, Südstadt one, Weststadt none; the head office is no centre."""
    rows = Rows(branches, "events")
    held = [("nordstadt", 3), ("nordstadt", 17), ("suedstadt", 9), ("head-office", 10)]
    events = [rows.add(centre=centre, held_on=date(2026, 3, day)) for centre, day in held]
    night = Night(begins(date(2026, 4, 1), branches.zone), begins(date(2026, 4, 1), branches.zone))

    built = counts.judge(["occurrence"], {"stg_events": events}, night)

    assert [
        (each["commitment_id"], each["department_id"], each["status"], each["measured_value"])
        for each in sorted(built, key=lambda each: each["commitment_id"])
        if each["commitment_id"].startswith("events/monthly") and each["commitment_id"].endswith("/2026-03")
    ] == [
        ("events/monthly/nordstadt/2026-03", "nordstadt", "met", 2),
        ("events/monthly/suedstadt/2026-03", "suedstadt", "breached", 1),
        ("events/monthly/weststadt/2026-03", "weststadt", "breached", 0),
    ]
