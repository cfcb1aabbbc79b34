"""Which tables tell the source in their ids, and what refers to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from charter.base.settings import Settings
from charter.definitions import Agency
from charter.lake.files import raw_partition
from charter.transform.compile.subject_ids import (
    SharedReference,
    SharedStandard,
    TableIds,
    shared_standards,
    shared_tables,
    table_ids,
)
from tests.transform.conftest import HOME
from tests.transform.two_sources import with_second_source

SATURDAY = datetime(2026, 7, 4, 15, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})


def land(settings: Settings, table: str, source: str) -> None:
    path = raw_partition(settings, table, source, SATURDAY)
    path.parent.mkdir(parents=True)
    path.touch()


def test_a_table_of_one_source_keeps_its_keys(settings: Settings, agency: Agency) -> None:
    land(settings, "tickets", "voc")
    assert shared_tables(settings, agency) == {}
    assert table_ids(agency, {}) == {}


def test_a_table_that_two_sources_feed_tells_the_source_before_either_has_spoken(
    settings: Settings, agency: Agency
) -> None:
    two = ("crm", "voc")
    assert shared_tables(settings, with_second_source(agency)) == {"tickets": two, "ticket_events": two}


def test_a_source_that_feeds_the_table_no_longer_keeps_its_rows_and_their_ids(
    settings: Settings, agency: Agency
) -> None:
    land(settings, "tickets", "crm")
    assert shared_tables(settings, agency) == {"tickets": ("crm", "voc")}
    assert shared_tables(settings, agency, SATURDAY - timedelta(days=1)) == {}


def test_what_refers_to_such_a_table_follows(agency: Agency) -> None:
    ids = table_ids(agency, {"tickets": ("crm", "voc")})
    ticket = SharedReference("tickets", "ticket_id", ("crm", "voc"), is_looked_up=True)
    assert ids == {
        "tickets": TableIds(is_shared=True),
        "ticket_events": TableIds(is_shared=False, references={"ticket_id": ticket}),
        "survey_responses": TableIds(is_shared=False, references={"ticket_id": ticket}),
    }


def test_a_key_is_looked_up_only_where_every_night_has_its_row_in_view(agency: Agency) -> None:
    """A review is reworked without its call: whether two systems have that call is not in view."""
    ids = table_ids(agency, {"calls": ("exchange", "telephone"), "pages": ("cms", "registers")})
    assert not ids["call_reviews"].references["call_id"].is_looked_up
    assert ids["page_reviews"].references["page_id"].is_looked_up


def test_a_standards_waivers_name_subjects_as_its_table_calls_them(agency: Agency) -> None:
    found = shared_standards(agency, {"tickets": ("crm", "voc")})
    assert SharedStandard("branch-first-reply", "tickets", "ticket_id", ("crm", "voc")) in found
    assert "phone-answer" not in {each.standard_id for each in found}
