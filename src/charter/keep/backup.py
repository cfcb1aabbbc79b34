"""Makes a backup of the state folder while the line is running."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from charter.base.errors import Problem, SettingError
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.evidence.chain import ChainEntry, read_chain
from charter.evidence.keys import SIGNING_KEY, is_set, public_pem, signing_key
from charter.keep.archive import require_target, write_archive
from charter.keep.encryption import Recipient
from charter.keep.inventory import StateFile, state_files
from charter.keep.manifest import BackedFile, BackupManifest, LeftOut, enveloped, read_me
from charter.keep.snapshot import snapshot
from charter.state_owner import formats_written, owner_of, this_release


@dataclass(frozen=True)
class Backup:
    """A backup that was made. ``public_key`` (PEM) is that of the key that signed it, None without one. ``unknown`` are
    files that no kind of the inventory holds: they are not in it."""

    path: Path
    manifest: BackupManifest
    public_key: bytes | None
    is_encrypted: bool
    unknown: tuple[str, ...]


def back_up(
    settings: Settings,
    target: Path,
    made_at: datetime,
    *,
    recipients: Sequence[Recipient] = (),
    with_rebuildable: bool = False,
    with_secrets: bool = False,
    wait_s: float = 300.0,
    as_it_is: bool = False,
    waiting: Callable[[Problem], None] = lambda _: None,
) -> Backup:
    """Writes a backup as of ``made_at`` (wall time, aware) to ``target``, a file or a folder.

    It is encrypted for ``recipients``, if there are any, and signed where CHARTER_SIGNING_KEY is set. See ``snapshot``
    for ``wait_s``, ``as_it_is`` and ``waiting``. Raises SettingError, StateError and EvidenceError.
    """
    if with_secrets and not recipients:
        remedy = "name who may read it: --recipients FILE; or keep the keys by another way"
        raise SettingError("secrets go into an encrypted backup only", where="--with-secrets", remedy=remedy)
    charter = owner_of(settings)
    if charter is None:
        remedy = "name the state folder in CHARTER_VAR; one in which no night has run holds nothing to keep"
        raise SettingError("the folder holds no charter's state", where=str(settings.var_dir), remedy=remedy)
    ending = ".tar.gz.age" if recipients else ".tar.gz"
    path = require_target(target, settings.var_dir, f"{charter}-{stamp(made_at)}{ending}")
    keys = [signing_key(settings)] if is_set(settings, SIGNING_KEY) else []
    wanted = {"always"} | ({"asked"} if with_rebuildable else set()) | ({"encrypted"} if with_secrets else set())

    def is_wanted(file: StateFile) -> bool:
        return file.kind is not None and file.kind.backup in wanted

    with snapshot(settings, is_wanted, wait_s=wait_s, as_it_is=as_it_is, waiting=waiting) as (folder, differs):
        manifest = _begun(replace(settings, var_dir=folder), charter, made_at)
        left_out, unknown = _left_out(settings, is_wanted)
        manifest = manifest.model_copy(
            update={"left_out": left_out, "differs": tuple(f"{each.where}: {each.what}" for each in differs)}
        )

        def last(files: tuple[BackedFile, ...]) -> bytes:
            nonlocal manifest
            manifest = manifest.model_copy(update={"files": files})
            return enveloped(manifest, keys)

        write_archive(path, state_files(folder), read_me(manifest), last, recipients)
    return Backup(path, manifest, public_pem(keys[0].public_key()) if keys else None, bool(recipients), unknown)


def _begun(copied: Settings, charter: str, made_at: datetime) -> BackupManifest:
    """The list of a backup before anything was packed."""
    chain: list[ChainEntry] = read_chain(copied.evidence_dir)
    return BackupManifest(
        charter=charter,
        release=this_release(),
        formats=formats_written(copied),
        made_at=made_at,
        head=chain[-1].sha256 if chain else None,
        seals=len(chain),
        until=max((entry.as_of for entry in chain), default=None),
        files=(),
        left_out=(),
    )


def _left_out(
    settings: Settings, is_wanted: Callable[[StateFile], bool]
) -> tuple[tuple[LeftOut, ...], tuple[str, ...]]:
    """What a backup does not hold, by kind, without what is passing; and the files that nobody knows."""
    found: dict[str, list[int]] = defaultdict(list)
    unknown = []
    for file in state_files(settings.var_dir):
        if file.kind is None:
            unknown.append(file.place)
        elif not is_wanted(file) and file.kind.nature != "passing":
            found[file.kind.id].append(file.path.lstat().st_size)
    left = tuple(LeftOut(kind=kind, files=len(sizes), size=sum(sizes)) for kind, sizes in sorted(found.items()))
    return left, tuple(unknown)
