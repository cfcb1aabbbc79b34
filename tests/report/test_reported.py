"""The law of corrections: who was told a figure that is otherwise is told so, who was told one that stands is not.

Small histories are drawn: who answered for which complaint, and what became of it; then what became of it later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.moments import parse_week
from charter.report.reported import read_reported
from charter.report.restated import FigureChange, figure_changes, keep_decided, verdict_changes
from charter.report.warehouse import open_warehouse
from charter.transform.builds import MadeBy

from .builders import SUNDAY, Scenario

WEEK = parse_week("2026-W27")
OFFICES = ("hanoi", "singapore", "new-york")
STATUSES = ("met", "breached", "excluded", "pending", "absent")

# Complaint → who answers, what became of it, and whether a row of it came since.
Fate = tuple[str, str, bool]
fates = st.lists(st.tuples(st.sampled_from(OFFICES), st.sampled_from(STATUSES), st.booleans()), min_size=4, max_size=4)


def history(folder: Path, ends: Iterable[Fate], made_by: MadeBy, *, later: bool) -> Scenario:
    scenario = Scenario(folder, made_by=made_by)
    if later:
        scenario.as_of_day = SUNDAY.replace(day=SUNDAY.day + 9)
    for number, (office, status, has_news) in enumerate(ends):
        if status != "absent":
            scenario.commitment(
                *("redress-correction", office, f"CM-{number}", status),
                opened="2026-06-25 09:00",
                due="2026-07-02 09:00",
                excluded_by="spam" if status == "excluded" else None,
                arrived_on=scenario.as_of_day if later and has_news else SUNDAY,
            )
    return scenario.build()


def told_anew(before: list[Fate], after: list[Fate], made_by: MadeBy) -> dict[str, list[FigureChange]]:
    """By department: the figures that are told anew."""
    with TemporaryDirectory() as folder:
        first = history(Path(folder) / "var", before, MadeBy("this release", "this charter"), later=False)
        decided = Path(folder) / "decided.parquet"
        with open_warehouse(first.settings) as warehouse:
            told = read_reported(warehouse, WEEK)
            keep_decided(warehouse, WEEK, decided)
        second = history(Path(folder) / "var", after, made_by, later=True)
        with open_warehouse(second.settings) as warehouse:
            now = read_reported(warehouse, WEEK)
            verdicts = verdict_changes(second.settings, warehouse, WEEK, decided, first.as_of)
        return {name: figure_changes(told[name], now[name], verdicts) for name in told}


def figures(ends: list[Fate], office: str | None) -> tuple[Counter[str], frozenset[int]]:
    """What a report says of an office (None: of all): how many of each, and which were breached."""
    mine = [(number, fate) for number, fate in enumerate(ends) if office in (None, fate[0])]
    counts = Counter(status for _, (_, status, _) in mine if status in ("met", "breached", "excluded"))
    return counts, frozenset(number for number, (_, status, _) in mine if status == "breached")


@given(before=fates, after=fates)
@effort(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_who_was_told_otherwise_is_told_so_and_nobody_else(before: list[Fate], after: list[Fate]) -> None:
    told = told_anew(before, after, MadeBy("this release", "this charter"))
    for office in OFFICES:
        assert bool(told[office]) == (figures(before, office) != figures(after, office)), office
    # The agency's report names every office: it hears of each that changed, and of nothing else.
    changed = any(figures(before, office) != figures(after, office) for office in (*OFFICES, None))
    assert bool(told["kotra"]) == changed


@given(before=fates, after=fates)
@effort(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_new_release_tells_only_where_a_row_came_since(before: list[Fate], after: list[Fate]) -> None:
    silent = [(office, status, False) for office, status, _ in after if status != "absent"]
    told = told_anew(before, silent, MadeBy("next release", "this charter"))
    assert [name for name, changes in told.items() if changes] == []
