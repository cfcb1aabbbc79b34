"""Whatever lies in a charter folder: an error with file, line and remedy, in time, never a traceback."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .folder import TOWN, CharterFolder


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 30


@pytest.fixture
def folder(tmp_path: Path) -> CharterFolder:
    return CharterFolder(tmp_path, TOWN)


def bomb() -> str:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    return "\n".join(levels) + "\n"


DAMAGED = {
    "an alias bomb": (bomb(), 6, "with its aliases written out, this has more than"),
    "an alias within itself": ("a: 1\nb: &b [1, *b]\n", 2, "an alias here stands for what it is a part of"),
    "brackets without end": ("a: 1\nb: " + "[" * 100_000, 2, "nested more than 60 deep"),
    "braces without end": ("a: 1\nb: " + "{a: " * 100_000, 2, "nested more than 60 deep"),
    "a giant text": ("a: 1\nb: " + "x" * 2_000_000 + "\n", 2, "this text has more than"),
    "a giant number": ("a: 1\nb: " + "1" * 5000 + "\n", 2, "this value can't be read"),
    "a key twice": ("a: 1\nb: 2\na: 3\n", 3, 'this key is there twice: "a"'),
    "a control character": ("a: 1\nb: \x07\n", 2, "the control character U+0007"),
    "two documents": ("a: 1\n---\nb: 1\n", 2, "but found another document"),
    "a list": ("- a\n- b\n", 1, "valid dictionary"),
    "nothing": ("", 1, "valid dictionary"),
}


@pytest.mark.parametrize("file", ["charter.yaml", "sources.yaml"])
@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_told_with_its_line(folder: CharterFolder, file: str, damage: str) -> None:
    content, line, what = DAMAGED[damage]
    (folder.path / file).write_text(content, encoding="utf-8")
    (problem,) = folder.problems()
    assert what in problem.what
    assert problem.where == f"town/{file}:{line}"
    assert problem.remedy
    assert len(str(problem)) < 600


@pytest.mark.parametrize("encoding", ["cp949", "utf-16"])
def test_another_encoding_is_told(folder: CharterFolder, encoding: str) -> None:
    (folder.path / "charter.yaml").write_bytes("id: a\ntext: 헌장\n".encode(encoding))
    (problem,) = folder.problems()
    assert problem.what == "the file is not UTF-8 text"
    assert problem.where == f"town/charter.yaml:{2 if encoding == 'cp949' else 1}"


def test_what_is_no_file_is_told_and_not_waited_for(folder: CharterFolder) -> None:
    for file in ("charter.yaml", "sources.yaml"):
        (folder.path / file).unlink()
    os.mkfifo(folder.path / "charter.yaml")
    (folder.path / "sources.yaml").mkdir()
    assert [problem.what for problem in folder.problems()] == ["this is no plain file"] * 2


def test_a_file_beyond_any_size_is_not_read(folder: CharterFolder) -> None:
    with (folder.path / "charter.yaml").open("wb") as file:
        file.truncate(1 << 40)
    (problem,) = folder.problems()
    assert problem.what == "the file holds more than 10 MB"


def test_a_giant_value_is_shown_by_its_beginning(folder: CharterFolder) -> None:
    folder.replace("charter.yaml", "limit: 48 hours", f"limit: {'x' * 50_000}")
    assert len(str(folder.problems()[0])) < 60_000
    assert "…" in folder.problems()[0].what


UNSEEN = {
    "\\n": "U+000A",
    "\\t": "U+0009",
    "\\u202e": "U+202E",
    "\\u2066": "U+2066",
    "\\u200b": "U+200B",
    "\\0": "U+0000",
}


@pytest.mark.parametrize("character", UNSEEN)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: office", 'kind: office, recipients: [{name: "홍%s길동", address: a@agency.example}]'),
        ("{en: Building Office}", '{en: "Building%s Office"}'),
        ("kind: office", 'kind: office, aliases: ["가%s나"]'),
    ],
    ids=["a recipient's name", "a department's name", "an alias"],
)
def test_a_name_that_could_be_shown_as_another_is_refused(
    folder: CharterFolder, old: str, new: str, character: str
) -> None:
    folder.replace("departments.yaml", old, new % character)
    problems = [problem for problem in folder.problems() if UNSEEN[character] in problem.what]
    assert problems
    assert all(problem.where.startswith("town/departments.yaml:") for problem in problems)


@pytest.mark.parametrize("name", ["letters-office\\n", "letters\\u202eoffice", "letters office"])
def test_an_id_is_plain(folder: CharterFolder, name: str) -> None:
    folder.replace("departments.yaml", "id: building-office", f'id: "{name}"')
    assert any("'id' is" in problem.what for problem in folder.problems())
