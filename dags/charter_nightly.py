"""
# charter_nightly: was every promise kept, as of last midnight?

Each night at 02:00 in the agency's time (Airflow shows times in the zone that is chosen at its lower left). One run
judges one night: all that was known at the midnight that ended the day. Nights that were missed, because the scheduler
was down or this DAG paused, are run before it, the earliest first, each as of its own midnight.

**May it be run again?** Always, any night, in any order: trigger it with `as_of`, or clear tasks. What has landed is
not landed twice, and the same night gives the same figures. No mail leaves from here. Only one run at a time: there
is one writer.

With `CHARTER_SCHEDULE=off` it starts when it is triggered, and only then. `var/status/nights/<day>.html` shows the
steps of a night and dbt's models as bars over time.

What each task does, and what to do when it is red:

- `earlier_night` waits until the run of the night before has ended, well or not: a backfill starts several at once, and
  what a night knew must not depend on which came first. *Red:* it has waited for 14 hours. Look at the earlier run,
  then clear this task.
- `resolve_night` settles the night's as-of, which every later task gets. *Red:* the parameter `as_of` is neither a
  date nor an instant with its offset, or names a night that has not come or lies outside the charter's calendar.
  Trigger again with another.
- `require_night_settings` looks whether every setting that the night will need is there. *Red:* the message lists all
  that is missing. Nothing has been read yet. Set it and clear the task.
- `source_ids` lists the sources of `sources.yaml`. *Red:* the charter's folder does not load. The message names file
  and line; `charter check` shows every problem at once.
- `catch_up` runs the nights between the newest sealed one and this one, if a scheduled run finds any: its log has a
  line for each. A night that fails stops no other. Nothing is made up for before the first night, after a run by hand,
  or when more than 31 nights are missing (`CHARTER_CATCH_UP`). *Red:* a defect of ours. Clearing the task goes on where
  it stopped.
- `extract` lands what arrived, one task for each source. A source that stays away is tried again with growing pauses,
  then written down in the night's receipt, and the line goes on without it: its standards show *no data*, never
  *kept*. *Red:* a setting is missing, or a defect of ours. Mend it and clear the task.
- `transform` builds commitments and marts with dbt, in the writer's own warehouse. Its log names the ten slowest models
  and tests, and has a line for each; `var/status/nights/<day>.html` shows them as bars over time. *Red:* the message
  names the model or the test, and the file of the SQL that ran, which stands in the log, too; dbt's own log is in
  `var/work/dbt_logs`. Readers still have the night before. Mend it, and clear the task.
- `assert_expectations` judges contracts and thresholds with Great Expectations. A broken promise is a result and never
  makes this task red. *Red:* a check could not be evaluated. Mend it and clear the task.
- `publish` hands an atomic copy of the warehouse to its readers. *Red:* look at the disk first. Clear the task.
- `seal_night` signs the night's evidence. *Red:* the signing key is missing, or an earlier seal was altered:
  `charter verify` says which. Never delete evidence to get past this.
- `build_site` writes the pages and seals them. *Red:* figures are published and sealed all the same. Clear the task.
- `require_caught_up` looks whether a missed night is still missing. *Red:* the message names it, and why. This night is
  published and sealed all the same. Mend it, then `charter nightly --from` its day `--to` the same; the next night is
  red for it no more.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import chain, dag, get_current_context, task

from charter_defaults import (
    NIGHT_LASTS,
    SCHEDULES,
    asset,
    by_task,
    dag_of,
    due_at,
    earlier_run_has_ended,
    is_last_attempt,
    is_scheduled,
    step,
)

MANUAL = by_task(__doc__)


def charter_nightly() -> None:
    @task.sensor(
        doc_md=MANUAL["earlier_night"], mode="reschedule", poke_interval=30, timeout=NIGHT_LASTS.total_seconds()
    )
    def earlier_night() -> bool:
        return earlier_run_has_ended(get_current_context())

    @step(doc_md=MANUAL["resolve_night"])
    def resolve_night() -> str:
        from charter import line

        context = get_current_context()
        return line.resolve_night(context["params"]["as_of"], due_at(context))

    @step(doc_md=MANUAL["require_night_settings"])
    def require_night_settings(as_of: str) -> None:
        from charter import line

        return line.require_night_settings(as_of)

    @step(doc_md=MANUAL["source_ids"])
    def source_ids() -> list[str]:
        from charter import line

        return line.source_ids()

    @step(doc_md=MANUAL["catch_up"], execution_timeout=NIGHT_LASTS)
    def catch_up(as_of: str) -> dict[str, Any]:
        from charter import backfill

        return backfill.catch_up(as_of, is_wanted=is_scheduled(get_current_context()))

    @step(doc_md=MANUAL["extract"], outlets=[asset("lake")], map_index_template="{{ task.op_kwargs['source_id'] }}")
    def extract(source_id: str, as_of: str) -> dict[str, Any]:
        from charter import line

        return line.extract(source_id, as_of, last_attempt=is_last_attempt(get_current_context()))

    @step(doc_md=MANUAL["transform"], inlets=[asset("lake")])
    def transform(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.transform(as_of)

    @step(doc_md=MANUAL["assert_expectations"], inlets=[asset("lake")])
    def assert_expectations(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.assert_expectations(as_of)

    @step(doc_md=MANUAL["publish"], inlets=[asset("lake")], outlets=[asset("night")])
    def publish(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.publish(as_of)

    @step(doc_md=MANUAL["seal_night"], inlets=[asset("night")], outlets=[asset("evidence")])
    def seal_night(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.seal_night(as_of)

    @step(doc_md=MANUAL["build_site"], inlets=[asset("night")], outlets=[asset("site")])
    def build_site(as_of: str) -> dict[str, Any]:
        from charter import line

        return line.build_site(as_of)

    @step(doc_md=MANUAL["require_caught_up"])
    def require_caught_up(caught: dict[str, Any]) -> dict[str, Any]:
        from charter import backfill

        return backfill.require_caught_up(caught)

    night = resolve_night()
    earlier_night() >> night
    caught = catch_up(night)
    landed = extract.partial(as_of=night).expand(source_id=source_ids())
    require_night_settings(night) >> caught >> landed
    chain(
        landed,
        transform(night),
        assert_expectations(night),
        publish(night),
        seal_night(night),
        build_site(night),
        require_caught_up(caught),
    )


for schedule in SCHEDULES:
    with dag_of(schedule, "charter_nightly", "0 2 * * *", "nightly", __doc__, lasts=NIGHT_LASTS) as options:
        dag(doc_md=__doc__, **options)(charter_nightly)()
