"""The command behind `make up` and `make down`: `python -m charters.live up`, `… down`, `… status`."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import wraps
from http.client import HTTPException
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from charter.base.errors import CharterError, SettingError
from charter.base.lock import exclusive
from charter.demonstration import demonstration_of
from charters.live.database import has_postgres, start_database, stop_database
from charters.live.installation import USER, Installation, Ports
from charters.live.parts import Part, Started, end, start
from charters.main_job import USUAL, JobFailed
from deploy.probe import PARTS, health

# How long Airflow's parts may take until all of them have said that they are well, on a busy machine.
PATIENCE_S = 240
_PAUSE_S = 2.0

out = Console(highlight=False, soft_wrap=True)


def up(installation: Installation, as_of: datetime, size: float) -> None:
    """Starts what does not run yet. A second call changes nothing. Raises SettingError when a port is another
    program's, JobFailed when a part does not come up."""
    settings = installation.settings
    for folder in (installation.folder, installation.logs, settings.site_dir):
        folder.mkdir(parents=True, exist_ok=True)
    with exclusive(installation.folder / "lock", wait_s=0, error=SettingError):
        started = Started.read(installation.started_file)
        alive = started.alive()
        missing = [part for part in installation.parts() if part.name not in alive]
        if missing:
            _require_free_ports(installation, missing)
            _start(installation, started, missing, as_of, size)
        _wait_until_well(installation)
    out.print("[green]✓[/green] everything runs" + ("" if missing else ", as before"))
    for what, address in installation.addresses():
        out.print(f"  {what:<9} {address}")
    out.print(f"  login     {USER} / {installation.password()}")
    if not has_postgres():
        out.print(
            "  [yellow]![/yellow] Airflow is on SQLite: PostgreSQL's package is not installed (make up installs it)"
        )
    out.print(f"[bold]Next:[/bold] trigger charter_nightly with as_of {as_of:%Y-%m-%d}. `make down` stops everything.")


def _start(installation: Installation, started: Started, missing: list[Part], as_of: datetime, size: float) -> None:
    settings = installation.settings
    if not settings.demo_dir.exists():
        demo = demonstration_of(settings)
        out.print(f"The agency's source systems: {demo.build_demo(settings, as_of.date(), size, demo.SEED).summary}")
    installation.password()
    environment = installation.environment(start_database(installation.folder / "postgres"))
    _migrate(environment, installation.logs / "migrate.log")
    running = {part.name: part for part in started.parts}
    for part in missing:
        if part.name in running:
            # It died: its children, if it left any, would work against the new one.
            end(running[part.name])
        running[part.name] = start(part, environment, installation.logs / f"{part.name}.log")
        Started(parts=list(running.values())).write(installation.started_file)
        out.print(f"  started {part.name}")


def _migrate(environment: Mapping[str, str], log: Path) -> None:
    with log.open("w", encoding="utf-8") as said:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        if subprocess.run(command, env=dict(environment), stdout=said, stderr=said, check=False).returncode:
            raise JobFailed("Airflow could not bring its database to this version's layout.", f"See {log}")


def _require_free_ports(installation: Installation, missing: list[Part]) -> None:
    ports, names = installation.ports, {part.name for part in missing}
    wanted = [("AIRFLOW_PORT", ports.airflow, "api-server"), ("SITE_PORT", ports.site, "site")]
    wanted += [("MAIL_PORT", ports.mail, "mail"), ("SMTP_PORT", ports.smtp, "mail")]
    for setting, port, part in wanted:
        if part in names:
            try:
                socket.create_server(("127.0.0.1", port)).close()
            except OSError as error:
                raise SettingError(
                    f"port {port} is taken by another program ({error.strerror})",
                    where=setting,
                    remedy=f"choose another: make up {setting}={port + 1000}",
                ) from error


def _wait_until_well(installation: Installation) -> None:
    """Until Airflow says of all its parts that they are well. Raises JobFailed with what is wrong."""
    deadline = time.monotonic() + PATIENCE_S
    wrong = "the API server does not answer yet"
    with out.status("Airflow starts …"):
        while time.monotonic() < deadline:
            alive = Started.read(installation.started_file).alive()
            for part in installation.parts():
                if part.name not in alive:
                    log = installation.logs / f"{part.name}.log"
                    raise JobFailed(
                        f"{part.name} has ended by itself.", f"What it said: {log}. `make down` ends the rest."
                    )
            with suppress(OSError, HTTPException, ValueError):
                found = health(installation.airflow_address)
                sick = [f"{part} is {found[part]}" for part in PARTS if found[part] != "healthy"]
                if not sick:
                    return
                wrong = ", ".join(sick)
            time.sleep(_PAUSE_S)
    raise JobFailed(f"After {PATIENCE_S} s {wrong}.", f"What the parts said: {installation.logs}")


def down(installation: Installation) -> None:
    """Ends everything that `up` started, the newest first. Does nothing when nothing runs."""
    if not installation.folder.exists():
        out.print("nothing runs")
        return
    with exclusive(installation.folder / "lock", wait_s=0, error=SettingError):
        started = Started.read(installation.started_file)
        for part in sorted(started.parts, key=lambda part: part.name == "api-server"):
            # The API server last: tasks that end tell it how.
            by_itself = end(part)
            out.print(f"  stopped {part.name}" + ("" if by_itself else " (it did not end by itself, and was killed)"))
        Started().write(installation.started_file)
        if stop_database(installation.folder / "postgres"):
            out.print("  stopped postgres")
    out.print("[green]✓[/green] nothing runs any more. All state is kept; `make up` goes on from it.")


def status(installation: Installation) -> bool:
    """Says which parts run; tells whether all do."""
    alive = Started.read(installation.started_file).alive()
    for part in installation.parts():
        out.print(f"  {part.name:<14} {'runs' if part.name in alive else 'does not run'}")
    return len(alive) == len(installation.parts())


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def _common(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command has, and how each ends."""

    @click.option("--agency", default=USUAL, show_default=True, help="Whose demonstration: a folder of charters/.")
    @click.option("--airflow-port", default=8080, show_default=True, help="Port of Airflow's pages.")
    @click.option("--site-port", default=8088, show_default=True, help="Port of the published pages.")
    @click.option("--mail-port", default=8025, show_default=True, help="Port of the received mails' page.")
    @click.option("--smtp-port", default=2525, show_default=True, help="Port of the mail server.")
    @wraps(command)
    def ended(agency: str, airflow_port: int, site_port: int, mail_port: int, smtp_port: int, **options: Any) -> None:
        errors = Console(stderr=True, highlight=False, soft_wrap=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # A shell's background job is deaf to interrupts, and what it starts would be, too: `down` interrupts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            command(Installation.of(agency, Ports(airflow_port, site_port, mail_port, smtp_port)), **options)
        except CharterError as error:
            for problem in error.problems:
                errors.print(f"[red]✗[/red] {escape(str(problem))}")
            sys.exit(error.exit_code)
        except JobFailed as failure:
            errors.print(f"[red]✗ {escape(str(failure))}[/red]\n{escape(failure.advice)}")
            sys.exit(1)

    return ended


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command("up", help="Start what does not run yet, and say where it is.")
@_common
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), default="2026-07-05", show_default=True, help="Last day lived."
)
@click.option("--size", type=float, default=1.0, show_default=True, help="How much happens: 1 is a small agency.")
def up_command(installation: Installation, as_of: datetime, size: float) -> None:
    up(installation, as_of, size)


@main.command("down", help="End everything that was started.")
@_common
def down_command(installation: Installation) -> None:
    down(installation)


@main.command("status", help="Which parts run. Exit status 1 when one does not.")
@_common
def status_command(installation: Installation) -> None:
    sys.exit(0 if status(installation) else 1)


if __name__ == "__main__":
    main()
