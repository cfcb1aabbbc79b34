"""Measures through the line: figures of a CSV register, and damage that never improves a verdict. Both judgements
agree each time.

Advice centres of tests/agencies/branches, of whose charter a few measures are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest
from ruamel.yaml import YAML

from charter.assertions import run_expectations
from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.extract import extract_source
from charter.transform import build_warehouse

from .compiled import ask, both_judgements_agree, compile_project, compiled_builds, settings_of
from .installation import HOME

pytestmark = pytest.mark.slow

BRANCHES = HOME / "tests" / "agencies" / "branches"
HEADINGS = {
    "events": "event,centre,held",
    "counters": "counter,centre,service,from,to",
    "checks": "check,centre,lift,checked,passed",
    "accidents": "accident,centre,happened",
    "visits": "visit,centre,client,at,minutes,score,phone",
    "clients": "client,centre,registered,left",
    "complaints": "complaint,centre,client,made,upheld",
}
WORDS = {"ko": "시험", "en": "test"}
PARTS = {
    "mean": [{"figure": {"mean": "minutes"}, "at_most": 30, "unit": "minutes"}],
    "few": [{"figure": {"count": {}}, "at_most": 2}],
    "share": [{"figure": {"share": {"where": {"minutes": {"at_most": 20}}}}, "at_least": 60}],
    "client": [{"per": {"column": "client"}, "figure": {"count": {}}, "at_most": 1}],
    "seldom": [{"rolling": "30 days", "per": {"column": "client"}, "figure": {"count": {}}, "at_most": 1}],
}
# February: a mean of 31, three visits, one in three within 20 minutes, and one client twice within 30 days.
BROKEN = (
    "V1,North,A,2026-02-03 10:00:00,18,,",
    "V2,North,B,2026-02-04 10:00:00,30,,",
    "V3,North,A,2026-02-20 10:00:00,45,,",
)
DAY = date(2026, 3, 2)


def _standard(name: str, parts: list[dict[str, object]]) -> dict[str, object]:
    common = {"id": "part", "on": "visited_at"}
    return {
        "id": name,
        "citation": name,
        "pledge": "near",
        "text": WORDS,
        "kind": "measure",
        "rules": [
            {
                "version": 1,
                "effective_from": "2026-02-01",
                "basis": "charter",
                "threshold": WORDS,
                "target": 1.0,
                "subject": "visits",
                "owner": {"department": "head-office"},
                "parts": [{**common, **({} if "rolling" in part else {"slot": "month"}), **part} for part in parts],
            }
        ],
    }


@dataclass
class Centres:
    """The centres' register, and what the last night made of it."""

    agency: Agency
    settings: Settings
    folder: Path

    def holds(self, *visits: str) -> None:
        for table, heading in HEADINGS.items():
            rows = visits if table == "visits" else ()
            (self.folder / f"{table}.csv").write_text("\n".join([heading, *rows, ""]), encoding="utf-8")

    def night(self, day: date, *, anew: bool = True) -> dict[str, str]:
        """The year's result of each standard on the night after ``day``."""
        as_of = end_of_day(day, self.agency.zone)
        for source in self.agency.sources:
            extract_source(self.settings, self.agency, source, as_of)
        build_warehouse(self.settings, self.agency, as_of, as_of, anew=anew)
        both_judgements_agree(self.settings, self.agency, as_of)
        rows = ask(
            self.settings,
            "select standard_id, result from marts.standard_results"
            " where period_kind = 'year' and department_id is null",
        )
        return dict(rows)


@pytest.fixture(scope="module")
def charter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("charter")
    yaml = YAML()
    for name in ("departments", "calendar", "subjects", "sources"):
        text = (BRANCHES / f"{name}.yaml").read_text(encoding="utf-8").replace("en: Nordstadt", "en: North")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    content = yaml.load(BRANCHES / "charter.yaml")
    content["standards"] = [_standard(name, parts) for name, parts in PARTS.items()]
    yaml.dump(content, folder / "charter.yaml")
    return folder


@pytest.fixture(scope="module")
def compiled(charter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    settings = settings_of(charter, tmp_path_factory.mktemp("compiled"), "centres")
    with compiled_builds(compile_project(load_agency(charter), settings)):
        yield


@pytest.fixture
def centres(charter: Path, tmp_path: Path, compiled: None) -> Centres:
    return Centres(load_agency(charter), settings_of(charter, tmp_path, "centres"), tmp_path)


def test_undamaged_every_figure_breaks_its_promise(centres: Centres) -> None:
    centres.holds(*BROKEN)
    assert centres.night(DAY) == dict.fromkeys(PARTS, "broken")
    figures = ask(
        centres.settings,
        "select split_part(commitment_id, '/', 1), numerator, denominator from marts.measured_figures"
        " where last_on = '2026-02-28' order by all",
    )
    assert figures == [
        *(("client", 1, None), ("client", 2, None), ("few", 3, None), ("mean", 93, 3), ("share", 1, 3)),
    ]


def test_a_figure_that_is_not_that_of_its_rows_is_found(centres: Centres) -> None:
    """As breached as before, so that nothing but the rows themselves tells of it."""
    centres.holds(*BROKEN)
    centres.night(DAY)
    with duckdb.connect(str(centres.settings.work_warehouse)) as connection:
        connection.execute(
            "update marts.fct_commitments set measured_value = 32 where commitment_id = 'mean/part/2026-02'"
        )
    checks = run_expectations(centres.settings, centres.agency, end_of_day(DAY, centres.agency.zone))
    found = {each.standard_id: each for each in checks.results if each.suite == "agreement_figures"}
    assert {name: each.outcome for name, each in found.items()} == {
        **dict.fromkeys(("few", "share", "client"), "kept"),
        "mean": "broken",
    }
    assert all(each.evaluated for each in found.values())


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param([*BROKEN[:2], BROKEN[2].replace("45", "n/a")], id="a value that can't be read"),
        pytest.param([*BROKEN[:2], BROKEN[2].replace("2026-02-20", "2026-13-20")], id="a date that can't be read"),
        pytest.param([*BROKEN[:2], BROKEN[2].replace("2026-02", "2027-02")], id="a date of next year"),
        pytest.param([*BROKEN[:2], BROKEN[2].replace("V3", "")], id="a row without its key"),
    ],
)
def test_a_damaged_row_keeps_no_promise(centres: Centres, damaged: list[str]) -> None:
    centres.holds(*damaged)
    assert "kept" not in centres.night(DAY).values()


@pytest.mark.parametrize("gone", [1, 2])
def test_rows_that_are_gone_keep_no_promise(centres: Centres, gone: int) -> None:
    centres.holds(*BROKEN)
    centres.night(DAY)
    centres.holds(*BROKEN[gone:])
    assert "kept" not in centres.night(date(2026, 3, 3)).values()


def test_of_many_rows_one_in_doubt_turns_no_count_and_no_share(centres: Centres) -> None:
    """Forty visits of 5 minutes, of forty clients, and one that nobody can read: the share is 97.5 percent or more."""
    visits = [f"V{number},North,C{number},2026-02-{1 + number % 27:02d} 10:00:00,5,," for number in range(40)]
    centres.holds(*visits, "V99,North,Z,2026-02-03 10:00:00,many,,")
    results = centres.night(DAY)
    assert (results["share"], results["few"]) == ("kept", "broken")
    assert results["mean"] == "no_data", "one visit of a day and a night would turn it"


def test_a_month_without_a_visit_owes_no_mean_and_no_share(centres: Centres) -> None:
    centres.holds()
    results = centres.night(DAY)
    of_nothing = dict.fromkeys(PARTS, "nothing_due")
    assert results == {**of_nothing, "few": "kept"}
    [taken_out] = ask(
        centres.settings,
        "select status, exclusion_rule, decided_on from marts.fct_commitments"
        " where commitment_id = 'mean/part/2026-02'",
    )
    assert taken_out == ("excluded", "figure:too_few_rows", date(2026, 2, 28))
