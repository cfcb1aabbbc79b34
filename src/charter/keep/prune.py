"""Deletes what is older than retention.yaml says, and erases pseudonyms; nothing of it without a seal that tells it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from charter.base.errors import StateError
from charter.base.files import unusable
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.base.writer import writing
from charter.definitions import Agency
from charter.definitions.models import Duration, Prunable
from charter.evidence import seal_pruning
from charter.evidence.manifest import Pruned, PrunedKind
from charter.keep.erase import Erasure, find_erasures, put_in_place, stage
from charter.keep.inventory import StateFile, state_files

_STAMP = re.compile(r"\d{8}T\d{6}Z")


@dataclass(frozen=True)
class OldFiles:
    """Files of one kind that are older than ``keep``: written before ``before`` (aware)."""

    name: Prunable
    keep: Duration
    before: datetime
    files: tuple[StateFile, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(file.path.lstat().st_size for file in self.files)


@dataclass(frozen=True)
class Plan:
    """What would be pruned. ``erasure`` is None where nothing says that pseudonyms are erased; ``rule`` says why."""

    old: tuple[OldFiles, ...]
    erasure: Erasure | None
    rule: str

    @property
    def is_empty(self) -> bool:
        return not any(each.files for each in self.old) and not (self.erasure and self.erasure.files)


def plan(settings: Settings, agency: Agency, at: datetime) -> Plan:
    """What retention.yaml says is too old at ``at`` (wall time, aware). Nothing is changed."""
    retention = agency.retention
    old = tuple(_old(settings, name, keep, _earlier(at, keep)) for name, keep in sorted(retention.keep.items()))
    if retention.pseudonyms is None:
        return Plan(old, None, "")
    before = _earlier(at, retention.pseudonyms.keep)
    rule = f"{retention.pseudonyms.rule}, after {retention.pseudonyms.keep}"
    return Plan(old, find_erasures(settings, agency, stamp(before)), rule)


def plan_person(settings: Settings, agency: Agency, persons: Collection[str], rule: str) -> Plan:
    """What would be erased of the persons behind the pseudonyms ``persons``, in rows of any age, by ``rule``."""
    return Plan((), find_erasures(settings, agency, None, persons), rule)


def prune(
    settings: Settings, agency: Agency, planned: Plan, at: datetime, persons: Collection[str] | None = None
) -> int:
    """Does what was ``planned``, after sealing it; returns how many files were erased in, an earlier run's among them.

    Raises StateError when a file can't be changed, SettingError and EvidenceError as ``seal`` does.
    """
    with writing(settings, "prune"):
        finished = put_in_place(settings)
        if planned.is_empty:
            return finished
        try:
            if planned.erasure is not None:
                stage(settings, planned.erasure, persons)
            charter = agency.charter
            seal_pruning(settings, (charter.id, charter.version), at, _told(planned))
            for each in planned.old:
                _delete(settings, each)
            return finished + _erase(settings, planned)
        except OSError as error:
            raise StateError.of([unusable(error, error.filename or settings.var_dir)]) from error


def _told(planned: Plan) -> Pruned:
    return Pruned(
        rule=planned.rule if planned.erasure and planned.erasure.files else "",
        kinds=tuple(
            PrunedKind(kind=each.name, keep=str(each.keep), files=len(each.files), size=each.size)
            for each in planned.old
            if each.files
        ),
        erased=planned.erasure.files if planned.erasure is not None else (),
    )


def _erase(settings: Settings, planned: Plan) -> int:
    done = put_in_place(settings)
    if planned.erasure is not None and planned.erasure.files:
        # The working warehouse and replays hold the rows as they were, also in pages that are free. Both can be built
        # anew.
        for folder in (settings.work_dir, settings.var_dir / "replays"):
            shutil.rmtree(folder, ignore_errors=True)
    return done


def _old(settings: Settings, name: Prunable, keep: Duration, before: datetime) -> OldFiles:
    return OldFiles(name, keep, before, tuple(_older(settings, name, before)))


def _older(settings: Settings, name: Prunable, before: datetime) -> Iterator[StateFile]:
    if not settings.var_dir.is_dir():
        return
    for file in state_files(settings.var_dir):
        if file.kind is not None and file.kind.retained == name:
            with suppress(FileNotFoundError):
                if _kept_since(file) < before:
                    yield file


def _kept_since(file: StateFile) -> datetime:
    """Since when a file lies there: what was set aside has the time in its name, and is older itself."""
    named = _STAMP.search(file.place) if file.kind is not None and file.kind.id == "set-aside" else None
    if named is not None:
        return datetime.strptime(named[0], "%Y%m%dT%H%M%S%z")
    return datetime.fromtimestamp(file.path.lstat().st_mtime, UTC)


def _delete(settings: Settings, old: OldFiles) -> None:
    for file in old.files:
        file.path.unlink(missing_ok=True)
        _remove_empty(settings.var_dir, file.path.parent)


def _remove_empty(root: Path, folder: Path) -> None:
    while folder != root and folder.parent != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _earlier(at: datetime, keep: Duration) -> datetime:
    if keep.unit == "days":
        return at - timedelta(days=keep.amount)
    months = at.year * 12 + at.month - 1 - keep.amount
    year, month = divmod(months, 12)
    # The last of a month that has no such day.
    for day in range(at.day, at.day - 4, -1):
        with suppress(ValueError):
            return at.replace(year=year, month=month + 1, day=day)
    raise ValueError(f"no day of {year}-{month + 1:02} is near {at.day}")
