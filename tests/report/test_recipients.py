"""Who gets which report on a day, by which rule; and who gets none, and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from charter.definitions.models import Agency, Recipient, ReportDefinition
from charter.definitions.models.reports import Reports
from charter.deliver import AllowedDomains
from charter.report.facts.told import WHOLE
from charter.report.recipients import Entitlement, entitlements

from .test_digest import depots

DAY = date(2026, 7, 6)
EVERYWHERE = AllowedDomains()
HEAD = Recipient(name="Leitung", address="Head@parcels.example")
OFFICE = Recipient(name="Büro", address="buero@parcels.example", digest=True, language="en")


def of(agency: Agency, day: date = DAY, allowed: AllowedDomains = EVERYWHERE) -> dict[tuple[str, str], Entitlement]:
    found = entitlements(agency, day, allowed).recipients
    return {(each.department_id, each.mailbox): each for each in found}


def test_a_head_gets_the_weekly_report_in_the_agencys_language() -> None:
    head = of(depots({"south": [HEAD]}))["south", "head@parcels.example"]
    assert (head.list_name, head.report, head.language, head.why_not) == ("weekly", "weekly", "de", None)


def test_a_mailbox_of_two_departments_gets_each_report_by_itself_or_both_in_a_digest() -> None:
    found = of(depots({"south": [HEAD, OFFICE], "east": [HEAD, OFFICE]}))
    head, office = found["south", "head@parcels.example"], found["south", "buero@parcels.example"]
    assert (head.report, head.shared_with) == ("weekly-south", ("east",))
    assert (office.report, office.digest, office.language, office.shared_with) == (
        "weekly-DIGEST",
        True,
        "en",
        ("east",),
    )


@pytest.mark.parametrize(
    ("day", "why_not"),
    [
        (date(2026, 7, 5), "before their time"),
        (date(2026, 7, 6), None),
        (date(2026, 7, 12), None),
        (date(2026, 7, 13), "after their time"),
    ],
)
def test_a_recipient_has_a_first_and_a_last_day(day: date, why_not: str | None) -> None:
    person = HEAD.model_copy(update={"from_": date(2026, 7, 6), "to": date(2026, 7, 12)})
    assert of(depots({"south": [person]}), day)["south", "head@parcels.example"].why_not == why_not


def test_while_a_deputy_stands_in_the_head_gets_none_and_it_is_told_who_does() -> None:
    deputy = Recipient(
        name="Vertretung", address="deputy@parcels.example", instead_of="head@PARCELS.example", to=date(2026, 7, 12)
    )
    found = of(depots({"south": [HEAD, deputy]}))
    head = found["south", "head@parcels.example"]
    assert (head.why_not, head.detail) == ("a deputy stands in", "deputy@parcels.example")
    assert found["south", "deputy@parcels.example"].why_not is None
    later = of(depots({"south": [HEAD, deputy]}), date(2026, 7, 13))
    assert later["south", "head@parcels.example"].why_not is None


def test_who_is_of_a_domain_that_is_not_allowed_gets_none() -> None:
    allowed = AllowedDomains(installation=frozenset({"test.example"}))
    head = of(depots({"south": [HEAD]}), allowed=allowed)["south", "head@parcels.example"]
    assert head.why_not == "the domain is not allowed"
    assert "CHARTER_MAIL_DOMAINS" in head.detail


def test_departments_without_a_recipient_are_named_and_why() -> None:
    gone = HEAD.model_copy(update={"to": date(2026, 6, 30)})
    found = entitlements(depots({"south": [HEAD], "east": [gone]}), DAY, EVERYWHERE)
    assert found.without == ("north", "east")
    assert found.nobody_named == ("north",)
    assert entitlements(depots({"south": [HEAD]}), DAY, EVERYWHERE, "south").without == ()


def test_each_report_of_the_agency_is_told_and_who_gets_that_of_the_whole_agency() -> None:
    daily = ReportDefinition(id="at-risk", period="working_day", recipients=["heads", "Control@parcels.example"])
    weekly = ReportDefinition(id="weekly", period="week", recipients=["heads", "board@parcels.example"])
    yearly = ReportDefinition(id="publication", period="year")
    agency = depots({"south": [OFFICE]}).model_copy(update={"reports": Reports(reports=[weekly, daily, yearly])})
    found = entitlements(agency, DAY, EVERYWHERE).recipients
    assert [(each.department_id, each.list_name, each.report, each.digest) for each in found] == [
        ("south", "weekly", "weekly-DIGEST", True),
        ("south", "at-risk", "at-risk", False),
        ("", "weekly", "weekly", False),
        ("", "at-risk", f"at-risk-{WHOLE}", False),
    ]


@pytest.mark.slow
def test_what_is_told_is_what_the_week_does(tmp_path: Path) -> None:
    from charter.deliver import Outbox

    from .test_digest import post, settings_of, week_of

    deputy = Recipient(name="Vertretung", address="deputy@parcels.example", instead_of="head@parcels.example")
    week = week_of(tmp_path, {"south": [HEAD, deputy, OFFICE], "east": [HEAD, OFFICE]})
    post(week)
    with Outbox.open(settings_of(week)) as outbox:
        sent = {(record.key.report, record.key.recipient) for record in outbox.records()}
    told = {(each.report, each.mailbox) for each in of(week.agency).values() if each.why_not is None}
    assert sent == told
