"""What changed in rules and organisation, in words: from which day, old and new, and how each side was judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from charter.report.facts.models import DepartmentMove, Reach, RuleChange, RuleStep, RuleTerms, VersionCount
from charter.report.facts.rates import Components, reaches
from charter.report.view.models import ChangesView, ChangeView
from charter.report.view.naming import Naming


class ChangeWording(Naming):
    """Puts changes into words."""

    def changes(self, most: int) -> ChangesView | None:
        """The changes that the report's figures lie across, at most ``most``; None when there is none."""
        return self.changes_view(self.facts.rule_changes, self.facts.moves, most)

    def changes_view(
        self, rule_changes: Sequence[RuleChange], moves: Sequence[DepartmentMove], most: int
    ) -> ChangesView | None:
        """Rules first, then departments; what is not listed is counted."""
        if not rule_changes and not moves:
            return None
        intro = [self.words("change.intro_rules")] if rule_changes else []
        intro += [self.words("change.intro_moves")] if moves else []
        changes = (*map(self._rule_change, rule_changes), *map(self._move, moves))
        rest = len(changes) - most
        return ChangesView(
            intro=tuple(intro),
            changes=changes[:most],
            rest=self.words("change.rest", count=self.phrases.whole(rest)) if rest > 0 else "",
        )

    def changed_since(self, standard_id: str) -> str:
        """A few words beside a standard whose rule changed within what the report shows; empty when it did not."""
        for change in self.facts.rule_changes:
            if change.standard_id == standard_id:
                return self.words("standard.changed", day=self.phrases.full_day(change.steps[-1].on))
        return ""

    def changes_in_the_week(self) -> str:
        """A line for the summary when the week itself lies across a change; empty when it does not."""
        named = [self.title(change.standard_id) for change in self.facts.rule_changes if _in_week(change.steps)]
        named += [self.name(move.department_id) for move in self.facts.moves if "week" in move.reach]
        if not named:
            return ""
        return self.words("verdict.changed", count=len(named), names=self.phrases.titles(named))

    def _rule_change(self, change: RuleChange) -> ChangeView:
        reach = [each for step in change.steps for each in step.reach]
        return ChangeView(
            title=self.title(change.standard_id),
            across=self._across(reach),
            lines=tuple(self._step(step) for step in change.steps),
            counts=tuple(self._version_counts(change.counts)),
        )

    def _across(self, reach: Iterable[Reach]) -> str:
        found = set(reach)
        if not found:
            return ""
        periods = [self.words(f"change.period.{each}") for each in ("week", "trend", "year") if each in found]
        return self.words("change.across", periods=self.phrases.list(periods))

    def _step(self, step: RuleStep) -> str:
        day = self.phrases.full_day(step.on)
        if step.after is None:
            assert step.before is not None
            return self.words("change.rule_ended", day=day, before=step.before.version)
        if step.before is None:
            return self.words(
                "change.rule_begun",
                day=day,
                after=step.after.version,
                threshold=self._threshold(step.after),
                target=self.targets(step.after.target, step.after.targets),
            )
        return self.words(
            "change.rule",
            day=day,
            before=step.before.version,
            after=step.after.version,
            terms=self.phrases.list(list(self._terms(step.before, step.after))),
        )

    def _terms(self, before: RuleTerms, after: RuleTerms) -> Iterator[str]:
        pairs = {
            "label.threshold": (self._threshold(before), self._threshold(after)),
            "label.target": (
                self.targets(before.target, before.targets),
                self.targets(after.target, after.targets),
            ),
            "site.clock": (self._clock(before), self._clock(after)),
        }
        changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        for name, (old, new) in changed.items():
            yield self.words("change.term", name=self.words(name), old=old, new=new)
        if not changed:
            yield self.words("change.details")

    def _threshold(self, terms: RuleTerms) -> str:
        return self.words.pick(terms.threshold)

    def _clock(self, terms: RuleTerms) -> str:
        return self.words.or_else(f"clock.{terms.clock}", terms.clock)

    def _version_counts(self, counts: Sequence[VersionCount]) -> Iterator[str]:
        for reach in dict.fromkeys(count.reach for count in counts):
            sides = [
                self.words(
                    "change.version",
                    version=count.version,
                    components=self._decided(count.components),
                    target=self.targets(None if count.part else count.target, [count.part] if count.part else []),
                    verdict=self.words("change.reached" if reaches(count.components, count.target) else "change.missed")
                    if count.components.n
                    else self.words("rate.nothing_decided"),
                )
                for count in counts
                if count.reach == reach
            ]
            yield self._sides(reach, sides)

    def _move(self, move: DepartmentMove) -> ChangeView:
        day = self.phrases.full_day(move.on)
        if move.before is None:
            line = self.words("change.placed", day=day, after=self.name(move.after))
        elif move.after is None:
            line = self.words("change.dissolved", day=day, before=self.name(move.before))
        else:
            line = self.words("change.moved", day=day, before=self.name(move.before), after=self.name(move.after))
        counts = [
            self._sides(
                count.reach,
                [
                    self.words("change.before", components=self._decided(count.before)),
                    self.words("change.after", components=self._decided(count.after)),
                ],
            )
            for count in move.counts
        ]
        return ChangeView(self.name(move.department_id), self._across(move.reach), (line,), tuple(counts))

    def _sides(self, reach: Reach, sides: Sequence[str]) -> str:
        return self.words(
            "change.counts", period=self.words(f"change.period.{reach}"), sides=self.phrases.titles(list(sides))
        )

    def _decided(self, components: Components) -> str:
        return self.words(
            "change.components",
            met=self.phrases.whole(components.met),
            breached=self.phrases.whole(components.breached),
            excluded=self.phrases.whole(components.excluded),
        )


def _in_week(steps: Sequence[RuleStep]) -> bool:
    return any("week" in step.reach for step in steps)
