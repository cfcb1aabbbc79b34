"""What no single file can tell: that the files of a charter folder agree with each other."""

from __future__ import annotations

from charter.base.errors import Problem
from charter.definitions.checks.breaches import check_breaches
from charter.definitions.checks.calendar import check_calendar
from charter.definitions.checks.charter import check_charter
from charter.definitions.checks.departments import check_departments
from charter.definitions.checks.reports import check_reports
from charter.definitions.checks.sources import check_sources
from charter.definitions.checks.subjects import check_subjects
from charter.definitions.checks.words import check_words
from charter.definitions.document import Folder


def check_folder(folder: Folder) -> list[Problem]:
    """Every disagreement between the files of ``folder``, in the order of the files."""
    return [
        *check_charter(folder),
        *check_departments(folder),
        *check_calendar(folder),
        *check_subjects(folder),
        *check_breaches(folder),
        *check_sources(folder),
        *check_reports(folder),
        *check_words(folder),
    ]
