"""What a test can see of the documentation is true: its links lead somewhere, the command line knows its commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tooling.documentation import DOCS, HOME, anchors, blocks, commands, complaint, links, pages, slug

KOREAN = sorted(DOCS.rglob("*.ko.md"))
# A page and its Korean form show the same files and commands; what a command prints, too.
_SAME = frozenset({"sh", "console", "text", "yaml"})


def _name(page: Path) -> str:
    return page.relative_to(HOME).as_posix()


@pytest.mark.parametrize("page", pages(), ids=_name)
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    lost = []
    for target in links(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        # The site leads a Korean page to another one's Korean form; what has none is shown in English.
        korean = there.with_name(there.name.replace(".md", ".ko.md"))
        if page.name.endswith(".ko.md") and korean.exists():
            there = korean
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            lost.append(target)
    assert lost == []


# The changelog tells of commands of its time, and the reference is made from the commands themselves.
_OTHERS = ("CHANGELOG.md", "docs/reference/commands.md")


@pytest.mark.parametrize("page", [page for page in pages() if _name(page) not in _OTHERS], ids=_name)
def test_every_command_is_one_of_the_command_line(page: Path) -> None:
    wrong = {command: complaint(command) for command in commands(page.read_text(encoding="utf-8"))}
    assert {command: said for command, said in wrong.items() if said} == {}


@pytest.mark.parametrize("page", KOREAN, ids=_name)
def test_a_korean_page_shows_the_files_and_commands_of_the_english_one(page: Path) -> None:
    english = page.with_name(page.name.replace(".ko.md", ".md"))

    def shown(path: Path) -> list[str]:
        return [re.sub(r" *# .*", "", block) for block in blocks(path.read_text(encoding="utf-8"), _SAME)]

    assert shown(page) == shown(english)


def test_every_page_is_in_the_navigation() -> None:
    navigation = (HOME / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    named = re.findall(r"- (\S+\.md)$", navigation, re.M)
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if not path.name.endswith(".ko.md")}
    assert sorted(named) == sorted(there)


def test_korean_lines_stand_for_pages_that_are_there_in_english_only() -> None:
    summaries = (DOCS / ".hooks" / "korean.py").read_text(encoding="utf-8")
    pages_told = re.findall(r'^    "([^"]+\.md)":', summaries, re.M)
    assert len(pages_told) > 20
    assert [page for page in pages_told if not (DOCS / page).exists()] == []
    assert [page for page in pages_told if (DOCS / page).with_suffix(".ko.md").exists()] == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("charter weekly --week 2026-W26", None),
        (".venv/bin/charter --agency library explain 2026-W27/x --language en", None),
        ("charter dbt -- ls", None),
        ("charter weekly --weak 2026-W26", "No such option"),
        ("charter weakly", "no command 'weakly'"),
        ("charter outbox mend", "no command 'mend'"),
        ("charter weekly 2026-W26", "too many words"),
    ],
)
def test_a_command_that_nobody_knows_is_told(command: str, said: str | None) -> None:
    found = complaint(command)
    assert found is None if said is None else said in (found or "")


def test_commands_are_found_wherever_they_stand() -> None:
    block = "```sh\nA=1 charter nightly \\\n    --rebuild > x && charter results; cd -\n```\n"
    page = f"Run `charter check` or `ls`.\n\n{block}"
    assert list(commands(page)) == ["charter nightly --rebuild", "charter results", "charter check"]


def test_headings_have_the_anchors_that_readers_get() -> None:
    assert slug("1. Files (`kind: csv`, `workbook`)") == "1-files-kind-csv-workbook"
    assert slug("보고서가 오지 않았습니다") == "보고서가-오지-않았습니다"
