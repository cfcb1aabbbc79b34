"""Freezing public holidays: history is kept, new days get the date on which they became known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from charter.definitions.freeze_calendar import freeze, frozen_text, main
from charter.definitions.models import Block, CalendarDefinition, Holiday

PATH = Path(__file__).parents[2] / "charters" / "kotra" / "calendar.yaml"


def calendar(text: str) -> CalendarDefinition:
    return CalendarDefinition.model_validate(YAML(typ="safe").load(text))


TEXT = PATH.read_text(encoding="utf-8")
SHIPPED = calendar(TEXT)


def known(frozen: CalendarDefinition) -> dict[date, date]:
    return {holiday.day: holiday.known_on for holiday in frozen.holidays}


@pytest.mark.parametrize("path", sorted(PATH.parents[1].glob("*/calendar.yaml")), ids=lambda path: path.parent.name)
def test_a_shipped_calendar_has_the_public_holidays_of_its_country_or_part(path: Path) -> None:
    shipped = calendar(path.read_text(encoding="utf-8"))
    assert freeze(shipped, shipped.last_day.year) == shipped


def test_the_shipped_calendar_has_substitute_temporary_and_election_days() -> None:
    days = known(SHIPPED)
    assert days[date(2026, 3, 2)] == date(2025, 1, 1)
    assert days[date(2024, 10, 1)] == date(2024, 9, 3)
    assert days[date(2025, 1, 27)] == date(2025, 1, 14)
    assert date(2026, 6, 3) in days
    assert date(2025, 5, 1) not in days
    assert date(2026, 5, 1) in days


def test_a_day_already_frozen_keeps_the_date_it_was_known() -> None:
    frozen = freeze(SHIPPED, 2028, known_on=date(2026, 9, 1))
    assert known(frozen)[date(2025, 1, 27)] == date(2025, 1, 14)
    assert known(frozen)[date(2028, 1, 1)] == date(2026, 9, 1)
    assert frozen.last_day == date(2028, 12, 31)
    assert frozen.closures == SHIPPED.closures


def test_a_statutory_holiday_counts_as_known_from_the_year_before() -> None:
    without = SHIPPED.model_copy(update={"holidays": []})
    assert known(freeze(without, 2027))[date(2026, 10, 9)] == date(2025, 1, 1)


def test_what_is_written_reads_back_the_same() -> None:
    assert frozen_text(TEXT, SHIPPED) == TEXT
    empty = SHIPPED.model_copy(update={"holidays": []})
    assert calendar(frozen_text(TEXT, empty)) == empty
    assert calendar(frozen_text(frozen_text(TEXT, empty), SHIPPED)) == SHIPPED


def test_a_day_with_hours_of_its_own_stays_though_the_library_does_not_know_it() -> None:
    eve = Holiday(
        day=date(2026, 12, 24), name="half a day", known_on=date(2026, 1, 1), hours=[Block.parse("09:00-12:00")]
    )
    worked = Holiday(
        day=date(2026, 10, 9), name="worked", known_on=date(2026, 9, 1), hours=[Block.parse("09:00-18:00")]
    )
    more = SHIPPED.model_copy(update={"holidays": [*SHIPPED.holidays, eve, worked]})
    frozen = freeze(more, 2027)
    assert [each for each in frozen.holidays if each.hours] == [worked, eve]
    assert len(frozen.holidays) == len(more.holidays)
    assert calendar(frozen_text(TEXT, frozen)) == frozen


def test_refreshing_a_file_keeps_all_else_in_it_and_says_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "calendar.yaml"
    holidays = [holiday for holiday in SHIPPED.holidays if holiday.day != date(2026, 10, 9)]
    invented = Holiday(day=date(2026, 11, 2), name="없는 날", known_on=date(2026, 1, 1))
    stale = SHIPPED.model_copy(update={"holidays": [*holidays, invented]})
    path.write_text(frozen_text(TEXT, stale).replace("\nclosures:", "\n# why it closes\nclosures:"), encoding="utf-8")
    result = CliRunner().invoke(main, [str(path), "--known-on", "2026-10-01"])
    assert result.exit_code == 0, result.output
    assert "added   2026-10-09" in result.output
    assert "dropped 2026-11-02" in result.output
    text = path.read_text(encoding="utf-8")
    assert known(calendar(text))[date(2026, 10, 9)] == date(2026, 10, 1)
    hangul = '2026-10-09, name: "한글날", known_on: '
    assert text.replace(f"{hangul}2026-10-01", f"{hangul}2025-01-01") == TEXT.replace(
        "\nclosures:", "\n# why it closes\nclosures:"
    )
