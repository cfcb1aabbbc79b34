"""Expectations: what each source must deliver, what the charter promises, and that two judgements of it agree.

Great Expectations takes seconds to import: it is loaded when checks run, not with this package.
"""

from typing import TYPE_CHECKING

from charter.base.lazy import given_by

if TYPE_CHECKING:
    from charter.assertions.build import build_suites
    from charter.assertions.results import require_judged
    from charter.assertions.run import run_expectations
    from charter.assertions.suites import Check, SuiteDefinition
    from charter.assertions.written import check_suites, write_suites

__all__ = [
    "Check",
    "SuiteDefinition",
    "build_suites",
    "check_suites",
    "require_judged",
    "run_expectations",
    "write_suites",
]

__getattr__ = given_by(
    __name__,
    {
        "charter.assertions.build": ("build_suites",),
        "charter.assertions.results": ("require_judged",),
        "charter.assertions.run": ("run_expectations",),
        "charter.assertions.suites": ("Check", "SuiteDefinition"),
        "charter.assertions.written": ("check_suites", "write_suites"),
    },
)
