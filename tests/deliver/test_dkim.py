"""Signed mails: whoever asks the domain's DNS for the key finds them genuine."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.deliver import (
    Attachment,
    DkimSigner,
    Letterhead,
    Outbox,
    build_mime,
    deliver,
    enqueue,
    mail_digest,
)
from charter.deliver.catcher import SmtpCatcher
from charter.deliver.messages import Sender, dated

from .builders import AS_OF, message, server_at, settings_in

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
KEYS: dict[str, Key] = {"rsa": rsa.generate_private_key(65537, 2048), "ed25519": ed25519.Ed25519PrivateKey.generate()}
OFFICE = Letterhead(agency="kotra", language="ko", names={"ko": "KOTRA 서비스헌장"}, unsubscribe="office@kotra.example")


def pem(key: Key, password: bytes | None = None) -> bytes:
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def signing(folder: Path, content: bytes, **environment: str) -> Settings:
    path = folder / "dkim.key"
    path.write_bytes(content)
    path.chmod(0o600)
    values = {"CHARTER_DKIM_KEY_FILE": str(path), "CHARTER_DKIM_SELECTOR": "charter1", **environment}
    return settings_in(folder, **values)


def signer(settings: Settings) -> DkimSigner:
    made = DkimSigner.from_settings(settings)
    assert made is not None
    return made


def dns(kind: str) -> Callable[..., bytes]:
    """The DNS of a domain that published the public key of ``kind``."""
    public = KEYS[kind].public_key()
    if kind == "rsa":
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        der = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    record = f"v=DKIM1; k={kind}; p={base64.b64encode(der).decode()}".encode()
    return lambda name, timeout=5: record if name == b"charter1._domainkey.kotra.example." else b""


@pytest.mark.parametrize("kind", KEYS)
def test_what_arrives_is_found_genuine(tmp_path: Path, kind: str) -> None:
    settings = signing(tmp_path, pem(KEYS[kind]))
    pdf = Attachment(filename="report.pdf", media_type="application/pdf", content=b"%PDF-1.7" * 999)
    enqueue(settings, [message(attachments=[pdf])], AS_OF, OFFICE)
    with SmtpCatcher(tmp_path / "received") as catcher:
        deliver(settings, AS_OF, server_at(catcher.port), signer=signer(settings))
    (file,) = catcher.folder.glob("*.eml")
    mail = file.read_bytes()
    assert mail.count(b"DKIM-Signature:") == 1
    assert dkim.verify(mail, dnsfunc=dns(kind))
    with Outbox.open(settings) as outbox:
        assert outbox.mime(message().key) == mail, "the bytes handed over are the bytes kept"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"KOTRA", b"KOTRB"),
        (b"\r\nDate: ", b"\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\nX: "),
        (b"List-Unsubscribe: <mailto:office", b"List-Unsubscribe: <mailto:thief"),
        (b"From: ", b"From: boss@kotra.example\r\nFrom: "),
        (b"To: ", b"To: thief@kotra.example\r\nX-To: "),
    ],
    ids=["a name", "the date", "where to unsubscribe", "another sender", "another recipient"],
)
def test_whatever_is_changed_on_the_way_shows(tmp_path: Path, old: bytes, new: bytes) -> None:
    letterhead = OFFICE.model_copy(update={"names": {"ko": "KOTRA"}})
    mail = dated(build_mime(message(), Sender(address="charter@kotra.example"), letterhead).as_bytes(), AS_OF)
    signed = signer(signing(tmp_path, pem(KEYS["ed25519"]))).signature(mail) + mail
    assert dkim.verify(signed, dnsfunc=dns("ed25519"))
    assert old in signed
    assert not dkim.verify(signed.replace(old, new, 1), dnsfunc=dns("ed25519"))


def test_a_signature_is_no_content(tmp_path: Path) -> None:
    mime = build_mime(message(), Sender(address="charter@kotra.example")).as_bytes()
    mail = dated(mime, AS_OF)
    signed = signer(signing(tmp_path, pem(KEYS["rsa"]))).signature(mail) + mail
    assert mail_digest(signed) == mail_digest(mime)
    assert mail_digest(signed.replace(b"\r\n", b"\n")) == mail_digest(mime), "as mail programs save it"


def test_without_settings_nothing_is_signed(tmp_path: Path) -> None:
    assert DkimSigner.from_settings(settings_in(tmp_path)) is None


def test_a_mail_may_be_signed_for_the_domain_above_its_senders(tmp_path: Path) -> None:
    settings = signing(
        tmp_path, pem(KEYS["rsa"]), CHARTER_MAIL_FROM="charter@mail.kotra.example", CHARTER_DKIM_DOMAIN="KOTRA.example"
    )
    assert signer(settings).domain == "kotra.example"


SECRET = b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0IG9mIHRoZSBhZ2VuY3k=\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("content", "environment", "named"),
    [
        (SECRET, {}, "CHARTER_DKIM_KEY is no private key in PEM"),
        (b"", {}, "CHARTER_DKIM_KEY is not set"),
        (pem(KEYS["rsa"], b"word"), {}, "it is locked by a password"),
        (pem(ec.generate_private_key(ec.SECP256R1())), {}, "neither an RSA nor an Ed25519 key"),
        (pem(KEYS["rsa"]), {"CHARTER_DKIM_KEY_FILE": "/nowhere/dkim.key"}, "cannot be read"),
        (pem(KEYS["rsa"]), {"CHARTER_DKIM_SELECTOR": ""}, "CHARTER_DKIM_SELECTOR is not set"),
        (pem(KEYS["rsa"]), {"CHARTER_DKIM_SELECTOR": "a b;"}, "'a b;' is no selector"),
        (pem(KEYS["rsa"]), {"CHARTER_DKIM_DOMAIN": "other.example"}, "would be signed for other.example"),
    ],
    ids=[
        "no key",
        "an empty file",
        "locked",
        "another kind",
        "no file",
        "no selector",
        "odd selector",
        "another domain",
    ],
)
def test_what_cannot_sign_is_told_before_anything_is_sent(
    tmp_path: Path, content: bytes, environment: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingError) as caught:
        DkimSigner.from_settings(signing(tmp_path, content, **environment))
    assert named in str(caught.value)
    assert "c2Vjcm" not in str(caught.value)
    assert caught.value.__cause__ is None or "c2Vjcm" not in str(caught.value.__cause__)


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    settings = signing(tmp_path, pem(KEYS["rsa"]))
    (tmp_path / "dkim.key").chmod(0o644)
    with pytest.raises(SettingError, match="others than its owner"):
        DkimSigner.from_settings(settings)


def test_a_signer_tells_nobody_its_key(tmp_path: Path) -> None:
    made = signer(signing(tmp_path, pem(KEYS["rsa"])))
    body = base64.b64encode(made.key.get_secret_value()[40:80]).decode()
    assert "BEGIN" not in repr(made) + str(made) + made.model_dump_json()
    assert body not in repr(made)
