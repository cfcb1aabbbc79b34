"""What `make test-changed` runs for a change."""

from __future__ import annotations

import pytest

from tests.changed import PROJECT, files_for

TESTS = sorted(PROJECT.glob("tests/**/test_*.py"))


def asked_for(*changed: str) -> list[str]:
    return files_for(changed, TESTS)


def test_a_module_asks_for_its_own_test_and_for_those_that_import_it() -> None:
    found = asked_for("src/charter/deliver/smtp.py")
    assert "tests/deliver/test_smtp.py" in found
    assert "tests/deliver" not in found


def test_a_module_without_a_test_of_its_own_asks_for_its_folder() -> None:
    assert "tests/deliver" in asked_for("src/charter/deliver/layout.py")


def test_what_is_imported_elsewhere_asks_for_that_too() -> None:
    assert "tests/deliver/test_smtp.py" in asked_for("src/charter/base/lock.py")


def test_what_is_imported_everywhere_asks_for_its_own_test_alone() -> None:
    assert asked_for("src/charter/base/files.py") == ["tests/base/test_files.py"]


@pytest.mark.parametrize(
    ("changed", "folders"),
    [
        ("dbt_project/models/marts/dim_standard.sql", ["tests/commitments", "tests/transform"]),
        ("dags/charter_nightly.py", ["tests/dags"]),
        ("reports/words/ko.yaml", ["tests/report"]),
        ("README.md", ["tests/tooling"]),
        ("tests/deliver/builders.py", ["tests/deliver"]),
        ("tests/tooling/test_changed.py", ["tests/tooling/test_changed.py"]),
        ("tests/tooling/test_removed.py", []),
        ("tests/effort.py", []),
    ],
)
def test_other_files_ask_for_the_tests_that_look_at_them(changed: str, folders: list[str]) -> None:
    assert asked_for(changed) == folders


def test_a_file_within_a_folder_that_runs_whole_is_not_named_twice() -> None:
    assert asked_for("tests/deliver/builders.py", "tests/deliver/test_smtp.py") == ["tests/deliver"]
