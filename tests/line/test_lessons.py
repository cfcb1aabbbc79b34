"""Small agencies that show one thing each, from their sources to right figures: tests/agencies says which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest

import tests.agencies
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.transform import publish_warehouse
from tests.explain.walking import walk_through

from .installation import HOME
from .test_agencies import Night, night_of

AGENCIES = HOME / "tests" / "agencies"
DESKS = {
    "card-index/cards.csv": "card,desk,asked\n1,North,2026-03-02\n2,North,2026-03-03\n3,North,2026-03-09\n",
    "card-index/replies.csv": "reply,card,replied\n1,1,2026-03-04\n2,2,2026-03-06\n",
    "counter/slips.csv": "slip;where;on\n1;South;02/03/2026\n2;South;03/03/2026\n",
    "counter/answers.csv": "nr;slip;on\n1;2;04/03/2026\n2;1;03/03/2026\n",
}
FERRIES = {
    "harbour-book/drills.csv": "drill,held\nB1,2026-03-31\n",
    "harbour-book/departures.csv": """\
departure,at,late
the first minute,2026-03-01 00:00,0
after the hour that summer time took,2026-03-08 03:10,5
too late,2026-03-15 12:00,30
in April by UTC,2026-03-31 23:40,10
the next day,2026-04-01 00:10,60
""",
}


def test_every_small_agency_says_what_it_shows_and_is_sound() -> None:
    said = {line.partition(":")[0] for line in str(tests.agencies.__doc__).splitlines() if ": " in line}
    folders = sorted(file.parent for file in AGENCIES.glob("*/charter.yaml"))
    assert said == {folder.name for folder in folders}
    assert [load_agency(folder).charter.id for folder in folders] == [folder.name for folder in folders]


def lived(name: str, files: Mapping[str, str], day: date, folder: Path) -> Night:
    """The night after ``day`` of the agency ``name``, with each source's ``files`` in a folder called like it."""
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sources = {file.partition("/")[0] for file in files}
    addresses = {f"CHARTER_CONN_{each.upper().replace('-', '_')}": str(folder / each) for each in sources}
    environment = {"CHARTER_HOME": str(HOME), "CHARTER_DIR": str(AGENCIES / name), "CHARTER_VAR": str(folder / "var")}
    return night_of(Settings.from_environment(environment | addresses), day)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return lived("desks", DESKS, date(2026, 3, 10), tmp_path_factory.mktemp("desks"))


@pytest.mark.slow
@pytest.mark.long
class TestTwoSourcesInOneTable:
    def test_a_question_is_answered_by_the_answers_of_its_own_desk(self, desks: Night) -> None:
        """Card 1 has a reply on its last day, slip 1 on the first; slip 2 in time, card 2 too late, card 3 not yet."""
        assert desks.ask(
            "select subject_id, department_id, status, measured_value from marts.fct_commitments order by 1"
        ) == [
            ("card-index/1", "north", "met", 2),
            ("card-index/2", "north", "breached", 3),
            ("card-index/3", "north", "pending", None),
            ("counter/1", "south", "met", 1),
            ("counter/2", "south", "met", 1),
        ]

    def test_the_figures_of_both_are_one_result(self, desks: Night) -> None:
        """Three of four reach 75 %; of the northern desk one of two does not."""
        assert desks.ask(
            "select department_id, met, breached, pending, result from marts.standard_results"
            " where period_kind = 'year' order by department_id nulls first"
        ) == [(None, 3, 1, 1, "kept"), ("north", 1, 1, 1, "broken"), ("south", 2, 0, 0, "kept")]

    def test_every_row_of_either_has_a_fate(self, desks: Night) -> None:
        fates = "select source_id, table_name, fate, sum(row_count) from marts.row_fates group by all order by all"
        assert desks.ask(fates) == [
            ("card-index", "answers", "evidence", 2),
            ("card-index", "questions", "commitment", 3),
            ("counter", "answers", "evidence", 2),
            ("counter", "questions", "commitment", 2),
        ]


@pytest.fixture(scope="module")
def ferries(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return lived("ferries", FERRIES, date(2026, 3, 31), tmp_path_factory.mktemp("ferries"))


@pytest.mark.slow
@pytest.mark.long
class TestNoTicketsInAnotherZone:
    def test_march_ends_at_half_past_two_of_the_next_day_by_utc(self, ferries: Night) -> None:
        """Three of the four departures of March are in time; without that at 23:40 it were two of three."""
        march_ends = datetime(2026, 4, 1, 2, 30)
        assert ferries.ask(
            "select standard_id, subject_id, status, measured_value, due_at, decided_on"
            " from marts.fct_commitments order by 1"
        ) == [
            ("drill", "2026-03", "met", 1, march_ends, date(2026, 3, 31)),
            ("on-time", "2026-03", "met", 75, march_ends, date(2026, 3, 31)),
        ]

    def test_an_instant_is_that_of_the_harbours_clock(self, ferries: Night) -> None:
        """Behind UTC by three and a half hours until 8 March, and by two and a half since."""
        told = (
            "select departure_no, departed_at from staging.stg_departures where departed_at < '2026-03-09' order by 2"
        )
        assert ferries.ask(told) == [
            ("the first minute", datetime(2026, 3, 1, 3, 30)),
            ("after the hour that summer time took", datetime(2026, 3, 8, 5, 40)),
        ]

    def test_what_departs_after_the_night_is_ahead(self, ferries: Night) -> None:
        fates = "select table_name, fate, sum(row_count) from marts.row_fates group by all order by all"
        assert ferries.ask(fates) == [
            ("departures", "ahead", 1),
            ("departures", "counted", 4),
            ("drills", "counted", 1),
        ]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", ["desks", "ferries"])
def test_a_person_who_counts_each_commitment_comes_to_the_same(name: str, request: pytest.FixtureRequest) -> None:
    night: Night = request.getfixturevalue(name)
    publish_warehouse(night.settings)
    walked = walk_through(night.settings, night.agency, of_each=5)
    assert walked.problems == []
    assert walked.ends.total() == walked.ends["agrees"] + walked.ends["counted"] > 0
