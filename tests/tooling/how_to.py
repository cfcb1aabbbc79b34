"""The pages of docs/how-to as their readers meet them: each on the installation that the tutorial leaves behind.

    PYTHONPATH=src:. python -m tests.tooling.how_to deputy holiday

prints what the commands of these pages say, or of all of them. An output on a page may leave lines out: ``…`` stands
for any number of them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.tooling.tutorial import HOME, PAGE, Said, run, run_in, steps_of, without_chance

PAGES = HOME / "docs" / "how-to"
# What their first page tells every reader to set.
SETTINGS = PAGES / "index.md"


def names() -> list[str]:
    return sorted(page.stem for page in PAGES.glob("*.md") if not page.name.endswith(".ko.md") and page != SETTINGS)


class Installation:
    """The town hall of the tutorial, as it is at the end of that page, for one page after the other."""

    def __init__(self, scratch: Path) -> None:
        self.folder = scratch / "charter"
        self.folder.mkdir()
        run(steps_of(PAGE.read_text(encoding="utf-8")), self.folder)
        self._kept = self.folder.rename(scratch / "kept")

    def said_by(self, name: str) -> list[Said]:
        """What the steps of a page print, in an installation that no other page has changed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        # At the same place: what the tutorial has made may name its folder.
        shutil.copytree(self._kept, self.folder, symlinks=True)
        before = "".join(step.commands for step in steps_of(SETTINGS.read_text(encoding="utf-8")))
        return run_in(steps_of((PAGES / f"{name}.md").read_text(encoding="utf-8")), self.folder, before)


def shows(block: str, output: str) -> bool:
    """Whether the block shows the output: all of its lines in order, but for those that a line ``…`` leaves out."""
    lines = without_chance(output.strip("\n")).splitlines()
    parts = [part.splitlines() for part in f"\n{without_chance(block.strip(chr(10)))}\n".split("\n…\n")]
    wanted = [[line for line in part if line] for part in parts]
    lines = [line for line in lines if line]
    at = 0
    for number, part in enumerate(wanted):
        last = number == len(wanted) - 1
        places = range(at, len(lines) - len(part) + 1)
        if number == 0:
            places = range(0, 1)
        elif last:
            places = range(len(lines) - len(part), len(lines) - len(part) + 1)
        found = next((place for place in places if place >= at and lines[place : place + len(part)] == part), None)
        if found is None:
            return False
        at = found + len(part)
    return len(wanted) > 1 or at == len(lines)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        for name in sys.argv[1:] or names():
            steps = steps_of((PAGES / f"{name}.md").read_text(encoding="utf-8"))
            for step, said in zip(steps, installation.said_by(name), strict=True):
                print(f"── {name}\n{step.commands}── ended with {said.status}\n{said.output}")
