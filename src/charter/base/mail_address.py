"""The addresses that a report can be sent to."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def _address(text: str) -> str:
    # Mailboxes that differ only in case are one recipient: they must not get two copies.
    if len(text) > 254 or not _ADDRESS.fullmatch(text):
        raise ValueError("is not a mail address (name@domain, ASCII)")
    return text.lower()


MailAddress = Annotated[str, AfterValidator(_address)]

_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


def _domain(text: str) -> str:
    if len(text) > 253 or not _DOMAIN.fullmatch(text):
        raise ValueError(
            f"'{text}' is not a mail domain such as agency.example (an international one in its xn-- form)"
        )
    return text.lower()


MailDomain = Annotated[str, AfterValidator(_domain)]


def domain_of(address: str) -> str:
    """The domain of a mail address, in small letters."""
    return address.rpartition("@")[2].lower()


def same_person(address: str) -> str:
    """What two spellings of one mailbox have in common: ``Kim@Office.example`` and ``kim+leave@office.example`` are of
    one person."""
    plain = "".join(unicodedata.normalize("NFKC", address).split()).casefold()
    name, at, domain = plain.rpartition("@")
    return f"{name.partition('+')[0]}{at}{domain.rstrip('.')}"
