"""A seal's head: the beginning of its hash, as it is printed on mails and paper, and read again from there."""

from __future__ import annotations

import re

_DIGITS = 16
SHORTEST = 12
_HEX = re.compile(r"[0-9a-f]+")
# A command is in no language: this line of a mail is found whatever the mail's words are.
_COMMAND = "charter verify --head"
_PRINTED = re.compile(rf"{_COMMAND}\s+([0-9a-f]{{{_DIGITS}}})\b")


def printed_head(sha256: str) -> str:
    """The head in groups that a person can compare and type: ``3f9a 02bc 11de 8d40``."""
    head = sha256[:_DIGITS]
    return " ".join(head[at : at + 4] for at in range(0, len(head), 4))


def verifying(sha256: str) -> str:
    """The command that holds an installation against this head."""
    return f"{_COMMAND} {sha256[:_DIGITS]}"


def read_head(text: str) -> str | None:
    """A head as a person types it, with or without blanks; None for what is none, or is too short to prove anything."""
    head = "".join(text.split()).lower()
    return head if len(head) >= SHORTEST and _HEX.fullmatch(head) else None


def heads_in(text: str) -> list[str]:
    """The heads that a mail's text prints, in order."""
    return _PRINTED.findall(text)
