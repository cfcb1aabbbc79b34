"""A page for each department: its week, its standards, its cases, who is under it, and its reports."""

from __future__ import annotations

from collections.abc import Iterator

from charter.report.facts.models import Department
from charter.report.render.charts.pictures import calendar_of_page
from charter.report.render.templates import fill
from charter.report.site.blocks import Link
from charter.report.site.page import SitePage
from charter.report.view.models import Limits
from charter.report.view.report import ViewMaker

CASES = Limits(per_standard=15, in_all=45, still_open=30, due_next=30, below=1000)


def department_page(department_id: str, ending: str) -> str:
    """The place of a department's page in the site's folder."""
    return f"departments/{department_id}{ending}"


class DepartmentPages(SitePage):
    """The page of each department; one of which nothing is due has a page, too."""

    def all(self) -> Iterator[tuple[str, str]]:
        """Each page's place in the site's folder, and the page."""
        for department in self.tables.departments.values():
            yield department_page(department.id, self.edition.ending), self._html(department)

    def _html(self, department: Department) -> str:
        whole = self.facts if department.id == self.facts.department.id else None
        facts = self.departments.get(department.id, whole)
        maker = ViewMaker(self.words, self.tables.agency, facts) if facts else None
        duties = maker.duties() if maker else None
        limits = CASES
        return fill(
            self.settings,
            "site_department.html.j2",
            frame=self.frame(department.id, self.words.pick(department.name), root="../"),
            t=self.words,
            above=tuple(self._above(department)),
            view=maker.summary_view() if maker else None,
            standards=tuple(maker.standard(week) for week in facts.standards if week.department_id == department.id)
            if maker and facts
            else (),
            breaches=maker.breaches(limits) if maker else ((), ""),
            still_open=maker.listed(facts.still_open, limits.still_open, breached=True) if maker and facts else None,
            due_next=maker.listed(facts.due_next, limits.due_next, breached=False) if maker and facts else None,
            duties=duties,
            calendar=calendar_of_page(duties) if duties else "",
            below=maker.below(limits.below)[0] if maker else (),
            under=tuple(self._under(department)),
            reports=self.reports_of(department.id),
        )

    def _above(self, department: Department) -> Iterator[Link]:
        """The departments above this one, the highest first, less the agency."""
        above: list[Link] = []
        at = self.tables.departments.get(department.parent_id or "")
        while at is not None and at.parent_id is not None:
            above.append(self._link(at))
            at = self.tables.departments.get(at.parent_id)
        yield from reversed(above)

    def _under(self, department: Department) -> Iterator[Link]:
        for each in self.tables.departments.values():
            if each.parent_id == department.id:
                yield self._link(each)

    def _link(self, department: Department) -> Link:
        return Link(self.words.pick(department.name), f"{department.id}{self.edition.ending}")
