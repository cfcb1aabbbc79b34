"""`charter runs`: how the last nights went, on a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.commands.terminal import BAD, GOOD, NOTE, Group, columns, counted, say

if TYPE_CHECKING:
    from charter.definitions import Agency
    from charter.observe.nodes import NodeRun
    from charter.observe.status.nights import Nights, NightStatus
    from charter.runs import StepRun

_STATES = {
    "done": "done",
    "failed": "failed",
    "unfinished": "broken off",
    "incomplete": "not finished",
    "running": "running",
    "missing": "missing",
    "expected": "not due yet",
}
_as_json = click.option("--json", "as_json", is_flag=True, help="For programs: all that is known, as JSON.")


@click.group(cls=Group, invoke_without_command=True, short_help="How the last nights went, step by step.")
@_as_json
@click.pass_context
def runs(context: click.Context, as_json: bool) -> None:
    """How the last nights went: what was done, what failed and where, what is missing. Changes nothing."""
    if context.invoked_subcommand is not None:
        return
    nights = _nights()
    if as_json:
        _print_json([_night_as_json(night) for night in nights.shown])
        return
    if not nights.shown:
        say("Nothing has been run yet.")
        return
    rows: list[tuple[str, ...]] = [("night after", "state", "took", "sources", "sealed", "tries", "")]
    rows += [_line(night) for night in nights.shown]
    columns(rows)
    if nights.missing is not None:
        first, last = nights.missing
        count = counted((last - first).days + 1, "night")
        say(f"{NOTE} {count} not run since, from that after {first} to that after {last}")


@runs.command("show")
@click.argument("night", metavar="NIGHT")
@_as_json
def show(night: str, as_json: bool) -> None:
    """The steps of NIGHT (a date, 2026-07-05: the night after that day), and the slowest of dbt's models."""
    from charter import line
    from charter.base.moments import parse_as_of
    from charter.observe.nodes import nodes_of_night
    from charter.runs import runs_of_night

    here = line.installation()
    as_of = parse_as_of(night, here.agency.zone)
    found = runs_of_night(here.settings, as_of)
    nodes = nodes_of_night(here.settings, as_of)
    if as_json:
        _print_json([run.as_json() for run in found])
        return
    if not found:
        raise click.BadParameter(f"nothing of the night {as_of.isoformat()} was run", param_hint="NIGHT")
    columns([("step", "began", "took", "outcome", "what"), *(_step(run, here.agency) for run in found)])
    _tell_nodes(nodes)


@runs.command("page")
def page() -> None:
    """Write the status pages (var/status) as they are now, and say where they are."""
    from charter import line
    from charter.observe.status.pages import status_folder, write_status

    here = line.installation()
    written = write_status(here.settings, here.agency, datetime.now(UTC))
    say(f"{GOOD} {counted(len(written), 'page')}: {escape(str(status_folder(here.settings) / 'index.html'))}")


def _nights() -> Nights:
    from charter import line
    from charter.observe.status.pages import nights_of

    here = line.installation()
    return nights_of(here.settings, here.agency, datetime.now(UTC))


def _line(night: NightStatus) -> tuple[str, ...]:
    from charter.observe.status.nights import OF_MAIL

    landed = sum(run.counts.get("status") == "landed" for run in night.sources)
    bad = [run for run in night.runs if run.outcome in ("failed", "unfinished")]
    sent = sum(int(run.counts.get("sent", 0)) for run in night.of(OF_MAIL))
    told = [*(_trouble(run) for run in bad), *([counted(sent, "mail") + " sent"] if sent else [])]
    return (
        str(night.day),
        _STATES[night.state],
        "" if night.took is None else f"{night.took:.1f} s",
        f"{landed} of {len(night.sources)}" if night.sources else "",
        "yes" if night.is_sealed else "no",
        str(night.tried or ""),
        "; ".join(told),
    )


def _trouble(run: StepRun) -> str:
    if run.error is None:
        return f"{run.name} broken off"
    return f"{run.name}: {run.error.kind} at {run.error.where}" if run.error.where else f"{run.name}: {run.error.kind}"


def _step(run: StepRun, agency: Agency) -> tuple[str, ...]:
    figures = ", ".join(f"{name} {value}" for name, value in run.counts.items() if not name.startswith("outbox_"))
    what = _trouble(run) if run.outcome in ("failed", "unfinished") else figures
    return (
        f"{run.name}{' (replay)' if run.replay else ''}",
        f"{run.began.astimezone(agency.zone):%Y-%m-%d %H:%M:%S}",
        "" if run.seconds is None else f"{run.seconds:.1f} s",
        _STATES[run.outcome],
        what,
    )


def _tell_nodes(nodes: Sequence[NodeRun]) -> None:
    from charter.observe.nodes import slowest

    for node in nodes:
        if node.has_failed:
            place = f": var/{node.sql}" if node.sql else ""
            say(f"{BAD} {node.kind} {node.name} {escape(node.status)}{escape(place)}")
    if nodes:
        say("The slowest of dbt's models and tests:")
        rows = [(node, "" if node.rows is None else counted(node.rows, "row")) for node in slowest(nodes)]
        columns([(node.name, f"{node.seconds:.1f} s", count) for node, count in rows])


def _night_as_json(night: NightStatus) -> dict[str, object]:
    return {
        "day": night.day.isoformat(),
        "as_of": night.as_of.isoformat(),
        "state": night.state,
        "sealed": night.is_sealed,
        "late_seconds": None if night.late is None else night.late.total_seconds(),
        "steps": [run.as_json() for run in night.runs],
    }


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))
