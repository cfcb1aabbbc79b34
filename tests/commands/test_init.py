"""`charter init`: a folder that a person can read, and a night can run on."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from charter.cli import main
from charter.definitions import load_agency

LIBRARY = ("--id", "library", "--name", 'The "City" Library: {main}', "--zone", "Europe/Berlin")


def init(folder: Path, *options: str, answers: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["init", str(folder), *options], input=answers)
    return result.exit_code, result.output


def test_the_folder_passes_the_check_and_says_what_was_answered(tmp_path: Path) -> None:
    status, _ = init(tmp_path / "library", *LIBRARY, "--country", "DE-SN", "--from", "2026-03-01")
    agency = load_agency(tmp_path / "library")
    assert status == 0
    assert (agency.charter.id, agency.charter.agency.root["en"]) == ("library", 'The "City" Library: {main}')
    assert agency.charter.in_force_from == date(2026, 3, 1)
    assert agency.calendar.last_day == date(2028, 12, 31)


def test_days_off_are_those_of_the_subdivision(tmp_path: Path) -> None:
    """The day of repentance is a day off in Saxony, and nowhere else in Germany."""
    init(tmp_path / "saxony", *LIBRARY, "--country", "DE-SN", "--from", "2026-01-01")
    init(tmp_path / "germany", *LIBRARY, "--country", "DE", "--from", "2026-01-01")
    repentance = date(2026, 11, 18)
    saxony, germany = (load_agency(tmp_path / name).calendar for name in ("saxony", "germany"))
    assert not saxony.working_time.blocks(repentance, date(2026, 11, 1))
    assert germany.working_time.blocks(repentance, date(2026, 11, 1))


def test_what_is_not_given_is_asked_for(tmp_path: Path) -> None:
    status, output = init(tmp_path / "new", answers="tax-office\nTax Office\nAmerica/New_York\nUS\n")
    assert status == 0
    assert "Name of the agency" in output
    assert load_agency(tmp_path / "new").charter.time_zone == "America/New_York"


def test_each_file_leads_an_editor_to_its_schema(tmp_path: Path) -> None:
    """The way is relative, so that the project's folder may be moved with its agencies."""
    init(tmp_path / "new", *LIBRARY, "--country", "DE")
    for file in (tmp_path / "new").glob("*.yaml"):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")
        assert not schema.startswith("/")
        assert (file.parent / schema).resolve().name == f"{file.stem}.json"
        assert (file.parent / schema).is_file()


def test_it_says_what_leads_to_a_first_night(tmp_path: Path) -> None:
    _, output = init(tmp_path / "new folder", *LIBRARY, "--country", "DE")
    assert f"cd '{tmp_path}/new folder'" in output
    assert "charter check && " in output
    assert "charter nightly; " in output


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--id", "City Library"), "'City Library' is no id"),
        (("--zone", "Berlin"), "'Berlin' is no time zone"),
        (("--country", "DE-XX"), "nothing is known of the days off of 'DE-XX'"),
        (("--country", "Germany"), "ISO codes such as KR, DE or DE-SN"),
        (("--language", "klingon"), "'klingon' is not a language"),
        (("--language", "fr"), "there is no catalogue of texts for 'fr'"),
        (("--name", " "), "the name can't be used"),
        (("--name", "Library\u202e"), "U+202E (right-to-left override)"),
    ],
)
def test_an_answer_that_is_none_is_told_and_nothing_is_written(
    tmp_path: Path, options: tuple[str, str], what: str
) -> None:
    status, output = init(
        tmp_path / "new", *LIBRARY, *(() if "--country" in options else ("--country", "DE")), *options
    )
    assert status == 2
    assert what in output
    assert not (tmp_path / "new").exists()


def test_a_language_without_a_catalogue_is_told_with_those_there_are_and_how_to_bring_one(tmp_path: Path) -> None:
    _, output = init(tmp_path / "new", *LIBRARY, "--country", "FR", "--language", "fr")
    said = " ".join(output.split())
    assert "begin with one of de, en, ko." in said
    assert "write words/fr.yaml in the new folder (all keys of reports/words/en.yaml)" in said


@pytest.mark.parametrize(
    ("name", "language"),
    [("대전시립도서관", "ko"), ("Städtische Bücherei", "de"), ("Δημοτική Βιβλιοθήκη", "en"), ("المكتبة العامة", "en")],
)
def test_names_of_agencies_and_folders_may_be_in_any_letters(tmp_path: Path, name: str, language: str) -> None:
    folder = tmp_path / name
    decomposed = unicodedata.normalize("NFD", name)
    status, _ = init(folder, *LIBRARY, "--country", "DE", "--language", language, "--name", f" {decomposed} ")
    assert status == 0
    assert load_agency(folder).charter.agency.root == {language: name}


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "charter.yaml").write_text("mine", encoding="utf-8")
    status, output = init(tmp_path, *LIBRARY, "--country", "DE")
    assert status == 2
    assert "the folder is not empty" in output
    assert (tmp_path / "charter.yaml").read_text(encoding="utf-8") == "mine"


def test_keys_state_and_rows_are_ignored_by_git_wherever_the_folder_stands(tmp_path: Path) -> None:
    init(tmp_path / "new", *LIBRARY, "--country", "DE")
    assert (tmp_path / "new" / ".gitignore").read_text().split() == ["/secrets/", "/var/", "/inbox/"]


@pytest.mark.parametrize(
    ("where", "command"), [(None, ".venv/bin/charter check"), ("/usr/bin/charter", "charter check")]
)
def test_its_commands_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str | None, command: str
) -> None:
    """What `make install` makes stands in .venv, which is on nobody's path."""
    monkeypatch.setattr("charter.commands.init.which", lambda name: where)
    _, output = init(tmp_path / "new", *LIBRARY, "--country", "DE")
    assert f"\n  {command} && " in output
