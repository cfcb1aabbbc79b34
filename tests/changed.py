"""Which tests a change asks for first: python -m tests.changed prints them, `make test-changed` runs the fast ones.

Tests mirror the folders of the code, so the folder of what was changed names them; whoever imports a changed module by
its name is added. It is a first answer within seconds, and no replacement for `make test`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).parents[1]
# What more tests import than this is everywhere: its own test answers within seconds, `make test` does for the others.
_WIDELY = 12
# What is no Python package of ours, and the tests that look at it.
ELSEWHERE = {
    "dags": ("tests/dags",),
    "dbt_project": ("tests/commitments", "tests/transform"),
    "expectations": ("tests/assertions",),
    "reports": ("tests/report",),
    "charters": ("tests/definitions", "tests/demo"),
    "benchmarks": ("tests/benchmarks",),
    "requirements": ("tests/tooling",),
    "docs": ("tests/tooling",),
}


def changed_files(since: str) -> list[str]:
    """Paths in the project that differ from the commit at which this branch left ``since``, new ones included."""
    base = _git("merge-base", "HEAD", since)[0]
    return sorted({*_git("diff", "--name-only", base), *_git("ls-files", "--others", "--exclude-standard")})


def files_for(changed: Iterable[str], tests: Sequence[Path]) -> list[str]:
    """The files and folders of tests (paths in the project) that the ``changed`` paths ask for; ``tests`` are all test
    files that there are."""
    wanted = {found for path in changed for found in _asked_for(PurePosixPath(path), tests)}
    return sorted(path for path in wanted if not any(str(above) in wanted for above in PurePosixPath(path).parents))


def _asked_for(path: PurePosixPath, tests: Sequence[Path]) -> Iterator[str]:
    if path.parts[0] == "tests":
        yield from _of_tests(path)
    elif path.parts[:2] == ("src", "charter"):
        yield from _of_package(path, tests)
    else:
        yield from ELSEWHERE.get(path.parts[0], ("tests/tooling",))


def _of_tests(path: PurePosixPath) -> Iterator[str]:
    if path.name.startswith("test_"):
        if (PROJECT / path).exists():
            yield str(path)
    elif len(path.parts) > 2:
        yield str(path.parent)


def _of_package(path: PurePosixPath, tests: Sequence[Path]) -> Iterator[str]:
    inside = path.relative_to("src/charter")
    mirrored = [PurePosixPath("tests") / folder for folder in inside.parents if folder.parts]
    if (nearest := next((folder for folder in mirrored if (PROJECT / folder).is_dir()), None)) is not None:
        own = nearest / f"test_{inside.stem}.py"
        yield str(own if (PROJECT / own).exists() else nearest)
    module = ".".join(("charter", *inside.with_suffix("").parts)).removesuffix(".__init__")
    importing = re.compile(rf"^\s*(from|import) {re.escape(module)}\b", re.M)
    found = [test for test in tests if importing.search(test.read_text(encoding="utf-8"))]
    if len(found) <= _WIDELY:
        yield from (test.relative_to(PROJECT).as_posix() for test in found)


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", "-C", str(PROJECT), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def main() -> None:
    since = sys.argv[1] if len(sys.argv) > 1 else "main"
    tests = sorted(PROJECT.glob("tests/**/test_*.py"))
    print("\n".join(files_for(changed_files(since), tests)))


if __name__ == "__main__":
    main()
