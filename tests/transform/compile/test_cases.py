"""Which tables a night may rework case by case, and which it reads whole."""

from __future__ import annotations

from charter.definitions import Agency
from charter.transform.compile.cases import CaseTables, case_tables


def without_case(agency: Agency, *tables: str) -> Agency:
    subjects = {
        name: subject.model_copy(update={"case": None}) if name in tables else subject
        for name, subject in agency.subjects.items()
    }
    return agency.model_copy(update={"subjects": subjects})


def with_case(agency: Agency, table: str, case: str) -> Agency:
    subject = agency.subjects[table].model_copy(update={"case": case})
    return agency.model_copy(update={"subjects": {**agency.subjects, table: subject}})


def test_a_ticket_its_events_and_its_ratings_are_one_case(agency: Agency) -> None:
    tickets, *others = case_tables(agency)
    assert tickets == CaseTables(
        "ticket_id",
        ("tickets", "ticket_events", "survey_responses"),
        ("tickets", "inquiries", "rating_invitations"),
    )
    assert others == [
        CaseTables("call_id", ("calls",), ("calls",)),
        CaseTables("review_id", ("call_reviews",), ("call_reviews",)),
    ]


def test_registers_are_read_whole(agency: Agency) -> None:
    by_case = {table for tables in case_tables(agency) for table in tables.landed}
    assert not by_case & {"notices", "rounds", "firms", "waivers", "meetings"}


def test_one_table_without_a_case_makes_what_is_derived_of_it_whole(agency: Agency) -> None:
    """Ratings would be read whole, their tickets in part: invitations could not be judged."""
    kinds = {tables.case for tables in case_tables(without_case(agency, "survey_responses"))}
    assert kinds == {"call_id", "review_id"}


def test_what_a_slot_or_a_level_counts_over_is_read_whole(agency: Agency) -> None:
    """Notices are counted by month: a single one says nothing of its slot."""
    assert case_tables(with_case(agency, "notices", "notice_id")) == case_tables(agency)


def test_waivers_are_read_whole_whatever_the_charter_folder_says(agency: Agency) -> None:
    assert case_tables(with_case(agency, "waivers", "waiver_id")) == case_tables(agency)
