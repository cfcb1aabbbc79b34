"""How long sealing a night and verifying everything take as history grows.

python -m benchmarks.evidence --nights 90 --nights 365
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import click
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import HOME
from benchmarks.results import SEALING, with_section
from charter.assertions.results import results_path
from charter.base.moments import naive_utc, stamp
from charter.base.settings import Settings
from charter.evidence import generate_signing_key, seal, seal_pages, verify
from charter.lake.receipts import FeedReceipt, FileDigest, SourceReceipt, to_json
from charter.transform.build.closing import closed_week_file

FIRST = datetime(2026, 1, 1, 15, tzinfo=UTC)
TABLES, ROWS, PAGES, COMMITMENTS = 25, 200, 120, 500
_TOLD = 10


@dataclass(frozen=True)
class History:
    """One length of history: seconds for a night's seal with its pages, at its beginning and at its end (medians), and
    for verifying all of it; ``files`` are all that lie in the state folder."""

    nights: int
    first_seal_s: float
    last_seal_s: float
    verify_s: float
    files: int
    altered: int


def lived(settings: Settings, nights: int) -> History:
    """Lives so many nights, each landed, judged, published, sealed and shown, and verifies the whole."""
    costs = []
    for number in range(nights):
        as_of = FIRST + timedelta(days=number)
        _land(settings, as_of, number)
        _publish(settings, as_of, number)
        pages = [_text(settings.site_dir / f"page-{page}.html", f"{page} {as_of}" * 200) for page in range(PAGES)]
        began = time.perf_counter()
        seal(settings, "nightly", as_of, as_of)
        seal_pages(settings, ("agency", "1"), as_of, pages)
        costs.append(time.perf_counter() - began)
    began = time.perf_counter()
    found = verify(settings)
    took = time.perf_counter() - began
    files = sum(path.is_file() for path in settings.var_dir.rglob("*"))
    return History(nights, median(costs[1 : _TOLD + 1]), median(costs[-_TOLD:]), took, files, len(found.altered))


def _land(settings: Settings, as_of: datetime, number: int) -> None:
    feeds = []
    for table in range(TABLES):
        path = settings.raw_dir / f"table_{table}" / "source=system" / f"as_of={stamp(as_of)}" / "part-0.parquet"
        _parquet(path, number)
        digest = FileDigest(
            path=path.relative_to(settings.lake_dir).as_posix(), size=path.stat().st_size, sha256=_digest(path)
        )
        feeds.append(
            FeedReceipt(
                table=f"table_{table}", status="landed", arrived=ROWS, landed=ROWS, contract="0" * 64, files=[digest]
            )
        )
    receipt = SourceReceipt(source_id="system", as_of=as_of, status="landed", feeds=feeds)
    _text(settings.lake_dir / "receipts" / f"as_of={stamp(as_of)}" / "system.json", to_json(receipt).decode())


def _publish(settings: Settings, as_of: datetime, number: int) -> None:
    _parquet(results_path(settings, as_of), number)
    if as_of.weekday() == 6:
        _parquet(closed_week_file(settings, (as_of - timedelta(days=6)).date()), number)
    with duckdb.connect(str(settings.warehouse)) as writer:
        writer.execute("CREATE SCHEMA IF NOT EXISTS marts")
        writer.execute(
            "CREATE OR REPLACE TABLE marts.run AS SELECT ?::TIMESTAMP AS as_of, ?::TIMESTAMP AS known_at,"
            " 'agency' AS charter_id, '1' AS charter_version",
            [naive_utc(as_of), naive_utc(as_of)],
        )
        writer.execute(
            "CREATE TABLE IF NOT EXISTS marts.fct_commitments (commitment_id BIGINT, decided_on DATE, status VARCHAR)"
        )
        writer.execute(
            "INSERT INTO marts.fct_commitments SELECT range, ?::DATE, 'met' FROM range(?, ?)",
            [as_of.date(), number * COMMITMENTS, (number + 1) * COMMITMENTS],
        )


def _parquet(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": list(range(number, number + ROWS))}), path)


def _text(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def written(histories: list[History]) -> str:
    """The section of RESULTS.md."""
    rows = [
        f"| {each.nights} | {each.files:,} | {each.first_seal_s:.2f} s | {each.last_seal_s:.2f} s "
        f"| {each.last_seal_s / each.first_seal_s:.1f}× | {each.verify_s:.1f} s |"
        for each in histories
    ]
    return "\n".join(
        [
            f"Written by `python -m benchmarks.evidence`. Each night lands {TABLES} files, decides {COMMITMENTS} "
            f"commitments, is judged and published, and writes {PAGES} pages anew. A seal is that of the night and of "
            "its pages; verifying holds all files, all rows and all seals against one another, without recomputing.",
            "",
            "| nights | files | a seal, the first nights | the last nights | | verifying all |",
            "| ---: | ---: | ---: | ---: | ---: | ---: |",
            *rows,
        ]
    )


@click.command()
@click.option("--nights", type=int, multiple=True, default=(90, 365), show_default=True)
@click.option("--results", type=Path, default=HOME / "benchmarks" / "RESULTS.md", show_default="benchmarks/RESULTS.md")
def main(nights: tuple[int, ...], results: Path) -> None:
    """Seal histories of so many nights, verify them, and write what it cost into RESULTS.md."""
    histories = []
    for count in nights:
        with tempfile.TemporaryDirectory(prefix="charter-evidence-") as folder:
            root = Path(folder)
            _text(root / "charter" / "charter.yaml", "id: agency\n")
            key = generate_signing_key().decode()
            environment = {"CHARTER_SIGNING_KEY": key}
            settings = Settings(HOME, root / "charter", root / "var", environment=environment)
            settings.var_dir.mkdir()
            histories.append(lived(settings, count))
        click.echo(f"  {histories[-1]}")
    page = results.read_text(encoding="utf-8") if results.exists() else "# Results\n"
    results.write_text(with_section(page, SEALING, written(histories)), encoding="utf-8")


if __name__ == "__main__":
    main()
