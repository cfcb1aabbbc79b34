"""Pages that never change once they are written: what was said of a night or a week, when it was said.

nights/2026-07-05/index.html     what was judged in the night that ended 5 July; index.de.html … in other languages
nights/2026-07-05/r2/index.html  the same night, of which something else is known since; it links back
weeks/2026-W27/index.html        a closed week, in the same way
figures/2026-W27/first-answer/   what a standard came to in a closed week, down to its rows (charter.audit.figures)

A page names in its head the hash of the figures that it tells. The same figures write nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from charter.base.files import write_whole
from charter.base.moments import Period

FOLDERS = ("nights", "weeks", "figures")
_FIGURES = re.compile(rb'<meta name="figures" content="([0-9a-f]{64})">')
_REVISION = re.compile(r"r([2-9]|[1-9]\d+)")
_HEAD = 2_000


@dataclass(frozen=True)
class Revision:
    """One writing of a page: the first is 1. ``root`` leads from it to the site's folder, ``before`` to the one before
    it; empty for the first."""

    number: int
    path: Path
    root: str
    before: str


def is_permanent(site: Path, path: Path) -> bool:
    """Whether a file of the site's folder ``site`` is one that never changes."""
    return path.is_relative_to(site) and PurePosixPath(path.relative_to(site)).parts[0] in FOLDERS


def figure_folder(site: Path, week: Period, standard_id: str) -> Path:
    """Where the page of what a standard came to in a closed week is."""
    return site / "figures" / week.key() / standard_id


def newest_page(folder: Path, ending: str) -> Path | None:
    """The newest writing of the page that ``folder`` holds (``index`` with this ending); None when there is none."""
    found = _revisions(folder, ending)
    return found[max(found)] if found else None


def write_once(
    folder: Path,
    ending: str,
    figures: str,
    page: Callable[[Revision], str],
    is_sealed: Callable[[Path], bool] = lambda _: True,
) -> Iterator[Path]:
    """Writes the page of ``folder`` that tells ``figures`` (a hash), unless its newest writing tells them; gives it.

    What was written stays as it is: other figures are a new revision. A page that is not sealed, as its run was cut
    short, is given again if it is what would be written now; else it is left for ``verify`` to name.
    """
    found = _revisions(folder, ending)
    newest = max(found, default=0)
    if newest and _figures_of(found[newest]) == figures:
        path = found[newest]
        if not is_sealed(path) and path.read_bytes() == page(_revision(folder, ending, newest)).encode():
            yield path
        return
    revision = _revision(folder, ending, newest + 1)
    write_whole(revision.path, page(revision).encode())
    yield revision.path


def _revision(folder: Path, ending: str, number: int) -> Revision:
    if number == 1:
        return Revision(1, folder / f"index{ending}", "../../", "")
    before = f"../index{ending}" if number == 2 else f"../r{number - 1}/index{ending}"
    return Revision(number, folder / f"r{number}" / f"index{ending}", "../../../", before)


def _revisions(folder: Path, ending: str) -> dict[int, Path]:
    """The writings on disk by their numbers."""
    found = {1: folder / f"index{ending}"}
    for path in folder.glob("r*"):
        if number := _REVISION.fullmatch(path.name):
            found[int(number[1])] = path / f"index{ending}"
    return {number: path for number, path in found.items() if path.exists()}


def _figures_of(path: Path) -> str | None:
    with path.open("rb") as file:
        found = _FIGURES.search(file.read(_HEAD))
    return found[1].decode() if found else None
