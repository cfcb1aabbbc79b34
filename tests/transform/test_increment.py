"""A night that reworks only what it touches gives the marts that a full build gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.transform import build_warehouse, close_weeks, publish_warehouse
from tests.effort import LONG

from .conftest import HOME
from .histories import History
from .two_sources import with_second_source

pytestmark = [pytest.mark.slow, pytest.mark.long]

FIRST = date(2026, 6, 26)


def installation(var: Path) -> Settings:
    return Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(var)})


def beside(settings: Settings, name: str) -> Settings:
    """An installation on the same lake, whose warehouse nobody has built yet."""
    var = settings.var_dir.with_name(name)
    var.mkdir()
    (var / "lake").symlink_to(settings.lake_dir)
    return replace(settings, var_dir=var)


def marts(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every mart, in an order of its own, and what the next night goes on from."""
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name = 'marts' order by 1"
        ).fetchall()
        tables = [str(name) for (name,) in names] + ["commitments.commitments_by_day", "subjects.subjects_companions"]
        return {name: connection.execute(f"select * from {name} order by all").fetchall() for name in tables}


def differences(ours: dict[str, list[tuple[Any, ...]]], theirs: dict[str, list[tuple[Any, ...]]]) -> dict[str, Any]:
    assert ours.keys() == theirs.keys()
    return {
        name: {
            "increment alone": [row for row in ours[name] if row not in theirs[name]][:5],
            "full build alone": [row for row in theirs[name] if row not in ours[name]][:5],
        }
        for name in ours
        if ours[name] != theirs[name]
    }


# Four nights from a Friday on close a week, and correct it.
@pytest.mark.parametrize(("seed", "nights"), [(1, 7), (2, 4)] if LONG else [(1, 4)])
def test_increments_are_full_builds_over_random_histories(
    agency: Agency, tmp_path: Path, seed: int, nights: int
) -> None:
    live(agency, tmp_path, seed, nights)


def test_increments_are_full_builds_where_two_sources_have_the_same_keys(agency: Agency, tmp_path: Path) -> None:
    live(with_second_source(agency), tmp_path, seed=3, nights=3)


def live(agency: Agency, tmp_path: Path, seed: int, nights: int) -> None:
    settings = installation(tmp_path / "increments")
    history = History(agency, seed, FIRST)
    reworked = []
    for night in range(nights):
        day = FIRST + timedelta(days=night)
        history.live(settings, day)
        as_of = end_of_day(day, agency.zone)
        receipt = build_warehouse(settings, agency, as_of, as_of)
        reworked.append(receipt.cases)
        publish_warehouse(settings)
        if night in (3, nights - 1):
            full = beside(settings, f"full-{night}")
            assert build_warehouse(full, agency, as_of, as_of).cases is None
            assert differences(marts(settings), marts(full)) == {}, f"seed {seed}, night {night}"
        close_weeks(settings, agency, as_of)
    assert reworked[0] is None
    assert None not in reworked[1:]
