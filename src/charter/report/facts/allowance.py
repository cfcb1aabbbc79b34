"""How many more breaches the year can bear, and the last day on which each duty of the calendar can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from charter.base.moments import local_date, naive_utc
from charter.report.facts.models import Allowance, Duty, DutyState
from charter.report.facts.rates import Components, Ends
from charter.report.facts.warehouse import Warehouse, aware

# A duty that is due within so many days and not done yet is at risk.
AT_RISK_DAYS = 31
# What the year can bear is nearly used up when that will be so within so many days, at the present rate.
NEARLY_DAYS = 60
_DUTIES = ("occurrence", "lead_time")


def allowance(known: Components, ends: Ends | None, target: float, first: date, last: date) -> Allowance | None:
    """What the year of ``last`` can still bear, if it goes on as from ``first`` to ``last`` (both included).

    The year decides what it has decided, what is not known of it, and as many a day as until now. Of these, the share
    1 - ``target`` may be breached; exact, with 0.95 meaning 95 in 100. What is not known counts as breached. None for a
    target of 100 %, of which nothing can be borne, and where nothing was decided yet.
    """
    if target >= 1 or not known.n:
        return None
    breached, missing = _at_worst(known, ends)
    elapsed, remaining = (last - first).days + 1, (date(last.year, 12, 31) - last).days
    projected = known.n + (missing or 0) + known.n * remaining // elapsed
    bearable = floor((1 - Fraction(str(target))) * projected)
    left = None if breached is None else bearable - breached
    return Allowance(
        projected=projected,
        bearable=bearable,
        breached=known.breached,
        # Also what was decided, and is in doubt.
        unknown=None if breached is None else breached - known.breached,
        left=left,
        used_up_on=None if left is None or breached is None else _used_up_on(left, breached, elapsed, last),
    )


def _at_worst(known: Components, ends: Ends | None) -> tuple[int | None, int | None]:
    """The breaches if all that is not known went wrong, and how many commitments more than were decided there would be
    then; None where nothing bounds it."""
    if ends is None:
        return known.breached, 0
    if ends.breached_at_most is None:
        return None, None
    return ends.breached_at_most, max(0, ends.breached_at_most + ends.met_at_least - known.n)


def _used_up_on(left: int, breached: int, elapsed: int, last: date) -> date | None:
    """The day on which the last one that can be borne is reached, at the rate until now; None when not this year."""
    if left <= 0 or breached == 0:
        return None
    day = last + timedelta(days=left * elapsed // breached)
    return day if day.year == last.year else None


def is_nearly_used_up(found: Allowance | None, last: date) -> bool:
    """Whether somebody should look before it is too late: soon after ``last`` what the year can bear is used up, or it
    just has been. What is exceeded can't be saved any more, and what nobody knows is told elsewhere."""
    if found is None or found.left is None or found.bearable == 0:
        return False
    ends = found.used_up_on
    return found.left == 0 or (ends is not None and ends <= last + timedelta(days=NEARLY_DAYS))


def read_duties(warehouse: Warehouse, year: int, zone: ZoneInfo) -> tuple[Duty, ...]:
    """Every duty of the calendar that falls due in ``year``, in the order of its days. Excluded ones are left out."""
    rows = warehouse.rows(
        f"""
        SELECT c.standard_id, c.department_id, c.part, {warehouse.texts("part", "p")}, c.subject_id, c.due_at, c.status
        FROM marts.fct_commitments AS c
        JOIN marts.dim_standard AS s USING (standard_id, rule_version)
        LEFT JOIN marts.dim_rule_part AS p USING (standard_id, rule_version, part)
        WHERE s.kind IN {_DUTIES} AND c.status <> 'excluded' AND c.due_at BETWEEN ? AND ?
        ORDER BY c.due_at, c.standard_id, c.part, c.subject_id
        """,
        [
            naive_utc(datetime(year, 1, 1, tzinfo=zone)) + timedelta(seconds=1),
            naive_utc(datetime(year + 1, 1, 1, tzinfo=zone)),
        ],
    )
    return tuple(_duty(row, warehouse.run.as_of, zone) for row in rows)


def _duty(row: Sequence[object], as_of: datetime, zone: ZoneInfo) -> Duty:
    standard_id, department_id, part, text, subject_id, due, status = row
    assert isinstance(due, datetime)
    due_at = aware(due)
    return Duty.model_validate(
        {
            "standard_id": standard_id,
            "department_id": department_id,
            "part": part,
            "part_text": text or {},
            "subject_id": subject_id,
            # A due time is the midnight that ends the last day.
            "last_day": local_date(due_at - timedelta(seconds=1), zone),
            "state": duty_state(str(status), due_at, as_of),
        }
    )


def duty_state(status: str, due_at: datetime, as_of: datetime) -> DutyState:
    """What has become of a duty at ``as_of`` (both aware)."""
    if status in ("met", "breached"):
        return "done" if status == "met" else "missed"
    if due_at <= as_of:
        # Its day has passed and its source has not spoken: nobody knows.
        return "no_data"
    return "at_risk" if due_at <= as_of + timedelta(days=AT_RISK_DAYS) else "due"
