"""What strangers hold of the seals: a time-stamping authority's answers, and the heads that a second witness has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography import x509

from charter.base.errors import CharterError, Problem
from charter.base.head import printed_head
from charter.base.settings import Settings
from charter.evidence.chain import ChainEntry
from charter.evidence.files import file_sha256, stamp_files
from charter.evidence.manifest import Manifest
from charter.evidence.standing import Standing
from charter.evidence.timestamps import place_of_stamp, read_certificates, read_stamp, tsa_certificates, tsa_url
from charter.evidence.verifying.compared import NOT_IN_THE_CHAIN, RESTORE, Compared
from charter.evidence.witness import missing_from, read_witness, witness_file, witness_folder

_STAMPS = "time stamps"
_WITNESS = "second witness"


def verify_stamps(
    settings: Settings, chain: Sequence[ChainEntry], stands: Standing, certificate: Path | None
) -> tuple[Compared, ...]:
    """Every time stamp, as the seal of a later night names it, and as what the TSA said of that night's seal.

    ``certificate`` (PEM) is what the TSA's word is trusted by; without it the one of the settings is taken. Nothing
    where no TSA is asked and no night was ever stamped.
    """
    folder = settings.evidence_dir
    found = stamp_files(folder)
    named = {settings.var_dir / place: sha256 for place, sha256 in stands.below("evidence/").items()}
    try:
        if tsa_url(settings) is None and not found and not named:
            return ()
        trusted = read_certificates(certificate) if certificate else tsa_certificates(settings)
    except CharterError as error:
        return (Compared(_STAMPS, 0, error.problems),)
    nights = {folder / place_of_stamp(entry): entry for entry in chain if entry.kind == "nightly"}
    problems = [problem for path in found for problem in _stamp(path, nights.get(path), named.get(path), trusted)]
    problems += [
        Problem("a time stamp that a later seal names is missing", str(path), RESTORE)
        for path in sorted(named.keys() - set(found))
    ]
    return (Compared(_STAMPS, len(found), tuple(problems), left=_left(nights, found, trusted)),)


def _stamp(
    path: Path, entry: ChainEntry | None, sealed: str | None, trusted: Sequence[x509.Certificate]
) -> Iterator[Problem]:
    if entry is None:
        yield Problem("it is the time stamp of no night that the chain knows", str(path), RESTORE)
        return
    try:
        if sealed is not None and file_sha256(path) != sealed:
            yield Problem("the time stamp has been altered since a later night sealed it", str(path), RESTORE)
            return
        read_stamp(path.read_bytes(), entry.sha256, trusted)
    except OSError as error:
        yield Problem(f"the time stamp cannot be read ({error.strerror})", str(path), RESTORE)
    except ValueError as error:
        yield Problem(f"the time stamp does not hold: {error}", str(path), RESTORE)


def _left(nights: dict[Path, ChainEntry], found: Sequence[Path], trusted: Sequence[x509.Certificate]) -> str:
    if not found:
        return "no night has one yet"
    # What was sealed before time stamps began has none; the first one vouches for it.
    first = min((nights[path].sequence for path in found if path in nights), default=0)
    without = sum(entry.sequence > first and path not in found for path, entry in nights.items())
    parts = [] if trusted else ["without the TSA's certificate (--tsa-certificate) nobody knows who gave them"]
    parts += [f"{without} {'night' if without == 1 else 'nights'} without one"] if without else []
    return "; ".join(parts)


def verify_witness(
    settings: Settings, chain: Sequence[ChainEntry], manifests: Sequence[Manifest], folder: Path | None
) -> tuple[Compared, ...]:
    """Every head that the second witness has is in the chain. ``folder`` is where it is; without it that of the
    settings. Nothing where none is set."""
    try:
        folder = folder or witness_folder(settings)
    except CharterError as error:
        return (Compared(_WITNESS, 0, error.problems),)
    if folder is None:
        return ()
    if not manifests:
        return (Compared(_WITNESS, 0, left="nothing was sealed"),)
    path = witness_file(folder, manifests[-1].charter.id)
    try:
        heads, torn = read_witness(path)
    except OSError as error:
        return (Compared(_WITNESS, 0, left=f"{path} cannot be read ({error.strerror})"),)
    problems = [
        Problem(f"a seal that the witness has is not in the chain: {printed_head(head)}", str(path), NOT_IN_THE_CHAIN)
        for head in missing_from(chain, heads)
    ]
    unknown = len({entry.sha256 for entry in chain} - set(heads))
    left = [f"{unknown} {'seal' if unknown == 1 else 'seals'} that it does not have"] if unknown else []
    left += [f"{torn} of its lines cannot be read"] if torn else []
    return (Compared(_WITNESS, len(heads), tuple(problems), left="; ".join(left)),)
