"""Is every setting there that a night and its reports will need?"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

from charter.base.errors import CharterError, Problem
from charter.health.finding import Finding, in_order, of_problems
from charter.health.place import Place

_SETTING = re.compile(r"CHARTER_[A-Z0-9_]*[A-Z0-9]")


def look(place: Place, now: datetime) -> Iterator[Finding]:
    from charter.preflight import require_night_settings, require_week_settings

    agency = place.agency
    found: dict[str, list[Problem]] = defaultdict(list)
    checks: tuple[Callable[[], None], ...] = (
        lambda: require_night_settings(place.settings, agency, now),
        lambda: require_week_settings(place.settings, agency),
    )
    for check in checks:
        try:
            check()
        except CharterError as error:
            for problem in error.problems:
                if problem not in found[cause_of(problem)]:
                    found[cause_of(problem)].append(problem)
    if not found:
        yield in_order("settings/all", "all that a night and its reports need")
    for cause, problems in found.items():
        yield of_problems(cause, "setting_wrong", problems)


def cause_of(problem: Problem) -> str:
    """The setting that a problem is about; where it names none, a name of its own that stays the same."""
    named = _SETTING.search(problem.what) or _SETTING.search(problem.where) or _SETTING.search(problem.remedy)
    if named:
        return f"settings/{named[0].removesuffix('_FILE')}"
    return f"settings/{hashlib.sha256(f'{problem.where} {problem.what}'.encode()).hexdigest()[:12]}"
