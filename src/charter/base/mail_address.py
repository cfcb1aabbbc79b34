"""The addresses that a report can be sent to."""

from __future__ import annotations

import re
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
