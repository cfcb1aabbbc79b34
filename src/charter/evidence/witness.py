"""A second witness: a folder elsewhere, to which the hash of every seal is appended, one line each.

    <CHARTER_WITNESS>/<charter>.heads     12 2026-07-05T15:00:00Z nightly 3f9a02bc…

It proves something where whoever may change the state folder may not change it: another machine's disk, an append-only
share. Nothing is ever taken out of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from charter.base.errors import EvidenceError, Problem, SettingError
from charter.base.settings import Settings
from charter.evidence.chain import ChainEntry, read_chain, sealed_runs

WITNESS = "CHARTER_WITNESS"
_LINE = re.compile(r"\d+ \S+ [a-z]+ ([0-9a-f]{64})")
_MADE_UP = "nothing to do now: the next seal appends what is missing; if it lasts, see that the folder can be written"


def witness_folder(settings: Settings) -> Path | None:
    """Where heads are appended; None when nothing is set. Raises SettingError for a folder among our own state."""
    name = settings.environment.get(WITNESS, "").strip()
    if not name:
        return None
    folder = settings.home / name
    if folder.resolve().is_relative_to(settings.var_dir.resolve()):
        raise SettingError(
            "the witness lies in the folder of all state, which it is to witness",
            where=WITNESS,
            remedy="give a folder elsewhere: on another machine's disk, or on a share that can only be appended to",
        )
    return folder


def tell_witness(settings: Settings) -> tuple[Problem, ...]:
    """Appends the heads of all seals that the witness does not have yet, in their order.

    A witness that is away stops nothing: that is returned, and the next seal makes up for it. Nothing is done without
    CHARTER_WITNESS.
    """
    try:
        folder = witness_folder(settings)
        if folder is None:
            return ()
        _append(folder, settings.evidence_dir)
    except (SettingError, EvidenceError) as error:
        return error.problems
    except OSError as error:
        return (Problem(f"the witness was not told ({error.strerror})", f"{WITNESS}={folder}", _MADE_UP),)
    return ()


def witness_file(folder: Path, charter_id: str) -> Path:
    """The file of heads of one charter's seals."""
    return folder / f"{charter_id}.heads"


def read_witness(path: Path) -> tuple[list[str], int]:
    """The hashes that a witness has, in its order, and how many lines are no such. Raises OSError."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [match[1] for line in lines if (match := _LINE.fullmatch(line))]
    return found, len(lines) - len(found)


def _append(folder: Path, evidence: Path) -> None:
    chain = read_chain(evidence)
    newest = next(sealed_runs(evidence, reversed(chain)), None)
    if newest is None:
        return
    path = witness_file(folder, newest.charter.id)
    known = set(read_witness(path)[0]) if path.exists() else set()
    missing = "".join(_line(entry) for entry in chain if entry.sha256 not in known)
    if not missing:
        return
    if path.exists() and not _ends_with_a_line(path):
        missing = "\n" + missing
    # One write to the file's end: a share that can only be appended to takes it.
    with path.open("ab", buffering=0) as file:
        file.write(missing.encode())
        os.fsync(file.fileno())


def _ends_with_a_line(path: Path) -> bool:
    content = path.read_bytes()
    return not content or content.endswith(b"\n")


def _line(entry: ChainEntry) -> str:
    at = entry.as_of.isoformat().replace("+00:00", "Z")
    return f"{entry.sequence} {at} {entry.kind} {entry.sha256}\n"


def missing_from(chain: Sequence[ChainEntry], heads: Sequence[str]) -> list[str]:
    """The hashes among ``heads`` that no seal of ``chain`` has."""
    known = {entry.sha256 for entry in chain}
    return [head for head in dict.fromkeys(heads) if head not in known]
