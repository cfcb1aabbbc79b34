"""Of what landed, every row has one fate, and the fate says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.extract import ensure_contract_tables
from charter.lake.files import raw_partition, raw_schema
from charter.transform import build_warehouse
from charter.transform.compile.fates import FateParent, fate_tables
from charter.transform.compile.rule_parts import ColumnRef
from tests.transform.conftest import HOME

SATURDAY = datetime(2026, 7, 4, 15, tzinfo=UTC)
SUNDAY = SATURDAY + timedelta(days=1)
NOON = datetime(2026, 7, 2, 3)


def test_events_belong_to_tickets_and_tickets_are_inquiries(agency: Agency) -> None:
    tables = {table.name: table for table in fate_tables(agency)}
    assert [use.subject_table for use in tables["tickets"].subjects] == ["inquiries", "rating_invitations"]
    assert not tables["tickets"].is_evidence
    assert tables["ticket_events"].is_evidence
    assert tables["ticket_events"].parent == FateParent("ticket_id", "stg_tickets", "ticket_id")
    assert tables["ticket_events"].dated == ColumnRef("occurred_at", "instant")


def test_a_row_belongs_to_what_every_night_has_in_view_with_it(agency: Agency) -> None:
    """A review is reworked without its call, and a page with all its reviews."""
    tables = {table.name: table for table in fate_tables(agency)}
    assert tables["call_reviews"].parent is None
    assert tables["page_reviews"].parent == FateParent("page_id", "stg_pages", "page_id")


def test_a_row_counts_in_the_windows_of_later_rows_too() -> None:
    """A visit of January is one of the 30 days that end on 10 February, when the promise began."""
    centres = load_agency(HOME / "tests" / "agencies" / "branches")
    (visits,) = (table for table in fate_tables(centres) if table.name == "visits")
    rules = [each for use in visits.subjects for each in use.rules if each.part == "client"]
    assert [(each.reading, each.valid_days) for each in rules if each.effective_from == "2026-02-10"] == [
        ("due", None),
        ("counted", 30),
    ]


def test_what_took_a_row_out_is_told_by_a_code_and_the_charters_names(agency: Agency) -> None:
    calls = next(table for table in fate_tables(agency) if table.name == "calls")
    assert {each.code for rule in calls.subjects[0].rules for each in rule.where} == {"in:direction:inbound"}


@dataclass
class Night:
    """An agency's lake and its warehouse, night after night."""

    settings: Settings
    agency: Agency

    def land(self, as_of: datetime, table: str, *rows: dict[str, Any], deleted: bool = False) -> None:
        subject, source_id = self.agency.subjects[table], self.agency.feeding(table)[0]
        lineage = {"_source_id": source_id, "_known_at": naive_utc(as_of), "_row_hash": "", "_deleted": deleted}
        versions = [
            {**row, **lineage, "_row_key": row[subject.key], "_origin": f"{table}:{row[subject.key]}"} for row in rows
        ]
        name = "corrected-0.parquet" if deleted else "part-0.parquet"
        path = raw_partition(self.settings, table, source_id, as_of, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(versions, schema=raw_schema(subject)), path)

    def build(self, as_of: datetime, *, anew: bool = False) -> int | None:
        return build_warehouse(self.settings, self.agency, as_of, as_of, anew=anew).cases

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.work_warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def fates(self, table: str) -> dict[str, tuple[str, str | None]]:
        rows = self.ask(f"select row_key, fate, condition from intermediate.int_row_fates where table_name = '{table}'")
        return {key: (fate, condition) for key, fate, condition in rows}


def ticket(key: str, **columns: Any) -> dict[str, Any]:
    row = {"ticket_id": key, "programme": "branch", "kind": "inquiry", "channel": "voc", "received_at": NOON}
    return {**row, "department_id": "branch-team", **columns}


def event(key: str, of: str, **columns: Any) -> dict[str, Any]:
    return {"event_id": key, "ticket_id": of, "kind": "public_reply", "occurred_at": NOON, **columns}


def waiver(key: str, **columns: Any) -> dict[str, Any]:
    row = {"waiver_id": key, "standard_id": "branch-first-reply", "from_on": NOON.date(), "to_on": NOON.date()}
    return {**row, "reason": "storm", "approver": "board", "decided_at": NOON, **columns}


@pytest.fixture(scope="module")
def saturday(agency: Agency, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    var = tmp_path_factory.mktemp("fates")
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(var)})
    ensure_contract_tables(settings, agency)
    night = Night(settings, agency)
    night.land(
        SATURDAY,
        "tickets",
        ticket("judged"),
        ticket("of nobody", programme="none", kind="proposal", channel="phone"),
        ticket("tomorrow", received_at=datetime(2026, 7, 5, 3)),
        ticket("long ago", received_at=datetime(2001, 1, 1)),
        ticket("whose project?", programme="none", kind="aftercare", channel="phone"),
    )
    night.land(SATURDAY, "tickets", ticket("gone"), deleted=True)
    night.land(
        SATURDAY,
        "ticket_events",
        event("reply", "judged"),
        event("reply to nobody", "refused"),
        event("reply of tomorrow", "judged", occurred_at=datetime(2026, 7, 5, 3)),
    )
    night.land(
        SATURDAY,
        "survey_responses",
        {"response_id": "no ticket", "kind": "satisfaction", "responded_at": NOON, "wave_id": "2026"},
    )
    night.land(
        SATURDAY,
        "complaints",
        {"complaint_id": "not confirmed", "department_id": "voc-team", "received_at": NOON},
    )
    night.land(
        SATURDAY,
        "calls",
        {
            "call_id": "outbound",
            "department_id": "voc-team",
            "direction": "outbound",
            "rang_at": NOON,
            "ended_at": NOON,
            "outcome": "answered",
        },
    )
    night.land(SATURDAY, "secondments", {"secondment_id": "of nobody", "agency": "-", "from_on": NOON.date()})
    night.land(
        SATURDAY,
        "notices",
        {
            "notice_id": "July's",
            "programme": "branch",
            "published_on": date(2026, 7, 1),
            "department_id": "branch-team",
        },
    )
    night.land(
        SATURDAY,
        "waivers",
        waiver("of a day"),
        waiver("of one", subject_id="judged"),
        waiver("of none", subject_id="refused"),
        waiver("of no standard", standard_id="branch-reply"),
        waiver("not yet", decided_at=datetime(2026, 7, 5, 3)),
    )
    night.build(SATURDAY)
    yield night


@pytest.mark.slow
def test_every_ticket_has_one_fate_that_says_why(saturday: Night) -> None:
    fates = saturday.fates("tickets")
    assert fates["judged"] == ("commitment", None)
    assert fates["gone"] == ("withdrawn", None)
    assert fates["tomorrow"] == ("ahead", "dated:received_at")
    assert fates["long ago"] == ("before_first_rule", "dated:received_at")
    assert fates["whose project?"] == ("undecided", "empty:days_since_project_end")
    # Every answer opens an invitation to rate it.
    assert fates["of nobody"] == ("not_opened", "empty:first_reply_at")
    assert len(fates) == 6


@pytest.mark.slow
def test_a_reply_to_a_ticket_that_is_not_there_is_told_and_not_forgotten(saturday: Night) -> None:
    assert saturday.fates("ticket_events") == {
        "reply": ("evidence", None),
        "reply to nobody": ("orphan", "refers_to:ticket_id"),
        "reply of tomorrow": ("ahead", "dated:occurred_at"),
    }


@pytest.mark.slow
def test_rows_beside_the_standards_are_told_apart(saturday: Night) -> None:
    assert saturday.fates("notices") == {"July's": ("counted", None)}
    assert saturday.fates("calls") == {"outbound": ("out_of_scope", "in:direction:inbound")}
    assert saturday.fates("survey_responses") == {"no ticket": ("unused", None)}
    assert saturday.fates("complaints") == {"not confirmed": ("not_opened", "empty:confirmed_at")}
    # What has no letter or digit names no agency that could stand.
    assert saturday.fates("secondments") == {"of nobody": ("out_of_scope", "has_letters:agency")}


@pytest.mark.slow
def test_a_waiver_that_excuses_nothing_is_told(saturday: Night) -> None:
    assert saturday.fates("waivers") == {
        "of a day": ("waiver", None),
        "of one": ("waiver", None),
        "of none": ("orphan", "refers_to:subject_id"),
        "of no standard": ("orphan", "refers_to:standard_id"),
        "not yet": ("ahead", "dated:decided_at"),
    }


@pytest.mark.slow
def test_the_counts_are_those_of_the_rows_with_how_many_wait_and_until_when(saturday: Night) -> None:
    found = saturday.ask("select table_name, sum(row_count)::bigint from marts.row_fates group by 1 order by 1")
    assert dict(found) == {
        "calls": 1,
        "complaints": 1,
        "notices": 1,
        "secondments": 1,
        "survey_responses": 1,
        "ticket_events": 3,
        "tickets": 6,
        "waivers": 5,
    }
    waiting = "select row_count, rows_dated_ahead, furthest_on, example_key from marts.row_fates where fate = 'ahead'"
    assert saturday.ask(f"{waiting} and table_name = 'tickets'") == [(1, 1, date(2026, 7, 5), "tomorrow")]


@pytest.mark.slow
def test_a_night_that_reworks_a_few_cases_moves_the_fates_of_their_rows_alone(saturday: Night) -> None:
    saturday.land(SUNDAY, "tickets", ticket("refused"))
    assert saturday.build(SUNDAY) is not None
    assert saturday.fates("ticket_events") == {
        "reply": ("evidence", None),
        "reply to nobody": ("evidence", None),
        "reply of tomorrow": ("evidence", None),
    }
    tickets = saturday.fates("tickets")
    assert tickets["refused"] == tickets["tomorrow"] == ("commitment", None)
    found = saturday.ask("select * from marts.row_fates order by all")
    saturday.build(SUNDAY, anew=True)
    assert saturday.ask("select * from marts.row_fates order by all") == found
