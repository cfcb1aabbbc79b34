"""The state folder as it was at one instant, while others go on writing.

Every file of ours is replaced by another one under its name and never written into, but for the outbox and the events
of lineage. So a second name for a file (a hard link) is a copy that costs nothing. The names are given while nobody
seals and nobody changes the outbox; the outbox itself is copied by SQLite.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from charter.base.errors import EvidenceError, Problem, StateError
from charter.base.files import unusable
from charter.base.lock import exclusive
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.deliver.outbox import outbox_path
from charter.evidence.standing import Standing
from charter.evidence.verifying.files import verify_kept, verify_landed, verify_pages, verify_reports
from charter.evidence.verifying.messages import verify_messages
from charter.evidence.verifying.seals import verify_seals
from charter.keep.inventory import StateFile, state_files

_PREFIX = ".backup-"
_LOCK_S = 60.0
_LOOK_S = 2.0
_SHOWN = 5


@contextmanager
def snapshot(
    settings: Settings,
    is_wanted: Callable[[StateFile], bool],
    *,
    wait_s: float,
    as_it_is: bool = False,
    waiting: Callable[[Problem], None] = lambda _: None,
) -> Iterator[tuple[Path, tuple[Problem, ...]]]:
    """A folder with the state files that are wanted, as they were at one instant; and what in it is not as sealed.

    A run writes files and seals them a little later: until all is as it was sealed it is tried again, for ``wait_s``
    seconds (``waiting`` is told what it waits for). Then EvidenceError is raised, or, with ``as_it_is``, the state
    given as it is. Raises StateError while another backup is made.
    """
    folder = settings.var_dir / f"{_PREFIX}{os.getpid()}"
    with exclusive(settings.var_dir / "backup.lock", wait_s=0, error=StateError):
        for left in settings.var_dir.glob(f"{_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            yield folder, _settled(settings, folder, is_wanted, wait_s, as_it_is, waiting)
        except OSError as error:
            raise StateError.of([unusable(error, folder)]) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def differing(settings: Settings) -> list[Problem]:
    """What in the state folder that ``settings`` name is not as it was sealed, as far as files and messages tell."""
    seals = verify_seals(settings.evidence_dir, None, ())
    if not seals.chain and not (settings.evidence_dir / "chain.jsonl").exists():
        return []
    stands = Standing.of(seals.manifests, head=None)
    found = (
        seals.compared,
        verify_landed(settings, seals.manifests),
        *verify_kept(settings, seals.manifests, stands),
        verify_reports(settings, seals.manifests),
        verify_pages(settings, stands),
        verify_messages(settings, seals.manifests)[0],
    )
    return [problem for kind in found for problem in kind.altered]


def _settled(
    settings: Settings,
    folder: Path,
    is_wanted: Callable[[StateFile], bool],
    wait_s: float,
    as_it_is: bool,
    waiting: Callable[[Problem], None],
) -> tuple[Problem, ...]:
    until = time.monotonic() + wait_s
    while True:
        _take(settings, folder, is_wanted)
        found = differing(replace(settings, var_dir=folder))
        if not found:
            return ()
        if as_it_is and time.monotonic() >= until:
            return tuple(_in_place(problem, settings, folder) for problem in found)
        if time.monotonic() >= until:
            raise EvidenceError.of([_in_place(problem, settings, folder) for problem in found[:_SHOWN]])
        waiting(_in_place(found[0], settings, folder))
        shutil.rmtree(folder)
        time.sleep(_LOOK_S)


def _in_place(problem: Problem, settings: Settings, folder: Path) -> Problem:
    """A problem of the copy as one of what was copied."""
    where = problem.where.replace(str(folder.resolve()), str(settings.var_dir)).replace(
        str(folder), str(settings.var_dir)
    )
    return Problem(problem.what, where, problem.remedy)


def _take(settings: Settings, folder: Path, is_wanted: Callable[[StateFile], bool]) -> None:
    with (
        exclusive(settings.evidence_dir / ".lock", wait_s=_LOCK_S, error=EvidenceError),
        exclusive(outbox_path(settings).with_suffix(".lock"), wait_s=_LOCK_S, error=StateError),
    ):
        private_folder(folder)
        outbox = outbox_path(settings)
        for file in state_files(settings.var_dir):
            if is_wanted(file) and file.path.parent != outbox.parent:
                _link(file.path, folder / file.place)
        # After the seals and the mark: what they name of it is in it.
        if outbox.exists():
            copy_database(outbox, folder / outbox.relative_to(settings.var_dir))


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:
        # It was taken away meanwhile: a page that is gone, a night that lands again.
        return
    except OSError:
        # A file system without such links.
        with suppress(FileNotFoundError):
            shutil.copy2(source, target)


def copy_database(source: Path, target: Path) -> None:
    """Copies an SQLite database, which others may write to meanwhile, into one file. Raises StateError."""
    private_folder(target.parent)
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=_LOCK_S)) as db,
            closing(sqlite3.connect(target)) as copy,
        ):
            db.backup(copy)
            # One file, with nothing beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        remedy = "find out what is wrong with it (charter outbox list); charter backup takes whole outboxes only"
        raise StateError(f"the outbox can't be copied: {error}", where=str(source), remedy=remedy) from error
