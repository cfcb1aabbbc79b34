"""The tables of actions and comments are there as soon as a source feeds them, and no sooner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from charter.base.errors import DefinitionError
from charter.definitions import load_agency
from charter.definitions.actions import ACTIONS, COMMENTS, TABLES
from tests.definitions.folder import CharterFolder

HOME = Path(__file__).parents[2]
GRANTS = HOME / "tests" / "agencies" / "grants"


def fed(tmp_path: Path, table: str, **columns: str | None) -> CharterFolder:
    """The grants office with one more feed, of ``table``; columns given as None are not mapped."""
    charter = CharterFolder(tmp_path, GRANTS)
    mapped = {name: name for name in TABLES[table].columns} | columns
    feed = {
        "table": table,
        "path": f"{table}.csv",
        "full": True,
        "columns": {name: source for name, source in mapped.items() if source is not None},
    }

    def with_feed(sources: Any) -> None:
        sources["sources"][0]["feeds"].append(feed)

    charter.change("sources.yaml", with_feed)
    return charter


def test_an_agency_without_a_register_has_no_table_of_actions() -> None:
    assert not {ACTIONS, COMMENTS} & set(load_agency(GRANTS).subjects)


def test_feeding_one_of_the_two_is_enough_to_have_it(tmp_path: Path) -> None:
    agency = load_agency(fed(tmp_path, ACTIONS).path)
    assert agency.subjects[ACTIONS] == TABLES[ACTIONS]
    assert COMMENTS not in agency.subjects


def test_an_action_without_a_due_date_column_is_told_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="required column 'due_on' of 'actions' is not mapped"):
        load_agency(fed(tmp_path, ACTIONS, due_on=None).path)


def test_a_table_of_the_agencys_own_that_is_called_actions_is_told(tmp_path: Path) -> None:
    charter = CharterFolder(tmp_path, GRANTS)

    def with_own(subjects: Any) -> None:
        own = {"text": "Something else", "key": "no", "columns": {"no": {"type": "text", "required": True}}}
        subjects["subjects"][ACTIONS] = own

    charter.change("subjects.yaml", with_own)
    with pytest.raises(DefinitionError, match="'actions' has no column 'standard_id' of type text"):
        load_agency(charter.path)
