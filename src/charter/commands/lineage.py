"""Which column comes from which: of a figure, down to the source; and the models' own pages."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from charter.commands.terminal import GOOD, Group, counted, say


@click.group(cls=Group, short_help="Which column comes from which.")
def lineage() -> None:
    """Which column comes from which, as the newest night told it (var/lineage, OpenLineage)."""


@lineage.command("column")
@click.argument("name", metavar="TABLE.COLUMN")
def column_command(name: str) -> None:
    """Trace a column (marts.fct_commitments.fulfilled_at, or warehouse.…) to the columns of the sources.

    Joins and conditions, which decide only which rows there are, are not in it.
    """
    from charter.base.settings import Settings
    from charter.lineage.read import newest_lineage, origins

    table, _, column = name.rpartition(".")
    path = newest_lineage(Settings.from_environment())
    found = origins(path, table, column)
    for each in found:
        what = f"source {each.column}" if each.column.is_source else str(each.column)
        notes = " (pseudonym)" if each.column.is_masked else ""
        notes += " (as above)" if each.is_repeated else ""
        say(escape(f"{'  ' * each.depth}{what}{notes}"))
    sources = {each.column for each in found if each.column.is_source}
    say(f"{counted(len(sources), 'column')} of sources, as of {path.stem}")


@lineage.command("docs")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Where to; by default var/docs/models.html.",
)
def docs_command(output: Path | None) -> None:
    """Write dbt's documentation of the models as one page that opens offline: every table and column, the graph, and
    the reports that read the marts."""
    from charter import line
    from charter.transform.build.docs import document_models

    here = line.installation()
    target = output or here.settings.var_dir / "docs" / "models.html"
    document_models(here.settings, here.agency, target)
    say(f"{GOOD} written to {escape(str(target))}")
