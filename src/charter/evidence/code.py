"""The code that runs, as a seal names it: its version, its commit, its content, and the packages it was locked to."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import charter
from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.evidence.files import hash_of
from charter.evidence.manifest import CodeSeal

COMMIT = "CHARTER_COMMIT"
LOCK = "requirements/run.txt"
_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FOLDERS = ("dbt_project", "expectations", "reports")
# What tools leave beside the code; it changes without the code changing.
_NOT_CODE = {"__pycache__", "target", "logs", "dbt_packages"}
_GIT_S = 10


def code_seal(settings: Settings) -> CodeSeal:
    """The code as it is. Raises OSError and EvidenceError for a file that can't be read, SettingError for a commit in
    the environment that is none."""
    commit, changed = _commit(settings)
    lock = settings.home / LOCK
    return CodeSeal(
        version=charter.__version__,
        sha256=code_digest(settings),
        commit=commit,
        changed=changed,
        lock=hash_of(lock) if lock.exists() else None,
    )


def code_digest(settings: Settings) -> str:
    """One hash over all files of the code that runs, 64 hexadecimal digits. Raises OSError."""
    roots = {
        "src/charter": Path(charter.__file__).parent,
        **{name: settings.home / name for name in _FOLDERS},
    }
    digest = hashlib.sha256()
    for name, root in roots.items():
        for file in sorted(root.rglob("*")):
            place = file.relative_to(root)
            ignored = any(part in _NOT_CODE or part.startswith(".") for part in place.parts)
            if file.is_file() and not ignored:
                digest.update(f"{name}/{place.as_posix()}\0{hash_of(file)}\n".encode())
    return digest.hexdigest()


def _commit(settings: Settings) -> tuple[str | None, bool | None]:
    """The commit that was checked out, and whether the code has changes beside it; None for what nobody can tell.

    An image has no repository: whoever builds it says the commit in CHARTER_COMMIT.
    """
    if named := settings.environment.get(COMMIT, "").strip().lower():
        if not _HASH.fullmatch(named):
            remedy = "set it to what git rev-parse HEAD says where the image is built, or leave it out"
            raise SettingError(f"{COMMIT} is no commit's hash of 40 or 64 digits", where="environment", remedy=remedy)
        return named, None
    top = _git(settings.home, "rev-parse", "--show-toplevel")
    # A project that was unpacked inside another one's repository has none of its own.
    if not top or Path(top).resolve() != settings.home.resolve():
        return None, None
    commit = _git(settings.home, "rev-parse", "--verify", "HEAD")
    if commit is None or not _HASH.fullmatch(commit):
        return None, None
    changes = _git(settings.home, "status", "--porcelain", "--", "src", *_FOLDERS, "requirements", "pyproject.toml")
    return commit, None if changes is None else bool(changes)


def _git(home: Path, *arguments: str) -> str | None:
    """What git says; None where there is no git, or it says nothing."""
    command = ["git", "--no-optional-locks", "-C", str(home), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_S, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
