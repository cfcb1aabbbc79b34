"""Soaks an installation for as many minutes as it is told, and writes the account into RESULTS.md."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from benchmarks.results import SOAK, with_section
from benchmarks.soak.disk import small_disk
from benchmarks.soak.installation import HOME, Installation
from benchmarks.soak.invariants import Outcome, SealsKept, outcome
from benchmarks.soak.nights import Soak, SoakFailedError
from benchmarks.soak.server import BadServer, serving
from charter.base.moments import end_of_day
from charter.definitions import load_agency

# The synthetic agency lives in 2026; the first night takes in all that had come before.
FIRST_DAY = date(2026, 4, 2)
LAST_DAY = date(2026, 12, 20)
MEGABYTES = 900


@dataclass(frozen=True)
class Account:
    """What was done, what was found, and how it ended. ``left_out`` says what this machine does not allow."""

    done: Counter[str]
    faults: Counter[str]
    outcome: Outcome
    minutes: float
    seed: int
    left_out: str | None


def soak(
    folder: Path,
    *,
    go_on: Callable[[int], bool],
    size: float,
    seed: int,
    bad_rounds: int = 20,
    tell: Callable[[str], None] = lambda text: None,
) -> Account:
    """Soaks a new installation below ``folder``, night after night for as long as ``go_on`` (given the nights so far)
    says, then reports the last closed week and takes the account. ``bad_rounds`` is as in ``Soak``.

    Raises SoakFailedError at the first thing that must never happen.
    """
    began = time.perf_counter()
    server, chance = BadServer(seed), random.Random(seed)
    with serving(server) as port, small_disk(folder / "var", MEGABYTES) as has_disk:
        here = Installation.new(folder, port, size=size, seed=seed).live_until(FIRST_DAY)
        zone = load_agency(here.settings.charter_dir, here.settings.cache_dir).zone
        soaked, seals = Soak(here, server, chance, has_disk, bad_rounds), SealsKept(here.settings.evidence_dir)
        soaked.killed_night(FIRST_DAY)
        day, nights, skipped = FIRST_DAY, 1, None
        while go_on(nights) and day < LAST_DAY:
            skipped = day + timedelta(days=1) if chance.random() < 0.15 else None
            day = (skipped or day) + timedelta(days=1)
            soaked.here = soaked.here.live_until(day)
            if skipped:
                soaked.inserted_night(skipped, day)
            else:
                soaked.any_night(day)
            nights += 2 if skipped else 1
            seals.look()
            if day.isoweekday() == 7 or (skipped and skipped.isoweekday() == 7):
                soaked.week(day)
                seals.look()
            tell(f"{day}: {', '.join(f'{count} {what}' for what, count in sorted(soaked.done.items()))}")
        if skipped:
            soaked.quiet_night(day)
        soaked.week(day)
        seals.look()
        found = outcome(soaked, seals, end_of_day(day, zone))
    left_out = None if has_disk else "Full disks were left out: this machine lets us mount none."
    return Account(soaked.done, server.faults, found, (time.perf_counter() - began) / 60, seed, left_out)


def written(account: Account, today: date) -> str:
    """The section of RESULTS.md."""
    did, found = account.done, account.outcome
    faults = ", ".join(f"{what} {count}" for what, count in sorted(account.faults.items()))
    lines = [
        f"`make soak` on {today}, {account.minutes:.0f} minutes, seed {account.seed}: {did['nights']} nights and "
        f"{did['weeks']} weeks, of two senders each. {did['kills']} kills at random instants, {did['full disks']} full "
        f"disks, {did['nights run again']} nights run again, {did['nights inserted']} inserted before later ones; the "
        f"mail server's faults: {faults or 'none'}; {did['messages settled']} messages settled as a person would.",
        "",
        f"**{found.rows_lost} rows lost, {found.doubles} doubles, {found.messages_lost} messages lost, "
        f"{found.seals_changed} seals changed.** Compared at the end: {found.compared:,} planted commitments, results "
        f"and refused rows, {found.messages:,} messages, {found.seals:,} sealed files; `charter verify` holds.",
    ]
    return "\n".join([*lines, *(["", account.left_out] if account.left_out else [])])


@click.command()
@click.option("--minutes", type=float, default=60, show_default=True, help="How long; the last night is ended.")
@click.option("--size", type=float, default=0.05, show_default=True, help="How much happens in the agency.")
@click.option("--seed", type=int, help="The same seed gives the same faults (not the same instants of kills).")
@click.option("--results", type=Path, default=HOME / "benchmarks" / "RESULTS.md", show_default="benchmarks/RESULTS.md")
def main(minutes: float, size: float, seed: int | None, results: Path) -> None:
    """Kill, fill, repeat, insert and refuse for an hour; then count what was lost, doubled or changed."""
    until = time.monotonic() + minutes * 60
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    click.echo(f"  seed {seed}")
    with tempfile.TemporaryDirectory(prefix="charter-soak-") as folder:
        try:
            account = soak(
                Path(folder),
                go_on=lambda nights: time.monotonic() < until,
                size=size,
                seed=seed,
                tell=lambda text: click.echo(f"  {text}"),
            )
        except SoakFailedError as failure:
            click.echo(f"✗ {failure}", err=True)
            sys.exit(1)
    text = written(account, datetime.now().astimezone().date())
    page = results.read_text(encoding="utf-8") if results.exists() else "# Results\n"
    results.write_text(with_section(page, SOAK, text), encoding="utf-8")
    click.echo(text)
    sys.exit(not account.outcome.holds)


if __name__ == "__main__":
    main()
