"""Killed at any instant and run again, an extraction ends as if nothing had happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.definitions.models import Source
from charter.extract import read_receipts

from .builders import CALLS, FIRMS, World, night, source


class Killed(BaseException):
    """Not an Exception: nothing may catch and mend it."""


def registers() -> Source:
    feeds = [("firms", FIRMS), ("calls", CALLS)]
    return source("workbook", *({"table": n, "sheet": n, "full": True, "columns": columns} for n, columns in feeds))


def fill(world: World, version: int) -> None:
    firms = [(f"F{n}", f"2026-07-0{n + version}", None) for n in range(1, 4)]
    calls = [("C1", "수출팀", f"2026-07-01 09:00:0{version}", "1"), ("C2", "없는팀", "2026-07-01 09:00:00", "2")]
    world.workbook(firms=[tuple(FIRMS.values()), *firms], calls=[tuple(CALLS.values()), *calls])


def expected(folder: Path) -> dict[str, bytes]:
    world = World(folder)
    folder.mkdir()
    for version, day in enumerate(("2026-07-01", "2026-07-02"), start=1):
        fill(world, version)
        world.extract(registers(), day)
    return world.bytes_of_lake()


@pytest.mark.parametrize("before_rename", [True, False], ids=["before-rename", "after-rename"])
@pytest.mark.parametrize("writes_until_kill", range(4))
def test_a_kill_between_any_two_writes_leaves_no_trace_after_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes_until_kill: int, before_rename: bool
) -> None:
    world = World(tmp_path)
    fill(world, 1)
    world.extract(registers(), "2026-07-01")
    fill(world, 2)
    rename = Path.replace
    renamed: list[Path] = []

    def kill(path: Path, target: Path) -> Path:
        if before_rename and len(renamed) == writes_until_kill:
            raise Killed
        renamed.append(rename(path, target))
        if not before_rename and len(renamed) == writes_until_kill + 1:
            raise Killed
        return Path(target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", kill)
        with pytest.raises(Killed):
            world.extract(registers(), "2026-07-02")
    world.extract(registers(), "2026-07-02")
    # Workbooks hold the instant at which they were saved: compare with an installation that read the same files.
    lake = {path: content for path, content in world.bytes_of_lake().items() if "receipts" not in path}
    assert lake == {p: c for p, c in expected(tmp_path / "other").items() if "receipts" not in p}
    assert len(read_receipts(world.settings, night("2026-07-02"))) == 2
    assert not list((world.lake / "incoming").glob("*/*"))


def test_what_a_killed_night_left_behind_is_not_taken_for_known(tmp_path: Path) -> None:
    world = World(tmp_path)
    fill(world, 1)
    world.extract(registers(), "2026-07-01")
    (world.lake / "receipts" / "as_of=20260701T150000Z" / "a-workbook.json").unlink()
    assert world.extract(registers(), "2026-07-02").feeds[0].landed == 3


def test_rows_of_a_killed_attempt_that_the_next_one_does_not_have_are_gone(tmp_path: Path) -> None:
    world = World(tmp_path)
    fill(world, 1)
    world.extract(registers(), "2026-07-01")
    (world.lake / "receipts" / "as_of=20260701T150000Z" / "a-workbook.json").unlink()
    world.workbook(firms=[tuple(FIRMS.values())], calls=[tuple(CALLS.values())])
    receipt = world.extract(registers(), "2026-07-01")
    assert receipt.quarantine is None
    assert [path for path in world.bytes_of_lake() if "receipts" not in path] == []
