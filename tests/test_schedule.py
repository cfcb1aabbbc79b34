"""Schedules run by the agency's clocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.definitions import load_agency
from charter.schedule import agency_zone

HOME = Path(__file__).parents[1]


def test_the_zone_is_that_of_the_charter() -> None:
    for folder in ("charters/kotra", "tests/agencies/parcels"):
        assert agency_zone(HOME, {"CHARTER_DIR": folder}) == load_agency(HOME / folder).charter.time_zone


@pytest.mark.parametrize("text", ["id: x\n", "time_zone: Berlin\n", "pledges:\n  time_zone: Europe/Berlin\n"])
def test_a_charter_without_a_zone_is_told_with_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "charter.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match="no time zone") as error:
        agency_zone(HOME, {"CHARTER_DIR": str(tmp_path)})
    assert error.value.problems[0].where == str(tmp_path / "charter.yaml")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no time zone"):
        agency_zone(HOME, {"CHARTER_DIR": str(tmp_path / "nowhere")})
