"""RESULTS.md from the figures of one run."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Cost

# The part that `make soak` writes; `make bench` leaves it as it is.
SOAK = "An hour in the wind"
SEALING = "Sealing and verifying"
CHECKS = "Checks and their pages"
SIGNALS = "Called worse where nothing changed"
OVERHEAD = "Overhead"
REPORTS = "A large agency's week and site"
REBUILD_AIM, INCREMENT_AIM, EXTRACT_AIM = 2.0, 1.2, 1.5
# Others may use this share of the cores before the page says that the machine was busy.
QUIET = 0.1


@dataclass(frozen=True)
class Rebuild:
    """One scale: the full rebuild, the ledger of it alone, the hand-written query that writes, the one that counts."""

    scale: float
    days: int
    tickets: int
    events: int
    calls: int
    commitments: int
    build: Cost
    ledger: Cost
    rows: Cost
    counts: Cost


@dataclass(frozen=True)
class Night:
    """One night's increment on a history of ``days`` nights, and its publication, with the hand-written query over all
    of the history beside them."""

    days: int
    build: Cost
    close: Cost
    rows: Cost


@dataclass(frozen=True)
class Extraction:
    what: str
    plain_route: str
    rows: int
    ours: Cost
    plain: Cost


@dataclass
class Figures:
    run_on: date
    rebuilds: list[Rebuild] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    nights: list[Night] = field(default_factory=list)
    a_night: str = ""
    extractions: list[Extraction] = field(default_factory=list)
    others_share: float = 0.0


def machine() -> str:
    """Cores, model and memory; nothing that names the machine."""
    cpu = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    size = f"{int(memory[1]) / 2**20:.0f} GB" if memory else "unknown"
    return f"{len(cpu)} cores ({cpu[0] if cpu else platform.machine()}), {size} of memory, {platform.system()}"


def versions() -> str:
    names = ("duckdb", "dbt-core", "dbt-duckdb", "pyarrow")
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)])


def render(figures: Figures) -> str:
    """The whole page."""
    parts = [
        "# Results\n",
        f"Written by `make bench` on {figures.run_on}. {machine()}. {versions()}.\n",
        "Every figure is one process from its start to its end, Python and imports included; the ratios were measured "
        "side by side in this run. Before any time is shown, all rows of the hand-written query were equal to those "
        "of the marts, in every column.\n",
        *_business(figures.others_share),
        "## Aims\n",
        *_aims(figures),
        "\n## Full rebuild\n",
        _about_rebuild(),
        _table(
            [
                "scale",
                "rows read",
                "commitments",
                "ledger ÷ hand-written",
                "ledger",
                "rebuild ÷ hand-written",
                "rebuild",
                "of which models, tests (dbt's own sums)",
                "CPU",
                "peak",
                "hand-written",
                "peak",
                "only counting",
            ],
            [_rebuild_row(each) for each in figures.rebuilds],
        ),
        *(f"\n{line}" for line in figures.skipped),
    ]
    if figures.nights:
        parts += [
            "\n## One night more\n",
            "The night is built on the one before, which has been published and its weeks closed: only the cases that "
            "it touches are reworked. Its models and tests are those of a full build. " + figures.a_night + "\n",
            _table(
                [
                    "history",
                    "against the shortest",
                    "night",
                    "of which models, tests (dbt's own sums)",
                    "cases reworked",
                    "CPU",
                    "peak",
                    "publishing",
                    "hand-written, all of it again",
                ],
                [_night_row(each, figures.nights[0]) for each in figures.nights],
            ),
        ]
    if figures.extractions:
        parts += [
            "\n## Extraction\n",
            "A first landing into an empty lake: contract, pseudonyms, row hashes, versions and receipt on our side, "
            "none of these on the plain one. CPU is the client's: the database's own is in neither.\n",
            _table(
                ["source", "rows", "ours ÷ plain", "rows a second", "ours", "CPU", "peak", "plain route", "time"],
                [_extraction_row(each) for each in figures.extractions],
            ),
        ]
    return "\n".join(parts) + "\n"


def section(page: str, title: str) -> str | None:
    """The text of the page's part with that title; None when there is none."""
    found = re.search(rf"(?ms)^## {re.escape(title)}\n\n(.*?)(?=\n## |\Z)", page)
    return found[1].strip() if found else None


def with_section(page: str, title: str, text: str | None) -> str:
    """The page with ``text`` as its part of that title: in place of an earlier one, or at the end."""
    if text is None:
        return page
    bare = re.sub(rf"(?ms)\n*^## {re.escape(title)}\n.*?(?=\n## |\Z)", "", page).rstrip("\n")
    return f"{bare}\n\n## {title}\n\n{text}\n"


def _about_rebuild() -> str:
    return (
        "Scale 1 is 100,000 tickets with about four events each and 500,000 calls, over 365 nights. The rebuild makes "
        "every table of the warehouse and runs its data tests; the hand-written query "
        "([`hand_written.sql`](sql/hand_written.sql)) writes the commitments on tickets and calls alone, unsorted, "
        "with the charter's rules as constants.\n"
    )


def _business(others_share: float) -> list[str]:
    if others_share < QUIET:
        return []
    return [
        f"**Others used {others_share:.0%} of the cores during the run.** Wall times, and ratios of them, are those of "
        "a busy machine; the ratios of CPU time hardly depend on that. Measure again on a quiet one.\n"
    ]


def _aims(figures: Figures) -> list[str]:
    lines = []
    if figures.rebuilds:
        costs = "; ".join(f"{_compared(each.ledger, each.rows)} at scale {each.scale:g}" for each in figures.rebuilds)
        within = _wall_ratio(figures.rebuilds[-1].ledger, figures.rebuilds[-1].rows) <= REBUILD_AIM
        aim = f"A full rebuild of the ledger takes at most {REBUILD_AIM:g} times as long as the hand-written query"
        lines.append(f"- {aim}: **{_reached(within)}** ({costs}).")
    if len(figures.nights) > 1:
        first, last = figures.nights[0], figures.nights[-1]
        within = _wall_ratio(last.build, first.build) <= INCREMENT_AIM
        aim = f"A night on {last.days} days of history takes at most {INCREMENT_AIM:g} times one on {first.days}"
        lines.append(f"- {aim}: **{_reached(within)}** ({_compared(last.build, first.build)[:-1]}).")
    if figures.extractions:
        costs = "; ".join(f"{_compared(each.ours, each.plain)} {each.what}" for each in figures.extractions)
        within = all(_wall_ratio(each.ours, each.plain) <= EXTRACT_AIM for each in figures.extractions)
        aim = f"Extraction takes at most {EXTRACT_AIM:g} times as long as the plainest fast route"
        lines.append(f"- {aim}: **{_reached(within)}** ({costs}).")
    return lines


def _compared(one: Cost, other: Cost) -> str:
    return f"{_ratio(one, other)}, CPU {one.cpu_s / other.cpu_s:.1f}×,"


def _reached(within: bool) -> str:
    return "reached" if within else "not reached"


def _rebuild_row(each: Rebuild) -> list[str]:
    took = each.build.result
    return [
        f"{each.scale:g}",
        f"{each.tickets + each.events + each.calls:,}",
        f"{each.commitments:,}",
        _both(each.ledger, each.rows),
        _seconds(each.ledger.wall_s),
        _both(each.build, each.rows),
        _seconds(each.build.wall_s),
        f"{_seconds(took['models_s'])}, {_seconds(took['tests_s'])}",
        _seconds(each.build.cpu_s),
        _memory(each.build),
        _seconds(each.rows.wall_s),
        _memory(each.rows),
        _seconds(each.counts.wall_s),
    ]


def _night_row(each: Night, shortest: Night) -> list[str]:
    return [
        f"{each.days} days",
        _both(each.build, shortest.build),
        _seconds(each.build.wall_s),
        f"{_seconds(each.build.result['models_s'])}, {_seconds(each.build.result['tests_s'])}",
        f"{each.build.result['cases']:,}",
        _seconds(each.build.cpu_s),
        _memory(each.build),
        _seconds(each.close.wall_s),
        _seconds(each.rows.wall_s),
    ]


def _extraction_row(each: Extraction) -> list[str]:
    return [
        each.what,
        f"{each.rows:,}",
        _both(each.ours, each.plain),
        f"{each.rows / each.ours.wall_s:,.0f}",
        _seconds(each.ours.wall_s),
        _seconds(each.ours.cpu_s),
        _memory(each.ours),
        each.plain_route,
        _seconds(each.plain.wall_s),
    ]


def _wall_ratio(one: Cost, other: Cost) -> float:
    return one.wall_s / other.wall_s


def _ratio(one: Cost, other: Cost) -> str:
    return f"{_wall_ratio(one, other):.1f}×"


def _both(one: Cost, other: Cost) -> str:
    return f"**{_ratio(one, other)}**, CPU {one.cpu_s / other.cpu_s:.1f}×"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 100 else f"{value:,.0f} s"


def _memory(cost: Cost) -> str:
    return f"{cost.peak_mb:,.0f} MB"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---:" if name not in ("source", "plain route") else "---" for name in head], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
