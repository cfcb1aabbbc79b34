"""What a schedule must know of the agency. Airflow reads DAG files every half minute: it must be cheap."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from charter.base.agencies import AGENCY
from charter.base.cron import is_cron
from charter.base.errors import SettingError
from charter.base.settings import Settings

AGENCIES = "CHARTER_AGENCIES"
SCHEDULE = "CHARTER_SCHEDULE"
# What is made where reports.yaml is missing, or not to be read: `charter check` says what is wrong with it.
_USUAL: Mapping[str, str | None] = {"week": None}
# At the left edge of charter.yaml, where the charter's own zone stands.
_LINE = re.compile(r"^time_zone:\s*['\"]?([A-Za-z0-9_+/-]+)", re.M)


@dataclass(frozen=True)
class Schedule:
    """Whose clocks a schedule runs by. ``agency`` is one of several in the installation, None where there is but one.

    ``zone`` is an IANA name. An agency of several whose folder names none has a ``problem`` instead, and no schedule:
    the others' nights go on. ``is_on`` says whether anything starts by itself. ``reports`` are the periods of the
    reports that reports.yaml declares, each with its schedule in cron's form (None for the usual one).
    """

    agency: str | None
    zone: str
    problem: str | None = None
    is_on: bool = True
    reports: Mapping[str, str | None] = field(default_factory=lambda: dict(_USUAL), hash=False)

    def dag_id(self, name: str) -> str:
        return f"{name}_{self.agency}" if self.agency else name

    @property
    def starts(self) -> bool:
        """Whether its DAGs start by themselves."""
        return self.is_on and self.problem is None

    def makes(self, period: str) -> bool:
        """Whether a report of the period is declared."""
        return period in self.reports

    def cron(self, period: str, usual: str) -> str:
        """When the report of the period is made; ``usual`` where the agency says nothing of it."""
        return self.reports.get(period) or usual


def schedules(project: Path, environment: Mapping[str, str] = os.environ) -> list[Schedule]:
    """One for each agency of the installation, by name.

    CHARTER_AGENCIES lists their folders in ``charters/`` with commas, or says ``all``; without it there is the one that
    CHARTER_DIR names. CHARTER_SCHEDULE=off leaves every one without a clock. Raises SettingError when it names none,
    when the only agency has no zone, or when CHARTER_SCHEDULE says neither on nor off.
    """
    is_on = _is_on(environment)
    said = environment.get(AGENCIES, "").strip()
    if not said:
        zone = agency_zone(project, environment)
        return [Schedule(None, zone, is_on=is_on, reports=_reports(project, environment))]
    folder = Path(environment.get("CHARTER_HOME") or project) / "charters"
    there = sorted(path.parent.name for path in folder.glob("*/charter.yaml"))
    wanted = there if said == "all" else sorted({name.strip() for name in said.split(",") if name.strip()})
    if not wanted:
        raise SettingError(
            "it names no agency",
            where=f"{AGENCIES}={said}",
            remedy=f"list folders of {folder} with commas ({', '.join(there) or 'it has none'}), or remove it",
        )
    return [_schedule_of(name, project, environment, is_on) for name in wanted]


def _is_on(environment: Mapping[str, str]) -> bool:
    said = environment.get(SCHEDULE) or "on"
    if said not in ("on", "off"):
        raise SettingError(f"'{said}' cannot be used", where=SCHEDULE, remedy="say on or off")
    return said == "on"


def _schedule_of(agency: str, project: Path, environment: Mapping[str, str], is_on: bool) -> Schedule:
    try:
        own = {**environment, AGENCY: agency}
        return Schedule(agency, agency_zone(project, own), is_on=is_on, reports=_reports(project, own))
    except SettingError as error:
        return Schedule(agency, "UTC", str(error), is_on)


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


def _reports(project: Path, environment: Mapping[str, str]) -> Mapping[str, str | None]:
    """The periods of the declared reports, each with its schedule."""
    settings = Settings.from_environment({"CHARTER_HOME": str(project), **environment})
    try:
        text = (settings.charter_dir / "reports.yaml").read_text(encoding="utf-8")
        declared = YAML(typ="safe", pure=True).load(text)["reports"]
        return {each["period"]: _cron_or_usual(each.get("schedule")) for each in declared}
    except (OSError, UnicodeDecodeError, YAMLError, TypeError, KeyError, AttributeError):
        return _USUAL


def _cron_or_usual(said: object) -> str | None:
    """The schedule that is said, None for the usual one where it is none: the other agencies' DAGs stand in the same
    file, and `charter check` says what is wrong."""
    return said if isinstance(said, str) and is_cron(said) else None
