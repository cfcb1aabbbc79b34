"""
# charter_daily: what is at risk this working day, to whoever answers for it

Each day at 07:30 in the agency's time, after `charter_nightly`; for agencies whose `reports.yaml` declares a report
with `period: working_day`, at the `schedule` that it names. A day off has no digest, and nobody is written to who has
nothing at risk.

**May it be run again?** Yes, on the same day. A recipient gets a day's digest once; where the night was run again and
has other figures, they get a visible correction. A morning that has passed is not made up for: the next digest tells
what is still at risk.

With `CHARTER_SCHEDULE=off` it starts when it is triggered, and only then.

What each task does, and what to do when it is red:

- `resolve_morning` settles which night's figures are told. A scheduled run waits here until that night is published,
  for nine hours at most; its log says so. Where a later night is published by then, the morning is over, and the run is
  skipped. *Red:* the night has not come (a run by hand waits for none). Run `charter_nightly`, as the message says,
  then clear the task, if the day is still young.
- `render_digests` renders the mails and puts them into the outbox. *Red:* nothing has been sent. The message names the
  place. Mend it and clear the task.
- `deliver` hands every message that waits in the outbox to the mail server, once. *Red:* some still wait, because the
  server can't be used or put them off. Clearing the task sends what still waits, and nothing a second time.
- `seal_morning` signs what was rendered and what was handed over. *Red:* the signing key is missing, or an earlier seal
  was altered: `charter verify` says which. Never delete evidence to get past this. Clear the task when it is mended.
- `require_settled` looks whether a recipient was left out, or a message waits for a person. *Red:* the message says
  which; mend it, or settle it with `charter outbox resolve`, `requeue` or `dismiss`, then clear the task.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import chain, dag, get_current_context

from charter_defaults import PATIENCE, REPORTS_LAST, SCHEDULES, asset, by_task, dag_of, due_at, step, waiting_step

MANUAL = by_task(__doc__)


def charter_daily() -> None:
    @waiting_step(PATIENCE["working_day"], doc_md=MANUAL["resolve_morning"], inlets=[asset("night")])
    def resolve_morning() -> str:
        from charter import line

        context = get_current_context()
        return line.resolve_morning(context["params"]["as_of"], due_at(context))

    @step(doc_md=MANUAL["render_digests"], inlets=[asset("night")], outlets=[asset("reports")])
    def render_digests(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.render_digests(as_of)

    @step(doc_md=MANUAL["deliver"], inlets=[asset("reports")], outlets=[asset("mail")])
    def deliver(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.deliver(as_of)

    @step(doc_md=MANUAL["seal_morning"], inlets=[asset("mail")], outlets=[asset("evidence")])
    def seal_morning(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.seal_morning(as_of)

    @step(doc_md=MANUAL["require_settled"])
    def require_settled(rendered: dict[str, Any]) -> dict[str, Any]:
        from charter import line

        return line.require_settled(rendered)

    night = resolve_morning()
    rendered = render_digests(night)
    chain(rendered, deliver(night), seal_morning(night), require_settled(rendered))


for schedule in SCHEDULES:
    if schedule.makes("working_day"):
        cron, lasts = schedule.cron("working_day", "30 7 * * *"), PATIENCE["working_day"] + REPORTS_LAST
        with dag_of(schedule, "charter_daily", cron, "daily", __doc__, lasts=lasts) as options:
            dag(doc_md=__doc__, **options)(charter_daily)()
