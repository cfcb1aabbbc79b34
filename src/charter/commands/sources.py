"""The sources: when each was heard, what it would give, and a first mapping for a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click
from rich.cells import cell_len, set_cell_size
from rich.markup import escape

from charter.base.errors import SourceError
from charter.commands.terminal import (
    BAD,
    GOOD,
    LANGUAGE,
    NOTE,
    as_of_option,
    columns,
    counted,
    known_at,
    known_source,
    out,
    say,
    without_empty,
)

if TYPE_CHECKING:
    from charter.base.settings import Settings
    from charter.definitions import Agency
    from charter.extract.discover.preview import FeedPreview
    from charter.extract.night.fates import FeedFates
    from charter.lake.receipts import LeftOutRows
    from charter.overview import RowFate, RowFates
    from charter.report.view.phrases import Phrases
    from charter.transform.doubt.row import DoubtedRow
    from charter.words import Words

_CELL = 24
_LEFT_OUT = {
    "not_used": "it did not use them, and left_out gives no reason",
    "no_row_of_key": "it made no row of their key, and left_out gives no reason",
    "padding": "lines with nothing in any cell; the source is padded",
}
# The fates of landed rows by the heading under which `charter sources` counts them.
_FATES = {
    "judged": ("commitment", "counted"),
    "beside": ("evidence", "companion", "waiver", "register"),
    "ahead": ("ahead",),
    "not opened": ("not_opened",),
    "no rule": ("out_of_scope", "before_first_rule", "no_rule_in_force", "unused"),
    "undecided": ("undecided", "unjudged"),
    "orphans": ("orphan",),
    "withdrawn": ("withdrawn",),
}
# How a row that stands in doubt is settled.
_SETTLED = {
    "ahead": "put its date right at the source",
    "withdrawn": "put it back at the source; if it really is gone: charter extract {source} --accept-shrunk",
    "disordered": "put the date right that is wrong: the row's, or that of what it belongs to",
    "orphaned": "put the case back at the source; if there is none: charter extract {source} --accept-shrunk",
}
# What somebody should look at.
_TOLD = ("undecided", "unjudged", "orphan", "ahead")


@click.group(short_help="The sources, and when each was last heard.", invoke_without_command=True)
@as_of_option("As known then; default: now.")
@click.pass_context
def sources(context: click.Context, as_of: str | None) -> None:
    """The sources, when each was last heard, and what became of the rows that landed.

    Nights are named by the day that they ended. What a source gave is read = landed + unchanged + refused + waiting
    (recorded after the night: it lands with a later one) + left out + merged.

    Of what landed, rows are counted as the published night has them: judged (the subject of a commitment, or counted in
    one), beside (evidence of a case, a figure, a waiver, an action), ahead (dated after the night), not opened (the
    date that opens them is empty), under no rule, undecided (a value that decides the scope is empty), orphans (what
    they belong to is not there), and withdrawn by their source. charter sources rows says why. Columns that count
    nothing are not shown.
    """
    if context.invoked_subcommand is not None:
        return
    from charter import line
    from charter.base.moments import last_ended_day
    from charter.extract import read_receipts
    from charter.extract.night.fates import feed_fates
    from charter.overview import row_fates, source_standings
    from charter.transform.doubt.rows import doubted_rows

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
    phrases = _phrases(here.settings, here.agency)
    _show_fates(feed_fates(here.settings, here.agency, known), phrases.words)
    _show_row_fates(row_fates(here.settings, here.agency), phrases, last_ended_day(known, here.agency.zone))
    receipts = read_receipts(here.settings, known)
    _show_doubts(doubted_rows(here.settings, here.agency, receipts, known, known), phrases.words)


def _show_fates(fates: Sequence[FeedFates], words: Words) -> None:
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
    columns(without_empty(rows, keep=6))
    say("read = landed + unchanged + refused + waiting + left out + merged")
    for each in fates:
        for note in _notes(each, words):
            say(f"{NOTE} {each.source_id}/{each.table}: {escape(note)}")


def _notes(fates: FeedFates, words: Words) -> Iterator[str]:
    if fates.waiting_until is not None:
        yield f"{_waiting(fates.waiting)}, the furthest is dated {fates.waiting_until.isoformat()}"
    if fates.of_other_days:
        yield words("site.fate_of_other_days", count=fates.of_other_days)
    if fates.caught:
        yield words("site.fate_caught", count=fates.caught)
    yield from _left_out_notes(fates.left_out_rows or (), words)
    for found in fates.withheld:
        place = str(found.day) if found.day is not None else fates.table
        reason = words(f"fate.{found.because}")
        yield words("site.fate_withheld", place=place, missed=found.missed, known=found.known, reason=reason)
    if fates.corrected:
        yield words("site.fate_corrected", count=fates.corrected)


def _left_out_notes(left_out: Sequence[LeftOutRows], words: Words) -> Iterator[str]:
    """Why rows were left out, with the first places."""
    for left in left_out:
        if left.why == "not_told":
            yield (
                f"{left.rows:,} left out by the feed's SQL, or merged into other rows: it does not tell which "
                "(let arrived_sql give list(_row) AS _rows)"
            )
            continue
        by = "" if left.why == "padding" else " by the feed's SQL"
        because = words.pick(left.because.root) if left.because is not None else _LEFT_OUT[left.why]
        examples = f": {', '.join(left.examples)}" if left.examples else ""
        more = ", …" if left.rows > len(left.examples) > 0 else ""
        yield f"{left.rows:,} left out{by} ({because}){examples}{more}"


def _waiting(rows: int) -> str:
    return f"{counted(rows, 'row waits', 'rows wait')} for a later night"


def _show_doubts(doubted: Sequence[DoubtedRow], words: Words) -> None:
    """Which landed rows stand in doubt, and how that is settled; refused ones are in charter quarantine."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in doubted:
        if each.because != "refused":
            found.setdefault((each.source_id, each.table, each.because), []).append(each.id)
    for (source_id, table, because), ids in found.items():
        remedy = _SETTLED[because].format(source=source_id)
        doubt = f"{words(f'doubt.{because}', count=len(ids))}, such as {ids[0]}"
        say(f"{NOTE} {escape(f'{source_id} {table}: {doubt}: {remedy}')}")


def _show_row_fates(fates: RowFates | None, phrases: Phrases, asked_on: date) -> None:
    """How many rows of each table ended in which fate, and those that somebody should look at.

    They are known of the published night alone: nothing is shown to whoever asks for what was known before it.
    """
    if fates is None:
        return
    say("")
    if asked_on < fates.night:
        say(
            f"{NOTE} what became of the rows that landed is known of the published night alone ({fates.night}), not of"
            f" {asked_on}: ask without --as-of"
        )
        return
    say(f"Rows that landed, as the night {fates.night} was published:")
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for each in fates.rows:
        heading = next(name for name, of in _FATES.items() if each.fate in of)
        row = counts.setdefault((each.source_id, each.table), dict.fromkeys(_FATES, 0))
        row[heading] += each.rows
    rows = [("table", "rows", *_FATES)]
    for (source_id, table), row in counts.items():
        rows.append((f"{source_id}/{table}", f"{sum(row.values())}", *(f"{count or '·'}" for count in row.values())))
    columns(without_empty(rows, keep=2))
    for each in fates.rows:
        if each.fate in _TOLD:
            say(f"{NOTE} {escape(f'{each.source_id}/{each.table}: {_fate_line(each, phrases)}')}")


def _fate_line(fate: RowFate, phrases: Phrases) -> str:
    why = phrases.row_reason(fate.condition) if fate.condition else ""
    standard = "/".join(filter(None, [fate.standard_id, fate.part]))
    ahead = f"{fate.rows_dated_ahead:,} dated ahead, up to {fate.furthest_on}" if fate.rows_dated_ahead else ""
    example = f"such as {fate.example_key}" if fate.example_key else ""
    details = filter(None, [why, f"for {standard}" if standard else "", ahead, example])
    return ": ".join(filter(None, [f"{fate.rows:,} {fate.fate.replace('_', ' ')}", ", ".join(details)]))


def _phrases(settings: Settings, agency: Agency) -> Phrases:
    from charter.report.view.phrases import Phrases
    from charter.words import words_in

    return Phrases(words_in(settings, agency, LANGUAGE), agency.zone)


@sources.command("rows", short_help="What became of the rows that landed, and why.")
@click.argument("name", metavar="[SOURCE]", required=False)
def sources_rows(name: str | None) -> None:
    """Of each table, how many rows ended in which fate: what kept them from being judged, and the standard that they
    came nearest to. As the published night has it."""
    from charter import line
    from charter.overview import row_fates

    here = line.installation()
    if name is not None:
        known_source(here.agency, name, "SOURCE")
    fates = row_fates(here.settings, here.agency)
    if fates is None:
        say("no night has been published yet")
        return
    phrases = _phrases(here.settings, here.agency)
    say(f"Rows that landed, as the night {fates.night} was published:")
    table = None
    for each in fates.rows:
        if name not in (None, each.source_id):
            continue
        if table != (each.source_id, each.table):
            table = (each.source_id, each.table)
            say(f"{each.source_id}/{each.table}")
        say(escape(f"  {_fate_line(each, phrases)}"))


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
    from charter.extract.discover.preview import preview_source

    here = line.installation()
    source = known_source(here.agency, name, "SOURCE")
    tables = [feed.table for feed in source.feeds]
    if table is not None and table not in tables:
        raise click.BadParameter(f"'{name}' feeds {', '.join(tables)}, not '{table}'", param_hint="'--feed'")
    night = datetime.fromisoformat(line.resolve_night(as_of, datetime.now(UTC)))
    say(f"{source.id}, read as of {night.isoformat()}; nothing is written")
    good, words = True, _phrases(here.settings, here.agency).words
    for feed in preview_source(here.settings, here.agency, source, night, table):
        _show_feed(feed, words)
        good = good and feed.would_land
    if not good:
        raise click.exceptions.Exit(SourceError.exit_code)


def _show_feed(feed: FeedPreview, words: Words) -> None:
    mark = (GOOD if not (feed.refused or feed.problem or feed.fruitless) else NOTE) if feed.would_land else BAD
    files = f" in {counted(feed.files, 'daily file')}" if feed.files is not None else ""
    waiting = f"; {_waiting(feed.waiting)}" if feed.waiting else ""
    say("")
    made = f", {feed.given} made of them" if feed.read != feed.given + feed.waiting else ""
    say(
        f"{mark} {feed.table}: {counted(feed.read, 'row')} read{files}{made}: {feed.new:,} would land, "
        f"{counted(feed.known, 'is', 'are')} known already, {feed.refused:,} would be refused{waiting}"
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
    for note in _left_out_notes(feed.left_out, words):
        say(f"  {NOTE} {escape(note)}")
    if feed.merged > 0:
        say(f"  {feed.merged} merged into other rows by the feed's SQL")
    if feed.unread:
        say(f"  columns that nothing reads: {escape(', '.join(feed.unread))}")
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
            say(f"    … and {counted(group.different - len(group.causes), 'other cause')}")


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
    say(f"  the first {counted(len(rows), 'row')} in order; times are UTC, · is empty")


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
@click.option("--table", help="The table to map to, or the name of a new one; default: the one that fits best.")
@click.option("--feed", type=click.IntRange(1), default=1, show_default=True, help="Which feed of the source.")
@click.option("--rows", "count", type=click.IntRange(1), default=5000, show_default=True, help="Rows to look at.")
def sources_profile(
    name: str, kind: str | None, place: str | None, path: str | None, table: str | None, feed: int, count: int
) -> None:
    """Propose a mapping for sources.yaml: for a source whose columns are not mapped yet, or a connection.

    Reads a sample, guesses types and formats, finds departments and codes, and leaves out what looks
    personal unless the table has a column of type pseudonym for it. Values are shown of codes only.
    Where no declared table fits, a table for subjects.yaml is proposed as well, with a key that no two rows share.
    Prints YAML; read it, and complete what its comments ask for.

    For example: charter sources profile voc --kind sql --at tb_voc_rcpt --table tickets
    """
    from charter.base.settings import Settings
    from charter.extract.discover.profile import Asked, profile_source

    asked = Asked(name=name, kind=kind, place=place, path=path, table=table, feed=feed, rows=count)
    click.echo(profile_source(Settings.from_environment(), asked), nl=False)
