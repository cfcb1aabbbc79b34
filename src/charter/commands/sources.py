"""The sources: when each was heard, what it would give, and a first mapping for a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.cells import cell_len, set_cell_size
from rich.markup import escape

from charter.commands.terminal import BAD, GOOD, NOTE, as_of_option, columns, known_at, known_source, out, say
from charter.errors import SourceError

if TYPE_CHECKING:
    from charter.extract.fates import FeedFates
    from charter.extract.preview import FeedPreview
    from charter.overview import RowFate

_CELL = 24
_NOT_USED = {
    "not_used": "arrived_sql did not use them, and left_out gives no reason",
    "not_told": "or merged: arrived_sql does not tell of which rows it made its own (_rows)",
}
# The fates of landed rows by the heading under which `charter sources` counts them.
_FATES = {
    "judged": ("commitment", "counted"),
    "beside": ("evidence", "companion", "waiver"),
    "waiting": ("ahead", "not_opened"),
    "no rule": ("out_of_scope", "before_first_rule", "no_rule_in_force", "unused"),
    "undecided": ("undecided", "unjudged"),
    "orphans": ("orphan",),
    "withdrawn": ("withdrawn",),
}
# What somebody should look at.
_TOLD = ("undecided", "unjudged", "orphan", "ahead")


@click.group(short_help="The sources, and when each was last heard.", invoke_without_command=True)
@as_of_option("As known then; default: now.")
@click.pass_context
def sources(context: click.Context, as_of: str | None) -> None:
    """The sources, when each was last heard, and what became of the rows that landed.

    Nights are named by the day that they ended. Rows are counted as the last published night has them: judged (the
    subject of a commitment, or counted in one), beside (evidence of a case, a figure, a waiver), waiting (dated ahead,
    or not opened yet), under no rule, undecided (a value that decides the scope is empty), orphans (what they belong to
    is not there), and withdrawn by their source. charter sources rows says why.
    """
    if context.invoked_subcommand is not None:
        return
    from charter import line
    from charter.extract.fates import feed_fates
    from charter.overview import row_fates, source_standings

    here = line.installation()
    known = known_at(as_of)
    standings = source_standings(here.settings, here.agency, known)
    rows = [("source", "kind", "expected", "last night", "status", "last landed")]
    for each in standings:
        asked, heard = str(each.asked_on or "never"), str(each.heard_on or "never")
        rows.append((each.source_id, each.kind, each.expect, asked, each.status or "", heard))
    columns(rows)
    for each in standings:
        for problem in each.problems:
            say(f"{NOTE} {escape(problem)}")
    _show_fates(feed_fates(here.settings, here.agency, known))
    _show_row_fates(row_fates(here.settings, here.agency))


def _show_fates(fates: Sequence[FeedFates]) -> None:
    """What became of the rows of each feed's last night, and why some are not among those that landed."""
    if not fates:
        return
    say("")
    names = ("read", "landed", "unchanged", "refused", "waiting", "left_out", "merged", "deleted")
    rows = [("feed", "night", *(name.replace("_", " ") for name in names), "withheld")]
    for each in fates:
        withheld = sum(found.missed for found in each.withheld)
        counts = (str(getattr(each, name)) for name in names)
        rows.append((f"{each.source_id}/{each.table}", str(each.night), *counts, str(withheld)))
    columns(rows)
    say("read = landed + unchanged + refused + waiting + left out + merged")
    for each in fates:
        for note in _notes(each):
            say(f"{NOTE} {each.source_id}/{each.table}: {escape(note)}")


def _notes(fates: FeedFates) -> Iterator[str]:
    if fates.waiting_until is not None:
        yield f"{fates.waiting} wait for a later night, the furthest is dated {fates.waiting_until.isoformat()}"
    for left in fates.left_out_rows or ():
        because = left.because.en if left.because is not None else _NOT_USED[left.why]
        examples = f" ({', '.join(left.examples)})" if left.examples else ""
        yield f"{left.rows} left out: {because}{examples}"
    if fates.corrected:
        yield f"{fates.corrected} that were refused were put right by people"


def _show_row_fates(fates: Sequence[RowFate]) -> None:
    """How many rows of each table ended in which fate, and those that somebody should look at."""
    if not fates:
        return
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for each in fates:
        heading = next(name for name, of in _FATES.items() if each.fate in of)
        row = counts.setdefault((each.source_id, each.table), dict.fromkeys(_FATES, 0))
        row[heading] += each.rows
    say("")
    rows = [("source", "table", "rows", *_FATES)]
    for (source_id, table), row in counts.items():
        rows.append((source_id, table, f"{sum(row.values())}", *(f"{count or '·'}" for count in row.values())))
    columns(rows)
    for each in fates:
        if each.fate in _TOLD:
            say(f"{NOTE} {escape(f'{each.source_id} {each.table}: {_fate_line(each)}')}")


def _fate_line(fate: RowFate) -> str:
    why = ": ".join(filter(None, ["/".join(filter(None, [fate.standard_id, fate.part])), fate.condition]))
    furthest = f"up to {fate.furthest_on}" if fate.fate == "ahead" and fate.furthest_on else ""
    example = f"such as {fate.example_key}" if fate.example_key else ""
    return ", ".join(filter(None, [f"{fate.rows} {fate.fate.replace('_', ' ')}", why, furthest, example]))


@sources.command("rows", short_help="What became of the rows that landed, and why.")
@click.argument("name", metavar="[SOURCE]", required=False)
def sources_rows(name: str | None) -> None:
    """Of each table, how many rows ended in which fate: the standard they come nearest to, and the condition (or the
    empty column, or the date) that kept them from it. As the last published night has it."""
    from charter import line
    from charter.overview import row_fates

    here = line.installation()
    if name is not None:
        known_source(here.agency, name, "SOURCE")
    rows = [("source", "table", "fate", "rows", "dated ahead", "standard", "because", "example")]
    for each in row_fates(here.settings, here.agency):
        if name in (None, each.source_id):
            ahead = f"{each.rows_dated_ahead} (to {each.furthest_on})" if each.rows_dated_ahead else ""
            standard = "/".join(filter(None, [each.standard_id, each.part]))
            texts = (standard, each.condition or "", each.example_key or "")
            rows.append((each.source_id, each.table, each.fate, str(each.rows), ahead, *texts))
    columns(rows)


@sources.command("test", short_help="What a source would give tonight; writes nothing.")
@click.argument("name", metavar="SOURCE")
@click.option("--feed", "table", metavar="TABLE", help="Only the feed into this table.")
@as_of_option("Read as that night would; default: the last midnight.")
def sources_test(name: str, table: str | None, as_of: str | None) -> None:
    """Connect to a source, read it, and show what would land and what would be refused. Writes nothing.

    Of each feed: counts, what changed in its columns, the share of empty cells, ten rows as they would
    land (personal columns as shortened pseudonyms), and what would be refused: by column and reason, the
    most frequent first, with counts and the first places. Of daily files the last seven are read.

    Exit status: 0 it would land; 3 a feed can't be read as its contract says, or none of its rows fits.
    """
    from charter import line
    from charter.extract.preview import preview_source

    here = line.installation()
    source = known_source(here.agency, name, "SOURCE")
    tables = [feed.table for feed in source.feeds]
    if table is not None and table not in tables:
        raise click.BadParameter(f"'{name}' feeds {', '.join(tables)}, not '{table}'", param_hint="'--feed'")
    night = datetime.fromisoformat(line.resolve_night(as_of, datetime.now(UTC)))
    say(f"{source.id}, read as of {night.isoformat()}; nothing is written")
    good = True
    for feed in preview_source(here.settings, here.agency, source, night, table):
        _show_feed(feed)
        good = good and feed.would_land
    if not good:
        raise click.exceptions.Exit(SourceError.exit_code)


def _show_feed(feed: FeedPreview) -> None:
    mark = (GOOD if not (feed.refused or feed.problem or feed.fruitless) else NOTE) if feed.would_land else BAD
    files = f" in {feed.files} daily files" if feed.files is not None else ""
    waiting = f"; {feed.waiting} wait for a later night" if feed.waiting else ""
    say("")
    made = f", {feed.given} made of them" if feed.read != feed.given + feed.waiting else ""
    say(
        f"{mark} {feed.table}: {feed.read} rows read{files}{made}: {feed.new} would land, "
        f"{feed.known} are known already, {feed.refused} would be refused{waiting}"
    )
    if feed.problem is not None:
        say(f"  {NOTE if feed.would_land else BAD} {escape(feed.problem.what)}")
        say(f"    {escape(feed.problem.where)}")
        say(f"    → {escape(feed.problem.remedy)}")
    for what, names in (
        ("not mapped, and new since the last landing", feed.drift.new),
        ("gone", feed.drift.missing),
        ("hold another kind of value than at the last landing", feed.drift.retyped),
    ):
        if names:
            say(f"  {NOTE} columns {what}: {escape(', '.join(names))}")
    for place in feed.fruitless:
        say(f"  {NOTE} arrived_sql keeps none of the rows of {escape(place)}: see that it asks for what is there")
    _show_columns(feed)
    _show_sample(feed)
    for group in feed.groups:
        say("")
        say(f"  {group.count} refused by {escape(group.column)}")
        for cause in group.causes:
            more = ", …" if cause.count > len(cause.places) else ""
            say(escape(f"    {cause.count:>6}  {cause.reason}"))
            say(escape(f"            at {', '.join(cause.places)}{more}"))
        if group.different > len(group.causes):
            say(f"    … and {group.different - len(group.causes)} other causes")


def _show_columns(feed: FeedPreview) -> None:
    in_order = feed.new + feed.known
    if not in_order:
        return
    say("")
    rows = [("  column", "type", "empty", "from")]
    for each in feed.columns:
        empty = f"{each.empty / in_order:7.1%}" if each.source is not None else "      ·"
        rows.append((f"  {each.name}", each.type, empty, each.source or "(not mapped)"))
    columns(rows)
    for each in feed.columns:
        if each.looks_personal:
            say(f"  {NOTE} {each.name} looks personal: map it to a column of type pseudonym, or leave it out")


def _show_sample(feed: FeedPreview) -> None:
    if not feed.sample:
        return
    say("")
    names = [each.name for each in feed.columns if each.source is not None]
    places = [index for index, each in enumerate(feed.columns) if each.source is not None]
    rows = [[row[place] for place in places] for row in feed.sample]
    for block in _blocks(names, rows, out.width - 2):
        for line in block:
            say(escape(f"  {line}"))
        say("")
    say(f"  the first {len(rows)} rows in order; times are UTC, · is empty")


def _blocks(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[list[str]]:
    """The table in blocks of columns that fit ``width`` cells, each beginning with the first column."""
    table = [[_clipped(cell) for cell in row] for row in (names, *rows)]
    widths = [max(cell_len(row[index]) for row in table) for index in range(len(names))]
    taken: list[int] = []
    for index in range(1, len(names)):
        if taken and sum(widths[each] + 2 for each in (0, *taken, index)) > width:
            yield _aligned(table, widths, (0, *taken))
            taken = []
        taken.append(index)
    yield _aligned(table, widths, (0, *taken))


def _aligned(table: Sequence[Sequence[str]], widths: Sequence[int], places: Sequence[int]) -> list[str]:
    return ["  ".join(set_cell_size(row[place], widths[place]) for place in places).rstrip() for row in table]


def _clipped(text: str) -> str:
    plain = " ".join(text.split())
    return plain if cell_len(plain) <= _CELL else set_cell_size(plain, _CELL - 1) + "…"


@sources.command("profile", short_help="A first mapping for a new source.")
@click.argument("name", metavar="SOURCE_OR_CONNECTION")
@click.option("--kind", help="Of a connection: the kind of source, as in sources.yaml.")
@click.option("--at", "place", metavar="PLACE", help="Of a connection: the table or query, path, or sheet.")
@click.option("--path", help="Of a connection that is a folder of workbooks: the workbook.")
@click.option("--table", help="The subject table to map to; default: the one that fits best.")
@click.option("--feed", type=click.IntRange(1), default=1, show_default=True, help="Which feed of the source.")
@click.option("--rows", "count", type=click.IntRange(1), default=5000, show_default=True, help="Rows to look at.")
def sources_profile(
    name: str, kind: str | None, place: str | None, path: str | None, table: str | None, feed: int, count: int
) -> None:
    """Propose a mapping for sources.yaml: for a source whose columns are not mapped yet, or a connection.

    Reads a sample, guesses types and formats, finds departments and codes, and leaves out what looks
    personal unless the table has a column of type pseudonym for it. Values are shown of codes only.
    Prints YAML; read it, and complete what its comments ask for.

    For example: charter sources profile voc --kind sql --at tb_voc_rcpt --table tickets
    """
    from charter.extract.profile import Asked, profile_source
    from charter.settings import Settings

    asked = Asked(name=name, kind=kind, place=place, path=path, table=table, feed=feed, rows=count)
    click.echo(profile_source(Settings.from_environment(), asked), nl=False)
