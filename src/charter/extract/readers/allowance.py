"""What one feed may still take tonight: the time until it must be done, and the bytes that it may bring."""

from __future__ import annotations

import time

from charter.base.errors import Problem
from charter.definitions.models import Duration, Limits
from charter.extract.contract.faults import FeedFault

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
_OF_ONE_ANSWER = 10


def seconds_of(duration: Duration) -> float:
    """A duration of seconds, minutes or hours, in seconds."""
    return float(duration.amount * _SECONDS[duration.unit])


class Allowance:
    """The limits of one feed, counted from now on. All methods raise FeedFault (failed) when a limit is passed.

    The machine's clock decides how long to wait, and nothing that lands.
    """

    def __init__(self, limits: Limits, where: str) -> None:
        self._limits = limits
        self._where = where
        self._end = time.monotonic() + seconds_of(limits.time)
        self._taken = 0

    def seconds_left(self) -> float:
        """How long the feed may go on; not below zero."""
        return max(self._end - time.monotonic(), 0.0)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    @property
    def size(self) -> int:
        """How many bytes one file may hold."""
        return self._limits.size.bytes

    def require_time(self) -> None:
        if self.is_over:
            raise self.time_is_over()

    def time_is_over(self) -> FeedFault:
        what = f"reading was not done within {self._limits.time}: it was broken off"
        remedy = "see what keeps the source; if it needs that long, raise time under limits in sources.yaml"
        return FeedFault("failed", Problem(what, self._where, remedy))

    def require_size(self, size: int, what: str = "the file", where: str | None = None) -> None:
        """``size``: the bytes that ``what`` (a file, as stored or unpacked) holds, or is said to hold."""
        if size > self.size:
            raise self._too_much(what, str(self._limits.size), where)

    def require_answer(self, size: int, where: str) -> None:
        """``size``: the bytes of one answer, as far as it was read."""
        if size > self.size // _OF_ONE_ANSWER:
            raise self._too_much("one answer", f"a tenth of {self._limits.size}", where)

    def take(self, size: int, what: str, where: str | None = None) -> None:
        """Counts ``size`` more bytes of what comes in pieces."""
        self._taken += size
        if self._taken > self.size:
            raise self._too_much(what, str(self._limits.size), where)

    def _too_much(self, what: str, most: str, where: str | None) -> FeedFault:
        remedy = "see what the source holds; if it is that much, raise size under limits in sources.yaml"
        return FeedFault("failed", Problem(f"{what} holds more than {most}", where or self._where, remedy))


def unhurried() -> Allowance:
    """The limits that hold where nobody gives any."""
    return Allowance(Limits(), "source")
