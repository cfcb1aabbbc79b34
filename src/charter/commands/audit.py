"""What an auditor asks for: the traceability matrix, and the register of exceptions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.commands.terminal import GOOD, LANGUAGE, NOTE, columns, counted, say

if TYPE_CHECKING:
    from charter.audit.exceptions.rows import Register
    from charter.audit.matrix.rows import Matrix
    from charter.words import Words

WORKBOOK = click.option(
    "--workbook",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write it as a workbook (xlsx).",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
IN_LANGUAGE = click.option(
    "--language", metavar="CODE", help="The language of its texts; by default the agency's own (of the table: English)."
)


@click.command(short_help="Each clause, traced to the figure that is reported of it.")
@JSON
@WORKBOOK
@IN_LANGUAGE
def matrix(as_json: bool, workbook: Path | None, language: str | None) -> None:
    """Trace each clause of the charter to the figure that is reported of it, and each check back to its clauses.

    Results are those of the newest published night. What serves no promise is told.
    """
    from charter import line
    from charter.audit.matrix.build import current_matrix, matrix_json, matrix_workbook
    from charter.base.files import write_whole
    from charter.report.site.editions import Edition
    from charter.words import words_in

    here = line.installation()
    own = here.agency.charter.language if as_json or workbook is not None else LANGUAGE
    edition = Edition(words_in(here.settings, here.agency, language or own), tuple(here.agency.charter.languages))
    found = current_matrix(here.settings, here.agency, edition)
    if workbook is not None:
        write_whole(workbook, matrix_workbook(here.agency, edition, found))
        say(f"{GOOD} {counted(len(found.rows), 'rule version')} written to {escape(str(workbook))}")
    if as_json:
        click.echo(matrix_json(found).decode(), nl=False)
    elif workbook is None:
        _show(found)


@click.command("audit-bundle", short_help="Everything that an outside auditor needs, in one folder or zip.")
@click.option("--period", "named", required=True, metavar="PERIOD", help="Such as 2026-Q2, 2026-06, 2026-W27 or 2026.")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    help="The folder to write, or a file NAME.zip; default: audit-PERIOD in the state folder.",
)
@click.option("--zip", "as_zip", is_flag=True, help="Write a zip where --to is not given.")
def audit_bundle(named: str, target: Path | None, as_zip: bool) -> None:
    """Write what was published of a period with its proof: reports, tables, checks, matrix, seals and public key.

    A verifier that runs on Python alone lies beside it, with a reading guide in Korean and English.
    """
    from charter import line
    from charter.audit.bundle.build import write_bundle
    from charter.audit.bundle.period import parse_bundle_period

    here = line.installation()
    period = parse_bundle_period(named)
    place = target or here.settings.var_dir / "audit" / f"audit-{period.name}{'.zip' if as_zip else ''}"
    place.parent.mkdir(parents=True, exist_ok=True)
    written = write_bundle(here.settings, here.agency, period, place)
    said = f"{counted(len(written.contents.files), 'file')}, {counted(len(written.contents.tables), 'part')} of tables"
    say(f"{GOOD} {escape(str(place))}: {period.first} to {period.last}, {said}")
    say("Check it where it goes: python3 verify.py --key PUBLIC_KEY.pem")


def _show(matrix: Matrix) -> None:
    checks = {check.name: check for check in matrix.checks}
    rows = [("clause", "rule", "sources", "tables", "checks", "failed", "last result", "figure")]
    for row in matrix.rows:
        failed = sum(checks[name].outcome not in ("kept", "nothing_due", None) for name in row.checks)
        rows.append(
            (
                row.citation,
                row.name,
                ", ".join(row.sources),
                str(len(row.tables)),
                str(len(row.checks)),
                str(failed or "·"),
                row.last.result.replace("_", " ") if row.last else "–",
                row.last.figure if row.last else "–",
            )
        )
    columns(rows)
    for each in matrix.untraced:
        say(f"{NOTE} {each.kind} {escape(each.name)} serves no promise of the charter")
    if matrix.night is None:
        say(f"{NOTE} nothing has been published yet: there are no results")
    say(
        f"{counted(len(matrix.rows), 'rule version')}, {counted(len(matrix.checks), 'check')}"
        + ("" if matrix.untraced else ": each is traced from end to end")
    )


@click.command(short_help="All that was ever excused, by whom and how often.")
@JSON
@WORKBOOK
@IN_LANGUAGE
def exceptions(as_json: bool, workbook: Path | None, language: str | None) -> None:
    """List all that was ever excused, as the newest published night knows it: waivers, and exclusions by rule.

    Of each: the reason, who approved it, when and until when, how many commitments it took out. Waivers that expire
    within 30 days, took nothing out, were approved after their last day or were changed are told; so are rows
    without approver, expiry or reason, which are refused and excuse nothing.
    """
    from charter import line
    from charter.audit.exceptions.forms import current_register, register_json, register_workbook
    from charter.base.files import write_whole
    from charter.words import words_in

    here = line.installation()
    own = here.agency.charter.language if as_json or workbook is not None else LANGUAGE
    words = words_in(here.settings, here.agency, language or own)
    register = current_register(here.settings, here.agency, words)
    if workbook is not None:
        write_whole(workbook, register_workbook(here.agency, words, register))
        say(f"{GOOD} {counted(len(register.waivers), 'waiver')} written to {escape(str(workbook))}")
    if as_json:
        click.echo(register_json(register).decode(), nl=False)
    elif workbook is None:
        _show_register(register, words)


def _show_register(register: Register, words: Words) -> None:
    rows = [("waiver", "state", "standard", "for", "opening days", "approved by", "taken out", "reason")]
    for each in register.waivers:
        whom = f"{each.department_id or 'all'}, {each.subject_id or 'all cases'}"
        days = f"{each.from_on} to {each.to_on}"
        state = each.state.replace("_", " ")
        count = f"{each.commitments:,}"
        rows.append((each.waiver_id, state, each.standard_id, whom, days, each.approver, count, each.reason))
    columns(rows)
    say("")
    table = [("rule", "standard", "department", "approved by", "taken out", "first", "last")]
    for rule in register.rules:
        for use in rule.uses:
            first_and_last = (str(use.first_on), str(use.last_on))
            who = rule.approver or "no rule of the charter"
            table.append((rule.rule, use.standard_id, use.department_id, who, f"{use.commitments:,}", *first_and_last))
        if not rule.uses:
            table.append((rule.rule, "–", "–", rule.approver, "0", "–", "–"))
    columns(table)
    for waiver in register.waivers:
        said = [words(f"exceptions.finding.{name}") for name in waiver.findings]
        if waiver.state == "expiring":
            said.append(f"expires on {waiver.to_on}")
        if waiver.judged_again:
            said.append(f"{counted(waiver.judged_again, 'commitment')} of closed weeks judged again")
        if said:
            say(f"{NOTE} {escape(waiver.waiver_id)}: {'; '.join(said)}")
    for refused in register.refused:
        say(f"{NOTE} refused, and excuses nothing: {escape(refused.origin)}: {escape(refused.because)}")
    say(
        f"{counted(register.commitments, 'commitment')} taken out, by {counted(len(register.waivers), 'waiver')} and"
        f" {counted(len(register.rules), 'rule')}, as known to the night of {register.until}"
    )
