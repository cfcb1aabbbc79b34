"""The steps of a promise to one case: a deadline, a lead time, or evidence that must be on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from charter.base.moments import end_of_day, local_date
from charter.definitions.models import Agency
from charter.explain.clock import Opening, Pause, Walk, due_of, elapsed_due, last_day_of, union_of
from charter.explain.conditions import day_of, has_come, instant_of, meets
from charter.explain.derive import Case, Deriving
from charter.explain.models import CommitmentTold, StepTold
from charter.transform.compile.calendar import ClockRules, clock_rules
from charter.transform.compile.rule_parts import EvidenceOption, RulePart


class Steps:
    """Walks through promises as they stand at ``as_of`` (aware)."""

    def __init__(self, agency: Agency, deriving: Deriving, as_of: datetime) -> None:
        self._agency = agency
        self._deriving = deriving
        self._as_of = as_of

    def of(self, told: CommitmentTold, part: RulePart, case: Case, owner_then: str) -> tuple[StepTold, ...]:
        """The steps of a commitment to one case, and whether they come to what the ledger says.

        ``owner_then`` is the department that owned the case when it opened.
        """
        match part.kind:
            case "deadline":
                walk = self._deadline(told, part, case, owner_then)
            case "lead_time":
                walk = self._lead_time(told, part, case, owner_then)
            case _:
                walk = self._coverage(told, part, case)
        return (*walk.steps, *self._verdict(told, part, case, walk.due_at))

    # ── deadlines ───────────────────────────────────────────────────────────────────────────────

    def _deadline(self, told: CommitmentTold, part: RulePart, case: Case, owner_then: str) -> Walk:
        opening = self._opening(told, part, case, owner_then)
        walk = due_of(opening)
        if opening.calendar is None or walk.due_at == told.due_at:
            return walk
        # What became known of the calendar later moved it: the newest version that gives the ledger's due time.
        rules = opening.calendar
        known = rules.working_time.changes(rules.first_day, local_date(self._as_of, rules.known_in))
        for known_on in (day for day in known if opening.known_on is not None and day > opening.known_on):
            later = due_of(replace(opening, known_on=known_on))
            if later.due_at == told.due_at:
                moved = StepTold(kind="calendar", day=known_on, at=walk.due_at)
                return Walk((*walk.steps, moved, *later.steps[1:]), later.due_at)
        return walk

    def _opening(self, told: CommitmentTold, part: RulePart, case: Case, owner_then: str) -> Opening:
        zone = self._agency.zone
        rules = self._calendar(part, owner_then)
        limit = self._limit(part, case)
        extended = self._extended_at(part, case)
        return Opening(
            part=part,
            opened_at=told.opened_at,
            limit=limit,
            zone=zone,
            calendar=rules,
            known_on=local_date(told.opened_at, rules.known_in) if rules is not None else None,
            prolonged=limit + part.extension_count if limit is not None and part.extension_count is not None else None,
            extended_at=extended,
            promised_at=self._promised(part, case),
            pauses=self._pauses(part, case, told),
        )

    def _calendar(self, part: RulePart, owner_then: str) -> ClockRules | None:
        if part.calendar is None:
            return None
        rules = {each.name: each for each in clock_rules(self._agency)}
        office = rules.get(f"office:{owner_then}") if part.calendar == "agency" else None
        return office or rules[part.calendar]

    def _limit(self, part: RulePart, case: Case) -> int | None:
        if part.row_limit is None:
            return part.limit_count
        value = case.cells.get(part.row_limit.column)
        if part.row_limit.count_per_unit is None:
            said = str(value).lower() if isinstance(value, bool) else str(value)
            return part.row_limit.counts.get(said, part.row_limit.otherwise)
        if value is None:
            return part.row_limit.otherwise
        is_usable = isinstance(value, int | float) and 0 <= value <= (part.row_limit.at_most or 0)
        return round(float(value) * part.row_limit.count_per_unit) if is_usable else None  # type: ignore[arg-type]

    def _extended_at(self, part: RulePart, case: Case) -> datetime | None:
        if part.extension_notified is None or case.cells.get(part.extension_reason or "") is None:
            return None
        notified = case.cells.get(part.extension_notified.name)
        has_been = has_come(notified, self._as_of, self._agency.zone)
        return instant_of(notified, self._agency.zone) if has_been else None

    def _promised(self, part: RulePart, case: Case) -> datetime | None:
        """The promised moment; a promised day ends with its midnight."""
        if part.due is None:
            return None
        value, zone = case.cells.get(part.due.name), self._agency.zone
        if part.counting == "promised_day":
            day = day_of(value, zone)
            return end_of_day(day, zone) if day is not None else None
        return instant_of(value, zone)

    def _pauses(self, part: RulePart, case: Case, told: CommitmentTold) -> tuple[Pause, ...]:
        """The stretches in which the clock stood still, from the opening on and until the fulfilment at most."""
        if part.pauses is None:
            return ()
        rule, zone = part.pauses, self._agency.zone
        key = str(case.cells.get(part.key))
        rows = self._deriving.cases_of(rule.table, rule.by, key, case)
        come = [row for row in rows if has_come(row.cells.get(rule.at.name), self._as_of, zone)]
        moments = [(instant_of(row.cells[rule.at.name], zone), row) for row in come]
        releases = sorted(at for at, row in moments if at is not None and meets(rule.until, row.cells))
        held = []
        for at, row in moments:
            if at is None or not meets(rule.where, row.cells):
                continue
            released = next((each for each in releases if each >= at), None)
            longest = at + timedelta(seconds=rule.at_most_seconds)
            until = longest if released is None else min(released, longest)
            if at < until:
                held.append(Pause(at, until))
        pauses = []
        for pause in union_of(held):
            since = max(pause.since, told.opened_at)
            ends = [each for each in (pause.until, told.fulfilled_at) if each is not None and each <= self._as_of]
            if not ends or since < min(ends):
                pauses.append(Pause(since, min(ends) if ends else None))
        return tuple(pauses)

    # ── lead times ──────────────────────────────────────────────────────────────────────────────

    def _lead_time(self, told: CommitmentTold, part: RulePart, case: Case, owner_then: str) -> Walk:
        assert part.event is not None and part.limit_count is not None
        zone, event = self._agency.zone, case.cells.get(part.event.name)
        steps = [
            StepTold(kind="opens", at=told.opened_at),
            StepTold(kind="event", at=instant_of(event, zone), what=part.event.name),
            StepTold(kind="limit", amount=part.limit_count, unit=part.counting),
        ]
        event_on, event_at = day_of(event, zone), instant_of(event, zone)
        if event_on is None or event_at is None:
            return Walk((*steps, StepTold(kind="no_due", what="no_event")), None)
        due_at: datetime | None
        if part.counting == "seconds":
            due_at = event_at - timedelta(seconds=part.limit_count)
        elif part.counting == "working_days":
            rules = self._calendar(part, owner_then)
            assert rules is not None
            day, left = event_on, part.limit_count
            known_on = local_date(told.opened_at, rules.known_in)
            while left and day > rules.first_day:
                day -= timedelta(days=1)
                if rules.working_time.blocks(day, known_on):
                    left -= 1
                    steps.append(StepTold(kind="working_day", day=day, total=part.limit_count - left))
            if left:
                return Walk((*steps, StepTold(kind="no_due", what="beyond_calendar")), None)
            due_at = end_of_day(day, zone)
        else:
            due_at = end_of_day(last_day_of(part.counting, event_on, -part.limit_count), zone)
        return Walk((*steps, StepTold(kind="due", at=due_at)), due_at)

    # ── evidence ────────────────────────────────────────────────────────────────────────────────

    def _coverage(self, told: CommitmentTold, part: RulePart, case: Case) -> Walk:
        opening = Opening(part, told.opened_at, part.limit_count, self._agency.zone)
        due_at = elapsed_due(opening)
        steps = [
            StepTold(kind="opens", at=told.opened_at),
            StepTold(kind="limit", amount=part.limit_count, unit=part.counting),
            StepTold(kind="due", at=due_at),
        ]
        for piece in part.evidence:
            there = [option for option in piece.options if self._is_on_record(option, case)]
            names = " / ".join(option.column.name for option in there or piece.options)
            at = instant_of(case.cells.get(there[0].column.name), self._agency.zone) if there else None
            steps.append(StepTold(kind="evidence" if there else "no_evidence", what=names, at=at))
        return Walk(tuple(steps), due_at)

    def _is_on_record(self, option: EvidenceOption, case: Case) -> bool:
        """Whether a column is filled (and not false), and in the order that the rule asks for."""
        zone, value = self._agency.zone, case.cells.get(option.column.name)
        if value is None or value is False:
            return False
        if isinstance(value, datetime) and not has_come(value, self._as_of, zone):
            return False
        if option.after is None:
            return True
        after = case.cells.get(option.after.name)
        if after is None:
            return False
        if option.by_day:
            days = (day_of(value, zone), day_of(after, zone))
            if days[0] is None or days[1] is None or days[0] < days[1]:
                return False
            return option.within_days is None or (days[0] - days[1]).days <= option.within_days
        at, since = instant_of(value, zone), instant_of(after, zone)
        if at is None or since is None or at < since:
            return False
        return option.within_seconds is None or (at - since).total_seconds() <= option.within_seconds

    # ── the verdict ─────────────────────────────────────────────────────────────────────────────

    def _verdict(self, told: CommitmentTold, part: RulePart, case: Case, due_at: datetime | None) -> Iterator[StepTold]:
        yield StepTold(kind="agrees" if due_at == told.due_at else "differs", at=told.due_at, until=due_at)
        if part.not_before is not None:
            earliest = instant_of(case.cells.get(part.not_before.name), self._agency.zone)
            yield StepTold(kind="not_before", at=earliest, what=part.not_before.name)
        if told.fulfilled_at is None:
            yield StepTold(kind="unfulfilled")
        else:
            yield StepTold(kind="fulfilled", at=told.fulfilled_at, what=told.fulfilled_by or "")
        yield measured(told, part)


def measured(told: CommitmentTold, part: RulePart) -> StepTold:
    """What was measured, and what it is held against."""
    # Of one limit the part's lower one is the limit itself.
    is_between = part.limit_least is not None and part.limit_most is not None
    return StepTold(
        kind="measured",
        amount=told.measured_value,
        total=told.limit_value,
        least=part.limit_least if is_between else told.lower_limit_value,
        unit=told.unit,
        what=part.comparison,
    )
