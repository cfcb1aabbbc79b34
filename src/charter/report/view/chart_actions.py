"""What is done to mend a standard, as marks on its picture, and what they say in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from charter.report.facts.models import Series, SeriesAction
from charter.report.view.chart_models import ActionMark
from charter.report.view.phrases import Phrases, from_source
from charter.words import Words

# A picture has room for so many weeks after the closed one; what is due later stands in words alone.
_MOST_AHEAD = 4


@dataclass(frozen=True)
class ActionWording:
    """The actions of ``series`` in marks and words; ``named`` gives a department's name."""

    words: Words
    phrases: Phrases
    series: Series
    named: Callable[[str | None], str]

    @property
    def ahead(self) -> int:
        """How many weeks after the closed one the picture must have room for."""
        places = [mark.at for mark in self.marks()]
        return max(0, max(places, default=0) - len(self.series.weeks) + 1)

    def marks(self) -> Iterator[ActionMark]:
        """One mark for each week in which something was done or is due."""
        for number, (week, actions) in enumerate(self._weeks(), 1):
            place = self._place(week)
            if place is not None:
                yield ActionMark(place, str(number), any(each.state == "done" for each in actions))

    def lines(self) -> Iterator[str]:
        """What each mark stands for, by its number."""
        for number, (_, actions) in enumerate(self._weeks(), 1):
            told = self.phrases.titles([self._told(action) for action in actions])
            yield self.words("chart.action", number=str(number), told=told)

    def _weeks(self) -> list[tuple[date, list[SeriesAction]]]:
        ordered = sorted(self.series.actions, key=lambda action: action.on)
        return [(week, list(found)) for week, found in groupby(ordered, key=lambda action: action.week)]

    def _place(self, week: date) -> int | None:
        """The number of a week on the picture, from 0; None beyond its right end."""
        place = (week - self.series.weeks[0].week_start).days // 7
        return place if place < len(self.series.weeks) + _MOST_AHEAD else None

    def _told(self, action: SeriesAction) -> str:
        said = self.words(
            f"chart.action_{action.state}",
            id=from_source(action.action_id),
            day=self.phrases.day(action.on),
            whose=self._whose(action),
        )
        if action.change is None:
            return said
        return self.words("chart.action_since", said=said, since=self.words(f"chart.since.{action.change}"))

    def _whose(self, action: SeriesAction) -> str:
        """Whose action it is, where that is not plain from the series."""
        if action.department_id == self.series.department_id:
            return ""
        whole = self.words("report.whole_agency")
        return self.words(
            "chart.whose", department=whole if action.department_id is None else self.named(action.department_id)
        )
