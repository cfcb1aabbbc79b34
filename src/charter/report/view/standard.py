"""One standard's week as ready texts: result, shares, trend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property

from charter.report.facts.models import StandardWeek, TargetFigures
from charter.report.facts.rates import Components, total
from charter.report.facts.rates import rate as share_of
from charter.report.view.allowance import allowance_text
from charter.report.view.changes import ChangeWording
from charter.report.view.chart_models import ControlView
from charter.report.view.charts import control_view
from charter.report.view.measured_charts import measured_view
from charter.report.view.models import BarView, StandardView, TargetView
from charter.report.view.proof import ProofWording


class StandardWording(ChangeWording, ProofWording):
    """Puts a standard's week into words."""

    def standard(self, week: StandardWeek, revision: int = 1) -> StandardView:
        """The week of one standard; its figures are named as those of the ``revision`` on file."""
        key = (week.standard_id, week.department_id, revision)
        if key not in self._rows:
            self._rows[key] = self._standard(week, revision)
        return self._rows[key]

    @cached_property
    def _rows(self) -> dict[tuple[str, str | None, int], StandardView]:
        """The rows that were made already: mail and paper show the same."""
        return {}

    def _standard(self, week: StandardWeek, revision: int) -> StandardView:
        standard, words = self.standards[week.standard_id], self.words
        components, kept = week.components, week.components.kept_rate()
        bars, bars_text, bars_top = self._bars(week)
        return StandardView(
            id=standard.id,
            page=self.links.standard(standard.id),
            name=self.figure(standard.id, week.department_id, revision=revision),
            title=self.title(standard.id),
            department="" if week.department_id in (None, self.facts.department.id) else self.name(week.department_id),
            citation=self._citation(standard.id),
            threshold=words.pick(standard.threshold),
            target=words("standard.target", target=self.target(standard.id)),
            changed=self.changed_since(standard.id),
            basis=words(f"basis.{standard.basis}"),
            operational=standard.basis != "charter",
            basis_note=words.pick(standard.basis_note),
            result=words(f"result.{week.result}"),
            result_class=week.result,
            mark=words(f"mark.{week.result}"),
            nothing_counted=not components.any,
            reason=self._reason(week),
            components=self.components(components),
            met=self.phrases.whole(components.met),
            breached=self.phrases.whole(components.breached),
            pending=self.phrases.whole(components.pending),
            excluded=self.phrases.whole(components.excluded),
            n=self.phrases.whole(components.n),
            rate=self.phrases.percent(kept.value) if kept else words("rate.none"),
            interval=self.phrases.interval(kept) if kept else "",
            share=self.share(components),
            few=words("rate.few", n=kept.n) if kept and kept.few else "",
            strict=self._strict(week),
            ends=self.phrases.ends(week.ends, week.result),
            targets=tuple(self._targets_of_week(week, revision)),
            no_data=self._unknown(week),
            trend=self._trend(week),
            trend_word=words(f"trend.{week.direction}"),
            trend_class=week.direction,
            trend_shown=week.direction in ("worse", "better"),
            bars=bars,
            bars_text=bars_text,
            bars_top=bars_top,
            charts=tuple(self._charts(week)),
            year=self.share(week.year),
            year_ends=self.phrases.ends(week.year_ends, week.year_result),
            year_result=words(f"result.{week.year_result}"),
            year_class=week.year_result,
            allowance=allowance_text(words, self.phrases, week.allowance),
            year_targets=tuple(self._targets(week.year_targets)),
        )

    def _charts(self, week: StandardWeek) -> Iterator[ControlView]:
        """The pictures of a measure's parts; of every other standard, that of its share kept."""
        name = f"{week.standard_id}.{week.department_id}" if week.department_id else week.standard_id
        title, words, phrases = self.title(week.standard_id), self.words, self.phrases
        measured = [measured_view(words, phrases, each, f"{name}.{each.part}", title) for each in week.measured]
        if any(measured):
            yield from filter(None, measured)
        elif week.series is not None:
            shares = control_view(words, phrases, week.series, name, title, self.name)
            yield from filter(None, [shares])

    def _targets_of_week(self, week: StandardWeek, revision: int) -> Iterator[TargetView]:
        for each, text in zip(week.targets, self._targets(week.targets), strict=True):
            name = self.figure(week.standard_id, week.department_id, part=each.part, revision=revision)
            yield TargetView(text, name)

    def _targets(self, targets: Sequence[TargetFigures]) -> Iterator[str]:
        """A line for each target of a part: its share, the target and whether that is reached."""
        versions = {each.rule_version for each in targets}
        for each in targets:
            figure = self.words(
                "standard.target_figure",
                part=self.part_of_version(each, each.rule_version) if len(versions) > 1 else self.part(each),
                rate=self._counted(each.components),
                target=self.words.target(each.target),
                mark=self.words(f"mark.{each.result}"),
                result=self.words(f"result.{each.result}"),
            )
            ends = self.phrases.ends(each.ends, each.result)
            yield self.words("standard.target_open", figure=figure, ends=ends) if ends else figure

    def _counted(self, components: Components) -> str:
        kept = components.kept_rate()
        if kept is None:
            return self.words("rate.nothing_decided")
        return self.words(
            "rate.counted",
            count=self.phrases.whole(kept.count),
            n=self.phrases.whole(kept.n),
            rate=self.phrases.percent(kept.value),
        )

    def components(self, components: Components) -> str:
        return self.words(
            "standard.components",
            met=self.phrases.whole(components.met),
            breached=self.phrases.whole(components.breached),
            pending=self.phrases.whole(components.pending),
            excluded=self.phrases.whole(components.excluded),
        )

    def share(self, components: Components) -> str:
        """``5/8 · 62.5% (30.6–86.3%)``; that nothing was decided when n is 0."""
        kept = components.kept_rate()
        if kept is None:
            return self.words("rate.nothing_decided")
        return self.words(
            "rate.share",
            met=self.phrases.whole(kept.count),
            n=self.phrases.whole(kept.n),
            rate=self.phrases.percent(kept.value),
            interval=self.phrases.interval(kept),
        )

    def _unknown(self, week: StandardWeek) -> str:
        """How many days are silent, and what is in doubt."""
        parts = []
        if week.days_without_data:
            parts.append(self.words("standard.no_data_days", days=week.days_without_data))
        parts += [
            self.words(f"doubt.{name}", count=self.phrases.whole(count)) for name, count in week.in_doubt.counts()
        ]
        return self.phrases.list(parts)

    def _reason(self, week: StandardWeek) -> str:
        if week.result not in ("no_data", "check_error"):
            return ""
        found = [text for part in week.reason.split("; ") if (text := self._one_reason(part, week.days_without_data))]
        return self.phrases.titles(found) if found else self.words(f"reason.{week.result}")

    def _one_reason(self, reason: str, days: int) -> str:
        """One reason in words; ``days`` of the period are without data."""
        name, _, value = reason.partition(":")
        if f"doubt.{name}" in self.words and value.isdigit():
            return self.words(f"doubt.{name}", count=self.phrases.whole(int(value)))
        if name in self.sources and value:
            key = "reason.source_silent_a_day" if days == 1 else "reason.source_silent"
            return self.words(key, source=self.source(name), day=self.phrases.day(date.fromisoformat(value)))
        return ""

    def _strict(self, week: StandardWeek) -> str:
        extra = week.breached_strict - week.components.breached
        if extra <= 0:
            return ""
        n = week.components.n + extra
        strict = share_of(week.components.met, n)
        assert strict is not None
        return self.words(
            "standard.strict",
            met=self.phrases.whole(week.components.met),
            n=self.phrases.whole(n),
            rate=self.phrases.percent(strict.value),
            interval=self.phrases.interval(strict),
        )

    def _trend(self, week: StandardWeek) -> str:
        before = total([item.components for item in week.earlier]).broken_rate()
        now = week.components.broken_rate()
        if before is None or now is None:
            return ""
        return self.words(
            "trend.sentence",
            weeks=len(week.earlier),
            before=self.phrases.percent(before.value),
            before_n=self.phrases.whole(before.n),
            now=self.phrases.percent(now.value),
            now_n=self.phrases.whole(now.n),
        )

    def _bars(self, week: StandardWeek) -> tuple[tuple[BarView, ...], str, str]:
        weeks = [*week.earlier]
        shares = [item.components.broken_rate() for item in weeks] + [week.components.broken_rate()]
        texts = [self.phrases.percent(share.value) if share else self.words("rate.none") for share in shares]
        known = [share.value for share in shares if share]
        if not known:
            return (), "", ""
        # Never a scale finer than 10 %: one late answer should not look like a collapse.
        top = max(0.1, *known)
        starts = [item.week_start for item in weeks] + [self.facts.week_start]
        bars = tuple(
            BarView(
                height=round(share.value / top, 4) if share else -1,
                now=start == self.facts.week_start,
                text=f"{self.phrases.day(start)}: {text}",
            )
            for start, share, text in zip(starts, shares, texts, strict=True)
        )
        values = self.phrases.list(texts)
        alternative = self.words("trend.bars", weeks=len(shares), top=self.phrases.percent(top), values=values)
        return bars, alternative, self.words("trend.top", top=self.phrases.percent(top))
