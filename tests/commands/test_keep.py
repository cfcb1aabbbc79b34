"""What the commands say that copy the state, put it back, and prune it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from charter.cli import main
from tests.evidence.builders import KEY
from tests.keep.conftest import kept_for_all  # noqa: F401 - a fixture

HOME = Path(__file__).parents[2]


@pytest.fixture
def folder(kept_for_all: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """A folder with an installation's state in ``var`` and its charter in ``kotra``."""
    shutil.copytree(kept_for_all / "var", tmp_path / "var")
    shutil.copytree(HOME / "charters" / "kotra", tmp_path / "kotra")
    environment = {
        "CHARTER_HOME": str(HOME),
        "CHARTER_DIR": str(tmp_path / "kotra"),
        "CHARTER_VAR": str(tmp_path / "var"),
        "CHARTER_SIGNING_KEY": KEY,
        "CHARTER_PSEUDONYM_KEY": "0" * 32,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def charter(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_a_backup_is_verified_by_restoring_it(folder: Path) -> None:
    said = charter("backup", folder / "b.tar.gz", "--verify")

    assert said.exit_code == 0, said.output
    assert "Not in it: demonstration" in said.output and "secrets (1" in said.output
    assert "everything is as it was sealed: 3 seals" in said.output
    # It is held against the key that has just signed it.
    assert "public key in itself" not in said.output
    assert "not encrypted" in said.output


def test_an_encrypted_backup_says_what_it_needs(folder: Path) -> None:
    public = charter("backup-key", folder / "age.key").output.splitlines()[-1]
    (folder / "recipients").write_text(public)

    assert charter("backup", folder / "b", "--recipients", folder / "recipients", "--verify").exit_code == 2
    made = charter(
        *("backup", folder / "b", "--recipients", folder / "recipients", "--verify", "--identity", folder / "age.key")
    )
    assert made.exit_code == 0 and "not encrypted" not in made.output
    refused = charter("restore", "--check", folder / "b")
    assert refused.exit_code == 2 and "--identity FILE" in refused.output
    assert charter("restore", "--check", folder / "b", "--identity", folder / "age.key").exit_code == 0


def test_a_restore_says_where_the_state_is_that_it_replaced(folder: Path) -> None:
    charter("backup", folder / "b.tar.gz")
    refused = charter("restore", folder / "b.tar.gz")
    assert refused.exit_code == 2 and "give --replace" in refused.output

    said = charter("restore", "--replace", folder / "b.tar.gz", "--public-key", folder / "var/evidence/public_key.pem")

    assert said.exit_code == 0, said.output
    assert ".before-" in said.output and "the next night goes on from here" in said.output


def test_a_damaged_backup_ends_with_status_8(folder: Path) -> None:
    charter("backup", folder / "b.tar.gz")
    (folder / "cut.tar.gz").write_bytes((folder / "b.tar.gz").read_bytes()[:-2000])
    said = charter("restore", "--check", folder / "cut.tar.gz")

    assert said.exit_code == 8 and "damaged" in said.output


def test_check_shows_for_how_long_data_are_kept_and_prune_only_shows(folder: Path) -> None:
    (folder / "kotra" / "retention.yaml").write_text(
        "keep: {logs: 90 days}\npseudonyms: {keep: 36 months, rule: article 21}\n"
    )
    assert "Kept for (charter prune): logs 90 days" in charter("check", "--as-of", "2026-07-05").output
    assert "Pseudonyms are erased after 36 months: article 21" in charter("check", "--as-of", "2026-07-05").output

    shown = charter("prune")

    assert shown.exit_code == 0, shown.output
    assert "firms.adviser stays" in shown.output and "There is nothing to do" in shown.output


def test_a_person_is_erased_with_a_reason_only(folder: Path) -> None:
    (folder / "request").write_text("kim@example.org\n")

    assert charter("prune", "--person", folder / "request").exit_code == 2
    said = charter("prune", "--person", folder / "request", "--reason", "request 2026-114")
    assert "0 in 0 files (request 2026-114)" in said.output
