"""The chain itself: its lines, every seal's hash, signature and link, and the keys that follow one another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from charter.base.errors import Problem
from charter.base.head import SHORTEST, read_head
from charter.evidence.chain import ROTATION, ChainEntry
from charter.evidence.envelope import SealFile, read_seal
from charter.evidence.keys import load_public_key, public_pem
from charter.evidence.manifest import KeyRotation, Manifest
from charter.evidence.statement import manifest_of, readable, rotation_in
from charter.evidence.verifying.compared import NOT_IN_THE_CHAIN, RESTORE, Compared

_COPY = "find out who changed it and why; restore it from a copy, or read the payload of the envelope beside it"


@dataclass(frozen=True)
class Seals:
    """What was found of the chain: its entries, and the manifests that are as they were sealed, in order.

    ``successor`` is the public key (PEM) that came into use after the newest manifest; None when none did.
    """

    compared: Compared
    chain: tuple[ChainEntry, ...]
    manifests: tuple[Manifest, ...]
    successor: str | None = None


@dataclass(frozen=True)
class _Sealed:
    """One entry with its file; ``rotation`` or ``manifest`` is what it says, when it is as it was sealed."""

    entry: ChainEntry
    path: Path
    file: SealFile | None
    manifest: Manifest | None = None
    rotation: KeyRotation | None = None


def verify_seals(folder: Path, trusted: bytes | None, heads: Sequence[str]) -> Seals:
    """Checks the evidence ``folder``.

    ``trusted`` (PEM) is the key that the reader trusts, whichever of the keys that followed one another it is; without
    it the one lying in the folder is taken, which proves less: who can replace all seals can replace the key. ``heads``
    are beginnings of seals' hashes that were seen elsewhere, as on a mail: each must be in the chain.
    """
    chain, problems = _chain(folder)
    if not chain and not problems:
        problems.append(Problem("nothing has been sealed", str(folder), "seal a run, or restore the folder"))
    key, found = _public_key(folder, trusted)
    problems += found
    sealed: list[_Sealed] = []
    for entry in chain:
        each, found = _sealed(folder, entry)
        sealed.append(each)
        problems += found
    problems += _signatures(sealed, key)
    problems += _strays(folder, chain)
    problems += [problem for head in heads if (problem := _head(folder, head, chain)) is not None]
    manifests = tuple(each.manifest for each in sealed if each.manifest is not None)
    compared = Compared("seals", len(chain), tuple(problems), notes=tuple(_notes(sealed)))
    return Seals(compared, tuple(chain), manifests, _successor(sealed))


def _successor(sealed: Sequence[_Sealed]) -> str | None:
    newest = next((each for each in reversed(sealed) if each.manifest or each.rotation), None)
    return newest.rotation.successor if newest and newest.rotation else None


def _public_key(folder: Path, trusted: bytes | None) -> tuple[Ed25519PublicKey | None, list[Problem]]:
    path = folder / "public_key.pem"
    where = str(path) if trusted is None else "the public key given"
    try:
        return load_public_key(path.read_bytes() if trusted is None else trusted), []
    except (OSError, ValueError, UnsupportedAlgorithm):
        what = "the public key is missing or cannot be read, so no signature was checked"
        return None, [Problem(what, where, "restore it, or verify with the copy that the agency published")]


def _chain(folder: Path) -> tuple[list[ChainEntry], list[Problem]]:
    path = folder / "chain.jsonl"
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [Problem(f"the chain cannot be read ({error.strerror})", str(path), RESTORE)]
    chain: list[ChainEntry] = []
    problems: list[Problem] = []
    before: ChainEntry | None = None
    for number, line in enumerate(lines, start=1):
        where = f"{path}:{number}"
        try:
            entry = ChainEntry.model_validate_json(line)
        except ValueError:
            problems.append(Problem("the line is no entry of the chain", where, RESTORE))
            continue
        if entry.sequence != number:
            problems.append(Problem(f"seal {entry.sequence} stands where seal {number} should", where, RESTORE))
        if entry.previous != (before.sha256 if before else None):
            problems.append(Problem("the seal does not follow from the one before it", where, RESTORE))
        chain.append(entry)
        before = entry
    return chain, problems + _revisions(path, chain)


def _revisions(path: Path, chain: list[ChainEntry]) -> list[Problem]:
    latest: dict[tuple[object, ...], int] = {}
    problems = []
    for number, entry in enumerate(chain, start=1):
        run = (entry.as_of, entry.kind)
        if entry.revision != latest.get(run, 0) + 1:
            what = f"revision {entry.revision} of {entry.place()} follows revision {latest.get(run, 0)}"
            problems.append(Problem(what, f"{path}:{number}", RESTORE))
        latest[run] = entry.revision
    return problems


def _sealed(folder: Path, entry: ChainEntry) -> tuple[_Sealed, list[Problem]]:
    """A chained seal, with what it says if that is what was sealed, and what is wrong with it."""
    path = folder / entry.place()
    try:
        file = read_seal(path)
    except OSError:
        return _Sealed(entry, path, None), [Problem("a sealed manifest is missing", str(path), RESTORE)]
    except ValueError:
        return _Sealed(entry, path, None), [Problem("the sealed file is no seal", str(path), RESTORE)]
    if hashlib.sha256(file.payload).hexdigest() != entry.sha256:
        what = "the manifest has been altered since it was sealed"
        return _Sealed(entry, path, file), [Problem(what, str(path), RESTORE)]
    try:
        if entry.kind == ROTATION:
            rotation = rotation_in(file.payload)
            told: tuple[object, ...] = (rotation.at, ROTATION, rotation.previous, ())
            each = _Sealed(entry, path, file, rotation=rotation)
        else:
            manifest = manifest_of(file)
            told = (manifest.as_of, manifest.kind, manifest.previous, manifest.nights)
            each = _Sealed(entry, path, file, manifest=manifest)
    except ValueError:
        return _Sealed(entry, path, file), [Problem("the sealed file is no manifest", str(path), RESTORE)]
    if (copy := _readable_copy(folder, each)) is not None:
        return each, [copy]
    if told != (entry.as_of, entry.kind, entry.previous, entry.nights):
        return each, [Problem("the manifest and its line in the chain disagree", str(path), RESTORE)]
    return each, []


def _readable_copy(folder: Path, each: _Sealed) -> Problem | None:
    """What is wrong with what lies beside an envelope for people to read."""
    if each.file is None or each.file.envelope is None:
        return None
    path = folder / each.entry.readable_place()
    try:
        if path.read_bytes() == readable(each.file.payload):
            return None
    except OSError:
        return Problem("what a seal says for people to read is missing", str(path), _COPY)
    return Problem("it is not what the seal beside it says", str(path), _COPY)


def _signatures(sealed: Sequence[_Sealed], trusted: Ed25519PublicKey | None) -> Iterator[Problem]:
    """Each seal must be signed by the key that was in force, and a rotation by both keys."""
    keys = _keys(sealed, trusted)
    if keys is None:
        path = next(each.path for each in sealed if each.rotation)
        yield Problem(
            "the key given is none of those that the seals say followed one another",
            str(path),
            "the chain may be forged whole: compare the key with the copy that the agency published",
        )
        keys = [trusted] * len(sealed)
    for each, key in zip(sealed, keys, strict=True):
        yield from _signature(each, key)
        if each.rotation is not None:
            yield from _signature(each, load_public_key(each.rotation.successor.encode()))


def _keys(sealed: Sequence[_Sealed], trusted: Ed25519PublicKey | None) -> list[Ed25519PublicKey | None] | None:
    """The key that was in force for each seal; None when ``trusted`` is none of them."""
    rotations = [each.rotation for each in sealed if each.rotation is not None]
    if not rotations or trusted is None:
        return [trusted] * len(sealed)
    followed = {rotations[0].retired, *(rotation.successor for rotation in rotations)}
    if public_pem(trusted).decode() not in followed:
        return None
    key = load_public_key(rotations[0].retired.encode())
    keys: list[Ed25519PublicKey | None] = []
    for each in sealed:
        keys.append(key)
        if each.rotation is not None:
            key = load_public_key(each.rotation.successor.encode())
    return keys


def _signature(each: _Sealed, key: Ed25519PublicKey | None) -> Iterator[Problem]:
    if each.file is None:
        return
    path = each.path if each.file.envelope else each.path.with_suffix(".sig")
    if not each.file.is_signed():
        yield Problem("the manifest's signature is missing", str(path), RESTORE)
    elif key is not None and not each.file.is_signed_by(key):
        yield Problem("the signature is not that of this manifest by this key", str(path), RESTORE)


def _strays(folder: Path, chain: Sequence[ChainEntry]) -> list[Problem]:
    known = {folder / place for entry in chain for place in (entry.place(), entry.readable_place())}
    found = set(folder.glob("*/manifest*.json")) | {
        path.with_suffix(".json") for path in folder.glob("*/manifest*.sig")
    }
    remedy = (
        "a line was taken out of the chain, a file was put in, or sealing was cut short: seal that run again to see"
    )
    return [
        Problem("there is a manifest that the chain does not know", str(path), remedy) for path in sorted(found - known)
    ]


def _head(folder: Path, head: str, chain: Sequence[ChainEntry]) -> Problem | None:
    wanted = read_head(head)
    if wanted is None:
        return Problem(
            f"{head} is no beginning of a seal's hash",
            "the head given",
            f"give its first {SHORTEST} hexadecimal digits at least, as they are printed",
        )
    if any(entry.sha256.startswith(wanted) for entry in chain):
        return None
    return Problem(
        f"no seal's hash begins with {wanted}, which was seen elsewhere", str(folder / "chain.jsonl"), NOT_IN_THE_CHAIN
    )


def _notes(sealed: Sequence[_Sealed]) -> Iterator[str]:
    """Runs that were sealed again, and what was no longer as it had been sealed first; keys that followed others."""
    newest: dict[tuple[object, ...], Manifest] = {}
    for each in sealed:
        if each.rotation is not None:
            yield f"{each.entry.place()}: another key from here on"
        if each.manifest is None:
            continue
        run = (each.entry.kind, each.entry.as_of)
        if run in newest and each.entry.kind != "site":
            yield f"{each.entry.place()}: sealed again, with other {_differing(newest[run], each.manifest)}"
        newest[run] = each.manifest


def _differing(before: Manifest, after: Manifest) -> str:
    then = {table.table: table.sha256 for table in before.warehouse}
    now = {table.table: table.sha256 for table in after.warehouse}
    tables = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    parts = [f"rows of {', '.join(tables)}"] if tables else []
    names = {"charter": "charter folder", "code": "code", "inputs": "landed files", "receipts": "receipts"}
    names |= {"expectations": "expectation results", "rendered": "reports", "deliveries": "states of messages"}
    names |= {"kept": "kept files", "nights": "nights"}
    parts += [words for name, words in names.items() if getattr(before, name) != getattr(after, name)]
    return ", ".join(parts) or "details of the build"
