"""The files that seals name: what landed, what is kept, reports and pages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from charter.base.errors import Problem
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.evidence.erased import erased_since, hash_now
from charter.evidence.files import file_sha256
from charter.evidence.lake import lake_files, night_of
from charter.evidence.manifest import Manifest
from charter.evidence.standing import Standing
from charter.evidence.verifying.compared import RESTORE, Compared

# What a kept file is, by the folder of the lake that it lies in.
_CLOSED_WEEKS = "lake/closed_weeks/"
_RESULTS = "lake/expectation_results/"
_SITE = "site/"
_REPORTS = "site/reports/"
_REVISION = re.compile(r"site/reports/[^/]+/[^/]+/r\d+/[^/]+")


def verify_landed(settings: Settings, manifests: Sequence[Manifest]) -> Compared:
    """Every file of the lake that came from sources, as the newest seal that names it has it; one in which pseudonyms
    were erased since, as the seal of that has it.

    A file of a night no later than the latest sealed that no seal names is altered, too: it was put there.
    """
    named: dict[str, str] = {}
    until = ""
    for manifest in manifests:
        if manifest.kind in ("site", "prune"):
            continue
        # A manifest names all that its nights hold: what it names no more was taken back by then.
        named = {place: sha256 for place, sha256 in named.items() if not _named_anew(manifest, place)}
        named |= {file.path: file.sha256 for file in manifest.inputs}
        named |= {file.path: file.sha256 for file in manifest.receipts}
        until = max(until, stamp(manifest.known_at))
    erased = erased_since(manifests)
    now = {place: hash_now(erased, place, sha256) for place, sha256 in named.items()}
    waiting = [place for place, sha256 in named.items() if _is_unfinished(settings, place, sha256, now[place])]
    compared = {place: sha256 for place, sha256 in now.items() if place not in waiting}
    found = [*_differing(settings, compared, "input"), *_unexpected(settings, named, until)]
    notes = tuple(_erasures(manifests))
    return Compared("landed files", len(named), tuple(found), tuple(map(_unfinished, waiting)), notes=notes)


def _erasures(manifests: Iterable[Manifest]) -> Iterator[str]:
    """What was erased by rule: no fault, and told."""
    for manifest in manifests:
        if manifest.pruned is not None and manifest.pruned.erased:
            count, values = len(manifest.pruned.erased), sum(file.values for file in manifest.pruned.erased)
            yield (
                f"landed files: {values:,} pseudonyms in {count:,} {'file' if count == 1 else 'files'} were erased on"
                f" {manifest.as_of:%Y-%m-%d}, by this rule: {manifest.pruned.rule}"
            )


def _is_unfinished(settings: Settings, place: str, sealed: str, now: str) -> bool:
    """Whether a file is still as it was before an erasure that is sealed already."""
    try:
        return sealed != now and file_sha256(settings.var_dir / place) == sealed
    except OSError:
        return False


def _unfinished(place: str) -> Problem:
    return Problem("pseudonyms in it were to be erased, and are still there", place, "run charter prune --yes again")


def verify_kept(settings: Settings, manifests: Iterable[Manifest], stands: Standing) -> tuple[Compared, Compared]:
    """The closed weeks, and the expectation results of each night, as all seals together have them (``stands``)."""
    nights = {stamp(each.as_of) for each in manifests if each.kind == "nightly" and each.version > 2}
    weeks = stands.below(_CLOSED_WEEKS)
    results = stands.below(_RESULTS)
    return (
        Compared(
            "closed weeks",
            len(weeks),
            (*_differing(settings, weeks, "closed week's"), *_unnamed_weeks(settings, weeks, nights)),
        ),
        Compared(
            "expectation results",
            len(results),
            (*_differing(settings, results, "results"), *_unnamed_results(settings, results, nights)),
            left=_older_results(settings, results, nights),
        ),
    )


def verify_reports(settings: Settings, manifests: Sequence[Manifest]) -> Compared:
    """Every file of a rendered report, in its newest sealed form, and files among them that no seal names."""
    named: dict[str, str] = {}
    for manifest in manifests:
        if manifest.kind != "site":
            named |= {file.path: file.sha256 for file in manifest.rendered}
    folder = settings.site_dir / "reports"
    older = {
        PurePosixPath(file.path).parent.as_posix()
        for manifest in manifests
        if manifest.version < 3
        for file in manifest.rendered
    }
    stray = [
        path
        for path in _files_in(folder)
        if named and _place(settings, path) not in named and not _is_older_fingerprint(settings, path, older)
    ]
    # A revision's files are written together, and sealed together.
    sealed = {PurePosixPath(place).parent.as_posix() for place in named if _REVISION.fullmatch(place)}
    put_in = [path for path in stray if _place(settings, path.parent) in sealed and not path.match("adopted.*.json")]
    return Compared(
        "reports",
        len(named),
        (*_differing(settings, named, "rendered"), *(_unnamed_report(path) for path in put_in)),
        tuple(_unnamed_report(path) for path in stray if path not in put_in),
    )


def _unnamed_report(path: Path) -> Problem:
    return Problem(
        "a file among the reports is named by no seal",
        str(path),
        "if its period was never sealed: run charter weekly (monthly) for it again; else find out who put it there",
    )


def verify_pages(settings: Settings, stands: Standing) -> Compared:
    """Every page of the site, as all seals together have it (``stands``), and pages that no seal names."""
    named = stands.below(_SITE)
    pages = [path for path in _files_in(settings.site_dir) if not _place(settings, path).startswith(_REPORTS)]
    if not named:
        return Compared("pages", 0, left="no seal names a page yet" if pages else "there are none")
    remedy = "find out who put it there; pages are written anew, and sealed, by the nights that change them"
    stray = [
        Problem("a page is named by no seal", str(path), remedy)
        for path in pages
        if _place(settings, path) not in named
    ]
    return Compared("pages", len(named), (*_differing(settings, named, "page's"), *stray))


def _is_older_fingerprint(settings: Settings, path: Path, older: Collection[str]) -> bool:
    """Whether it is the fingerprint of figures in a folder that an earlier release sealed (``older``): that did not
    name it beside the others."""
    return path.name == "figures.sha256" and _place(settings, path.parent) in older


def _named_anew(manifest: Manifest, place: str) -> bool:
    """Whether the manifest names all the files of the night that ``place`` belongs to."""
    night = night_of(PurePosixPath(place))
    if manifest.nights is None:
        return night is not None and night <= stamp(manifest.known_at)
    return night in manifest.nights


def _unexpected(settings: Settings, named: Mapping[str, str], until: str) -> list[Problem]:
    """Files of the lake that no manifest names, of nights up to the stamp ``until``."""
    try:
        found = sorted(_place(settings, path) for path in lake_files(settings, until))
    except OSError as error:
        return [Problem(f"the lake cannot be listed ({error.strerror})", str(settings.lake_dir), RESTORE)]
    remedy = "find out who put it there; when it landed late, run that night again: its seal names it"
    return [
        Problem("a file of the lake is named by no seal", str(settings.var_dir / place), remedy)
        for place in found
        if place not in named
    ]


def _unnamed_weeks(settings: Settings, named: Mapping[str, str], nights: set[str]) -> list[Problem]:
    if not nights:
        return []
    remedy = "find out who put it there; a night that closes a week names it in its seal"
    return [
        Problem("a closed week is named by no seal", str(path), remedy)
        for path in _files_in(settings.var_dir / _CLOSED_WEEKS)
        if _place(settings, path) not in named and path.name != "_contract.parquet"
    ]


def _unnamed_results(settings: Settings, named: Mapping[str, str], nights: set[str]) -> list[Problem]:
    """Results of a night whose seal names none of them, though it should."""
    remedy = "find out who put it there; if that night was judged again since, run it to its end: it is sealed again"
    return [
        Problem("expectation results are named by no seal", str(path), remedy)
        for path in _files_in(settings.var_dir / _RESULTS)
        if _place(settings, path) not in named and (night_of(path) or "") in nights
    ]


def _older_results(settings: Settings, named: Mapping[str, str], nights: set[str]) -> str:
    older = [
        path
        for path in _files_in(settings.var_dir / _RESULTS)
        if _place(settings, path) not in named and (night_of(path) or "") not in nights
    ]
    return f"{len(older)} of nights that were sealed before results were named, or not yet" if older else ""


def _differing(settings: Settings, named: Mapping[str, str], kind: str) -> list[Problem]:
    found = (_file(settings, place, kind, named[place]) for place in sorted(named))
    return [problem for problem in found if problem is not None]


def _file(settings: Settings, place: str, kind: str, sha256: str) -> Problem | None:
    root = settings.var_dir.resolve()
    try:
        path = (root / place).resolve()
        if not path.is_relative_to(root):
            return Problem(f"the {kind} file named lies outside the state folder", place, RESTORE)
        if file_sha256(path) == sha256:
            return None
        return Problem(f"the {kind} file has been altered since it was sealed", str(path), RESTORE)
    except (OSError, ValueError, RuntimeError):
        return Problem(f"the {kind} file is missing or cannot be read", str(root / place), RESTORE)


def _files_in(folder: Path) -> list[Path]:
    """Every file below ``folder`` but for those being written (they begin with a dot)."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _place(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.var_dir).as_posix()
