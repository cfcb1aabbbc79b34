"""The two laws of damage, held over damage of many sorts in every kind of source.

1. Damage never improves a verdict: what was broken, or undecided, is not kept because of it.
2. Nothing that arrived ends in no state: the counts of every feed add up, and every data test of the warehouse holds.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zipfile import BadZipFile

import pytest
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.definitions import Agency, load_agency
from charter.demo import build_demo, write_connections
from charter.extract import read_receipts
from charter.moments import end_of_day
from charter.settings import Settings

from .compiled import Compiled, ask, beside, compile_project, compiled_builds, night
from .damage import Damage, damages, first_row_again, one_row_among_another_days, rows_dated_ahead
from .installation import HOME

pytestmark = pytest.mark.slow

# A Friday: files of a working day, and a week that is nearly over.
BEFORE, LAST = date(2026, 7, 2), date(2026, 7, 3)
SIZE = 0.02
REVIEWS, CALLS = f"reviews/reviews_{LAST:%Y%m%d}.csv", f"calls/calls_{LAST:%Y%m%d}.csv"
UNDECIDED = ("broken", "no_data", "check_error")

Verdicts = dict[tuple[str, str, str, str | None], str]


@dataclass(frozen=True)
class Agreed:
    """The agency as it stood the night before, its sources tonight, and what an undamaged night makes of them."""

    agency: Agency = field(repr=False)
    settings: Settings
    compiled: Compiled = field(repr=False)
    verdicts: Verdicts = field(repr=False)


def verdicts(settings: Settings) -> Verdicts:
    """Every result by kind and start of its period, standard and department."""
    rows = ask(
        settings,
        "select period_kind, period_start::varchar, standard_id, department_id, result from marts.standard_results",
    )
    return {(kind, start, standard, department): result for kind, start, standard, department, result in rows}


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
        undamaged = tonight(before, folder / "undamaged", [])
        night(undamaged, agency, end_of_day(LAST, agency.zone))
        yield Agreed(agency, before, compiled, verdicts(undamaged))


def tonight(before: Settings, folder: Path, damage: list[Damage]) -> Settings:
    """An installation in ``folder`` that knows what was known the night before, and its sources with ``damage``."""
    shutil.copytree(before.lake_dir, folder / "lake")
    shutil.copytree(before.demo_dir, folder / "demo")
    for each in damage:
        if_there(each, folder / "demo")
    return beside(before, folder, **write_connections(beside(before, folder)))


def if_there(damage: Damage, folder: Path) -> None:
    # A second damage may find nothing left to damage, or nothing that can be opened.
    with suppress(OSError, KeyError, ValueError, IndexError, BadZipFile, sqlite3.Error):
        damage.do(folder)


@example(damage=[one_row_among_another_days(CALLS)])
@example(damage=[rows_dated_ahead(CALLS, LAST, every=2, by=17)])
@given(damage=st.lists(damages(LAST, BEFORE), min_size=1, max_size=2))
@effort(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_damage_never_improves_a_verdict_and_leaves_nothing_in_no_state(
    agreed: Agreed, tmp_path_factory: pytest.TempPathFactory, damage: list[Damage]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    settings = tonight(agreed.settings, folder, damage)
    night(settings, agreed.agency, end_of_day(LAST, agreed.agency.zone))

    found = verdicts(settings)
    improved = {
        key: (before, found[key])
        for key, before in agreed.verdicts.items()
        if before in UNDECIDED and found.get(key) == "kept"
    }
    assert improved == {}
    for receipt in read_receipts(settings, end_of_day(LAST, agreed.agency.zone)):
        for feed in receipt.feeds:
            assert feed.arrived == feed.landed + feed.unchanged + feed.quarantined
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ([one_row_among_another_days(REVIEWS)], "its [0-9]+ rows are dated 2026-07-02"),
        ([first_row_again(REVIEWS), rows_dated_ahead(REVIEWS, LAST, every=2, by=17)], None),
    ],
    ids=["one review of the day and the rest of another day's", "one of two reviews dated ahead"],
)
def test_a_day_that_was_kept_is_undecided_when_its_file_is_of_another_day(
    agreed: Agreed, tmp_path_factory: pytest.TempPathFactory, damage: list[Damage], told: str | None
) -> None:
    """Of the one review of the day, which was good, this leaves nothing that covers the day, or another unknown."""
    settings = tonight(agreed.settings, tmp_path_factory.mktemp("damaged"), damage)
    night(settings, agreed.agency, end_of_day(LAST, agreed.agency.zone))
    greeted = ("day", str(LAST), "phone-greeting", None)
    assert (agreed.verdicts[greeted], verdicts(settings)[greeted]) == ("kept", "no_data")
    (receipt,) = read_receipts(settings, end_of_day(LAST, agreed.agency.zone), "call-reviews")[-1:]
    problem = receipt.feeds[0].problem
    assert (problem is None) if told is None else (problem is not None and re.search(told, problem.what))
    assert receipt.feeds[0].quarantined > 0
