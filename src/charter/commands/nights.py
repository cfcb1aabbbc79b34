"""The synthetic agency, the night, the week, and what runs a single step of them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from charter.base.errors import Problem, SourceError
from charter.commands.mail import tell_dry_run
from charter.commands.results import results_in_a_line
from charter.commands.terminal import BAD, GOOD, NOTE, as_of_option, complain, counted, out, say, step

if TYPE_CHECKING:
    from charter.backfill import NightRun
    from charter.extract import SourceReceipt

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(short_help="Build the synthetic agency's source systems.")
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
    """Build the synthetic agency's source systems under var/demo, or advance them to a later day.

    It never goes back: a day before the last one lived is refused.
    """
    from charter.base.settings import Settings
    from charter.demonstration import build_demo

    settings = Settings.from_environment()
    build_demo(settings, until=until.date(), size=size, seed=seed)
    say(f"{GOOD} synthetic agency in {settings.demo_dir}, as it stands at the end of {until.date()}")
    say(f"  every command finds its addresses and keys by itself ({settings.demo_dir / 'settings.env'}): charter env")


@click.command(short_help="Run one night, from sources to pages.")
@as_of_option("The night's midnight; default: the last one.")
@click.option("--known-at", "known_at", metavar="WHEN", help="Judge that night with what was known later, at WHEN.")
@click.option("--from", "first", type=_DAY, help="Run every night from the one after this day …")
@click.option("--to", "last", type=_DAY, help="… to the one after this day; default: the last midnight.")
@click.option("--stop-on-error", is_flag=True, help="With --from: no further night after one that failed.")
@click.option("--catch-up", is_flag=True, help="First every night that was missed since the newest sealed one.")
@click.option("--rebuild", is_flag=True, help="Build everything anew, not only what changed since the night before.")
def nightly(
    as_of: str | None,
    known_at: str | None,
    first: datetime | None,
    last: datetime | None,
    stop_on_error: bool,
    catch_up: bool,
    rebuild: bool,
) -> None:
    """Run one night: extract, transform, assert, publish, seal, site.

    Any night may be run again: what landed is not landed twice, and the same night gives the same
    figures. A night before the published one is built beside it and changes nothing of it.

    With --from (and --to) every night of a range is run, the earliest first. Nights that were sealed
    and published are skipped: after an interruption give the same range again. The exit status is that
    of the gravest failure: 8, 2, 4, 5, 3, 6 in this order.

    With --catch-up, which is what a timer should call, nights that were missed are run before tonight's. One
    that fails stops no other, and the exit status is 2 at the end.
    """
    from charter import line
    from charter.backfill import catch_up as run_missed
    from charter.backfill import require_caught_up

    if first is not None:
        if as_of or known_at or rebuild or catch_up:
            raise click.UsageError(
                "--from goes without --as-of, --known-at, --catch-up and --rebuild: it names the nights itself"
            )
        _range(first, last, stop_on_error)
        return
    if last is not None or stop_on_error:
        raise click.UsageError("--to and --stop-on-error belong to a range: give its first day with --from")
    # The only clock on the wall that is asked, and only to know which night is meant.
    night = line.resolve_night(as_of, datetime.now(UTC))
    known = line.resolve_night(known_at, datetime.now(UTC)) if known_at else None
    if known is not None and datetime.fromisoformat(known) < datetime.fromisoformat(night):
        raise click.BadParameter(f"{known} is before the night itself, {night}", param_hint="'--known-at'")
    line.require_night_settings(night)
    caught = step("missed nights", lambda: run_missed(night)) if catch_up else None
    say(f"Night as of {night}" + (f", known at {known}" if known else ""))
    with line.alone_for_night(night):
        _steps(night, known, rebuild)
    if caught is not None:
        require_caught_up(caught)


def _steps(night: str, known: str | None, rebuild: bool) -> None:
    from charter import line

    _extract_all(night)
    step("transform", lambda: line.transform(night, known, anew=rebuild))
    step("assert", lambda: line.assert_expectations(night, known))
    published = step("publish", lambda: line.publish(night, known))
    step("seal", lambda: line.seal_night(night, known))
    step("site", lambda: line.build_site(night))
    say(_night_in_a_line(published.get("replay")))


def _range(first: datetime, last: datetime | None, stop_on_error: bool) -> None:
    from charter import line
    from charter.backfill import gravest, nights_between, run_nights

    now = datetime.now(UTC)
    end = last.date() if last is not None else line.last_day(now)
    nights = nights_between(first.date(), end, now)
    say(f"{counted(len(nights), 'night')}, from that after {nights[0][0]} to that after {nights[-1][0]}")
    runs: list[NightRun] = []
    with out.status("…") as status:
        for run in run_nights(nights, stop_on_error=stop_on_error):
            runs.append(run)
            _tell(run)
            status.update(f"{run.number} of {run.of} …")
    if any(run.outcome == "done" for run in runs):
        # Only the newest night has pages, and only it can give them.
        step("site", lambda: line.build_site(line.published_night()))
    counts = {outcome: sum(run.outcome == outcome for run in runs) for outcome in ("done", "was_done", "failed")}
    untried = len(nights) - len(runs)
    say(
        f"{counted(counts['done'], 'night')} run, {counts['was_done']} sealed already, {counts['failed']} failed"
        + (f", {untried} not tried" if untried else "")
    )
    if error := gravest([run.error for run in runs if run.error is not None]):
        raise click.exceptions.Exit(error.exit_code)


def _tell(run: NightRun) -> None:
    head = f"{run.number:>{len(str(run.of))}} of {run.of}  {run.day}"
    if run.outcome == "was_done":
        say(f"{GOOD} {head}  sealed already")
        return
    left = f"  about {_duration(run.left)} left" if run.left else ""
    say(f"{GOOD if run.outcome == 'done' else BAD} {head} {run.seconds:6.1f} s{left}")
    for note in run.notes:
        say(f"  {NOTE} {escape(note)}")
    if run.error is not None:
        complain(run.error.problems)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(round(seconds), 1)} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _extract_all(night: str) -> None:
    """Extracts every source, also after one whose settings are unusable: the others' rows are safe then."""
    from charter import line

    problems: list[Problem] = []
    for source_id in line.source_ids():
        try:
            step(f"extract {source_id}", lambda source=source_id: line.extract(source, night))  # type: ignore[misc]
        except SourceError as error:
            say(f"{BAD} extract {source_id}")
            problems += error.problems
    if problems:
        raise SourceError.of(problems)


def _night_in_a_line(replay: str | None) -> str:
    from charter.base.settings import Settings
    from charter.overview import standard_figures

    settings = replace(Settings.from_environment(), replay=replay)
    year = standard_figures(settings, "year")
    return f"{results_in_a_line(year)}{f' (in {settings.warehouse})' if replay else ''}"


_dry_run = click.option(
    "--dry-run", "folder", type=click.Path(path_type=Path), help="Write the mails to this new folder; nothing is sent."
)


@click.command(short_help="Report the last closed week to its departments.")
@as_of_option("Reports the last week that had ended by then; default: by the last midnight.")
@click.option("--week", metavar="WEEK", help="Reports this week (2026-W26), however long ago it ended.")
@_dry_run
def weekly(as_of: str | None, week: str | None, folder: Path | None) -> None:
    """Report a week to its departments: render, deliver, seal, site.

    Nobody gets the same report twice. Unless a week or a night is named, weeks that were missed since the
    newest reported one are reported, too. Figures of this or any other reported week that are not those
    that were sent go out as a visible correction. What is known is that of the published night. The exit
    status is 6 when a report was left out, 7 while any message, also of an earlier week, is refused, failed
    or unknown (see `charter outbox`).
    """
    from charter import line

    end = line.resolve_week(as_of, datetime.now(UTC), week)
    _report("week", end, line.seal_week, folder, catches_up=not (as_of or week))


@click.command(short_help="Report the last calendar month to its departments.")
@as_of_option("Reports the last month that had ended by then; default: by the last midnight.")
@click.option("--month", metavar="MONTH", help="Reports this month (2026-06), however long ago it ended.")
@_dry_run
def monthly(as_of: str | None, month: str | None, folder: Path | None) -> None:
    """Report a calendar month to its departments: render, deliver, seal, site.

    Needs a report with period: month in reports.yaml. In all else it is as `charter weekly`: nobody gets the
    same report twice, and figures of any reported month that are not those that were sent go out as a
    visible correction.
    """
    from charter import line

    end = line.resolve_month(as_of, datetime.now(UTC), month)
    _report("month", end, line.seal_month, folder, catches_up=not (as_of or month))


def _report(kind: str, end: str, seal: Callable[[str], Any], folder: Path | None, *, catches_up: bool) -> None:
    """Reports the week or month that ended at ``end`` (and with ``catches_up`` those that were missed before it), or
    writes the mails to ``folder``."""
    from charter import line

    say(f"{kind.capitalize()} that ended at {end}, as known at {line.published_night()}")
    if folder is not None:
        made, left_out = line.report_to_folder(end, folder, kind, catches_up=catches_up)
        tell_dry_run(made, folder)
        complain(left_out)
        return
    rendered = step("render", lambda: line.render_reports(end, kind, catches_up=catches_up))
    step("deliver", lambda: line.deliver(end))
    step("seal", lambda: seal(end))
    step("site", line.refresh_site)
    step("outbox", lambda: line.require_settled(rendered))


@click.command(short_help="Extract named sources again.")
@click.argument("source_ids", nargs=-1, required=True, metavar="SOURCE...")
@as_of_option("The night to extract for; default: the last midnight.")
@click.option("--force", is_flag=True, help="Read everything again, also what has landed.")
@click.option(
    "--accept-shrunk",
    "--accept-empty",
    is_flag=True,
    help="Rows that are no longer given, tonight or before, really are gone, however many: nobody doubts it any more.",
)
def extract(source_ids: tuple[str, ...], as_of: str | None, force: bool, accept_shrunk: bool) -> None:
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
        with line.alone_for_night(night.isoformat()):
            receipt = _extracted(
                lambda source=source: extract_source(  # type: ignore[misc]
                    here.settings, here.agency, source, night, force=force, accept_shrunk=accept_shrunk
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
        names = ("arrived", "landed", "unchanged", "quarantined")
        return {"status": receipts[0].status, **{name: receipts[0].total(name) for name in names}}

    step("extract", summary)
    return receipts[0]


@click.command(short_help="Run dbt with the charter's variables.", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, required=True)
def dbt(arguments: tuple[str, ...]) -> None:
    """Run dbt on the working warehouse with the charter's variables.

    For example: charter dbt -- test --select fct_commitments
    """
    from charter import line
    from charter.base.writer import writing
    from charter.transform.build.nightly import run_dbt

    here = line.installation()
    with writing(here.settings, "dbt"):
        receipt = run_dbt(here.settings, here.agency, list(arguments))
    say(f"{GOOD} {counted(receipt.models, 'model')}, {counted(receipt.tests, 'test')}")
