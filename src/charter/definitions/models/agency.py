"""The whole of a charter folder, checked."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from charter.definitions.models.calendar import CalendarDefinition
from charter.definitions.models.charter import Charter, Rule
from charter.definitions.models.common import (
    Strict,
)
from charter.definitions.models.organisation import Organisation, Recipient
from charter.definitions.models.reports import Reports
from charter.definitions.models.retention import Retention
from charter.definitions.models.sources import (
    Source,
    Years,
)
from charter.definitions.models.subjects import (
    Subject,
)

# Registers know what came long before the charter, and leases that end long after the night.
_YEARS_BEFORE, _YEARS_AFTER = 50, 20


class Agency(Strict):
    """Everything that a charter folder defines, checked as a whole."""

    charter: Charter
    organisation: Organisation
    calendar: CalendarDefinition
    subjects: dict[str, Subject]
    sources: list[Source]
    digests: dict[str, str]
    reports: Reports = Reports()
    retention: Retention = Retention()

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {source.id: source for source in self.sources}

    @cached_property
    def department_of_alias(self) -> dict[str, str]:
        """Every name under which a department may appear in a source → its id."""
        return {
            alias: department.id
            for department in self.organisation.departments
            for alias in (department.id, *department.every_name())
        }

    @property
    def catch_all(self) -> str | None:
        """The department of all names that none has; None where such a name is refused."""
        return next((department.id for department in self.organisation.departments if department.catch_all), None)

    @property
    def zone(self) -> ZoneInfo:
        return self.charter.zone

    def language_of(self, person: Recipient) -> str:
        """The language that a recipient's mail is in."""
        return person.language or self.charter.language

    def plausible_years(self, night: date) -> Years:
        """The years that dates may have, as known at the end of ``night``, where a source says nothing else."""
        return Years(first=self.charter.in_force_from.year - _YEARS_BEFORE, last=night.year + _YEARS_AFTER)

    def source(self, source_id: str) -> Source:
        """The source called ``source_id``; KeyError when there is none."""
        return self._sources[source_id]

    def feeding(self, table: str) -> tuple[str, ...]:
        """The sources that feed the landed table ``table``, in the order of sources.yaml."""
        return tuple(source.id for source in self.sources if any(feed.table == table for feed in source.feeds))


def tables_of_standard(agency: Agency, standard_id: str) -> list[str]:
    """The landed tables that any version of a standard's rule is measured on, sorted; none of an unknown standard."""
    rules = [rule for standard in agency.charter.standards if standard.id == standard_id for rule in standard.rules]
    return sorted({table for rule in rules for table in needed_tables(rule, agency.subjects)})


def needed_tables(rule: Rule[Any], subjects: dict[str, Subject]) -> list[str]:
    """The landed tables that a rule is measured on, in a fixed order."""
    names = [rule.subject]
    names += [table for part in rule.parts for table in part.beside]
    landed = [table for name in names if name in subjects for table in (subjects[name].of or [name])]
    return sorted(set(landed))
