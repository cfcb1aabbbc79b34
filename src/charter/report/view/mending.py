"""From breach to mending, in words: the causes that are asked for, the actions and what came of them, the comments."""

from __future__ import annotations

from collections.abc import Iterator

from charter.report.facts.models import ActionFacts, ActionState, CauseAsked, EffectSide, Mending, OwnerComment
from charter.report.view.mending_models import ActionView, MendingView
from charter.report.view.naming import Naming
from charter.report.view.phrases import from_source

_ORDER: tuple[ActionState, ...] = ("overdue", "open", "done", "withdrawn")


class MendingWording(Naming):
    """Puts the register of actions into words."""

    def mending(self) -> MendingView:
        """What the report says of causes, actions and comments."""
        words, found = self.words, self.facts.mending
        return MendingView(
            title=words("mending.title"),
            notes=tuple(self._mending_notes(found)),
            asked_title=words("mending.asked"),
            asked=tuple(self._asked_cause(each) for each in found.asked) if found else (),
            actions_title=words("mending.actions"),
            actions=tuple(self._action(each) for state in _ORDER for each in found.in_state(state)) if found else (),
            comments_title=words("mending.comments"),
            comments=tuple(self._comment(each) for each in found.comments) if found else (),
            brief=self._mending_brief(found) if found else "",
        )

    def _mending_notes(self, found: Mending | None) -> Iterator[str]:
        if found is None or not found.keeps_actions:
            yield self.words("mending.not_connected")
            return
        if found.heard_on is None:
            yield self.words("mending.never_heard")
        elif not found.is_current:
            yield self.words("mending.heard_until", day=self.phrases.full_day(found.heard_on))
        if found.unread:
            yield self.words("mending.unread", count=self.phrases.whole(found.unread))
        if not found.asked and not found.actions and found.is_current:
            yield self.words("mending.nothing")

    def _mending_brief(self, found: Mending) -> str:
        counts = {"asked": len(found.asked), "overdue": len(found.in_state("overdue"))}
        told = [
            self.words(f"mending.brief.{name}", count=self.phrases.whole(count))
            for name, count in counts.items()
            if count
        ]
        return self.words("mending.brief.line", told=self.phrases.dotted(told)) if told else ""

    def _asked_cause(self, asked: CauseAsked) -> str:
        text = self.words(
            "mending.cause_missing" if asked.weeks == 1 else "mending.cause_missing_since",
            standard=self._for(asked.standard_id, asked.department_id),
            week=self.phrases.period(self.facts.period_kind, asked.since),
            weeks=self.phrases.whole(asked.weeks),
        )
        return self.phrases.dotted([text, self.words("mending.may_be_unread")]) if asked.unread else text

    def _for(self, standard_id: str, department_id: str | None) -> str:
        """A standard, and whose, where that is not plain from the report itself."""
        known = self.standards.get(standard_id)
        title = self.words.pick(known.text) if known else from_source(standard_id)
        if department_id == self.facts.department.id:
            return title
        whom = self.words("report.whole_agency") if department_id is None else self.name(department_id)
        return self.words("mending.of", standard=title, department=whom)

    def _action(self, action: ActionFacts) -> ActionView:
        return ActionView(
            state=self.words(f"mending.state.{action.state}"),
            state_class=action.state,
            title=self._for(action.standard_id, action.department_id),
            lines=tuple(self._action_lines(action)),
        )

    def _action_lines(self, action: ActionFacts) -> Iterator[str]:
        words, day = self.words, self.phrases.full_day
        yield words("mending.cause", cause=from_source(action.cause))
        yield words("mending.measure", measure=from_source(action.measure))
        held = [words("mending.owner", owner=self._owner(action.owner, action.owner_department_id))]
        held.append(words("mending.due", day=day(action.due_on)))
        if action.state == "overdue":
            held.append(words("mending.late", count=self.phrases.whole(action.days_overdue)))
        if action.state == "done" and action.done_on is not None:
            held.append(words("mending.done", day=day(action.done_on)))
        if action.state == "withdrawn" and action.ended_on is not None:
            held.append(words("mending.withdrawn", day=day(action.ended_on)))
        held.append(words("mending.number", number=from_source(action.action_id)))
        yield self.phrases.dotted(held)
        if action.unread:
            yield words("mending.newest_unread")
        if action.effect is not None:
            yield words(
                f"mending.effect.{action.effect.change}",
                before=self._side(action.effect.before),
                after=self._side(action.effect.after),
                looked_at=self.phrases.whole(action.effect.looked_at),
            )

    def _side(self, side: EffectSide) -> str:
        broken = side.components.broken_rate()
        return self.words(
            "mending.side" if broken else "mending.side_none",
            weeks=self.phrases.whole(side.weeks),
            breached=self.phrases.whole(side.components.breached),
            n=self.phrases.whole(side.components.n),
            rate=self.phrases.percent(broken.value) if broken else "",
        )

    def _owner(self, owner: str, department_id: str | None) -> str:
        return self.name(department_id) if department_id in self.departments else from_source(owner)

    def _comment(self, comment: OwnerComment) -> str:
        owner = self.agency.department_of_alias.get(comment.owner)
        return self.words(
            "mending.comment",
            standard=self._for(comment.standard_id, comment.department_id),
            span=self.phrases.span(comment.from_on, comment.to_on),
            comment=from_source(comment.comment),
            owner=self._owner(comment.owner, owner),
        )
