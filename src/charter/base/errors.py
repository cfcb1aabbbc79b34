"""Errors a user can act on: each names the thing, the place, the value and the remedy.

The command line prints them without a traceback; anything else that escapes is a defect of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    ``what`` states it with the offending value, ``where`` is the place a user can open
    (``file:line``, a source, a row), ``remedy`` says how to mend it.
    """

    what: str
    where: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n    → {self.remedy}"


class CharterError(Exception):
    """Base of every error that a user can mend. ``exit_code`` is the process's exit status."""

    exit_code = 2

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        self.problems: tuple[Problem, ...] = (Problem(what, where, remedy),)
        super().__init__(str(self.problems[0]))

    @classmethod
    def of(cls, problems: list[Problem]) -> CharterError:
        """One error that carries every problem found at once."""
        if not problems:
            raise ValueError("an error needs at least one problem")
        error = cls(problems[0].what, where=problems[0].where, remedy=problems[0].remedy)
        error.problems = tuple(problems)
        error.args = ("\n".join(str(problem) for problem in problems),)
        return error


class DefinitionError(CharterError):
    """The charter folder (charter, departments, calendar, subjects, sources) is malformed."""


class SettingError(CharterError):
    """An environment variable, folder or key that a step needs is missing or malformed."""


class NightMissing(SettingError):  # noqa: N818 - a night that may be there in a minute, nobody's mistake
    """A night that is needed is not published yet, or was missed."""


class MorningPassed(SettingError):  # noqa: N818 - nobody's mistake: nothing is left to be done
    """A later night is published: the morning whose digest is asked for is over."""


class StateError(CharterError):
    """A file or folder of ours can't be written or read: a full disk, a missing right, a damaged file."""


class SourceError(CharterError):
    """A source system could not be read, or what it gave breaks its contract as a whole."""

    exit_code = 3


class SourceAway(SourceError):  # noqa: N818 - a source that may be back in a minute, nobody's mistake
    """A source did not answer, or had not written its file yet: to try again may help."""


class TransformError(CharterError):
    """The warehouse could not be built."""

    exit_code = 4


class DamagedWarehouse(TransformError):  # noqa: N818 - a state of a file, which the next build mends
    """A warehouse's file is not what was written: cut short, overwritten, or of another version."""


class CheckError(CharterError):
    """An expectation could not be evaluated. Never a breach."""

    exit_code = 5


class ReportError(CharterError):
    """A report could not be rendered."""

    exit_code = 6


class DeliveryError(CharterError):
    """Messages could not be handed over; what happened to each is in the outbox."""

    exit_code = 7


class EvidenceError(CharterError):
    """Something that was sealed is missing or altered, or a seal cannot be made."""

    exit_code = 8


class UnsealedChange(EvidenceError):  # noqa: N818 - it may be as it should be
    """Nothing that was sealed is altered, but what the next night will be made with has changed since."""

    exit_code = 9
