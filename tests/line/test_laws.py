"""The two laws of damage, held over damage of many sorts in every kind of source.

1. Damage never improves a verdict: what was broken, or undecided, is not kept because of it.
2. Nothing that arrived ends in no state: the counts of every feed add up, and every data test of the warehouse holds.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zipfile import BadZipFile

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.extract import read_quarantine, read_receipts
from charter.extract.corrections.refusals import refusals
from charters.kotra.demo import build_demo, write_connections

from .compiled import Compiled, ask, beside, compile_project, compiled_builds, night
from .damage import SORTS, Damage, Sources
from .damage.database import ENTERED_LATE, a_ticket_is_entered_late
from .damage.files import (
    DAILY_CALLS,
    DAILY_REVIEWS,
    RESPONSES,
    Layout,
    a_row_is_wiped,
    one_row_of_its_day_and_others_of_another,
    row_again,
    rows_dated_ahead,
)
from .installation import HOME
from .laws import Verdicts, arrived_without_a_fate, improved, landed_without_a_fate, verdicts

pytestmark = pytest.mark.slow

# A Friday: files of a working day, and a week that is nearly over.
BEFORE, LAST = date(2026, 7, 2), date(2026, 7, 3)
SIZE = 0.02


@dataclass(frozen=True)
class Agreed:
    """The agency as it stood the night before, its sources tonight, and what an undamaged night makes of them.

    ``decisive`` are the keys of rows on which its verdicts hang: of breached cases, and of rows that were refused.
    ``hang_on_a_row`` are the sources of which one row alone broke some period.
    """

    agency: Agency = field(repr=False)
    settings: Settings
    compiled: Compiled = field(repr=False)
    verdicts: Verdicts = field(repr=False)
    decisive: frozenset[str] = field(repr=False)
    hang_on_a_row: frozenset[str]


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agreed]:
    folder = tmp_path_factory.mktemp("laws")
    environment = {"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(folder / "before"), "CHARTER_PSEUDONYM_KEY": "k" * 32}
    plain = Settings.from_environment(environment)
    agency = load_agency(plain.charter_dir)
    build_demo(plain, until=BEFORE, size=SIZE)
    before = beside(plain, plain.var_dir, **write_connections(plain))
    compiled = compile_project(agency, beside(plain, folder / "compiled"))
    with compiled_builds(compiled):
        night(before, agency, end_of_day(BEFORE, agency.zone))
        build_demo(plain, until=LAST, size=SIZE)
        a_ticket_is_entered_late(Sources(before.demo_dir, LAST, frozenset()))
        undamaged = tonight(before, folder / "undamaged", frozenset(), [])
        night(undamaged, agency, end_of_day(LAST, agency.zone))
        yield Agreed(
            agency, before, compiled, verdicts(undamaged), decisive_keys(undamaged, agency), hang_on_a_row(undamaged)
        )


def decisive_keys(settings: Settings, agency: Agency) -> frozenset[str]:
    """Keys of the rows whose loss, or whose misreading, could make a broken or undecided period look kept."""
    breached = ask(settings, "select distinct subject_id from marts.fct_commitments where status = 'breached'")
    refused = (
        each.row.get(agency.subjects[each.table].key)
        for each in refusals(settings, agency, end_of_day(LAST, agency.zone))
    )
    return frozenset(str(key) for key in (*(key for (key,) in breached), *refused) if key is not None)


def hang_on_a_row(settings: Settings) -> frozenset[str]:
    """The sources with a breached row without which some broken period would be kept."""
    rows = ask(
        settings,
        """
        select distinct breached.source_id
        from marts.fct_commitments as breached
        inner join marts.standard_results as broken on
            breached.standard_id = broken.standard_id
            and breached.decided_on between broken.period_start and broken.period_end
            and (broken.department_id is null or breached.department_id = broken.department_id)
        where
            breached.status = 'breached' and breached.source_id is not null
            and broken.result = 'broken' and broken.breached = 1 and broken.met > 0
        """,
    )
    return frozenset(str(source) for (source,) in rows)


def tonight(before: Settings, folder: Path, decisive: frozenset[str], damage: Iterable[Damage]) -> Settings:
    """An installation in ``folder`` that knows what was known the night before, and its sources with ``damage``."""
    shutil.copytree(before.lake_dir, folder / "lake")
    shutil.copytree(before.demo_dir, folder / "demo")
    for each in damage:
        if_there(each, Sources(folder / "demo", LAST, decisive))
    return beside(before, folder, **write_connections(beside(before, folder)))


def if_there(damage: Damage, sources: Sources) -> None:
    # A second damage may find nothing left to damage, or nothing that can be opened.
    with suppress(OSError, KeyError, ValueError, IndexError, BadZipFile, sqlite3.Error):
        damage.do(sources)


@pytest.mark.parametrize("nth", range(max(map(len, SORTS.values()))))
@given(data=st.data())
@effort(
    max_examples=1,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_damage_never_improves_a_verdict_and_leaves_nothing_in_no_state(
    agreed: Agreed, tmp_path_factory: pytest.TempPathFactory, nth: int, data: st.DataObject
) -> None:
    """One sort of damage to each source in one night, so that every sort is tried."""
    damage = [data.draw(sorts[nth % len(sorts)], label=source) for source, sorts in SORTS.items()]
    folder = tmp_path_factory.mktemp("damaged")
    settings = tonight(agreed.settings, folder, agreed.decisive, damage)
    night(settings, agreed.agency, end_of_day(LAST, agreed.agency.zone))

    assert improved(agreed.verdicts, verdicts(settings)) == {}
    in_no_state = (
        *arrived_without_a_fate(settings, end_of_day(LAST, agreed.agency.zone)),
        *landed_without_a_fate(settings),
    )
    assert list(in_no_state) == []
    shutil.rmtree(folder)


def test_verdicts_hang_on_single_rows_of_every_source(agreed: Agreed) -> None:
    """Else the damage above could improve nothing, whatever the line made of it. The survey's are undecided."""
    assert ENTERED_LATE in agreed.decisive
    assert agreed.hang_on_a_row == {"voc", "telephone", "call-reviews", "registers"}
    undecided = {standard for (_, _, standard, _), result in agreed.verdicts.items() if result == "no_data"}
    assert "satisfaction-reply-rating" in undecided


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ([one_row_of_its_day_and_others_of_another(DAILY_REVIEWS, 0)], "its [0-9]+ rows are dated 2026-07-02"),
        ([row_again(DAILY_REVIEWS, 0), rows_dated_ahead(DAILY_REVIEWS, every=2, days=17)], None),
    ],
    ids=["one review of the day and the rest of another day's", "one of two reviews dated ahead"],
)
def test_a_day_that_was_kept_is_undecided_when_its_file_is_of_another_day(
    agreed: Agreed, tmp_path_factory: pytest.TempPathFactory, damage: list[Damage], message: str | None
) -> None:
    """Of the one review of the day, which was good, this leaves nothing that covers the day, or another unknown."""
    settings = tonight(agreed.settings, tmp_path_factory.mktemp("damaged"), agreed.decisive, damage)
    night(settings, agreed.agency, end_of_day(LAST, agreed.agency.zone))
    greeted = ("day", str(LAST), "phone-greeting", None)
    assert (agreed.verdicts[greeted], verdicts(settings)[greeted]) == ("kept", "no_data")
    (receipt,) = read_receipts(settings, end_of_day(LAST, agreed.agency.zone), "call-reviews")[-1:]
    problem = receipt.feeds[0].problem
    assert (problem is None) if message is None else (problem is not None and re.search(message, problem.what))
    assert receipt.feeds[0].quarantined > 0


@pytest.mark.parametrize("layout", [DAILY_CALLS, DAILY_REVIEWS, RESPONSES], ids=["calls", "reviews", "surveys"])
def test_a_row_that_is_wiped_to_delimiters_is_refused_and_makes_nothing_kept(
    agreed: Agreed, tmp_path_factory: pytest.TempPathFactory, layout: Layout
) -> None:
    settings = tonight(
        agreed.settings, tmp_path_factory.mktemp("wiped"), agreed.decisive, [a_row_is_wiped(layout, 0, "")]
    )
    night(settings, agreed.agency, end_of_day(LAST, agreed.agency.zone))
    assert improved(agreed.verdicts, verdicts(settings)) == {}
    reasons = read_quarantine(settings, end_of_day(LAST, agreed.agency.zone)).reason
    assert sum(reasons.str.startswith("has nothing in any field")) == 1
