"""Checks of departments.yaml: names, places in the hierarchy, recipients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pydantic import TypeAdapter, ValidationError

from charter.base.composing import composed
from charter.base.errors import Problem
from charter.base.mail_address import MailAddress, domain_of, same_person
from charter.definitions.checks.common import overlapping, repeated
from charter.definitions.columns import closest
from charter.definitions.document import Document, Folder, Location
from charter.definitions.models import (
    Department,
    Organisation,
    Placement,
    Recipient,
)
from charter.definitions.waivers import REGISTER


def check_departments(folder: Folder) -> Iterator[Problem]:
    document, departments = folder.documents["departments.yaml"], folder.organisation.departments
    ids = [department.id for department in departments]
    yield from repeated(document, ("departments",), ids, "department")
    names: dict[str, str] = {}
    for index, department in enumerate(departments):
        base: Location = ("departments", index)
        for alias in {composed(name) for name in department.every_name()}:
            if (other := names.setdefault(alias, department.id)) != department.id:
                yield Problem(
                    f"'{alias}' names both '{other}' and '{department.id}'",
                    document.place(base),
                    "a name may stand for one department only",
                )
        for number, placement in enumerate(department.placements):
            if placement.parent is not None and placement.parent not in ids:
                yield Problem(
                    f"'{placement.parent}' is not a department",
                    document.place((*base, "placements", number, "parent")),
                    closest(placement.parent, ids),
                )
        for late in overlapping([(placed.effective_from, placed.effective_to) for placed in department.placements]):
            yield Problem(
                f"'{department.id}' has two places at once",
                document.place((*base, "placements", late)),
                "end the earlier one (effective_to) the day before",
            )
    catching = [index for index, department in enumerate(departments) if department.catch_all]
    for index in catching[1:]:
        yield Problem(
            f"'{ids[catching[0]]}' and '{ids[index]}' both get the names that no department has",
            document.place(("departments", index, "catch_all")),
            "let one of them be the catch_all",
        )
    yield from _check_circles(document, departments)
    yield from _check_recipients(document, departments)
    yield from _check_domains(document, folder.organisation)
    yield from _check_digests(folder)
    yield from _check_approvers(folder)


def _check_approvers(folder: Folder) -> Iterator[Problem]:
    """Whom a record of theirs must tell apart; and that nothing else is called as their register is."""
    document, approvers = folder.documents["departments.yaml"], folder.organisation.approvers
    for index, approver in enumerate(approvers):
        try:
            TypeAdapter(MailAddress).validate_python(approver.address)
        except ValidationError:
            yield Problem(
                "the address is no mail address",
                document.place(("approvers", index, "address")),
                "write it as name@domain, in ASCII; an international domain in its xn-- form",
            )
    yield from repeated(document, ("approvers",), [same_person(each.address) for each in approvers], "approver")
    for index, source in enumerate(folder.sources.sources if approvers else ()):
        if source.id == REGISTER:
            yield Problem(
                f"the register that charter waive writes is called '{REGISTER}'",
                folder.documents["sources.yaml"].place(("sources", index, "id")),
                "call this source otherwise",
            )


def _check_recipients(document: Document, departments: list[Department]) -> Iterator[Problem]:
    """What the outbox would refuse when a report is due (its own rule for addresses), and who stands in for whom."""
    for index, department in enumerate(departments):
        for number, recipient in enumerate(department.recipients):
            base: Location = ("departments", index, "recipients", number)
            try:
                TypeAdapter(MailAddress).validate_python(recipient.address)
            except ValidationError:
                yield Problem(
                    "the address is not one that a report can be sent to",
                    document.place((*base, "address")),
                    "write it as name@domain, in ASCII; an international domain in its xn-- form",
                )
                continue
            earlier = department.recipients[:number]
            if any(each.mailbox == recipient.mailbox and each.meets(recipient) for each in earlier):
                yield Problem(
                    f"one mailbox is a recipient of '{department.id}' twice at a time",
                    document.place((*base, "address")),
                    "take one out, or end the earlier one (to) before the later begins (upper case is lower)",
                )
            if recipient.instead_of is not None:
                yield from _check_deputy(document, (*base, "instead_of"), department, recipient)


def _check_domains(document: Document, organisation: Organisation) -> Iterator[Problem]:
    """No report goes to a domain that mails may not go to."""
    allowed = organisation.mail.domains
    for index, department in enumerate(organisation.departments if allowed else ()):
        for number, recipient in enumerate(department.recipients):
            if (domain := domain_of(recipient.address)) not in allowed:
                yield Problem(
                    f"no mail may go to '{domain}'",
                    document.place(("departments", index, "recipients", number, "address")),
                    f"correct the address, or add the domain under mail: domains ({', '.join(allowed)})",
                )


def _check_digests(folder: Folder) -> Iterator[Problem]:
    """A digest is one mail, and speaks one language."""
    document = folder.documents["departments.yaml"]
    before: list[tuple[Recipient, str]] = []
    for index, department in enumerate(folder.organisation.departments):
        for number, recipient in enumerate(department.recipients):
            if not recipient.digest:
                continue
            language = recipient.language or folder.charter.language
            others = {
                spoken
                for other, spoken in before
                if other.mailbox == recipient.mailbox and spoken != language and other.meets(recipient)
            }
            if others:
                yield Problem(
                    f"the digest of one mailbox would be in two languages, '{min(others)}' and '{language}'",
                    document.place(("departments", index, "recipients", number)),
                    "give the same language in every department, or leave out digest in one of them",
                )
            before.append((recipient, language))


def _check_deputy(document: Document, place: Location, department: Department, deputy: Recipient) -> Iterator[Problem]:
    mailboxes = {person.mailbox for person in department.recipients if person is not deputy}
    if str(deputy.instead_of).lower() not in mailboxes - {deputy.mailbox}:
        yield Problem(
            f"'{deputy.instead_of}' is no other recipient of '{department.id}'",
            document.place(place),
            closest(str(deputy.instead_of), mailboxes),
        )


def _check_circles(document: Document, departments: list[Department]) -> Iterator[Problem]:
    placements = {department.id: department.placements for department in departments}
    changes = sorted({placed.effective_from for each in placements.values() for placed in each})
    for index, department in enumerate(departments):
        for day in changes:
            seen, at = {department.id}, _parent_on(placements, department.id, day)
            while at is not None and at not in seen:
                seen.add(at)
                at = _parent_on(placements, at, day)
            if at == department.id:
                yield Problem(
                    f"'{department.id}' stands above itself on {day}",
                    document.place(("departments", index)),
                    "correct the parent of one of the departments in this circle",
                )
                break


def _parent_on(placements: dict[str, list[Placement]], department_id: str, day: date) -> str | None:
    for placed in placements.get(department_id, []):
        if placed.holds_on(day):
            return placed.parent
    return None
