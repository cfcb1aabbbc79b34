"""The file that a backup is: a tar archive, packed, and encrypted where that is asked for.

READ-ME.txt            what it is, for people
<place in var>         every file of the state
BACKUP.dsse.json       the list of them, with hashes, signed; it comes last, so that what is cut short lacks it
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from charter.base.errors import EvidenceError, SettingError, StateError
from charter.base.files import unusable, whole_file
from charter.keep.encryption import Identity, Recipient, decrypting, encrypting, is_encrypted
from charter.keep.inventory import StateFile, kind_of
from charter.keep.manifest import FIRST, LAST, MAGIC, BackedFile, Enveloped

_LEVEL = 4
_PIECE = 1 << 20
_LARGEST_LIST = 500_000_000
_DAMAGED = "take another backup; the parts of this one that can be read are in no state that anybody sealed"


def write_archive(
    target: Path,
    files: Iterable[StateFile],
    first: bytes,
    last: Callable[[tuple[BackedFile, ...]], bytes],
    recipients: Sequence[Recipient] = (),
) -> None:
    """Writes the archive ``target``, whole or not at all. ``first`` is its first member; ``last`` makes the last one of
    what was packed. Raises StateError when the disk is full or a file can't be read."""
    with whole_file(target) as growing, ExitStack() as closing:
        file = closing.enter_context(growing.open("wb"))
        growing.chmod(0o600)
        clear: IO[bytes] = closing.enter_context(encrypting(file, recipients)) if recipients else file
        packed = closing.enter_context(gzip.GzipFile("", "wb", _LEVEL, clear, mtime=0))
        tar = closing.enter_context(tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT))
        _add(tar, FIRST, first)
        done = tuple(_pack(tar, each) for each in files)
        _add(tar, LAST, last(done))


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def _pack(tar: tarfile.TarFile, each: StateFile) -> BackedFile:
    assert each.kind is not None
    with each.path.open("rb") as file:
        # A file that others add to is taken as long as it is now.
        member = tarfile.TarInfo(each.place)
        status = Path(each.path).stat()
        member.size, member.mode, member.mtime = status.st_size, status.st_mode & 0o777, int(status.st_mtime)
        hashing = _Hashing(file)
        tar.addfile(member, hashing)
    return BackedFile(path=each.place, kind=each.kind.id, size=member.size, sha256=hashing.sha256.hexdigest())


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.sha256.update(piece)
        return piece


def unpack(archive: Path, folder: Path, identities: Sequence[Identity] = ()) -> Enveloped:
    """Unpacks ``archive`` into the empty ``folder``; gives its list, after everything was held against it.

    Raises EvidenceError, naming the place, for an archive that is damaged, cut short or none of ours; SettingError for
    an encrypted one without a key; StateError when there is no room.
    """
    seen: dict[str, BackedFile] = {}
    at = FIRST
    try:
        with _opened(archive, identities) as tar:
            content = b""
            for member in tar:
                at = member.name
                if not seen and content == b"":
                    content = _first(archive, tar, member)
                elif at == LAST:
                    return _complete(archive, Enveloped(_read(tar, member)), seen, tar)
                else:
                    seen[at] = _unpacked(archive, tar, member, folder)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise EvidenceError(f"the archive is damaged: {error}", where=f"{archive}, {at}", remedy=_DAMAGED) from error
    except OSError as error:
        raise StateError.of([unusable(error, archive if error.filename is None else error.filename)]) from error
    raise EvidenceError(
        "the archive is cut short, or damaged: the list of its files is missing",
        where=f"{archive}, after {at}",
        remedy=_DAMAGED,
    )


@contextmanager
def _opened(archive: Path, identities: Sequence[Identity]) -> Iterator[tarfile.TarFile]:
    encrypted = is_encrypted(archive)
    if encrypted and not identities:
        remedy = "give the private key: --identity FILE"
        raise SettingError("the backup is encrypted", where=str(archive), remedy=remedy)
    with ExitStack() as closing:
        file: IO[bytes] = closing.enter_context(archive.open("rb"))
        if encrypted:
            file = closing.enter_context(decrypting(file, identities))
        packed = closing.enter_context(gzip.GzipFile(fileobj=file, mode="rb"))
        yield closing.enter_context(tarfile.open(fileobj=packed, mode="r|"))


def _first(archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = _read(tar, member) if member.name == FIRST else b""
    if not content.startswith(MAGIC.encode()):
        remedy = f"give a file that charter backup made ({MAGIC})"
        raise EvidenceError("this is no backup of ours", where=f"{archive}, {member.name}", remedy=remedy)
    return content


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    if file is None or member.size > _LARGEST_LIST:
        raise ValueError(f"{member.name} is no plain file")
    return file.read()


def _unpacked(archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> BackedFile:
    place = PurePosixPath(member.name)
    kind = kind_of(member.name)
    source = tar.extractfile(member) if member.isreg() else None
    if source is None or place.is_absolute() or ".." in place.parts or kind is None or kind.nature == "passing":
        remedy = "do not use it: no backup of ours holds such a member"
        raise EvidenceError("a member is no file of a state folder", where=f"{archive}, {member.name}", remedy=remedy)
    target = folder / place
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while piece := source.read(_PIECE):
            digest.update(piece)
            file.write(piece)
    target.chmod(member.mode & 0o777 or 0o600)
    # By this age files are pruned.
    os.utime(target, (member.mtime, member.mtime))
    return BackedFile(path=member.name, kind=kind.id, size=member.size, sha256=digest.hexdigest())


def _complete(archive: Path, found: Enveloped, seen: dict[str, BackedFile], tar: tarfile.TarFile) -> Enveloped:
    """Holds what was unpacked against the list, and reads on to the archive's end."""
    listed = {file.path: (file.size, file.sha256) for file in found.manifest.files}
    for place in sorted({*listed, *seen}):
        unpacked = seen.get(place)
        if unpacked is None or place not in listed:
            what = "a file that the list names is missing" if unpacked is None else "a file is not in the list"
        elif listed[place] != (unpacked.size, unpacked.sha256):
            what = "a file is not what the list says"
        else:
            continue
        raise EvidenceError(what, where=f"{archive}, {place}", remedy=_DAMAGED)
    if (more := tar.next()) is not None:
        raise EvidenceError("something stands behind the list", where=f"{archive}, {more.name}", remedy=_DAMAGED)
    return found


def require_target(target: Path, var_dir: Path, name: str) -> Path:
    """Where the archive goes: ``target`` itself, or a file called ``name`` in it when it is a folder.

    Raises SettingError when something is there, or it lies in the state folder that is to be copied.
    """
    path = target / name if target.is_dir() else target
    if path.resolve().is_relative_to(var_dir.resolve()):
        remedy = "give a place outside it, best on another machine's disk"
        raise SettingError("a backup in the folder that it copies is none", where=str(path), remedy=remedy)
    if path.exists() or path.is_symlink():
        remedy = "give another name, or a folder: a backup is never overwritten"
        raise SettingError("there is a file already", where=str(path), remedy=remedy)
    return path
