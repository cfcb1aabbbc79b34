"""What a night must work on: the cases that changed since the build before, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract import ensure_contract_tables
from charter.lake.files import raw_partition, raw_schema
from charter.transform.build.builds import Build
from charter.transform.build.scope import write_tonights_scope, write_whole_scope
from tests.transform.conftest import HOME

FRIDAY = datetime(2026, 7, 3, 15, tzinfo=UTC)
SATURDAY = FRIDAY + timedelta(days=1)
SUNDAY = FRIDAY + timedelta(days=2)
LONG_AGO = datetime(2026, 3, 1, 15, tzinfo=UTC)


@dataclass
class Lake:
    """A lake, and the working warehouse as the build of Saturday's night left it."""

    settings: Settings
    agency: Agency
    db: duckdb.DuckDBPyConnection

    def land(
        self, as_of: datetime, table: str, *rows: dict[str, Any], deleted: bool = False, source: str | None = None
    ) -> None:
        subject = self.agency.subjects[table]
        source = source or self.agency.feeding(table)[0]
        versions = [
            {
                **row,
                "_source_id": source,
                "_known_at": naive_utc(as_of),
                "_row_key": row[subject.key],
                "_deleted": deleted,
            }
            for row in rows
        ]
        path = raw_partition(self.settings, table, source, as_of)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(versions, schema=raw_schema(subject)), path)

    def ticket(self, as_of: datetime, ticket_id: str, **columns: Any) -> None:
        self.land(
            as_of, "tickets", {"ticket_id": ticket_id, "received_at": naive_utc(as_of - timedelta(hours=5)), **columns}
        )

    def event(self, as_of: datetime, event_id: str, ticket_id: str, **columns: Any) -> None:
        row = {"event_id": event_id, "ticket_id": ticket_id, "occurred_at": naive_utc(as_of - timedelta(hours=4))}
        self.land(as_of, "ticket_events", {**row, **columns})

    def judged(self, subject_id: str, decided_on: date | None, table: str = "inquiries", **columns: Any) -> None:
        row = {
            "standard_id": "branch-first-reply",
            "subject_table": table,
            "subject_id": subject_id,
            "status": "met",
            "opened_on": date(2026, 7, 1),
            "decided_on": decided_on,
            **columns,
        }
        row["commitment_id"] = f"{row['standard_id']}/all/{subject_id}"
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        self.db.execute(f"insert into marts.fct_commitments ({names}) values ({marks})", list(row.values()))

    def tonight(self, night: datetime = SUNDAY) -> set[str]:
        """The cases of tickets that a night (Sunday's by default) reworks on the build of the night before."""
        earlier = night - timedelta(days=1)
        write_tonights_scope(self.db, self.settings, self.agency, Build(earlier, earlier, "", ""), night, night)
        found = self.db.execute("select subject_id from control.scope where subject_table = 'inquiries'").fetchall()
        return {case for (case,) in found}

    def shown(self, table: str) -> list[tuple[Any, ...]]:
        key = self.agency.subjects[table].key
        return self.db.execute(f'select "{key}", _known_at from raw."{table}" order by all').fetchall()


@pytest.fixture
def lake(agency: Agency, tmp_path: Path) -> Lake:
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})
    ensure_contract_tables(settings, agency)
    db = duckdb.connect()
    db.execute("""
        create schema control; create schema marts; create schema commitments;
        create table marts.fct_commitments (
            commitment_id varchar, standard_id varchar, rule_version bigint, part varchar, department_id varchar,
            subject_table varchar, subject_id varchar, status varchar, due_at timestamp, opened_on date,
            decided_on date, exclusion_rule varchar
        );
        create table commitments.commitments_by_day as select date '2026-07-01' as day;
        create table marts.restatements as select date '2026-06-29' as week_start""")
    return Lake(settings, agency, db)


def saturday(lake: Lake) -> None:
    """Saturday's build saw everything that had landed."""
    write_whole_scope(lake.db, lake.settings, lake.agency, SATURDAY)


def test_a_case_that_nothing_touches_is_left_alone(lake: Lake) -> None:
    lake.ticket(FRIDAY, "answered")
    lake.judged("answered", date(2026, 7, 3))
    saturday(lake)
    assert lake.tonight() == set()
    assert lake.shown("tickets") == []


def test_a_row_that_arrived_brings_its_case_with_all_its_rows(lake: Lake) -> None:
    lake.ticket(LONG_AGO, "late reply")
    lake.event(LONG_AGO, "note", "late reply")
    lake.ticket(FRIDAY, "answered")
    saturday(lake)
    lake.event(SUNDAY, "reply", "late reply")
    assert lake.tonight() == {"late reply"}
    assert [key for key, _ in lake.shown("tickets")] == ["late reply"]
    assert [key for key, _ in lake.shown("ticket_events")] == ["note", "reply"]


def test_a_row_that_vanished_brings_its_case(lake: Lake) -> None:
    lake.ticket(FRIDAY, "deleted")
    saturday(lake)
    lake.land(SUNDAY, "tickets", {"ticket_id": "deleted"}, deleted=True)
    assert lake.tonight() == {"deleted"}
    assert len(lake.shown("tickets")) == 2


def test_a_row_that_moved_to_another_case_brings_both(lake: Lake) -> None:
    """Otherwise the reply would count for both tickets."""
    lake.ticket(FRIDAY, "wrongly answered")
    lake.ticket(LONG_AGO, "rightly answered")
    lake.event(FRIDAY, "reply", "wrongly answered")
    saturday(lake)
    lake.event(SUNDAY, "reply", "rightly answered")
    assert lake.tonight() == {"wrongly answered", "rightly answered"}
    assert [key for key, _ in lake.shown("tickets")] == ["rightly answered", "wrongly answered"]


def test_cases_that_shared_a_row_long_ago_are_reworked_together(lake: Lake) -> None:
    """The one in scope would show the row's old version, if the newer one, of another case, stayed out of view."""
    lake.ticket(LONG_AGO, "had it once")
    lake.ticket(LONG_AGO, "has it now")
    lake.event(LONG_AGO, "reply", "had it once")
    lake.event(FRIDAY, "reply", "has it now")
    saturday(lake)
    lake.event(SUNDAY, "note", "had it once")
    assert lake.tonight() == {"had it once", "has it now"}
    assert len(lake.shown("ticket_events")) == 3


def test_what_was_open_is_looked_at_every_night(lake: Lake) -> None:
    lake.ticket(LONG_AGO, "open")
    lake.judged("open", None)
    saturday(lake)
    assert lake.tonight() == {"open"}


def test_what_was_taken_out_is_looked_at_until_its_due_time_has_come(lake: Lake) -> None:
    """A day off that becomes known still moves the due time that its row shows."""
    lake.judged("spam", date(2026, 7, 3), status="excluded", due_at=datetime(2026, 7, 4, 15, 0, 1))
    lake.judged("old spam", date(2026, 7, 3), status="excluded", due_at=datetime(2026, 7, 4, 15))
    lake.judged("answered early", date(2026, 7, 3), status="met", due_at=datetime(2026, 7, 6))
    saturday(lake)
    assert lake.tonight() == {"spam"}


@pytest.mark.parametrize(
    ("column", "value"),
    [("received_at", datetime(2026, 7, 4, 15, 0, 1)), ("project_ended_on", date(2026, 7, 5))],
)
def test_a_fact_dated_ahead_is_looked_at_until_its_day_has_come(lake: Lake, column: str, value: date) -> None:
    lake.ticket(FRIDAY, "dated ahead", **{column: value})
    lake.ticket(LONG_AGO, "not", received_at=datetime(2026, 7, 4, 15), project_ended_on=date(2026, 7, 4))
    saturday(lake)
    assert lake.tonight() == {"dated ahead"}


def test_a_fact_dated_ahead_is_kept_in_view_from_increment_to_increment(lake: Lake) -> None:
    lake.ticket(FRIDAY, "dated ahead", project_ended_on=date(2026, 7, 7))
    saturday(lake)
    assert lake.tonight() == {"dated ahead"}
    assert lake.tonight(SUNDAY + timedelta(days=1)) == {"dated ahead"}
    assert lake.tonight(SUNDAY + timedelta(days=2)) == {"dated ahead"}
    assert lake.tonight(SUNDAY + timedelta(days=3)) == set()


WAIVER = {
    "waiver_id": "W1",
    "standard_id": "branch-first-reply",
    "from_on": date(2026, 7, 1),
    "to_on": date(2026, 7, 2),
    "decided_at": datetime(2026, 7, 3),
}


def waived(lake: Lake) -> None:
    for name, opened_on in [("before", 30), ("first", 1), ("last", 2), ("after", 3)]:
        lake.judged(name, date(2026, 7, 3), opened_on=date(2026, 6 if opened_on == 30 else 7, opened_on))
    lake.judged("other standard", date(2026, 7, 3), standard_id="champ-first-reply")


def test_a_waiver_brings_whatever_it_may_take_out(lake: Lake) -> None:
    waived(lake)
    saturday(lake)
    lake.land(SUNDAY, "waivers", WAIVER)
    assert lake.tonight() == {"first", "last"}


def test_a_waiver_for_one_case_brings_that_one(lake: Lake) -> None:
    waived(lake)
    saturday(lake)
    lake.land(SUNDAY, "waivers", {**WAIVER, "subject_id": "last"})
    assert lake.tonight() == {"last"}


def test_a_waiver_that_was_shortened_brings_what_it_took_out_before(lake: Lake) -> None:
    waived(lake)
    lake.land(FRIDAY, "waivers", WAIVER)
    saturday(lake)
    lake.land(SUNDAY, "waivers", {**WAIVER, "to_on": date(2026, 7, 1)})
    assert lake.tonight() == {"first", "last"}


def test_a_waiver_that_comes_into_effect_brings_what_it_takes_out(lake: Lake) -> None:
    waived(lake)
    lake.land(FRIDAY, "waivers", {**WAIVER, "decided_at": datetime(2026, 7, 5, 15)})
    saturday(lake)
    assert lake.tonight() == {"first", "last"}


def test_a_waiver_in_effect_already_brings_nothing(lake: Lake) -> None:
    waived(lake)
    lake.land(SATURDAY, "waivers", {**WAIVER, "decided_at": datetime(2026, 7, 4, 15)})
    saturday(lake)
    assert lake.tonight() == set()


def test_a_key_of_two_sources_is_one_case_of_two_subjects(lake: Lake) -> None:
    """Whatever names the key alone (a waiver, a rating of a third system) may mean either of them."""
    lake.ticket(LONG_AGO, "17")
    lake.land(LONG_AGO, "tickets", {"ticket_id": "17", "received_at": naive_utc(LONG_AGO)}, source="crm")
    lake.land(FRIDAY, "survey_responses", {"response_id": "R1", "ticket_id": "crm/17"})
    lake.judged("crm/17", date(2026, 7, 3))
    lake.judged("voc/17", date(2026, 7, 3))
    saturday(lake)
    assert lake.tonight() == set()
    lake.event(SUNDAY, "reply", "17")
    assert lake.tonight() == {"crm/17", "voc/17"}
    assert [key for key, _ in lake.shown("tickets")] == ["17", "17"]
    assert [key for key, _ in lake.shown("survey_responses")] == ["R1"]


def test_a_waiver_that_names_a_key_alone_brings_the_subjects_of_every_source(lake: Lake) -> None:
    lake.ticket(LONG_AGO, "17")
    lake.land(LONG_AGO, "tickets", {"ticket_id": "17", "received_at": naive_utc(LONG_AGO)}, source="crm")
    lake.judged("crm/17", date(2026, 7, 3))
    saturday(lake)
    lake.land(SUNDAY, "waivers", {**WAIVER, "subject_id": "17"})
    assert lake.tonight() == {"crm/17", "voc/17"}


def test_what_was_open_in_one_of_two_sources_is_looked_at_every_night(lake: Lake) -> None:
    lake.ticket(LONG_AGO, "17")
    lake.land(LONG_AGO, "tickets", {"ticket_id": "18", "received_at": naive_utc(LONG_AGO)}, source="crm")
    lake.judged("crm/18", None)
    saturday(lake)
    assert lake.tonight() == {"crm/18", "voc/18"}
    assert [key for key, _ in lake.shown("tickets")] == ["18"]


def test_tables_without_cases_are_shown_whole(lake: Lake) -> None:
    lake.land(LONG_AGO, "meetings", {"meeting_id": "M1"})
    saturday(lake)
    lake.land(SUNDAY, "meetings", {"meeting_id": "M2"})
    lake.tonight()
    assert [key for key, _ in lake.shown("meetings")] == ["M1", "M2"]


def test_what_landed_after_the_night_is_not_seen(lake: Lake) -> None:
    saturday(lake)
    lake.ticket(SUNDAY + timedelta(days=1), "tomorrow")
    assert lake.tonight() == set()


def test_what_the_ledger_said_of_the_scope_is_kept(lake: Lake) -> None:
    lake.judged("open", None)
    lake.judged("answered", date(2026, 7, 3))
    lake.judged("2026-07", date(2026, 7, 3), table="notices")
    saturday(lake)
    lake.tonight()
    kept = lake.db.execute("select commitment_id from control.replaced_commitments order by 1").fetchall()
    assert kept == [("branch-first-reply/all/2026-07",), ("branch-first-reply/all/open",)]
