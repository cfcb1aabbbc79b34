"""Which columns date a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.definitions import load_agency
from charter.transform.compile.rules import compile_rules
from charter.transform.doubt.rows_ahead import dating_columns
from tests.agencies.drawn import draw


@pytest.mark.parametrize("number", [41, 65, 124])
def test_only_moments_date_a_row_whatever_else_is_called_so(number: int, tmp_path: Path) -> None:
    """In the last of these folders an instant of one table and a number of another are called the same."""
    draw(number).write(tmp_path / "agency")
    agency = load_agency(tmp_path / "agency")
    named = [
        (table, name)
        for part in compile_rules(agency)
        for table, names in dating_columns(agency, part).items()
        for name in names
    ]
    assert named
    assert [each for each in named if not agency.subjects[each[0]].columns[each[1]].is_moment] == []
