"""Time stamps of nights' seals (RFC 3161): a stranger's word that a seal was there at an instant.

    evidence/<as_of>-nightly/manifest.tsr     the answer of the time-stamping authority (TSA) about manifest.dsse.json

What is stamped is the hash that the chain names. The next night's seal names the answer in turn, so that none can be
taken away unseen. Only the host of CHARTER_TSA_URL is asked, and it is told a hash and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from charter.base.errors import CharterError, EvidenceError, Problem, SettingError
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.evidence.chain import ChainEntry, read_chain
from charter.evidence.envelope import read_seal
from charter.evidence.files import STAMP

TSA_URL = "CHARTER_TSA_URL"
TSA_CERTIFICATE = "CHARTER_TSA_CERTIFICATE"
_PATIENCE_S = 10
_LONGEST_S = 30
_MOST_BYTES = 1 << 16
# What was missed is made up for, but a long history is not stamped in one night: its newest seal vouches for it.
_MOST_AT_ONCE = 14
_MADE_UP = "nothing to do now: the next night asks again; if it lasts, see that the address is right and can be reached"


@dataclass(frozen=True)
class TimeStamp:
    """That a TSA had seen a seal ``at`` an instant (UTC)."""

    at: datetime


def tsa_url(settings: Settings) -> str | None:
    """The TSA's address; None when none is set. Raises SettingError for what is no address of a web server."""
    url = settings.environment.get(TSA_URL, "").strip()
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise SettingError(
            f"{TSA_URL} is no address of a time-stamping authority",
            where="environment",
            remedy="give one such as https://tsa.example/tsr, without a name and password",
        )
    return url


def tsa_certificates(settings: Settings) -> tuple[x509.Certificate, ...]:
    """The certificates that the TSA's word is trusted by; none when none are set. Raises SettingError."""
    path = settings.environment.get(TSA_CERTIFICATE, "").strip()
    return read_certificates(Path(path)) if path else ()


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates in a file (PEM), one of a root at least. Raises SettingError."""
    remedy = "give the root certificate of the time-stamping authority, and those between, in one file in PEM"
    try:
        found = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is none in PEM"
        raise SettingError(f"the TSA's certificate cannot be read ({why})", where=str(path), remedy=remedy) from error
    if not _roots(found):
        raise SettingError("none of the TSA's certificates is that of a root", where=str(path), remedy=remedy)
    return found


def stamp_nights(settings: Settings) -> tuple[Problem, ...]:
    """Has the nights' seals stamped that are not yet, the oldest first, back to the newest that is.

    Where none is, the newest seal alone: it vouches for all before it. A TSA that is away, refuses or answers nonsense
    stops nothing: it is among what is returned, and is asked again by the next night. Nothing is asked without
    CHARTER_TSA_URL.
    """
    try:
        url, trusted = tsa_url(settings), tsa_certificates(settings)
        if url is None:
            return ()
        for entry in _unstamped(settings.evidence_dir, read_chain(settings.evidence_dir)):
            _stamp(settings.evidence_dir, entry, url, trusted)
    except CharterError as error:
        return error.problems
    return ()


def place_of_stamp(entry: ChainEntry) -> str:
    """Where the time stamp of a seal is kept, relative to the evidence folder."""
    return entry.readable_place().removesuffix(".json") + STAMP


def read_stamp(answer: bytes, sha256: str, trusted: Sequence[x509.Certificate] = ()) -> TimeStamp:
    """What a TSA's ``answer`` says of the seal with this hash; only with ``trusted`` certificates is it proved that
    the TSA said it. Raises ValueError for an answer that says nothing of that seal, or was not given by that TSA."""
    response = decode_timestamp_response(answer)
    _require_granted(response)
    seen = response.tst_info.message_imprint.message
    if seen != bytes.fromhex(sha256):
        raise ValueError("it is the time stamp of something else")
    if trusted:
        builder = VerifierBuilder(
            roots=_roots(trusted), intermediates=[each for each in trusted if each not in _roots(trusted)]
        )
        try:
            builder.build().verify(response, seen)
        except VerificationError as error:
            raise ValueError(f"it was not given by the TSA that is trusted: {error}") from error
    return TimeStamp(response.tst_info.gen_time.astimezone(UTC))


# -- inside --------------------------------------------------------------------------------------------


def _roots(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    return [each for each in certificates if each.issuer == each.subject]


def _unstamped(folder: Path, chain: Sequence[ChainEntry]) -> list[ChainEntry]:
    nights = [entry for entry in chain if entry.kind == "nightly"]
    stamped = [at for at, entry in enumerate(nights) if (folder / place_of_stamp(entry)).exists()]
    return nights[stamped[-1] + 1 :][-_MOST_AT_ONCE:] if stamped else nights[-1:]


def _stamp(folder: Path, entry: ChainEntry, url: str, trusted: Sequence[x509.Certificate]) -> None:
    try:
        payload = read_seal(folder / entry.place()).payload
    except (OSError, ValueError) as error:
        remedy = "run charter verify, find out why, restore it from a copy"
        raise EvidenceError(
            f"a seal cannot be read, and was not stamped: {error}", where=entry.place(), remedy=remedy
        ) from error
    request = TimestampRequestBuilder(data=payload, hash_algorithm=HashAlgorithm.SHA256).build()
    answer = _ask(url, request.as_bytes())
    try:
        read_stamp(answer, entry.sha256, trusted)
        if decode_timestamp_response(answer).tst_info.nonce != request.nonce:
            raise ValueError("it answers another request")
    except ValueError as error:
        raise _away(url, f"gave no time stamp: {error}") from error
    write_whole(folder / place_of_stamp(entry), answer, mode=0o644)


def _ask(url: str, request: bytes) -> bytes:
    """What the TSA answers. Raises EvidenceError."""
    began = time.monotonic()
    content = b""
    try:
        with requests.Session() as session:
            # No proxy, no password from elsewhere, no other host: what is set is what is asked.
            session.trust_env = False
            with session.post(
                url,
                data=request,
                headers={"Content-Type": "application/timestamp-query", "Accept-Encoding": "identity"},
                timeout=_PATIENCE_S,
                allow_redirects=False,
                stream=True,
            ) as answer:
                if answer.status_code != requests.codes.ok:
                    raise _away(url, f"answered with status {answer.status_code}")
                for part in answer.iter_content(4096):
                    content += part
                    if len(content) > _MOST_BYTES or time.monotonic() - began > _LONGEST_S:
                        raise _away(url, "gave too long an answer")
    except requests.RequestException as error:
        raise _away(url, f"was not reached ({type(error).__name__})") from error
    return content


def _away(url: str, what: str) -> EvidenceError:
    return EvidenceError(f"the time-stamping authority {what}", where=urlsplit(url).hostname or url, remedy=_MADE_UP)


def _require_granted(response: TimeStampResponse) -> None:
    if response.status != PKIStatus.GRANTED:
        raise ValueError(f"refused, with status {response.status}")
