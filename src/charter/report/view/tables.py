"""A report as sheets: its cases and its figures, in the words of one language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from charter.report.facts.figure_rows import figure_rows
from charter.report.facts.models import Case
from charter.report.view.cases import CaseWording
from charter.report.view.links import case_address
from charter.report.view.sheets import Cell, Column, Sheet

_CASE_COLUMNS = (
    *(("standard_id", 22, "text"), ("standard", 44, "text"), ("department", 22, "text"), ("case", 24, "text")),
    *(("list", 18, "text"), ("part", 22, "text"), ("opened", 17, "moment"), ("due", 17, "moment")),
    *(("fulfilled", 17, "moment"), ("measured", 11, "number"), ("limit", 11, "number"), ("unit", 11, "text")),
    *(("state", 44, "text"), ("address", 44, "text")),
)
_FIGURE_COLUMNS = (
    *(("figure", 40, "text"), ("standard", 44, "text"), ("department", 22, "text"), ("result", 12, "text")),
    *(("met", 10, "number"), ("breached", 10, "number"), ("pending", 10, "number"), ("excluded", 10, "number")),
    *(("share", 10, "share"), ("target", 10, "share"), ("days_without_data", 12, "number")),
    *(("lowest", 10, "share"), ("highest", 10, "share"), ("year_met", 12, "number"), ("year_breached", 12, "number")),
    *(("year_result", 12, "text"),),
)


class TableWording(CaseWording):
    """Puts a report's cases and figures into sheets."""

    def sheets(self, revision: int = 1) -> tuple[Sheet, ...]:
        """The cases and the figures of the report; figures are named by the ``revision`` on file."""
        cases = (
            *self._cases("breached", (case for group in self.facts.breaches for case in group.cases)),
            *self._cases("overdue", self.facts.still_open.cases),
            *self._cases("due", self.facts.due_next.cases),
        )
        return (
            Sheet(self.words("table.cases"), self._columns(_CASE_COLUMNS), cases),
            Sheet(self.words("table.figures"), self._columns(_FIGURE_COLUMNS), tuple(self._figures(revision))),
        )

    def _columns(self, columns: Iterable[tuple[str, int, str]]) -> tuple[Column, ...]:
        return tuple(
            Column(self.words(f"table.column.{name}"), width, kind)  # type: ignore[arg-type]
            for name, width, kind in columns
        )

    def _cases(self, found_in: str, cases: Iterable[Case]) -> Iterator[tuple[Cell, ...]]:
        breached = found_in != "due"
        for case in cases:
            shown = self.case(case, breached=breached)
            yield (
                *(case.standard_id, self.title(case.standard_id), self.name(case.department_id), case.subject_id),
                *(self.words(f"table.list.{found_in}"), self.words.pick(case.part_text) or case.part),
                *(case.opened_at, case.due_at, case.fulfilled_at, case.measured, case.limit, case.unit),
                *(shown.state, case_address(self.agency, case)),
            )

    def _figures(self, revision: int) -> Iterator[tuple[Cell, ...]]:
        ends = {(week.standard_id, week.department_id): week.ends for week in self.facts.standards}
        for row in figure_rows(self.facts, revision):
            n = row.met + row.breached
            open_between = ends[row.standard_id, row.department_id]
            worst = open_between.worst() if open_between else None
            best = open_between.best() if open_between else None
            yield (
                *(row.figure, self.title(row.standard_id)),
                self.scope_of(row.department_id),
                self.words(f"result.{row.result}"),
                *(row.met, row.breached, row.pending, row.excluded),
                *(row.met / n if n else None, row.target, row.days_without_data),
                *(worst.value if worst else None, best.value if best else None),
                *(row.year_met, row.year_breached, self.words(f"result.{row.year_result}")),
            )

    def scope_of(self, department_id: str | None) -> str:
        """A department's name; the whole agency where there is none."""
        return self.words("report.whole_agency") if department_id is None else self.name(department_id)
