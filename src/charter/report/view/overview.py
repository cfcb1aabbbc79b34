"""The agency on one page, in words: its pledges, its units, what is new, what persists, and what needs a decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from charter.report.facts.models import AgencyWeek, BrokenRun, Decision, DepartmentSummary, PledgeWeek, UnitFigures
from charter.report.view.models import BelowView, DecisionView, Limits, ListView, OverviewView, PledgeView
from charter.report.view.naming import Naming
from charter.report.view.phrases import from_source


class OverviewWording(Naming):
    """Puts what concerns several departments into words."""

    # ── units ───────────────────────────────────────────────────────────────────────────────────

    def below(self, most: int) -> tuple[tuple[BelowView, ...], str]:
        """The departments below of which there is something to tell, and how many are left out.

        All of them as a tree, each parent with the sum of all under it; where they are more than ``most``, the gravest
        of them by their own figures.
        """
        units = [unit for unit in self.facts.below if unit.in_all.any]
        if len(units) <= most:
            return tuple(self._in_tree(unit) for unit in units), ""
        alone = sorted((unit for unit in units if unit.own.any), key=lambda unit: unit.own.gravity)
        rest = self.words("below.rest", count=len(alone) - most) if len(alone) > most else ""
        return tuple(self._by_itself(unit) for unit in alone[:most]), rest

    def _in_tree(self, unit: DepartmentSummary) -> BelowView:
        own = ""
        if unit.has_below and unit.own.any:
            shown = self._figures(unit.own)
            own = self.words(
                "below.own", breached=shown["breached"], still_open=shown["still_open"], no_data=shown["no_data"]
            )
        return self._unit(unit, unit.in_all, level=unit.level, own=own, parent="")

    def _by_itself(self, unit: DepartmentSummary) -> BelowView:
        parent = self.departments[unit.department_id].parent_id
        named = "" if parent in (None, self.facts.department.id) else self.name(parent)
        return self._unit(unit, unit.own, level=0, own="", parent=named)

    def _unit(self, unit: DepartmentSummary, figures: UnitFigures, *, level: int, own: str, parent: str) -> BelowView:
        return BelowView(
            id=unit.department_id,
            name=self.name(unit.department_id),
            level=level,
            bad=bool(figures.components.breached or figures.broken),
            own=own,
            parent=parent,
            **self._figures(figures),
        )

    def _figures(self, figures: UnitFigures) -> dict[str, str]:
        counts = {
            "met": figures.components.met,
            "breached": figures.components.breached,
            "pending": figures.components.pending,
            "broken": figures.broken,
            "no_data": figures.no_data + figures.check_error,
            "still_open": figures.still_open,
        }
        return {name: self.phrases.whole(count) for name, count in counts.items()}

    # ── the page ────────────────────────────────────────────────────────────────────────────────

    def overview(self, agency: AgencyWeek, limits: Limits) -> OverviewView:
        """The agency's overview; ``limits`` bounds what it lists, never what it counts."""
        found = agency.overview
        decisions = tuple(self._decisions(found.decisions, limits))
        return OverviewView(
            pledges=tuple(self._pledge(pledge) for pledge in agency.pledges if pledge.standard_ids),
            lists=tuple(
                self.listed_lines(name, lines, limits)
                for name, lines in (
                    ("new", [self._run(run) for run in found.new]),
                    ("persisting", [self._persisting(run) for run in found.persisting]),
                    ("restated", list(self._restated_weeks(agency))),
                )
                if lines
            ),
            decisions=decisions[: limits.decisions],
            decisions_rest=self._rest(len(decisions) - limits.decisions),
            labels=self.words.section("overview.label"),
        )

    def listed_lines(self, name: str, lines: Sequence[str], limits: Limits) -> ListView:
        """The first of ``lines`` under the heading ``overview.<name>``."""
        return ListView(
            self.words(f"overview.{name}", count=self.phrases.whole(len(lines))),
            tuple(lines[: limits.listed]),
            self._rest(len(lines) - limits.listed),
        )

    def _rest(self, left: int) -> str:
        return self.words("overview.rest", count=self.phrases.whole(left)) if left > 0 else ""

    def _pledge(self, pledge: PledgeWeek) -> PledgeView:
        components = pledge.components
        return PledgeView(
            title=self.words.pick(pledge.text),
            kept=self.phrases.whole(pledge.kept),
            broken=self.phrases.whole(pledge.broken),
            undecided=self.phrases.whole(pledge.undecided),
            commitments=self.words(
                "overview.commitments",
                met=self.phrases.whole(components.met),
                breached=self.phrases.whole(components.breached),
                pending=self.phrases.whole(components.pending),
            ),
            bad=bool(pledge.broken),
        )

    def _run(self, run: BrokenRun) -> str:
        return self.words("overview.run", title=self.title(run.standard_id), department=self.name(run.department_id))

    def _persisting(self, run: BrokenRun) -> str:
        return self.words(
            "overview.run_weeks",
            title=self.title(run.standard_id),
            department=self.name(run.department_id),
            weeks=run.weeks,
            since=self.phrases.period_of_year(self.facts.period_kind, run.since),
        )

    def _restated_weeks(self, agency: AgencyWeek) -> Iterator[str]:
        for week in agency.overview.restated:
            yield self.words(
                "overview.restated_week",
                week=self.phrases.week(week.week_start),
                commitments=self.phrases.whole(week.commitments),
                departments=self.phrases.whole(week.departments),
            )

    def _decisions(self, decisions: Sequence[Decision], limits: Limits) -> Iterator[DecisionView]:
        """One line each; causes that several departments owe share one, which names who owes how many."""
        causes = [decision for decision in decisions if decision.kind == "cause"]
        if causes:
            yield self._causes(causes, limits)
        for decision in decisions:
            if decision.kind != "cause":
                yield self._decision(decision.kind, self._decided_on(decision), self._decider(decision))

    def _causes(self, decisions: Sequence[Decision], limits: Limits) -> DecisionView:
        counts = [len(decision.standard_ids) for decision in decisions]
        text = self.words("overview.about.cause", count=sum(counts))
        if len(decisions) == 1:
            return self._decision("cause", text, self._decider(decisions[0]))
        holders = [
            self.words("overview.holder", department=self._holder(decision), count=self.phrases.whole(count))
            for decision, count in zip(decisions, counts, strict=True)
        ]
        if len(holders) > limits.holders:
            rest = self.phrases.whole(len(holders) - limits.holders)
            holders = [*holders[: limits.holders], self.words("overview.holders_rest", count=rest)]
        return self._decision("cause", text, self.words("todo.held_by", department=self.phrases.list(holders)))

    def _decision(self, kind: str, text: str, owner: str) -> DecisionView:
        return DecisionView(kind, self.words(f"overview.what.{kind}"), text, owner)

    def _holder(self, decision: Decision) -> str:
        return self.words("overview.owner.none") if decision.owner_id is None else self.name(decision.owner_id)

    def _decider(self, decision: Decision) -> str:
        if decision.kind == "calendar":
            return self.words("overview.owner.calendar")
        if decision.owner_id is None:
            return self.words("overview.owner.none")
        return self.words("todo.held_by", department=self.name(decision.owner_id))

    def _decided_on(self, decision: Decision) -> str:
        titles = [self.title(standard_id) for standard_id in decision.standard_ids]
        day = self.phrases.full_day(decision.on) if decision.on else ""
        if decision.kind == "source":
            return self.words("overview.about.source", source=self.source(decision.subject), day=day)
        if decision.kind == "calendar":
            return self.words("overview.about.calendar", day=day)
        return self.words(
            "overview.about.waiver",
            waiver=from_source(decision.subject),
            titles=self.phrases.titles(titles),
            day=day,
            approver=from_source(decision.approver),
        )
