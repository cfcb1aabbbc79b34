"""Freezes the public holidays of a calendar.yaml from the ``holidays`` library, so that runs never ask the library.

Run it when a year is added or a government announces a day off::

    python -m charter.definitions.freeze_calendar charters/kotra/calendar.yaml --last-year 2028
    python -m charter.definitions.freeze_calendar charters/kotra/calendar.yaml --known-on 2026-09-01

A day that is already in the file keeps its ``known_on``: what was known when is history. Days with ``hours`` of their
own are the agency's, not the library's, and stay. So does all else in the file, letter by letter: comments, working
hours, the agency's own closures, the offices.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from importlib.metadata import version
from pathlib import Path

import click
import holidays
from ruamel.yaml import YAML

from charter.base.errors import DefinitionError
from charter.definitions.models import CalendarDefinition, Holiday


def freeze(calendar: CalendarDefinition, last_year: int, known_on: date | None = None) -> CalendarDefinition:
    """The calendar with the public holidays (substitute days included) that the library has from its first day to the
    end of ``last_year``.

    New days count as known from ``known_on``; when it is not given, from the first day of the year before them, as
    statutory holidays are. Days that the library no longer has are left out.
    """
    years = range(calendar.first_day.year, last_year + 1)
    country, _, part = calendar.country.partition("-")
    subdivision = part or None
    # The country's own language: left open, the library follows the machine's locale.
    language = holidays.country_holidays(country, subdiv=subdivision).default_language
    found = holidays.country_holidays(
        country, subdiv=subdivision, years=years, categories=("public",), language=language
    )
    known: defaultdict[date, list[Holiday]] = defaultdict(list)
    for each in calendar.holidays:
        known[each.day].append(each)
    frozen = [each for each in calendar.holidays if each.hours]
    for day, name in found.items():
        usual = [each.model_copy(update={"name": name}) for each in known[day] if not each.hours]
        if day >= calendar.first_day and (usual or not known[day]):
            frozen += usual or [Holiday(day=day, name=name, known_on=known_on or date(day.year - 1, 1, 1))]
    return calendar.model_copy(
        update={
            "frozen_from": f"holidays {version('holidays')}",
            "last_day": date(last_year, 12, 31),
            "holidays": sorted(frozen, key=lambda each: (each.day, each.known_on)),
        }
    )


def frozen_text(text: str, calendar: CalendarDefinition) -> str:
    """The text of a calendar.yaml with what ``freeze`` sets put in the place of what stood there, one day off a line;
    everything else stays as it is written."""
    lines = text.splitlines()
    holidays = ["holidays:", *map(_line, calendar.holidays)] if calendar.holidays else ["holidays: []"]
    fresh = {
        "frozen_from": [f"frozen_from: {calendar.frozen_from}"],
        "last_day": [f"last_day: {calendar.last_day}"],
        "holidays": holidays,
    }
    tree = YAML(typ="rt").load(text)
    starts = sorted((int(tree.lc.key(key)[0]), str(key)) for key in tree)
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    for (start, key), end in reversed(list(zip(starts, ends, strict=True))):
        if key in fresh:
            # comments right above the next key are the next key's
            while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
                end -= 1
            lines[start:end] = fresh[key]
    return "\n".join(lines) + "\n"


def _line(holiday: Holiday) -> str:
    name = holiday.name.replace('"', "'")
    blocks = ", ".join(f'"{block}"' for block in holiday.hours)
    hours = f", hours: [{blocks}]" if holiday.hours else ""
    return f'  - {{day: {holiday.day}, name: "{name}", known_on: {holiday.known_on}{hours}}}'


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
    path.write_text(frozen_text(text, after), encoding="utf-8")
    old, new = {holiday.day for holiday in before.holidays}, {holiday.day for holiday in after.holidays}
    for day in sorted(new - old):
        click.echo(f"added   {day}")
    for day in sorted(old - new):
        click.echo(f"dropped {day}")
    click.echo(f"{path}: {len(after.holidays)} public holidays from {after.frozen_from}")


if __name__ == "__main__":
    main()
