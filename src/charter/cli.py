"""The command line: `charter …`. Prints what was done, plainly; a user's mistake gets a message, never a traceback."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape

from charter import __version__
from charter.errors import CharterError, Problem, SettingError, SourceError

if TYPE_CHECKING:
    from charter.deliver import MessageKey
    from charter.extract import SourceReceipt
    from charter.overview import PeriodFigures

GOOD, BAD, NOTE = "[green]✓[/green]", "[red]✗[/red]", "[yellow]![/yellow]"
STATES = ("queued", "claimed", "sent", "refused", "unknown", "failed")


out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def _say(text: str) -> None:
    # A terminal gets lines that break between words; a file or a pipe gets them whole.
    out.print(text, soft_wrap=not out.is_terminal)


def _complain(problems: Sequence[Problem]) -> None:
    for problem in problems:
        err.print(f"{BAD} {escape(str(problem))}", soft_wrap=not err.is_terminal)
    if len(problems) > 1:
        err.print(f"{len(problems)} problems.")


@contextmanager
def _told() -> Iterator[None]:
    """Turns the errors a user can mend into messages and an exit status."""
    try:
        yield
    except CharterError as error:
        _complain(error.problems)
        raise click.exceptions.Exit(error.exit_code) from error
    except Exception as error:
        problem = _of_the_machine(error)
        if problem is None:
            raise
        _complain([problem])
        raise click.exceptions.Exit(SettingError.exit_code) from error


def _of_the_machine(error: Exception) -> Problem | None:
    """What a disk, or another process of ours, stands in the way of; None for anything else: that is our defect."""
    import duckdb

    if isinstance(error, duckdb.IOException):
        return Problem(
            str(error).splitlines()[0].removeprefix("IO Error: "),
            "warehouse",
            "one run at a time writes: wait for the other one (Airflow's, another terminal's) to end, then run again",
        )
    if isinstance(error, OSError) and error.filename is not None:
        return Problem(
            f"the file or folder can't be used ({error.strerror})",
            str(error.filename),
            "see that this user may read and write there; CHARTER_VAR names the folder in which all state is kept",
        )
    return None


class _Group(click.Group):
    def invoke(self, context: click.Context) -> Any:
        with _told():
            return super().invoke(context)


def _columns(rows: Iterable[Sequence[str]]) -> None:
    """Prints rows in aligned columns. Nothing is cut or broken, so that what is shown can be copied."""
    table = [[str(cell) for cell in row] for row in rows]
    widths = [max(cell_len(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        _say(escape("  ".join(padded).rstrip()))


def _step(name: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Runs one step of the line and says in a line or two what it did."""
    start = time.perf_counter()
    with out.status(f"{name} …"):
        summary = run()
    head = f"{name:<20} {time.perf_counter() - start:5.1f} s"
    problems = dict.fromkeys(summary.get("problems", []))
    figures = _figures(summary)
    mark = GOOD if summary.get("status", "landed") == "landed" else NOTE
    # Two for the mark, two between: what does not fit goes below.
    gap = "  " if 4 + cell_len(head) + cell_len(figures) <= out.width else "\n    "
    _say(f"{mark} {head}{gap}{escape(figures)}".rstrip())
    for problem in problems:
        _say(f"  {NOTE} {escape(problem)}")
    return summary


def _figures(summary: dict[str, Any]) -> str:
    """The figures of a step's summary, in words; an extraction's counts as the sum that they are."""
    if "arrived" in summary:
        words = {"landed": "landed", "unchanged": "unchanged", "quarantined": "refused"}
        parts = ", ".join(f"{summary[name]} {word}" for name, word in words.items() if summary[name])
        arrived = f"{summary['arrived']} arrived" + (f": {parts}" if parts else "")
        return arrived if summary["status"] == "landed" else f"{summary['status']}; {arrived}"
    shown = {key: value for key, value in summary.items() if isinstance(value, int | str) and key != "sha256"}
    return ", ".join(
        key.replace("_", " ") if value is True else f"{key.replace('_', ' ')} {value}"
        for key, value in shown.items()
        if value is not False
    )


def _as_of_option(text: str) -> Callable[[Any], Any]:
    return click.option("--as-of", "as_of", metavar="WHEN", help=text)


@click.group(cls=_Group, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="charter")
def main() -> None:
    """Measures, every night, whether each promise of a service charter was kept.

    WHEN is a date (2026-07-05: the midnight that ends that day) or an instant with its offset
    (2026-07-06T00:00:00+09:00).

    Exit status: 0 done; 2 wrong usage, definitions or settings; 3 source; 4 warehouse; 5 checks;
    6 reports; 7 delivery; 8 evidence.
    """


# ── definitions ─────────────────────────────────────────────────────────────────────────────────


@main.command(short_help="Check the charter folder.")
def check() -> None:
    """Check the charter folder: every error at once, with file, line and remedy."""
    from charter.definitions import load_agency
    from charter.settings import Settings

    settings = Settings.from_environment()
    agency = load_agency(settings.charter_dir)
    _say(
        f"{GOOD} {settings.charter_dir.name}: {len(agency.charter.standards)} standards, "
        f"{len(agency.organisation.departments)} departments, {len(agency.subjects)} subject tables, "
        f"{len(agency.sources)} sources"
    )


@main.group(short_help="The expectation suites that are kept for reading.")
def expectations() -> None:
    """The expectation suites that are kept for reading."""


@expectations.command("build")
def expectations_build() -> None:
    """Write expectations/suites anew from the charter."""
    from charter import line
    from charter.assertions import write_suites

    here = line.installation()
    written = write_suites(here.settings, here.agency)
    _say(f"{GOOD} {len(written)} suites written")


# ── the night and the week ──────────────────────────────────────────────────────────────────────


@main.command(short_help="Build the synthetic agency's source systems.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), default="2026-07-05", show_default=True, help="Last day lived."
)
@click.option(
    "--size",
    type=click.FloatRange(0, 1000, min_open=True),
    default=1.0,
    show_default=True,
    help="How much happens: 1 is a small agency.",
)
@click.option("--seed", type=int, default=20260101, show_default=True, help="Another seed is another agency.")
def demo(until: datetime, size: float, seed: int) -> None:
    """Build the synthetic agency's source systems under var/demo, or advance them to a later day."""
    from charter.demo import build_demo
    from charter.settings import Settings

    settings = Settings.from_environment()
    build_demo(settings, until=until.date(), size=size, seed=seed)
    _say(f"{GOOD} synthetic agency in {settings.demo_dir}, as it stands at the end of {until.date()}")
    _say(f"  its addresses are in {settings.demo_dir / 'connections.env'}")


@main.command(short_help="Run one night, from sources to pages.")
@_as_of_option("The night's midnight; default: the last one.")
@click.option("--known-at", "known_at", metavar="WHEN", help="Judge that night with what was known later, at WHEN.")
def nightly(as_of: str | None, known_at: str | None) -> None:
    """Run one night: extract, transform, assert, publish, seal, site.

    Any night may be run again: what landed is not landed twice, and the same night gives the same
    figures. A night before the published one is built beside it and changes nothing of it.
    """
    from charter import line

    # The only clock on the wall that is asked, and only to know which night is meant.
    night = line.resolve_night(as_of, datetime.now(UTC))
    known = line.resolve_night(known_at, datetime.now(UTC)) if known_at else None
    if known is not None and datetime.fromisoformat(known) < datetime.fromisoformat(night):
        raise click.BadParameter(f"{known} is before the night itself, {night}", param_hint="'--known-at'")
    _say(f"Night as of {night}" + (f", known at {known}" if known else ""))
    _extract_all(night)
    _step("transform", lambda: line.transform(night, known))
    _step("assert", lambda: line.assert_expectations(night, known))
    published = _step("publish", lambda: line.publish(night, known))
    _step("seal", lambda: line.seal_night(night, known))
    _step("site", lambda: line.build_site(night))
    _say(_night_in_a_line(published.get("replay")))


def _extract_all(night: str) -> None:
    """Extracts every source, also after one whose settings are unusable: the others' rows are safe then."""
    from charter import line

    problems: list[Problem] = []
    for source_id in line.source_ids():
        try:
            _step(f"extract {source_id}", lambda source=source_id: line.extract(source, night))  # type: ignore[misc]
        except SourceError as error:
            _say(f"{BAD} extract {source_id}")
            problems += error.problems
    if problems:
        raise SourceError.of(problems)


def _night_in_a_line(replay: str | None) -> str:
    from charter.overview import standard_figures
    from charter.settings import Settings

    settings = replace(Settings.from_environment(), replay=replay)
    year = standard_figures(settings, "year")
    return f"{_results_in_a_line(year)}{f' (in {settings.warehouse})' if replay else ''}"


def _results_in_a_line(period: PeriodFigures) -> str:
    counts = ", ".join(f"{count} {result.replace('_', ' ')}" for result, count in period.results().most_common())
    return f"{period.start} to {period.end}: of {len(period.standards)} standards {counts}"


@main.command(short_help="Report the last closed week to its departments.")
@_as_of_option("Reports the last week that had ended by then; default: by the last midnight.")
def weekly(as_of: str | None) -> None:
    """Report the last closed week to its departments: render, deliver, seal, site.

    Nobody gets the same report twice. Figures that changed since go out as a visible correction.
    """
    from charter import line

    week = line.resolve_week(as_of, datetime.now(UTC))
    _say(f"Week reported as of {week}")
    _step("render", lambda: line.render_reports(week))
    _step("deliver", lambda: line.deliver(week))
    _step("seal", lambda: line.seal_week(week))
    _step("site", lambda: line.build_site(week))


@main.command(short_help="Extract named sources again.")
@click.argument("source_ids", nargs=-1, required=True, metavar="SOURCE...")
@_as_of_option("The night to extract for; default: the last midnight.")
@click.option("--force", is_flag=True, help="Read everything again, also what has landed.")
@click.option("--accept-empty", is_flag=True, help="A register that is suddenly empty really is: delete what it held.")
def extract(source_ids: tuple[str, ...], as_of: str | None, force: bool, accept_empty: bool) -> None:
    """Extract named sources again, into the lake only: run the night afterwards."""
    from charter import line
    from charter.extract import extract_source

    here = line.installation()
    known = {source.id: source for source in here.agency.sources}
    for name in source_ids:
        if name not in known:
            raise click.BadParameter(f"no source '{name}': there are {', '.join(known)}", param_hint="SOURCE")
    night = datetime.fromisoformat(line.resolve_night(as_of, datetime.now(UTC)))
    for name in source_ids:
        source = known[name]
        receipt = _extracted(
            lambda source=source: extract_source(  # type: ignore[misc]
                here.settings, here.agency, source, night, force=force, accept_empty=accept_empty
            )
        )
        if receipt.status != "landed":
            raise SourceError.of(
                [
                    Problem(feed.problem.what, feed.problem.where, feed.problem.remedy)
                    for feed in receipt.feeds
                    if feed.problem
                ]
            )


def _extracted(run: Callable[[], SourceReceipt]) -> SourceReceipt:
    receipts: list[SourceReceipt] = []

    def summary() -> dict[str, Any]:
        receipts.append(run())
        feeds = receipts[0].feeds
        names = ("arrived", "landed", "unchanged", "quarantined")
        return {"status": receipts[0].status, **{name: sum(getattr(feed, name) for feed in feeds) for name in names}}

    _step("extract", summary)
    return receipts[0]


@main.command(short_help="Run dbt with the charter's variables.", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, required=True)
def dbt(arguments: tuple[str, ...]) -> None:
    """Run dbt on the working warehouse with the charter's variables.

    For example: charter dbt -- test --select fct_commitments
    """
    from charter import line
    from charter.transform.build import run_dbt

    here = line.installation()
    receipt = run_dbt(here.settings, here.agency, list(arguments))
    _say(f"{GOOD} {receipt.models} models, {receipt.tests} tests")


# ── looking ─────────────────────────────────────────────────────────────────────────────────────


@main.command(short_help="The standards' results in the published warehouse.")
@click.option("--period", type=click.Choice(["day", "week", "year"]), default="year", show_default=True)
def results(period: Literal["day", "week", "year"]) -> None:
    """The standards' results, agency-wide, in the latest period of the published warehouse."""
    from charter.overview import standard_figures
    from charter.settings import Settings

    figures = standard_figures(Settings.from_environment(), period)
    rows: list[tuple[str, ...]] = [("standard", "result", "met", "breached", "pending", "excluded")]
    for each in figures.standards:
        counts = (str(count) for count in (each.met, each.breached, each.pending, each.excluded))
        rows.append((each.standard_id, each.result, *counts))
    _columns(rows)
    for each in figures.standards:
        if each.reason:
            _say(f"{NOTE} {each.standard_id}: {escape(each.reason)}")
    _say(_results_in_a_line(figures))


@main.command(short_help="The sources, and when each was last heard.")
@_as_of_option("As known then; default: now.")
def sources(as_of: str | None) -> None:
    """The sources, and when each was last heard. Nights are named by the day that they ended."""
    from charter import line
    from charter.overview import source_standings

    here = line.installation()
    standings = source_standings(here.settings, here.agency, _known_at(as_of))
    rows = [("source", "kind", "expected", "last night", "status", "last landed")]
    for each in standings:
        asked, heard = str(each.asked_on or "never"), str(each.heard_on or "never")
        rows.append((each.source_id, each.kind, each.expect, asked, each.status or "", heard))
    _columns(rows)
    for each in standings:
        for problem in each.problems:
            _say(f"{NOTE} {escape(problem)}")


@main.command(short_help="The rows that broke their contract, with the reason.")
@_as_of_option("What had been refused by then; default: now.")
@click.option("--source", "source_id", help="Only rows of this source.")
def quarantine(as_of: str | None, source_id: str | None) -> None:
    """The rows that broke their contract: where each stands, why, and on which nights it was refused.

    Rows' contents are not shown; a reason names the value that broke the contract unless it may be personal.
    """
    from charter import line
    from charter.overview import refused_rows

    here = line.installation()
    known = [source.id for source in here.agency.sources]
    if source_id is not None and source_id not in known:
        raise click.BadParameter(f"no source '{source_id}': there are {', '.join(known)}", param_hint="'--source'")
    rows = [
        row for row in refused_rows(here.settings, here.agency, _known_at(as_of)) if source_id in (None, row.source_id)
    ]
    place = None
    for row in rows:
        if place != (row.source_id, row.table):
            place = (row.source_id, row.table)
            _say(f"{row.source_id} → {row.table}")
        nights = str(row.first_on) if row.first_on == row.last_on else f"{row.first_on} … {row.last_on}"
        _say(escape(f"  {row.origin}  ({nights})\n      {row.reason}"))
    _say(f"{len(rows)} rows")


def _known_at(as_of: str | None) -> datetime:
    from charter import line

    now = datetime.now(UTC)
    return now if as_of is None else datetime.fromisoformat(line.resolve_night(as_of, now))


# ── the outbox ──────────────────────────────────────────────────────────────────────────────────


@main.group(short_help="Messages and what became of each.")
def outbox() -> None:
    """Messages and what became of each. A message is named as in the list: weekly/2026-W27/r1/head@agency.example"""


@outbox.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only messages in this state.")
def outbox_list(state: str | None) -> None:
    """List messages with their states, the number of tries and the server's last words."""
    from charter.deliver import Outbox
    from charter.settings import Settings

    with Outbox.open(Settings.from_environment()) as box:
        records = [record for record in box.records() if state in (None, str(record.state))]
    rows = [("message", "state", "tries", "server")]
    rows += [(str(each.key), str(each.state), str(each.attempts), each.server_reply) for each in records]
    _columns(rows)
    _say(f"{len(records)} messages")


@outbox.command("resolve")
@click.argument("message")
@click.argument("outcome", type=click.Choice(["sent", "requeue"]))
@click.option("--by", required=True, help="Who decided.")
@click.option("--reason", required=True, help="What was found out.")
def outbox_resolve(message: str, outcome: Literal["sent", "requeue"], by: str, reason: str) -> None:
    """Settle a message whose fate is unknown, after looking into the recipient's mailbox.

    It had arrived (sent), or it had not and goes out once more (requeue).
    """
    from charter.deliver import Outbox
    from charter.settings import Settings

    key = _message_key(message)
    with Outbox.open(Settings.from_environment()) as box:
        box.resolve_unknown(key, outcome, by=by, reason=reason)
    _say(f"{GOOD} {escape(str(key))}: {outcome}")


@outbox.command("requeue")
@click.argument("message")
@click.option("--by", required=True, help="Who decided.")
@click.option("--reason", required=True, help="What was mended.")
def outbox_requeue(message: str, by: str, reason: str) -> None:
    """Let a message that was refused, or failed too often, be tried again by the next run."""
    from charter.deliver import Outbox
    from charter.settings import Settings

    key = _message_key(message)
    with Outbox.open(Settings.from_environment()) as box:
        box.requeue(key, by=by, reason=reason)
    _say(f"{GOOD} {escape(str(key))}: queued")


def _message_key(text: str) -> MessageKey:
    from pydantic import ValidationError

    from charter.deliver import MessageKey

    report, period, revision, recipient = [*text.split("/", 3), "", "", "", ""][:4]
    try:
        return MessageKey(report=report, period=period, revision=int(revision.removeprefix("r")), recipient=recipient)
    except (ValidationError, ValueError) as error:
        raise click.BadParameter(
            f"'{text}' names no message; `charter outbox list` shows how they are named "
            "(weekly/2026-W27/r1/head@agency.example)",
            param_hint="MESSAGE",
        ) from error


# ── evidence ────────────────────────────────────────────────────────────────────────────────────


@main.command(short_help="Check that nothing sealed was altered.")
@click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key that you trust (PEM), rather than the one lying beside the evidence.",
)
def verify(public_key: Path | None) -> None:
    """Check every sealed manifest: hashes, signatures, the chain, and the files they name."""
    from charter.errors import EvidenceError
    from charter.evidence import verify_chain
    from charter.settings import Settings

    trusted = public_key.read_bytes() if public_key is not None else None
    if problems := verify_chain(Settings.from_environment(), trusted):
        raise EvidenceError.of(problems)
    _say(f"{GOOD} every manifest, signature and link holds")


if __name__ == "__main__":
    sys.exit(main(prog_name="charter"))
