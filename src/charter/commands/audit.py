"""What an auditor asks for: the traceability matrix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.commands.terminal import GOOD, LANGUAGE, NOTE, columns, counted, say

if TYPE_CHECKING:
    from charter.audit.matrix.rows import Matrix

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
