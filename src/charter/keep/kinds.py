"""What a kind of file in the state folder is: how it is recognised, what it is needed for, and how long it stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

# evidence        proves what was read, judged, told or sent
# source data     what sources gave: they may no longer have it
# own record      what people decided, or the line wrote down, and nothing else holds
# published copy  what people read; sealed as it is
# rebuildable     made anew from the others
# secret          keys
# log             what a run said of itself
# of others       another program's, or the demonstration's: no state of the line
# passing         locks and half-written files
Nature = Literal[
    "evidence",
    "source data",
    "own record",
    "published copy",
    "rebuildable",
    "secret",
    "log",
    "of others",
    "passing",
]
# Whether a backup holds it: always; only when it is asked for; only when it is asked for and encrypted; never.
InBackup = Literal["always", "asked", "encrypted", "never"]
# What retention.yaml may say of a kind: by what name, or that it is kept as long as the charter.
Retained = Literal[
    "replays", "logs", "lineage", "received_mail", "previews", "set_aside", "leftovers", "pseudonyms", "kept"
]


@dataclass(frozen=True)
class StateKind:
    """One kind of file in the state folder.

    ``patterns`` are paths relative to it: ``*`` is anything within a name, ``**`` any number of folders. ``proves``:
    without it something that was sealed can't be checked. ``rebuilds``: without it the next night is another one.
    ``personal`` says what it holds of persons.
    """

    id: str
    patterns: tuple[str, ...]
    nature: Nature
    what: str
    backup: InBackup
    proves: bool = False
    rebuilds: bool = False
    personal: str = ""
    retained: Retained = "kept"

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{_expression_of(pattern)})" for pattern in self.patterns))

    def holds(self, place: str) -> bool:
        """Whether a file at ``place`` (relative to the state folder, in POSIX form) is of this kind."""
        return self._expression.fullmatch(place) is not None


def _expression_of(pattern: str) -> str:
    """A pattern as a regular expression over the whole path."""
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    meaning = {"**/": "(?:[^/]+/)*", "**": ".+", "*": "[^/]*"}
    return "".join(meaning.get(part) or re.escape(part) for part in parts)
