"""The command line: `charter …`. Prints what was done, plainly; a user's mistake gets a message, never a traceback."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from charter import __version__
from charter.errors import CharterError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def _told() -> Iterator[None]:
    """Turns the errors a user can mend into messages and an exit status."""
    try:
        yield
    except CharterError as error:
        for problem in error.problems:
            err.print(f"[red]✗[/red] {escape(str(problem))}", soft_wrap=True)
        if len(error.problems) > 1:
            err.print(f"{len(error.problems)} problems.")
        raise click.exceptions.Exit(error.exit_code) from error


class _Group(click.Group):
    def invoke(self, context: click.Context) -> Any:
        with _told():
            return super().invoke(context)


def _step(name: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    start = time.perf_counter()
    summary = run()
    figures = ", ".join(f"{key} {value}" for key, value in summary.items() if isinstance(value, int | bool))
    out.print(f"[green]✓[/green] {name:<22} {time.perf_counter() - start:6.1f} s   {figures}")
    for problem in summary.get("problems", []):
        out.print(f"  [yellow]![/yellow] {escape(problem)}", soft_wrap=True)
    return summary


@click.group(cls=_Group)
@click.version_option(__version__, prog_name="charter")
def main() -> None:
    """Measures, every night, whether each promise of a service charter was kept."""


@main.command()
def check() -> None:
    """Check the charter folder: every error at once, with file, line and remedy."""
    from charter.definitions import load_agency
    from charter.settings import Settings

    settings = Settings.from_environment()
    agency = load_agency(settings.charter_dir)
    out.print(
        f"[green]✓[/green] {settings.charter_dir.name}: {len(agency.charter.standards)} standards, "
        f"{len(agency.organisation.departments)} departments, {len(agency.subjects)} subject tables, "
        f"{len(agency.sources)} sources"
    )


@main.command()
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), default="2026-07-05", show_default=True, help="Last day lived."
)
@click.option("--size", type=float, default=1.0, show_default=True, help="How much happens: 1 is a small agency.")
@click.option("--seed", type=int, default=20260101, show_default=True)
def demo(until: datetime, size: float, seed: int) -> None:
    """Build (or advance) the synthetic agency's source systems under var/demo."""
    from charter.demo import build_demo
    from charter.settings import Settings

    settings = Settings.from_environment()
    build_demo(settings, until=until.date(), size=size, seed=seed)
    out.print(f"[green]✓[/green] synthetic agency in {settings.demo_dir}, as it stands at the end of {until.date()}")


@main.command()
@click.option(
    "--as-of", "as_of", help="A date (the night after that day) or an instant with its offset; default: last midnight."
)
@click.option("--known-at", "known_at", help="Judge with what is known at this later time about then.")
def nightly(as_of: str | None, known_at: str | None) -> None:
    """Run one night: extract, transform, assert, publish, site, seal."""
    from charter import line

    # The only clock on the wall that is asked, and only to know which night is meant.
    night = line.resolve_night(as_of, datetime.now(UTC))
    known = line.resolve_night(known_at, datetime.now(UTC)) if known_at else None
    out.print(f"Night as of {night}" + (f", known at {known}" if known else ""))
    for source_id in line.source_ids():
        _step(f"extract {source_id}", lambda source=source_id: line.extract(source, night))  # type: ignore[misc]
    _step("transform", lambda: line.transform(night, known))
    _step("assert expectations", lambda: line.assert_expectations(night, known))
    _step("publish", lambda: line.publish(night))
    _step("seal", lambda: line.seal_night(night, known))
    _step("site", lambda: line.build_site(night))


@main.command()
@click.option("--as-of", "as_of", help="A date or an instant: reports the last week that had ended by then.")
def weekly(as_of: str | None) -> None:
    """Report the last closed week to its departments: render, deliver, seal."""
    from charter import line

    week = line.resolve_week(as_of, datetime.now(UTC))
    out.print(f"Week reported as of {week}")
    _step("render", lambda: line.render_reports(week))
    _step("deliver", lambda: line.deliver(week))
    _step("seal", lambda: line.seal_week(week))
    _step("site", lambda: line.build_site(week))


@main.command()
def verify() -> None:
    """Check every sealed manifest: hashes, signatures, the chain, and the files they name."""
    from charter.errors import EvidenceError
    from charter.evidence import verify_chain
    from charter.settings import Settings

    if problems := verify_chain(Settings.from_environment()):
        raise EvidenceError.of(problems)
    out.print("[green]✓[/green] every manifest, signature and link holds")


@main.command()
@click.option("--as-of", "as_of", help="What had been quarantined by then; default: now.")
def quarantine(as_of: str | None) -> None:
    """List the rows that broke their contract, with the reason. Values are not shown."""
    from charter import line
    from charter.extract import read_quarantine

    here = line.installation()
    known_at = datetime.fromisoformat(line.resolve_night(as_of, datetime.now(UTC)))
    table = Table("source", "table", "row", "reason")
    rows = read_quarantine(here.settings, known_at)
    for row in rows.itertuples(index=False):
        table.add_row(str(row.source_id), str(row.table), str(row.origin), str(row.reason))
    out.print(table)
    out.print(f"{len(rows)} rows")


@main.group()
def outbox() -> None:
    """Messages and what became of each."""


@outbox.command("list")
@click.option("--state", help="Only messages in this state (queued, claimed, sent, refused, unknown, failed).")
def outbox_list(state: str | None) -> None:
    """List messages with their states."""
    from charter.deliver import Outbox
    from charter.settings import Settings

    with Outbox.open(Settings.from_environment()) as box:
        records = [record for record in box.records() if state is None or record.state == state]
    table = Table("report", "period", "revision", "recipient", "state", "attempts")
    for record in records:
        key = record.key
        table.add_row(key.report, key.period, str(key.revision), key.recipient, str(record.state), str(record.attempts))
    out.print(table)


@outbox.command("resolve")
@click.argument("report")
@click.argument("period")
@click.argument("revision", type=int)
@click.argument("recipient")
@click.argument("outcome", type=click.Choice(["sent", "requeue"]))
@click.option("--by", required=True, help="Who decided.")
@click.option("--reason", required=True, help="What was found out.")
def outbox_resolve(
    report: str, period: str, revision: int, recipient: str, outcome: Literal["sent", "requeue"], by: str, reason: str
) -> None:
    """Settle a message whose fate is unknown, after looking into the recipient's mailbox."""
    from charter.deliver import MessageKey, Outbox
    from charter.settings import Settings

    key = MessageKey(report=report, period=period, revision=revision, recipient=recipient)
    with Outbox.open(Settings.from_environment()) as box:
        box.resolve_unknown(key, outcome, by=by, reason=reason)
    out.print(f"[green]✓[/green] {key}: {outcome}")


@main.group()
def expectations() -> None:
    """The expectation suites that are kept for reading."""


@expectations.command("build")
def expectations_build() -> None:
    """Write expectations/suites anew from the charter."""
    from charter import line
    from charter.assertions import write_suites

    here = line.installation()
    written = write_suites(here.settings, here.agency)
    out.print(f"[green]✓[/green] {len(written)} suites written")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dbt(arguments: tuple[str, ...]) -> None:
    """Run dbt on the working warehouse with the charter's variables.

    For example: charter dbt -- test --select fct_commitments
    """
    from charter import line
    from charter.transform.build import run_dbt

    here = line.installation()
    receipt = run_dbt(here.settings, here.agency, list(arguments))
    out.print(f"[green]✓[/green] {receipt.models} models, {receipt.tests} tests")


if __name__ == "__main__":
    sys.exit(main())
