"""Each how-to page can be followed: its commands succeed on the tutorial's town hall, and say what the page shows."""

from __future__ import annotations

import pytest

from tests.effort import LONG
from tests.tooling.how_to import PAGES, Installation, names, shows
from tests.tooling.tutorial import steps_of


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("how-to"))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not LONG, reason="runs the tutorial and then every page, some minutes: make test-long")
@pytest.mark.parametrize("name", names())
def test_a_page_can_be_followed(installation: Installation, name: str) -> None:
    """After a change of wording: PYTHONPATH=src:. python -m tests.tooling.how_to NAME prints what the commands say."""
    steps = steps_of((PAGES / f"{name}.md").read_text(encoding="utf-8"))
    for step, said in zip(steps, installation.said_by(name), strict=True):
        assert said.status == 0, f"{step.commands}\n{said.output}"
        assert shows(step.output or "", said.output), f"{step.commands}\n{said.output}\nis not\n{step.output}"


@pytest.mark.parametrize("name", names())
def test_a_page_shows_commands_and_tells_what_can_go_wrong(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert any("charter " in step.commands for step in steps_of(text))
    assert text.count("\n## What can go wrong\n") == 1
    assert len(text.split()) < 700, "a how-to is short: what is more than the steps belongs on a page of its own"


def test_an_output_may_leave_lines_out_and_nothing_else() -> None:
    output = "one\ntwo  1.0 s\nthree\nfour\n"
    assert shows("one\ntwo  2.0 s\nthree\nfour\n", output)
    assert shows("one\n…\nfour\n", output)
    assert shows("…\nthree\n…\n", output)
    assert shows("one\n…\n", output)
    assert not shows("one\nfour\n", output)
    assert not shows("…\nthree\n", output)
    assert not shows("two\n…\n", output)
    assert not shows("…\nfive\n…\n", output)
