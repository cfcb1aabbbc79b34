"""The figures of a closed week, read from the warehouse: per department, and for the whole agency.

``tables`` reads (``figures``, ``cases``, ``changes``), ``department_week`` takes a department's report out of it.
"""

from __future__ import annotations

from datetime import datetime

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.department_week import department_weeks, whole_week
from charter.report.facts.models import AgencyWeek, DepartmentWeek
from charter.report.facts.tables import load_week


def week_facts(settings: Settings, agency: Agency, as_of: datetime) -> list[DepartmentWeek]:
    """The closed week of each department below the agency for which something is due, by id.

    Raises ReportError when the warehouse is missing or was built for another as-of.
    """
    return department_weeks(load_week(settings, agency, as_of))


def agency_week(settings: Settings, agency: Agency, as_of: datetime) -> AgencyWeek:
    """The closed week of the whole agency, with every standard in force.

    Raises ReportError when the warehouse is missing or was built for another as-of.
    """
    return whole_week(load_week(settings, agency, as_of))
