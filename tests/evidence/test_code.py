"""The code in a seal: found by its commit, proved by its hash, with the packages that it was locked to."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import charter
from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.evidence import verify
from charter.evidence.code import code_seal
from charter.evidence.verifying import Compared

from .builders import KEY, Installation, said_in

COMMIT = "a" * 40
LOCK = "duckdb==1.5.5\n"


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@agency.example", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def lock(installation: Installation, text: str = LOCK) -> None:
    path = installation.settings.home / "requirements" / "run.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def committed(installation: Installation) -> str:
    """The commit of the installation's folder, now a repository of its own."""
    home = installation.settings.home
    git(home, "init", "-q")
    (home / ".gitignore").write_text("/var/\n")
    git(home, "add", ".")
    git(home, "commit", "-qm", "First")
    return git(home, "rev-parse", "HEAD")


def sealed_code(installation: Installation) -> dict[str, Any]:
    code: dict[str, Any] = said_in(installation.seal().path)["code"]
    return code


def compared(settings: Settings) -> Compared:
    return next(kind for kind in verify(settings).kinds if kind.what == "code")


def test_a_seal_names_version_commit_and_lock(installation: Installation) -> None:
    lock(installation)
    commit = committed(installation)
    code = sealed_code(installation)
    assert code["version"] == charter.__version__
    assert (code["commit"], code["changed"]) == (commit, False)
    assert code["lock"] == hashlib.sha256(LOCK.encode()).hexdigest()


def test_changes_beside_the_commit_are_told(installation: Installation) -> None:
    commit = committed(installation)
    installation.settings.home.joinpath("reports/templates/new.html").write_text("<p>")
    code = code_seal(installation.settings)
    assert (code.commit, code.changed) == (commit, True)


def test_an_image_is_told_its_commit(installation: Installation) -> None:
    told = replace(installation.settings, environment={"CHARTER_SIGNING_KEY": KEY, "CHARTER_COMMIT": COMMIT.upper()})
    code = code_seal(told)
    assert (code.commit, code.changed) == (COMMIT, None)


def test_what_is_no_commit_is_refused(installation: Installation) -> None:
    with pytest.raises(SettingError, match="CHARTER_COMMIT is no commit's hash"):
        code_seal(replace(installation.settings, environment={"CHARTER_COMMIT": "main"}))


def test_what_nobody_can_tell_is_null(installation: Installation) -> None:
    code = code_seal(installation.settings)
    assert (code.commit, code.changed, code.lock) == (None, None, None)


def test_the_repository_that_a_project_happens_to_lie_in_is_not_its_own(installation: Installation) -> None:
    outer = installation.settings.home
    committed(installation)
    inner = outer / "unpacked"
    inner.mkdir()
    assert code_seal(replace(installation.settings, home=inner)).commit is None


def test_a_seal_without_any_of_it_verifies(installation: Installation) -> None:
    sealed = installation.seal(kind="nightly")
    assert said_in(sealed.path)["code"]["commit"] is None
    lock(installation)
    committed(installation)
    found = compared(installation.settings)
    assert not found.changed
    assert not found.altered


def test_another_commit_of_the_same_code_is_no_news(installation: Installation) -> None:
    committed(installation)
    first = installation.seal()
    home = installation.settings.home
    (home / "README.md").write_text("Read me\n")
    git(home, "add", ".")
    git(home, "commit", "-qm", "Second")
    assert not installation.seal().created
    assert installation.seal().sha256 == first.sha256
    found = compared(installation.settings)
    assert not found.changed
    assert "another commit of the same code" in found.notes[0]


def test_other_code_is_named_with_both_commits(installation: Installation) -> None:
    before = committed(installation)
    installation.seal()
    home = installation.settings.home
    (home / "reports/templates/weekly.html").write_text("<p>other</p>")
    git(home, "commit", "-qam", "Other")
    after = git(home, "rev-parse", "HEAD")
    (problem,) = compared(installation.settings).changed
    assert f"commit {before[:12]}" in problem.what
    assert f"commit {after[:12]}" in problem.where


def test_another_lock_is_named(installation: Installation) -> None:
    lock(installation)
    installation.seal()
    lock(installation, "duckdb==1.5.6\n")
    (problem,) = compared(installation.settings).changed
    assert "list of packages" in problem.what
