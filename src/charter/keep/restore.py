"""Puts a backup back, after everything in it was checked: into an empty state folder, or beside what is replaced."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from charter.base.errors import EvidenceError, Problem, SettingError, StateError
from charter.base.files import unusable
from charter.base.moments import stamp
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.base.writer import writing
from charter.evidence import Verification, verify
from charter.evidence.keys import load_public_key
from charter.keep.archive import unpack
from charter.keep.encryption import Identity
from charter.keep.inventory import STAYING
from charter.keep.manifest import BackupManifest, Enveloped
from charter.keep.newest_outbox import forgotten, keep_newer_outbox, nobody_delivers
from charter.state_owner import RESTORING, require_readable

_BEFORE = ".before-"
# The folders that others than their owner may read: pages are served from the one, auditors look into the other.
_OPEN = ("site", "evidence")
_SHOWN = 5


@dataclass(frozen=True)
class Checked:
    """A backup that holds. ``found`` is what was verified in it; None where nothing was ever sealed.

    ``trusted`` says whether it was held against a key from elsewhere, and not only against the one in the backup.
    """

    manifest: BackupManifest
    is_signed: bool
    trusted: bool
    found: Verification | None


@dataclass(frozen=True)
class Restored:
    """A backup that was put in place. ``aside`` is where the state is that it replaced; ``notes`` what to see to.

    ``newer`` is how many lines more the log of the outbox has that was there, and is kept; 0 where that of the backup
    was taken.
    """

    checked: Checked
    aside: Path | None
    newer: int
    notes: tuple[Problem, ...]


@dataclass(frozen=True)
class Trust:
    """What a backup is opened and believed by. ``public_key`` (PEM) is the key that the reader trusts."""

    identities: Sequence[Identity] = ()
    public_key: bytes | None = None
    unsigned: bool = False
    as_it_is: bool = False


def check(archive: Path, trust: Trust, work: Path | None = None) -> Checked:
    """Unpacks a backup into a folder of its own (in ``work``), holds all of it against its list and its seals, and
    takes it away again. Raises EvidenceError, SettingError, StateError."""
    try:
        with tempfile.TemporaryDirectory(prefix="charter-check-", dir=work) as folder:
            return _checked(archive, Path(folder) / "var", trust)
    except OSError as error:
        raise StateError.of([unusable(error, work or tempfile.gettempdir())]) from error


def restore(
    settings: Settings, charter: str, archive: Path, trust: Trust, at: datetime, *, replacing: bool
) -> Restored:
    """Puts the backup of the charter ``charter`` into the state folder, at ``at`` (wall time, aware).

    The folder must hold no state, unless ``replacing``: then what is there is kept aside in it, and its outbox goes on
    where it knows more than that of the backup. Keys, logs and other programs' folders stay where they are. Nothing is
    changed before all was checked. Raises as ``check``.
    """
    _require_place(settings.var_dir, replacing)
    with writing(settings, "restore"), _staging(settings.var_dir) as staging:
        checked = _checked(archive, staging, trust)
        if checked.manifest.charter != charter:
            raise SettingError(
                f"the backup is of the charter '{checked.manifest.charter}', and CHARTER_DIR is '{charter}'",
                where=str(archive),
                remedy="name that charter's folder in CHARTER_DIR, and its own state folder in CHARTER_VAR",
            )
        aside = settings.var_dir / f"{_BEFORE}{stamp(at)}"
        with nobody_delivers(settings):
            newer = keep_newer_outbox(settings, replace(settings, var_dir=staging))
            replaced = _put_in_place(settings.var_dir, staging, aside)
    notes = forgotten(settings, aside) if replaced else ()
    return Restored(checked, aside if replaced else None, newer, notes)


def _checked(archive: Path, folder: Path, trust: Trust) -> Checked:
    private_folder(folder)
    listed = unpack(archive, folder, trust.identities)
    manifest = listed.manifest
    require_readable(manifest.formats, str(archive), manifest.release)
    here = Settings(home=folder, charter_dir=folder, var_dir=folder.resolve(), environment={})
    _require_signature(archive, here, listed, trust)
    if manifest.head is None:
        return Checked(manifest, listed.is_signed, trust.public_key is not None, None)
    found = verify(here, trust.public_key, here=False)
    if found.altered and not (trust.as_it_is and manifest.differs):
        raise EvidenceError.of([_in_archive(problem, here, archive) for problem in found.altered[:_SHOWN]])
    if found.head != manifest.head:
        remedy = "do not use it: the list and the chain in it belong to two different backups"
        raise EvidenceError("the newest seal is not the one that the list names", where=str(archive), remedy=remedy)
    return Checked(manifest, listed.is_signed, trust.public_key is not None, found)


def _require_signature(archive: Path, here: Settings, listed: Enveloped, trust: Trust) -> None:
    if not listed.is_signed:
        if trust.unsigned:
            return
        remedy = "if it was made without CHARTER_SIGNING_KEY and you know that nobody changed it: --unsigned"
        raise EvidenceError("the backup is not signed", where=str(archive), remedy=remedy)
    path = here.evidence_dir / "public_key.pem"
    try:
        keys = [load_public_key(path.read_bytes())] if trust.public_key is None else [load_public_key(trust.public_key)]
    except (OSError, ValueError) as error:
        remedy = "give the public key that the agency published: --public-key FILE"
        raise EvidenceError("its public key can't be read", where=f"{archive}, {path.name}", remedy=remedy) from error
    if not any(listed.is_signed_by(key) for key in keys):
        remedy = "do not use it, unless you know why: another key signed it, or it was changed since"
        raise EvidenceError("the signature is not that of this list by this key", where=str(archive), remedy=remedy)


def _in_archive(problem: Problem, here: Settings, archive: Path) -> Problem:
    place = problem.where.replace(f"{here.var_dir}/", "")
    return Problem(problem.what, f"{archive}, {place}", problem.remedy)


# ── putting it in place ─────────────────────────────────────────────────────────────────────────


def _require_place(var_dir: Path, replacing: bool) -> None:
    held = [path for path in _entries(var_dir) if path.name != RESTORING]
    cut_short = (var_dir / RESTORING).exists()
    if held and not replacing and not cut_short:
        raise SettingError(
            f"the state folder holds something ({held[0].name}{', …' if len(held) > 1 else ''})",
            where=str(var_dir),
            remedy="name an empty folder in CHARTER_VAR, or give --replace: what is there is kept aside",
        )


def _entries(var_dir: Path) -> list[Path]:
    """What a restore replaces: not keys, logs, other programs' folders, locks, nor what was set aside earlier."""
    if not var_dir.is_dir():
        return []
    return [
        path
        for path in sorted(var_dir.iterdir())
        if path.name not in STAYING
        and path.suffix != ".lock"
        and path.name != "writer.json"
        and not path.name.startswith((_BEFORE, ".restoring-"))
    ]


@contextmanager
def _staging(var_dir: Path) -> Iterator[Path]:
    """Where a backup is unpacked: in the state folder itself, which may be a file system of its own."""
    staging = var_dir / f"{RESTORING}-{os.getpid()}"
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        for left in var_dir.glob(f"{RESTORING}-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield staging
    except OSError as error:
        raise StateError.of([unusable(error, staging)]) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _put_in_place(var_dir: Path, staging: Path, aside: Path) -> bool:
    """Moves what is unpacked into the state folder, and what was there aside; whether anything was. A marker stands
    there meanwhile: nothing runs on a state that is half put back."""
    marker = var_dir / RESTORING
    marker.touch()
    replaced = [path for path in _entries(var_dir) if path != marker]
    if replaced:
        private_folder(aside)
    for path in replaced:
        path.rename(aside / path.name)
    for path in sorted(staging.iterdir()):
        if path.is_dir() and path.name not in _OPEN:
            private_folder(path)
        if path.name in STAYING and (var_dir / path.name).exists():
            _merge(path, var_dir / path.name)
        else:
            path.rename(var_dir / path.name)
    marker.unlink()
    return bool(replaced)


def _merge(source: Path, target: Path) -> None:
    """Adds the files of a folder to one that stays; those that it has already are left."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)


def notes_on(checked: Checked) -> list[str]:
    """What to know of a backup that holds."""
    notes = [f"its state was not as sealed when it was made: {each}" for each in checked.manifest.differs]
    if not checked.is_signed:
        notes.append("nobody signed it: who could write the file could change it")
    elif not checked.trusted:
        notes.append("it was held against the public key in itself; --public-key names one that you trust")
    for problem in checked.found.changed if checked.found is not None else ():
        notes.append(f"the next night seals: {problem.what}")
    return notes
