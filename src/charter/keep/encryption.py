"""Encrypts backups to public keys (age, age-encryption.org/v1): who makes a backup needs no secret to do so."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pyrage

from charter.base.errors import SettingError, StateError
from charter.base.files import unusable
from charter.base.private import private_folder

_HEAD = b"age-encryption.org/v1"
_PIECE = 1 << 20

Recipient = Any
Identity = Any


def is_encrypted(path: Path) -> bool:
    """Whether the file is encrypted. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_HEAD)) == _HEAD


def make_identity(path: Path) -> str:
    """Writes a new private key to ``path`` (which must not be there), for its owner alone; returns the public one."""
    if not path.parent.exists():
        private_folder(path.parent)
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        remedy = "name another file; a key is never overwritten, as backups may need it"
        raise SettingError("there is a file already", where=str(path), remedy=remedy) from error
    except OSError as error:
        raise StateError.of([unusable(error, path)]) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"# public key: {public}\n{identity}\n")
    return public


def read_recipients(path: Path) -> list[Recipient]:
    """The public keys in ``path``, one a line (``age1…``, ``ssh-ed25519 …``, ``ssh-rsa …``); # begins a comment.

    Raises SettingError, naming the line.
    """
    found = [_parsed(path, number, line, _recipient) for number, line in _lines(path)]
    if not found:
        raise SettingError(
            "it names nobody", where=str(path), remedy="write one public key a line: charter backup-key makes one"
        )
    return found


def read_identities(path: Path) -> list[Identity]:
    """The private keys in ``path``: lines of ``AGE-SECRET-KEY-…``, or an SSH key. Raises SettingError."""
    content = _content(path)
    if "PRIVATE KEY-----" in content:
        try:
            return [pyrage.ssh.Identity.from_buffer(content.encode())]
        except pyrage.IdentityError as error:
            remedy = "give an SSH key without a passphrase, or a key of age"
            raise SettingError(f"the private key can't be read: {error}", where=str(path), remedy=remedy) from error
    return [_parsed(path, number, line, pyrage.x25519.Identity.from_str) for number, line in _lines(path)]


def _recipient(line: str) -> Recipient:
    return pyrage.ssh.Recipient.from_str(line) if line.startswith("ssh-") else pyrage.x25519.Recipient.from_str(line)


def _parsed(path: Path, number: int, line: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(line)
    except (pyrage.RecipientError, pyrage.IdentityError) as error:
        # The line itself may be a secret that stands in the wrong file.
        remedy = "write a key as charter backup-key and age-keygen print it, one a line"
        raise SettingError("this line is no key of this kind", where=f"{path}:{number}", remedy=remedy) from error


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(_content(path).splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a file that this user may read"
        raise SettingError(f"the file of keys can't be read ({error})", where=str(path), remedy=remedy) from error


class _Noting:
    """A file that remembers what went wrong with it: the library tells it in words of its own."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, piece: bytes) -> int:
        try:
            return self._file.write(piece)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._file.flush()


@contextmanager
def encrypting(sink: IO[bytes], recipients: Sequence[Recipient]) -> Iterator[IO[bytes]]:
    """A file whose content arrives encrypted in ``sink``; nothing of it is on a disk in the clear. Raises OSError."""
    noting = _Noting(sink)
    failed: list[Exception] = []
    source, target = os.pipe()

    def run() -> None:
        with os.fdopen(source, "rb") as clear:
            try:
                pyrage.encrypt_io(clear, noting, list(recipients))
            except Exception as error:  # it is raised where somebody waits for it
                failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    writer = os.fdopen(target, "wb", buffering=_PIECE)
    try:
        yield writer
        writer.close()
    except BrokenPipeError as error:
        thread.join()
        raise noting.error or next(iter(failed), error) from error
    finally:
        with suppress(OSError):
            writer.close()
        thread.join()
    if failed:
        raise noting.error or failed[0]


@contextmanager
def decrypting(source: IO[bytes], identities: Sequence[Identity]) -> Iterator[IO[bytes]]:
    """A file of what ``source`` holds encrypted. Raises ValueError where it is damaged or cut,
    SettingError where it is for somebody else."""
    reader, target = os.pipe()
    failed: list[Exception] = []

    def run() -> None:
        with os.fdopen(target, "wb") as clear:
            try:
                pyrage.decrypt_io(source, clear, list(identities))
            except Exception as error:  # it is raised where somebody waits for it
                failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    clear = os.fdopen(reader, "rb", buffering=_PIECE)
    try:
        yield clear
    except Exception as error:
        clear.close()
        thread.join()
        raise (_undecipherable(failed) or error) from error
    finally:
        clear.close()
        thread.join()
    if (found := _undecipherable(failed)) is not None:
        raise found


def _undecipherable(failed: Sequence[Exception]) -> Exception | None:
    told = next((error for error in failed if not isinstance(error, BrokenPipeError)), None)
    if told is not None and "No matching keys" in str(told):
        remedy = "give the private key that belongs to one of its recipients: --identity FILE"
        return SettingError("no key given opens it", where="the encrypted backup", remedy=remedy)
    return ValueError(f"it can't be decrypted: {told}") if told is not None else None
