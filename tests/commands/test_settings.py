"""What a command asks of the environment is what the folder needs for it, and no more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from charter.cli import main

ANSWERS = ("--id", "office", "--name", "Office", "--zone", "Europe/Dublin", "--country", "IE", "--from", "2026-01-01")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder in an environment that holds nothing but where it is."""
    folder = tmp_path / "office"
    assert CliRunner().invoke(main, ["init", str(folder), *ANSWERS]).exit_code == 0
    for name in [name for name in os.environ if name.startswith("CHARTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHARTER_DIR", str(folder))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))
    return folder


def charter(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def without_customers(folder: Path) -> None:
    """Nobody is named in the folder's tables any more."""
    for file in (folder / "subjects.yaml", folder / "sources.yaml"):
        lines = file.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.strip().startswith("customer:")]
        assert len(kept) == len(lines) - 1
        file.write_text("".join(kept), "utf-8")


def test_check_needs_no_setting(office: Path) -> None:
    status, output = charter("check")
    assert (status, output.startswith("✓ office")) == (0, True)


def test_a_source_is_tried_with_its_address_alone_where_nobody_is_named(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_customers(office)
    monkeypatch.setenv("CHARTER_CONN_INBOX", str(office / "inbox"))
    status, output = charter("sources", "test", "inbox", "--feed", "requests", "--as-of", "2026-07-05")
    assert status == 0, output


def test_a_source_that_names_somebody_asks_for_the_key_of_pseudonyms(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARTER_CONN_INBOX", str(office / "inbox"))
    status, output = charter("sources", "test", "inbox", "--feed", "requests", "--as-of", "2026-07-05")
    assert status != 0
    assert "CHARTER_PSEUDONYM_KEY is not set" in output


def test_a_night_without_mail_needs_no_mail_settings(office: Path) -> None:
    without_customers(office)
    status, output = charter("nightly", "--as-of", "2026-07-05")
    asked = {word for word in output.split() if word.startswith("CHARTER_")}
    assert status == 2
    assert asked == {"CHARTER_CONN_INBOX", "CHARTER_SIGNING_KEY", "CHARTER_SIGNING_KEY,", "CHARTER_SIGNING_KEY_FILE"}
