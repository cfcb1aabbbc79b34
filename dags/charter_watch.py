"""
# charter_watch: is anything wrong that a person should know?

Every 15 minutes. One run looks at the installation as `charter doctor --quick` does (the last night, silent sources,
red tasks, late reports, the outbox, keys, disk, clock, calendar, waivers, the chain of evidence) and tells what is
wrong to whom it concerns: a cause once, again when it gets worse or lasts, and when it is over (docs/notices.md). Then
it gives a sign of life to the address that is set: whoever hears none raises the alarm.

**May it be run again?** Always: what was told is not told again. It waits for no writer and writes nothing that a night
reads.

What its task does, and what to do when it is red:

- `watch` looks, tells and gives the sign of life. *Red:* somebody could not be told: the message names the channel and
  why. What is to be told waits, and the next run tries again: nothing is to be cleared.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag

from charter_defaults import SCHEDULES, WATCH_LASTS, by_task, dag_of, step

MANUAL = by_task(__doc__)


def charter_watch() -> None:
    @step(doc_md=MANUAL["watch"], retries=0, execution_timeout=WATCH_LASTS)
    def watch() -> dict[str, Any]:
        from charter import line

        return line.watch()

    watch()


for schedule in SCHEDULES:
    with dag_of(
        schedule, "charter_watch", "*/15 * * * *", "watch", __doc__, lasts=WATCH_LASTS, even_so=True
    ) as options:
        dag(doc_md=__doc__, **options)(charter_watch)()
