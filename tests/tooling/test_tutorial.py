"""docs/tutorial.md can be followed: its commands, run in order, say what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tooling.tutorial import PAGE, Said, Step, rewritten, run, steps_of, without_chance


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return steps_of(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def said(steps: list[Step], tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    return run(steps, tmp_path_factory.mktemp("tutorial"))


@pytest.mark.slow
@pytest.mark.long
def test_each_command_says_what_the_page_shows(steps: list[Step], said: list[Said]) -> None:
    """After a change of wording: PYTHONPATH=src:. python -m tests.tooling.tutorial writes the outputs anew."""
    shown = [(step, found) for step, found in zip(steps, said, strict=True) if step.output is not None]
    assert len(shown) > 10
    for step, found in shown:
        assert without_chance(found.output) == without_chance(step.output or ""), step.commands


@pytest.mark.slow
@pytest.mark.long
def test_only_the_check_of_the_deliberate_mistake_fails(steps: list[Step], said: list[Said]) -> None:
    failed = [(step, found) for step, found in zip(steps, said, strict=True) if found.status != 0]
    assert [found.status for _, found in failed] == [2]
    assert "any_of: [fixed]" in failed[0][0].commands


@pytest.mark.slow
@pytest.mark.long
def test_commands_without_an_output_on_the_page_say_nothing(steps: list[Step], said: list[Said]) -> None:
    assert {step.commands: found.output for step, found in zip(steps, said, strict=True) if step.output is None} == {
        step.commands: "" for step in steps if step.output is None
    }


def test_an_output_belongs_to_the_commands_above_it() -> None:
    assert steps_of("```sh\na\n```\nThen:\n```text\nA\n```\n```sh\nb\n```\n") == [Step("a\n", "A\n"), Step("b\n", None)]
    with pytest.raises(ValueError, match="no commands"):
        steps_of("```text\nA\n```\n")


def test_only_times_may_differ_from_the_page() -> None:
    assert without_chance("✓ 1 of 2  2026-06-26    17.6 s  about 18 s left") == without_chance(
        "✓ 1 of 2  2026-06-26  7.1 s  about 1 min left"
    )
    assert without_chance("met 3") != without_chance("met 4")


def test_outputs_are_written_anew_where_more_than_the_time_differs() -> None:
    page = "```sh\na\n```\n```text\ndone  1.0 s\n```\n```sh\nb\n```\n```text\nold\n```\n"
    said = [Said("done  2.0 s\n", 0), Said("new\n", 0)]
    assert rewritten(page, said) == page.replace("old", "new")


def test_the_shipped_list_names_nobody_who_could_be_real() -> None:
    rows = (Path(PAGE.parent) / "examples/tutorial/lamps.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert rows and all(row.endswith("@example.org") for row in rows)
