"""The command line: `charter …`. Prints what was done, plainly; a user's mistake gets a message, never a traceback."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import click
from rich.markup import escape

from charter import __version__
from charter.base.agencies import AGENCY
from charter.base.moments import PERIOD_KINDS, PeriodKind
from charter.commands.actions import actions
from charter.commands.audit import audit_bundle, exceptions, matrix
from charter.commands.checks import checks
from charter.commands.doctor import doctor
from charter.commands.env import env
from charter.commands.evidence import explain, rotate_key, verify
from charter.commands.init import init
from charter.commands.keep import backup, backup_key, kept_for, prune, restore
from charter.commands.lineage import lineage
from charter.commands.mail import preview, recipients, send
from charter.commands.nights import dbt, demo, extract, monthly, nightly, weekly
from charter.commands.notices import notices, watch
from charter.commands.outbox import outbox
from charter.commands.quarantine import quarantine
from charter.commands.reports import digest, publish
from charter.commands.results import Unknowns, result_word, results_in_a_line
from charter.commands.runs import runs
from charter.commands.sources import sources
from charter.commands.terminal import GOOD, NOTE, Group, as_of_option, columns, counted, say
from charter.commands.waive import waive


@click.group(cls=Group, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="charter")
@click.option("--agency", metavar="NAME", help="One of several agencies: the folder charters/NAME, its state var/NAME.")
def main(agency: str | None) -> None:
    """Measures, every night, whether each promise of a service charter was kept.

    WHEN is a date (2026-07-05: the midnight that ends that day) or an instant with its offset
    (2026-07-06T00:00:00+09:00).

    Exit status: 0 done; 2 wrong usage, definitions or settings; 3 source; 4 warehouse; 5 checks;
    6 reports; 7 delivery; 8 evidence;
    9 changed since the newest seal.
    """
    if agency is not None:
        os.environ[AGENCY] = agency


@main.command(short_help="Check the charter folder.")
@as_of_option("The day from which the calendar must reach far enough; default: today.")
def check(as_of: str | None) -> None:
    """Check the charter folder: every error at once, with file, line and remedy.

    What is no error yet is told as well: a calendar that ends too soon for what opens in the next three months.
    """
    from charter.base.moments import local_date, parse_as_of
    from charter.base.settings import Settings
    from charter.catalogues import require_catalogues
    from charter.definitions import load_agency
    from charter.notices.people import owners_of_nobody
    from charter.transform.build.reach import calendar_warning

    settings = Settings.from_environment()
    agency = load_agency(settings.charter_dir, settings.cache_dir)
    require_catalogues(settings, agency)
    instant = datetime.now(UTC) if as_of is None else parse_as_of(as_of, agency.zone)
    warning = calendar_warning(
        agency, local_date(instant, agency.zone), f"{settings.charter_dir.name}/calendar.yaml, last_day"
    )
    if warning is not None:
        say(f"{NOTE} {escape(str(warning))}")
    say(
        f"{GOOD} {settings.charter_dir.name}: {counted(len(agency.charter.standards), 'standard')}, "
        f"{counted(len(agency.organisation.departments), 'department')}, "
        f"{counted(len(agency.subjects), 'subject table')}, {counted(len(agency.sources), 'source')}"
    )
    if nobody := owners_of_nobody(agency, local_date(instant, agency.zone)):
        say(f"{NOTE} these sources have owners without recipients, whom nothing can be told: {', '.join(nobody)}")
    for text in kept_for(agency):
        say(escape(text))


@main.group(short_help="The expectation suites that are kept for reading.")
def expectations() -> None:
    """The expectation suites that are kept for reading."""


@expectations.command("build")
def expectations_build() -> None:
    """Write expectations/suites/<charter> anew from the charter."""
    from charter import line
    from charter.assertions import write_suites

    here = line.installation()
    written = write_suites(here.settings, here.agency)
    folder = written[0].parent
    place = folder.relative_to(here.settings.home) if folder.is_relative_to(here.settings.home) else folder
    say(f"{GOOD} {counted(len(written), 'suite')} written to {place}")


@main.command(short_help="The standards' results in the published warehouse.")
@click.option("--period", type=click.Choice(PERIOD_KINDS), default="year", show_default=True)
def results(period: PeriodKind) -> None:
    """The standards' results, agency-wide, in the latest period of the published warehouse.

    Where refused rows or missing days are not known, the shares between which the truth lies are told with their n:
    a result is undecided (no data) when the target lies between them.
    """
    from charter.base.settings import Settings
    from charter.overview import standard_figures
    from charter.report.view.phrases import percent

    settings = Settings.from_environment()
    figures, wording = standard_figures(settings, period), Unknowns(settings)
    rows: list[tuple[str, ...]] = [("standard", "result", "met", "breached", "pending", "excluded", "share met")]
    for each in figures.standards:
        known, kept = each.components, each.components.kept_rate()
        counts = (f"{count:,}" for count in (known.met, known.breached, known.pending, known.excluded))
        rows.append((each.standard_id, result_word(each.result), *counts, percent(kept.value) if kept else "–"))
        rows.extend(wording.parts(each))
    columns(rows)
    for each in figures.standards:
        if text := wording.of(each):
            say(f"{NOTE} {each.standard_id}: {escape(text)}")
    if figures.set_aside:
        pending = counted(figures.set_aside, "pending commitment is", "pending commitments are")
        say(
            f"{NOTE} {pending} set aside: calendar.yaml ends before they fall due"
            " (fct_commitments.due_basis = 'beyond_calendar')"
        )
    say(results_in_a_line(figures))


for command in (
    init,
    env,
    demo,
    nightly,
    weekly,
    monthly,
    digest,
    publish,
    recipients,
    preview,
    send,
    outbox,
    extract,
    dbt,
    sources,
    quarantine,
):
    main.add_command(command)
main.add_command(actions)
main.add_command(doctor)
main.add_command(watch)
main.add_command(notices)
main.add_command(runs)
for command in (explain, verify, rotate_key, matrix, exceptions, lineage, waive, checks, audit_bundle):
    main.add_command(command)
for command in (backup, backup_key, restore, prune):
    main.add_command(command)


if __name__ == "__main__":
    sys.exit(main(prog_name="charter"))
