"""Who gets a week's or a month's report: the heads, the addresses of reports.yaml, or both."""

from __future__ import annotations

from datetime import date

import pytest

from charter.definitions.models import Agency, Recipient, ReportDefinition
from charter.report.facts.readers import readers_on
from tests.report.test_digest import depots

DAY = date(2026, 7, 6)
HEAD = Recipient(name="Leitung", address="head@parcels.example")
CHIEF = Recipient(name="Vorstand", address="chief@parcels.example")


def mailboxes(agency: Agency, recipients: list[str]) -> dict[str, list[str]]:
    found = readers_on(agency, ReportDefinition(id="weekly", period="week", recipients=recipients), DAY)
    return {name: [person.mailbox for person in people] for name, people in found.items() if people}


@pytest.mark.parametrize(
    ("recipients", "expected"),
    [
        (["heads"], {"south": ["head@parcels.example"], "north": ["chief@parcels.example"]}),
        (["Audit@parcels.example"], {"north": ["audit@parcels.example"]}),
        (
            ["heads", "audit@parcels.example"],
            {"south": ["head@parcels.example"], "north": ["chief@parcels.example", "audit@parcels.example"]},
        ),
    ],
)
def test_heads_get_their_departments_and_an_address_the_whole_agencys(
    recipients: list[str], expected: dict[str, list[str]]
) -> None:
    assert mailboxes(depots({"south": [HEAD], "north": [CHIEF]}), recipients) == expected


def test_who_is_named_for_the_whole_agency_and_as_an_address_gets_it_once() -> None:
    agency = depots({"north": [CHIEF]})
    assert mailboxes(agency, ["heads", "chief@parcels.example"]) == {"north": ["chief@parcels.example"]}
