"""What a seal says, in the words that other programs read: an in-toto statement (in-toto.io/Statement/v1).

Its subjects are what people read of a run: tables, reports, pages, kept files, each by name and hash. Its predicate is
the manifest, or the rotation of a key. Written as JSON by ourselves: the library's own model turns whole numbers into
fractions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from charter.evidence.envelope import SealFile
from charter.evidence.manifest import KeyRotation, Manifest

_STATEMENT = "https://in-toto.io/Statement/v1"
_RUN = "urn:charter:run:3"
_ROTATION = "urn:charter:key-rotation:1"


def run_statement(manifest: Manifest) -> bytes:
    """The statement of a run: one way to write it."""
    subjects = [_subject(name, sha256) for name, sha256 in _subjects(manifest)]
    return _written(_RUN, subjects, manifest.model_dump(mode="json"))


def rotation_statement(rotation: KeyRotation) -> bytes:
    """The statement that a key is followed by another."""
    subjects = [
        _subject(name, hashlib.sha256(pem.encode()).hexdigest())
        for name, pem in (("retired", rotation.retired), ("successor", rotation.successor))
    ]
    return _written(_ROTATION, subjects, rotation.model_dump(mode="json"))


def manifest_of(file: SealFile) -> Manifest:
    """The manifest that a seal carries, of whatever release. Raises ValueError when it is none, or its subjects say
    something else."""
    if file.envelope is None:
        return Manifest.model_validate_json(file.payload)
    statement = json.loads(file.payload)
    manifest = Manifest.model_validate_json(json.dumps(_predicate(statement, _RUN)))
    if statement.get("subject") != [_subject(name, sha256) for name, sha256 in _subjects(manifest)]:
        raise ValueError("its subjects are not what its manifest names")
    return manifest


def rotation_in(payload: bytes) -> KeyRotation:
    """The rotation that a statement carries. Raises ValueError when it is none."""
    return KeyRotation.model_validate_json(json.dumps(_predicate(json.loads(payload), _ROTATION)))


def readable(payload: bytes) -> bytes:
    """What a statement says, laid out for people: its predicate as JSON, a line for each value."""
    return (json.dumps(json.loads(payload)["predicate"], ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _predicate(statement: Any, kind: str) -> Any:
    if not isinstance(statement, dict) or statement.get("_type") != _STATEMENT:
        raise ValueError("no statement")
    if statement.get("predicateType") != kind:
        raise ValueError(f"a statement of another kind: {statement.get('predicateType')}")
    return statement.get("predicate")


def _subjects(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """What people read of the run, by name and hash; the manifest itself always, so that there is one at least."""
    yield f"charter/{manifest.charter.id}", _charter_digest(manifest)
    for table in manifest.warehouse:
        yield f"warehouse/marts.{table.table}", table.sha256
    for file in (*manifest.kept, *manifest.rendered):
        yield file.path, file.sha256


def _charter_digest(manifest: Manifest) -> str:
    lines = "".join(f"{file.path} {file.sha256}\n" for file in manifest.charter.files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _subject(name: str, sha256: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": sha256}}


def _written(kind: str, subjects: list[dict[str, Any]], predicate: Any) -> bytes:
    statement = {"_type": _STATEMENT, "subject": subjects, "predicateType": kind, "predicate": predicate}
    return json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
