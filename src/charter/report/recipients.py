"""Who gets which report, in which language, and why; and who gets none. Nothing is told that departments.yaml lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from charter.definitions.models import REPORT_NAMES, Agency, Department, Recipient, ReportDefinition
from charter.deliver import AllowedDomains
from charter.report.facts.filed import digest_of, report_name
from charter.report.facts.readers import addresses_of, top_department
from charter.report.facts.told import WHOLE

# Why somebody who is named gets nothing on a day.
WhyNot = Literal["before their time", "after their time", "a deputy stands in", "the domain is not allowed"]


@dataclass(frozen=True)
class Entitlement:
    """One recipient of one report: of a department, as departments.yaml has them, or of the whole agency, as
    reports.yaml has them (``department_id`` is empty).

    ``list_name`` is the report that they know, ``report`` what the outbox calls it. ``shared_with`` are the other
    departments whose reports go to the same mailbox on that day. ``why_not`` is None when they get it; ``detail`` says
    more of the reason: a day, a mailbox, a domain.
    """

    department_id: str
    list_name: str
    report: str
    name: str
    mailbox: str
    language: str
    digest: bool
    first: date | None
    last: date | None
    instead_of: str | None
    shared_with: tuple[str, ...]
    why_not: WhyNot | None
    detail: str


@dataclass(frozen=True)
class Entitlements:
    """Who gets the reports that go out on ``day`` (the agency's), department by department as departments.yaml has
    them. ``without`` are the departments that nobody gets a report of, ``nobody_named`` those of them for which
    departments.yaml names nobody at all."""

    day: date
    recipients: tuple[Entitlement, ...]
    without: tuple[str, ...]
    nobody_named: tuple[str, ...]


def entitlements(agency: Agency, day: date, allowed: AllowedDomains, department_id: str | None = None) -> Entitlements:
    """Who gets the reports that go out on ``day``, of one department or (None) of all."""
    chosen = [each for each in agency.organisation.departments if department_id in (None, each.id)]
    found = [
        each
        for department in chosen
        for report in agency.reports.mailed
        if report.goes_to_heads
        for each in _of(agency, department, report, day, allowed)
    ]
    if department_id is None:
        found += [each for report in agency.reports.mailed for each in _of_all(agency, report, day, allowed)]
    served = {each.department_id for each in found if each.why_not is None}
    return Entitlements(
        day=day,
        recipients=tuple(found),
        without=tuple(each.id for each in chosen if each.id not in served),
        nobody_named=tuple(each.id for each in chosen if not each.recipients),
    )


def _of(
    agency: Agency, department: Department, report: ReportDefinition, day: date, allowed: AllowedDomains
) -> Iterator[Entitlement]:
    present = department.recipients_on(day)
    mailboxes = {each.id: {one.mailbox for one in each.recipients_on(day)} for each in agency.organisation.departments}
    for person in department.recipients:
        why_not, detail = _why_not(department, person, day, allowed, is_present=person in present)
        own = report_name(agency, department.id, person.mailbox, report.id)
        in_digest = person.digest and report.period in REPORT_NAMES
        yield Entitlement(
            department_id=department.id,
            list_name=report.id,
            report=digest_of(report.id) if in_digest else own,
            name=person.name,
            mailbox=person.mailbox,
            language=agency.language_of(person),
            digest=in_digest,
            first=person.from_,
            last=person.to,
            instead_of=person.instead_of,
            shared_with=tuple(
                other for other, served in mailboxes.items() if other != department.id and person.mailbox in served
            ),
            why_not=why_not,
            detail=detail,
        )


def _of_all(agency: Agency, report: ReportDefinition, day: date, allowed: AllowedDomains) -> Iterator[Entitlement]:
    """The mailboxes that get a report of the whole agency."""
    top = top_department(agency, day)
    for mailbox in addresses_of(agency, report, day):
        objection = allowed.objection(mailbox)
        yield Entitlement(
            department_id="",
            list_name=report.id,
            report=f"{report.id}-{WHOLE}"
            if report.period == "working_day"
            else report_name(agency, top, mailbox, report.id),
            name="",
            mailbox=mailbox,
            language=agency.charter.language,
            digest=False,
            first=None,
            last=None,
            instead_of=None,
            shared_with=(),
            why_not="the domain is not allowed" if objection else None,
            detail=objection or "",
        )


def _why_not(
    department: Department, person: Recipient, day: date, allowed: AllowedDomains, *, is_present: bool
) -> tuple[WhyNot | None, str]:
    if person.from_ is not None and day < person.from_:
        return "before their time", f"from {person.from_}"
    if person.to is not None and day > person.to:
        return "after their time", f"until {person.to}"
    if not is_present:
        deputies = [
            each.mailbox
            for each in department.recipients
            if each.gets_reports_on(day) and str(each.instead_of).lower() == person.mailbox
        ]
        return "a deputy stands in", ", ".join(deputies)
    if (objection := allowed.objection(person.address)) is not None:
        return "the domain is not allowed", objection
    return None, ""
