"""How long sealing a night and verifying everything take as history grows.

python -m benchmarks.evidence --nights 90 --nights 365
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from benchmarks.history import Volume, live, seal_night, text_file
from benchmarks.measure import HOME
from benchmarks.results import SEALING, with_section
from charter.base.settings import Settings
from charter.evidence import generate_signing_key, verify

VOLUME = Volume()
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
        pages = live(settings, number, VOLUME)
        began = time.perf_counter()
        seal_night(settings, number, pages)
        costs.append(time.perf_counter() - began)
    began = time.perf_counter()
    found = verify(settings)
    took = time.perf_counter() - began
    files = sum(path.is_file() for path in settings.var_dir.rglob("*"))
    return History(nights, median(costs[1 : _TOLD + 1]), median(costs[-_TOLD:]), took, files, len(found.altered))


def written(histories: list[History]) -> str:
    """The section of RESULTS.md."""
    rows = [
        f"| {each.nights} | {each.files:,} | {each.first_seal_s:.2f} s | {each.last_seal_s:.2f} s "
        f"| {each.last_seal_s / each.first_seal_s:.1f}× | {each.verify_s:.1f} s |"
        for each in histories
    ]
    return "\n".join(
        [
            f"Written by `python -m benchmarks.evidence`. Each night lands {VOLUME.tables} files, decides "
            f"{VOLUME.commitments} commitments, is judged and published, and writes {VOLUME.pages} pages anew. A seal "
            "is that of the night and of its pages; verifying holds all files, all rows and all seals against one "
            "another, without recomputing.",
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
            text_file(root / "charter" / "charter.yaml", "id: agency\n")
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
