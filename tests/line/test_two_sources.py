"""Two systems that number their tickets alike and feed one table: a key belongs to its source, night after night."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

from charter import line
from charter.base.settings import Settings
from tests.line.installation import HOME, House, house
from tests.line.small_charters import csv_source

pytestmark = [pytest.mark.slow, pytest.mark.long]

FRIDAY, SATURDAY, SUNDAY = "2026-07-03", "2026-07-04", "2026-07-05"
TICKETS = "ticket_id,programme,kind,channel,received_at,department_id"
EVENTS = "event_id,ticket_id,kind,occurred_at"
RATINGS = "response_id,kind,ticket_id,responded_at,score"
WAIVERS = "waiver_id,standard_id,subject_id,from_on,to_on,reason,approver,decided_at"
SOURCES = {
    "voc": {"tickets": TICKETS, "ticket_events": EVENTS},
    "crm": {"tickets": TICKETS, "ticket_events": EVENTS},
    "surveys": {"survey_responses": RATINGS},
    "decisions": {"waivers": WAIVERS},
}


def write_charter(folder: Path) -> None:
    """The shipped charter, its tickets from two systems, ratings and waivers from two more; the rest is silent."""
    shutil.copytree(HOME / "charters" / "kotra", folder)
    yaml = YAML()
    path = folder / "sources.yaml"
    given = yaml.load(path)["sources"]
    ours = {table for feeds in SOURCES.values() for table in feeds}
    for each in given:
        each["feeds"] = [feed for feed in each["feeds"] if feed["table"] not in ours]
    kept = [each for each in given if each["feeds"] and each["id"] not in SOURCES]
    yaml.dump({"sources": [*(csv_source(name, feeds) for name, feeds in SOURCES.items()), *kept]}, path)


@dataclass
class Agency:
    """The installation, and the files in which its systems say tonight what they hold."""

    house: House
    folder: Path

    def holds(self, source_id: str, table: str, *rows: str) -> None:
        path = self.folder / source_id / f"{table}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([SOURCES[source_id][table], *rows, ""]), encoding="utf-8")

    def night(self, day: str) -> str:
        as_of = f"{day}T15:00:00+00:00"
        for source_id in SOURCES:
            line.extract(source_id, as_of)
        line.transform(as_of)
        line.assert_expectations(as_of)
        line.publish(as_of)
        return as_of

    def standing(self, standard: str = "branch-first-reply") -> dict[str, str]:
        rows = self.house.ask(
            f"select subject_id, status from marts.fct_commitments where standard_id = '{standard}' order by 1"
        )
        return dict(rows)

    def working(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.house.settings.work_warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """Both systems received a ticket 17 on 1 July; only one of them answered it."""
    folder = tmp_path_factory.mktemp("two")
    write_charter(folder / "charter")
    with pytest.MonkeyPatch.context() as patch, house(folder / "house", patch) as made:
        patch.setenv("CHARTER_DIR", str(folder / "charter"))
        for name in SOURCES:
            patch.setenv(f"CHARTER_CONN_{name.upper()}", str(folder / name))
        made.settings = Settings.from_environment()
        agency = Agency(made, folder)
        agency.holds(
            "voc",
            "tickets",
            "17,branch,inquiry,voc,2026-07-01 09:00:00,branch-team",
            "18,branch,inquiry,voc,2026-07-01 09:00:00,branch-team",
            "19,branch,inquiry,voc,2026-07-01 09:00:00,branch-team",
        )
        agency.holds("crm", "tickets", "17,branch,inquiry,website,2026-07-01 08:00:00,champ-team")
        agency.holds(
            "voc",
            "ticket_events",
            "1,17,public_reply,2026-07-01 10:00:00",
            "2,17,rating_invited,2026-07-01 11:00:00",
            "3,18,public_reply,2026-07-01 10:00:00",
            "4,18,rating_invited,2026-07-01 11:00:00",
        )
        agency.holds("crm", "ticket_events", "1,17,rating_invited,2026-07-01 12:00:00")
        agency.holds(
            "surveys",
            "survey_responses",
            "R1,reply_rating,17,2026-07-02 10:00:00,1",
            "R2,reply_rating,18,2026-07-02 10:00:00,4",
            "R3,reply_rating,crm/17,2026-07-02 10:00:00,5",
        )
        agency.holds("decisions", "waivers")
        agency.night(FRIDAY)
        yield agency


def test_the_same_key_in_two_sources_is_two_cases(agency: Agency) -> None:
    assert agency.standing() == {"crm/17": "breached", "voc/17": "met", "voc/18": "met", "voc/19": "breached"}


def test_events_belong_to_the_ticket_of_their_own_source(agency: Agency) -> None:
    events = agency.working("select event_id, ticket_id from staging.stg_ticket_events order by all")
    assert events == [
        ("crm/1", "crm/17"),
        ("voc/1", "voc/17"),
        ("voc/2", "voc/17"),
        ("voc/3", "voc/18"),
        ("voc/4", "voc/18"),
    ]


def test_a_third_systems_row_belongs_to_the_ticket_it_names_and_to_none_where_two_have_its_number(
    agency: Agency,
) -> None:
    rated = agency.working("select ticket_id, rating_score from intermediate.int_rating_invitations order by all")
    assert rated == [("crm/17", 5.0), ("voc/17", None), ("voc/18", 4.0)]
    assert agency.working("select ticket_id from staging.stg_survey_responses where response_id = 'R1'") == [("?/17",)]


def test_both_judgements_agree_and_no_key_is_said_to_come_twice(agency: Agency) -> None:
    broken = agency.house.ask(
        "select suite, expectation from marts.expectation_results where kind <> 'threshold' and outcome = 'broken'"
    )
    assert broken == []


@pytest.fixture(scope="module")
def saturday(agency: Agency) -> Agency:
    """One system drops its ticket 17 and all that it said of it; two waivers name tickets by their number alone."""
    agency.holds(
        "voc",
        "tickets",
        "18,branch,inquiry,voc,2026-07-01 09:00:00,branch-team",
        "19,branch,inquiry,voc,2026-07-01 09:00:00,branch-team",
    )
    agency.holds(
        "voc", "ticket_events", "3,18,public_reply,2026-07-01 10:00:00", "4,18,rating_invited,2026-07-01 11:00:00"
    )
    agency.holds(
        "decisions",
        "waivers",
        "W1,branch-first-reply,17,2026-07-01,2026-07-01,storm,board,2026-07-04 10:00:00",
        "W2,branch-first-reply,19,2026-07-01,2026-07-01,storm,board,2026-07-04 10:00:00",
    )
    agency.night(SATURDAY)
    return agency


def test_when_one_source_drops_its_row_the_others_stands(saturday: Agency) -> None:
    """The waiver of 17 excuses neither, although one of the two is gone: a deletion excuses nobody."""
    assert saturday.standing() == {"crm/17": "breached", "voc/18": "met", "voc/19": "excluded"}


def test_what_names_no_ticket_for_certain_is_told(saturday: Agency) -> None:
    """The rating and the waiver of 17 are nobody's, and the ticket that its system dropped is withdrawn. Of its
    events too many went at once, so that they still count, and belong to nothing."""
    found = saturday.house.ask(
        "select table_name, source_id, fate, row_count, example_key from marts.row_fates"
        " where fate in ('orphan', 'withdrawn') order by all"
    )
    assert found == [
        ("survey_responses", "surveys", "orphan", 1, "R1"),
        ("ticket_events", "voc", "orphan", 2, "1"),
        ("tickets", "voc", "withdrawn", 1, "17"),
        ("waivers", "decisions", "orphan", 1, "W1"),
    ]


def test_a_rating_that_could_have_been_of_either_is_not_taken_for_the_one_that_is_left(saturday: Agency) -> None:
    rated = saturday.working("select ticket_id, rating_score from intermediate.int_rating_invitations order by all")
    assert rated == [("crm/17", 5.0)]


def test_a_waiver_that_names_the_source_excuses_its_ticket(saturday: Agency) -> None:
    saturday.holds(
        "decisions",
        "waivers",
        "W1,branch-first-reply,crm/17,2026-07-01,2026-07-01,storm,board,2026-07-04 10:00:00",
    )
    saturday.night(SUNDAY)
    assert saturday.standing() == {"crm/17": "excluded", "voc/18": "met", "voc/19": "breached"}


def test_nights_that_go_on_from_each_other_give_what_building_everything_gives(saturday: Agency) -> None:
    ours = saturday.house.settings
    full = replace(ours, var_dir=saturday.folder / "full")
    full.var_dir.mkdir()
    (full.var_dir / "lake").symlink_to(ours.lake_dir)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHARTER_VAR", str(full.var_dir))
        assert "cases" not in line.transform(f"{SUNDAY}T15:00:00+00:00", anew=True)
    for table in ("fct_commitments", "ownership", "compliance_daily", "standard_results", "row_fates"):
        query = f"select * from marts.{table} order by all"
        with duckdb.connect(str(full.work_warehouse), read_only=True) as connection:
            assert connection.execute(query).fetchall() == saturday.working(query), table
