"""Which tasks failed, and have not run well since?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from charter.health.finding import Finding, State, in_order
from charter.health.place import Place
from charter.health.tasks import failed_tasks


def look(place: Place, now: datetime) -> Iterator[Finding]:
    failed = failed_tasks(place.settings)
    if not failed:
        yield in_order("tasks/all", "none has failed since its last good run")
    for each in failed:
        yield Finding(
            cause=f"tasks/{re.sub(r'[^A-Za-z0-9_.:+-]', '.', f'{each.dag}.{each.task}')}",
            state=State.FAILURE,
            code="task_failed",
            where=each.where,
            values={
                "dag": each.dag,
                "task": each.task,
                "run": each.run,
                "problem": each.what,
                "remedy": each.remedy,
            },
            since=each.at,
        )
