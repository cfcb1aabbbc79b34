"""Signs mails with the key of their domain (DKIM: RFC 6376, Ed25519: RFC 8463)."""

from __future__ import annotations

import base64
import re
from typing import Literal

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pydantic import BaseModel, ConfigDict, Field, SecretBytes, TypeAdapter, ValidationError

from charter.base.errors import DeliveryError, Problem, SettingError
from charter.base.mail_address import MailDomain
from charter.base.settings import Settings
from charter.deliver.messages import Sender

KEY, SELECTOR, DOMAIN = "CHARTER_DKIM_KEY", "CHARTER_DKIM_SELECTOR", "CHARTER_DKIM_DOMAIN"
# What a mail server on the way has no business to change; those that a mail lacks are left out.
_SIGNED = (
    *("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "reply-to", "mime-version"),
    *("content-type", "auto-submitted", "list-id", "list-unsubscribe", "list-unsubscribe-post"),
)
# Shorter ones are not believed any more (RFC 8301).
_FEWEST_BITS = 1024
_MAKE_ONE = "make one: openssl genrsa -out dkim.key 2048 (or: openssl genpkey -algorithm ed25519 -out dkim.key)"


class DkimSigner(BaseModel):
    """Signs for ``domain``; ``selector`` names the public key in the domain's DNS. ``key`` is as dkimpy wants it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    domain: MailDomain
    selector: str = Field(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"
    )
    algorithm: Literal["rsa-sha256", "ed25519-sha256"]
    key: SecretBytes = Field(repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> DkimSigner | None:
        """Reads CHARTER_DKIM_SELECTOR, CHARTER_DKIM_KEY (PEM, or its ``_FILE`` form) and CHARTER_DKIM_DOMAIN (the
        sender's own domain when not set); None when none of them is set.

        Raises SettingError for what is missing, or can't be used; no message tells anything of the key.
        """
        environment = settings.environment
        if not any(environment.get(name) for name in (KEY, f"{KEY}_FILE", SELECTOR, DOMAIN)):
            return None
        sender = Sender.from_settings(settings)
        domain, selector = environment.get(DOMAIN) or sender.domain, environment.get(SELECTOR, "")
        problems = [*_selector_problems(selector), *_domain_problems(domain, sender)]
        if problems:
            raise SettingError.of(problems)
        algorithm, key = _key(settings.secret(KEY))
        return cls(domain=domain, selector=selector, algorithm=algorithm, key=SecretBytes(key))

    def signature(self, mail: bytes) -> bytes:
        """The field DKIM-Signature of a mail that has its Date; its lines end with CRLF. Raises DeliveryError."""
        there = {line.partition(b":")[0].strip().lower() for line in mail.partition(b"\r\n\r\n")[0].split(b"\r\n")}
        # Named once more than it is there, nobody can add another sender on the way.
        signed = [*(name.encode() for name in _SIGNED if name.encode() in there), b"from"]
        try:
            made = dkim.sign(
                mail,
                self.selector.encode(),
                self.domain.encode(),
                self.key.get_secret_value(),
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=signed,
                signature_algorithm=self.algorithm.encode(),
            )
        except dkim.DKIMException as error:
            raise DeliveryError(
                f"a mail could not be signed ({type(error).__name__})",
                where=KEY,
                remedy="use another key, or leave DKIM to the mail server: unset CHARTER_DKIM_KEY and _SELECTOR",
            ) from error
        return re.sub(rb"\r?\n", b"\r\n", made)


def _selector_problems(selector: str) -> list[Problem]:
    if not selector:
        return [Problem(f"{SELECTOR} is not set", "environment", f"set {SELECTOR}: the name of the key in the DNS")]
    if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", selector) is None or selector.strip("-.") != selector:
        return [Problem(f"'{selector}' is no selector", SELECTOR, "give letters, digits and hyphens, such as charter1")]
    return []


def _domain_problems(domain: str, sender: Sender) -> list[Problem]:
    try:
        named = TypeAdapter(MailDomain).validate_python(domain)
    except ValidationError:
        return [Problem(f"'{domain}' is no domain", DOMAIN, "give the domain that mails come from")]
    if sender.domain == named or sender.domain.endswith(f".{named}"):
        return []
    # Receivers that ask for DMARC take only a signature of the sender's own domain for one.
    what = f"mails come from {sender.domain}, and would be signed for {named}"
    return [Problem(what, f"{DOMAIN}, CHARTER_MAIL_FROM", "give the domain of CHARTER_MAIL_FROM, or one above it")]


def _key(pem: bytes) -> tuple[Literal["rsa-sha256", "ed25519-sha256"], bytes]:
    """The algorithm of a private key, and the key as dkimpy wants it. Raises SettingError."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The library's words may quote the key.
        locked = " (it is locked by a password)" if isinstance(error, TypeError) else ""
        raise SettingError(f"{KEY} is no private key in PEM{locked}", where=KEY, remedy=_MAKE_ONE) from None
    if isinstance(key, Ed25519PrivateKey):
        return "ed25519-sha256", base64.b64encode(key.private_bytes_raw())
    if not isinstance(key, RSAPrivateKey):
        raise SettingError(f"{KEY} is neither an RSA nor an Ed25519 key", where=KEY, remedy=_MAKE_ONE)
    if key.key_size < _FEWEST_BITS:
        what = f"{KEY} has {key.key_size} bits, and receivers believe none of fewer than {_FEWEST_BITS}"
        raise SettingError(what, where=KEY, remedy=_MAKE_ONE)
    return "rsa-sha256", key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
