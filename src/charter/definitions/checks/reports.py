"""Checks of reports.yaml: one report of each period, names that the outbox can tell apart, recipients."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from charter.base.errors import Problem
from charter.base.mail_address import MailAddress, domain_of
from charter.definitions.checks.common import repeated
from charter.definitions.document import Document, Folder, Location
from charter.definitions.models.reports import HEADS, REPORT_NAMES, SECTIONS, ReportDefinition


def check_reports(folder: Folder) -> Iterator[Problem]:
    document, reports = folder.documents["reports.yaml"], folder.reports.reports
    yield from repeated(document, ("reports",), [report.id for report in reports], "report")
    for index, report in enumerate(reports):
        base: Location = ("reports", index)
        before = reports[:index]
        same = next((each.id for each in before if each.period == report.period), None)
        if same is not None:
            yield Problem(
                f"'{same}' and '{report.id}' are both of a {report.period}",
                document.place((*base, "period")),
                "declare one report of each period, for all who get it: a figure's name (2026-W27r2/…) tells the period"
                " and the revision, and no report",
            )
        yield from _check_sections(document, (*base, "sections"), report)
        yield from _check_name(document, (*base, "id"), report)
        if report.period == "month" and "month" not in folder.charter.period_kinds:
            yield Problem(
                "no standard is judged by the month, so there is nothing that a monthly report could tell",
                document.place((*base, "period")),
                "add periods: [month] to charter.yaml, or remove this report",
            )
        for other in reports:
            # A department's own report is called as the report and the department: at-risk-desk.
            if report.id.startswith(f"{other.id}-"):
                yield Problem(
                    f"'{report.id}' can't be told from a department's report of '{other.id}'",
                    document.place((*base, "id")),
                    f"choose an id that does not begin with '{other.id}-'",
                )
        if report.period != "year" and "least_n" in report.model_fields_set:
            yield Problem(
                f"a report of a {report.period} leaves no small counts out: it is for colleagues",
                document.place((*base, "least_n")),
                "remove least_n: a publication has it (period: year)",
            )
        yield from _check_recipients(folder, document, (*base, "recipients"), report)


def _check_name(document: Document, base: Location, report: ReportDefinition) -> Iterator[Problem]:
    name = REPORT_NAMES.get(report.period)
    owner = next((period for period, other in REPORT_NAMES.items() if other == report.id), report.period)
    if report.id != name and (name is not None or owner != report.period):
        yield Problem(
            f"'{report.id}' is the id of a report of a {report.period}",
            document.place(base),
            f"call the report of a {owner} '{REPORT_NAMES[owner]}', and no other one: past mails are known by it",
        )


def _check_sections(document: Document, base: Location, report: ReportDefinition) -> Iterator[Problem]:
    known = SECTIONS[report.period]
    for number, section in enumerate(report.sections or ()):
        place = document.place((*base, number))
        if section in (report.sections or ())[:number]:
            yield Problem(f"the section '{section}' is given twice", place, "keep one of them")
        elif section not in known:
            periods = [period for period, sections in SECTIONS.items() if section in sections]
            where = f": a report of a {' or a '.join(periods)} has it" if periods else ", nor has any other"
            yield Problem(
                f"a report of a {report.period} has no section '{section}'{where}",
                place,
                f"remove it, or use one of {', '.join(known)}",
            )


def _check_recipients(
    folder: Folder, document: Document, base: Location, report: ReportDefinition
) -> Iterator[Problem]:
    allowed = folder.organisation.mail.domains
    if report.period == "year" and report.schedule is not None:
        yield Problem(
            "a publication has no schedule",
            document.place((*base[:-1], "schedule")),
            "leave schedule out: a person publishes it, with charter publish",
        )
    if report.period == "year" and report.recipients != [HEADS]:
        remedy = "leave recipients out: it is published"
        yield Problem("a publication takes no recipients", document.place(base), remedy)
        return
    if not report.recipients:
        remedy = f"name {HEADS} or an address, or remove the report"
        yield Problem(f"the report '{report.id}' goes to nobody", document.place(base), remedy)
    for number, address in enumerate(report.recipients):
        place = document.place((*base, number))
        if address in report.recipients[:number]:
            yield Problem(f"'{address}' is given twice", place, "keep one of them")
        if address == HEADS:
            continue
        try:
            TypeAdapter(MailAddress).validate_python(address)
        except ValidationError:
            remedy = f"write {HEADS} (who is named in departments.yaml), or an address as name@domain, in ASCII"
            yield Problem(f"'{address}' is nobody that a report can go to", place, remedy)
            continue
        if allowed and domain_of(address) not in allowed:
            yield Problem(
                f"no mail may go to '{domain_of(address)}'",
                place,
                f"correct the address, or add the domain in departments.yaml, mail: domains ({', '.join(allowed)})",
            )
