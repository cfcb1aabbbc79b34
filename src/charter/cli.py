"""The command line: `charter …`. Prints what was done, plainly; a user's mistake gets a message, never a traceback."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click
from rich.markup import escape

from charter import __version__
from charter.commands.nights import dbt, demo, extract, nightly, results_in_a_line, weekly
from charter.commands.outbox import outbox
from charter.commands.quarantine import quarantine
from charter.commands.sources import sources
from charter.commands.terminal import GOOD, NOTE, Group, as_of_option, columns, say


@click.group(cls=Group, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="charter")
def main() -> None:
    """Measures, every night, whether each promise of a service charter was kept.

    WHEN is a date (2026-07-05: the midnight that ends that day) or an instant with its offset
    (2026-07-06T00:00:00+09:00).

    Exit status: 0 done; 2 wrong usage, definitions or settings; 3 source; 4 warehouse; 5 checks;
    6 reports; 7 delivery; 8 evidence.
    """


@main.command(short_help="Check the charter folder.")
@as_of_option("The day from which the calendar must reach far enough; default: today.")
def check(as_of: str | None) -> None:
    """Check the charter folder: every error at once, with file, line and remedy.

    What is no error yet is told as well: a calendar that ends too soon for what opens in the next three months.
    """
    from charter.definitions import load_agency
    from charter.moments import local_date, parse_as_of
    from charter.settings import Settings
    from charter.transform.reach import calendar_warning

    settings = Settings.from_environment()
    agency = load_agency(settings.charter_dir)
    instant = datetime.now(UTC) if as_of is None else parse_as_of(as_of, agency.zone)
    warning = calendar_warning(
        agency, local_date(instant, agency.zone), f"{settings.charter_dir.name}/calendar.yaml, last_day"
    )
    if warning is not None:
        say(f"{NOTE} {escape(str(warning))}")
    say(
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
    say(f"{GOOD} {len(written)} suites written")


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
    columns(rows)
    for each in figures.standards:
        if each.reason:
            say(f"{NOTE} {each.standard_id}: {escape(each.reason)}")
    if figures.set_aside:
        say(
            f"{NOTE} {figures.set_aside} of the pending are set aside: calendar.yaml ends before they fall due"
            " (fct_commitments.due_basis = 'beyond_calendar')"
        )
    say(results_in_a_line(figures))


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
    say(f"{GOOD} every manifest, signature and link holds")


for command in (demo, nightly, weekly, extract, dbt, sources, quarantine, outbox):
    main.add_command(command)


if __name__ == "__main__":
    sys.exit(main(prog_name="charter"))
