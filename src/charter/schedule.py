"""What a schedule must know of the agency. Airflow reads DAG files every half minute: it must be cheap."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from charter.base.errors import SettingError
from charter.base.settings import Settings

# At the left edge of charter.yaml, where the charter's own zone stands.
_LINE = re.compile(r"^time_zone:\s*['\"]?([A-Za-z0-9_+/-]+)", re.M)


def agency_zone(project: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The agency's time zone by its IANA name; ``project`` is the project's folder where CHARTER_HOME names none.

    Raises SettingError when charter.yaml is not there, or has no such line.
    """
    settings = Settings.from_environment({"CHARTER_HOME": str(project), **environment})
    path = settings.charter_dir / "charter.yaml"
    try:
        found = _LINE.search(path.read_text(encoding="utf-8"))
        zone = ZoneInfo(found[1]) if found else None
    except (OSError, UnicodeDecodeError, ZoneInfoNotFoundError, ValueError):
        zone = None
    if zone is None:
        raise SettingError(
            "no time zone is found in the charter: schedules run by the agency's clocks",
            where=str(path),
            remedy="set CHARTER_DIR to the charter's folder, and time_zone: in its charter.yaml to an IANA name",
        )
    return zone.key
