"""What can still be kept: duties whose last day is near, what the year can bear, and the calendar of the year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from charter.base.moments import last_ended_day
from charter.report.facts.allowance import is_nearly_used_up
from charter.report.facts.cases import DAYS_AHEAD
from charter.report.facts.models import Duty, StandardWeek
from charter.report.view.allowance import allowance_in_short
from charter.report.view.chart_models import DutiesView, HeatView
from charter.report.view.naming import Naming
from charter.report.view.overview_charts import duties_view, duty_of, heat_view


class AheadWording(Naming):
    """Puts what can still be kept into words: each the title of a thing to do, and its lines."""

    def duties_ahead(self) -> Iterator[tuple[str, list[str]]]:
        """The next duty that is at risk, and how many more there are. One that is due within the days of the cases that
        are due stands among those."""
        near = [duty for duty in self.facts.duties if duty.state == "at_risk" and duty.last_day > self._cases_end()]
        if not near:
            return
        first = min(near, key=lambda duty: duty.last_day)
        lines = [duty_of(self.words, self.phrases, first), self.phrases.dotted(self._until(first))]
        if len(near) > 1:
            lines.append(self.words("todo.rest.duty", count=self.phrases.whole(len(near) - 1)))
        yield self.title(first.standard_id), lines

    def allowances_ahead(self) -> Iterator[tuple[str, list[str]]]:
        """The standard of which the year can bear least, where that is nearly used up, and how many more there are."""
        near = sorted(
            (week for week in self.facts.standards if is_nearly_used_up(week.allowance, self.facts.week_end)),
            key=_soonest,
        )
        if not near:
            return
        first = near[0]
        lines = [allowance_in_short(self.words, self.phrases, first.allowance)]
        if first.department_id is not None and (held_by := self._held_by(first.department_id)):
            lines.append(held_by)
        if len(near) > 1:
            lines.append(self.words("todo.rest.standards", count=len(near) - 1))
        yield self.title(first.standard_id), lines

    def duties(self) -> DutiesView | None:
        """The calendar of the year's duties; None where there are none."""
        found = self.facts.duties
        if not found:
            return None
        titles = {duty.standard_id: self.title(duty.standard_id) for duty in found}
        return duties_view(self.words, self.phrases, found, titles, self._today(), self._held_by)

    def heat(self) -> HeatView | None:
        """What every standard of the agency came to in the last weeks."""
        series = [week.series for week in self.facts.standards if week.series is not None]
        titles = {each.standard_id: self.title(each.standard_id) for each in series}
        return heat_view(self.words, self.phrases, series, titles) if series else None

    def _held_by(self, department_id: str | None) -> str:
        """Who holds something, where that is not the report's own department."""
        if department_id == self.facts.department.id:
            return ""
        return self.words("todo.held_by", department=self.name(department_id))

    def _until(self, duty: Duty) -> Iterator[str]:
        yield self.words("todo.until", day=self.phrases.day(duty.last_day))
        yield self.words("todo.days_left", count=self.phrases.whole((duty.last_day - self._today()).days))
        if held_by := self._held_by(duty.department_id):
            yield held_by

    def _today(self) -> date:
        """The day that has ended last."""
        return last_ended_day(self.facts.as_of, self.phrases.zone)

    def _cases_end(self) -> date:
        """The last day of the cases that are told as due."""
        return self._today() + timedelta(days=DAYS_AHEAD)


def _soonest(week: StandardWeek) -> tuple[date, int]:
    assert week.allowance is not None
    return week.allowance.used_up_on or date.min, week.allowance.left or 0
