"""Which landed rows stand in doubt: those dated ahead that can't be, and those that are gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from charter.base.moments import end_of_day, naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.definitions.models import Feed
from charter.extract import FeedReceipt, SourceReceipt
from charter.extract.corrections.refusals import Refusal
from charter.lake.files import raw_partition, raw_schema
from charter.lake.receipts import read_receipts, receipt_path, to_json
from charter.lake.versions import STATED_DELETION
from charter.transform.doubt.row import DoubtedRow
from charter.transform.doubt.rows import doubted_rows
from tests.transform.conftest import HOME

FRIDAY, SATURDAY, NIGHT = date(2026, 7, 3), date(2026, 7, 4), date(2026, 7, 5)
NEXT_YEAR = date(2027, 7, 1)


class Lake:
    """What landed by the night of Sunday 5 July."""

    def __init__(self, folder: Path, agency: Agency) -> None:
        self.settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(folder)})
        self.agency = agency

    def landed(
        self, source_id: str, table: str, day: date, /, *, deleted: bool = False, row_hash: str = "", **row: Any
    ) -> None:
        """One row on the night that ended ``day``, in a file of its own."""
        subject, as_of = self.agency.subjects[table], end_of_day(day, self.agency.zone)
        key = row[subject.key]
        lineage = {"_source_id": source_id, "_known_at": naive_utc(as_of), "_row_key": key, "_row_hash": row_hash}
        version = {**row, **lineage, "_origin": "test", "_deleted": deleted}
        path = raw_partition(self.settings, table, source_id, as_of, f"{key}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([version], schema=raw_schema(subject)), path)

    def heard(self, source_id: str, table: str, day: date, **cells: Any) -> None:
        """The receipt of the night that ended ``day``."""
        as_of = end_of_day(day, self.agency.zone)
        feed = FeedReceipt(table=table, status="landed", contract="test", **{"left_out": 0, **cells})
        receipt = SourceReceipt(source_id=source_id, as_of=as_of, status="landed", feeds=[feed])
        path = receipt_path(self.settings, source_id, as_of)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_json(receipt))

    def declared(self, table: str, **options: Any) -> None:
        """Something else is declared of the feed into ``table``."""

        def changed(feed: Feed) -> Feed:
            return feed.model_copy(update=options) if feed.table == table else feed

        sources = [
            source.model_copy(update={"feeds": [changed(feed) for feed in source.feeds]})
            for source in self.agency.sources
        ]
        self.agency = self.agency.model_copy(update={"sources": sources})

    def doubted(self) -> list[DoubtedRow]:
        as_of = end_of_day(NIGHT, self.agency.zone)
        return doubted_rows(self.settings, self.agency, read_receipts(self.settings, as_of), as_of, as_of)

    def doubted_ids(self) -> list[tuple[str, str]]:
        return [(each.id, each.because) for each in self.doubted()]


@pytest.fixture
def lake(tmp_path: Path, agency: Agency) -> Lake:
    return Lake(tmp_path, agency)


class TestDatedAhead:
    def test_an_opening_that_a_row_must_have(self, lake: Lake) -> None:
        lake.landed("registers", "disclosure_requests", FRIDAY, request_id="D1", received_on=NEXT_YEAR)
        (found,) = lake.doubted()
        assert (found.id, found.because) == ("registers/disclosure_requests/D1", "ahead")
        assert "received_on" not in found.cells, "nobody knows when it began"
        assert found.first_at == end_of_day(FRIDAY, lake.agency.zone)

    def test_a_row_that_was_refused_before_it_was_dated_ahead_began_no_later(
        self, lake: Lake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An opening that nobody could read, written over with one of next year: Friday's doubt is not forgotten."""
        friday, night = (end_of_day(day, lake.agency.zone) for day in (FRIDAY, NIGHT))
        lake.landed("registers", "disclosure_requests", NIGHT, request_id="D1", received_on=NEXT_YEAR)
        (found,) = lake.doubted()
        assert found.first_at == night

        row: dict[str, Any] = {"request_id": "D1", "received_on": None}
        unread = Refusal("r", "registers", "disclosure_requests", "test", "received_on", "???", row, friday, friday)
        monkeypatch.setattr("charter.transform.doubt.rows.refusals", lambda *arguments: [unread])
        monkeypatch.setattr("charter.transform.doubt.rows.standing_refusals", lambda *arguments: [])
        (found,) = lake.doubted()
        assert found.first_at == friday

    def test_an_opening_that_is_an_instant_though_it_may_be_empty(self, lake: Lake) -> None:
        lake.landed("registers", "complaints", FRIDAY, complaint_id="G1", confirmed_at=datetime(2027, 7, 1))
        assert lake.doubted_ids() == [("registers/complaints/G1", "ahead")]

    @pytest.mark.parametrize(
        ("table", "row", "column"),
        [
            ("incidents", {"incident_id": "I1", "occurred_on": NEXT_YEAR}, "occurred_on"),
            ("visits", {"visit_id": "V1", "concluded_at": datetime(2027, 7, 1)}, "concluded_at"),
            ("call_reviews", {"review_id": "R1", "reviewed_at": datetime(2027, 7, 1)}, "reviewed_at"),
        ],
    )
    def test_an_incident_and_whatever_was_found_and_reviewed(
        self, lake: Lake, table: str, row: dict[str, Any], column: str
    ) -> None:
        lake.landed("registers", table, FRIDAY, **row)
        (found,) = lake.doubted()
        assert (found.because, list(found.misdated)) == ("ahead", [column])

    def test_a_moment_of_a_row_that_a_case_is_derived_from(self, lake: Lake) -> None:
        lake.landed("voc", "ticket_events", FRIDAY, event_id="E1", ticket_id="V1", occurred_at=datetime(2027, 7, 1))
        assert lake.doubted_ids() == [("voc/ticket_events/E1", "ahead")]

    def test_the_day_after_the_night_lies_ahead_and_the_last_one_does_not(self, lake: Lake) -> None:
        lake.landed("registers", "disclosure_requests", FRIDAY, request_id="D1", received_on=date(2026, 7, 5))
        lake.landed("registers", "disclosure_requests", FRIDAY, request_id="D2", received_on=date(2026, 7, 6))
        assert lake.doubted_ids() == [("registers/disclosure_requests/D2", "ahead")]

    @pytest.mark.parametrize(
        ("table", "row"),
        [
            ("rounds", {"round_id": "R1", "selected_on": NEXT_YEAR}),
            ("programme_changes", {"change_id": "C1", "decided_on": NEXT_YEAR, "effective_on": NEXT_YEAR}),
            ("meetings", {"meeting_id": "M1", "held_on": NEXT_YEAR}),
            ("secondments", {"secondment_id": "S1", "from_on": NEXT_YEAR}),
            ("pages", {"page_id": "P1", "published_on": NEXT_YEAR}),
            ("proposals", {"proposal_id": "P1", "adopted_on": NEXT_YEAR}),
        ],
    )
    def test_a_plan_is_a_plan(self, lake: Lake, table: str, row: dict[str, Any]) -> None:
        lake.landed("registers", table, FRIDAY, **row)
        assert lake.doubted_ids() == []

    def test_what_has_come_to_pass_does_not_become_a_plan_again(self, lake: Lake) -> None:
        lake.landed("registers", "rounds", FRIDAY, round_id="R1", selected_on=date(2026, 6, 1))
        lake.landed("registers", "rounds", SATURDAY, round_id="R1", selected_on=NEXT_YEAR)
        (found,) = lake.doubted()
        assert found.cells["selected_on"] == "2026-06-01"

    @pytest.mark.parametrize("promised", [FRIDAY, NEXT_YEAR], ids=["had come", "lay ahead"])
    def test_a_promised_day_that_had_come_is_not_put_off(self, tmp_path: Path, promised: date) -> None:
        """What was late for it would be in time for the day that it was moved to."""
        lake = Lake(tmp_path, load_agency(HOME / "charters" / "library"))
        order: dict[str, Any] = {"order_no": "M1", "ordered_at": datetime(2026, 7, 1, 8)}
        lake.landed("listen", "stack_orders", SATURDAY, **order, promised_on=promised)
        lake.landed("listen", "stack_orders", NIGHT, **order, promised_on=date(2027, 8, 1))
        assert lake.doubted_ids() == ([("listen/stack_orders/M1", "ahead")] if promised == FRIDAY else [])

    def test_put_right_it_is_in_no_doubt(self, lake: Lake) -> None:
        lake.landed("registers", "disclosure_requests", FRIDAY, request_id="D1", received_on=NEXT_YEAR)
        lake.landed("registers", "disclosure_requests", SATURDAY, request_id="D1", received_on=date(2026, 7, 1))
        assert lake.doubted_ids() == []

    def test_a_source_without_instants_of_recording_shows_what_came_after_midnight(self, lake: Lake) -> None:
        after_midnight, a_day_later = datetime(2026, 7, 5, 15, 30), datetime(2026, 7, 6, 15, 30)
        lake.landed("registers", "complaints", NIGHT, complaint_id="G1", confirmed_at=after_midnight)
        lake.landed("registers", "complaints", NIGHT, complaint_id="G2", confirmed_at=a_day_later)
        assert lake.doubted_ids() == [("registers/complaints/G2", "ahead")]
        lake.declared("complaints", recorded_at="등록일시")
        assert lake.doubted_ids() == [("registers/complaints/G1", "ahead"), ("registers/complaints/G2", "ahead")]


class TestGone:
    @pytest.fixture(autouse=True)
    def gone(self, lake: Lake) -> None:
        lake.landed("registers", "proposals", FRIDAY, proposal_id="P1", adopted_on=date(2026, 6, 1))
        lake.landed("registers", "proposals", SATURDAY, deleted=True, proposal_id="P1", adopted_on=date(2026, 6, 1))
        lake.heard("registers", "proposals", SATURDAY, deleted=1)

    def test_it_stands_in_doubt_as_it_was(self, lake: Lake) -> None:
        (found,) = lake.doubted()
        assert (found.id, found.because) == ("registers/proposals/P1", "withdrawn")
        assert found.cells["adopted_on"] == "2026-06-01"

    def test_until_it_is_back(self, lake: Lake) -> None:
        lake.landed("registers", "proposals", NIGHT, proposal_id="P1", adopted_on=date(2026, 6, 1))
        assert lake.doubted_ids() == []

    def test_until_a_person_says_so_on_whatever_later_night(self, lake: Lake) -> None:
        lake.heard("registers", "proposals", NIGHT, shrinking_accepted=True)
        assert lake.doubted_ids() == []

    def test_a_confirmation_says_nothing_of_what_goes_later(self, lake: Lake) -> None:
        lake.heard("registers", "proposals", FRIDAY, shrinking_accepted=True)
        assert lake.doubted_ids() == [("registers/proposals/P1", "withdrawn")]

    def test_a_source_that_deletes_as_a_matter_of_course_is_believed(self, lake: Lake) -> None:
        lake.declared("proposals", deletions="believed")
        assert lake.doubted_ids() == []

    def test_what_an_earlier_release_deleted_is_believed(self, lake: Lake) -> None:
        lake.heard("registers", "proposals", SATURDAY, deleted=1, left_out=None)
        assert lake.doubted_ids() == []

    def test_a_deletion_that_came_as_a_row_is_believed(self, lake: Lake) -> None:
        lake.landed("registers", "proposals", NIGHT, deleted=True, row_hash=STATED_DELETION, proposal_id="P1")
        assert lake.doubted_ids() == []


class TestTakenBack:
    @pytest.mark.parametrize("now", [None, date(2025, 6, 1)], ids=["emptied", "before the rule began"])
    def test_a_date_that_a_case_had_begun_with(self, lake: Lake, now: date | None) -> None:
        """A leak that was confirmed is a leak until somebody says that it is none."""
        leak: dict[str, Any] = {"incident_id": "I1", "kind": "leak", "occurred_on": FRIDAY}
        lake.landed("registers", "incidents", FRIDAY, **leak, confirmed_on=FRIDAY)
        lake.landed("registers", "incidents", NIGHT, **leak, confirmed_on=now)
        (found,) = lake.doubted()
        assert (found.id, found.because, set(found.misdated)) == (
            "registers/incidents/I1",
            "withdrawn",
            {"confirmed_on"},
        )
        assert found.cells["confirmed_on"] == FRIDAY.isoformat()

    def test_a_date_that_was_corrected_within_the_rules_time_is_believed(self, lake: Lake) -> None:
        leak: dict[str, Any] = {"incident_id": "I1", "kind": "leak", "occurred_on": FRIDAY}
        lake.landed("registers", "incidents", FRIDAY, **leak, confirmed_on=FRIDAY)
        lake.landed("registers", "incidents", NIGHT, **leak, confirmed_on=SATURDAY)
        assert lake.doubted_ids() == []

    def test_a_date_that_is_filled_in_later_takes_nothing_back(self, lake: Lake) -> None:
        leak: dict[str, Any] = {"incident_id": "I1", "kind": "leak", "occurred_on": FRIDAY}
        lake.landed("registers", "incidents", FRIDAY, **leak, confirmed_on=None)
        lake.landed("registers", "incidents", NIGHT, **leak, confirmed_on=SATURDAY)
        assert lake.doubted_ids() == []

    def test_a_plan_that_had_not_come_may_be_dropped(self, lake: Lake) -> None:
        proposal: dict[str, Any] = {"proposal_id": "P1", "received_on": FRIDAY}
        lake.landed("registers", "proposals", FRIDAY, **proposal, adopted_on=NEXT_YEAR)
        lake.landed("registers", "proposals", NIGHT, **proposal, adopted_on=None)
        assert lake.doubted_ids() == []

    def test_an_end_that_had_come_and_is_emptied(self, lake: Lake) -> None:
        """A placement that had ended stands again from the day after: of those days nothing is known."""
        placement: dict[str, Any] = {"secondment_id": "S1", "agency": "A", "from_on": date(2026, 1, 1)}
        lake.landed("registers", "secondments", FRIDAY, **placement, to_on=date(2026, 6, 30))
        lake.landed("registers", "secondments", NIGHT, **placement, to_on=None)
        (found,) = lake.doubted()
        assert (found.because, found.cells["from_on"], found.cells["to_on"]) == ("withdrawn", "2026-07-01", None)

    def test_what_a_person_has_confirmed_is_believed(self, lake: Lake) -> None:
        leak: dict[str, Any] = {"incident_id": "I1", "kind": "leak", "occurred_on": FRIDAY}
        lake.landed("registers", "incidents", FRIDAY, **leak, confirmed_on=FRIDAY)
        lake.landed("registers", "incidents", SATURDAY, **leak, confirmed_on=None)
        assert lake.doubted_ids() == [("registers/incidents/I1", "withdrawn")]
        lake.heard("registers", "incidents", NIGHT, shrinking_accepted=True)
        assert lake.doubted_ids() == []


class TestASayThatIsEmptied:
    """What decides a verdict beside the dates: the limit, the scope, whom a row is counted for."""

    @pytest.fixture
    def of(self, tmp_path: Path) -> Callable[[str], Lake]:
        return lambda folder: Lake(tmp_path, load_agency(HOME / folder))

    QUESTION: ClassVar[dict[str, Any]] = {"question_no": "Q1", "received_at": datetime(2026, 7, 1, 8)}
    STEP: ClassVar[dict[str, Any]] = {
        "step_no": "S1",
        "question_no": "Q1",
        "kind": "passed_on",
        "happened_at": datetime(2026, 7, 1, 9),
    }
    VISIT: ClassVar[dict[str, Any]] = {"visit_id": "V1", "visited_at": datetime(2026, 7, 1, 8)}
    COMPLAINT: ClassVar[dict[str, Any]] = {"complaint_id": "C1", "made_on": FRIDAY}

    @pytest.mark.parametrize(
        ("folder", "source_id", "table", "row", "column", "said"),
        [
            ("charters/library", "ausleihsystem", "questions", QUESTION, "topic", "account"),
            ("charters/library", "ausleihsystem", "question_steps", STEP, "department", "zweigstelle-nord"),
            ("tests/agencies/permits", "register", "cases", {"case_id": "C1"}, "sla_hours", 8.0),
            ("tests/agencies/branches", "centres", "visits", VISIT, "score", 1),
            ("tests/agencies/branches", "centres", "complaints", COMPLAINT, "upheld", True),
        ],
        ids=["its limit hangs on it", "of a transfer", "its limit", "of its scope", "of what a ratio is over"],
    )
    def test_leaves_the_row_in_doubt(
        self,
        of: Callable[[str], Lake],
        folder: str,
        source_id: str,
        table: str,
        row: dict[str, Any],
        column: str,
        said: object,
    ) -> None:
        lake = of(folder)
        before, after = {**row, column: said}, {**row, column: None}
        lake.landed(source_id, table, FRIDAY, **before)
        lake.landed(source_id, table, NIGHT, **after)
        (found,) = lake.doubted()
        assert (found.because, set(found.misdated)) == ("withdrawn", {column})
        assert column not in found.cells, "nobody knows what it should say"

    def test_one_that_was_never_filled_in_takes_nothing_back(self, of: Callable[[str], Lake]) -> None:
        lake = of("charters/library")
        lake.landed("ausleihsystem", "questions", FRIDAY, **self.QUESTION, topic=None)
        lake.landed("ausleihsystem", "questions", NIGHT, **self.QUESTION, topic="account")
        assert lake.doubted_ids() == []


class TestWithoutItsCase:
    """An event of a ticket that its own system's register never had: somebody was promised something."""

    @pytest.fixture(autouse=True)
    def _register(self, lake: Lake) -> None:
        self.ticket(lake, "T1")

    def ticket(self, lake: Lake, key: str, day: date = FRIDAY, source_id: str = "voc", **cells: Any) -> None:
        lake.landed(source_id, "tickets", day, ticket_id=key, received_at=datetime(2026, 7, 1), **cells)

    def event(self, lake: Lake, key: str, ticket: str | None, at: datetime = datetime(2026, 7, 2)) -> None:
        lake.landed("voc", "ticket_events", SATURDAY, event_id=key, ticket_id=ticket, occurred_at=at)

    def test_it_stands_in_doubt_until_the_case_comes(self, lake: Lake) -> None:
        self.event(lake, "E1", "T1")
        self.event(lake, "E2", "T2")
        assert lake.doubted_ids() == [("voc/ticket_events/E2", "orphaned")]
        self.ticket(lake, "T2", NIGHT)
        assert lake.doubted_ids() == []

    def test_a_case_that_landed_once_speaks_for_itself(self, lake: Lake) -> None:
        """Of a deletion that was stated or accepted nothing is left in doubt through its events."""
        self.ticket(lake, "T2")
        self.ticket(lake, "T2", SATURDAY, deleted=True, row_hash=STATED_DELETION)
        self.event(lake, "E2", "T2")
        assert lake.doubted_ids() == []

    def test_a_case_that_was_refused_stands_in_doubt_itself(self, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
        self.event(lake, "E2", "T2")
        night = end_of_day(NIGHT, lake.agency.zone)
        unread = Refusal("r", "voc", "tickets", "test", "received_at", "???", {"ticket_id": "T2"}, night, night)
        monkeypatch.setattr("charter.transform.doubt.rows.standing_refusals", lambda *_: [unread])
        assert {because for _, because in lake.doubted_ids()} == {"refused"}

    def test_an_event_that_has_not_come_to_pass_is_in_no_doubt(self, lake: Lake) -> None:
        self.event(lake, "E2", "T2", at=datetime(2026, 7, 5, 15, 0, 1))
        assert "orphaned" not in {because for _, because in lake.doubted_ids()}

    def test_what_another_source_says_of_a_case_may_be_mistyped_there(self, lake: Lake) -> None:
        lake.landed(
            "surveys", "survey_responses", SATURDAY, response_id="R1", ticket_id="T9", responded_at=datetime(2026, 7, 2)
        )
        assert lake.doubted_ids() == []

    def test_an_event_of_no_case_is_in_no_doubt(self, lake: Lake) -> None:
        self.event(lake, "E2", None)
        assert lake.doubted_ids() == []

    def test_a_register_that_was_never_heard_is_missing_as_a_whole(self, lake: Lake, tmp_path: Path) -> None:
        empty = Lake(tmp_path / "other", lake.agency)
        self.event(empty, "E2", "T2")
        assert empty.doubted_ids() == []

    @pytest.mark.parametrize("accepted", [SATURDAY, NIGHT])
    def test_a_person_says_that_there_is_no_such_case(self, lake: Lake, accepted: date) -> None:
        self.event(lake, "E2", "T2")
        lake.heard("voc", "tickets", accepted, shrinking_accepted=True)
        assert lake.doubted_ids() == []

    def test_where_the_registers_deletions_are_believed_so_is_this(self, lake: Lake) -> None:
        self.event(lake, "E2", "T2")
        lake.declared("tickets", deletions="believed")
        assert lake.doubted_ids() == []

    def test_what_came_before_this_release_is_in_no_doubt(self, lake: Lake) -> None:
        self.event(lake, "E2", "T2")
        lake.heard("voc", "tickets", SATURDAY, left_out=None)
        assert lake.doubted_ids() == []


class TestDatedBeforeItsCase:
    """An event that is entered for an hour before its ticket was received, though none may be."""

    @pytest.fixture(autouse=True)
    def _in_order(self, lake: Lake) -> None:
        events = lake.agency.subjects["ticket_events"]
        occurred = events.columns["occurred_at"].model_copy(update={"no_earlier_than": "tickets.received_at"})
        changed = events.model_copy(update={"columns": {**events.columns, "occurred_at": occurred}})
        lake.agency = lake.agency.model_copy(update={"subjects": {**lake.agency.subjects, "ticket_events": changed}})
        self.ticket(lake, datetime(2026, 7, 2, 9))

    def ticket(self, lake: Lake, received: datetime, day: date = FRIDAY, **cells: Any) -> None:
        lake.landed("voc", "tickets", day, ticket_id="T1", received_at=received, **cells)

    def event(self, lake: Lake, at: datetime, day: date = FRIDAY, **cells: Any) -> None:
        lake.landed("voc", "ticket_events", day, event_id="E1", ticket_id="T1", occurred_at=at, **cells)

    @pytest.mark.parametrize(
        ("hour", "expected"), [(8, [("voc/ticket_events/E1", "disordered")]), (9, []), (10, [])], ids=str
    )
    def test_it_stands_in_doubt(self, lake: Lake, hour: int, expected: list[tuple[str, str]]) -> None:
        self.event(lake, datetime(2026, 7, 2, hour))
        assert lake.doubted_ids() == expected

    def test_its_date_is_not_believed(self, lake: Lake) -> None:
        self.event(lake, datetime(2026, 7, 2, 8))
        [row] = lake.doubted()
        assert "occurred_at" not in row.cells and row.cells["ticket_id"] == "T1"

    def test_until_either_of_the_two_dates_is_put_right(self, lake: Lake) -> None:
        self.event(lake, datetime(2026, 7, 2, 8))
        self.ticket(lake, datetime(2026, 7, 2, 7), SATURDAY)
        assert lake.doubted_ids() == []
        self.ticket(lake, datetime(2026, 7, 2, 9), NIGHT)
        self.event(lake, datetime(2026, 7, 2, 11), NIGHT)
        assert lake.doubted_ids() == []

    def test_what_was_deleted_contradicts_nothing(self, lake: Lake) -> None:
        self.event(lake, datetime(2026, 7, 2, 8))
        self.event(lake, datetime(2026, 7, 2, 8), SATURDAY, deleted=True, row_hash=STATED_DELETION)
        assert lake.doubted_ids() == []
