"""charter.yaml: what reports say of a broken promise's cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .folder import CharterFolder


def problems_with(tmp_path: Path, standard: str, change: Any) -> str:
    """What `charter check` says when a standard's first part is changed."""
    folder = CharterFolder(tmp_path)

    def changed(said: Any) -> None:
        [found] = [each for each in said["standards"] if each["id"] == standard]
        change(found["rules"][0]["parts"][0])

    folder.change("charter.yaml", changed)
    return " ".join(str(problem) for problem in folder.problems())


@pytest.mark.parametrize(
    ("given_up", "because"),
    [
        ({"column": "nowhere", "text": {"ko": "{time}", "en": "{time}"}}, "nowhere"),
        ({"column": "direction", "text": {"ko": "{time}", "en": "{time}"}}, "direction"),
        ({"column": "ended_at", "text": {"ko": "끊김", "en": "{time}"}}, "names {time} once"),
        ({"column": "ended_at", "text": {"ko": "{time} {case}", "en": "{time}"}}, "names {time} once"),
    ],
)
def test_when_a_customer_gave_up_is_an_instant_and_told_with_its_time(
    tmp_path: Path, given_up: dict[str, Any], because: str
) -> None:
    assert because in problems_with(tmp_path, "phone-answer", lambda part: part.update(given_up=given_up))


def test_what_is_missing_is_said_of_all_that_would_do(tmp_path: Path) -> None:
    def spoiled(part: Any) -> None:
        part["evidence"][0]["any_of"][0]["missing"] = {"ko": "없음", "en": "missing"}

    assert "missing stands beside any_of" in problems_with(tmp_path, "visit-priority", spoiled)
