"""The law of corrections: a reported figure that is not right is corrected, one that stands is not.

Small histories are drawn: who answered for which complaint, and what became of it; then what became of it later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.base.moments import parse_week
from charter.report.facts.models import InDoubt, Result
from charter.report.facts.rates import Ends
from charter.report.facts.reported import StandardFigures, differs, read_reported
from charter.report.facts.restated import FigureChange, figure_changes, keep_decided, verdict_changes
from charter.report.facts.warehouse import open_warehouse
from charter.transform.build.builds import MadeBy
from tests.effort import examples
from tests.report.builders import SUNDAY, Scenario

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


def corrected(before: list[Fate], after: list[Fate], made_by: MadeBy) -> dict[str, list[FigureChange]]:
    """By department: the figures that are corrected."""
    with TemporaryDirectory() as folder:
        first = history(Path(folder) / "var", before, MadeBy("this release", "this charter"), later=False)
        decided = Path(folder) / "decided.parquet"
        with open_warehouse(first.settings) as warehouse:
            reported = read_reported(warehouse, WEEK)
            keep_decided(warehouse, WEEK, decided)
        second = history(Path(folder) / "var", after, made_by, later=True)
        with open_warehouse(second.settings) as warehouse:
            now = read_reported(warehouse, WEEK)
            verdicts = verdict_changes(second.settings, warehouse, WEEK, decided, first.as_of)
        return {name: figure_changes(reported[name], now[name], verdicts) for name in reported}


def figures(ends: list[Fate], office: str | None) -> tuple[Counter[str], frozenset[int]]:
    """What a report says of an office (None: of all): how many of each, and which were breached."""
    mine = [(number, fate) for number, fate in enumerate(ends) if office in (None, fate[0])]
    counts = Counter(status for _, (_, status, _) in mine if status in ("met", "breached", "excluded"))
    return counts, frozenset(number for number, (_, status, _) in mine if status == "breached")


@given(before=fates, after=fates)
@effort(max_examples=examples(10, 25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_changed_figure_is_corrected_where_it_was_reported_and_nowhere_else(
    before: list[Fate], after: list[Fate]
) -> None:
    changes = corrected(before, after, MadeBy("this release", "this charter"))
    for office in OFFICES:
        assert bool(changes[office]) == (figures(before, office) != figures(after, office)), office
    # The agency's report names every office: it hears of each that changed, and of nothing else.
    changed = any(figures(before, office) != figures(after, office) for office in (*OFFICES, None))
    assert bool(changes["kotra"]) == changed


@given(before=fates, after=fates)
@effort(max_examples=examples(8, 15), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_new_release_tells_only_where_a_row_came_since(before: list[Fate], after: list[Fate]) -> None:
    silent = [(office, status, False) for office, status, _ in after if status != "absent"]
    changes = corrected(before, silent, MadeBy("next release", "this charter"))
    assert [name for name, found in changes.items() if found] == []


def undecided(ends: Ends | None, **in_doubt: int) -> StandardFigures:
    """A standard with too little known of it."""
    return StandardFigures(
        standard_id="phone-answer",
        department_id=None,
        met=9000,
        breached=400,
        excluded=0,
        breached_strict=400,
        days_without_data=0,
        result="no_data",
        cases="",
        in_doubt=InDoubt(**in_doubt),
        ends=ends,
    )


def between(met_at_least: int, n: int) -> Ends:
    return Ends(
        met_at_least=met_at_least, breached_at_most=n - met_at_least, met_at_most=n - 400, breached_at_least=400
    )


NOBODY_KNOWS = Ends(met_at_least=9000, breached_at_most=None, met_at_most=None, breached_at_least=400)


class TestTheEndsOfAResult:
    @pytest.mark.parametrize("ends", [between(9000, 10_000), NOBODY_KNOWS, None])
    def test_the_same_are_no_news(self, ends: Ends | None) -> None:
        assert not differs(undecided(ends, refused=600), undecided(ends, refused=600))

    @pytest.mark.parametrize("ends", [between(8900, 10_000), between(9000, 10_001), NOBODY_KNOWS, None])
    def test_others_are_reported(self, ends: Ends | None) -> None:
        assert differs(undecided(between(9000, 10_000)), undecided(ends))
        assert differs(undecided(ends), undecided(between(9000, 10_000)))

    def test_what_a_reader_sees_is_compared(self) -> None:
        assert not differs(undecided(between(9000, 10_000)), undecided(between(9001, 10_000))), "both are 90.0%"

    def test_as_many_rows_in_doubt_for_another_reason_are_reported(self) -> None:
        ends = between(9000, 10_000)
        assert differs(undecided(ends, refused=600), undecided(ends, ahead=600))

    @pytest.mark.parametrize("result", ["kept", "broken"])
    def test_a_result_that_holds_at_both_ends_stands_whichever_they_are(self, result: Result) -> None:
        decided = undecided(between(9000, 10_000)).model_copy(update={"result": result})
        assert not differs(decided, decided.model_copy(update={"ends": between(8900, 10_000)}))

    def test_what_nobody_kept_is_not_compared(self) -> None:
        kept = undecided(between(9000, 10_000), refused=600)
        not_kept = kept.model_copy(update={"in_doubt": None, "ends": None})
        assert not differs(not_kept, kept)
        assert not differs(kept, not_kept)
