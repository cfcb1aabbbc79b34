"""How long the weekly reports of a large agency take, from the warehouse to the mail server, and its site.

python -m benchmarks.reports --departments 120

Measured on the state that `make run` leaves (var), with departments added. `--beside` is another checkout (of an
earlier release, say) that is measured in turn with this one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.departments import grown
from benchmarks.measure import HOME, Cost, Moment, run
from benchmarks.results import QUIET, REPORTS, with_section

AIM_S = 30


@dataclass(frozen=True)
class Measured:
    """One run in the checkout ``what``: the reports of one week and the site, each a process from start to end.
    ``others`` is the share of the cores that went to neither (the mail server's among it)."""

    what: str
    reports: Cost
    site: Cost
    others: float


@contextmanager
def mail_server(folder: Path) -> Iterator[int]:
    """A mail server in a process of its own; gives its port."""
    command = [sys.executable, "-m", "charter.deliver.catcher", "--port", "0", "--folder", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(HOME / "src")}
    with subprocess.Popen(command, cwd=HOME, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline().split(",")[0].rpartition(":")[2])
        finally:
            server.terminate()


def measured(what: str, checkout: Path, state: Path, agency: str, day: str, departments: int) -> Measured:
    """One run in a new installation, by the program in ``checkout``."""
    with tempfile.TemporaryDirectory(prefix="charter-reports-") as folder:
        place = Path(folder)
        environment = grown(checkout, state, agency, departments, place)
        with mail_server(place / "received") as port:
            environment |= _mail(port)
            start = Moment.now()
            reports = run("week", checkout=checkout, environment=environment, day=day)
            others = Moment.now().others_share(start)
            arrived = len([*(place / "received").glob("*.eml")])
        if arrived != reports.result["sent"]:
            raise AssertionError(f"{reports.result['sent']} mails were sent, and {arrived} arrived")
        site = run("site", checkout=checkout, environment=environment, day=day)
        return Measured(what, reports, site, others)


def _mail(port: int) -> dict[str, str]:
    return {
        "CHARTER_SMTP_HOST": "127.0.0.1",
        "CHARTER_SMTP_PORT": str(port),
        "CHARTER_SMTP_SECURITY": "none",
        "CHARTER_MAIL_FROM": "Service charter <charter@agency.example>",
    }


def written(found: Mapping[str, list[Measured]], departments: int) -> str:
    """The section of RESULTS.md."""
    rows = [_row(what, runs) for what, runs in found.items()]
    newest = list(found.values())[-1]
    busy = max(each.others for runs in found.values() for each in runs)
    heaviest = newest[-1].site.result["heaviest"]
    told = [
        f"Written by `python -m benchmarks.reports`: KOTRA's demo with teams and offices added, {departments} "
        "departments in all. A run begins with the published warehouse and ends when the mail server, a process of its "
        "own, has kept the last mail on its disk: every report as mail, page, text, PDF, workbook, CSV and JSON, filed "
        "and sealed. The site is built after it from nothing, in two languages. Each is one process from its start to "
        "its end, with the processes that it starts; the median of each figure. `before` is another checkout, measured "
        "in turn; what its reports show may be less.",
        "",
        f"The aim is {AIM_S} s for the reports on 2 cores: {_aim(newest, busy)}.",
    ]
    return "\n".join(
        [
            *told,
            "",
            "| | reports | mails | wall | of that rendering, handing over | CPU | peak | site: pages | wall | CPU |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            "The heaviest pages of each kind, now: "
            + ", ".join(f"{name} {size / 1000:,.0f} KB" for name, size in heaviest.items())
            + ".",
        ]
    )


def _aim(runs: list[Measured], busy: float) -> str:
    """Whether the aim is reached; on a busy machine, what can be said without its wall time."""
    wall, cpu = (statistics.median(getattr(each.reports, name) for each in runs) for name in ("wall_s", "cpu_s"))
    if wall < AIM_S:
        return f"**reached** ({wall:.1f} s)"
    if busy <= QUIET:
        return f"**not reached** ({wall:.1f} s)"
    return (
        f"**not shown**. Others used up to {busy:.0%} of the cores meanwhile (the mail server's part among it), so "
        f"that the run had {cpu / wall:.1f} cores; its CPU is {cpu:.1f} s in all its processes, "
        f"{cpu / 2:.1f} s on each of 2"
    )


def _row(what: str, runs: list[Measured]) -> str:
    def of(cost: str, figure: str) -> float:
        return statistics.median(float(getattr(getattr(each, cost), figure)) for each in runs)

    def part(name: str) -> float:
        return statistics.median(float(each.reports.result[name]) for each in runs)

    told = runs[-1].reports.result
    cells = [
        what,
        f"{told['reports']}",
        f"{told['sent']}",
        f"**{of('reports', 'wall_s'):.1f} s**",
        f"{part('rendering_s'):.1f} s, {part('delivering_s'):.1f} s",
        f"{of('reports', 'cpu_s'):.1f} s",
        f"{of('reports', 'peak_mb'):,.0f} MB",
        f"{runs[-1].site.result['pages']:,}",
        f"{of('site', 'wall_s'):.1f} s",
        f"{of('site', 'cpu_s'):.1f} s",
    ]
    return f"| {' | '.join(cells)} |"


@click.command()
@click.option("--departments", type=int, default=120, show_default=True)
@click.option("--state", type=click.Path(exists=True, file_okay=False, path_type=Path), default=HOME / "var")
@click.option("--agency", default="kotra", show_default=True)
@click.option("--day", default="2026-07-05", show_default=True, help="The last day of the state's night.")
@click.option("--repeat", type=int, default=3, show_default=True, help="Runs of each; the medians count.")
@click.option("--beside", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another checkout.")
@click.option("--results", type=Path, default=HOME / "benchmarks" / "RESULTS.md", show_default="benchmarks/RESULTS.md")
def main(departments: int, state: Path, agency: str, day: str, repeat: int, beside: Path | None, results: Path) -> None:
    """Report a week to so many departments, build their site, and write what it cost into RESULTS.md."""
    checkouts = {"before": beside.resolve()} if beside else {}
    checkouts |= {"now": HOME}
    found: dict[str, list[Measured]] = {what: [] for what in checkouts}
    for _ in range(repeat):
        for what, checkout in checkouts.items():
            found[what].append(measured(what, checkout, state, agency, day, departments))
            click.echo(f"  {found[what][-1]}")
    page = results.read_text(encoding="utf-8") if results.exists() else "# Results\n"
    results.write_text(with_section(page, REPORTS, written(found, departments)), encoding="utf-8")


if __name__ == "__main__":
    main()
