"""The organisation as effective-dated rows: where each department stood, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from charter.definitions.models import Department, Organisation


@dataclass(frozen=True)
class DepartmentVersion:
    """A department's place, name and kind from ``valid_from`` to ``valid_to`` (included; NULL is open). ``path`` runs
    from the top."""

    department_id: str
    valid_from: date
    valid_to: date | None
    name_in: Mapping[str, str]
    kind: str
    parent_id: str | None
    path: str
    level: int
    time_zone: str


def department_versions(organisation: Organisation) -> list[DepartmentVersion]:
    """One row per department and stretch of days on which the whole way to the top, name and kind stayed the same."""
    by_id = {department.id: department for department in organisation.departments}
    changes = sorted({placed.effective_from for each in organisation.departments for placed in each.placements})
    changes += [
        placed.effective_to + timedelta(days=1)
        for each in organisation.departments
        for placed in each.placements
        if placed.effective_to is not None
    ]
    return [version for each in organisation.departments for version in _versions(each, by_id, sorted(set(changes)))]


def standing_throughout(versions: Iterable[DepartmentVersion], kind: str, first_day: date, last_day: date) -> list[str]:
    """The departments of ``kind`` that stand on every day from ``first_day`` to ``last_day``, in order of their ids."""
    stands_from: dict[str, date] = {}
    for version in sorted(versions, key=lambda each: (each.department_id, each.valid_from)):
        missing = stands_from.setdefault(version.department_id, first_day)
        if version.kind == kind and version.valid_from <= missing:
            after = version.valid_to + timedelta(days=1) if version.valid_to else last_day + timedelta(days=1)
            stands_from[version.department_id] = max(missing, after)
    return [department_id for department_id, missing in stands_from.items() if missing > last_day]


def _versions(department: Department, by_id: dict[str, Department], changes: list[date]) -> list[DepartmentVersion]:
    versions: list[DepartmentVersion] = []
    for index, day in enumerate(changes):
        end = changes[index + 1] - timedelta(days=1) if index + 1 < len(changes) else None
        version = _version(department, by_id, day, end)
        if version is None:
            continue
        before = versions[-1] if versions else None
        if before and before.valid_to == day - timedelta(days=1) and _same(before, version):
            versions[-1] = replace(before, valid_to=end)
        else:
            versions.append(version)
    return versions


def _version(
    department: Department, by_id: dict[str, Department], day: date, end: date | None
) -> DepartmentVersion | None:
    """The department as it is from ``day`` to ``end``; None when it does not exist then."""
    path = _path(department, by_id, day)
    if path is None:
        return None
    placed = next(placed for placed in department.placements if placed.holds_on(day))
    return DepartmentVersion(
        department_id=department.id,
        valid_from=day,
        valid_to=end,
        name_in=(placed.name or department.name).root,
        kind=placed.kind or department.kind,
        parent_id=path[-2] if len(path) > 1 else None,
        path="/".join(path),
        level=len(path) - 1,
        time_zone=department.time_zone,
    )


def _same(before: DepartmentVersion, after: DepartmentVersion) -> bool:
    return before == replace(after, valid_from=before.valid_from, valid_to=before.valid_to)


def _path(department: Department, by_id: dict[str, Department], day: date) -> list[str] | None:
    """The ids from the top down to ``department`` on ``day``; None when it did not exist then."""
    path: list[str] = []
    at: Department | None = department
    while at is not None:
        placed = next((placed for placed in at.placements if placed.holds_on(day)), None)
        if placed is None:
            return None
        path.append(at.id)
        at = by_id[placed.parent] if placed.parent else None
    return path[::-1]
