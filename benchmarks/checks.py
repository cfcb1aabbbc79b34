"""What a night's checks and the pages about them cost as the history of results grows.

python -m benchmarks.checks --nights 30 --nights 365 --nights 1000

Measured on a copy of the state that `make run` leaves (var), whose night is put behind so many others.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import click
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import HOME
from benchmarks.results import CHECKS, with_section
from charter.assertions import run_expectations
from charter.assertions.data_docs import write_data_docs
from charter.assertions.results import results_path
from charter.base.moments import naive_utc, parse_as_of
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.report import build_site

# Nights and weeks that have no page yet are written so many a build.
_A_BUILD = 40
_LEFT = ("airflow", "site", "outbox", "evidence", "demo", "logs")
Given = TypeVar("Given")


@dataclass(frozen=True)
class Measured:
    """Seconds of CPU with so many nights: judging one, writing the pages when a week has ended (every check's among
    them) and in a night that changed nothing, and Data Docs; and how many pages each time."""

    nights: int
    judging: float
    week_end: float
    pages: int
    quiet: float
    quiet_pages: int
    data_docs: float


def measured(state: Path, agency_id: str, day: str, nights: int) -> Measured:
    """Lives so many nights on a copy of ``state``, the last of them after ``day``."""
    with tempfile.TemporaryDirectory(prefix="charter-checks-") as folder:
        var = Path(folder) / "var"
        shutil.copytree(state, var, ignore=shutil.ignore_patterns(*_LEFT))
        settings = Settings(HOME, HOME / "charters" / agency_id, var, environment={})
        agency = load_agency(settings.charter_dir)
        as_of = parse_as_of(day, agency.zone)
        results = pq.read_table(results_path(settings, as_of), partitioning=None)
        for back in range(1, nights):
            earlier = as_of - timedelta(days=back)
            night = pa.array([naive_utc(earlier)] * results.num_rows, pa.timestamp("us"))
            path = results_path(settings, earlier)
            path.parent.mkdir(parents=True)
            pq.write_table(results.set_column(0, "as_of", night), path)
        # Each night leaves what it read of the history to the next.
        run_expectations(settings, agency, as_of)
        _, judging = _timed(lambda: run_expectations(settings, agency, as_of))
        _publish(settings)
        for _ in range(nights // _A_BUILD + 1):
            build_site(settings, agency, as_of)
        shutil.rmtree(settings.site_dir / "checks")
        week, week_end = _timed(lambda: build_site(settings, agency, as_of))
        rest, quiet = _timed(lambda: build_site(settings, agency, as_of))
        _, docs = _timed(lambda: write_data_docs(settings, as_of))
        return Measured(nights, judging, week_end, len(week), quiet, len(rest), docs)


def _publish(settings: Settings) -> None:
    with duckdb.connect(str(settings.warehouse)) as published:
        published.execute(f"ATTACH '{settings.work_warehouse}' AS work (READ_ONLY)")
        published.execute("CREATE OR REPLACE TABLE marts.expectation_results AS FROM work.marts.expectation_results")


def _timed(work: Callable[[], Given]) -> tuple[Given, float]:
    began = time.process_time()
    given = work()
    return given, time.process_time() - began


def written(found: list[Measured]) -> str:
    """The section of RESULTS.md."""
    rows = [
        f"| {each.nights:,} | {each.judging:.1f} s | {each.quiet:.1f} s ({each.quiet_pages}) "
        f"| {each.week_end:.1f} s ({each.pages:,}) | {each.data_docs:.1f} s |"
        for each in found
    ]
    return "\n".join(
        [
            "Written by `python -m benchmarks.checks` on the state of `make run` (KOTRA's demo, 489 checks): seconds "
            "of CPU, and in brackets the pages written, in two languages. Judging is all suites, the results and Great "
            "Expectations' own kept. A quiet night writes what tells its date; a week's last night the page "
            "of every check. Data Docs are the weekly run's.",
            "",
            "| nights of results | judging a night | pages, a quiet night | pages, a week's last night | Data Docs |",
            "| ---: | ---: | ---: | ---: | ---: |",
            *rows,
        ]
    )


@click.command()
@click.option("--nights", type=int, multiple=True, default=(30, 365, 1000), show_default=True)
@click.option("--state", type=click.Path(exists=True, file_okay=False, path_type=Path), default=HOME / "var")
@click.option("--agency", default="kotra", show_default=True)
@click.option("--day", default="2026-07-05", show_default=True, help="The last day of the state's night.")
@click.option("--results", type=Path, default=HOME / "benchmarks" / "RESULTS.md", show_default="benchmarks/RESULTS.md")
def main(nights: tuple[int, ...], state: Path, agency: str, day: str, results: Path) -> None:
    """Judge a night and write its pages behind so many others, and write what it cost into RESULTS.md."""
    found = []
    for count in nights:
        found.append(measured(state, agency, day, count))
        click.echo(f"  {found[-1]}")
    page = results.read_text(encoding="utf-8") if results.exists() else "# Results\n"
    results.write_text(with_section(page, CHECKS, written(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
