"""The organisation as it stood: a department's place is that of the day."""

from __future__ import annotations

from datetime import date
from typing import Any

from charter.definitions import Agency
from charter.definitions.models import Organisation
from charter.transform.compile.organisation import DepartmentVersion, department_versions

START = "2020-01-01"


def organisation(**placements: list[dict[str, Any]]) -> Organisation:
    return Organisation.model_validate(
        {
            "departments": [
                {
                    "id": name,
                    "name": {"ko": name, "en": name},
                    "kind": "team",
                    "time_zone": "Asia/Seoul",
                    "placements": placed,
                }
                for name, placed in placements.items()
            ]
        }
    )


def places(versions: list[DepartmentVersion], department_id: str) -> list[tuple[str, str | None, str]]:
    """From when, until when (None is open), and the path of each of a department's versions."""
    return [
        (each.valid_from.isoformat(), each.valid_to.isoformat() if each.valid_to else None, each.path)
        for each in versions
        if each.department_id == department_id
    ]


def test_new_delhi_moved_on_the_first_of_april(agency: Agency) -> None:
    versions = department_versions(agency.organisation)
    assert places(versions, "new-delhi") == [
        ("2020-01-01", "2026-03-31", "kotra/middle-east/new-delhi"),
        ("2026-04-01", None, "kotra/southeast-asia/new-delhi"),
    ]
    assert places(versions, "singapore") == [("2020-01-01", None, "kotra/southeast-asia/singapore")]


def test_the_top_stands_at_level_0_without_a_parent(agency: Agency) -> None:
    versions = {each.department_id: each for each in department_versions(agency.organisation)}
    assert (versions["kotra"].level, versions["kotra"].parent_id) == (0, None)
    assert (versions["branch-team"].level, versions["branch-team"].parent_id) == (3, "sme-division")


def test_whoever_stands_below_moves_along() -> None:
    versions = department_versions(
        organisation(
            top=[{"effective_from": START}],
            east=[{"effective_from": START, "parent": "top"}],
            west=[{"effective_from": START, "parent": "top"}],
            region=[
                {"effective_from": START, "effective_to": "2026-03-31", "parent": "east"},
                {"effective_from": "2026-04-01", "parent": "west"},
            ],
            office=[{"effective_from": START, "parent": "region"}],
        )
    )
    assert places(versions, "office") == [
        (START, "2026-03-31", "top/east/region/office"),
        ("2026-04-01", None, "top/west/region/office"),
    ]
    assert {each.parent_id for each in versions if each.department_id == "office"} == {"region"}


def test_a_department_is_there_from_its_first_to_its_last_day() -> None:
    versions = department_versions(
        organisation(
            top=[{"effective_from": START}],
            short=[{"effective_from": "2026-02-01", "effective_to": "2026-02-28", "parent": "top"}],
        )
    )
    assert places(versions, "short") == [("2026-02-01", "2026-02-28", "top/short")]
    assert places(versions, "top") == [(START, None, "top")]


def test_a_department_that_was_closed_for_a_while_has_a_gap() -> None:
    versions = department_versions(
        organisation(
            top=[{"effective_from": START}],
            office=[
                {"effective_from": START, "effective_to": "2026-01-31", "parent": "top"},
                {"effective_from": "2026-03-01", "parent": "top"},
            ],
        )
    )
    assert places(versions, "office") == [(START, "2026-01-31", "top/office"), ("2026-03-01", None, "top/office")]


def test_every_department_of_the_agency_is_somewhere_on_every_day_of_the_charter(agency: Agency) -> None:
    versions = department_versions(agency.organisation)
    for day in (date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 12, 31)):
        standing = [
            each.department_id
            for each in versions
            if each.valid_from <= day and (not each.valid_to or day <= each.valid_to)
        ]
        assert sorted(standing) == sorted(each.id for each in agency.organisation.departments)
