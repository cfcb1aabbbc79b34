"""Who gets what, how it looks, and what waits to be sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from charter.commands.terminal import BAD, GOOD, NOTE, as_of_option, columns, counted, say, step

if TYPE_CHECKING:
    from charter.definitions import Agency
    from charter.deliver.dry_run import DryRun
    from charter.report.recipients import Entitlement, Entitlements

FOLDER = click.Path(path_type=Path)


@click.command(short_help="Who gets which report, and who gets none.")
@as_of_option("As of when reports go out; default: now.")
@click.option("--department", metavar="ID", help="This department alone.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def recipients(as_of: str | None, department: str | None, as_json: bool) -> None:
    """Who gets which report, in which language and by which rule; who gets none, and why.

    A department's report goes to those whom departments.yaml names for it, in their time (from, to), or to
    their deputies (instead_of). A mailbox that says digest gets one weekly mail for all its departments.
    reports.yaml says which reports there are, and may name further mailboxes. Where nothing of a department
    is due, no report of it is made.
    """
    from charter.base.moments import local_date, parse_as_of
    from charter.base.settings import Settings
    from charter.definitions import load_agency
    from charter.deliver import AllowedDomains
    from charter.report.recipients import entitlements

    settings = Settings.from_environment()
    agency = load_agency(settings.charter_dir, settings.cache_dir)
    instant = datetime.now(UTC) if as_of is None else parse_as_of(as_of, agency.zone)
    if department is not None:
        _known_department(agency, department)
    found = entitlements(agency, local_date(instant, agency.zone), AllowedDomains.of(settings, agency), department)
    if as_json:
        click.echo(json.dumps(_as_data(found), ensure_ascii=False, indent=1))
        return
    say(f"Who gets which report on {found.day}")
    _tell([each for each in found.recipients if each.why_not is None], [("by", _rule)])
    if none := [each for each in found.recipients if each.why_not is not None]:
        say(f"\n{counted(len(none), 'recipient')} get{'s' if len(none) == 1 else ''} none on that day:")
        _tell(none, [("why", _why_not)])
    for department_id in found.without:
        why = "names nobody" if department_id in found.nobody_named else "names nobody for that day"
        say(f"{NOTE} nobody gets the report of {department_id}: departments.yaml {why}")
    gets = {each.mailbox for each in found.recipients if each.why_not is None}
    say(
        f"{counted(len(gets), 'mailbox', 'mailboxes')}; {counted(len(found.without), 'department')} without a recipient"
    )


def _tell(people: list[Entitlement], further: list[tuple[str, Callable[[Entitlement], str]]]) -> None:
    if not people:
        return
    rows = [("department", "recipient", "mailbox", "report", "language", *(name for name, _ in further))]
    for each in people:
        report = f"{each.list_name}, in a digest" if each.digest else each.list_name
        said = (text(each) for _, text in further)
        rows.append(
            (each.department_id or "whole agency", each.name or "–", each.mailbox, report, each.language, *said)
        )
    columns(rows)


def _rule(person: Entitlement) -> str:
    return "; ".join(_rules(person))


def _rules(person: Entitlement) -> Iterator[str]:
    if not person.department_id:
        yield "named in reports.yaml"
    else:
        yield f"deputy for {person.instead_of}" if person.instead_of else "named for the department"
    if person.first is not None:
        yield f"from {person.first}"
    if person.last is not None:
        yield f"until {person.last}"
    if person.shared_with:
        yield f"mailbox also of {', '.join(person.shared_with)}"


def _why_not(person: Entitlement) -> str:
    return f"{person.why_not} ({person.detail})" if person.detail else str(person.why_not)


def _as_data(found: Entitlements) -> dict[str, Any]:
    return {
        "day": found.day.isoformat(),
        "recipients": [
            {
                "department": each.department_id or None,
                "report": each.list_name,
                "outbox": each.report,
                "name": each.name,
                "mailbox": each.mailbox,
                "language": each.language,
                "digest": each.digest,
                "from": each.first.isoformat() if each.first else None,
                "to": each.last.isoformat() if each.last else None,
                "instead_of": each.instead_of,
                "shared_with": list(each.shared_with),
                "gets": each.why_not is None,
                "why_not": each.why_not,
                "detail": each.detail,
            }
            for each in found.recipients
        ],
        "departments_without": list(found.without),
    }


@click.command(short_help="Send what waits in the outbox, or write it to a folder.")
@click.option("--dry-run", "folder", type=FOLDER, help="Write the mails to this new folder instead; nothing is sent.")
def send(folder: Path | None) -> None:
    """Send what waits in the outbox: after `charter outbox requeue`, or when the mail server is back.

    Nothing is rendered, and nobody gets a report twice. With --dry-run every mail that would be sent is
    written as an .eml file, with its Date and its signature; the outbox stays as it is.
    """
    from charter import line

    if folder is not None:
        tell_dry_run(line.send_to_folder(folder), folder)
        return
    step("deliver", lambda: line.deliver(datetime.now(UTC).isoformat()))


def tell_dry_run(made: DryRun, folder: Path) -> None:
    """Says what a dry run wrote."""
    say(f"{GOOD} {counted(len(made.files), 'mail')} in {escape(str(folder))}; nothing was sent, and nothing was filed")
    for key, why in made.refused:
        say(f"{BAD} {escape(f'{key}: {why}')}")


_whose_report = click.option("--department", metavar="ID", required=True, help="Whose report.")
_in_language = click.option(
    "--language", metavar="CODE", help="In this language (ko, en, de); default: the agency's own."
)
_without_browser = click.option("--no-open", is_flag=True, help="Only print where the file is.")


@click.group(short_help="How a report looks, before anybody gets it.")
def preview() -> None:
    """How a report looks, before anybody gets it."""


@preview.command("weekly")
@_whose_report
@_in_language
@click.option("--week", metavar="WEEK", help="This week (2026-W27); default: the last one of the published night.")
@_without_browser
def preview_weekly(department: str, language: str | None, week: str | None, no_open: bool) -> None:
    """Open a department's weekly mail in a browser, as the published night knows the week.

    Nothing is sent or filed.
    """
    from charter import line

    _known_department(line.installation().agency, department)
    _open(line.preview_week(department, language, week), no_open=no_open)


@preview.command("monthly")
@_whose_report
@_in_language
@click.option("--month", metavar="MONTH", help="This month (2026-06); default: the last one of the published night.")
@_without_browser
def preview_monthly(department: str, language: str | None, month: str | None, no_open: bool) -> None:
    """Open a department's monthly mail in a browser, as the published night knows the month.

    Nothing is sent or filed.
    """
    from charter import line

    _known_department(line.installation().agency, department)
    _open(line.preview_month(department, language, month), no_open=no_open)


@preview.command("digest")
@click.option("--department", metavar="ID", help="Whose digest; default: that of the whole agency.")
@_in_language
@_without_browser
def preview_digest(department: str | None, language: str | None, no_open: bool) -> None:
    """Open the digest of what is at risk in a browser, as the published night knows it.

    It compares with no digest before. Nothing is sent or filed.
    """
    from charter import line

    if department is not None:
        _known_department(line.installation().agency, department)
    _open(line.preview_digest(department, language), no_open=no_open)


def _open(file: Path, *, no_open: bool) -> None:
    import webbrowser

    say(f"{GOOD} {escape(str(file))}")
    if not no_open and not webbrowser.open(file.as_uri()):
        say(f"{NOTE} no browser could be opened: open the file yourself")


def _known_department(agency: Agency, department_id: str) -> None:
    known = [each.id for each in agency.organisation.departments]
    if department_id not in known:
        raise click.BadParameter(
            f"no department '{department_id}': there are {', '.join(known)}", param_hint="'--department'"
        )
