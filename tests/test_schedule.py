"""Schedules run by the agency's clocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.definitions import load_agency
from charter.schedule import Schedule, agency_zone, schedules

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


class TestSeveralAgencies:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        for name, zone in (("kotra", "Asia/Seoul"), ("library", "Europe/Berlin"), ("torn", "Nowhere/Land")):
            folder = tmp_path / "charters" / name
            folder.mkdir(parents=True)
            (folder / "charter.yaml").write_text(f"time_zone: {zone}\n", encoding="utf-8")
        return tmp_path

    def test_an_installation_of_one_has_the_schedule_of_one(self) -> None:
        [found] = schedules(HOME, {})
        assert (found.agency, found.zone) == (None, "Asia/Seoul")

    def test_reports_are_made_as_the_agency_declares_them(self, project: Path) -> None:
        text = 'reports:\n  - {id: at-risk, period: working_day, schedule: "15 8 * * *"}\n'
        (project / "charters" / "kotra" / "reports.yaml").write_text(text, encoding="utf-8")
        (project / "charters" / "library" / "reports.yaml").write_text("reports: [", encoding="utf-8")
        found = schedules(project, {"CHARTER_HOME": str(project), "CHARTER_AGENCIES": "kotra, library"})
        kotra, library = found
        assert (kotra.makes("working_day"), kotra.cron("working_day", "30 7 * * *")) == (True, "15 8 * * *")
        assert not kotra.makes("week")
        assert library.makes("week"), "charter check says what is wrong with its file; its weeks go on"

    @pytest.mark.parametrize("said", ['"0 7 * * FOO"', "7", "[0, 7]"])
    def test_a_schedule_that_is_none_does_not_stop_the_other_agencies(self, project: Path, said: str) -> None:
        text = f"reports:\n  - {{id: weekly, period: week, schedule: {said}}}\n"
        (project / "charters" / "kotra" / "reports.yaml").write_text(text, encoding="utf-8")
        [kotra, _] = schedules(project, {"CHARTER_HOME": str(project), "CHARTER_AGENCIES": "kotra, library"})
        assert kotra.cron("week", "0 7 * * MON") == "0 7 * * MON"

    def test_each_that_is_listed_has_its_own_by_its_own_clocks(self, project: Path) -> None:
        found = schedules(project, {"CHARTER_HOME": str(project), "CHARTER_AGENCIES": "library, kotra"})
        assert found == [Schedule("kotra", "Asia/Seoul"), Schedule("library", "Europe/Berlin")]
        assert [each.dag_id("charter_nightly") for each in found] == [
            "charter_nightly_kotra",
            "charter_nightly_library",
        ]

    def test_all_are_those_that_have_a_charter(self, project: Path) -> None:
        found = schedules(project, {"CHARTER_HOME": str(project), "CHARTER_AGENCIES": "all"})
        assert [each.agency for each in found] == ["kotra", "library", "torn"]

    def test_a_folder_that_is_torn_or_not_there_keeps_no_other_from_its_nights(self, project: Path) -> None:
        found = schedules(project, {"CHARTER_HOME": str(project), "CHARTER_AGENCIES": "torn,gone,library"})
        assert {each.agency: each.problem is None for each in found} == {"gone": False, "library": True, "torn": False}
        assert "charters/gone" in str(found[0].problem)

    def test_a_list_of_nobody_is_refused(self, project: Path) -> None:
        with pytest.raises(SettingError, match="names no agency"):
            schedules(project, {"CHARTER_HOME": str(project), "CHARTER_AGENCIES": " , "})


class TestOneSwitch:
    def test_a_schedule_runs_unless_it_is_switched_off(self) -> None:
        def starts(said: dict[str, str]) -> bool:
            (found,) = schedules(HOME, {"CHARTER_DIR": "charters/kotra", **said})
            return found.starts

        assert starts({})
        assert starts({"CHARTER_SCHEDULE": "on"})
        assert not starts({"CHARTER_SCHEDULE": "off"})

    def test_a_switch_that_is_neither_on_nor_off_is_told(self) -> None:
        with pytest.raises(SettingError, match="'never' cannot be used"):
            schedules(HOME, {"CHARTER_DIR": "charters/kotra", "CHARTER_SCHEDULE": "never"})
