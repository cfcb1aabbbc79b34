"""A refused row that was put right: judged from the next night on, and no sealed night moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from charter.definitions import load_agency
from charter.evidence import verify
from charter.extract.corrections.land import correct, open_refusals
from charter.extract.corrections.rows import from_csv, to_csv
from tests.line.installation import HOME, House, house

pytestmark = [pytest.mark.slow, pytest.mark.long]

TUESDAY, WEDNESDAY = "2026-04-14", "2026-04-15"
TICKET = "VOC-2026-900101"


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An agency one of whose tickets named a department that is no longer there; a steward says whose it is."""
    with pytest.MonkeyPatch.context() as patch, house(tmp_path_factory.mktemp("house"), patch) as made:
        made.live_until(WEDNESDAY)
        made.night(TUESDAY)
        put_right(made, {"department_id": "voc-team"})
        made.night(WEDNESDAY)
        yield made


def put_right(house: House, cells: dict[str, str]) -> None:
    definitions = load_agency(HOME / "charters" / "kotra")
    source = definitions.source("voc")
    known_at = datetime.fromisoformat(f"{TUESDAY}T15:00:00+00:00")
    [row] = [
        each
        for each in open_refusals(house.settings, definitions, source, known_at)
        if each.row.get("ticket_id") == TICKET
    ]
    [proposal] = from_csv(to_csv(definitions, source.feeds[0], [row]), "rows.csv", "the department was dissolved")
    proposal.cells.update(cells)  # type: ignore[attr-defined]
    correct(house.settings, definitions, source, [proposal], by="kim", made_at=datetime(2026, 4, 15, 1, tzinfo=UTC))


def test_it_is_judged_from_the_next_night_on_and_the_sums_hold(agency: House) -> None:
    of_ticket = f"select distinct department_id from marts.fct_commitments where subject_id = '{TICKET}'"
    arrived = "select sum(arrived - landed - unchanged - quarantined) from marts.source_status"

    assert agency.ask(of_ticket) == [("voc-team",)]
    assert agency.ask(arrived) == [(0,)]
    assert verify(agency.settings).altered == []


def test_the_night_before_is_what_it_was_when_it_is_built_again(agency: House) -> None:
    agency.night(TUESDAY)

    assert agency.sealed == {"created": False, "as_sealed": True}
    of_ticket = f"select count(*) from marts.fct_commitments where subject_id = '{TICKET}'"
    assert agency.ask(of_ticket, replay="20260414T150000Z") == [(0,)]


def test_what_was_known_a_night_later_about_that_night_has_it(agency: House) -> None:
    agency.night(TUESDAY, known_on=WEDNESDAY)

    of_ticket = f"select count(*) > 0 from marts.fct_commitments where subject_id = '{TICKET}'"
    assert agency.ask(of_ticket, replay="20260414T150000Z-known-20260415T150000Z") == [(True,)]
