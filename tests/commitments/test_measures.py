"""Figures of random rows are those of a plain reading with Python's statistics, and so is what follows from them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.definitions import Agency
from tests.commitments.compare import compare
from tests.commitments.edges import PROPERTY, Rows, batches
from tests.commitments.reading import DAY, Calendars, Night, Row, begins
from tests.commitments.test_per_department import FIRST, heard, nights
from tests.commitments.warehouse import Warehouse

pytestmark = pytest.mark.slow

TABLES = ["visits", "clients", "complaints"]
STANDARDS = {"figures-of-centres", "figures-of-all", "seldom"}
centres = st.sampled_from(("nordstadt", "nordstadt", "suedstadt", "weststadt", "head-office"))
clients = st.sampled_from(("A", "A", "B", "C", "D/E", None))
days = st.integers(0, 90).map(lambda number: FIRST - 5 * DAY + number * DAY)
minutes = st.sampled_from((0.1, 0.2, 0.3, 10, 19.9, 20, 20.1, 25, 30.2, 45, 61.5))


def moments(agency: Agency) -> st.SearchStrategy[Any]:
    steps = st.sampled_from((timedelta(), timedelta(hours=12), DAY - timedelta(microseconds=1)))
    return st.builds(lambda day, step: begins(day, agency.zone) + step, days, steps)


def test_figures_and_windows(branches: Agency, counts: Warehouse, their_calendars: Calendars) -> None:
    visit, client, complaint = (Rows(branches, table) for table in TABLES)
    visits = st.builds(
        lambda centre, who, at, length, score, by_phone: visit.add(
            centre=centre, client=who, visited_at=at, minutes=length, score=score, by_phone=by_phone
        ),
        *(
            centres,
            clients,
            moments(branches),
            minutes,
            st.none() | st.integers(1, 5),
            st.sampled_from((True, False, None)),
        ),
    )
    registered = st.builds(
        lambda centre, who, day, lasts: client.add(
            centre=centre, client=who, registered_on=day, left_on=None if lasts is None else day + DAY * lasts
        ),
        *(centres, st.sampled_from("ABCDEFG"), days, st.none() | st.integers(0, 60)),
    )
    complaints = st.builds(
        lambda centre, who, day, upheld: complaint.add(centre=centre, client=who, made_on=day, upheld=upheld),
        *(centres, clients, days, st.sampled_from((True, True, False))),
    )

    @PROPERTY
    @given(
        *(batches(visit, visits, 0, 80), batches(client, registered, 0, 9, keep=["client"])),
        *(batches(complaint, complaints, 0, 20), nights(branches), st.sets(st.integers(0, 90), max_size=2)),
    )
    def holds(visits: list[Row], clients: list[Row], complaints: list[Row], night: Night, silent: set[int]) -> None:
        compare(
            *(counts, their_calendars, night, ["measure"], STANDARDS),
            dict(zip(TABLES, (visits, clients, complaints), strict=True)),
            covered=heard(TABLES, night, branches, silent),
        )

    holds()
