"""``charter recipients``, ``preview`` and ``send`` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from charter.base.settings import Settings
from charter.cli import main
from charter.deliver import enqueue
from tests.definitions.folder import CharterFolder
from tests.deliver.builders import AS_OF, message

HOME = Path(__file__).resolve().parents[2]
PEOPLE = [
    {"name": "Head", "address": "head@grants.example"},
    {"name": "Deputy", "address": "deputy@grants.example", "instead_of": "head@grants.example", "from": "2026-07-06"},
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CharterFolder:
    folder = CharterFolder(tmp_path, HOME / "tests" / "agencies" / "grants")
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_DIR", str(folder.path))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("CHARTER_MAIL_FROM", "charter@grants.example")
    return folder


@pytest.fixture
def north(folder: CharterFolder) -> CharterFolder:
    """The department north has a head, and from 6 July on a deputy."""

    def name(organisation: dict[str, list[dict[str, object]]]) -> None:
        for department in organisation["departments"]:
            department["recipients"] = PEOPLE if department["id"] == "north" else []

    folder.change("departments.yaml", name)
    return folder


def charter(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.mark.usefixtures("north")
def test_recipients_are_told_as_of_a_day() -> None:
    before = charter("recipients", "--as-of", "2026-07-04", "--department", "north").output
    assert before.startswith("Who gets which report on 2026-07-05\n")
    assert "head@grants.example  weekly  en        named for the department" in before
    assert "before their time (from 2026-07-06)" in before
    after = charter("recipients", "--as-of", "2026-07-05", "--department", "north").output
    assert "deputy for head@grants.example; from 2026-07-06" in after
    assert "a deputy stands in (deputy@grants.example)" in after


@pytest.mark.usefixtures("north")
def test_departments_that_nobody_gets_a_report_of_are_told() -> None:
    everybody = charter("recipients", "--as-of", "2026-07-05").output
    assert "! nobody gets the report of south: departments.yaml names nobody\n" in everybody


@pytest.mark.usefixtures("north")
def test_recipients_as_json() -> None:
    said = json.loads(charter("recipients", "--as-of", "2026-07-05", "--json").output)
    assert said["day"] == "2026-07-06"
    assert [(each["mailbox"], each["gets"]) for each in said["recipients"]] == [
        ("head@grants.example", False),
        ("deputy@grants.example", True),
    ]
    assert "south" in said["departments_without"]


@pytest.mark.parametrize("command", [("recipients",), ("preview", "weekly", "--no-open")])
def test_a_department_that_there_is_not_is_told_with_those_that_there_are(command: tuple[str, ...]) -> None:
    told = charter(*command, "--department", "nowhere")
    assert told.exit_code == 2
    assert "no department 'nowhere': there are" in told.output
    assert "north" in told.output


def test_a_preview_before_the_first_night_says_what_to_do() -> None:
    told = charter("preview", "weekly", "--department", "north", "--no-open")
    assert told.exit_code == 2
    assert "nothing has been published yet" in told.output
    assert "run a night first" in told.output


def test_what_waits_is_written_to_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_MAIL_DOMAINS", "grants.example")
    settings = Settings.from_environment()
    enqueue(settings, [message("head@grants.example"), message("kim@elsewhere.example")], AS_OF)
    made = charter("send", "--dry-run", str(tmp_path / "dry"))
    assert made.exit_code == 0
    assert "✓ 1 mail in" in made.output
    assert "✗ weekly/2026-W27/r1/kim@elsewhere.example: not sent: no mail may go to elsewhere.example" in made.output
    (file,) = (tmp_path / "dry").iterdir()
    assert file.name.startswith("head@grants.example__weekly.2026-W27.r1.")
    again = charter("send", "--dry-run", str(tmp_path / "dry"))
    assert (again.exit_code, "it is no empty folder" in again.output) == (2, True)


def test_sending_needs_a_server_and_says_so() -> None:
    told = charter("send")
    assert told.exit_code == 2
    assert "CHARTER_SMTP_HOST is not set" in told.output
