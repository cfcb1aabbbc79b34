"""`charter doctor`, run where half of an installation is broken: it always says what, where and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from charter.base.settings import Settings
from charter.cli import main
from charter.health.finding import Finding, State
from charter.health.say import said, words_or_none
from tests.health.builders import HOME, KOTRA, MONDAY, kotra

AT = ("--at", "2026-07-06T10:00:00+09:00")


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_DIR", str(KOTRA))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *AT, *arguments])


def findings(result: Result) -> dict[str, dict[str, Any]]:
    return {each["cause"]: each for each in json.loads(result.stdout)["findings"]}


def test_an_empty_installation_lacks_its_settings_and_nothing_else(tmp_path: Path) -> None:
    result = doctor("--quick", "--json")
    told = {cause.partition("/")[0] for cause, each in findings(result).items() if each["state"] != "ok"}
    assert (result.exit_code, told) == (2, {"settings", "nights", "notices"})
    assert not (tmp_path / "var").exists()


def test_every_finding_that_is_not_in_order_says_what_to_do() -> None:
    result = doctor("--quick", "--json")
    wrong = [each for each in findings(result).values() if each["state"] != "ok"]
    assert wrong
    assert all(each["what"] and each["remedy"] for each in wrong)


def test_without_the_charters_folder_the_rest_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_DIR", str(tmp_path / "nowhere"))
    result = doctor("--quick", "--json")
    found = findings(result)
    assert result.exit_code == 2
    assert found["charter/folder"]["state"] == "failure"
    assert found["calendar/all"]["what"] == "this can be looked at once the charter's folder loads"
    assert found["evidence/chain"]["state"] == "ok"


def test_without_a_catalogue_the_findings_are_told_by_their_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARTER_HOME", str(tmp_path))
    result = doctor("--quick", "--json")
    assert findings(result)["charter/texts"]["what"] == "there is no catalogue of texts at all"
    assert findings(result)["nights/first"]["what"] == "night none"


def test_where_no_project_is_found_that_is_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHARTER_HOME")
    monkeypatch.chdir(tmp_path)
    result = doctor()
    assert result.exit_code == 2
    assert "no project was found" in result.stdout
    assert "→ run from the project's folder, or set CHARTER_HOME to it" in result.stdout


def test_the_gravest_comes_first_and_the_counts_come_last() -> None:
    lines = doctor("--quick").stdout.splitlines()
    marks = [line[0] for line in lines[:-1] if line[0] != " "]
    assert marks == sorted(marks, key="✗?!✓".index)
    assert " failures, 2 warnings; " in lines[-1]


@pytest.mark.parametrize("at", ["yesterday", "2026-07-06T10:00:00"])
def test_an_instant_has_its_offset(at: str) -> None:
    result = CliRunner().invoke(main, ["doctor", "--at", at])
    assert result.exit_code == 2
    assert "2026-07-06T10:00:00+09:00" in result.stderr


def test_a_source_is_called_as_its_people_call_it() -> None:
    finding = Finding(
        cause="sources/voc",
        state=State.FAILURE,
        code="source_silent",
        values={"source": "voc", "count": 2, "day": "2026-07-04", "problem": "it is down"},
        since=MONDAY,
    )
    agency = kotra()
    settings = Settings(home=HOME, charter_dir=KOTRA, var_dir=HOME / "var", environment={})
    korean = said(words_or_none(settings, "ko"), finding, agency.zone, agency)
    assert korean.what == "고객의 소리 시스템: 2026-07-04 밤부터 2일째 자료가 온전히 오지 않음 – it is down"
    assert korean.remedy.endswith("charter sources test voc")
    assert korean.since == "2026-07-06 10:00 KST"
