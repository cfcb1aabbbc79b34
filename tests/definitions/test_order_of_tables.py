"""`charter check` on moments that may not be earlier than those of another table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.folder import TOWN, CharterFolder

OCCURRED = "occurred_at: {type: instant, required: true"


def folder_with(tmp_path: Path, no_earlier_than: str) -> tuple[CharterFolder, int]:
    folder = CharterFolder(tmp_path, TOWN)
    return folder, folder.replace("subjects.yaml", OCCURRED, f"{OCCURRED}, no_earlier_than: {no_earlier_than}")


def test_a_moment_of_the_case_is_accepted(tmp_path: Path) -> None:
    folder, _ = folder_with(tmp_path, "letters.received_at")
    assert folder.problems() == []


@pytest.mark.parametrize(
    ("no_earlier_than", "what", "remedy"),
    [
        ("calls.rang_at", "'letter_events' refers to no table 'calls'", "letters"),
        ("letters.recieved_at", "'letters' has no column 'recieved_at'", "received_at"),
        ("letters.kind", "'occurred_at' is of type instant, 'kind' of type code", "an instant with an instant"),
        ("received_at", "'received_at' names no table", "<table>.received_at"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path: Path, no_earlier_than: str, what: str, remedy: str) -> None:
    folder, line = folder_with(tmp_path, no_earlier_than)
    [problem] = folder.problems()
    assert what in problem.what and remedy in str(problem.remedy)
    assert str(problem.where).endswith(f"subjects.yaml:{line}")
