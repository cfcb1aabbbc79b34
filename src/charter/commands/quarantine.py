"""Refused rows: seen, put right, and taken in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.commands.terminal import GOOD, as_of_option, columns, counted, known_at, known_source, say, step

if TYPE_CHECKING:
    from charter.overview import RefusedRow

ROWS_SHOWN = 10


@click.group(short_help="The rows that broke their contract.", invoke_without_command=True)
@as_of_option("What had been refused by then; default: now.")
@click.option("--source", "source_id", help="Only rows of this source.")
@click.option("--all", "shows_all", is_flag=True, help=f"Every row, not only {ROWS_SHOWN} of those refused alike.")
@click.pass_context
def quarantine(context: click.Context, as_of: str | None, source_id: str | None, shows_all: bool) -> None:
    """The rows that broke their contract: why, how many alike, where each stands, and on which nights it was refused.

    Rows' contents are not shown; a reason names the value that broke the contract unless it may be personal.

    A row that its source cannot mend is put right beside it: export the open rows, fill in what is missing and why,
    and hand the file to `correct`. What was put right lands with the next night.
    """
    if context.invoked_subcommand is not None:
        return
    from charter import line
    from charter.overview import refused_rows

    here = line.installation()
    if source_id is not None:
        known_source(here.agency, source_id, "'--source'")
    rows = [
        row for row in refused_rows(here.settings, here.agency, known_at(as_of)) if source_id in (None, row.source_id)
    ]
    tables: dict[tuple[str, str], dict[str, list[RefusedRow]]] = {}
    for row in rows:
        tables.setdefault((row.source_id, row.table), {}).setdefault(row.reason, []).append(row)
    for (source, table), reasons in tables.items():
        say(f"{source} → {table}")
        for reason, alike in sorted(reasons.items(), key=lambda each: -len(each[1])):
            say(escape(f"  {counted(len(alike), 'row')}: {reason}"))
            shown = (
                alike if shows_all else sorted(alike, key=lambda row: (row.correction is None, row.mended))[:ROWS_SHOWN]
            )
            for row in shown:
                say(escape(_row_line(row)))
            if len(alike) > len(shown):
                say(f"      and {len(alike) - len(shown)} more (--all shows them)")
    mended = sum(row.mended for row in rows)
    since = f", {counted(mended, 'was', 'were')} mended at the source since" if mended else ""
    say(f"{counted(len(rows), 'row')}{since}")


def _row_line(row: RefusedRow) -> str:
    nights = str(row.first_on) if row.first_on == row.last_on else f"{row.first_on} … {row.last_on}"
    since = f"  {row.correction} {row.state}" if row.correction else "  mended at the source" if row.mended else ""
    return f"      {row.origin}  ({nights}){since}"


@quarantine.command("export", short_help="The open rows of a source as CSV, to be put right.")
@click.option("--source", "source_id", required=True, help="The source whose rows are to be put right.")
@click.option("--table", help="The table, when the source has refused rows of several.")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="The file; default: the screen.")
def quarantine_export(source_id: str, table: str | None, target: Path | None) -> None:
    """Write the rows that nobody has put right yet as CSV: only mapped columns, personal ones as pseudonyms.

    Fill in what is missing, and `correction_reason` in each row that you put right; leave the first
    column as it is. Times are on the agency's clocks.
    """
    from charter import line
    from charter.extract.corrections.land import open_refusals
    from charter.extract.corrections.rows import to_csv

    here = line.installation()
    source = known_source(here.agency, source_id, "'--source'")
    found = open_refusals(here.settings, here.agency, source, known_at(None))
    tables = list(dict.fromkeys(each.table for each in found if table in (None, each.table)))
    if len(tables) > 1:
        raise click.UsageError(f"'{source_id}' has open rows of several tables: --table {' or '.join(tables)}")
    if not tables:
        say(f"{GOOD} no open rows")
        return
    feed = next(feed for feed in source.feeds if feed.table == tables[0])
    rows = [each for each in found if each.table == feed.table]
    text = to_csv(here.agency, feed, rows)
    if target is None:
        click.echo(text, nl=False)
        return
    # Spreadsheets take a file without this mark for an old Korean encoding.
    target.write_bytes(text.encode("utf-8-sig"))
    say(f"{GOOD} {counted(len(rows), 'row')} of {feed.table} in {escape(str(target))}")


@quarantine.command("correct", short_help="Take in the rows that were put right.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", "source_id", required=True, help="The source whose rows they are.")
@click.option("--by", required=True, help="Who decided.")
@click.option("--reason", help="Why, for the rows that give no reason of their own.")
def quarantine_correct(file: Path, source_id: str, by: str, reason: str | None) -> None:
    """Hold the rows of FILE (what `export` wrote) against their contract, and write all of them down, or none.

    Rows without a reason are passed over, unless --reason gives one for all. They land with the next
    night; the past stays as it was.
    """
    from charter import line
    from charter.extract.corrections.land import correct
    from charter.extract.corrections.rows import CorrectionError, from_csv

    here = line.installation()
    source = known_source(here.agency, source_id, "'--source'")
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorrectionError("the file is not UTF-8 text", where=str(file), remedy="save it as CSV (UTF-8)") from error
    proposals = from_csv(text, file.name, reason)
    made = correct(here.settings, here.agency, source, proposals, by=by, made_at=datetime.now(UTC))
    for each in made:
        say(f"{GOOD} {each.id}  {escape(each.origin)}")
    known = len(proposals) - len(made)
    repeated = f", {counted(known, 'was', 'were')} known already" if known else ""
    when = "it lands" if len(made) == 1 else "they land"
    say(f"{counted(len(made), 'correction')}{repeated}; {when} with the next night")


@quarantine.command("corrections", short_help="What was put right, by whom, and what became of it.")
@as_of_option("What had become of each by then; default: now.")
@click.option("--source", "source_id", help="Only those of this source.")
def quarantine_corrections(as_of: str | None, source_id: str | None) -> None:
    """Every correction: waiting for the next night, landed, replaced by a later one, or superseded by the source."""
    from charter import line
    from charter.overview import correction_standings

    here = line.installation()
    if source_id is not None:
        known_source(here.agency, source_id, "'--source'")
    found = correction_standings(here.settings, here.agency, known_at(as_of))
    rows = [("correction", "state", "row", "by", "reason")]
    rows += [
        (each.id, each.state, f"{each.table} {each.origin}", each.by, each.reason)
        for each in found
        if source_id in (None, each.source_id)
    ]
    columns(rows)
    say(counted(len(rows) - 1, "correction"))


@quarantine.command("replay", short_help="Land corrections in the current night.")
@click.argument("source_ids", nargs=-1, metavar="[SOURCE]...")
@as_of_option("The current night; default: the last midnight.")
def quarantine_replay(source_ids: tuple[str, ...], as_of: str | None) -> None:
    """Land what was put right in the current night, instead of the next one. The sources are not asked.

    Only the last night that was extracted takes corrections in. Run that night again afterwards.
    """
    from charter import line
    from charter.overview import correction_standings

    night = line.resolve_night(as_of, datetime.now(UTC))
    here = line.installation()
    waiting = [
        each.source_id
        for each in correction_standings(here.settings, here.agency, known_at(None))
        if each.state == "waiting"
    ]
    chosen = [known_source(here.agency, name, "SOURCE").id for name in source_ids] or list(dict.fromkeys(waiting))
    for name in chosen:
        step(f"replay {name}", lambda name=name: line.replay_corrections(name, night))  # type: ignore[misc]
    say(f"run the night again: charter nightly --as-of {night}" if chosen else "no correction is waiting")
