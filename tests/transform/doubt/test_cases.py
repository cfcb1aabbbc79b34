"""What refused rows may stand for: as far as they can be read, and everything that is possible where they can't."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from charter.base.moments import end_of_day, naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.definitions.models import Comparison
from charter.extract import FeedReceipt, SourceReceipt
from charter.extract.corrections.refusals import Refusal
from charter.lake.files import raw_partition, raw_schema
from charter.lake.versions import SUPERSEDED
from charter.transform.doubt.cases import cases_of
from charter.transform.doubt.doubted_case import DoubtedCase
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.rows import doubted_rows
from tests.assertions.builders import rules_of, with_rules
from tests.definitions.folder import CharterFolder
from tests.transform.conftest import HOME

NIGHT = date(2026, 7, 5)
CHARTER_BEGINS = date(2026, 1, 1)
PARCEL = {"parcel_id": "P1", "handed_in_at": "2026-06-03T08:00:00Z"}


@pytest.fixture
def lake(tmp_path: Path, agency: Agency) -> Lake:
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})
    return Lake(settings, agency)


class Lake:
    """Refused rows of the night of 5 July, and what had landed before."""

    def __init__(self, settings: Settings, agency: Agency) -> None:
        self._settings, self._agency = settings, agency
        self._receipts: list[SourceReceipt] = []

    def heard(self, source_id: str, table: str, day: date) -> None:
        """The source gave its table on the night that ended ``day``."""
        feed = FeedReceipt(table=table, status="landed", contract="test")
        as_of = end_of_day(day, self._agency.zone)
        self._receipts.append(SourceReceipt(source_id=source_id, as_of=as_of, status="landed", feeds=[feed]))

    def landed(self, source_id: str, table: str, day: date, **row: Any) -> None:
        subject, as_of = self._agency.subjects[table], end_of_day(day, self._agency.zone)
        version = {
            "_source_id": source_id,
            "_known_at": naive_utc(as_of),
            "_row_key": row[subject.key],
            "_row_hash": "",
            "_origin": "test",
            "_deleted": False,
        }
        path = raw_partition(self._settings, table, source_id, as_of)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([{**row, **version}], schema=raw_schema(subject)), path)

    def doubted(self) -> list[DoubtedRow]:
        as_of = end_of_day(NIGHT, self._agency.zone)
        return doubted_rows(self._settings, self._agency, self._receipts, as_of, as_of)

    def read(self, *refused: Refusal) -> dict[str, DoubtedCase]:
        """The cases by standard; those that add nothing and only put what is known in doubt are among them."""
        return self.of(*(DoubtedRow.refused(each) for each in refused))

    def of(self, *rows: DoubtedRow) -> dict[str, DoubtedCase]:
        as_of = end_of_day(NIGHT, self._agency.zone)
        cases = cases_of(self._settings, self._agency, self._receipts, as_of, as_of, rows)
        found = {each.standard_id: each for each in cases}
        assert len(found) == len(cases)
        return found


def refused(source_id: str, table: str, unreadable: str, /, place: str = "", **row: Any) -> Refusal:
    night = datetime(2026, 7, 5, 15, tzinfo=UTC)
    return Refusal("r1", source_id, table, place, unreadable, "it is unreadable", row, night, night)


def ticket(unreadable: str, **row: Any) -> Refusal:
    given: dict[str, Any] = {
        "ticket_id": "V1",
        "programme": "branch",
        "kind": "inquiry",
        "channel": "website",
        "received_at": "2026-07-01T01:00:00Z",
        "department_id": "branch-team",
        "project_ended_on": None,
    }
    return refused("voc", "tickets", unreadable, **{**given, **row, **dict.fromkeys(unreadable.split(", "))})


def event(unreadable: str, **row: Any) -> Refusal:
    given: dict[str, Any] = {
        "event_id": "E1",
        "ticket_id": "V1",
        "kind": "public_reply",
        "occurred_at": "2026-07-02T01:00:00Z",
        "department_id": None,
        "promised_at": None,
    }
    return refused("voc", "ticket_events", unreadable, **{**given, **row, **dict.fromkeys(unreadable.split(", "))})


class TestARowThatWouldHaveMadeAPromise:
    def test_it_may_be_one_promise_between_its_opening_and_its_due_day(self, lake: Lake) -> None:
        found = lake.read(ticket("customer"))["branch-first-reply"]
        assert (found.subject_id, found.commitments, found.refused) == ("V1", 1, 1)
        assert (found.department_id, found.any_department) == ("branch-team", False)
        assert (found.first_day, found.last_day) == (date(2026, 7, 1), date(2026, 7, 3))

    def test_a_limit_of_seconds_does_not_reach_the_next_day(self, lake: Lake) -> None:
        call: dict[str, Any] = {
            "call_id": "C1",
            "direction": "inbound",
            "rang_at": "2026-07-01T14:59:50Z",
            "department_id": None,
        }
        found = lake.read(refused("telephone", "calls", "department_id", **call))["phone-answer"]
        assert (found.first_day, found.last_day) == (date(2026, 7, 1), date(2026, 7, 1)), "23:59:59 is that day"

    def test_its_readable_cells_are_taken_as_true(self, lake: Lake) -> None:
        found = lake.read(ticket("customer"))
        assert found["champ-first-reply"].commitments == 0, "it names another programme"
        assert found["online-voc-reply"].commitments == 0, "it came by the website"

    def test_of_a_cell_that_could_not_be_read_everything_is_possible(self, lake: Lake) -> None:
        found = lake.read(ticket("programme, department_id"))
        programmes = ("branch-first-reply", "champ-first-reply", "invest-first-reply")
        assert [found[name].commitments for name in programmes] == [1, 1, 1]
        assert (found["branch-first-reply"].department_id, found["branch-first-reply"].any_department) == (None, True)

    def test_without_a_key_it_may_be_any_promise_of_its_kind(self, lake: Lake) -> None:
        found = lake.read(ticket("ticket_id"))
        assert (found["branch-first-reply"].subject_id, found["branch-first-reply"].commitments) == (None, 1)
        assert "champ-first-reply" not in found

    def test_without_a_key_it_may_be_a_case_that_stands_with_another_department(self, lake: Lake) -> None:
        case = lake.read(ticket("ticket_id"))["branch-first-reply"]
        assert case.department_id is not None and case.any_department

    def test_one_whose_key_another_row_has_too_may_be_any(self, lake: Lake) -> None:
        row = replace(ticket("customer"), reason=f"{SUPERSEDED}: another row with this key")
        assert lake.read(row)["branch-first-reply"].subject_id is None

    def test_a_promise_that_events_open_is_open_from_the_tickets_receipt_on(self, lake: Lake) -> None:
        found = lake.read(ticket("customer"))["satisfaction-reply-rating"]
        assert (found.commitments, found.first_day, found.last_day) == (1, date(2026, 7, 1), None)

    def test_a_row_that_says_that_nothing_opened_adds_nothing(self, lake: Lake) -> None:
        complaint: dict[str, Any] = {
            "complaint_id": "G1",
            "department_id": None,
            "confirmed_at": None,
            "harm_confirmed_on": None,
        }
        found = lake.read(refused("registers", "complaints", "department_id", **complaint))
        assert found["redress-correction"].commitments == 0

    @pytest.mark.parametrize(
        ("unreadable", "confirmed_on", "commitments"),
        [("paid_on", "2026-07-02", 1), ("paid_on", "2026-06-30", 0), ("received_at", "2026-06-30", 1)],
        ids=["later", "earlier", "nobody knows"],
    )
    def test_of_two_moments_one_may_have_to_be_the_later(
        self, tmp_path: Path, agency: Agency, unreadable: str, confirmed_on: str, commitments: int
    ) -> None:
        (rule,) = rules_of(agency, "redress-correction")
        later = {**rule.where, "confirmed_at": Comparison(later_than="received_at")}
        changed = with_rules(agency, "redress-correction", [rule.model_copy(update={"where": later})])
        settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})
        complaint: dict[str, Any] = {
            "complaint_id": "G1",
            "department_id": "branch-team",
            "received_at": "2026-07-01T01:00:00Z",
            "confirmed_at": f"{confirmed_on}T01:00:00Z",
        }
        found = Lake(settings, changed).read(refused("registers", "complaints", unreadable, **complaint))
        assert found["redress-correction"].commitments == commitments


class TestOnWhichDay:
    def test_a_row_without_a_readable_day_is_of_the_days_since_its_source_was_heard(self, lake: Lake) -> None:
        lake.heard("voc", "tickets", date(2026, 7, 3))
        found = lake.read(ticket("received_at"))["branch-first-reply"]
        assert (found.first_day, found.last_day) == (date(2026, 7, 4), date(2026, 7, 7)), "4 and 5 July, and 48 hours"

    def test_on_a_first_night_it_may_be_of_any_day_of_the_charter(self, lake: Lake) -> None:
        found = lake.read(ticket("received_at"))["branch-first-reply"]
        assert (found.first_day, found.last_day) == (CHARTER_BEGINS, date(2026, 7, 7))

    def test_in_a_daily_file_it_is_of_the_files_day(self, lake: Lake) -> None:
        call = refused("telephone", "calls", "rang_at", "calls_20260630.csv:17", call_id="C1", direction="inbound")
        found = lake.read(call)["phone-answer"]
        assert (found.first_day, found.last_day) == (date(2026, 6, 30), date(2026, 6, 30))

    @pytest.mark.parametrize(
        ("rang_on", "first_day", "last_day"),
        [("2026-07-01", date(2026, 6, 30), date(2026, 7, 1)), ("2026-06-28", date(2026, 6, 28), date(2026, 6, 30))],
        ids=["the next day's", "two days before"],
    )
    def test_one_of_another_days_file_may_be_of_either_day(
        self, lake: Lake, rang_on: str, first_day: date, last_day: date
    ) -> None:
        """Its date may be wrong, or its place: neither day is known to be without it."""
        call = {"call_id": "C1", "direction": "inbound", "rang_at": f"{rang_on}T01:00:00Z"}
        found = lake.read(refused("telephone", "calls", "answered_at", "calls_20260630.csv:17", **call))["phone-answer"]
        assert (found.first_day, found.last_day) == (first_day, last_day)


class TestARowThatTellsWhatBecameOfACase:
    def test_it_puts_the_case_in_doubt_whatever_it_says(self, lake: Lake) -> None:
        lake.landed("voc", "tickets", NIGHT, ticket_id="V1", programme="branch", kind="inquiry", channel="website")
        found = lake.read(event("kind"))
        assert {name for name, each in found.items() if each.subject_id == "V1"} == found.keys()
        assert found["branch-first-reply"].commitments == 1
        assert found["champ-first-reply"].commitments == 0, "the ticket itself is known, and is of another programme"

    def test_of_a_ticket_that_nobody_knows_it_may_be_any(self, lake: Lake) -> None:
        assert lake.read(event("kind"))["champ-first-reply"].commitments == 1

    def test_it_may_hand_the_case_to_the_department_it_names_or_to_any(self, lake: Lake) -> None:
        def department_of(row: Refusal) -> tuple[str | None, bool]:
            found = lake.read(row)["branch-first-reply"]
            return found.department_id, found.any_department

        assert department_of(event("kind")) == (None, False), "no department, no transfer"
        assert department_of(event("kind", department_id="champ-team")) == ("champ-team", False)
        assert department_of(event("department_id")) == (None, True)

    def test_of_a_case_that_was_handed_on_anybody_may_answer(self, lake: Lake) -> None:
        """Ticket V1 of the branch team is unreadable, and was in the hands of another one."""
        handed_on = {"event_id": "E1", "ticket_id": "V1", "kind": "transferred", "department_id": "champ-team"}
        lake.landed("voc", "ticket_events", date(2026, 7, 2), **handed_on, occurred_at=datetime(2026, 7, 2, 1))
        found = lake.read(ticket("customer"))["branch-first-reply"]
        assert (found.department_id, found.any_department) == (None, True)
        found = lake.read(ticket("customer", ticket_id="V2"))["branch-first-reply"]
        assert (found.department_id, found.any_department) == ("branch-team", False)

    def test_one_that_belongs_to_no_case_bears_on_nothing(self, lake: Lake) -> None:
        response: dict[str, Any] = {"response_id": "S1", "kind": "satisfaction", "ticket_id": None, "score": None}
        assert lake.read(refused("surveys", "survey_responses", "score", **response)) == {}

    def test_several_of_one_case_may_stand_for_its_promises_once(self, lake: Lake) -> None:
        found = lake.read(ticket("customer"), event("kind"), replace(event("kind"), id="r2"))["branch-first-reply"]
        assert (found.commitments, found.refused, found.department_id) == (1, 3, "branch-team")
        assert (found.first_day, found.last_day) == (date(2026, 7, 1), date(2026, 7, 4))


class TestADayOrASlot:
    def test_an_activity_bears_on_the_slot_of_its_day(self, lake: Lake) -> None:
        notice: dict[str, Any] = {
            "notice_id": "N1",
            "programme": "branch",
            "published_on": "2026-03-10",
            "department_id": None,
        }
        found = lake.read(refused("registers", "notices", "department_id", **notice))
        assert (found["branch-recruitment"].by_day, found["branch-recruitment"].commitments) == (True, 0)
        assert found["branch-recruitment"].first_day == found["branch-recruitment"].last_day == date(2026, 3, 10)
        assert "champ-recruitment" not in found

    def test_something_that_stands_bears_on_the_days_on_which_it_may_stand(self, lake: Lake) -> None:
        officer: dict[str, Any] = {
            "secondment_id": "S1",
            "agency": None,
            "from_on": "2026-05-04",
            "to_on": "2026-06-30",
        }
        found = lake.read(refused("registers", "secondments", "agency", **officer))["invest-one-stop"]
        assert (found.by_day, found.first_day, found.last_day) == (True, date(2026, 5, 4), date(2026, 6, 30))

    def test_a_new_version_of_it_bears_on_the_days_since_the_version_before_was_heard(self, lake: Lake) -> None:
        lake.landed("registers", "secondments", date(2026, 7, 3), secondment_id="S1", from_on=date(2026, 5, 4))
        lake.heard("registers", "secondments", date(2026, 7, 3))
        officer: dict[str, Any] = {"secondment_id": "S1", "agency": "customs", "from_on": "2026-05-04", "to_on": None}
        found = lake.read(refused("registers", "secondments", "to_on", **officer))["invest-one-stop"]
        assert (found.first_day, found.last_day) == (date(2026, 7, 4), None)

    def test_what_should_stand_is_not_known_either(self, lake: Lake) -> None:
        page: dict[str, Any] = {"page_id": "P1", "published_on": "2026-07-01", "retired_on": None}
        found = lake.read(refused("registers", "pages", "retired_on", **page))["info-website"]
        assert (found.by_day, found.first_day, found.last_day) == (True, date(2026, 7, 1), None)

    def test_a_new_version_that_would_count_no_more_bears_on_the_slot_of_the_one_that_stands(self, lake: Lake) -> None:
        notice: dict[str, Any] = {"notice_id": "N1", "programme": "branch", "published_on": date(2026, 3, 10)}
        lake.landed("registers", "notices", date(2026, 7, 1), **notice)
        changed = {**notice, "programme": "champ", "published_on": "2026-03-10", "department_id": None}
        found = lake.read(refused("registers", "notices", "department_id", **changed))
        assert found["branch-recruitment"].first_day == found["branch-recruitment"].last_day == date(2026, 3, 10)
        assert "champ-recruitment" in found


class TestARatio:
    """A library that promises so many events that are held for each that is called off."""

    @pytest.fixture
    def library(self, tmp_path: Path) -> Lake:
        agency = load_agency(HOME / "charters" / "library")
        settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})
        return Lake(settings, agency)

    def bearing(self, library: Lake, state: str) -> DoubtedCase | None:
        """What a refused event of 2 April may change in the ratio."""
        event: dict[str, Any] = {"event_no": "VA-1", "kind": "reading", "state": state, "branch": None}
        event |= {"held_on": "2026-04-02", "cancelled_at": "2026-04-02T08:00:00Z" if state == "cancelled" else None}
        return library.read(refused("programm", "programme", "branch", **event)).get("few-cancellations")

    @pytest.mark.parametrize("state", ["held", "cancelled"])
    def test_a_row_of_either_side_bears_on_it(self, library: Lake, state: str) -> None:
        case = self.bearing(library, state)
        assert case is not None and case.first_day == case.last_day == date(2026, 4, 2)

    def test_one_that_meets_the_conditions_of_neither_does_not(self, library: Lake) -> None:
        assert self.bearing(library, "planned") is None

    def test_called_off_before_its_day_it_bears_on_nothing_for_that_day_lies_ahead(self, library: Lake) -> None:
        event = {"event_no": "VA-1", "kind": "reading", "state": "cancelled", "cancelled_at": "2026-07-01T10:00:00Z"}
        night = end_of_day(NIGHT, ZoneInfo("Europe/Berlin"))
        ahead = DoubtedRow("r1", "programm", "programme", "", "ahead", event, night, misdated=frozenset({"held_on"}))
        assert "few-cancellations" not in library.of(ahead)

    def test_unless_an_older_version_is_counted(self, library: Lake) -> None:
        older = {"event_no": "VA-1", "state": "cancelled", "cancelled_at": datetime(2026, 4, 2, 8)}
        library.landed("programm", "programme", date(2026, 7, 1), **older)
        assert self.bearing(library, "planned") is not None


def test_a_waiver_that_nobody_could_read_puts_in_doubt_what_it_may_take_out(lake: Lake) -> None:
    waiver: dict[str, Any] = {
        "waiver_id": "W1",
        "standard_id": "phone-answer",
        "from_on": "2026-06-01",
        "to_on": "2026-06-07",
    }
    found = lake.read(refused("registers", "waivers", "decided_at", **waiver))
    assert found.keys() == {"phone-answer"}
    assert (found["phone-answer"].by_day, found["phone-answer"].first_day) == (True, date(2026, 6, 1))
    assert found["phone-answer"].last_day == date(2026, 6, 1) + timedelta(days=6)


class TestAWaiverThatNobodyCouldRead:
    def waiver(self, **changes: Any) -> dict[str, Any]:
        row = {
            "waiver_id": "W1",
            "standard_id": "branch-first-reply",
            "department_id": None,
            "subject_id": None,
            "from_on": "2026-06-01",
            "to_on": "2026-06-07",
            "reason": "storm",
            "approver": "board",
            "decided_at": "2026-06-08T01:00:00Z",
        }
        return {**row, **changes}

    def test_of_one_case_bears_on_that_alone(self, lake: Lake) -> None:
        found = lake.read(refused("registers", "waivers", "decided_at", **self.waiver(subject_id="T1")))
        assert found.keys() == {"branch-first-reply"}
        doubted = found["branch-first-reply"]
        assert (doubted.subject_id, doubted.by_day, doubted.commitments) == ("T1", False, 0)

    def test_of_a_standard_that_was_emptied_may_be_of_each(self, lake: Lake, agency: Agency) -> None:
        found = lake.read(refused("registers", "waivers", "standard_id", **self.waiver(standard_id=None)))
        assert found.keys() == {standard.id for standard in agency.charter.standards}
        assert {each.by_day for each in found.values()} == {True}

    def test_of_a_standard_that_was_emptied_is_of_the_one_that_it_landed_with(self, lake: Lake) -> None:
        """All else in the row is as it was: nobody has said that it is another decision."""
        days = {"from_on": date(2026, 6, 1), "to_on": date(2026, 6, 7), "decided_at": datetime(2026, 6, 8, 1)}
        lake.landed("registers", "waivers", date(2026, 7, 4), **self.waiver(**days))
        found = lake.read(refused("registers", "waivers", "standard_id", **self.waiver(standard_id=None)))
        assert found.keys() == {"branch-first-reply"}

    def test_that_says_other_days_than_before_may_be_of_each_standard(self, lake: Lake) -> None:
        days = {"from_on": date(2026, 6, 2), "to_on": date(2026, 6, 7), "decided_at": datetime(2026, 6, 8, 1)}
        lake.landed("registers", "waivers", date(2026, 7, 4), **self.waiver(**days))
        found = lake.read(refused("registers", "waivers", "standard_id", **self.waiver(standard_id=None)))
        assert len(found) > 1


class TestAnEventWithoutItsCase:
    def orphaned(self) -> DoubtedRow:
        event: dict[str, Any] = {
            "event_id": "E1",
            "ticket_id": "T9",
            "kind": "public_reply",
            "occurred_at": "2026-07-03 01:00:00",
            "department_id": None,
            "promised_at": None,
        }
        arrived = datetime(2026, 7, 3, 15, tzinfo=UTC)
        return DoubtedRow("voc/ticket_events/E1", "voc", "ticket_events", "test", "orphaned", event, arrived)

    def test_may_add_its_case_to_each_standard_of_such_cases_whoever_answers(self, lake: Lake) -> None:
        found = lake.of(self.orphaned())
        assert {"branch-first-reply", "champ-first-reply", "online-voc-reply"} <= found.keys()
        reply = found["branch-first-reply"]
        assert (reply.subject_id, reply.commitments, reply.any_department) == ("T9", 1, True)
        assert (reply.withdrawn, reply.refused, reply.first_day) == (1, 0, date(2026, 7, 3))

    def test_a_waiver_that_names_the_case_settles_it(self, lake: Lake) -> None:
        waiver = {"from_on": date(2026, 7, 1), "to_on": date(2026, 7, 3), "decided_at": datetime(2026, 7, 4, 1)}
        whom = {"waiver_id": "W1", "standard_id": "branch-first-reply", "subject_id": "T9"}
        lake.landed("registers", "waivers", date(2026, 7, 4), **whom, **waiver)
        found = lake.of(self.orphaned())
        assert "branch-first-reply" not in found
        assert "champ-first-reply" in found


class TestOfEachDepartment:
    """Advice centres that hold an event each week, each for itself."""

    @pytest.fixture
    def centres(self, tmp_path: Path) -> Lake:
        agency = load_agency(HOME / "tests" / "agencies" / "branches")
        settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})
        return Lake(settings, agency)

    def event(self, unreadable: str, **row: Any) -> Refusal:
        return refused("centres", "events", unreadable, **{"event_id": "E1", **row})

    def test_a_row_bears_on_the_department_that_it_names(self, centres: Lake) -> None:
        case = centres.read(self.event("held_on", centre="nordstadt"))["events"]
        assert (case.department_id, case.any_department, case.by_day) == ("nordstadt", False, True)

    def test_on_each_where_it_names_none(self, centres: Lake) -> None:
        case = centres.read(self.event("centre", centre="?", held_on="2026-07-01"))["events"]
        assert (case.department_id, case.any_department) == (None, True)

    def test_on_each_where_its_older_version_stands_under_another(self, centres: Lake) -> None:
        day = date(2026, 7, 1)
        centres.landed("centres", "events", day, event_id="E1", centre="suedstadt", held_on=day)
        case = centres.read(self.event("held_on", centre="nordstadt"))["events"]
        assert (case.department_id, case.any_department) == (None, True)

    def test_on_each_where_its_key_cannot_be_read(self, centres: Lake) -> None:
        case = centres.read(self.event("event_id", centre="nordstadt", held_on="2026-07-01"))["events"]
        assert (case.department_id, case.any_department) == (None, True)

    def test_on_none_where_it_names_a_department_of_another_kind(self, centres: Lake) -> None:
        assert "events" not in centres.read(self.event("held_on", centre="head-office"))

    def test_of_a_plan_that_ends_earlier_the_older_version_stands_on(self, centres: Lake) -> None:
        day = date(2026, 6, 1)
        counter: dict[str, Any] = {"counter_id": "C1", "centre": "nordstadt"}
        centres.landed("centres", "counters", day, **counter, service="advice", open_from=day, open_to=None)
        centres.heard("centres", "counters", date(2026, 7, 4))
        row = refused("centres", "counters", "service", **counter, open_from="2026-06-01", open_to="2026-06-20")
        case = centres.read(row)["counters"]
        assert (case.first_day, case.last_day) == (date(2026, 7, 4), None)


class TestOfIncidents:
    """Accidents of advice centres: how many days a row in doubt may have broken, and how many it may be counted on."""

    @pytest.fixture
    def centres(self, tmp_path: Path) -> Lake:
        agency = load_agency(HOME / "tests" / "agencies" / "branches")
        settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})
        return Lake(settings, agency)

    def of_one(self, centres: Lake, *rows: DoubtedRow) -> tuple[int | None, int | None]:
        found = centres.of(*rows)["no-accident"]
        return found.breaks, found.mends

    def accident(self, unreadable: str, **row: Any) -> DoubtedRow:
        return DoubtedRow.refused(refused("centres", "accidents", unreadable, **{"accident_id": "A1", **row}))

    def landed(self, centres: Lake) -> None:
        day = date(2026, 7, 1)
        centres.landed("centres", "accidents", day, accident_id="A1", centre="suedstadt", happened_on=day)

    def test_a_new_row_breaks_one_day_and_is_counted_on_none(self, centres: Lake) -> None:
        assert self.of_one(centres, self.accident("happened_on", centre="nordstadt")) == (1, 0)

    def test_a_known_one_is_counted_on_the_day_that_it_said(self, centres: Lake) -> None:
        self.landed(centres)
        assert self.of_one(centres, self.accident("happened_on", centre="suedstadt")) == (1, 1)

    def test_without_its_key_it_may_be_a_known_one(self, centres: Lake) -> None:
        row = self.accident("accident_id", centre="nordstadt", happened_on="2026-07-01", accident_id=None)
        assert self.of_one(centres, row) == (1, 1)

    def test_several_rows_of_one_key_are_several(self, centres: Lake) -> None:
        row = self.accident("happened_on", centre="nordstadt")
        assert self.of_one(centres, row, replace(row, id="r2")) == (2, 0)

    def test_one_that_is_gone_or_dated_ahead_is_counted_on_no_day(self, centres: Lake) -> None:
        row = self.accident("happened_on", centre="nordstadt")
        self.landed(centres)
        gone = replace(row, because="withdrawn", cells={**row.cells, "happened_on": "2026-07-01"})
        ahead = replace(row, because="ahead", misdated=frozenset({"happened_on"}))
        assert self.of_one(centres, gone) == self.of_one(centres, ahead) == (1, 0)

    def test_one_that_took_something_back_or_is_in_disorder_may_be_counted(self, centres: Lake) -> None:
        row = self.accident("happened_on", centre="nordstadt")
        taken_back = replace(row, because="withdrawn", misdated=frozenset({"happened_on"}))
        assert self.of_one(centres, taken_back) == (1, 1)
        assert self.of_one(centres, replace(row, because="disordered")) == (1, 1)

    def test_what_stands_for_days_has_no_such_number(self, centres: Lake) -> None:
        row = refused("centres", "counters", "service", counter_id="C1", centre="nordstadt", open_from="2026-07-01")
        found = centres.read(row)["counters"]
        assert (found.breaks, found.mends) == (None, None)


class TestOfADerivedTable:
    """Parcels with what became of them, counted by the day that they came, and by that on which they were delivered."""

    @pytest.fixture
    def depots(self, tmp_path: Path) -> Lake:
        folder = tmp_path / "parcels"
        shutil.copytree(HOME / "tests" / "agencies" / "parcels", folder)
        promised = "promised_on: {type: date}"
        text = (folder / "subjects.yaml").read_text()
        assert promised in text
        (folder / "subjects.yaml").write_text(text.replace(promised, "promised_on: {type: date, required: true}"))
        with (folder / "charter.yaml").open("a") as charter:
            charter.write(self.figure("weight-of-a-month", "handed_in_at"))
            charter.write(self.figure("delivered-in-a-month", "delivered_at"))
            charter.write(
                self.figure("parcels-of-a-month", "handed_in_at").replace("delivered_at: {is_null: false}, ", "")
            )
        settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path / "var")})
        return Lake(settings, load_agency(folder))

    def figure(self, name: str, on: str) -> str:
        return f"""
  - id: {name}
    citation: parcels/{name}
    pledge: speed
    text: {{de: "{name}"}}
    kind: measure
    rules:
      - version: 1
        effective_from: 2026-01-01
        basis: charter
        threshold: {{de: zwei}}
        target: 1
        subject: deliveries
        where: {{delivered_at: {{is_null: false}}, depot: [north, south]}}
        owner: {{department: north}}
        parts: [{{id: count, on: {on}, slot: month, figure: {{count: {{}}}}, at_least: 2}}]
"""

    def scan(self, unreadable: str, **row: Any) -> Refusal:
        return refused("depots", "scans", unreadable, **{"scan_id": "S1", "kind": "delivered", **row})

    def test_a_row_that_it_is_derived_from_counts_on_its_day(self, depots: Lake) -> None:
        row = refused("depots", "parcels", "depot", **PARCEL)
        found = depots.read(row)["weight-of-a-month"]
        assert (found.by_day, found.first_day, found.last_day) == (True, date(2026, 6, 3), date(2026, 6, 3))

    def test_on_any_day_since_where_a_fact_dates_it(self, depots: Lake) -> None:
        row = refused("depots", "parcels", "depot", **PARCEL)
        found = depots.read(row)["delivered-in-a-month"]
        assert (found.by_day, found.first_day, found.last_day) == (True, date(2026, 6, 3), None)

    def test_one_that_it_does_not_count_bears_on_none(self, depots: Lake) -> None:
        row = refused(
            "depots", "parcels", "promised_on", parcel_id="P1", depot="west", handed_in_at="2026-06-03T08:00:00Z"
        )
        assert "weight-of-a-month" not in depots.read(row)

    def test_unless_its_older_version_counts(self, depots: Lake) -> None:
        handed_in = datetime(2026, 6, 2, 8)
        depots.landed("depots", "parcels", date(2026, 6, 2), parcel_id="P1", depot="north", handed_in_at=handed_in)
        row = refused(
            "depots", "parcels", "promised_on", parcel_id="P1", depot="west", handed_in_at="2026-06-03T08:00:00Z"
        )
        found = depots.read(row)["weight-of-a-month"]
        assert (found.first_day, found.last_day) == (date(2026, 6, 2), date(2026, 6, 2))

    def test_a_row_that_tells_of_a_case_bears_on_all_days_since_that_began(self, depots: Lake) -> None:
        handed_in = datetime(2026, 6, 2, 8)
        depots.landed("depots", "parcels", date(2026, 6, 2), parcel_id="P1", depot="north", handed_in_at=handed_in)
        found = depots.read(self.scan("scanned_at", parcel_id="P1"))
        for name in ("weight-of-a-month", "delivered-in-a-month"):
            assert (found[name].by_day, found[name].first_day, found[name].last_day) == (True, date(2026, 6, 2), None)

    def test_on_all_days_where_it_names_no_case(self, depots: Lake) -> None:
        found = depots.read(self.scan("parcel_id", scanned_at="2026-06-03T08:00:00Z"))
        assert found["weight-of-a-month"].first_day == CHARTER_BEGINS

    def test_a_day_that_lies_ahead_bears_on_none_that_another_dates(self, depots: Lake) -> None:
        """The parcel was handed in in June; only when it is promised for is not known, or ahead."""
        row: dict[str, Any] = {"parcel_id": "P1", "depot": "north", "handed_in_at": "2026-06-03 08:00:00"}
        arrived = datetime(2026, 6, 3, 22, tzinfo=UTC)
        ahead = DoubtedRow("depots/parcels/P1", "depots", "parcels", "test", "ahead", row, arrived)
        found = depots.of(replace(ahead, misdated=frozenset({"promised_on"})))
        assert "parcels-of-a-month" not in found
        assert "parcels-of-a-month" in depots.of(replace(ahead, misdated=frozenset({"handed_in_at"})))
        assert "delivered-in-a-month" in found

    def test_on_none_where_its_case_is_not_counted(self, depots: Lake) -> None:
        handed_in = datetime(2026, 6, 2, 8)
        depots.landed("depots", "parcels", date(2026, 6, 2), parcel_id="P1", depot="west", handed_in_at=handed_in)
        assert "weight-of-a-month" not in depots.read(self.scan("scanned_at", parcel_id="P1"))


class TestAnOwnerThatIsHandedOnByNobody:
    """A parcel is moved from depot to depot, and who sold the service stays the seller."""

    @pytest.fixture
    def depots(self, tmp_path: Path) -> Lake:
        folder = CharterFolder(tmp_path, HOME / "tests" / "agencies" / "parcels")
        depot = "depot: {type: department, required: true}"
        folder.replace("subjects.yaml", depot, f"{depot}\n      sold_by: {{type: department, required: true}}")
        folder.replace("sources.yaml", "depot: depot,", "depot: depot, sold_by: seller,")
        folder.replace("charter.yaml", "owner: {column: depot}", "owner: {column: sold_by}")
        settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path / "var")})
        return Lake(settings, folder.load())

    @pytest.mark.parametrize("moved_before", [False, True])
    def test_a_row_that_moves_the_case_leaves_its_owner_known(self, depots: Lake, moved_before: bool) -> None:
        day, parcel = date(2026, 7, 3), {"parcel_id": "P1", "handed_in_at": datetime(2026, 7, 3, 8)}
        depots.landed("depots", "parcels", day, **parcel, depot="north", sold_by="north")
        scan: dict[str, Any] = {"parcel_id": "P1", "kind": "moved", "depot": "south"}
        if moved_before:
            depots.landed("depots", "scans", day, **scan, scan_id="S0", scanned_at=datetime(2026, 7, 3, 9))
        case = depots.read(refused("depots", "scans", "scanned_at", **scan, scan_id="S1", scanned_at=None))
        found = case["delivered-in-48-hours"]
        assert (found.department_id, found.any_department) == ("north", False)


def test_a_row_dated_before_its_case_puts_that_case_in_doubt_as_an_unreadable_one_does(lake: Lake) -> None:
    lake.landed("voc", "tickets", date(2026, 7, 3), ticket_id="V1", programme="branch", department_id="branch-team")
    night = datetime(2026, 7, 3, 15, tzinfo=UTC)
    cells = {"event_id": "E1", "ticket_id": "V1", "kind": "public_reply"}
    case = lake.of(DoubtedRow("voc/ticket_events/E1", "voc", "ticket_events", "test", "disordered", cells, night))
    unread = lake.read(event("occurred_at"))
    assert (case["branch-first-reply"].subject_id, case["branch-first-reply"].refused) == ("V1", 1)
    assert case.keys() == unread.keys()


class TestAKnownDepartmentThatBecomesAForeignOne:
    """Rows of foreign names count for the catch-all: what stood with a department has not left it by that alone."""

    TICKET: ClassVar = {
        "ticket_id": "V1",
        "programme": "branch",
        "kind": "inquiry",
        "channel": "website",
        "received_at": datetime(2026, 7, 1, 1),
    }

    @pytest.fixture
    def lake(self, tmp_path: Path, agency: Agency) -> Lake:
        settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path)})
        departments = agency.organisation.departments
        others = departments[-1].model_copy(update={"id": "others", "catch_all": True})
        organisation = agency.organisation.model_copy(update={"departments": [*departments, others]})
        return Lake(settings, agency.model_copy(update={"organisation": organisation}))

    def test_it_bears_on_the_department_that_it_had_named(self, lake: Lake) -> None:
        lake.landed("voc", "tickets", date(2026, 7, 3), **self.TICKET, department_id="branch-team")
        lake.landed("voc", "tickets", date(2026, 7, 4), **self.TICKET, department_id="others")
        reply = lake.of(*lake.doubted())["branch-first-reply"]
        assert (reply.subject_id, reply.commitments, reply.withdrawn) == ("V1", 1, 1)
        assert (reply.department_id, reply.any_department) == ("branch-team", False)

    @pytest.mark.parametrize("before", ["others", "sydney"])
    def test_a_case_that_was_foreign_or_is_handed_to_a_known_one_is_in_no_doubt(self, lake: Lake, before: str) -> None:
        now = "others" if before == "others" else "branch-team"
        lake.landed("voc", "tickets", date(2026, 7, 3), **self.TICKET, department_id=before)
        lake.landed("voc", "tickets", date(2026, 7, 4), **self.TICKET, department_id=now)
        assert lake.doubted() == []
