"""A charter's folder is kept as it was read: whatever changed since is read again, and nothing else is believed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from charter.base.errors import DefinitionError
from charter.definitions import Agency, kept, load, load_agency

ROOT = Path(__file__).parents[2]
AGENCIES = [
    ROOT / "charters" / "kotra",
    ROOT / "charters" / "library",
    *sorted(path.parent for path in (ROOT / "tests" / "agencies").glob("*/charter.yaml")),
]


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """Each test begins as a new process does."""
    load._load_agency.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "charters" / "library", tmp_path / "library"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    (tmp_path / "var").mkdir()
    return tmp_path / "var" / "cache"


def as_another_process(folder: Path, cache: Path | None) -> Agency:
    load._load_agency.cache_clear()
    return load_agency(folder, cache)


def without_reading_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path) -> object:
        raise AssertionError(f"{path} was parsed")

    monkeypatch.setattr(load, "_read", read)


@pytest.mark.parametrize("agency", AGENCIES, ids=lambda path: path.name)
def test_what_was_kept_gives_the_same_agency(agency: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = as_another_process(agency, cache)
    without_reading_yaml(monkeypatch)
    again = as_another_process(agency, cache)

    assert again == read
    assert again.model_dump_json() == read.model_dump_json()


def test_a_changed_file_is_read_again_even_when_its_time_and_length_are_as_they_were(folder: Path, cache: Path) -> None:
    before = as_another_process(folder, cache)
    file = folder / "departments.yaml"
    times = file.stat()
    text = file.read_text(encoding="utf-8")
    name = before.organisation.departments[0].recipients[0].address
    changed = "x" + name[1:]
    assert name in text and changed != name
    file.write_text(text.replace(name, changed), encoding="utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    # Without clearing what this process remembers: it does not look at times either.
    after = load_agency(folder, cache)

    assert after.organisation.departments[0].recipients[0].address == changed
    assert after.digests["departments.yaml"] != before.digests["departments.yaml"]
    assert as_another_process(folder, cache) == after


def test_a_file_that_came_or_went_is_noticed(folder: Path, cache: Path) -> None:
    before = as_another_process(folder, cache)
    own = folder / "words" / "en.yaml"
    own.parent.mkdir(exist_ok=True)
    own.write_text("{}\n", encoding="utf-8")
    with_words = as_another_process(folder, cache)
    own.unlink()

    assert with_words.digests.keys() - before.digests.keys() == {"words/en.yaml"}
    assert as_another_process(folder, cache) == before


def test_a_folder_with_an_error_is_refused_each_time_and_never_kept(folder: Path, cache: Path) -> None:
    as_another_process(folder, cache)
    held = (cache / "charter.json").read_bytes()
    text = (folder / "calendar.yaml").read_text(encoding="utf-8")
    (folder / "calendar.yaml").write_text(text + "unknown_key: 1\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(DefinitionError, match="unknown_key"):
            as_another_process(folder, cache)
    assert (cache / "charter.json").read_bytes() == held


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def altered(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"library"', b'"librarx"'))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def readable_by_others(path: Path) -> None:
    path.chmod(0o644)


def a_link(path: Path) -> None:
    elsewhere = path.rename(path.with_name("elsewhere.json"))
    path.symlink_to(elsewhere)


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def of_other_files(path: Path) -> None:
    head, _, body = path.read_bytes().partition(b"\n")
    path.write_bytes(b"0" * 64 + head[64:] + b"\n" + body)


@pytest.mark.parametrize("spoil", [cut, altered, emptied, readable_by_others, a_link, a_pipe, of_other_files])
def test_what_is_damaged_or_foreign_is_not_believed(
    spoil: Callable[[Path], None], folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = as_another_process(folder, cache)
    spoil(cache / "charter.json")

    assert as_another_process(folder, cache) == read
    # It was written anew, for this user alone, and holds again.
    assert (cache / "charter.json").stat().st_mode & 0o777 == 0o600
    assert not (cache / "charter.json").is_symlink()
    without_reading_yaml(monkeypatch)
    assert as_another_process(folder, cache) == read


def test_another_release_reads_the_files_again(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_another_process(folder, cache)
    monkeypatch.setattr(kept, "code_key", lambda: "of another release")
    held = (cache / "charter.json").read_bytes()
    as_another_process(folder, cache)
    assert (cache / "charter.json").read_bytes() != held


def test_reading_what_was_kept_runs_nothing(folder: Path, cache: Path) -> None:
    as_another_process(folder, cache)
    head, _, body = (cache / "charter.json").read_bytes().partition(b"\n")
    assert set(json.loads(body)) >= {"charter.yaml", "departments.yaml"}
    assert len(head.split()) == 2


def test_no_state_folder_is_made_to_keep_something(folder: Path, tmp_path: Path) -> None:
    as_another_process(folder, tmp_path / "nowhere" / "cache")
    assert not (tmp_path / "nowhere").exists()
