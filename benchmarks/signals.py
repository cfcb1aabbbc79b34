"""How often a report says ``worse`` where nothing has changed, and how often where something has.

python -m benchmarks.signals

Whole agencies are made up and lived week by week without any change: every series keeps its share of breaches for
ever. Whatever is called then is false. Seeded: the same figures each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import click
import numpy as np

from benchmarks.measure import HOME
from benchmarks.results import SIGNALS, with_section
from charter.report.facts.figures import EARLIER_WEEKS, Key
from charter.report.facts.rates import Components
from charter.report.facts.signals import Compared, signals
from charter.report.spc.chart import control_chart
from charter.report.spc.models import Observation

SEED = 10
WEEKS_OF_A_CHART = 26
# Until 0.3 a series was called by itself at this chance on one side.
ALONE = 0.025
# Series that do get worse in the newest week: usual commitments a week, share breached before and then.
CHANGES = ((20, 0.02, 0.25), (40, 0.03, 0.25), (40, 0.04, 0.12), (270, 0.03, 0.09))


@dataclass(frozen=True)
class AgencyOf:
    """``departments`` that each answer for some of ``standards``: the first share of them that have a series."""

    name: str
    standards: int
    departments: int
    answered_for: float


class Means(NamedTuple):
    """Over the lived weeks."""

    series: float
    tested: float
    false_alone: float
    any_alone: float
    false_together: float
    any_together: float
    judged: float
    special: float


@dataclass(frozen=True)
class Tally:
    """``found_*`` are, for each of CHANGES, how often it was called worse."""

    means: Means
    found_alone: tuple[float, ...]
    found_together: tuple[float, ...]


AGENCIES = (
    AgencyOf("the demo's size", standards=36, departments=35, answered_for=0.12),
    AgencyOf("every standard in every department", standards=36, departments=35, answered_for=1.0),
)


def tally(agency: AgencyOf, weeks: int, rng: np.random.Generator) -> Tally:
    """Lives ``weeks`` weeks, each in an agency of its own; each of CHANGES is then put beside it by itself."""
    counts, alone, together = (
        np.array(found) for found in zip(*(_week(agency, rng) for _ in range(weeks)), strict=True)
    )
    means = Means(*counts.mean(axis=0).tolist())
    return Tally(means, tuple(alone.mean(axis=0)), tuple(together.mean(axis=0)))


def _week(agency: AgencyOf, rng: np.random.Generator) -> tuple[list[float], list[bool], list[bool]]:
    counts = list(_series(agency, rng))
    compared = {key: _compared(each) for key, each in counts}
    unchanged = signals(compared)
    alone = [key for key, each in compared.items() if each.has_enough and _called_alone(each)]
    together = [key for key, called in unchanged.directions.items() if called == "worse"]
    charts = [control_chart(_observed(each)) for _, each in counts]
    judged = [chart for chart in charts if chart.variation != "unjudged"]
    changed = [_compared(_drawn(n, before, rng, now=now)) for n, before, now in CHANGES]
    key: Key = ("changed", "department")
    return (
        [
            *(len(compared), unchanged.looked_at, len(alone), bool(alone), len(together), bool(together)),
            *(len(judged), sum(chart.variation == "concern" for chart in judged)),
        ],
        [_called_alone(each) for each in changed],
        [signals({**compared, key: each}).of(key) == "worse" for each in changed],
    )


def _called_alone(series: Compared) -> bool:
    return series.chance_of_worse() <= ALONE


def _series(agency: AgencyOf, rng: np.random.Generator) -> Iterator[tuple[Key, np.ndarray]]:
    """Each department's counts by week and the whole agency's: columns n and breached, the newest week last.

    A usual week has 8 commitments in the median series and hundreds in the largest; three in a hundred are breached.
    """
    for standard in range(agency.standards):
        share = rng.beta(0.9, 29)
        whole = np.zeros((WEEKS_OF_A_CHART, 2), dtype=int)
        for department in range(agency.departments):
            if rng.random() < agency.answered_for:
                drawn = _drawn(rng.lognormal(np.log(8), 1.2), share, rng)
                whole += drawn
                yield (f"s{standard}", f"d{department}"), drawn
        yield (f"s{standard}", None), whole


def _drawn(usual: float, share: float, rng: np.random.Generator, now: float | None = None) -> np.ndarray:
    n = rng.poisson(usual, WEEKS_OF_A_CHART)
    shares = np.full(WEEKS_OF_A_CHART, share)
    shares[-1] = share if now is None else now
    return np.column_stack([n, rng.binomial(n, shares)])


def _compared(counts: np.ndarray) -> Compared:
    weeks = [Components(met=int(n - bad), breached=int(bad)) for n, bad in counts[-EARLIER_WEEKS - 1 :]]
    return Compared(weeks[:-1], weeks[-1], weeks[-1])


def _observed(counts: np.ndarray) -> list[Observation]:
    return [Observation(1 - bad / n if n else None, int(n)) for n, bad in counts]


def report(tallies: list[tuple[AgencyOf, Tally]], weeks: int) -> str:
    lines = [
        f"Written by `python -m benchmarks.signals`: {weeks} weeks of made-up agencies in which nothing changes, seed"
        f" {SEED}; whatever is called worse is false. Before 0.4: each series by itself, Fisher's test at 2.5 % on one"
        " side. Now: the same test over all series at once (Benjamini and Hochberg at 5 %).",
        "",
        "| agency | series | tested | called a week, before | weeks with any, before | called a week, now |"
        " weeks with any, now | charts judged | of them special cause of concern |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [f"| {agency.name} | {_figures(each.means)} |" for agency, each in tallies]
    lines += [
        "",
        "The last column is the picture's icon (NHS rules over 26 weeks), which is not controlled over series. It"
        " stands on the picture, and decides no word in the headline.",
        "",
        "What that costs: how often a series that does get worse in the newest week is called in that very week.",
        "",
        "| commitments a week | share breached | "
        + " | ".join(f"{agency.name}: before, now" for agency, _ in tallies)
        + " |",
        "| ---: | ---: |" + " ---: |" * len(tallies),
    ]
    lines += [
        f"| {n} | {before:.0%} → {now:.0%} | "
        + " | ".join(f"{each.found_alone[at]:.0%}, {each.found_together[at]:.0%}" for _, each in tallies)
        + " |"
        for at, (n, before, now) in enumerate(CHANGES)
    ]
    return "\n".join(lines)


def _figures(means: Means) -> str:
    return (
        f"{means.series:,.0f} | {means.tested:,.0f} | {means.false_alone:.2f} | {means.any_alone:.0%}"
        f" | **{means.false_together:.3f}** | **{means.any_together:.1%}** | {means.judged:,.0f}"
        f" | {means.special:.2f} ({means.special / means.judged:.1%})"
    )


@click.command()
@click.option("--weeks", default=200, show_default=True)
def main(weeks: int) -> None:
    """Lives agencies without change and writes what was called."""
    tallies = []
    for agency in AGENCIES:
        found = tally(agency, weeks, np.random.default_rng(SEED))
        click.echo(f"  {agency.name}: {found}")
        tallies.append((agency, found))
    page = HOME / "benchmarks" / "RESULTS.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(with_section(text, SIGNALS, report(tallies, weeks)), encoding="utf-8")


if __name__ == "__main__":
    main()
