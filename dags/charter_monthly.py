"""
# charter_monthly: the month's reports, to every department head

The first of each month at 07:00 in the agency's time, for agencies whose `reports.yaml` declares a report with
`period: month`, at the `schedule` that it names (Airflow shows times in the zone that is chosen at its lower left). One
run reports the last calendar month that had ended, or the one named by the parameter `month`, from the published
warehouse. Unless a month or a night is named, months that were missed since the newest reported one go out with it.

**May it be run again?** Yes, and late, as `charter_weekly`. A recipient gets a report once. When figures of any
reported month are not those that were sent, the new ones go out as a visible correction. Where the figures stand nobody
is written to.

With `CHARTER_SCHEDULE=off` it starts when it is triggered, and only then.

What each task does, and what to do when it is red:

- `resolve_month` settles which month is reported. A scheduled run waits here until a night since the month's end is
  published, for six days at most; its log says for which one. *Red:* a parameter is malformed, a setting is missing, or
  that night never came (a run by hand waits for none). Run `charter_nightly`, as the message says, then clear the task.
- `render_reports` renders mails and PDFs, and puts the messages into the outbox; a report that can't be rendered stops
  no other. *Red:* nothing has been sent. The message names the place. Mend it and clear the task.
- `deliver` hands every message that waits in the outbox to the mail server, once. *Red:* some still wait, because the
  server can't be used or put them off. Clearing the task sends what still waits, and nothing a second time.
- `seal_month` signs what was rendered and what was handed over, also when another night was published in between.
  *Red:* the signing key is missing, or an earlier seal was altered: `charter verify` says which. Never delete evidence
  to get past this. Clear the task whenever it is mended, days later too.
- `refresh_site` writes the pages anew, with links to the month's reports. *Red:* the reports have gone out all the
  same. Clear the task.
- `require_settled` looks whether a report was left out, or a message of any period waits for a person. *Red:* the
  message says which; mend it and trigger the DAG again, or settle it with `charter outbox resolve`, `requeue` or
  `dismiss`, then clear the task.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import chain, dag, get_current_context

from charter_defaults import (
    MONTH,
    PATIENCE,
    REPORTS_LAST,
    SCHEDULES,
    asset,
    by_task,
    dag_of,
    due_at,
    names_no_period,
    step,
    waiting_step,
)

MANUAL = by_task(__doc__)


def charter_monthly() -> None:
    @waiting_step(PATIENCE["month"], doc_md=MANUAL["resolve_month"], inlets=[asset("night")])
    def resolve_month() -> str:
        from charter import line

        context = get_current_context()
        return line.resolve_month(context["params"]["as_of"], due_at(context), context["params"]["month"])

    @step(doc_md=MANUAL["render_reports"], inlets=[asset("night")], outlets=[asset("reports")])
    def render_reports(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.render_reports(as_of, "month", catches_up=names_no_period(get_current_context()))

    @step(doc_md=MANUAL["deliver"], inlets=[asset("reports")], outlets=[asset("mail")])
    def deliver(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.deliver(as_of)

    @step(doc_md=MANUAL["seal_month"], inlets=[asset("mail")], outlets=[asset("evidence")])
    def seal_month(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.seal_month(as_of)

    @step(doc_md=MANUAL["refresh_site"], inlets=[asset("reports")], outlets=[asset("site")])
    def refresh_site() -> dict[str, Any]:
        from charter import line

        return line.refresh_site()

    @step(doc_md=MANUAL["require_settled"])
    def require_settled(rendered: dict[str, Any]) -> dict[str, Any]:
        from charter import line

        return line.require_settled(rendered)

    month = resolve_month()
    rendered = render_reports(month)
    chain(
        rendered,
        deliver(month),
        seal_month(month),
        refresh_site(),
        require_settled(rendered),
    )


for schedule in SCHEDULES:
    if schedule.makes("month"):
        cron, lasts = schedule.cron("month", "0 7 1 * *"), PATIENCE["month"] + REPORTS_LAST
        with dag_of(schedule, "charter_monthly", cron, "monthly", __doc__, lasts=lasts, month=MONTH) as options:
            dag(doc_md=__doc__, **options)(charter_monthly)()
