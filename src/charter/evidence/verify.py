"""Checks the evidence from its files alone: hashes, signatures, links, and the files it speaks of.

Whatever is wrong becomes a ``Problem`` that names the file; nothing found on disk makes it stop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from charter.base.errors import Problem
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.evidence.chain import ChainEntry, is_signed, load_public_key
from charter.evidence.files import file_sha256
from charter.evidence.lake import lake_files, night_of
from charter.evidence.manifest import Manifest

_RESTORE = "find out who changed it and why; restore it from a copy"


def verify_chain(settings: Settings, public_key: bytes | None = None) -> list[Problem]:
    """Everything in the installation's evidence that doesn't hold; empty when all does.

    Recomputes each manifest's hash and signature, the chain's links, and the hashes of the input and rendered files
    as the latest manifest naming them has them (a page made anew every night is checked in its newest form). A file of
    the lake, of a night no later than the latest sealed, that no manifest names is a problem too.
    ``public_key`` (PEM) is the key that the reader trusts; without it the one lying in the evidence folder is taken,
    which proves less: who can replace all seals can replace the key. Evidence that is not there at all is a problem.
    """
    folder = settings.evidence_dir
    key, problems = _public_key(folder, public_key)
    chain, chain_problems = _chain(folder)
    problems += chain_problems
    if not chain and not chain_problems:
        problems.append(Problem("nothing has been sealed", str(folder), "seal a run, or restore the folder"))
    manifests: list[Manifest] = []
    for entry in chain:
        manifest, found = _manifest(folder, entry, key)
        problems += found
        if manifest is not None:
            manifests.append(manifest)
    return problems + _strays(folder, chain) + _files(settings, manifests)


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
        return [], [Problem(f"the chain cannot be read ({error.strerror})", str(path), _RESTORE)]
    chain: list[ChainEntry] = []
    problems: list[Problem] = []
    before: ChainEntry | None = None
    for number, line in enumerate(lines, start=1):
        where = f"{path}:{number}"
        try:
            entry = ChainEntry.model_validate_json(line)
        except ValueError:
            problems.append(Problem("the line is no entry of the chain", where, _RESTORE))
            continue
        if entry.sequence != number:
            problems.append(Problem(f"seal {entry.sequence} stands where seal {number} should", where, _RESTORE))
        if entry.previous != (before.sha256 if before else None):
            problems.append(Problem("the seal does not follow from the one before it", where, _RESTORE))
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
            problems.append(Problem(what, f"{path}:{number}", _RESTORE))
        latest[run] = entry.revision
    return problems


def _manifest(folder: Path, entry: ChainEntry, key: Ed25519PublicKey | None) -> tuple[Manifest | None, list[Problem]]:
    """A chained manifest, if what lies there is what was sealed, and what is wrong with it."""
    path = folder / entry.place()
    try:
        content = path.read_bytes()
    except OSError:
        return None, [Problem("a sealed manifest is missing", str(path), _RESTORE)]
    problems = _signature(path, content, key)
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        return None, [Problem("the manifest has been altered since it was sealed", str(path), _RESTORE), *problems]
    try:
        manifest = Manifest.model_validate_json(content)
    except ValueError:
        return None, [Problem("the sealed file is no manifest", str(path), _RESTORE), *problems]
    told = (manifest.as_of, manifest.kind, manifest.previous, manifest.nights)
    if told != (entry.as_of, entry.kind, entry.previous, entry.nights):
        problems.append(Problem("the manifest and its line in the chain disagree", str(path), _RESTORE))
    return manifest, problems


def _signature(path: Path, content: bytes, key: Ed25519PublicKey | None) -> list[Problem]:
    signature = path.with_suffix(".sig")
    try:
        given = signature.read_bytes()
    except OSError:
        return [Problem("the manifest's signature is missing", str(signature), _RESTORE)]
    if key is None or is_signed(content, given, key):
        return []
    return [Problem("the signature is not that of this manifest by this key", str(signature), _RESTORE)]


def _strays(folder: Path, chain: list[ChainEntry]) -> list[Problem]:
    known = {folder / entry.place() for entry in chain}
    found = set(folder.glob("*/manifest*.json")) | {
        path.with_suffix(".json") for path in folder.glob("*/manifest*.sig")
    }
    remedy = (
        "a line was taken out of the chain, a file was put in, or sealing was cut short: seal that run again to see"
    )
    return [
        Problem("there is a manifest that the chain does not know", str(path), remedy) for path in sorted(found - known)
    ]


def _files(settings: Settings, manifests: list[Manifest]) -> list[Problem]:
    inputs: dict[str, str] = {}
    rendered: dict[str, str] = {}
    for manifest in manifests:
        # A manifest names all that its nights hold: what it names no more was taken back by then.
        inputs = {place: sha256 for place, sha256 in inputs.items() if not _named_anew(manifest, place)}
        inputs |= {file.path: file.sha256 for file in manifest.inputs}
        inputs |= {file.path: file.sha256 for file in manifest.receipts}
        rendered |= {file.path: file.sha256 for file in manifest.rendered}
    until = max((stamp(manifest.known_at) for manifest in manifests), default="")
    found = [_file(settings, place, "input", inputs[place]) for place in sorted(inputs)]
    found += [_file(settings, place, "rendered", rendered[place]) for place in sorted(rendered)]
    return [problem for problem in found if problem is not None] + _unexpected(settings, inputs, until)


def _named_anew(manifest: Manifest, place: str) -> bool:
    """Whether the manifest names all the files of the night that ``place`` belongs to."""
    night = night_of(PurePosixPath(place))
    if manifest.nights is None:
        return night is not None and night <= stamp(manifest.known_at)
    return night in manifest.nights


def _unexpected(settings: Settings, named: Mapping[str, str], until: str) -> list[Problem]:
    """Files of the lake that no manifest names, of nights up to the stamp ``until``."""
    root = settings.var_dir
    try:
        found = sorted(path.relative_to(root).as_posix() for path in lake_files(settings, until))
    except OSError as error:
        return [Problem(f"the lake cannot be listed ({error.strerror})", str(settings.lake_dir), _RESTORE)]
    remedy = "find out who put it there; when it landed late, run that night again: its seal names it"
    return [
        Problem("a file of the lake is named by no seal", str(root / place), remedy)
        for place in found
        if place not in named
    ]


def _file(settings: Settings, place: str, kind: str, sha256: str) -> Problem | None:
    root = settings.var_dir.resolve()
    try:
        path = (root / place).resolve()
        if not path.is_relative_to(root):
            return Problem(f"the {kind} file named lies outside the state folder", place, _RESTORE)
        if file_sha256(path) == sha256:
            return None
        return Problem(f"the {kind} file has been altered since it was sealed", str(path), _RESTORE)
    except (OSError, ValueError, RuntimeError):
        return Problem(f"the {kind} file is missing or cannot be read", str(root / place), _RESTORE)
