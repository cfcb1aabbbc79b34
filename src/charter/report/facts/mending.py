"""What is done about broken standards: causes on record, actions, and what owners say of the week before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from charter.base.moments import Period, last_ended_day, last_week_of, month_of
from charter.definitions.actions import ACTIONS, COMMENTS
from charter.definitions.models import Agency
from charter.report.facts.effect import DoneAction, effects_of
from charter.report.facts.figures import Key
from charter.report.facts.models import (
    ActionFacts,
    CauseAsked,
    Mending,
    OwnerComment,
    Result,
    RuleStep,
    SeriesAction,
)
from charter.report.facts.series import SERIES_WEEKS, SeriesTables
from charter.report.facts.warehouse import Warehouse, aware

_A_WEEK = timedelta(weeks=1)
_ACTION_COLUMNS = (
    *("action_id", "standard_id", "department_id", "from_on", "to_on", "cause", "measure", "owner", "due_on"),
    *("done_on", "state", "is_cause", "unread"),
)


@dataclass(frozen=True)
class MendingTables:
    """The registers as they are known tonight: every action and comment, and entries that could not be read.

    ``heard_on`` is the last day of which the register of actions was heard; None: of none. ``unread`` are the standards
    that unread entries of it name; None: one that can't be read.
    """

    keeps_actions: bool
    heard_on: date | None
    actions: tuple[ActionFacts, ...]
    comments: tuple[OwnerComment, ...]
    unread: tuple[str | None, ...]


def read_mending(
    warehouse: Warehouse, agency: Agency, week: Period, steps: Mapping[str, Sequence[RuleStep]]
) -> MendingTables | None:
    """The registers; None where no source of the agency's feeds any."""
    sources = agency.feeding(ACTIONS)
    if not sources and not agency.feeding(COMMENTS):
        return None
    return MendingTables(
        keeps_actions=bool(sources),
        heard_on=_heard_on(warehouse, sources) if sources else None,
        actions=tuple(_actions(warehouse, agency, week, steps)),
        comments=tuple(_comments(warehouse)),
        unread=tuple(
            standard_id
            for (standard_id,) in warehouse.rows(
                "SELECT standard_id FROM marts.unread_entries WHERE table_name = ? ORDER BY entry_id", [ACTIONS]
            )
        ),
    )


def _heard_on(warehouse: Warehouse, sources: Collection[str]) -> date | None:
    """The last day of which every source of the register was heard."""
    rows = warehouse.rows(
        "SELECT source_id, max(day) FILTER (WHERE covered) FROM marts.source_status GROUP BY source_id"
    )
    days = {source_id: day for source_id, day in rows if source_id in sources}
    heard = [days.get(source_id) for source_id in sources]
    return None if None in heard else min(day for day in heard if day)


def _actions(
    warehouse: Warehouse, agency: Agency, week: Period, steps: Mapping[str, Sequence[RuleStep]]
) -> Iterator[ActionFacts]:
    rows = warehouse.rows(
        """
        SELECT action_id, standard_id, department_id, from_on, to_on, cause, measure, owner, due_on, done_on, state,
               is_cause, unread_at IS NOT NULL, ended_at
        FROM marts.actions ORDER BY due_on, action_id
        """
    )
    named = agency.department_of_alias
    today = last_ended_day(warehouse.run.as_of, agency.zone)
    last_week = last_week_of(week)
    oldest = last_week.start - timedelta(weeks=SERIES_WEEKS)
    done = [
        DoneAction(row[0], (row[1], row[2]), row[9])
        for row in rows
        if row[10] == "done" and oldest <= row[9] <= week.end
    ]
    effects = effects_of(warehouse, done, last_week, steps)
    for *values, ended_at in rows:
        facts = dict(zip(_ACTION_COLUMNS, values, strict=True))
        owner, due_on, state = facts["owner"], facts["due_on"], facts["state"]
        yield ActionFacts.model_validate(
            {
                **facts,
                "owner_department_id": named.get(owner),
                "days_overdue": (today - due_on).days if state == "overdue" else 0,
                "ended_on": None if ended_at is None else last_ended_day(aware(ended_at), agency.zone),
                "effect": effects.get(facts["action_id"]),
            }
        )


def _comments(warehouse: Warehouse) -> Iterator[OwnerComment]:
    """The comments that stand and can be read."""
    rows = warehouse.rows(
        """
        SELECT comment_id, standard_id, department_id, from_on, to_on, comment, owner FROM marts.period_comments
        WHERE ended_at IS NULL AND unread_at IS NULL ORDER BY from_on, comment_id
        """
    )
    names = ("comment_id", "standard_id", "department_id", "from_on", "to_on", "comment", "owner")
    yield from (OwnerComment.model_validate(dict(zip(names, row, strict=True))) for row in rows)


# ── what one report shows ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Scope:
    """Whose report it is: its own departments (None among them: the whole agency), those above each department, and
    the standards that it speaks of."""

    week: Period
    members: Collection[str | None]
    above: Mapping[str, Sequence[str]]
    standards: Collection[str]
    results: Mapping[Key, Result]

    def concerns(self, standard_id: str, department_id: str | None) -> bool:
        """Whether what was entered for a department (None: all) belongs into this report."""
        if department_id in self.members and department_id is not None:
            return True
        is_above = department_id is None or any(
            department_id in self.above.get(each, ()) for each in self.members if each is not None
        )
        return is_above and standard_id in self.standards


def mending_of(tables: MendingTables, series: SeriesTables, scope: Scope) -> Mending:
    """What a report says of causes, actions and comments."""
    return Mending(
        keeps_actions=tables.keeps_actions,
        heard_on=tables.heard_on,
        is_current=tables.heard_on is not None and tables.heard_on >= scope.week.end,
        unread=sum(each is None or each in scope.standards for each in tables.unread),
        asked=tuple(_asked(tables, series, scope)) if tables.heard_on is not None else (),
        actions=tuple(
            each
            for each in tables.actions
            if scope.concerns(each.standard_id, each.department_id) and _is_shown(each, scope.week)
        ),
        comments=tuple(
            each
            for each in tables.comments
            if scope.concerns(each.standard_id, each.department_id) and _is_told(each, scope.week)
        ),
    )


def _is_told(comment: OwnerComment, period: Period) -> bool:
    """A comment comes with the next report: on the week of the report, and on the one before it; of a month, on any
    days that ended in it, and on the whole month before."""
    if period.kind == "month":
        before = month_of(period.start - timedelta(days=1))
        return period.start <= comment.to_on <= period.end or (
            comment.from_on <= before.start and comment.to_on == before.end
        )
    return period.start - _A_WEEK <= comment.to_on <= period.end


def actions_of(tables: MendingTables | None, key: Key, above: Sequence[str]) -> tuple[SeriesAction, ...]:
    """What was done to mend a standard of a department, or is to be done: marks on its chart.

    Those of the departments ``above`` it and of all are for it, too. The whole agency's are those of any department.
    """
    standard_id, department_id = key
    found = (
        each
        for each in (tables.actions if tables else ())
        if each.standard_id == standard_id
        and (department_id is None or each.department_id in (None, department_id, *above))
    )
    marks = [mark for each in found if (mark := _mark(each)) is not None]
    return tuple(sorted(marks, key=lambda mark: (mark.on, mark.action_id)))


def _mark(action: ActionFacts) -> SeriesAction | None:
    """None of a withdrawn action: nothing was done, and nothing is to be done."""
    if action.state == "withdrawn":
        return None
    return SeriesAction(
        action_id=action.action_id,
        department_id=action.department_id,
        on=action.done_on if action.state == "done" and action.done_on is not None else action.due_on,
        state=action.state,
        change=None if action.effect is None else action.effect.change,
    )


def _is_shown(action: ActionFacts, week: Period) -> bool:
    """Open ones that had begun; done ones for half a year; a withdrawn one in the week in which it went."""
    if action.state == "withdrawn":
        return action.ended_on is not None and week.start <= action.ended_on <= week.end
    if action.state == "done" and action.done_on is not None:
        return action.done_on >= week.start - timedelta(weeks=SERIES_WEEKS)
    return action.from_on <= week.end


def _asked(tables: MendingTables, series: SeriesTables, scope: Scope) -> Iterator[CauseAsked]:
    """The standards broken in the week for which nobody has said why: by department; of the agency as a whole only
    where it broke one that no department broke."""
    broken = [
        (standard_id, department_id)
        for (standard_id, department_id), result in scope.results.items()
        if result == "broken" and department_id in scope.members
    ]
    by_department = {standard_id for standard_id, department_id in broken if department_id is not None}
    order = {standard_id: at for at, standard_id in enumerate(scope.standards)}
    for standard_id, department_id in sorted(broken, key=lambda key: (order.get(key[0], len(order)), key[1] or "")):
        if department_id is None and standard_id in by_department:
            continue
        if _has_cause(tables, scope, standard_id, department_id, scope.week):
            continue
        is_month = scope.week.kind == "month"
        weeks = (
            [scope.week.start] if is_month else list(_broken_weeks(tables, series, scope, (standard_id, department_id)))
        )
        yield CauseAsked(
            standard_id=standard_id,
            department_id=department_id,
            since=min(weeks),
            weeks=len(weeks),
            unread=any(each is None or each == standard_id for each in tables.unread),
        )


def _broken_weeks(tables: MendingTables, series: SeriesTables, scope: Scope, key: Key) -> Iterator[date]:
    """The broken weeks in a row that end with this one and have no cause; weeks that say neither are passed over."""
    known = series.weeks.get(key, {})
    yield scope.week.start
    start = scope.week.start - _A_WEEK
    while start in known or any(each < start for each in known):
        found = known.get(start)
        if found is not None and found.result == "kept":
            return
        if found is not None and found.result == "broken":
            if _has_cause(tables, scope, *key, Period("week", start, start + timedelta(days=6))):
                return
            yield start
        start -= _A_WEEK


def _has_cause(
    tables: MendingTables, scope: Scope, standard_id: str, department_id: str | None, period: Period
) -> bool:
    """Whether a cause is on record for a week (a month) of a standard and department: of it, of one above it, or of
    all. For the whole agency that of any department counts."""
    return any(
        each.standard_id == standard_id
        and each.answers(period.start, period.end)
        and (
            department_id is None
            or each.department_id in (None, department_id)
            or each.department_id in scope.above.get(department_id, ())
        )
        for each in tables.actions
    )
