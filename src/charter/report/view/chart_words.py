"""What a control chart says in words: its two icons, and the rules that its newest point is part of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from charter.report.spc.models import ControlChart
from charter.report.view.chart_models import IconView
from charter.report.view.phrases import Phrases
from charter.words import Words

# Shares have a point for each week; measured figures for each slot, which may be a month.
Points = Literal["weeks", "figures"]


class ChartWording:
    """The words of one chart."""

    def __init__(self, words: Words, phrases: Phrases, chart: ControlChart, points: Points) -> None:
        self._words, self._phrases, self._chart = words, phrases, chart
        self._own = "" if points == "weeks" else "measured."

    def variation(self) -> IconView:
        """How the newest point differs from the usual, or why that is not told."""
        found = self._chart
        kind = found.variation if found.side is None else f"{found.variation}_{found.side}"
        word = self._words(f"variation.{kind}")
        if found.unjudged:
            word = self._words(f"{self._own}unjudged.{found.unjudged}")
        return IconView(kind, self._words(f"variation_mark.{kind}"), word)

    def assurance(self) -> IconView:
        """What the target may expect."""
        kind = self._chart.assurance
        return IconView(kind, self._words(f"assurance_mark.{kind}"), self._words(f"{self._own}assurance.{kind}"))

    def lines(self) -> Iterator[str]:
        """The two icons in words, and which rule was met."""
        variation, assurance = self.variation(), self.assurance()
        rules = dict.fromkeys(signal.rule for signal in self._chart.points[-1].signals)
        if rules and self._chart.variation in ("improvement", "concern"):
            yield self._words(
                "chart.icon_why",
                mark=variation.mark,
                word=variation.word,
                rules=self._phrases.list([self._words(f"{self._own}spc_rule.{rule}") for rule in rules]),
            )
        else:
            yield self._words("chart.icon", mark=variation.mark, word=variation.word)
        if self._chart.assurance != "none":
            yield self._words("chart.icon", mark=assurance.mark, word=assurance.word)
        if self._chart.trial and self._chart.points[-1].limits is not None:
            yield self._words(f"{self._own}chart.trial" if self._own else "chart.trial")
