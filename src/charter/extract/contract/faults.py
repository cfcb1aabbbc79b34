"""Why a feed could not be brought in: caught per feed, written into its receipt, never a traceback."""

from __future__ import annotations

from typing import Literal

from charter.base.errors import Problem

FaultStatus = Literal["missing", "unreachable", "drifted", "failed", "not_known"]


class FeedFault(Exception):  # noqa: N818 - a fault of the source, not an error of ours
    """A feed (or one day's file) that can't be read as its contract says.

    ``missing_columns`` and ``source_columns`` are set for drift: the mapped columns that are not there, and those that
    are. The problem never holds a value of a row.
    """

    def __init__(
        self,
        status: FaultStatus,
        problem: Problem,
        missing_columns: tuple[str, ...] = (),
        source_columns: tuple[str, ...] = (),
    ) -> None:
        super().__init__(str(problem))
        self.status = status
        self.problem = problem
        self.missing_columns = missing_columns
        self.source_columns = source_columns
