"""Single commitments as ready texts."""

from __future__ import annotations

from datetime import timedelta

from charter.report.facts.models import Case, CaseList
from charter.report.view.causes import CauseWording
from charter.report.view.links import case_address
from charter.report.view.models import CasesView, CaseView, Limits
from charter.report.view.phrases import from_source


class CaseWording(CauseWording):
    """Puts cases into words."""

    def case(self, case: Case, *, breached: bool) -> CaseView:
        owner = case.department_id != self.facts.department.id and self.name(case.department_id)
        detail = [text for text in (owner, self.words.pick(case.part_text)) if text]
        if case.broken_standard_id is not None:
            detail.append(self.words("case.after_breach", standard=self.title(case.broken_standard_id)))
        if case.due_basis != "limit" and f"due_basis.{case.due_basis}" in self.words:
            detail.append(self.words(f"due_basis.{case.due_basis}"))
        if case.paused_count:
            length = self.phrases.duration(timedelta(seconds=case.paused_seconds))
            detail.append(self.words("case.paused", count=self.phrases.whole(case.paused_count), length=length))
        waiting = self.words("state.awaiting_data") if case.awaiting_data else self._time_left(case)
        return CaseView(
            subject=from_source(case.subject_id),
            address=case_address(self.agency, case),
            detail=self.phrases.titles(detail),
            opened=self.phrases.moment(case.opened_at),
            due=self.due(case),
            fulfilled=self._fulfilled(case, breached=breached),
            state=self.state(case) if breached else waiting,
            open=breached and case.correctable and case.fulfilled_at is None,
        )

    def _fulfilled(self, case: Case, *, breached: bool) -> str:
        if case.fulfilled_at:
            return self.phrases.moment(case.fulfilled_at)
        return self.words("case.not_yet" if case.correctable or not breached else "case.never")

    def due(self, case: Case) -> str:
        """When a case falls due; in words where nobody knows."""
        if case.due_at is None:
            return self.words(f"case.due_unknown.{case.due_basis}")
        return self.phrases.end(case.due_at)

    def _time_left(self, case: Case) -> str:
        if case.due_at is None:
            return self.words("state.set_aside" if case.due_basis == "beyond_calendar" else f"state.{case.due_basis}")
        return self.words("state.time_left", left=self.phrases.duration(case.due_at - self.facts.as_of))

    def cases(self, title: str, citation: str, found: CaseList, most: int, *, breached: bool) -> CasesView:
        shown = found.cases[: max(most, 0)]
        rest = found.count - len(shown)
        return CasesView(
            title=title,
            citation=citation,
            count=self.words("case.count", count=self.phrases.whole(found.count)),
            cases=tuple(self.case(case, breached=breached) for case in shown),
            rest=self.words("case.rest", count=self.phrases.whole(rest)) if rest else "",
        )

    def listed(self, found: CaseList, most: int, *, breached: bool) -> CasesView | None:
        """Cases of several standards in one list: each says which standard it belongs to."""
        if not found.count:
            return None
        view = self.cases("", "", found, most, breached=breached)
        named = tuple(
            CaseView(
                subject=shown.subject,
                address=shown.address,
                detail=self.phrases.titles([text for text in (self.title(case.standard_id), shown.detail) if text]),
                opened=shown.opened,
                due=shown.due,
                fulfilled=shown.fulfilled,
                state=shown.state,
                open=shown.open,
            )
            for shown, case in zip(view.cases, found.cases, strict=False)
        )
        return CasesView(view.title, view.citation, view.count, named, view.rest)

    def breaches(self, limits: Limits) -> tuple[tuple[CasesView, ...], str]:
        left, views = limits.in_all, []
        for group in self.facts.breaches:
            most = min(limits.per_standard, left)
            if most <= 0:
                break
            found = CaseList(count=group.count, cases=group.cases)
            views.append(
                self.cases(self.title(group.standard_id), self._citation(group.standard_id), found, most, breached=True)
            )
            left -= min(most, len(group.cases))
        unlisted = self.facts.breaches[len(views) :]
        rest = ""
        if unlisted:
            rest = self.words(
                "case.groups_rest",
                standards=len(unlisted),
                count=self.phrases.whole(sum(group.count for group in unlisted)),
                names=self.phrases.titles([self.title(group.standard_id) for group in unlisted]),
            )
        return tuple(views), rest
