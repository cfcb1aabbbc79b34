"""What standards, departments and sources are called in one language."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from charter.definitions.models import Agency
from charter.report.facts.models import Department, DepartmentWeek, PartTarget
from charter.report.view.links import NO_LINKS, Links
from charter.report.view.phrases import Phrases
from charter.words import Words


class Naming:
    """The facts of one report, and what standards, departments and sources are called in one language.

    ``links`` lead to where the site is served.
    """

    def __init__(self, words: Words, agency: Agency, facts: DepartmentWeek, links: Links = NO_LINKS) -> None:
        self.words = words = words.of_period(facts.period_kind)
        self.agency = agency
        self.facts = facts
        self.links = links
        self.phrases = Phrases(words, ZoneInfo(facts.time_zone))
        self.standards = {standard.id: standard for standard in facts.catalogue}
        self.sources = {source.id: source for source in agency.sources}
        self.departments = {department.id: department for department in facts.departments}

    def title(self, standard_id: str) -> str:
        standard = self.standards[standard_id]
        return self.words.pick(standard.text)

    def name(self, department_id: str | None) -> str:
        department = self.departments.get(department_id or "")
        return self._named(department) if department else self.words("department.unknown")

    def _named(self, department: Department) -> str:
        return self.words.pick(department.name)

    def _citation(self, standard_id: str) -> str:
        return self.words("standard.citation", citation=self.standards[standard_id].citation)

    def target(self, standard_id: str) -> str:
        standard = self.standards[standard_id]
        return self.targets(standard.target, standard.targets)

    def targets(self, of_all: float | None, of_parts: Sequence[PartTarget]) -> str:
        """The target of all parts together, or that of each."""
        return self.words.targets(of_all, [(self.part(each), each.target) for each in of_parts])

    def part(self, part: PartTarget) -> str:
        """A part as the charter words it; by its id where it does not."""
        return self.words.pick(part.text) or part.part

    def part_of_version(self, part: PartTarget, version: int) -> str:
        """A part, and by which version of the rule it was judged."""
        return self.words("standard.part_of_version", part=self.part(part), version=version)

    def source(self, source_id: str) -> str:
        return self.words.pick(self.sources[source_id].text.root) if source_id in self.sources else source_id
