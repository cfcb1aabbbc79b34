"""The release's number is written once."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from charter.base import release
from charter.base.release import release_version
from charter.cli import main

HOME = Path(__file__).parents[2]


def written() -> str:
    version: str = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return version


def test_the_changelog_s_newest_release_is_this_one() -> None:
    newest = re.search(r"^## (\S+)$", (HOME / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == written()


def test_the_command_line_says_it() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.split()[-1] == written()


def test_no_other_place_has_a_number_of_its_own() -> None:
    assert '__version__ = "' not in (HOME / "src/charter/__init__.py").read_text(encoding="utf-8")


def test_a_checkout_s_own_number_counts_whatever_was_installed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "version", lambda name: "0.0.1")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "charter"\nversion = "7.8.9"\n')
    assert release_version(tmp_path / "src" / "charter") == "7.8.9"


@pytest.mark.parametrize("beside", [None, '[project]\nname = "another"\nversion = "7"\n', "no toml ["])
def test_elsewhere_it_is_what_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: str | None
) -> None:
    monkeypatch.setattr(release, "version", lambda name: "0.0.1")
    if beside is not None:
        (tmp_path / "pyproject.toml").write_text(beside)
    assert release_version(tmp_path / "lib" / "charter") == "0.0.1"
