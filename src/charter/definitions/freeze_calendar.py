"""Freezes the public holidays of a calendar.yaml from the ``holidays`` library, so that runs never ask the library.

Run it when a year is added or a government announces a day off::

    python -m charter.definitions.freeze_calendar charters/kotra/calendar.yaml --last-year 2028
    python -m charter.definitions.freeze_calendar charters/kotra/calendar.yaml --known-on 2026-09-01

A day that is already in the file keeps its ``known_on``: what was known when is history. The comment at the head of the
file, the working hours, the agency's own closures and the offices are kept as they are.
"""

from __future__ import annotations

from datetime import date
from importlib.metadata import version
from pathlib import Path

import click
import holidays
from ruamel.yaml import YAML

from charter.base.errors import DefinitionError
from charter.definitions.models import CalendarDefinition, Holiday, Office


def freeze(calendar: CalendarDefinition, last_year: int, known_on: date | None = None) -> CalendarDefinition:
    """The calendar with the public holidays (substitute days included) that the library has from its first day to the
    end of ``last_year``.

    New days count as known from ``known_on``; when it is not given, from the first day of the year before them, as
    statutory holidays are. Days that the library no longer has are left out.
    """
    seen = {holiday.day: holiday.known_on for holiday in calendar.holidays}
    years = range(calendar.first_day.year, last_year + 1)
    country, _, part = calendar.country.partition("-")
    subdivision = part or None
    # The country's own language: left open, the library follows the machine's locale.
    language = holidays.country_holidays(country, subdiv=subdivision).default_language
    found = holidays.country_holidays(
        country, subdiv=subdivision, years=years, categories=("public",), language=language
    )
    frozen = [
        Holiday(day=day, name=name, known_on=seen.get(day, known_on or date(day.year - 1, 1, 1)))
        for day, name in sorted(found.items())
        if day >= calendar.first_day
    ]
    return calendar.model_copy(
        update={
            "frozen_from": f"holidays {version('holidays')}",
            "last_day": date(last_year, 12, 31),
            "holidays": frozen,
        }
    )


def write(calendar: CalendarDefinition, heading: str) -> str:
    """calendar.yaml's text: ``heading`` (comment lines), then the calendar with one day off a line."""
    hours = calendar.working_hours
    lines = [
        heading.rstrip("\n"),
        f"country: {calendar.country}",
        f"frozen_from: {calendar.frozen_from}",
        f"first_day: {calendar.first_day}",
        f"last_day: {calendar.last_day}",
        "working_hours:",
        f"  days: {hours.days}",
        f'  start: "{hours.start:%H:%M}"',
        f'  end: "{hours.end:%H:%M}"',
    ]
    if hours.break_start is not None and hours.break_end is not None:
        lines += [f'  break_start: "{hours.break_start:%H:%M}"', f'  break_end: "{hours.break_end:%H:%M}"']
    lines += ["holidays:", *map(_line, calendar.holidays)]
    lines += ["closures:", *map(_line, calendar.closures)] if calendar.closures else ["closures: []"]
    for number, office in enumerate(calendar.offices):
        lines += [*(["offices:"] if number == 0 else []), *_office(office)]
    return "\n".join(lines) + "\n"


def _office(office: Office) -> list[str]:
    lines = [f"  - department: {office.department}"]
    if office.time_zone is not None:
        lines.append(f"    time_zone: {office.time_zone}")
    if office.working_hours is not None:
        hours = office.working_hours
        edges = {name: getattr(hours, name) for name in ("start", "end", "break_start", "break_end")}
        times = "".join(f', {name}: "{at:%H:%M}"' for name, at in edges.items() if at is not None)
        lines.append(f"    working_hours: {{days: {hours.days}{times}}}")
    lines.append(f"    observes_agency_holidays: {str(office.observes_agency_holidays).lower()}")
    if office.holidays:
        lines += ["    holidays:", *(f"    {_line(holiday)}" for holiday in office.holidays)]
    return lines


def _line(holiday: Holiday) -> str:
    name = holiday.name.replace('"', "'")
    return f'  - {{day: {holiday.day}, name: "{name}", known_on: {holiday.known_on}}}'


def _heading(text: str) -> str:
    lines = text.splitlines()
    comments = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "\n".join(lines[:comments])


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--last-year", type=int, help="Last year to freeze; default: the one the file has.")
@click.option("--known-on", type=click.DateTime(["%Y-%m-%d"]), help="When days not yet in the file were announced.")
def main(path: Path, last_year: int | None, known_on: click.DateTime | None) -> None:
    """Refreshes the public holidays in PATH (a calendar.yaml) and says what changed."""
    text = path.read_text(encoding="utf-8")
    try:
        before = CalendarDefinition.model_validate(YAML(typ="safe").load(text))
    except ValueError as error:
        remedy = "mend the file first; charter check names every problem"
        raise DefinitionError(str(error), where=str(path), remedy=remedy) from error
    announced = None if known_on is None else date.fromisoformat(str(known_on)[:10])
    after = freeze(before, last_year or before.last_day.year, announced)
    path.write_text(write(after, _heading(text)), encoding="utf-8")
    old, new = {holiday.day for holiday in before.holidays}, {holiday.day for holiday in after.holidays}
    for day in sorted(new - old):
        click.echo(f"added   {day}")
    for day in sorted(old - new):
        click.echo(f"dropped {day}")
    click.echo(f"{path}: {len(after.holidays)} public holidays from {after.frozen_from}")


if __name__ == "__main__":
    main()
