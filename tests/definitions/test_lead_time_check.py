"""What `charter check` says of lead times: an hour needs an instant, a working day a calendar that reaches back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.definitions.folder import problems_of

PARCELS = Path(__file__).parents[1] / "agencies" / "parcels"
DEADLINE = (
    "{id: delivered, opens: handed_in_at, fulfilled_by: {any_of: [delivered_at]}, clock: elapsed, limit: 48 hours,"
    " unit: hours}"
)


def problems(folder: Path, part: str, begins: str = "2026-02-02") -> list[str]:
    """What is wrong with the parcel service when it promises to announce a delivery."""
    shutil.copytree(PARCELS, folder)
    charter = (folder / "charter.yaml").read_text(encoding="utf-8")
    assert DEADLINE in charter
    charter = charter.replace(DEADLINE, part).replace("kind: deadline", "kind: lead_time")
    charter = charter.replace("effective_from: 2026-01-01", f"effective_from: {begins}")
    (folder / "charter.yaml").write_text(charter, encoding="utf-8")
    return [f"{each.where.rpartition('/')[2]} {each.what}" for each in problems_of(folder)]


def part(event: str, notice: str, limit: str, clock: str = "elapsed") -> str:
    return f"{{id: problem, opens: handed_in_at, event: {event}, notice: {notice}, clock: {clock}, limit: {limit}}}"


@pytest.mark.parametrize(
    "announced",
    [
        part("delivered_at", "second_attempt_at", "2 hours"),
        part("promised_on", "second_attempt_at", "12 hours"),
        part("promised_on", "second_attempt_at", "3 days"),
        part("delivered_at", "promised_on", "1 month"),
        part("promised_on", "second_attempt_at", "5 days", "working_days"),
    ],
)
def test_hours_days_months_and_working_days_are_sound(tmp_path: Path, announced: str) -> None:
    assert problems(tmp_path / "parcels", announced) == []


@pytest.mark.parametrize(
    ("announced", "what"),
    [
        (part("delivered_at", "promised_on", "2 hours"), "'promised_on' of 'deliveries' is of type date, not instant"),
        (part("depot", "second_attempt_at", "2 days"), "'depot' of 'deliveries' is of type department"),
        (part("delivered_at", "second_attempt_at", "30 minutes"), "a limit in hours, days or months"),
        (part("delivered_at", "second_attempt_at", "0 days", "working_days"), "a limit of at least 1 day"),
        (part("delivered_at", "second_attempt_at", "2 hours", "working_days"), "a limit of at least 1 day"),
        (part("delivered_at", "second_attempt_at", "40 days", "working_days"), "counts 40 working days back"),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, announced: str, what: str) -> None:
    (problem,) = problems(tmp_path / "parcels", announced)
    assert problem.startswith("charter.yaml:") and what in problem
