"""Is each report out by the time that reports.yaml gives it?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from croniter import croniter  # type: ignore[import-untyped]

from charter.base.errors import CharterError
from charter.base.moments import closed_period, local_date
from charter.definitions.models import REPORT_NAMES
from charter.definitions.models.reports import ReportDefinition
from charter.health.finding import Finding, State, in_order
from charter.health.place import Place
from charter.health.runs import last_run

# A report that is made later than the time by which it is due has so long.
_AT_LEAST = timedelta(hours=1)
# No agency is closed for longer.
_DAYS_OFF = 31


def look(place: Place, now: datetime) -> Iterator[Finding]:
    first = _first_night(place)
    for report in place.agency.reports.mailed:
        made = made_at(place, report, now)
        due = due_at(place, report, made)
        if now < due:
            # Not late yet: the one before it may be.
            made = made_at(place, report, made - timedelta(seconds=1))
            due = due_at(place, report, made)
        period = period_of(place, report, made)
        if first is None or made < first or is_out(place, report, period):
            yield in_order(f"reports/{report.id}", f"{report.id}: nothing is late")
            continue
        yield Finding(
            cause=f"reports/{report.id}",
            state=State.FAILURE,
            code="report_late",
            where=f"reports.yaml, {report.id}",
            values={
                "report": report.id,
                "period": period,
                "due": f"{due.astimezone(place.zone):%Y-%m-%d %H:%M}",
                "command": _COMMANDS[report.period].format(period),
            },
            since=due,
        )


_COMMANDS = {
    "week": "charter weekly --week {}",
    "month": "charter monthly --month {}",
    "working_day": "charter digest",
}


def made_at(place: Place, report: ReportDefinition, now: datetime) -> datetime:
    """The last instant up to ``now`` at which the report was to be made; a digest is on a working day alone."""
    from charter.report.facts.mornings import is_working_day

    # The schedule's own minute counts.
    earlier = croniter(report.cron, (now + timedelta(seconds=1)).astimezone(place.zone))
    made: datetime = earlier.get_prev(datetime)
    for _ in range(_DAYS_OFF if report.period == "working_day" else 0):
        if is_working_day(place.agency, made.date()):
            break
        made = earlier.get_prev(datetime)
    return made.astimezone(UTC)


def due_at(place: Place, report: ReportDefinition, made: datetime) -> datetime:
    """By when the report that is made at ``made`` is to be out."""
    by = datetime.combine(local_date(made, place.zone), report.due_by, place.zone).astimezone(UTC)
    return max(by, made + _AT_LEAST)


def period_of(place: Place, report: ReportDefinition, made: datetime) -> str:
    """What the report that is made at ``made`` is about, by its key."""
    if report.period == "working_day":
        return local_date(made, place.zone).isoformat()
    return closed_period(report.period, made, place.zone).key()


def is_out(place: Place, report: ReportDefinition, period: str) -> bool:
    """Whether the report of ``period`` was handed over. Where no run has left its mark (an earlier release left none),
    its messages tell."""
    known = last_run(place.settings, report.period)
    if known is not None and known.of >= period:
        return True
    if report.period == "working_day":
        return False
    return _is_mailed(place, REPORT_NAMES[report.period], period)


def _is_mailed(place: Place, name: str, period: str) -> bool:
    from charter.deliver.outbox import Outbox, outbox_path

    if not outbox_path(place.settings).exists():
        return False
    with Outbox.open(place.settings) as outbox:
        states = [record.state.value for record in outbox.records(report=name, period=period)]
    return bool(states) and not {"queued", "claimed"} & set(states)


def _first_night(place: Place) -> datetime | None:
    """The first night that was sealed: what was due before it is not asked for."""
    from charter.evidence import read_chain

    try:
        chain = read_chain(place.settings.evidence_dir)
    except CharterError:
        # The probe of the evidence tells it.
        return None
    return min((entry.as_of for entry in chain if entry.kind == "nightly"), default=None)
