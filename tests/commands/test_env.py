"""`charter env`: what is set, where it comes from, and what is missing; never a secret."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from charter.cli import main

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CHARTER_HOME", "CHARTER_DIR", "CHARTER_VAR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHARTER_HOME", str(PROJECT))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path))
    return tmp_path


def said(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["env", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def with_a_demonstration(var: Path) -> None:
    (var / "demo").mkdir()
    (var / "demo" / "settings.env").write_text("CHARTER_MAIL_FROM='Service <a@agency.example>'\n")


def test_what_a_new_installation_misses_is_listed(var: Path) -> None:
    text = said()
    assert "CHARTER_CONN_VOC" in text
    assert "12 settings are missing" in text


def test_no_secret_and_no_address_is_shown(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHARTER_CONN_VOC", "CHARTER_PSEUDONYM_KEY", "CHARTER_SMTP_PASSWORD", "CHARTER_AUTH_DESK"):
        monkeypatch.setenv(name, "hunter2")
    text = said("--all")
    assert "CHARTER_AUTH_DESK" in text
    assert "hunter2" not in text


def test_a_slip_of_the_pen_is_told(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_SMTP_HSOT", "mail.agency.example")
    assert "CHARTER_SMTP_HSOT is set, and nothing reads it" in said()


def test_what_the_demonstration_brings_is_exported_for_a_shell(var: Path) -> None:
    with_a_demonstration(var)
    shell = subprocess.run(
        ["sh", "-c", f'{said("--export")}printf %s "$CHARTER_MAIL_FROM"'], capture_output=True, text=True, check=True
    )
    assert shell.stdout == "Service <a@agency.example>"


def test_of_several_agencies_each_is_told_the_names_it_has_to_set(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_AGENCY", "library")
    monkeypatch.setenv("CHARTER_LIBRARY__VAR", str(var))
    assert "CHARTER_LIBRARY__PSEUDONYM_KEY" in said()


def test_a_folder_that_does_not_load_hides_nothing_else(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARTER_DIR", str(tmp_path / "nowhere"))
    text = said()
    assert "the sources are not known" in text
    assert "CHARTER_SIGNING_KEY" in text
