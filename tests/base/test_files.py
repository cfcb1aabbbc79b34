"""Files of ours: whole or not at all, whatever the disk does; named in SQL as they are."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import duckdb
import pytest

from charter.base.errors import StateError
from charter.base.files import sql_pattern, sql_text, whole_file, write_together, write_whole
from tests.servers.disks import small_disk


@pytest.mark.parametrize("fails", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = tmp_path / "receipt.json"
    write_whole(path, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if fails == "replace":
        monkeypatch.setattr(Path, "replace", full)
    elif fails == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(StateError) as caught:
        write_whole(path, b"new", mode=0o600)
    (problem,) = caught.value.problems
    assert (problem.what, problem.where) == ("the disk is full, or this user's share of it", str(path))
    assert "run the same again" in problem.remedy
    monkeypatch.undo()
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("receipt.json", b"old")]


def test_what_another_program_writes_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "week=1" / "part-0.parquet", []
    monkeypatch.setattr(os, "fsync", lambda descriptor: seen.append(Path(f"/proc/self/fd/{descriptor}").readlink()))

    with whole_file(path) as growing:
        duckdb.execute(f"COPY (SELECT 1 AS n) TO {sql_text(growing)} (FORMAT parquet)")
        assert not path.exists()

    assert seen == [growing, path.parent]
    assert [file.name for file in path.parent.iterdir()] == ["part-0.parquet"]


def test_what_another_program_could_not_finish_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "part-0.parquet"
    write_whole(path, b"old")

    with pytest.raises(duckdb.Error), whole_file(path) as growing:
        growing.write_bytes(b"half")
        duckdb.execute(f"COPY (SELECT error('the disk is full')) TO {sql_text(growing)} (FORMAT parquet)")

    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("part-0.parquet", b"old")]


def test_an_attempt_that_was_killed_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    path, half = tmp_path / "warehouse.duckdb", tmp_path / "warehouse.duckdb.new"
    half.write_bytes(b"half")

    with whole_file(path, half=half) as growing:
        assert not growing.exists()
        growing.write_bytes(b"whole")

    assert path.read_bytes() == b"whole"


def test_on_a_disk_that_is_really_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "64k") as disk:
        path = disk.folder / "receipts" / "receipt.json"
        write_whole(path, b"old")
        with pytest.raises(StateError, match="the disk is full"):
            write_whole(path, b"n" * 200_000)
        assert [file.name for file in path.parent.iterdir()] == ["receipt.json"]
        disk.grow("1m")
        write_whole(path, b"n" * 200_000)
        assert path.stat().st_size == 200_000


def test_a_folder_that_must_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="can't be used"):
        write_whole(tmp_path / "file" / "below", b"")


@pytest.mark.parametrize("name", ["it's", "a*b", "[1]", "[한 글]", "50%", "a {b}", "?"])
def test_paths_of_any_letters_hold_in_sql(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    for week in ("week=1", "week=2"):
        (folder / week).mkdir(parents=True)
        duckdb.execute(f"COPY (SELECT 1 AS n) TO {sql_text(folder / week / 'part.parquet')} (FORMAT parquet)")
    (rows,) = duckdb.execute(f"SELECT sum(n) FROM read_parquet('{sql_pattern(folder)}/*/*.parquet')").fetchall()
    assert rows == (2,)


def test_files_that_are_written_together_are_all_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_together(tmp_path / "r1", {"report.html": b"first", "report.pdf": b"paper"})
    assert sorted((path.name, path.read_bytes()) for path in (tmp_path / "r1").iterdir()) == [
        ("report.html", b"first"),
        ("report.pdf", b"paper"),
    ]

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="the disk is full"):
        write_together(tmp_path / "r2", {"report.html": b"second"})
    assert list((tmp_path / "r2").iterdir()) == []
