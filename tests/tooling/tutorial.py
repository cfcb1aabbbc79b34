"""docs/tutorial.md as its reader meets it: its commands, run in order in one shell, and what they say.

    PYTHONPATH=src:. python -m tests.tooling.tutorial

writes the outputs into the page anew, after a command has come to say something else. Read the difference before it is
committed: the sentences around an output may not be true any more.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

HOME = Path(__file__).parents[2]
PAGE = HOME / "docs" / "tutorial.md"
# Where the page's reader has put the project, and the port that the page's mail server has.
READERS_FOLDER = "/home/you/charter"
PAGES_PORT = "2525"

_BLOCK = re.compile(r"^```(?P<kind>sh|text)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_ENDED = "===== step {index} ended with "


@dataclass(frozen=True)
class Step:
    """A block of commands, and the block of output that stands below it (None: the page shows none)."""

    commands: str
    output: str | None


@dataclass(frozen=True)
class Said:
    """What a step printed, and the exit status of its last command."""

    output: str
    status: int


def steps_of(page: str) -> list[Step]:
    """The page's steps, in order. A block of output without commands above it is refused."""
    blocks = [(found["kind"], found["text"]) for found in _BLOCK.finditer(page)]
    if any(kind == "text" and before != "sh" for (before, _), (kind, _) in pairwise([("", ""), *blocks])):
        raise ValueError("an output stands below no commands")
    following = [*blocks[1:], ("", "")]
    return [
        Step(text, after if kind_after == "text" else None)
        for (kind, text), (kind_after, after) in zip(blocks, following, strict=True)
        if kind == "sh"
    ]


def run(steps: Sequence[Step], folder: Path) -> list[Said]:
    """Runs all steps in one shell in ``folder``, which becomes a project's folder without an agency."""
    (folder / "charters").mkdir()
    (folder / "docs").symlink_to(HOME / "docs")
    (folder / ".venv").symlink_to(sys.prefix)
    return run_in(steps, folder)


def run_in(steps: Sequence[Step], folder: Path, before: str = "") -> list[Said]:
    """Runs ``before``, then all steps, in one shell in a project's folder. What they start ends, too."""
    script = "".join(
        f"{{\n{step.commands}}} 2>&1\necho '{_ENDED.format(index=index)}'$?\n" for index, step in enumerate(steps)
    ).replace(PAGES_PORT, str(_free_port()))
    own = {name: value for name, value in os.environ.items() if not name.startswith("CHARTER_")}
    paths = {"CHARTER_HOME": str(HOME), "PYTHONPATH": f"{HOME / 'src'}:{HOME}"}
    ran = subprocess.run(
        ["bash", "-c", f"trap 'kill $(jobs -p) 2>/dev/null' EXIT\n{before}{script}"],
        cwd=folder,
        env={**own, **paths, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=570,
        check=False,
    )
    said, rest = [], ran.stdout
    for index in range(len(steps)):
        output, rest = rest.split(_ENDED.format(index=index), 1)
        status, rest = rest.split("\n", 1)
        said.append(Said(output.replace(str(folder.resolve()), READERS_FOLDER), int(status)))
    return said


def without_chance(output: str) -> str:
    """The output without what is another one on each machine: durations, how wide they are, and a seal's hash. How many
    models and tests dbt ran is the engine's matter, and nothing that the page tells of."""
    output = re.sub(r" +\d+\.\d s\b", " 0.0 s", output)
    output = re.sub(r" +about \d+ (s|min) left", "", output)
    output = re.sub(r"read as of \S+;", "read as of the last midnight;", output)
    output = re.sub(r"\([0-9a-f]{12}\)", "(0123456789ab)", output)
    output = re.sub(r"\b(?:[0-9a-f]{4} ){3}[0-9a-f]{4}\b", "0123 4567 89ab cdef", output)
    output = re.sub(r"models \d+, tests \d+", "models, tests", output)
    return "\n".join(line.rstrip() for line in output.splitlines())


def rewritten(page: str, said: Sequence[Said]) -> str:
    """The page with what was said in its blocks of output. A block that differs by chance alone stays as it is."""
    outputs = iter([each.output for step, each in zip(steps_of(page), said, strict=True) if step.output is not None])

    def renewed(block: re.Match[str]) -> str:
        if block["kind"] == "sh":
            return block[0]
        output = next(outputs).strip("\n")
        return block[0] if without_chance(output) == without_chance(block["text"]) else f"```text\n{output}\n```"

    return _BLOCK.sub(renewed, page)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(rewritten(text, run(steps_of(text), Path(scratch))), encoding="utf-8")
