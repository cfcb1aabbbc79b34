"""Which columns hold another table's key: those that say so, and a case that another table is keyed by."""

from __future__ import annotations

from typing import Any

import pytest

from charter.definitions.models import Subject
from charter.definitions.references import Reference, references
from tests.definitions.folder import TOWN, CharterFolder


def table(key: str, case: str | None, **columns: dict[str, Any]) -> Subject:
    texts = {name: {"type": "text", **more} for name, more in {key: {}, **columns}.items()}
    return Subject.model_validate({"model": f"stg_{key}", "text": key, "key": key, "case": case, "columns": texts})


def test_a_ticket_refers_to_nothing_and_its_events_to_the_ticket() -> None:
    subjects = {"tickets": table("ticket", "ticket"), "events": table("event", "ticket", ticket={})}
    assert references(subjects, "tickets") == ()
    assert references(subjects, "events") == (Reference("ticket", "tickets"),)


def test_a_column_may_say_what_it_refers_to() -> None:
    subjects = {"pages": table("page", None), "reviews": table("review", None, of_page={"refers_to": "pages"})}
    assert references(subjects, "reviews") == (Reference("of_page", "pages"),)


def test_a_case_that_no_table_is_keyed_by_refers_to_nothing() -> None:
    subjects = {"events": table("event", "ticket", ticket={}), "notes": table("note", "ticket", ticket={})}
    assert references(subjects, "events") == ()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("refers_to: pages", "refers_to: page", "'page' is not a landed table"),
        ("refers_to: pages", "refers_to: requests", "'requests' is not a landed table"),
        (
            "refers_to: pages}\n      reviewed_on: {type: date, ",
            "refers_to: pages}\n      reviewed_on: {type: date, refers_to: pages, ",
            "a column of type date can't hold a key of 'pages'",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_with_its_line(tmp_path: Any, old: str, new: str, what: str) -> None:
    folder = CharterFolder(tmp_path, TOWN)
    folder.replace("subjects.yaml", old, new)
    [problem] = folder.problems()
    assert what == problem.what
    assert problem.where.startswith("town/subjects.yaml:")
