"""The standards' results in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from charter.commands.terminal import LANGUAGE, counted

if TYPE_CHECKING:
    from charter.base.settings import Settings
    from charter.overview import PeriodFigures, StandardFigures


def result_word(result: str) -> str:
    """A result as people read it: ``no data``."""
    return result.replace("_", " ")


def results_in_a_line(period: PeriodFigures) -> str:
    """How many standards ended in each result, and in which period."""
    counts = ", ".join(f"{count} {result_word(result)}" for result, count in period.results().most_common())
    return f"{period.start} to {period.end}: of {counted(len(period.standards), 'standard')} {counts}"


class Unknowns:
    """Puts into words what is not known of a result, and between which shares it leaves the truth; and its parts."""

    def __init__(self, settings: Settings) -> None:
        from zoneinfo import ZoneInfo

        from charter.report.view.phrases import Phrases
        from charter.words import Words

        self._phrases = Phrases(Words.load(settings, LANGUAGE), ZoneInfo("UTC"))

    def of(self, figures: StandardFigures) -> str:
        """The two ends with their n, and the reasons; empty when all is known."""
        ends = self._phrases.ends(figures.ends, figures.result)
        return "; ".join(filter(None, [ends, self.reasons(figures.reason or "")]))

    def parts(self, figures: StandardFigures) -> Iterator[tuple[str, ...]]:
        """A line of the table for each part with a target of its own, beside its share the target."""
        for each in figures.parts:
            counted, kept = each.components, each.components.kept_rate()
            share = self._phrases.percent(kept.value) if kept else "–"
            counts = (f"{counted.met:,}", f"{counted.breached:,}", "", f"{counted.excluded:,}")
            figure = (
                f"{share} ({self._phrases.words('standard.target', target=self._phrases.words.target(each.target))})"
            )
            yield f"{figures.standard_id}/{each.part}", result_word(each.result), *counts, figure

    def reasons(self, reason: str) -> str:
        """A result's reason as the warehouse has it, in words."""
        return "; ".join(self._reasons(reason))

    def _reasons(self, reason: str) -> Iterator[str]:
        """A result's reason (``<source>:<first day without data>``, ``refused:<rows>``, by ``; ``) in words."""
        for part in filter(None, reason.split("; ")):
            name, _, value = part.partition(":")
            if f"doubt.{name}" in self._phrases.words and value.isdigit():
                yield self._phrases.words(f"doubt.{name}", count=f"{int(value):,}")
            else:
                yield f"days without data of {name}, the first {value}" if value else part
