"""All of it together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from charter.base.settings import Settings
from charter.evidence.standing import Standing
from charter.evidence.verifying.compared import Verification
from charter.evidence.verifying.files import verify_kept, verify_landed, verify_pages, verify_reports
from charter.evidence.verifying.heads import verify_mailed_heads
from charter.evidence.verifying.installation import verify_installation
from charter.evidence.verifying.messages import verify_messages
from charter.evidence.verifying.seals import verify_seals
from charter.evidence.verifying.tables import verify_tables
from charter.evidence.verifying.witnesses import verify_stamps, verify_witness


def verify(
    settings: Settings,
    public_key: bytes | None = None,
    *,
    heads: Sequence[str] = (),
    mails: Path | None = None,
    witness: Path | None = None,
    tsa_certificate: Path | None = None,
    here: bool = True,
) -> Verification:
    """Holds everything in the state folder that people read against its seals, and the seals against one another.

    ``public_key`` (PEM) is the key that the reader trusts; without it the one lying in the evidence folder is taken,
    which proves less: who can replace all seals can replace the key. ``heads`` are beginnings of seals' hashes that
    were seen elsewhere, ``mails`` a folder of mails (``.eml``) that print such, ``witness`` the folder of the second
    witness, and ``tsa_certificate`` (PEM) what time stamps are trusted by; without these two what is set is taken.
    ``here`` is false for a state folder copied from elsewhere. Nothing is written, and no secret is needed.
    """
    seals = verify_seals(settings.evidence_dir, public_key, heads)
    manifests = seals.manifests
    stands = Standing.of(manifests, head=None)
    kinds = (
        seals.compared,
        verify_landed(settings, manifests),
        *verify_kept(settings, manifests, stands),
        verify_tables(settings, manifests),
        verify_reports(settings, manifests),
        verify_pages(settings, stands),
        *verify_messages(settings, manifests),
        verify_mailed_heads(settings, seals.chain, mails),
        *verify_witness(settings, seals.chain, manifests, witness),
        *verify_stamps(settings, seals.chain, stands, tsa_certificate),
        *verify_installation(settings, seals, here),
    )
    newest = seals.chain[-1] if seals.chain else None
    until = max((entry.as_of for entry in seals.chain), default=None)
    return Verification(kinds, newest.sha256 if newest else None, until)
