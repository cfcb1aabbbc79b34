"""Expectations: what each source must deliver, what the charter promises, and that two judgements of it agree.

Great Expectations takes seconds to import: it is loaded when checks run, not with this package.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from charter.assertions.build import build_suites
from charter.assertions.results import require_judged
from charter.assertions.suites import Check, SuiteDefinition
from charter.assertions.written import check_suites, write_suites
from charter.base.settings import Settings
from charter.definitions.models import Agency

if TYPE_CHECKING:
    from charter.assertions.run import ExpectationRun

__all__ = [
    "Check",
    "SuiteDefinition",
    "build_suites",
    "check_suites",
    "require_judged",
    "run_expectations",
    "write_suites",
]


def run_expectations(
    settings: Settings, agency: Agency, as_of: datetime, known_at: datetime | None = None, *, keep: bool = True
) -> ExpectationRun:
    """Checks the working warehouse against every suite of ``agency``, and keeps the results unless told otherwise.

    ``as_of`` and ``known_at`` (default ``as_of``) are aware instants and must be those the warehouse was built for.
    See ``charter.assertions.run.run_expectations``. Raises CheckError when the warehouse is not there or was built for
    another instant, and, after all results are written, when a check could not be evaluated.
    """
    from charter.assertions.run import run_expectations as run

    return run(settings, agency, as_of, known_at, keep=keep)
