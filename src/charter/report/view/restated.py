"""What a revision corrects, as ready texts: which figures, from what to what, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from charter.report.facts.models import InDoubt, PartTarget
from charter.report.facts.reported import ReportedTarget, StandardFigures
from charter.report.facts.restated import FigureChange, Restatement
from charter.report.view.models import RestatedView
from charter.report.view.naming import Naming


class RestatedWording(Naming):
    """Puts what became otherwise since an earlier revision into words."""

    def restated(self, restatement: Restatement | None, most: int) -> RestatedView | None:
        """The corrected figures, ``most`` of them line by line; None when nothing is corrected."""
        if restatement is None:
            return None
        shown = _shown(restatement.changes)
        rest = len(shown) - most
        return RestatedView(
            intro=self.words(
                "restated.intro",
                before=self.phrases.as_of(restatement.reported_as_of),
                after=self.phrases.as_of(self.facts.as_of),
            ),
            lines=tuple(self._line(change) for change in shown[:most]),
            rest=self.words("restated.rest", count=self.phrases.whole(rest)) if rest > 0 else "",
        )

    def _line(self, change: FigureChange) -> str:
        of = "" if change.department_id in (None, self.facts.department.id) else self.name(change.department_id)
        title = self.title(change.standard_id) if change.standard_id in self.standards else change.standard_id
        return self.words(
            "restated.line",
            title=self.words("restated.title_of", title=title, department=of) if of else title,
            terms=self.phrases.list(list(self._restated_terms(change.before, change.after))),
            causes=self.phrases.list([self._cause(cause, count) for cause, count in change.causes]),
        )

    def _restated_terms(self, before: StandardFigures | None, after: StandardFigures | None) -> Iterator[str]:
        found = list(self._pairs(before, after))
        for name, old, new in found:
            yield self.words("restated.term", name=name, old=old, new=new)
        if not found:
            same_cases = before is None or after is None or before.cases == after.cases
            yield self.words("restated.exclusions" if same_cases else "restated.cases")

    def _pairs(self, before: StandardFigures | None, after: StandardFigures | None) -> Iterator[tuple[str, str, str]]:
        words = self.words
        for status in ("met", "breached", "excluded"):
            old, new = (getattr(each, status) if each else 0 for each in (before, after))
            if old != new:
                yield words(f"status.{status}"), self.phrases.whole(old), self.phrases.whole(new)
        if before is None or after is None or before.result is None or after.result is None:
            return
        if before.days_without_data != after.days_without_data:
            old, new = before.days_without_data or 0, after.days_without_data or 0
            yield words("restated.days_without_data"), self.phrases.whole(old), self.phrases.whole(new)
        yield from self._open_pairs(before, after)
        yield from self._target_pairs(before, after)
        if before.result != after.result:
            yield words("label.result"), words(f"result.{before.result}"), words(f"result.{after.result}")

    def _open_pairs(self, before: StandardFigures, after: StandardFigures) -> Iterator[tuple[str, str, str]]:
        """What was not known, where both kept it."""
        if before.in_doubt is None or after.in_doubt is None:
            return
        for name in InDoubt.model_fields:
            old, new = getattr(before.in_doubt, name), getattr(after.in_doubt, name)
            if old != new:
                yield self.words(f"restated.in_doubt.{name}"), self.phrases.whole(old), self.phrases.whole(new)
        if before.shown_ends != after.shown_ends:
            yield self.words("restated.ends"), self.phrases.bare_ends(before.ends), self.phrases.bare_ends(after.ends)

    def _target_pairs(self, before: StandardFigures, after: StandardFigures) -> Iterator[tuple[str, str, str]]:
        """What each target of a part came to, where both reported it."""
        if before.targets is None or after.targets is None or after.result == "check_error":
            return
        reported, found = ({each.key: each for each in row.targets or ()} for row in (before, after))
        for key in sorted({*reported, *found}):
            old, new = reported.get(key), found.get(key)
            for name, was, now in self._target_terms(old, new):
                yield (
                    self.words("restated.target", part=self._reported_part(after.standard_id, *key), name=name),
                    was,
                    now,
                )

    def _target_terms(self, old: ReportedTarget | None, new: ReportedTarget | None) -> Iterator[tuple[str, str, str]]:
        for status in ("met", "breached", "excluded"):
            was, now = (getattr(each, status) if each else 0 for each in (old, new))
            if was != now:
                yield self.words(f"status.{status}"), self.phrases.whole(was), self.phrases.whole(now)
        was, now = (each.result if each else "nothing_due" for each in (old, new))
        if was != now:
            yield self.words("label.result"), self.words(f"result.{was}"), self.words(f"result.{now}")
        elif old is not None and new is not None and old.shown != new.shown and old.counts == new.counts:
            yield self.words("restated.ends"), self.phrases.bare_ends(old.ends), self.phrases.bare_ends(new.ends)

    def _reported_part(self, standard_id: str, version: int, name: str) -> str:
        """The words for a part in a report; its id and version where that version is no longer in force."""
        standard = self.standards.get(standard_id)
        part = next((each for each in standard.targets if each.part == name), None) if standard else None
        if standard is None or part is None or standard.rule_version != version:
            named = part or PartTarget(part=name, text={}, target=1)
            return self.part_of_version(named, version)
        return self.part(part)

    def _cause(self, cause: str, count: int) -> str:
        text = self.words(f"restated.cause.{cause}")
        return self.words("restated.counted", cause=text, count=self.phrases.whole(count)) if count else text


def _shown(changes: Sequence[FigureChange]) -> list[FigureChange]:
    """The whole agency's figures speak for the departments' under the same standard."""
    whole_agency = {change.standard_id for change in changes if change.department_id is None}
    return [change for change in changes if change.department_id is None or change.standard_id not in whole_agency]
